"""A blocking MQTT client for tests: sends any bytes, reads strictly, and says what it expected when it fails."""

from __future__ import annotations

import itertools
import os
import socket
import time

import strict
import wire
from strict import Packet
from wire import Kind, P, V5, V311

MALFORMED = (0x81, 0x82)  # Malformed Packet and Protocol Error: the standard often allows either
PATIENCE = 5.0  # seconds; a server that answers later than this is broken for a test
_numbers = itertools.count(1)


def unique(word: str) -> str:
    """A name that no other test of this run, or of one before it, has used; 23 letters and digits at most."""
    return f"{word[:8]}{os.getpid() % 100000}{int(time.time()) % 100000}{next(_numbers)}"


class Closed(AssertionError):
    """The server ended the connection where a packet was expected."""


class Silence(AssertionError):
    """Nothing came in time."""


class Client:
    """One connection. Not for threads. `version` rules how bytes are read once it is set or `connect` ran."""

    def __init__(self, stream: socket.socket, version: int = V311):
        self.stream = stream
        self.version = version
        self.client_id = ""
        self.maximum_packet_size: int | None = None
        self._buffer = b""
        self._early: list[Packet] = []  # came while a handshake waited for its next step
        self._packet_ids = itertools.count(1)

    # ---- bytes --------------------------------------------------------------------------------------

    def send(self, *pieces: bytes) -> None:
        """Writes; a server that has already closed is noticed by the next read, not here."""
        try:
            self.stream.sendall(b"".join(pieces))
        except (BrokenPipeError, ConnectionResetError):
            pass

    def drop(self) -> None:
        """Ends the connection without DISCONNECT, as a failing network would."""
        self.stream.close()

    def _fill(self, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise Silence("nothing came from the server")
        self.stream.settimeout(left)
        try:
            piece = self.stream.recv(65536)
        except (TimeoutError, socket.timeout):
            raise Silence("nothing came from the server") from None
        except ConnectionResetError:
            piece = b""
        if not piece:
            raise Closed("the server closed the connection")
        self._buffer += piece

    def _whole_packet(self) -> bytes | None:
        """The first packet in the buffer, when all of it is there."""
        length, shift = 0, 0
        for at in range(1, min(len(self._buffer), 5)):
            length |= (self._buffer[at] & 0x7F) << shift
            shift += 7
            if not self._buffer[at] & 0x80:
                end = at + 1 + length
                if len(self._buffer) < end:
                    return None
                raw, self._buffer = self._buffer[:end], self._buffer[end:]
                return raw
        assert len(self._buffer) < 5, f"no remaining length in {self._buffer[:8].hex()}"
        return None

    # ---- packets ------------------------------------------------------------------------------------

    def receive(self, timeout: float = PATIENCE) -> Packet:
        if self._early:
            return self._early.pop(0)
        return self._next(timeout)

    def _next(self, timeout: float) -> Packet:
        deadline = time.monotonic() + timeout
        while (raw := self._whole_packet()) is None:
            self._fill(deadline)
        if self.maximum_packet_size is not None:
            assert len(raw) <= self.maximum_packet_size, f"{len(raw)} bytes sent to a client that takes fewer"
        return strict.decode(raw, self.version)

    def receive_or_end(self, timeout: float = PATIENCE) -> Packet | None:
        """The next packet, or None when the server closed the connection instead."""
        try:
            return self.receive(timeout)
        except Closed:
            return None

    def expect(self, kind: Kind, timeout: float = PATIENCE, **fields) -> Packet:
        """The next packet, which must be of this kind and have these fields."""
        got = self.receive(timeout)
        assert got.kind == kind, f"expected {kind.name}, got {got}"
        for name, wanted in fields.items():
            found = getattr(got, name)
            assert found == wanted, f"{kind.name}.{name}: expected {wanted!r}, got {found!r}"
        return got

    def expect_closed(self, timeout: float = PATIENCE) -> list[Packet]:
        """The server ends the connection; gives what it sent before that."""
        deadline, before = time.monotonic() + timeout, []
        while True:
            try:
                before.append(self.receive(max(deadline - time.monotonic(), 0.001)))
            except Closed:
                assert not self._buffer, f"half a packet before the end: {self._buffer.hex()}"
                return before
            except Silence:
                raise AssertionError(f"the connection is still open; it received {before}") from None

    def expect_refused(self, *reasons: int) -> None:
        """The server ends the connection; in 5.0 it says why, with one of these reasons in DISCONNECT."""
        before = [each for each in self.expect_closed() if each.kind != Kind.PINGRESP]
        if self.version == V5:
            assert before and before[-1].kind == Kind.DISCONNECT, f"expected DISCONNECT, got {before}"
            last = before.pop()
            assert last.reason in reasons, f"DISCONNECT 0x{last.reason:02x}, expected one of {_hex(reasons)}"
        assert not before, f"answered before the end: {before}"

    def expect_connect_refused(self, *reasons: int) -> None:
        """The server ends the connection; before that at most a CONNACK with one of these reasons."""
        before = self.expect_closed()
        if reasons and before:
            refusal = before.pop(0)
            assert refusal.kind == Kind.CONNACK and refusal.reason in reasons, (
                f"expected CONNACK with one of {_hex(reasons)}, got {refusal}")
            assert not refusal.session_present, "Session Present in a refusal [MQTT-3.2.2-4] [MQTT5-3.2.2-6]"
        assert not before, f"expected the end, got {before}"

    def expect_nothing(self) -> None:
        """Nothing was on its way: the answer to a PINGREQ is the next thing that comes."""
        self.send(wire.pingreq())
        self.expect(Kind.PINGRESP)

    # ---- what clients do ----------------------------------------------------------------------------

    def connect(self, version: int = V311, client_id: str | None = None, **options) -> Packet:
        """Sends CONNECT and expects it to be accepted; gives the CONNACK."""
        self.send_connect(version, client_id, **options)
        return self.expect(Kind.CONNACK, reason=0)

    def send_connect(self, version: int = V311, client_id: str | None = None, **options) -> None:
        self.version = version
        self.client_id = unique("c") if client_id is None else client_id
        self.maximum_packet_size = dict(options.get("props", ())).get(P.MAXIMUM_PACKET_SIZE)
        self.send(wire.connect(version, self.client_id, **options))

    def next_id(self) -> int:
        return next(self._packet_ids)

    def subscribe(self, *entries, props=()) -> Packet:
        """Subscribes to filters, each a string (QoS 2) or a (filter, options) pair; each must be granted."""
        pairs = [(each, 2) if isinstance(each, (str, bytes)) else each for each in entries]
        packet_id = self.next_id()
        self.send(wire.subscribe(self.version, packet_id, *pairs, props=props))
        suback = self.expect(Kind.SUBACK, packet_id=packet_id)
        assert len(suback.reasons) == len(pairs) and all(code < 0x80 for code in suback.reasons), suback
        return suback

    def unsubscribe(self, *filters) -> Packet:
        packet_id = self.next_id()
        self.send(wire.unsubscribe(self.version, packet_id, *filters))
        return self.expect(Kind.UNSUBACK, packet_id=packet_id)

    def publish(self, topic, payload=b"", qos=0, retain=False, props=()) -> Packet | None:
        """Publishes and goes through the whole handshake of its QoS; gives the first acknowledgement."""
        packet_id = self.next_id() if qos else None
        self.send(wire.publish(self.version, topic, payload, qos, packet_id, retain, props=props))
        if qos == 0:
            return None
        first = self.expect(Kind.PUBACK if qos == 1 else Kind.PUBREC, packet_id=packet_id)
        assert first.reason in (0x00, 0x10), f"refused with 0x{first.reason:02x}"
        if qos == 2:
            self.release(packet_id)
        return first

    def release(self, packet_id: int) -> Packet:
        self.send(wire.acknowledge(Kind.PUBREL, packet_id, self.version))
        return self.expect(Kind.PUBCOMP, packet_id=packet_id, reason=0)

    def acknowledge(self, kind: Kind, packet_id: int, reason: int | None = None) -> None:
        self.send(wire.acknowledge(kind, packet_id, self.version, reason))

    def take(self, timeout: float = PATIENCE, **fields) -> Packet:
        """The next packet is a PUBLISH with these fields; goes through the receiver's handshake of its QoS."""
        got = self.expect(Kind.PUBLISH, timeout, **fields)
        if got.qos == 1:
            self.acknowledge(Kind.PUBACK, got.packet_id)
        if got.qos == 2:
            self.acknowledge(Kind.PUBREC, got.packet_id)
            while (step := self._next(PATIENCE)).kind == Kind.PUBLISH:
                self._early.append(step)
            assert (step.kind, step.packet_id) == (Kind.PUBREL, got.packet_id), f"expected PUBREL, got {step}"
            self.acknowledge(Kind.PUBCOMP, got.packet_id)
        return got

    def disconnect(self, reason: int | None = None, props=None) -> None:
        self.send(wire.disconnect(self.version, reason, props))
        self.expect_closed()


def _hex(codes) -> str:
    return ", ".join(f"0x{code:02x}" for code in codes)

"""MQTT 3.1.1 sessions that come back: a publisher and a subscriber that do all that the standard asks of them after a loss of
the connection, and no more, so that whatever comes twice or not at all is the gateway's doing."""

from __future__ import annotations

import collections
import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable

from tests.conformance.mqtt import wire
from tests.conformance.mqtt.wire import Kind
from tests.support.processes import HOST

VERSION = 4
AGAIN = 0.05            # seconds until the next try to connect
TURN = 0.01
ANSWER = 20             # seconds that a CONNACK may take

Packet = tuple[int, int, bytes]         # kind, flags, body


class SessionLost(Exception):
    """The gateway says that there is no session, and there was one."""


class Session:
    """A client that stays connected while the context lasts, in a thread of its own. Subclasses say what happens there."""

    def __init__(self, port: int, client_id: str, clean: bool = False):
        self.client_id, self._clean = client_id, clean
        self.trouble: str | None = None
        self.connections = 0
        self.expects_session = False        # there has been one
        self._port = port
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def stop(self) -> None:
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()

    def begins(self, line: "Line") -> None:
        """Connected; `line.resumed` says whether to the session of before."""

    def turns(self, line: "Line") -> None:
        """Some hundred times a second."""

    def takes(self, line: "Line", kind: int, flags: int, body: bytes) -> None:
        raise NotImplementedError

    def _run(self) -> None:
        while not self._end.is_set():
            try:
                with Line(self._port, self.client_id, self._clean) as line:
                    self._live(line)
            except SessionLost as error:
                self.trouble = f"{self.client_id}: {error}"
                return
            except OSError:             # the gateway was killed
                time.sleep(AGAIN)

    def _live(self, line: "Line") -> None:
        if self.expects_session and not line.resumed:
            raise SessionLost(f"no session at connection {self.connections + 1}")
        self.expects_session = not self._clean
        self.connections += 1
        self.begins(line)
        while not self._end.is_set():
            self.turns(line)
            for kind, flags, body in line.packets(TURN):
                self.takes(line, kind, flags, body)
        line.send(wire.disconnect(VERSION))


class Line:
    """One connection, after its CONNACK."""

    def __init__(self, port: int, client_id: str, clean: bool = False):
        self._socket = socket.create_connection((HOST, port), timeout=ANSWER)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer, self._early = bytearray(), []
        self.send(wire.connect(VERSION, client_id, clean, keep_alive=0))
        answers = self.packets(ANSWER)
        if not answers or answers[0][0] != Kind.CONNACK or answers[0][2][1] != 0:
            raise ConnectionError(f"no CONNACK that accepts, but {answers[:3]}")
        self.resumed = bool(answers[0][2][0])
        self._early = answers[1:]

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_) -> None:
        self._socket.close()

    def send(self, data: bytes) -> None:
        self._socket.settimeout(ANSWER)
        self._socket.sendall(data)

    def packets(self, within: float) -> list[Packet]:
        """All that have come; waits for the first."""
        if self._early:
            early, self._early = self._early, []
            return early
        self._socket.settimeout(within)
        with contextlib.suppress(TimeoutError):
            data = self._socket.recv(1 << 18)
            if not data:
                raise ConnectionError("closed")
            self._buffer += data
        packets, at = [], 0
        while (end := self._end_of_packet(at)) is not None:
            begin, length = end
            packets.append((self._buffer[at] >> 4, self._buffer[at] & 15, bytes(self._buffer[begin:begin + length])))
            at = begin + length
        del self._buffer[:at]
        return packets

    def _end_of_packet(self, at: int) -> tuple[int, int] | None:
        length, shift, begin = 0, 0, at + 1
        while begin < len(self._buffer):
            byte = self._buffer[begin]
            length |= (byte & 127) << shift
            begin, shift = begin + 1, shift + 7
            if byte < 128:
                return (begin, length) if begin + length <= len(self._buffer) else None
        return None


class Publisher(Session):
    """Publishes number after number to some topics in turn, at a rate, as far as `window` unacknowledged ones allow."""

    def __init__(self, port: int, client_id: str, topics: list[str], qos: int, rate: float, size: int = 100, window: int = 50,
                 retain: bool = False):
        super().__init__(port, client_id)
        self._topics, self._qos, self._rate, self._size, self._retain = topics, qos, rate, size, retain
        self.window = window
        self._open: collections.OrderedDict[int, tuple[int, bool]] = collections.OrderedDict()    # id: number, released
        self._next_id, self._pauses = 1, threading.Event()
        self.published = 0
        self.acknowledged: set[int] = set()

    def topic_of(self, number: int) -> str:
        return self._topics[number % len(self._topics)]

    def finish(self, within: float) -> None:
        """Publishes no more, and waits until all is acknowledged."""
        self._pauses.set()
        deadline = time.monotonic() + within
        while len(self.acknowledged) < self.published and not self.trouble and time.monotonic() < deadline:
            time.sleep(0.02)

    def begins(self, line: Line) -> None:
        """What was not acknowledged goes again, in its order [MQTT-4.4.0-1]."""
        for packet_id, (number, is_released) in self._open.items():
            line.send(wire.acknowledge(Kind.PUBREL, packet_id) if is_released else self._message(packet_id, number, dup=True))
        self._due = time.monotonic()

    def turns(self, line: Line) -> None:
        now = time.monotonic()
        if self._pauses.is_set():
            return
        batch = b""
        while self._due <= now and len(self._open) < self.window:
            self._due += 1 / self._rate
            packet_id, self._next_id = self._next_id, self._next_id % 65535 + 1
            self._open[packet_id] = (self.published, False)
            batch += self._message(packet_id, self.published)
            self.published += 1
        self._due = max(self._due, now - 0.1)
        if batch:
            line.send(batch)

    def takes(self, line: Line, kind: int, flags: int, body: bytes) -> None:
        packet_id = struct.unpack("!H", body[:2])[0]
        if packet_id not in self._open:
            return
        number, _ = self._open[packet_id]
        if kind == Kind.PUBREC:
            self._open[packet_id] = (number, True)
            line.send(wire.acknowledge(Kind.PUBREL, packet_id))
        elif kind in (Kind.PUBACK, Kind.PUBCOMP):
            del self._open[packet_id]
            self.acknowledged.add(number)

    def _message(self, packet_id: int, number: int, dup: bool = False) -> bytes:
        return wire.publish(VERSION, self.topic_of(number), str(number).encode().ljust(self._size), self._qos, packet_id,
                            self._retain, dup)


class Subscriber(Session):
    """Hands over what comes to its filters. At QoS 2 it knows what it has already, by packet identifier [MQTT-4.3.3-2]."""

    def __init__(self, port: int, client_id: str, filters: list[str], qos: int, take: Callable[[str, bytes], None],
                 clean: bool = False):
        super().__init__(port, client_id, clean)
        self._filters, self._qos, self._take = filters, qos, take
        self._received: set[int] = set()
        self.is_subscribed = threading.Event()

    def leave(self) -> None:
        """Makes the session and goes away; the context continues it."""
        with Line(self._port, self.client_id) as line:
            self.begins(line)
            answers = line.packets(ANSWER)
            assert [kind for kind, _, _ in answers] == [Kind.SUBACK], answers
            line.send(wire.disconnect(VERSION))
        self.expects_session = True

    def begins(self, line: Line) -> None:
        if not line.resumed:
            line.send(wire.subscribe(VERSION, 1, *((name, self._qos) for name in self._filters)))

    def takes(self, line: Line, kind: int, flags: int, body: bytes) -> None:
        if kind == Kind.SUBACK:
            self.is_subscribed.set()
        elif kind == Kind.PUBLISH:
            self._take_message(line, flags >> 1 & 3, body)
        elif kind == Kind.PUBREL:
            packet_id = struct.unpack("!H", body[:2])[0]
            self._received.discard(packet_id)
            line.send(wire.acknowledge(Kind.PUBCOMP, packet_id))

    def _take_message(self, line: Line, qos: int, body: bytes) -> None:
        length = struct.unpack("!H", body[:2])[0]
        topic, rest = body[2:2 + length].decode(), body[2 + length:]
        if qos == 0:
            return self._take(topic, rest)
        packet_id = struct.unpack("!H", rest[:2])[0]
        if packet_id not in self._received:
            self._take(topic, rest[2:])
        if qos == 2:
            self._received.add(packet_id)
        line.send(wire.acknowledge(Kind.PUBREC if qos == 2 else Kind.PUBACK, packet_id))

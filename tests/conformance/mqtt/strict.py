"""Reads what a server sends, and forgives nothing.

`decode` raises `Malformed` for anything a server must not send: reserved bits, a length that is not minimal, a
property where it may not be, a reason code that the packet does not have, text that is not UTF-8. So every test
that receives a packet tests these statements too.
"""

from __future__ import annotations

import dataclasses
import struct

from wire import BINARY, BYTE, FIXED_FLAGS, FOUR_BYTES, TWO_BYTES, V5, Kind, P, Property, number


class Malformed(Exception):
    """A packet that the standard does not allow a server to send."""


EXPLAINED = {P.REASON_STRING, P.USER_PROPERTY}

# The properties that a server may put into each packet (MQTT 5.0, table 2-4).
FROM_SERVER = {
    Kind.CONNACK: EXPLAINED | {
        P.SESSION_EXPIRY, P.RECEIVE_MAXIMUM, P.MAXIMUM_QOS, P.RETAIN_AVAILABLE, P.MAXIMUM_PACKET_SIZE,
        P.ASSIGNED_CLIENT_ID, P.TOPIC_ALIAS_MAXIMUM, P.WILDCARD_AVAILABLE, P.SUBSCRIPTION_ID_AVAILABLE,
        P.SHARED_AVAILABLE, P.SERVER_KEEP_ALIVE, P.RESPONSE_INFO, P.SERVER_REFERENCE, P.AUTH_METHOD, P.AUTH_DATA},
    Kind.PUBLISH: {
        P.PAYLOAD_FORMAT, P.MESSAGE_EXPIRY, P.CONTENT_TYPE, P.RESPONSE_TOPIC, P.CORRELATION_DATA, P.SUBSCRIPTION_ID,
        P.TOPIC_ALIAS, P.USER_PROPERTY},
    Kind.PUBACK: EXPLAINED, Kind.PUBREC: EXPLAINED, Kind.PUBREL: EXPLAINED, Kind.PUBCOMP: EXPLAINED,
    Kind.SUBACK: EXPLAINED, Kind.UNSUBACK: EXPLAINED,
    Kind.DISCONNECT: EXPLAINED | {P.SERVER_REFERENCE},
    Kind.AUTH: EXPLAINED | {P.AUTH_METHOD, P.AUTH_DATA},
}

# The reason codes that a server may put into each packet (MQTT 5.0, table 2-6 and the tables of chapter 3).
_ACK_CODES = {0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99}
REASONS = {
    Kind.CONNACK: {0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8C, 0x90, 0x95, 0x97,
                   0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F},
    Kind.PUBACK: _ACK_CODES,
    Kind.PUBREC: _ACK_CODES,
    Kind.PUBREL: {0x00, 0x92},
    Kind.PUBCOMP: {0x00, 0x92},
    Kind.SUBACK: {0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2},
    Kind.UNSUBACK: {0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91},
    Kind.DISCONNECT: {0x00, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8B, 0x8D, 0x8E, 0x8F, 0x90, 0x93, 0x94, 0x95, 0x96,
                      0x97, 0x98, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9E, 0x9F, 0xA0, 0xA1, 0xA2},
    Kind.AUTH: {0x00, 0x18},
}
RETURN_CODES = {Kind.CONNACK: set(range(6)), Kind.SUBACK: {0x00, 0x01, 0x02, 0x80}}


@dataclasses.dataclass
class Packet:
    """What the server sent. Fields that the packet does not have keep their default."""

    kind: Kind
    raw: bytes
    packet_id: int | None = None
    topic: str | None = None
    payload: bytes = b""
    qos: int = 0
    dup: bool = False
    retain: bool = False
    session_present: bool = False
    reason: int = 0
    reasons: list[int] = dataclasses.field(default_factory=list)
    properties: list[tuple[Property, object]] = dataclasses.field(default_factory=list)

    def get(self, which: Property, default=None):
        return next((value for name, value in self.properties if name == which), default)

    def all(self, which: Property) -> list:
        return [value for name, value in self.properties if name == which]


class Reader:
    """Takes a body apart from front to back."""

    def __init__(self, data: bytes):
        self.data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        if self.at + count > len(self.data):
            raise Malformed(f"{count} bytes wanted at {self.at} of {self.data.hex()}")
        piece = self.data[self.at:self.at + count]
        self.at += count
        return piece

    def rest(self) -> bytes:
        return self.take(len(self.data) - self.at)

    def byte(self) -> int:
        return self.take(1)[0]

    def two_bytes(self) -> int:
        return struct.unpack("!H", self.take(2))[0]

    def four_bytes(self) -> int:
        return struct.unpack("!I", self.take(4))[0]

    def number(self) -> int:
        start, value, shift = self.at, 0, 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
            if shift > 21:
                raise Malformed("a variable byte integer of more than four bytes")
        if self.at - start != len(number(value)):
            raise Malformed(f"{value} is not in its shortest form [MQTT5-1.5.5-1]")
        return value

    def binary(self) -> bytes:
        return self.take(self.two_bytes())

    def text(self) -> str:
        raw = self.binary()
        try:
            value = raw.decode()
        except UnicodeDecodeError as error:
            raise Malformed(f"ill-formed UTF-8 {raw.hex()}") from error
        if "\0" in value:
            raise Malformed("U+0000 in a string")
        return value

    def packet_id(self) -> int:
        value = self.two_bytes()
        if value == 0:
            raise Malformed("packet identifier 0")
        return value

    def properties(self, kind: Kind) -> list[tuple[Property, object]]:
        inner = Reader(self.take(self.number()))
        found: list[tuple[Property, object]] = []
        while inner.at < len(inner.data):
            which = inner._property_of(kind)
            repeats = which == P.USER_PROPERTY or (kind == Kind.PUBLISH and which == P.SUBSCRIPTION_ID)
            if not repeats and any(which == name for name, _ in found):
                raise Malformed(f"{which.name} twice in {kind.name}")
            found.append((which, inner._value_of(which)))
        return found

    def _property_of(self, kind: Kind) -> Property:
        code = self.number()
        if code not in set(Property) or Property(code) not in FROM_SERVER[kind]:
            raise Malformed(f"property 0x{code:02x} in {kind.name}")
        return Property(code)

    def _value_of(self, which: Property):
        if which in BYTE:
            value = self.byte()
            if value > 1:
                raise Malformed(f"{which.name} is {value}")
            return value
        if which in TWO_BYTES:
            value = self.two_bytes()
            if value == 0 and which in (P.RECEIVE_MAXIMUM, P.TOPIC_ALIAS):
                raise Malformed(f"{which.name} is 0")
            return value
        if which in FOUR_BYTES:
            value = self.four_bytes()
            if value == 0 and which == P.MAXIMUM_PACKET_SIZE:
                raise Malformed("MAXIMUM_PACKET_SIZE is 0")
            return value
        if which == P.SUBSCRIPTION_ID:
            value = self.number()
            if value == 0:
                raise Malformed("subscription identifier 0")
            return value
        if which == P.USER_PROPERTY:
            return self.text(), self.text()
        return self.binary() if which in BINARY else self.text()


def decode(raw: bytes, version: int) -> Packet:
    """One whole packet from a server, or `Malformed`."""
    kind_bits, flags = raw[0] >> 4, raw[0] & 0x0F
    whole = Reader(raw)
    whole.take(1)
    if whole.number() != len(raw) - whole.at:
        raise Malformed(f"the length does not fit {raw.hex()}")
    if kind_bits not in set(Kind):
        raise Malformed("packet type 0")
    kind = Kind(kind_bits)
    if kind != Kind.PUBLISH and flags != FIXED_FLAGS[kind]:
        raise Malformed(f"{kind.name} with flags {flags:04b}")
    if kind in (Kind.CONNECT, Kind.SUBSCRIBE, Kind.UNSUBSCRIBE, Kind.PINGREQ):
        raise Malformed(f"{kind.name} comes from clients only")
    if version != V5 and kind in (Kind.DISCONNECT, Kind.AUTH):
        raise Malformed(f"{kind.name} from a server before MQTT 5.0")
    body = Reader(whole.rest())
    result = _BODIES[kind](kind, raw, flags, body, version)
    if body.at != len(body.data):
        raise Malformed(f"{kind.name} with {len(body.data) - body.at} bytes too many: {raw.hex()}")
    if version == V5:
        for code in [result.reason, *result.reasons]:
            if kind in REASONS and code not in REASONS[kind]:
                raise Malformed(f"{kind.name} with reason code 0x{code:02x}")
    return result


def _connack(kind, raw, flags, body, version) -> Packet:
    acknowledge_flags, reason = body.byte(), body.byte()
    if acknowledge_flags > 1:
        raise Malformed(f"CONNACK flags {acknowledge_flags:08b}")
    if version == V5:
        return Packet(kind, raw, session_present=bool(acknowledge_flags), reason=reason,
                      properties=body.properties(kind))
    if reason not in RETURN_CODES[kind]:
        raise Malformed(f"CONNACK with return code {reason}")
    return Packet(kind, raw, session_present=bool(acknowledge_flags), reason=reason)


def _publish(kind, raw, flags, body, version) -> Packet:
    qos = flags >> 1 & 3
    if qos == 3:
        raise Malformed("PUBLISH with QoS 3")
    result = Packet(kind, raw, topic=body.text(), qos=qos, dup=bool(flags & 8), retain=bool(flags & 1))
    if qos == 0 and result.dup:
        raise Malformed("PUBLISH with QoS 0 and DUP")
    if "+" in result.topic or "#" in result.topic:
        raise Malformed(f"PUBLISH with wildcards in {result.topic!r}")
    if qos:
        result.packet_id = body.packet_id()
    if version == V5:
        result.properties = body.properties(kind)
    if not result.topic and result.get(P.TOPIC_ALIAS) is None:
        raise Malformed("PUBLISH without a topic")
    result.payload = body.rest()
    return result


def _acknowledgement(kind, raw, flags, body, version) -> Packet:
    result = Packet(kind, raw, packet_id=body.packet_id())
    if version == V5 and body.at < len(body.data):
        result.reason = body.byte()
        if body.at < len(body.data):
            result.properties = body.properties(kind)
    return result


def _suback(kind, raw, flags, body, version) -> Packet:
    result = Packet(kind, raw, packet_id=body.packet_id())
    if version == V5:
        result.properties = body.properties(kind)
    result.reasons = list(body.rest())
    if version != V5 and not set(result.reasons) <= RETURN_CODES[kind]:
        raise Malformed(f"SUBACK with return codes {result.reasons}")
    return result


def _unsuback(kind, raw, flags, body, version) -> Packet:
    result = Packet(kind, raw, packet_id=body.packet_id())
    if version == V5:
        result.properties = body.properties(kind)
        result.reasons = list(body.rest())
    return result


def _empty(kind, raw, flags, body, version) -> Packet:
    return Packet(kind, raw)


def _explained(kind, raw, flags, body, version) -> Packet:
    result = Packet(kind, raw)
    if body.at < len(body.data):
        result.reason = body.byte()
        if body.at < len(body.data):
            result.properties = body.properties(kind)
    return result


_BODIES = {
    Kind.CONNACK: _connack, Kind.PUBLISH: _publish, Kind.PUBACK: _acknowledgement, Kind.PUBREC: _acknowledgement,
    Kind.PUBREL: _acknowledgement, Kind.PUBCOMP: _acknowledgement, Kind.SUBACK: _suback, Kind.UNSUBACK: _unsuback,
    Kind.PINGRESP: _empty, Kind.DISCONNECT: _explained, Kind.AUTH: _explained,
}

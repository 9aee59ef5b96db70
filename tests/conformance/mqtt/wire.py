"""MQTT packets as bytes, for tests that also need to send what is wrong.

The writers (`connect`, `publish`, …) give bytes. Each builds a well-formed packet from its arguments; a
malformed one is made with `packet(first_byte, body)` and the pieces `text`, `binary`, `number` and `properties`.
What a server sends is read by strict.py.
"""

from __future__ import annotations

import dataclasses
import enum
import struct

V31, V311, V5 = 3, 4, 5


class Kind(enum.IntEnum):
    CONNECT = 1
    CONNACK = 2
    PUBLISH = 3
    PUBACK = 4
    PUBREC = 5
    PUBREL = 6
    PUBCOMP = 7
    SUBSCRIBE = 8
    SUBACK = 9
    UNSUBSCRIBE = 10
    UNSUBACK = 11
    PINGREQ = 12
    PINGRESP = 13
    DISCONNECT = 14
    AUTH = 15


class Property(enum.IntEnum):
    PAYLOAD_FORMAT = 0x01
    MESSAGE_EXPIRY = 0x02
    CONTENT_TYPE = 0x03
    RESPONSE_TOPIC = 0x08
    CORRELATION_DATA = 0x09
    SUBSCRIPTION_ID = 0x0B
    SESSION_EXPIRY = 0x11
    ASSIGNED_CLIENT_ID = 0x12
    SERVER_KEEP_ALIVE = 0x13
    AUTH_METHOD = 0x15
    AUTH_DATA = 0x16
    REQUEST_PROBLEM_INFO = 0x17
    WILL_DELAY = 0x18
    REQUEST_RESPONSE_INFO = 0x19
    RESPONSE_INFO = 0x1A
    SERVER_REFERENCE = 0x1C
    REASON_STRING = 0x1F
    RECEIVE_MAXIMUM = 0x21
    TOPIC_ALIAS_MAXIMUM = 0x22
    TOPIC_ALIAS = 0x23
    MAXIMUM_QOS = 0x24
    RETAIN_AVAILABLE = 0x25
    USER_PROPERTY = 0x26
    MAXIMUM_PACKET_SIZE = 0x27
    WILDCARD_AVAILABLE = 0x28
    SUBSCRIPTION_ID_AVAILABLE = 0x29
    SHARED_AVAILABLE = 0x2A


P = Property

BYTE = {P.PAYLOAD_FORMAT, P.REQUEST_PROBLEM_INFO, P.REQUEST_RESPONSE_INFO, P.MAXIMUM_QOS, P.RETAIN_AVAILABLE,
        P.WILDCARD_AVAILABLE, P.SUBSCRIPTION_ID_AVAILABLE, P.SHARED_AVAILABLE}
TWO_BYTES = {P.SERVER_KEEP_ALIVE, P.RECEIVE_MAXIMUM, P.TOPIC_ALIAS_MAXIMUM, P.TOPIC_ALIAS}
FOUR_BYTES = {P.MESSAGE_EXPIRY, P.SESSION_EXPIRY, P.WILL_DELAY, P.MAXIMUM_PACKET_SIZE}
BINARY = {P.CORRELATION_DATA, P.AUTH_DATA}
TEXT = {P.CONTENT_TYPE, P.RESPONSE_TOPIC, P.ASSIGNED_CLIENT_ID, P.AUTH_METHOD, P.RESPONSE_INFO, P.SERVER_REFERENCE,
        P.REASON_STRING}

FIXED_FLAGS = {kind: 0 for kind in Kind} | {Kind.PUBREL: 2, Kind.SUBSCRIBE: 2, Kind.UNSUBSCRIBE: 2}


# ---- pieces -------------------------------------------------------------------------------------------

def number(value: int) -> bytes:
    """A variable byte integer in its shortest form."""
    out = bytearray()
    while True:
        value, low = divmod(value, 128)
        out.append(low | (0x80 if value else 0))
        if not value:
            return bytes(out)


def binary(data: bytes) -> bytes:
    return struct.pack("!H", len(data)) + data


def text(value: str | bytes) -> bytes:
    """A length-prefixed string; bytes are taken as they are, well-formed or not."""
    return binary(value.encode() if isinstance(value, str) else value)


def encode_property(which: int, value) -> bytes:
    head = bytes([which])
    if which in BYTE:
        return head + bytes([value])
    if which in TWO_BYTES:
        return head + struct.pack("!H", value)
    if which in FOUR_BYTES:
        return head + struct.pack("!I", value)
    if which == P.SUBSCRIPTION_ID:
        return head + number(value)
    if which == P.USER_PROPERTY:
        return head + text(value[0]) + text(value[1])
    return head + text(value)


def properties(pairs=()) -> bytes:
    """A property length and its properties, in the order given; repeats are allowed here."""
    body = b"".join(encode_property(which, value) for which, value in pairs)
    return number(len(body)) + body


def packet(first_byte: int, body: bytes = b"") -> bytes:
    return bytes([first_byte]) + number(len(body)) + body


def _head(kind: Kind) -> int:
    return kind << 4 | FIXED_FLAGS[kind]


# ---- writers ------------------------------------------------------------------------------------------

@dataclasses.dataclass
class Will:
    topic: str | bytes
    payload: bytes = b"gone"
    qos: int = 0
    retain: bool = False
    properties: tuple = ()


def connect(version=V311, client_id="", clean=True, keep_alive=60, will: Will | None = None, username=None,
            password: bytes | None = None, props=(), flags: int | None = None, name: str | bytes | None = None,
            level: int | None = None) -> bytes:
    """CONNECT; `flags`, `name` and `level` replace what the other arguments would give."""
    bits = 0x02 if clean else 0
    payload = text(client_id)
    if will:
        bits |= 0x04 | will.qos << 3 | (0x20 if will.retain else 0)
        if version == V5:
            payload += properties(will.properties)
        payload += text(will.topic) + binary(will.payload)
    if username is not None:
        bits |= 0x80
        payload += text(username)
    if password is not None:
        bits |= 0x40
        payload += binary(password)
    if name is None:
        name = "MQIsdp" if version == V31 else "MQTT"
    header = text(name) + bytes([version if level is None else level, bits if flags is None else flags])
    header += struct.pack("!H", keep_alive)
    if version == V5:
        header += properties(props)
    return packet(_head(Kind.CONNECT), header + payload)


def publish(version, topic, payload=b"", qos=0, packet_id=None, retain=False, dup=False, props=()) -> bytes:
    body = text(topic)
    if packet_id is not None:
        body += struct.pack("!H", packet_id)
    if version == V5:
        body += properties(props)
    return packet(Kind.PUBLISH << 4 | dup << 3 | qos << 1 | retain, body + payload)


def acknowledge(kind: Kind, packet_id: int, version=V311, reason: int | None = None, props=None) -> bytes:
    """PUBACK, PUBREC, PUBREL or PUBCOMP; the reason and the properties are left out unless given."""
    body = struct.pack("!H", packet_id)
    if version == V5 and reason is not None:
        body += bytes([reason])
        if props is not None:
            body += properties(props)
    return packet(_head(kind), body)


def subscribe(version, packet_id, *entries: tuple[str | bytes, int], props=()) -> bytes:
    """SUBSCRIBE with (filter, options byte) pairs."""
    body = struct.pack("!H", packet_id)
    if version == V5:
        body += properties(props)
    for topic_filter, options in entries:
        body += text(topic_filter) + bytes([options])
    return packet(_head(Kind.SUBSCRIBE), body)


def unsubscribe(version, packet_id, *filters: str | bytes, props=()) -> bytes:
    body = struct.pack("!H", packet_id)
    if version == V5:
        body += properties(props)
    return packet(_head(Kind.UNSUBSCRIBE), body + b"".join(text(each) for each in filters))


def pingreq() -> bytes:
    return packet(_head(Kind.PINGREQ))


def disconnect(version=V311, reason: int | None = None, props=None) -> bytes:
    body = b""
    if version == V5 and reason is not None:
        body = bytes([reason]) + (properties(props) if props is not None else b"")
    return packet(_head(Kind.DISCONNECT), body)


def auth(reason=0x18, props=(), flags=0) -> bytes:
    return packet(Kind.AUTH << 4 | flags, bytes([reason]) + properties(props))

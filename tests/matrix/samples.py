"""The messages that go through the matrix, and what became of one."""

from __future__ import annotations

import dataclasses
import functools
import random
import struct
import time

# Below the prefix of a cell. What brokers use to write addresses, to ask for many, or to refuse, is in here.
TOPICS = (
    "plain/one",
    "dotted.name/v1.2",
    "with space/and  two",
    "empty//level",
    "ends/empty/",
    "ünïcödé/日本語/🙂",
    "percent%20/100%",
    "dash-under_score/a_b",
    "col:on/semi;colon,comma",
    "back\\slash/quote\"'`",
    "star*gt>/q?[a]^",
    "{brace}/$dollar/@at!",
    "UPPER/lower",
    "a",
    "1/2/3/4/5/6/7/8/9",
)
LEADING_SLASH = ("/lead", "//two")
RESTS = (*TOPICS, *LEADING_SLASH)

Value = str | bytes | int | bool | float


@dataclasses.dataclass(frozen=True)
class Message:
    """One message in the words of the gateway. None is a field that it has not; times are milliseconds since 1970."""

    body: bytes
    text: bool = False                          # known to be UTF-8
    content_type: str | None = None
    content_encoding: str | None = None
    message_id: str | bytes | None = None
    correlation_id: str | bytes | None = None
    reply_to: str | None = None
    expires: int | None = None
    priority: int | None = None
    timestamp: int | None = None
    headers: tuple[tuple[str, Value], ...] = ()
    key: bytes | None = None
    traceparent: str | None = None


# How the gateway names them, and how this file does.
FIELDS = {
    "utf8-flag": "text",
    "content-type": "content_type",
    "content-encoding": "content_encoding",
    "message-id": "message_id",
    "correlation-id": "correlation_id",
    "reply-to": "reply_to",
    "expiry": "expires",
    "priority": "priority",
    "timestamp": "timestamp",
    "headers": "headers",
    "key": "key",
    "trace": "traceparent",
}
USUAL_PRIORITY = 4              # of a message that says none, everywhere
EXPIRY_TOLERANCE = 15_000       # some protocols count whole seconds, and the message was on its way
BEGAN = int(time.time() * 1000)
LIFE = 3_600_000


@functools.lru_cache(maxsize=4096)
def sample(number: int) -> Message:
    """The message of this number, always the same. Every fourth is bare; the others have every field."""
    chance = random.Random(number)
    if number % 4 == 0:
        return Message(struct.pack(">I", number) + b"\xff" + chance.randbytes(number % 200))
    is_text = number % 4 == 1
    body = f"{number:08d} grüß 日本".encode() if is_text else struct.pack(">I", number) + b"\0\xff" + chance.randbytes(100)
    return Message(
        body, is_text,
        content_type="text/plain;charset=utf-8" if is_text else "application/octet-stream",
        content_encoding="identity" if number % 3 else None,
        message_id=f"id-{number}",
        correlation_id=f"corr/{number}" if number % 2 else b"\xfe\0" + struct.pack(">I", number),
        reply_to=f"replies/{number % 5}",
        expires=BEGAN + LIFE,
        priority=number % len(RESTS) % 10,          # one for each topic: Artemis lets the more important overtake
        timestamp=BEGAN - number,
        key=f"key-{number % 7}".encode() if number % 3 else b"\xff\0key",
        traceparent=f"00-{number:032x}-{number:016x}-01" if number else None,
        headers=(
            ("room", "Küche 12"),
            ("twice", "first"),
            ("raw", b"\0\xff\xfe\r\n:" + bytes([number % 256])),
            ("twice", f"second {number}"),
            ("a:b=c,d%", "x:y\\z"),
            ("empty", ""),
            ("lines", "one\ntwo"),
            ("count", -number),
            ("flag", bool(number & 8)),
            ("ratio", number / 8),
            ("destination", "a name that protocols use themselves"),
            ("twice", b"\x80third"),
        ),
    )


def rest_of(number: int) -> str:
    """What stands behind the prefix of its topic."""
    return RESTS[number % len(RESTS)]


def number_of(body: bytes) -> int | None:
    """Which sample a body belongs to, as far as its beginning says."""
    if body[:8].isdigit():
        return int(body[:8])
    return struct.unpack(">I", body[:4])[0] if len(body) >= 4 else None


def changed_fields(sent: Message, seen: Message) -> dict[str, str]:
    """Names of fields that did not arrive as they were sent: "lost", or "narrowed" where something else came."""
    changed = {}
    for name, attribute in FIELDS.items():
        before, after = getattr(sent, attribute), getattr(seen, attribute)
        if attribute == "priority":
            before, after = (USUAL_PRIORITY if priority is None else priority for priority in (before, after))
        if before == after or (attribute == "expires" and before and after and abs(before - after) <= EXPIRY_TOLERANCE):
            continue
        changed[name] = "lost" if after in (None, False, ()) else "narrowed" if before else "invented"
    return changed

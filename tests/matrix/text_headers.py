"""Fields as named texts, read and written from their description alone (docs/life-of-a-message.md): what the client of a
protocol with text headers does to understand all that the gateway sends, and to say all that it understands."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Iterable

from tests.matrix.samples import Message, Value

FIXED = {
    "content-type": "content_type",
    "content-encoding": "content_encoding",
    "message-id": "message_id",
    "correlation-id": "correlation_id",
    "reply-to": "reply_to",
    "expires": "expires",
    "priority": "priority",
    "timestamp": "timestamp",
    "key": "key",
    "traceparent": "traceparent",
}
OTHERS = {"tracestate", "retain", "rialto-body", "rialto-via", "rialto-types"}
NUMBERS = {"expires", "priority", "timestamp"}

Pairs = list[tuple[str, bytes]]


@dataclasses.dataclass(frozen=True)
class Form:
    """How a protocol differs: `native` are attributes of Message that it has places of its own for, `takes_bytes` says that
    values may be any bytes, and `prefix` stands before the user's headers."""

    native: frozenset[str] = frozenset()
    takes_bytes: bool = False
    prefix: str = ""
    no_control_characters: bool = False
    renames: bool = True


def text_and_code(value: Value, form: Form) -> tuple[bytes, str]:
    if isinstance(value, bool):
        return (b"true" if value else b"false"), "?"
    if isinstance(value, int):
        return str(value).encode(), "i"
    if isinstance(value, float):
        return repr(value).removesuffix(".0").encode(), "d"
    if isinstance(value, bytes):
        return (value, "s") if form.takes_bytes else (base64.b64encode(value), "b")
    if form.no_control_characters and any(ord(c) < 32 for c in value):
        return base64.b64encode(value.encode()), "S"
    return value.encode(), "s"


def value_of(text: bytes, code: str) -> Value:
    if code in "iu":
        return int(text)
    if code in "df":
        return float(text)
    if code == "?":
        return text == b"true"
    if code == "b":
        return base64.b64decode(text)
    if code == "S":
        return base64.b64decode(text).decode()
    if code == "B":
        return text
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text


def written(message: Message, form: Form) -> Pairs:
    """Everything of it but the body."""
    pairs: Pairs = []
    types: list[str] = []

    def say(name: str, code: str) -> None:
        types.append(name.replace("%", "%25").replace(",", "%2C").replace("=", "%3D") + "=" + code)

    if message.text and "text" not in form.native:
        pairs.append(("rialto-body", b"text"))
    for name, attribute in FIXED.items():
        value = getattr(message, attribute)
        if value is None or attribute in form.native:
            continue
        if isinstance(value, bytes) and attribute == "key" and is_text(value):
            value = value.decode()
        text, code = text_and_code(value, form)
        pairs.append((name, text))
        if code in "bS":
            say(name, code)
    codes = [text_and_code(value, form)[1] for _, value in message.headers]
    typed = {name for (name, _), code in zip(message.headers, codes) if code != "s"}
    for (name, value), code in zip(message.headers, codes):
        wire_name = wire_name_of(name, form)
        pairs.append((wire_name, text_and_code(value, form)[0]))
        if name in typed:
            say(wire_name, code)
    if types:
        pairs.append(("rialto-types", ",".join(types).encode()))
    return pairs


def read(pairs: Iterable[tuple[str, bytes]], body: bytes, form: Form, **native) -> Message:
    """`native` are the fields that the protocol had in places of its own."""
    pairs = list(pairs)
    types = types_in(next((text for name, text in pairs if name == "rialto-types"), b""))
    fields: dict = {"text": any(pair == ("rialto-body", b"text") for pair in pairs), **native}
    headers = []
    for name, text in pairs:
        attribute = FIXED.get(name)
        if attribute and attribute not in form.native and attribute not in fields:
            fields[attribute] = field_value(attribute, text, take(types, name))
        elif name not in OTHERS:
            headers.append((user_name_of(name, form), value_of(text, take(types, name))))
    return Message(body, headers=tuple(headers), **fields)


def field_value(attribute: str, text: bytes, code: str):
    value = value_of(text, code)
    if attribute in NUMBERS:
        return int(value)
    if attribute == "key":
        return value.encode() if isinstance(value, str) else value
    return value


def wire_name_of(name: str, form: Form) -> str:
    if form.prefix:
        return form.prefix + name
    return f"u.{name}" if form.renames and is_taken(name, form) else name


def user_name_of(name: str, form: Form) -> str:
    if form.prefix:
        return name.removeprefix(form.prefix)
    plain = name.removeprefix("u.")
    return plain if form.renames and is_taken(plain, form) else name


def is_taken(name: str, form: Form) -> bool:
    return name.startswith("u.") or name in OTHERS or (name in FIXED and FIXED[name] not in form.native)


def types_in(text: bytes) -> list[list[str]]:
    entries = []
    for entry in text.decode().split(","):
        name, equals, code = entry.rpartition("=")
        if equals:
            entries.append([name.replace("%3D", "=").replace("%2C", ",").replace("%25", "%"), code])
    return entries


def take(types: list[list[str]], name: str) -> str:
    for at, (known, code) in enumerate(types):
        if known == name:
            del types[at]
            return code
    return "s"


def is_text(value: bytes) -> bool:
    try:
        return b"\0" not in value and bool(value.decode() or True)
    except UnicodeDecodeError:
        return False

"""STOMP 1.2 at RabbitMQ, by a client of our own: few libraries give headers in order, or bodies as octets."""

from __future__ import annotations

import base64
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, unquote

from tests.matrix.places.place import Place, Take, running
from tests.matrix.samples import Message, Value
from tests.matrix.text_headers import is_text, value_of
from tests.support.large_brokers import PASSWORD, USER
from tests.support.processes import HOST

TEXTS = {"content-type": "content_type", "content-encoding": "content_encoding", "traceparent": "traceparent"}
NUMBERS = {"expires": "expires", "priority": "priority"}
IDS = {"amqp-message-id": "message_id", "correlation-id": "correlation_id"}
OF_THE_FRAME = {"destination", "content-length", "subscription", "message-id", "redelivered", "ack", "persistent", "receipt",
                "rialto-types", "rialto-multi", "rialto-via", "rialto-body", "rialto-topic", "rialto-timestamp"}
ESCAPES = {"\\": "\\\\", "\r": "\\r", "\n": "\\n", ":": "\\c"}

Headers = list[tuple[str, str]]


class Stomp(Place):
    name = backend = "stomp"

    def __init__(self, port: int):
        self._port = port
        self.toml = f'[backends.stomp]\nurl = "stomp://{USER}:{PASSWORD}@{HOST}:{port}"\ndialect = "rabbitmq"\n'

    @contextmanager
    def reader(self, read: list[str], take: Take, below: str = "to") -> Iterator[None]:
        with Connection(self._port) as connection:
            for number, key in enumerate((f"{below}.#", f"%00.{below}.#")):
                connection.send("SUBSCRIBE", [("id", str(number)), ("destination", "/topic/" + key), ("ack", "auto"),
                                              ("receipt", f"s{number}")])
                connection.wait_for_receipt(f"s{number}")

            def loop(stop) -> None:
                while not stop.is_set():
                    for command, headers, body in connection.frames(0.2):
                        assert command == "MESSAGE", (command, headers, body)
                        take(topic_of(dict(headers)["destination"]), message_from(headers, body))
            with running(loop):
                yield

    @contextmanager
    def writer(self) -> Iterator["StompWriter"]:
        with Connection(self._port) as connection:
            yield StompWriter(connection)


class StompWriter:
    def __init__(self, connection: "Connection"):
        self._connection, self._sent = connection, 0

    def publish(self, topic: str, message: Message) -> None:
        self._connection.send("SEND", [("destination", destination_of(topic)), *headers_of(message),
                                       ("content-length", str(len(message.body)))], message.body)

    def flush(self) -> None:
        self._sent += 1
        receipt = f"f{self._sent}"
        # Frames are worked off in order. A transaction about nothing is no message that a bridge would take further.
        self._connection.send("BEGIN", [("transaction", receipt), ("receipt", receipt)])
        self._connection.wait_for_receipt(receipt)
        self._connection.send("ABORT", [("transaction", receipt)])


class Connection:
    """One socket, and frames on it."""

    def __init__(self, port: int):
        self._socket = socket.create_connection((HOST, port), 20)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray()

    def __enter__(self) -> "Connection":
        self.send("CONNECT", [("accept-version", "1.2"), ("host", "/"), ("login", USER), ("passcode", PASSWORD)])
        assert self._next(20)[0] == "CONNECTED"
        return self

    def __exit__(self, *_) -> None:
        self._socket.close()

    def send(self, command: str, headers: Headers, body: bytes = b"") -> None:
        lines = [command, *(f"{escaped(name)}:{escaped(value)}" for name, value in headers)]
        self._socket.settimeout(20)
        self._socket.sendall("\n".join(lines).encode() + b"\n\n" + body + b"\0")

    def wait_for_receipt(self, receipt: str) -> None:
        command, headers, body = self._next(20)
        assert command == "RECEIPT" and ("receipt-id", receipt) in headers, (command, headers, body)

    def frames(self, within: float) -> list[tuple[str, Headers, bytes]]:
        """All that have come; waits for the first."""
        frames = []
        while frame := self._parsed():
            frames.append(frame)
        if not frames and self._receive(within):
            return self.frames(0)
        return frames

    def _next(self, within: float) -> tuple[str, Headers, bytes]:
        deadline = time.monotonic() + within
        while not (frame := self._parsed()):
            assert time.monotonic() < deadline, "the broker says nothing"
            self._receive(0.2)
        return frame

    def _receive(self, within: float) -> bool:
        self._socket.settimeout(max(within, 0.001))
        try:
            octets = self._socket.recv(1 << 18)
        except TimeoutError:
            return False
        assert octets, "the broker has closed the connection"
        self._buffer += octets
        return True

    def _parsed(self) -> tuple[str, Headers, bytes] | None:
        start = 0
        while self._buffer[start:start + 1] in (b"\n", b"\r"):
            start += 1
        del self._buffer[:start]
        head_end = self._buffer.find(b"\n\n")
        if head_end < 0:
            return None
        lines = self._buffer[:head_end].decode(errors="replace").split("\n")     # RabbitMQ shows octets of AMQP 1.0 as they are
        headers = [tuple(unescaped(part) for part in line.split(":", 1)) for line in lines[1:]]
        length = next((int(value) for name, value in headers if name == "content-length"), None)
        end = head_end + 2 + length if length is not None else self._buffer.find(b"\0", head_end + 2)
        if end < 0 or len(self._buffer) <= end:
            return None
        body = bytes(self._buffer[head_end + 2:end])
        del self._buffer[:end + 1]
        return lines[0], headers, body


def escaped(text: str) -> str:
    return "".join(ESCAPES.get(c, c) for c in text) if any(c in text for c in ESCAPES) else text


def unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    return text.replace("\\c", ":").replace("\\n", "\n").replace("\\r", "\r").replace("\\\\", "\\") if "\\\\" not in text else \
        "\\".join(unescaped(part) for part in text.split("\\\\"))


def routing_key(topic: str) -> str:
    """RabbitMQ's own form of a topic, as MQTT clients never write it: nothing in a level is taken for anything else."""
    return ".".join("".join(f"%{ord(c):02X}" if c in ".%*#" else c for c in level) or "%00" for level in topic.split("/"))


def destination_of(topic: str) -> str:
    """RabbitMQ takes %2F in a destination for a slash and any other percent sign for itself; it writes %25 for those."""
    return "/topic/" + routing_key(topic).replace("/", "%2F")


def topic_of(destination: str) -> str:
    key = unquote(destination.removeprefix("/topic/"))
    return "/".join("" if word == "%00" else unquote(word) for word in key.split("."))


def headers_of(message: Message) -> Headers:
    headers: Headers = []
    types: list[str] = []

    def say(name: str, value: Value) -> None:
        text, letter = text_and_letter(value)
        headers.append((name, text))
        if letter:
            types.append(f"{marked(name)}={letter}")

    for name, attribute in (TEXTS | NUMBERS | IDS).items():
        value = getattr(message, attribute)
        if value is not None:
            say(name, str(value) if isinstance(value, int) else value)
    if message.reply_to is not None:
        say("reply-to", destination_of(message.reply_to))
    if message.timestamp is not None:
        headers += [("timestamp", str(message.timestamp // 1000)), ("rialto-timestamp", str(message.timestamp))]
    if message.key is not None:
        say("JMSXGroupID", message.key.decode() if is_text(message.key) else message.key)
    multi = []
    for position, (name, value) in enumerate(message.headers):
        if name in (earlier for earlier, _ in message.headers[:position]):
            text, letter = text_and_letter(value)
            multi.append(f"{position}/{marked(name)}/{letter}={marked(text)}")
        else:
            multi.append(f"{position}/{marked(name)}")      # RabbitMQ keeps no order
            say(f"u.{name}" if name in OF_THE_FRAME else name, value)
    if types:
        headers.append(("rialto-types", ",".join(types)))
    if multi:
        headers.append(("rialto-multi", ",".join(multi)))
    return headers


def text_and_letter(value: Value) -> tuple[str, str]:
    if isinstance(value, bool):
        return ("true" if value else "false"), "?"
    if isinstance(value, int):
        return str(value), "i"
    if isinstance(value, float):
        return repr(value).removesuffix(".0"), "f"
    if isinstance(value, bytes):
        return base64.b64encode(value).decode(), "b"
    return value, ""


def marked(text: str) -> str:
    return quote(text, safe="".join(chr(c) for c in range(33, 127) if chr(c) not in ",=/:%"))


def message_from(headers: Headers, body: bytes) -> Message:
    values = dict(reversed(headers))
    types = dict(entry.split("=", 1) for entry in values.get("rialto-types", "").split(",") if "=" in entry)
    types = {unquote(name): letter for name, letter in types.items()}
    fields: dict = {}
    users: Headers = []
    for name, text in headers:
        value = value_of(text.encode(), types.get(name, "s"))
        if name in TEXTS:
            fields[TEXTS[name]] = text
        elif name in NUMBERS:
            fields[NUMBERS[name]] = int(text)
        elif name in IDS:
            fields[IDS[name]] = value
        elif name == "reply-to":
            fields["reply_to"] = topic_of(text)
        elif name == "timestamp":
            fields["timestamp"] = int(values.get("rialto-timestamp", int(text) * 1000))
        elif name == "expiration":
            fields.setdefault("expires", int(time.time() * 1000) + int(text))
        elif name == "JMSXGroupID":
            fields["key"] = value.encode() if isinstance(value, str) else value
        elif name not in OF_THE_FRAME:
            users.append((name.removeprefix("u."), value))
    is_utf8 = "utf-8" in fields.get("content_type", "").lower() and values.get("rialto-body") != "bytes"
    return Message(body, is_utf8 or values.get("rialto-body") == "text",
                   headers=in_order(users, values.get("rialto-multi", "")), **fields)


def in_order(users: Headers, multi: str) -> tuple[tuple[str, Value], ...]:
    """`multi` says where each header stood, and has the further values of a name that repeats."""
    first, placed = dict(reversed(users)), {}
    for entry in filter(None, multi.split(",")):
        head, equals, text = entry.partition("=")
        position, name, *letter = head.split("/")
        name = unquote(name)
        placed[int(position)] = (name, value_of(unquote(text).encode(), letter[0] or "s") if equals else first[name])
    unplaced = [header for header in users if header[0] not in {name for name, _ in placed.values()}]
    return tuple(placed[position] for position in sorted(placed)) + tuple(unplaced)

"""The live socket of the web listener, by a WebSocket library and nothing of ours."""

from __future__ import annotations

import base64
import dataclasses
import itertools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.matrix import text_headers
from tests.matrix.places.place import Place, Take, running, without
from tests.matrix.samples import Message, Value
from tests.matrix.text_headers import Form
from tests.support.processes import HOST

FIXED = {"content-encoding": "content_encoding", "message-id": "message_id", "expires": "expires", "priority": "priority",
         "traceparent": "traceparent"}
FORM = Form()


class Live(Place):
    """The bus, by a page in a browser."""

    name = "live"

    def __init__(self, port: int):
        self._port = port

    def says(self, message: Message) -> Message:
        # `key` of a publish is something else: it makes it idempotent.
        return dataclasses.replace(without(message, "key"), headers=grouped(message.headers))

    def shows(self, expected: Message, seen: Message) -> Message:
        # A frame always has a time, and all that is UTF-8 comes as text.
        return dataclasses.replace(expected, headers=grouped(expected.headers), text=is_utf8(expected.body),
                                   timestamp=expected.timestamp or seen.timestamp)

    @contextmanager
    def reader(self, read: list[str], take: Take, below: str = "to") -> Iterator[None]:
        with connected(self._port) as socket:
            for number, topic in enumerate((f"{below}/#", f"/{below}/#"), 2):
                answer = asked(socket, op="sub", id=number, topic=topic, policy="close")
                assert answer["op"] == "subbed", answer

            def loop(stop) -> None:
                while not stop.is_set():
                    try:
                        text = socket.recv(0.2)
                    except TimeoutError:
                        continue
                    for line in filter(None, text.splitlines()):
                        frame = json.loads(line)
                        if frame["op"] == "msg":
                            take(frame["topic"], message_from(frame))
                        else:
                            assert frame["op"] == "ping", frame
                            socket.send('{"op":"pong"}')
            with running(loop):
                yield

    @contextmanager
    def writer(self) -> Iterator["LiveWriter"]:
        with connected(self._port) as socket:
            writer = LiveWriter(socket)
            with running(writer.read_answers, socket.close):
                yield writer


class LiveWriter:
    def __init__(self, socket: ClientConnection):
        self._socket, self._numbers = socket, itertools.count(2)
        self._unanswered: set[int] = set()
        self._changed = threading.Condition()

    def publish(self, topic: str, message: Message) -> None:
        number = next(self._numbers)
        with self._changed:
            self._unanswered.add(number)
        self._socket.send(json.dumps({"op": "pub", "id": number, "topic": topic, **members_of(message)}))

    def flush(self) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: not self._unanswered, 30), f"{len(self._unanswered)} publishes have no answer"

    def read_answers(self, stop) -> None:
        try:
            for text in self._socket:
                for frame in map(json.loads, filter(None, text.splitlines())):
                    if frame["op"] == "ping":
                        self._socket.send('{"op":"pong"}')
                        continue
                    assert frame["op"] == "ack", frame
                    with self._changed:
                        self._unanswered.discard(frame["id"])
                        self._changed.notify_all()
        except ConnectionClosed:
            assert stop.is_set(), "the gateway has closed the live socket"


@contextmanager
def connected(port: int) -> Iterator[ClientConnection]:
    with connect(f"ws://{HOST}:{port}/ws", subprotocols=["rialto.v1.json"], proxy=None, max_size=None) as socket:
        assert asked(socket, op="connect", id=1)["op"] == "connected"
        yield socket


def asked(socket: ClientConnection, **request) -> dict:
    socket.send(json.dumps(request))
    return json.loads(socket.recv(20))


def grouped(headers: tuple) -> tuple:
    """Repeats of a name stand together in JSON."""
    names = dict.fromkeys(name for name, _ in headers)
    return tuple(header for name in names for header in headers if header[0] == name)


def is_utf8(body: bytes) -> bool:
    try:
        return bool(body.decode() or True)
    except UnicodeDecodeError:
        return False


def members_of(message: Message) -> dict:
    members: dict = {"text": message.body.decode()} if message.text else {"b64": base64.b64encode(message.body).decode()}
    types: list[str] = []

    def said(name: str, value: Value) -> Value:
        if not isinstance(value, bytes):
            return value
        types.append(name.replace("%", "%25").replace(",", "%2C").replace("=", "%3D") + "=b")
        return base64.b64encode(value).decode()

    for name, attribute in (("ct", "content_type"), ("reply", "reply_to"), ("ts", "timestamp")):
        if getattr(message, attribute) is not None:
            members[name] = getattr(message, attribute)
    if message.correlation_id is not None:
        members["corr"] = said("correlation-id", message.correlation_id)
    headers: dict[str, list[Value]] = {}
    for name, attribute in FIXED.items():
        if getattr(message, attribute) is not None:
            headers[name] = [said(name, getattr(message, attribute))]
    with_bytes = {name for name, value in message.headers if isinstance(value, bytes)}
    for name, value in message.headers:
        if name in with_bytes and isinstance(value, str):
            types.append(name + "=s")
        headers.setdefault(name, []).append(said(name, value))
    if types:
        headers["rialto-types"] = [",".join(types)]
    if headers:
        members["headers"] = {name: values[0] if len(values) == 1 else values for name, values in headers.items()}
    return members


def message_from(frame: dict) -> Message:
    headers = dict(frame.get("headers", {}))
    types = text_headers.types_in(headers.pop("rialto-types", "").encode())

    def heard(name: str, value: Value) -> Value:
        return text_headers.value_of(value.encode(), text_headers.take(types, name)) if isinstance(value, str) else value

    fields = {attribute: heard(name, headers.pop(name)) for name, attribute in FIXED.items() if name in headers}
    headers.pop("rialto-via", None)
    for name, attribute in (("ct", "content_type"), ("reply", "reply_to"), ("ts", "timestamp")):
        if name in frame:
            fields[attribute] = frame[name]
    if "corr" in frame:
        fields["correlation_id"] = heard("correlation-id", frame["corr"])
    if "key" in frame:
        key = heard("key", frame["key"])
        fields["key"] = key.encode() if isinstance(key, str) else key
    users = tuple((name, heard(name, value)) for name, values in headers.items()
                  for value in (values if isinstance(values, list) else [values]))
    body = frame["text"].encode() if "text" in frame else base64.b64decode(frame["b64"])
    return Message(body, "text" in frame, headers=users, **fields)

"""AMQP 1.0 at Artemis, by Qpid Proton's Python client."""

from __future__ import annotations

import collections
import dataclasses
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote

import proton
from proton.handlers import MessagingHandler
from proton.reactor import ApplicationEvent, Container, EventInjector

from tests.matrix.places.place import Place, Take
from tests.matrix.samples import Message
from tests.matrix.text_headers import is_text
from tests.support.large_brokers import PASSWORD, USER
from tests.support.processes import HOST

FIXED = {"retain", "rialto-body", "rialto-types", "content-type", "content-encoding", "key", "traceparent", "tracestate"}
MULTI = proton.symbol("x-opt-rialto-multi")
TRACE = proton.symbol("x-opt-traceparent")
SEQUENCE = ("amqp-group-sequence", 0)


class Amqp(Place):
    name = backend = "amqp"

    def __init__(self, port: int):
        self._url = f"amqp://{USER}:{PASSWORD}@{HOST}:{port}"
        self.toml = f'[backends.amqp]\nurl = "{self._url}"\ndialect = "artemis"\n'

    def says(self, message: Message) -> Message:
        # Proton says a group's sequence, 0, with every group; a header elsewhere.
        has_group = message.key is not None and is_text(message.key)
        return dataclasses.replace(message, headers=(SEQUENCE, *message.headers)) if has_group else message

    def shows(self, expected: Message, seen: Message) -> Message:
        return dataclasses.replace(expected, headers=tuple(header for header in expected.headers if header != SEQUENCE))

    @contextmanager
    def reader(self, read: list[str], take: Take, below: str = "to") -> Iterator[None]:
        with reacting(Receiving(self._url, read, take)):
            yield

    @contextmanager
    def writer(self) -> Iterator["Sending"]:
        with reacting(Sending(self._url)) as sending:
            yield sending


class Reaction(MessagingHandler):
    """What a container runs; woken from other threads by wake()."""

    def __init__(self, url: str, **options):
        super().__init__(**options)
        self.ready, self.changed, self.failure = threading.Event(), threading.Condition(), None
        self._url, self._injector, self._ended = url, EventInjector(), False

    def on_start(self, event) -> None:
        event.container.selectable(self._injector)
        self.connection = event.container.connect(self._url, allowed_mechs="PLAIN", allow_insecure_mechs=True, reconnect=False)
        self.opened(event.container)

    def opened(self, container: Container) -> None:
        raise NotImplementedError

    def wake(self) -> None:
        self._injector.trigger(ApplicationEvent("woken"))

    def end(self) -> None:
        self._ended = True
        self.wake()

    def on_woken(self, event) -> None:
        if self._ended:
            self._injector.close()
            self.connection.close()

    def fail(self, what) -> None:
        with self.changed:
            self.failure = self.failure or str(what)
            self.changed.notify_all()
        self.ready.set()

    def on_link_error(self, event) -> None:
        self.fail(event.link.remote_condition)

    def on_transport_error(self, event) -> None:
        self.fail(event.transport.condition)


@contextmanager
def reacting(reaction: Reaction) -> Iterator[Reaction]:
    thread = threading.Thread(target=Container(reaction).run, daemon=True)
    thread.start()
    assert reaction.ready.wait(30), "Artemis has not attached the links"
    assert not reaction.failure, reaction.failure
    try:
        yield reaction
    finally:
        reaction.end()
        thread.join(10)
    assert not reaction.failure, reaction.failure


class Receiving(Reaction):
    """A link for each topic: what a message says of its address is the sender's affair."""

    def __init__(self, url: str, topics: list[str], take: Take):
        super().__init__(url, prefetch=200)
        self._topics, self._take, self._attached = topics, take, 0

    def opened(self, container: Container) -> None:
        self._of_link = {container.create_receiver(self.connection, address_of(topic), name=topic).name: topic
                         for topic in self._topics}

    def on_link_opened(self, event) -> None:
        self._attached += 1
        if self._attached == len(self._topics):
            self.ready.set()

    def on_message(self, event) -> None:
        try:
            self._take(self._of_link[event.receiver.name], message_from(event.message))
        except Exception as error:
            self.fail(repr(error))


class Sending(Reaction):
    """publish() from any thread; in order for each topic."""

    def __init__(self, url: str):
        super().__init__(url)
        self._waiting: collections.deque[tuple[str, proton.Message]] = collections.deque()
        self._senders: dict[str, proton.Sender] = {}
        self._queues: dict[str, collections.deque] = {}
        self._unsettled = 0

    def opened(self, container: Container) -> None:
        self._container = container

    def on_connection_opened(self, event) -> None:
        self.ready.set()

    def publish(self, topic: str, message: Message) -> None:
        with self.changed:
            self._unsettled += 1
        address = address_of(topic)
        self._waiting.append((address, proton_message(address, message)))
        if self._unsettled % 20 == 0:
            self.wake()

    def flush(self) -> None:
        self.wake()
        with self.changed:
            assert self.changed.wait_for(lambda: not self._unsettled or self.failure, 30), f"{self._unsettled} are not accepted"
        assert not self.failure, self.failure

    def on_woken(self, event) -> None:
        while self._waiting:
            address, message = self._waiting.popleft()
            if address not in self._senders:
                self._senders[address] = self._container.create_sender(self.connection, address)
                self._queues[address] = collections.deque()
            self._queues[address].append(message)
            self._send_from(self._senders[address])
        super().on_woken(event)

    def on_sendable(self, event) -> None:
        self._send_from(event.sender)

    def _send_from(self, sender: proton.Sender) -> None:
        queue = self._queues[sender.target.address]
        while queue and sender.credit > 0:
            sender.send(queue.popleft())

    def on_accepted(self, event) -> None:
        with self.changed:
            self._unsettled -= 1
            self.changed.notify_all()

    def on_rejected(self, event) -> None:
        self.fail(event.delivery.remote.condition)

    def on_released(self, event) -> None:
        self.fail("a message was released")


def address_of(topic: str) -> str:
    return ".".join("".join(f"%{ord(c):02X}" if c in ".%*#>:?" else c for c in level) or "%00" for level in topic.split("/"))


def topic_of(address: str) -> str:
    return "/".join("" if word == "%00" else unquote(word) for word in address.split("."))


def proton_message(address: str, message: Message) -> proton.Message:
    made = proton.Message(body=message.body, inferred=True, address=address, durable=True)
    properties: dict = {}
    annotations: dict = {}
    if message.text:
        properties["rialto-body"] = "text"
    if message.content_type is not None:
        made.content_type = message.content_type
    if message.content_encoding is not None:
        made.content_encoding = message.content_encoding
    made.id, made.correlation_id = message.message_id, message.correlation_id
    if message.reply_to is not None:
        made.reply_to = address_of(message.reply_to)
    if message.expires is not None:
        made.expiry_time = message.expires / 1000
    if message.timestamp is not None:
        made.creation_time = message.timestamp / 1000
    if message.priority is not None:
        made.priority = message.priority
    if message.key is not None and is_text(message.key):
        made.group_id = message.key.decode()
    elif message.key is not None:
        properties["key"] = message.key
    if message.traceparent:
        annotations[TRACE] = message.traceparent
    headers = [header for header in message.headers if header != SEQUENCE]
    for name, value in headers:
        properties.setdefault(name, value)
    if headers:
        annotations[MULTI] = [[name, value] for name, value in headers]
    made.properties, made.annotations = properties or None, annotations or None
    return made


def message_from(seen: proton.Message) -> Message:
    properties = dict(seen.properties or {})
    annotations = {str(name): value for name, value in (seen.annotations or {}).items()}
    body = seen.body
    is_value = isinstance(body, str)
    fields: dict = {
        "text": is_value or properties.get("rialto-body") == "text",
        "content_type": symbol_or(seen.content_type, properties.get("content-type")),
        "content_encoding": symbol_or(seen.content_encoding, properties.get("content-encoding")),
        "message_id": plain(seen.id),
        "correlation_id": plain(seen.correlation_id),
        "reply_to": topic_of(seen.reply_to) if seen.reply_to else None,
        "expires": expiry_of(seen),
        "priority": None if seen.priority == 4 else seen.priority,
        "timestamp": round(seen.creation_time * 1000) or None,
        "key": plain(properties["key"]) if "key" in properties else seen.group_id.encode() if seen.group_id else None,
        "traceparent": annotations.get("x-opt-traceparent", properties.get("traceparent")),
    }
    if "x-opt-rialto-multi" in annotations:
        headers = tuple((str(name), plain(value)) for name, value in annotations["x-opt-rialto-multi"])
    else:
        headers = tuple((re.sub(r"^u\.", "", name), plain(value)) for name, value in properties.items() if name not in FIXED)
    return Message(body.encode() if is_value else bytes(body), headers=headers, **fields)


def symbol_or(value: str | None, otherwise: str | None) -> str | None:
    return otherwise if value in (None, "", "None") else str(value)       # Proton reads an absent one as the word None


def expiry_of(seen: proton.Message) -> int | None:
    if seen.expiry_time:
        return round(seen.expiry_time * 1000)
    return int((time.time() + seen.ttl) * 1000) if seen.ttl else None


def plain(value):
    return bytes(value) if isinstance(value, memoryview) else value

"""AMQP 1.0 at Artemis by Qpid Proton; what came is kept for an MQTT session of the same broker."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import proton
from proton.reactor import Container

from tests.matrix.crash.ends.mqtt import Mqtt
from tests.matrix.places.amqp import Reaction, address_of
from tests.support.large_brokers import PASSWORD, USER, Artemis
from tests.support.processes import HOST


class Amqp(Mqtt):
    name = "amqp"

    def __init__(self, broker: Artemis):
        super().__init__(broker, broker.port)
        self._url = f"amqp://{USER}:{PASSWORD}@{HOST}:{broker.port}"

    def backend(self, name: str) -> str:
        return f'[backends.{name}]\nurl = "{self._url}"\ndialect = "artemis"\n'

    @contextmanager
    def line(self, topics: list[str]) -> Iterator["AmqpLine"]:
        line = AmqpLine(self._url, topics)
        thread = threading.Thread(target=Container(line).run, daemon=True)
        thread.start()
        try:
            line.wait_until_open()
            yield line
        finally:
            line.end()
            thread.join(10)


class AmqpLine(Reaction):
    """A link for each topic. Proton's thread sends and settles; publish() and confirmed() speak with it."""

    def __init__(self, url: str, topics: list[str]):
        super().__init__(url)
        self._topics = topics
        self._waiting: dict[str, deque[tuple[int, bytes]]] = {topic: deque() for topic in topics}
        self._done: queue.SimpleQueue = queue.SimpleQueue()

    def opened(self, container: Container) -> None:
        self._senders = {topic: container.create_sender(self.connection, address_of(topic)) for topic in self._topics}

    def wait_until_open(self) -> None:
        if not self.ready.wait(15) or self.failure:
            raise ConnectionError(self.failure or "no links")

    def publish(self, number: int, topic: str, body: bytes) -> None:
        self._waiting[topic].append((number, body))

    def confirmed(self, within: float) -> Iterator[int]:
        self.wake()
        try:
            while True:
                yield self._done.get(timeout=within)
                within = 0.0001
        except queue.Empty:
            if self.failure:
                raise ConnectionError(self.failure) from None

    def on_woken(self, event) -> None:
        super().on_woken(event)
        if not self._ended:
            self._send_what_fits()

    def on_sendable(self, event) -> None:
        self.ready.set()
        self._send_what_fits()

    def _send_what_fits(self) -> None:
        for topic, waiting in self._waiting.items():
            sender = self._senders[topic]
            while waiting and sender.credit > 0:
                number, body = waiting.popleft()
                sender.send(proton.Message(address=address_of(topic), body=body, inferred=True, durable=True), tag=str(number))

    def on_accepted(self, event) -> None:
        self._done.put(int(event.delivery.tag))

    def on_rejected(self, event) -> None:
        self.fail(event.delivery.remote.condition)

    on_released = on_modified = on_rejected

    def on_disconnected(self, event) -> None:
        self.fail("the broker is gone")

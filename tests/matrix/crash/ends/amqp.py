"""AMQP 1.0 at Artemis by Qpid Proton, with durable subscriptions."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import proton
from proton.reactor import Container, DurableSubscription

from tests.matrix.crash.ends.end import End, Take, taken_from
from tests.matrix.places.amqp import Reaction, address_of
from tests.support.large_brokers import PASSWORD, USER, Artemis
from tests.support.processes import HOST


class Amqp(End):
    name = "amqp"

    def __init__(self, broker: Artemis):
        self.broker = broker
        self._url = f"amqp://{USER}:{PASSWORD}@{HOST}:{broker.port}"

    def backend(self, name: str) -> str:
        return f'[backends.{name}]\nurl = "{self._url}"\ndialect = "artemis"\n'

    @contextmanager
    def line(self, topics: list[str]) -> Iterator["AmqpLine"]:
        with open_links(AmqpLine(self._url, topics)) as line:
            yield line

    def keep(self, prefix: str, topics: list[str]) -> None:
        with self.read(prefix, topics, lambda topic, body: None):
            pass        # the subscriptions stay

    @contextmanager
    def read(self, prefix: str, topics: list[str], take: Take) -> Iterator[None]:
        with open_links(Subscriptions(self._url, topics, take), f"reader-{prefix}") as subscriptions:
            yield
        assert not subscriptions.failure, subscriptions.failure


@contextmanager
def open_links(reaction: Reaction, container_id: str | None = None) -> Iterator[Reaction]:
    container = Container(reaction)
    container.container_id = container_id or container.container_id
    thread = threading.Thread(target=container.run, daemon=True)
    thread.start()
    try:
        if not reaction.ready.wait(15) or reaction.failure:
            raise ConnectionError(reaction.failure or "no links")
        yield reaction
    finally:
        reaction.end()
        thread.join(10)


class Subscriptions(Reaction):
    """A durable one for each topic; by the container's name they are found again."""

    def __init__(self, url: str, topics: list[str], take: Take):
        super().__init__(url, prefetch=200)
        self._topics, self._take, self._attached = topics, take, 0

    def opened(self, container: Container) -> None:
        self._of_link = {}
        for number, topic in enumerate(self._topics):
            link = container.create_receiver(self.connection, address_of(topic), name=f"kept{number}",
                                             options=DurableSubscription())
            self._of_link[link.name] = topic

    def on_link_opened(self, event) -> None:
        self._attached += 1
        if self._attached == len(self._topics):
            self.ready.set()

    def on_message(self, event) -> None:
        self._take(self._of_link[event.receiver.name], bytes(event.message.body))


class AmqpLine(Reaction):
    """A link for each topic. Proton's thread sends and settles; publish() and confirmed() speak with it."""

    def __init__(self, url: str, topics: list[str]):
        super().__init__(url)
        self._topics = topics
        self._waiting: dict[str, deque[tuple[int, bytes]]] = {topic: deque() for topic in topics}
        self._done: queue.Queue = queue.Queue()

    def opened(self, container: Container) -> None:
        self._senders = {topic: container.create_sender(self.connection, address_of(topic)) for topic in self._topics}

    def publish(self, number: int, topic: str, body: bytes) -> None:
        self._waiting[topic].append((number, body))

    def confirmed(self, within: float) -> Iterator[int]:
        self.wake()
        yield from taken_from(self._done, within)
        if self.failure:
            raise ConnectionError(self.failure)

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

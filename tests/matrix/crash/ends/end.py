"""What an end of a route is."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from tests.support.brokers import Broker

Take = Callable[[str, bytes], None]     # topic and body


class Line(Protocol):
    """A connection that publishes. Whatever it raises means that it is gone; what was not confirmed by then may be at the
    broker or not, and is never published again."""

    def publish(self, number: int, topic: str, body: bytes) -> None: ...

    def confirmed(self, within: float) -> Iterable[int]:
        """The numbers that the broker has taken for good since the last call; waits for them up to `within` seconds."""


def taken_from(done: queue.Queue, within: float) -> Iterator:
    """All that lies there, or comes within so many seconds.

    Not for a SimpleQueue: in CPython 3.11 its get() waits for ever when its timeout is over before it begins to wait.
    """
    try:
        yield done.get(timeout=within)
        while True:
            yield done.get_nowait()
    except queue.Empty:
        return


class End:
    """A broker, or the gateway's own listener. Topics are PREFIX/NAME.

    What is written below a prefix after keep() lies at the broker, whoever is killed, until read(), which nobody
    disturbs: so a message that is read twice was written twice.
    """

    name = ""
    broker: Broker | None = None    # None: it lives and dies with the gateway

    def backend(self, name: str) -> str:
        """The table of the file that makes it a backend of that name; empty for the bus."""
        raise NotImplementedError

    def prepare(self, topics: list[str]) -> None:
        """Before the gateway starts."""

    def line(self, topics: list[str]) -> AbstractContextManager[Line]:
        raise NotImplementedError

    def keep(self, prefix: str, topics: list[str]) -> None:
        """Begins to keep what comes to these topics."""

    def read(self, prefix: str, topics: list[str], take: Take) -> AbstractContextManager[None]:
        """Hands over all that was kept, from a thread, as long as the context lasts; then keeps no more."""
        raise NotImplementedError

"""What a place of the matrix is."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from tests.matrix.samples import Message

Take = Callable[[str, Message], None]


class Writer(Protocol):
    def publish(self, topic: str, message: Message) -> None: ...
    def flush(self) -> None:
        """Returns when the broker has it all."""


class Place:
    """Somewhere that messages come from and go to. `backend` is what routes call it; the table of the file that makes it one
    is `toml`, empty for the bus, which is there."""

    name = ""
    backend = "bus"
    toml = ""

    def says(self, message: Message) -> Message:
        """What is left of the message when a client of this protocol says it."""
        return message

    def shows(self, expected: Message, seen: Message) -> Message:
        """What a client here should see where all of `expected` has arrived: some protocols can't leave a thing unsaid."""
        return expected

    def prepare(self, read: list[str], written: list[str]) -> None:
        """Before the gateway starts: topics that clients read at this place, and those that they write."""

    def reader(self, read: list[str], take: Take, below: str = "to") -> AbstractContextManager[None]:
        """A client that hands over all that comes to these topics, which all begin with the level `below`, or a slash and
        that. It listens as long as the context lasts."""
        raise NotImplementedError

    def writer(self) -> AbstractContextManager[Writer]:
        raise NotImplementedError


def body_alone(message: Message) -> Message:
    return Message(message.body)


def without(message: Message, *attributes: str) -> Message:
    return dataclasses.replace(message, **{name: None for name in attributes})


@contextmanager
def running(loop: Callable[[threading.Event], None], close: Callable[[], None] = lambda: None) -> Iterator[None]:
    """A thread that reads until it is told to stop; what goes wrong in it is raised at the end."""
    stop, failure = threading.Event(), []

    def run() -> None:
        try:
            loop(stop)
        except Exception as error:      # the thread's last word
            if not stop.is_set():
                failure.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        close()
        thread.join(20)
        if failure:
            raise failure[0]

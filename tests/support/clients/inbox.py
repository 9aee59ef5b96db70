"""Where every test client puts what it receives."""

from __future__ import annotations

import dataclasses
import threading
import time


@dataclasses.dataclass(frozen=True)
class Received:
    topic: str
    payload: bytes
    retained: bool = False
    headers: dict[str, str] = dataclasses.field(default_factory=dict, compare=False)


class Inbox:
    """What arrived, in order. Filled by a client's thread, read by the test's."""

    def __init__(self):
        self._arrived: list[Received] = []
        self._changed = threading.Condition()

    def put(self, message: Received) -> None:
        with self._changed:
            self._arrived.append(message)
            self._changed.notify_all()

    def all(self) -> list[Received]:
        with self._changed:
            return list(self._arrived)

    def payloads(self) -> list[bytes]:
        return [message.payload for message in self.all()]

    def wait_for(self, topic: str, payload: bytes | str, within: float = 30) -> Received:
        """The first message with this topic and payload, waited for."""
        payload = payload.encode() if isinstance(payload, str) else payload
        def found() -> Received | None:
            return next((m for m in self._arrived if m.topic == topic and m.payload == payload), None)
        with self._changed:
            self._changed.wait_for(found, within)
            message = found()
            assert message, f"no {payload[:80]!r} at {topic} within {within:g} s; there are {self._arrived[-10:]}"
            return message

    def wait_for_count(self, count: int, within: float = 30) -> list[Received]:
        with self._changed:
            self._changed.wait_for(lambda: len(self._arrived) >= count, within)
            assert len(self._arrived) >= count, f"{len(self._arrived)} of {count} messages within {within:g} s"
            return list(self._arrived)

    def settle(self, quiet: float = 0.5) -> list[Received]:
        """Everything, once nothing has come for `quiet` seconds: for tests that something did NOT arrive."""
        count = -1
        while count != len(self._arrived):
            count = len(self._arrived)
            time.sleep(quiet)
        return self.all()

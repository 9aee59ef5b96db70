"""What became of the messages of a trial."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

IN_FLIGHT = 1024        # what a route has on its way at most (`credit`); so much may come again after each kill


@dataclasses.dataclass
class Verdict:
    """Of one trial, or of several together."""

    gateway_kills: int = 0
    broker_kills: int = 0
    published: int = 0
    acknowledged: int = 0
    lost: list[int] = dataclasses.field(default_factory=list)
    repeats: int = 0
    out_of_order: list[int] = dataclasses.field(default_factory=list)
    strangers: list[str] = dataclasses.field(default_factory=list)

    def __add__(self, other: "Verdict") -> "Verdict":
        return Verdict(*(getattr(self, field.name) + getattr(other, field.name) for field in dataclasses.fields(self)))

    @property
    def troubles(self) -> list[str]:
        found = []
        if self.acknowledged == 0:
            found.append("nothing was acknowledged")
        return found + troubles_of(self.lost, self, IN_FLIGHT * (self.gateway_kills + self.broker_kills))


def troubles_of(lost: Sequence[int], arrived: "Verdict | Arrivals", in_flight: int) -> list[str]:
    """What must not be; of repeats there may be as many as messages were in flight."""
    found = []
    if lost:
        found.append(f"{len(lost)} acknowledged messages lost, {lost[:5]}")
    if arrived.out_of_order:
        found.append(f"{len(arrived.out_of_order)} out of order, {arrived.out_of_order[:5]}")
    if arrived.strangers:
        found.append(f"{len(arrived.strangers)} that nobody published there, {arrived.strangers[:3]}")
    if arrived.repeats > in_flight:
        found.append(f"{arrived.repeats} repeats, where {in_flight} were in flight at most")
    return found


class Arrivals:
    """Takes what the sink kept. Order is judged by first arrivals, for each topic: a repeat may follow later, but nothing
    new may come before its time."""

    def __init__(self, topic_of, prefix: str, ignored: bytes):
        self._topic_of, self._prefix, self._ignored = topic_of, prefix, ignored
        self._highest: dict[str, int] = {}
        self.seen: set[int] = set()
        self.count = self.repeats = 0
        self.out_of_order: list[int] = []
        self.strangers: list[str] = []

    def take(self, topic: str, body: bytes) -> None:
        self.count += 1
        if body == self._ignored:
            return
        number = int(body) if body.strip().isdigit() else -1
        rest = topic.removeprefix(self._prefix + "/")
        if number < 0 or not self._topic_of(number).endswith("/" + rest):
            self.strangers.append(f"{topic} {body[:40]!r}")
            return
        if number in self.seen:
            self.repeats += 1
            return
        self.seen.add(number)
        if number < self._highest.get(topic, -1):
            self.out_of_order.append(number)
        self._highest[topic] = max(number, self._highest.get(topic, -1))

"""Where messages have to arrive, and what to say of those that did."""

from __future__ import annotations

import dataclasses

from tests.crash.queue_clients import Sender
from tests.crash.session import Publisher
from tests.matrix.crash.verdict import Arrivals, troubles_of


@dataclasses.dataclass
class Reader:
    """One that has to get all messages of one publisher."""

    name: str
    publisher: Publisher | Sender
    arrivals: Arrivals
    in_flight: int              # messages that a blow may leave in doubt: so many may come again

    @property
    def missing(self) -> set[int]:
        return self.publisher.acknowledged - self.arrivals.seen

    def troubles(self, blows: int) -> list[str]:
        return [f"{self}: {trouble}" for trouble in troubles_of(sorted(self.missing), self.arrivals, self.in_flight * blows)]

    def __str__(self) -> str:
        return (f"{self.name} from {self.publisher.client_id}: {self.publisher.published} published, "
                f"{len(self.publisher.acknowledged)} acknowledged, {len(self.arrivals.seen)} arrived, {self.arrivals.repeats} repeats")


def newest_acknowledged(publisher: Publisher) -> dict[str, int]:
    """By topic."""
    newest: dict[str, int] = {}
    for number in publisher.acknowledged.copy():
        topic = publisher.topic_of(number)
        newest[topic] = max(number, newest.get(topic, -1))
    return newest

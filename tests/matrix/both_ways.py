#!/usr/bin/env python3
"""Bridges everything (`#`) of two brokers in both directions, for each pair of brokers, and lets clients publish at both.

    .venv/bin/python -m tests.matrix.both_ways [--messages N] [--places mqtt,kafka,…]

Each message has to be seen exactly once on each side, and nothing may go round and round. N is the budget of all pairs
together, a million by default.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import dataclasses
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path

from tests.matrix.places import Place
from tests.matrix.samples import Message, number_of, sample
from tests.matrix.world import NAMES, places_named
from tests.support.gateway import Gateway
from tests.support.processes import HOST, free_port

BROKERS = tuple(name for name in NAMES if name not in ("bus", "live"))
TOPICS = ("one", "a.b/c d", "ü//%2E", "x/")
WINDOW = 400
PATIENCE = 20
QUIET = 1.5         # seconds in which a message that goes round would have come again


@dataclasses.dataclass
class Side:
    """What the client at one broker has seen."""

    place: Place
    below: str = ""         # topics that count
    seen: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    changed: threading.Condition = dataclasses.field(default_factory=threading.Condition)

    def take(self, topic: str, message: Message) -> None:
        if not topic.startswith(self.below):
            return
        with self.changed:
            self.seen[number_of(message.body)] += 1
            self.changed.notify_all()

    @property
    def arrivals(self) -> int:
        return sum(self.seen.values())

    def troubles(self, count: int) -> list[str]:
        lost = [number for number in range(count) if number not in self.seen]
        repeated = {number: times for number, times in self.seen.items() if times > 1}
        found = []
        if lost:
            found.append(f"{self.place.name}: {len(lost)} of {count} not seen, the first {lost[:3]}")
        if repeated:
            found.append(f"{self.place.name}: {len(repeated)} seen more than once, {list(repeated.items())[:3]}")
        return found


class Pair:
    """Two brokers, and a gateway between them."""

    def __init__(self, one: Place, other: Place, folder: Path, count: int):
        self._name = f"{one.name}-{other.name}"
        self._sides = tuple(Side(place, f"to/{self._name}/") for place in (one, other))
        self._folder, self._each = folder, count
        self._topics = [f"to/{self._name}/{side.place.name}/{topic}" for side in self._sides for topic in TOPICS]

    def run(self) -> list[str]:
        """What went wrong."""
        for side in self._sides:
            side.place.prepare(self._topics if side.place.name == "kafka" else [], self._topics if side.place.name != "kafka" else [])
        with Gateway(self._folder / self._name, self._configuration()) as gateway:
            for side in self._sides:
                gateway.wait_for_backend(side.place.backend, within=60)
            self._exchange()
            return [trouble for side in self._sides for trouble in side.troubles(2 * self._each)]

    def _exchange(self) -> None:
        with ExitStack() as clients:
            for side in self._sides:
                clients.enter_context(side.place.reader(self._topics, side.take))
            writers = [clients.enter_context(side.place.writer()) for side in self._sides]
            for number in range(self._each):
                if number % (WINDOW // 2) == 0 and number >= WINDOW:
                    for writer in writers:
                        writer.flush()
                    self._wait_for(2 * number - WINDOW)
                for at, (side, writer) in enumerate(zip(self._sides, writers)):
                    ours = 2 * number + at
                    topic = self._topics[at * len(TOPICS) + number % len(TOPICS)]
                    writer.publish(topic, side.place.says(sample(ours)))
            for writer in writers:
                writer.flush()
            self._wait_for(2 * self._each)
            self._wait_for_quiet()

    def _wait_for(self, count: int) -> None:
        for side in self._sides:
            with side.changed:
                before, since = -1, time.monotonic()
                while side.arrivals < count and time.monotonic() - since < PATIENCE:
                    if side.arrivals != before:
                        before, since = side.arrivals, time.monotonic()
                    side.changed.wait(0.5)

    def _wait_for_quiet(self) -> None:
        before = -1
        for _ in range(20):
            now = sum(side.arrivals for side in self._sides)
            if now == before:
                return
            before = now
            time.sleep(QUIET)

    def _configuration(self) -> str:
        one, other = (side.place for side in self._sides)
        # One name for all, so that a broker keeps one session, and not one for each pair that has been.
        return f"""[gateway]
name = "both"
[listeners.web]
url = "http://{HOST}:{free_port()}"
{one.toml}{other.toml}
[[routes]]
name = "there"
from = "{one.backend}:{{everything...}}"
to = "{other.backend}:{{everything...}}"
[[routes]]
name = "back"
from = "{other.backend}:{{everything...}}"
to = "{one.backend}:{{everything...}}"
"""


def rounds(names: tuple[str, ...]) -> list[list[tuple[str, str]]]:
    """All pairs, in rounds in which each broker has one gateway at most: as in a tournament, one stays and the others go
    round."""
    first, *others = names if len(names) % 2 == 0 else (*names, "")
    played = []
    for _ in others:
        seats = [first, *others]
        half = len(seats) // 2
        played.append([pair for pair in zip(seats[:half], reversed(seats[half:])) if all(pair)])
        others = [others[-1], *others[:-1]]
    return played


def run_both_ways(names: tuple[str, ...], folder: Path, budget: int) -> list[str]:
    """What went wrong, of all pairs."""
    each = max(1, budget // (len(names) * (len(names) - 1)))
    with (places_named(names, folder, 0, 0) as places, concurrent.futures.ThreadPoolExecutor() as pool):
        of_name = {place.name: place for place in places}

        def play(pair: tuple[str, str]) -> list[str]:
            began = time.monotonic()
            troubles = Pair(of_name[pair[0]], of_name[pair[1]], folder, each).run()
            print(f"{' ⇄ '.join(pair)}: {2 * each} messages, {time.monotonic() - began:.1f} s, "
                  f"{'; '.join(troubles) or 'each once on each side'}", flush=True)
            return [f"{' ⇄ '.join(pair)}: {trouble}" for trouble in troubles]

        return [trouble for pairs in rounds(names) for troubles in pool.map(play, pairs) for trouble in troubles]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.matrix.both_ways", description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=1_000_000, help="of all pairs together; 1000000 by default")
    parser.add_argument("--places", default=",".join(BROKERS), help="only these, joined by commas")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rialto-both-ways-") as folder:
        wrong = run_both_ways(tuple(options.places.split(",")), Path(folder), options.messages)
    print(f"{len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

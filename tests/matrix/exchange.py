"""Sends the samples through one source after the other, and watches them arrive at every sink."""

from __future__ import annotations

import collections
import dataclasses
import threading
import time
from contextlib import ExitStack

from tests.matrix.places import Place
from tests.matrix.samples import FIELDS, RESTS, Message, changed_fields, number_of, rest_of, sample

WINDOW = 400                # messages on their way from one source
PATIENCE = 20               # seconds without any arrival: what is missing will not come


def read_topic(source: Place, rest: str) -> str:
    """Where a client writes what the gateway is to read: below from/, or /from/ for a topic that begins with a slash."""
    return joined("from", source.name, rest)


def written_topic(source: Place, sink: Place, rest: str) -> str:
    return joined("to", source.name, sink.backend, rest)


def joined(*levels: str) -> str:
    *front, rest = levels
    return "/".join(("", *front)) + rest if rest.startswith("/") else "/".join((*front, rest))


def split(topic: str) -> tuple[str, str, str] | None:
    """Source, sink and rest of what written_topic() made."""
    leads = topic.startswith("/")
    levels = topic[leads:].split("/", 3)
    if len(levels) != 4 or levels[0] != "to":
        return None
    return levels[1], levels[2], "/" + levels[3] if leads else levels[3]


@dataclasses.dataclass
class Cell:
    """What came from one source to one sink."""

    source: str
    sink: str
    arrived: int = 0
    repeats: int = 0
    disorder: int = 0
    strangers: list[str] = dataclasses.field(default_factory=list)
    wrong_bodies: list[int] = dataclasses.field(default_factory=list)
    fields: dict[str, set[str]] = dataclasses.field(default_factory=lambda: collections.defaultdict(set))
    examples: dict[str, str] = dataclasses.field(default_factory=dict)
    missing: list[int] = dataclasses.field(default_factory=list)
    _seen: set[int] = dataclasses.field(default_factory=set)
    _last: dict[str, int] = dataclasses.field(default_factory=dict)

    def take(self, rest: str, message: Message, expected: Message, number: int) -> None:
        if number in self._seen:
            self.repeats += 1
            return
        self._seen.add(number)
        self.arrived += 1
        if rest != rest_of(number):
            self.strangers.append(f"{number} at {rest!r} instead of {rest_of(number)!r}")
        if self._last.get(rest, -1) > number:
            self.disorder += 1
        self._last[rest] = number
        if message.body != expected.body:
            self.wrong_bodies.append(number)
        for name, how in changed_fields(expected, message).items():
            self.fields[name].add(how)
            before, after = (getattr(which, FIELDS[name]) for which in (expected, message))
            self.examples.setdefault(name, f"number {number} was sent with {before!r}, came with {after!r}")

    def judge(self, count: int) -> None:
        self.missing = sorted(set(range(count)) - self._seen)

    @property
    def troubles(self) -> list[str]:
        """What must not be, whatever the two protocols are."""
        found = []
        if self.missing:
            found.append(f"{len(self.missing)} lost, the first {[(n, rest_of(n)) for n in self.missing[:3]]}")
        if self.repeats:
            found.append(f"{self.repeats} came again")
        if self.disorder:
            found.append(f"{self.disorder} out of order")
        if self.strangers:
            found.append(f"{len(self.strangers)} at a wrong topic: {self.strangers[0]}")
        if self.wrong_bodies:
            found.append(f"{len(self.wrong_bodies)} with another body, the first {self.wrong_bodies[0]}")
        return found

    @property
    def changed(self) -> dict[str, str]:
        """Fields that did not arrive as they were said, and how."""
        return {name: "lost" if hows == {"lost"} else "narrowed" if "invented" not in hows else "invented"
                for name, hows in sorted(self.fields.items())}


class Exchange:
    """All cells. Readers call take() from threads of their own."""

    def __init__(self, places: list[Place]):
        self.places = {place.name: place for place in places}
        self.cells = {(source.name, sink.name): Cell(source.name, sink.name) for source in places for sink in places}
        self._changed = threading.Condition()
        self.unknown: list[str] = []

    def run(self, count: int) -> None:
        """Needs the gateway running with the routes of routes()."""
        with ExitStack() as readers:
            for sink in self.places.values():
                topics = [written_topic(source, sink, rest) for source in self.places.values() for rest in RESTS]
                readers.enter_context(sink.reader(topics, self._taker_of(sink)))
            for source in self.places.values():
                self._send(source, count)
        for cell in self.cells.values():
            cell.judge(count)

    def _taker_of(self, sink: Place):
        def take(topic: str, message: Message) -> None:
            parts = split(topic)
            number = number_of(message.body)
            if not parts or parts[0] not in self.places or parts[1] != sink.backend or number is None:
                self.unknown.append(f"{sink.name}: {topic!r} {message.body[:40]!r}")
                return
            expected = sink.shows(self.places[parts[0]].says(sample(number)), message)
            with self._changed:
                self.cells[parts[0], sink.name].take(parts[2], message, expected, number)
                self._changed.notify_all()
        return take

    def _send(self, source: Place, count: int) -> None:
        cells = [self.cells[source.name, sink] for sink in self.places]
        gone: set[str] = set()          # sinks that did not keep up; nobody waits for them again

        def slowest() -> int:
            return min((cell.arrived for cell in cells if cell.sink not in gone), default=count)

        def wait_until_arrived(number: int) -> None:
            quiet_since, before = time.monotonic(), -1
            with self._changed:
                while slowest() < number:
                    now = sum(cell.arrived for cell in cells)
                    if now != before:
                        quiet_since, before = time.monotonic(), now
                    elif time.monotonic() - quiet_since > (PATIENCE if not gone else PATIENCE / 4):
                        gone.update(cell.sink for cell in cells if cell.arrived < number)
                    self._changed.wait(0.5)

        with source.writer() as writer:
            for number in range(count):
                if number % (WINDOW // 2) == 0 and number >= WINDOW:
                    writer.flush()
                    wait_until_arrived(number - WINDOW // 2)
                writer.publish(read_topic(source, rest_of(number)), source.says(sample(number)))
            writer.flush()
            wait_until_arrived(count)


def routes(places: list[Place]) -> str:
    """For each source a route to all sinks, and another for topics that begin with a slash."""
    text = ""
    backends = dict.fromkeys(place.backend for place in places)
    for source in places:
        for slash, suffix in (("", ""), ("/", "-slash")):
            targets = ", ".join(f'"{backend}:{slash}to/{source.name}/{backend}/{{rest...}}"' for backend in backends)
            text += (f'[[routes]]\nname = "{source.name}{suffix}"\nfrom = "{source.backend}:{slash}from/{source.name}/{{rest...}}"\n'
                     f"to = [{targets}]\n")
    return text

"""A gateway that takes messages from each backend to the next one, while the network fails."""

from __future__ import annotations

import random
import time
from contextlib import ExitStack
from pathlib import Path

from tests.faults.network.backends import Backend, all_backends
from tests.faults.network.faults import Fault
from tests.matrix.crash.load import Load
from tests.matrix.crash.trial import NAMES, PROBE
from tests.matrix.crash.verdict import IN_FLIGHT, Arrivals
from tests.support.gateway import Gateway
from tests.support.processes import HOST, free_port

LASTING = ("mqtt", "stomp", "amqp", "rabbitmq", "streams", "kafka")
FLEETING = ("redis", "zeromq")
PATIENCE = 60           # seconds within which all has to be well again


class Route:
    """From one backend to another, a load at its beginning and a reader at its end."""

    def __init__(self, source: Backend, sink: Backend, rate: int):
        self.name = f"{source.name}-{sink.name}"
        self.source, self.sink = source, sink
        self.keeps = source.keeps and sink.keeps
        self._into, self._out_of = f"in-{self.name}", f"out-{self.name}"
        self.written = [f"{self._into}/{name}" for name in NAMES]
        self.kept = [f"{self._out_of}/{name}" for name in NAMES]
        self.load = Load(source.end, self.written, rate)
        self.arrivals = Arrivals(self.load.topic_of, self._out_of, PROBE)

    @property
    def toml(self) -> str:
        return (f'[[routes]]\nname = "{self.name}"\nfrom = "{self.source.name}:{self._into}/{{rest...}}"\n'
                f'to = "{self.sink.name}:{self._out_of}/{{rest...}}"\n')

    def read(self):
        self.sink.end.keep(self._out_of, self.kept) if self.sink.keeps else None
        return self.sink.end.read(self._out_of, self.kept, self.arrivals.take)

    def wait_until_it_passes(self) -> None:
        deadline = time.monotonic() + 60
        with self.source.end.line(self.written) as line:
            number = 0
            while self.arrivals.count == 0:
                assert time.monotonic() < deadline, f"{self.name}: nothing passes"
                line.publish(number, self.written[0], PROBE)
                list(line.confirmed(0.1))
                time.sleep(0.1)
                number += 1

    def owes(self) -> set[int]:
        """Acknowledged and not seen yet; nothing where nobody keeps it."""
        return self.load.acknowledged.copy() - self.arrivals.seen if self.keeps else set()

    @property
    def lines(self) -> int:
        return sum(relay.made for relay in (*self.source.relays, *self.sink.relays))

    @property
    def troubles(self) -> list[str]:
        found = []
        if not self.load.acknowledged:
            found.append("nothing was acknowledged")
        if owed := self.owes():
            found.append(f"{len(owed)} acknowledged messages lost, {sorted(owed)[:5]}")
        if self.arrivals.out_of_order:
            found.append(f"{len(self.arrivals.out_of_order)} out of order, {self.arrivals.out_of_order[:5]}")
        if self.arrivals.strangers:
            found.append(f"{len(self.arrivals.strangers)} that nobody published there, {self.arrivals.strangers[:3]}")
        if self.arrivals.repeats > IN_FLIGHT * self.lines:
            found.append(f"{self.arrivals.repeats} repeats on {self.lines} connections")
        return [f"{self.name}: {trouble}" for trouble in found]

    def __str__(self) -> str:
        return (f"{self.name}: {self.load}; {len(self.arrivals.seen)} arrived up to number "
                f"{max(self.arrivals.seen, default=-1)}, {self.arrivals.repeats} repeats, {self.lines} connections")


class Ring:
    """All brokers, one gateway, and a load on each route. A context manager. Ask finish() for what was wrong in the end."""

    def __init__(self, folder: Path, rate: int, seed: int):
        self._folder, self._rate, self._seed = folder, rate, seed
        self._chance = random.Random(seed)
        self._running = ExitStack()

    def __enter__(self) -> "Ring":
        with ExitStack() as running:
            self._backends = running.enter_context(all_backends(self._folder, self._seed))
            self.routes = [Route(self._backends[source], self._backends[sink], self._rate)
                           for ring in (LASTING, FLEETING) for source, sink in zip(ring, (*ring[1:], ring[0]))]
            for route in self.routes:
                route.source.end.prepare(route.written)
                route.sink.end.prepare(route.kept)
            self.gateway = running.enter_context(Gateway(self._folder / "gateway", self._configuration()))
            for name in (*LASTING, *FLEETING):
                self.gateway.wait_for_backend(name, within=60)
            for route in self.routes:
                running.enter_context(route.read())
            for route in self.routes:
                route.wait_until_it_passes()
                running.enter_context(route.load).start()
            self._running = running.pop_all()
        return self

    def __exit__(self, *failing) -> None:
        self._running.__exit__(*failing)

    def strike(self, fault: Fault, seconds: float) -> dict[str, float]:
        """For each route, how many seconds after the fault its messages passed again, and nothing was owed any more."""
        relays = [relay for backend in self._backends.values() for relay in backend.relays
                  if not fault.strands or relay not in backend.unwatched]
        before = {route.name: (route.lines, route.arrivals.count, len(route.arrivals.out_of_order)) for route in self.routes}
        fault.strike(relays, seconds, self._chance)
        if fault.only_slows:
            for route in self.routes:
                lines, arrived, _ = before[route.name]
                assert route.arrivals.count > arrived, f"nothing passed while the line was {fault.name} at {route}"
                assert route.lines == lines, f"{route.name}: a connection that was {fault.name} was given up:\n{self._log()}"
        took = self._wait_until_well(fault)
        for route in self.routes:
            disorder = route.arrivals.out_of_order[before[route.name][2]:]
            assert not disorder, f"{fault.name}: {route.name}: {len(disorder)} out of order, {disorder[:5]}:\n{self._log()}"
        return took

    def finish(self) -> list[str]:
        for route in self.routes:
            route.load.finish()
        deadline = time.monotonic() + PATIENCE
        while any(route.owes() for route in self.routes) and time.monotonic() < deadline:
            time.sleep(0.1)
        return [trouble for route in self.routes for trouble in route.troubles]

    def _wait_until_well(self, fault: Fault) -> dict[str, float]:
        began = time.monotonic()
        waiting = {route: (route.load.published, route.owes()) for route in self.routes}
        took: dict[str, float] = {}
        while waiting:
            for route, (mark, owed) in list(waiting.items()):
                owed -= route.arrivals.seen
                if not owed and max(route.arrivals.seen, default=-1) >= mark:
                    took[route.name] = time.monotonic() - began
                    del waiting[route]
            assert time.monotonic() - began < PATIENCE or not waiting, (
                f"{fault.name}: after {PATIENCE} s "
                + "; ".join(f"{len(owed)} owed and nothing since number {mark} at {route}" for route, (mark, owed) in waiting.items())
                + f"\n{self._log()}")
            time.sleep(0.05)
        return took

    def _log(self) -> str:
        return self.gateway.log()[-6000:]

    def _configuration(self) -> str:
        backends = "".join(f"[backends.{name}]\n{backend.toml}" for name, backend in self._backends.items())
        return (f'[gateway]\nname = "ring"\n[listeners.web]\nurl = "http://{HOST}:{free_port()}"\n{backends}'
                + "".join(route.toml for route in self.routes))

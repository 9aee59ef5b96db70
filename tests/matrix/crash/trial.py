"""One route between two brokers, and what is killed while messages pass."""

from __future__ import annotations

import random
import time
from pathlib import Path

from tests.matrix.crash.ends import End
from tests.matrix.crash.load import Load
from tests.matrix.crash.verdict import Arrivals, Verdict
from tests.support.brokers import Broker
from tests.support.gateway import Gateway
from tests.support.processes import HOST, free_port

NAMES = ("one", "two/c d", "ü")      # no dots: MQTT at RabbitMQ makes slashes of them
PROBE = b"is anybody there"
RATE = 1000
PROGRESS = 30           # messages that have passed before the next blow
PATIENCE = 40           # seconds without any arrival: what is missing will not come
QUIET = 1.5
RESTARTS = 3


def start_again(broker: Broker) -> None:
    """A RabbitMQ that was killed sometimes gives its first start up, over its own store of MQTT clients' names."""
    for attempt in range(RESTARTS):
        try:
            broker.start()
            return
        except RuntimeError:
            if attempt == RESTARTS - 1:
                raise


class Trial:
    """`victims` are "gateway", "source" and "sink", in the order in which they are killed. With a seed the moments are the
    same again, as far as the machine lets them."""

    def __init__(self, name: str, source: End, sink: End, folder: Path, victims: list[str], mqtt_port: int, seed: int):
        self._source, self._sink, self._victims, self._folder = source, sink, victims, folder
        self._name, self._mqtt_port, self._chance = name, mqtt_port, random.Random(seed)
        self._in, self._out = f"in-{name}", f"out-{name}"
        self._written = [f"{self._in}/{rest}" for rest in NAMES]
        self._kept = [f"{self._out}/{rest}" for rest in NAMES]

    def run(self) -> Verdict:
        self._source.prepare(self._written)
        self._sink.prepare(self._kept)
        with Gateway(self._folder, self._configuration()) as gateway, Load(self._source, self._written, RATE) as load:
            self._gateway, self._load = gateway, load
            self._sink.keep(self._out, self._kept)
            self._wait_for_route()
            load.start()
            for victim in self._victims:
                self._strike(victim)
            self._wait_for_progress()
            load.finish()
            return self._judge()

    def _strike(self, victim: str) -> None:
        # Some blows fall while everything is still coming up after the one before.
        if self._chance.random() < 0.75:
            self._wait_for_progress()
        time.sleep(self._chance.uniform(0, 1))
        one = self._gateway if victim == "gateway" else self._broker(victim)
        one.kill()
        time.sleep(self._chance.uniform(0, 0.3))
        if victim == "gateway":
            one.start()
        else:
            start_again(one)

    def _broker(self, victim: str):
        broker = (self._source if victim == "source" else self._sink).broker
        assert broker, f"{self._name}: the {victim} has no broker to kill"
        return broker

    def _wait_for_route(self) -> None:
        """Until the gateway reads: what was written before it ever did is nobody's loss."""
        for backend in ("source", "sink"):
            if f"[backends.{backend}]" in self._configuration_text:
                self._gateway.wait_for_backend(backend, within=60)
        deadline = time.monotonic() + 30
        with self._source.line(self._written) as line:
            number = 0
            while self._passed() == 0:
                assert time.monotonic() < deadline, f"{self._name}: nothing passes:\n{self._gateway.log()[-3000:]}"
                line.publish(number, self._written[0], PROBE)
                list(line.confirmed(0.2))
                number += 1

    def _wait_for_progress(self) -> None:
        before, deadline = self._passed(), time.monotonic() + 60
        while self._passed() < before + PROGRESS:
            self._load.check()
            assert time.monotonic() < deadline, f"{self._name}: the gateway does not go on:\n{self._gateway.log()[-6000:]}"
            time.sleep(0.05)

    def _passed(self) -> float:
        """Messages that the sink has confirmed to this process of the gateway."""
        sample = ('rialto_backend_sent_total{backend="sink"}' if self._sink.name != "bus"
                  else 'rialto_backend_received_total{backend="source"}')
        return self._gateway.metrics().get(sample, 0)

    def _judge(self) -> Verdict:
        arrivals = Arrivals(self._load.topic_of, self._out, PROBE)
        acknowledged = self._load.acknowledged
        with self._sink.read(self._out, self._kept, arrivals.take):
            before, since = -1, time.monotonic()
            while time.monotonic() - since < (QUIET if acknowledged <= arrivals.seen else PATIENCE):
                if arrivals.count != before:
                    before, since = arrivals.count, time.monotonic()
                time.sleep(0.1)
        gateway_kills = self._victims.count("gateway")
        return Verdict(gateway_kills, len(self._victims) - gateway_kills, self._load.published, len(acknowledged),
                       sorted(acknowledged - arrivals.seen), arrivals.repeats, arrivals.out_of_order, arrivals.strangers)

    def _configuration(self) -> str:
        places = {"source": self._source, "sink": self._sink}
        source, sink = ("bus" if end.name == "bus" else name for name, end in places.items())
        self._configuration_text = f"""[gateway]
name = "crash-{self._name}"
[listeners.web]
url = "http://{HOST}:{free_port()}"
[listeners.mqtt]
url = "mqtt://{HOST}:{self._mqtt_port}"
max_queued = 1000000
max_backlog = "1GiB"
{self._source.backend("source")}{self._sink.backend("sink")}
[[routes]]
name = "crash"
from = "{source}:{self._in}/{{rest...}}"
to = "{sink}:{self._out}/{{rest...}}"
delivery = "at-least-once"
"""
        return self._configuration_text

"""A gateway with a store, clients of every kind at it, a broker behind it, and blows."""

from __future__ import annotations

import random
import time
from contextlib import ExitStack
from pathlib import Path

from tests.crash.queue_clients import Consumer, QueueClient, Sender
from tests.crash.readers import Reader, newest_acknowledged
from tests.crash.session import Publisher, Session, Subscriber
from tests.matrix.crash.ends.streams import DurableRedis, Streams
from tests.matrix.crash.verdict import Arrivals
from tests.support.gateway import Gateway
from tests.support.processes import HOST, free_port

KEYS = 8                    # retained topics
PROGRESS = 20               # acknowledgements until the next blow
PATIENCE = 40               # seconds without anything new: what is missing will not come
WINDOW = 50                 # of each publisher
SEND_MAXIMUM = 100          # what each subscriber has unacknowledged
PREFETCH = 50               # what the consumer of the queue has unacknowledged
OUTLET = 1024               # what a route has on its way at most (`credit`)
QUEUE = "jobs"
NAMES = ("a", "b/c d", "ü")


class Trial:
    """Everything runs once the context is entered. The same seed means the same blows, as far as the machine lets them.

    Two publishers, at QoS 1 and 2, send below load/1 and load/2; a third sends retained values. Each of four sessions, at QoS
    1 and 2, here and away, has to get all of both; so has the broker, from a route: without a spool only what is sent at QoS
    1, because a message that was in doubt there goes to every target again. A STOMP client consumes a /queue that two others
    send to, and is away between some blows.
    """

    def __init__(self, folder: Path, seed: int, spool: str = "", in_redis: bool = False):
        self._folder, self._chance, self._spool, self._in_redis = folder, random.Random(seed), spool, in_redis
        self._port, self._stomp_port = free_port(), free_port()
        self._running = ExitStack()
        self._publishers = {qos: Publisher(self._port, f"publisher-{qos}", [f"load/{qos}/{name}" for name in NAMES], qos,
                                           rate=600 / qos, window=WINDOW) for qos in (1, 2)}
        self._retaining = Publisher(self._port, "retaining", [f"kept/{key}" for key in range(KEYS)], 1, rate=100, window=KEYS,
                                    retain=True)
        self.readers: list[Reader] = []
        self._here = [self._subscriber(f"here-{qos}", qos) for qos in (1, 2)]
        self._away = [self._subscriber(f"away-{qos}", qos) for qos in (1, 2)]
        self._routed = (1, 2) if spool else (1,)
        self._senders = {name: Sender(self._stomp_port, name, QUEUE, rate=150, window=WINDOW) for name in ("sender-1", "sender-2")}
        in_flight = WINDOW + 2 * PREFETCH       # the consumer also goes away by itself
        self._consumed = {name: self._reader("the consumer", sender, QUEUE, in_flight) for name, sender in self._senders.items()}
        self._consumer = Consumer(self._stomp_port, QUEUE, PREFETCH,
                                  lambda name, number: self._consumed[name].arrivals.take(f"{QUEUE}/{name}", number))
        self._at_broker = {qos: self._reader("the broker", self._publishers[qos], f"far/{qos}", OUTLET) for qos in self._routed}
        self.blows = self.broker_blows = 0
        self.slowest_start = 0.0
        self._troubles: list[str] = []

    def __enter__(self) -> "Trial":
        with ExitStack() as running:
            self._redis = running.enter_context(DurableRedis(self._folder / "redis"))
            if self._in_redis:
                self._store = running.enter_context(DurableRedis(self._folder / "store"))
            self._gateway = running.enter_context(Gateway(self._folder / "gateway", self._configuration()))
            for session in (*self._here, *self._away):
                session.leave()
            for session in (*self._here, *self._sources, self._consumer):
                running.enter_context(session)
            self._running = running.pop_all()
        return self

    def __exit__(self, *failing) -> None:
        self._running.__exit__(*failing)

    def strike(self) -> None:
        """One blow at a random moment. A quarter of them falls while everything still comes up after the one before, and a
        quarter takes the broker along, which comes back after the gateway; where there is a spool, some blows later."""
        if self._chance.random() < 0.75:
            self._wait_for_progress()
        time.sleep(self._chance.uniform(0, 0.4))
        self._consumer.is_away = self._chance.random() < 0.3
        takes_broker = self._redis.server.alive and self._chance.random() < 0.25
        if takes_broker:
            self._redis.kill()
            time.sleep(self._chance.uniform(0, 0.2))
            self.broker_blows += 1
        self._gateway.kill()
        if self._in_redis and self._chance.random() < 0.25:
            self._store.kill()
            self._store.start()
        self.blows += 1
        began = time.monotonic()
        self._gateway.start()
        self.slowest_start = max(self.slowest_start, time.monotonic() - began)
        self._look_at_retained()
        if not self._redis.server.alive and (not self._spool or self._chance.random() < 0.4):
            self._redis.start()

    def finish(self) -> list[str]:
        """Lets all arrive, and says what was wrong."""
        if not self._redis.server.alive:
            self._redis.start()
        self._consumer.is_away = False
        for publisher in self._sources:
            publisher.finish(PATIENCE)
            if owed := publisher.published - len(publisher.acknowledged):
                self._troubles.append(f"{publisher.client_id}: {owed} are not acknowledged")
        for session in self._away:
            self._running.enter_context(session)
        topics = [f"far/{qos}/{name}" for qos in self._routed for name in NAMES]

        def take(topic: str, body: bytes) -> None:
            self._at_broker[int(topic[len("far/")])].arrivals.take(topic, body)
        with Streams(self._redis).read("far", topics, take):
            self._wait_for_the_rest()
        self._look_at_retained()
        blows = self.blows + self.broker_blows
        return self._troubles + self._lost_sessions() + [trouble for reader in self.readers for trouble in reader.troubles(blows)]

    @property
    def _sources(self) -> list[Publisher | Sender]:
        return [*self._publishers.values(), self._retaining, *self._senders.values()]

    def log(self) -> str:
        return self._gateway.log()

    def _subscriber(self, name: str, qos: int) -> Subscriber:
        # At QoS 2 alone only what the publisher had no PUBREC for may come again (docs/decisions/0010); else both sides may have
        # had messages in doubt.
        of_qos = {sent: self._reader(name, publisher, f"load/{sent}", WINDOW if sent == qos == 2 else WINDOW + SEND_MAXIMUM)
                  for sent, publisher in self._publishers.items()}

        def take(topic: str, body: bytes) -> None:
            of_qos[int(topic[len("load/")])].arrivals.take(topic, body)
        return Subscriber(self._port, name, ["load/#"], qos, take)

    def _reader(self, name: str, publisher: Publisher | Sender, prefix: str, in_flight: int) -> Reader:
        self.readers.append(Reader(name, publisher, Arrivals(publisher.topic_of, prefix, b""), in_flight))
        return self.readers[-1]

    def _lost_sessions(self) -> list[str]:
        sessions: list[Session | QueueClient] = [*self._sources, *self._here, *self._away, self._consumer]
        return [session.trouble for session in sessions if session.trouble]

    def _wait_for_progress(self) -> None:
        def done() -> int:
            return sum(len(publisher.acknowledged) for publisher in self._sources)
        before, deadline = done(), time.monotonic() + PATIENCE
        while done() < before + PROGRESS:
            assert not (lost := self._lost_sessions()), lost
            assert time.monotonic() < deadline, f"nothing is acknowledged any more:\n{self.log()[-3000:]}"
            time.sleep(0.01)

    def _wait_for_the_rest(self) -> None:
        before, since = -1, time.monotonic()
        while any(reader.missing for reader in self.readers) and time.monotonic() - since < PATIENCE:
            if (now := sum(reader.arrivals.count for reader in self.readers)) != before:
                before, since = now, time.monotonic()
            time.sleep(0.1)
        time.sleep(1)           # for what comes twice

    def _look_at_retained(self) -> None:
        """Each is the last acknowledged one, or one that was sent later."""
        wanted, found = newest_acknowledged(self._retaining), {}
        looker = Subscriber(self._port, f"looker-{self.blows}", ["kept/+"], 1,
                            lambda topic, body: found.setdefault(topic, int(body)), clean=True)
        with looker:
            deadline = time.monotonic() + 10
            while len(found) < len(wanted) and time.monotonic() < deadline:
                time.sleep(0.01)
        self._troubles += [f"after blow {self.blows} {topic} has {found.get(topic)}, and {number} was acknowledged"
                           for topic, number in wanted.items() if found.get(topic, -1) < number]

    def _configuration(self) -> str:
        return f"""[gateway]
name = "crash"
{f'store = "{self._store.url}"' if self._in_redis else f'data_dir = "{self._folder / "data"}"'}
[listeners.web]
url = "http://{HOST}:{free_port()}"
[listeners.mqtt]
url = "mqtt://{HOST}:{self._port}"
max_queued = 1000000
max_backlog = "1GiB"
send_maximum = {SEND_MAXIMUM}
[listeners.stomp]
url = "stomp://{HOST}:{self._stomp_port}"
[backends.far]
url = "{self._redis.url.replace("redis://", "redis+stream://")}"
connect_timeout = "2s"
{self._spool}
[[routes]]
name = "far"
from = "bus:load/{"{rest...}" if self._spool else "1/{rest...}"}"
to = "far:far/{"{rest...}" if self._spool else "1/{rest...}"}"
"""

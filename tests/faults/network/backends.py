"""Every kind of backend behind a relay of its own."""

from __future__ import annotations

import concurrent.futures
import dataclasses
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.faults.network.fleeting import Channels, ZeroMq
from tests.matrix.crash.ends import End
from tests.matrix.crash.ends.amqp import Amqp
from tests.matrix.crash.ends.kafka import Kafka
from tests.matrix.crash.ends.mqtt import Mqtt
from tests.matrix.crash.ends.stomp import Stomp
from tests.matrix.crash.ends.streams import DurableRedis, Streams
from tests.support.brokers import Broker, Mosquitto
from tests.support.large_brokers import PASSWORD, USER, Artemis, RabbitMq
from tests.support.large_brokers import Kafka as KafkaServer
from tests.support.processes import HOST, free_port
from tests.support.relay import Relay

SILENCE = 'connect_timeout = "3s"\nkeep_alive = "3s"\n'      # so short that a test can wait for it


@dataclasses.dataclass(frozen=True)
class Backend:
    """One that the gateway reaches by `relays` alone, and test clients directly."""

    end: End
    relays: tuple[Relay, ...]
    toml: str
    keeps: bool = True          # what comes while the gateway is away
    unwatched: tuple[Relay, ...] = ()       # of the relays: nobody asks there whether a silent peer lives

    @property
    def name(self) -> str:
        return self.end.name


@contextmanager
def all_backends(folder: Path, seed: int) -> Iterator[dict[str, Backend]]:
    with ExitStack() as running:
        advertised = free_port()
        brokers: dict[str, Broker] = {
            "mosquitto": Mosquitto(folder / "mosquitto"), "redis": DurableRedis(folder / "redis"),
            "rabbitmq": RabbitMq(folder / "rabbitmq", "stomp", heartbeat=1),
            "artemis": Artemis(folder / "artemis", idle_timeout=6000),
            "kafka": KafkaServer(folder / "kafka", "sasl", sasl_advertised=advertised)}
        # The threads stay to the end: a broker ends with the one that started it.
        pool = running.enter_context(concurrent.futures.ThreadPoolExecutor(max_workers=len(brokers)))
        for broker in brokers.values():
            running.callback(broker.stop)
        list(pool.map(lambda broker: broker.start(), brokers.values()))

        def relay(target: int, port: int | None = None) -> Relay:
            return running.enter_context(Relay(target, port, seed))

        zeromq = ZeroMq()
        running.callback(zeromq.close)
        yield {backend.name: backend for backend in (
            mqtt(brokers["mosquitto"], relay), stomp(brokers["rabbitmq"], relay), amqp(brokers["artemis"], relay),
            rabbitmq(brokers["rabbitmq"], relay), streams(brokers["redis"], relay), kafka(brokers["kafka"], relay, advertised),
            channels(brokers["redis"], relay), meshed(zeromq, relay))}


Relaying = Callable[..., Relay]


def mqtt(broker: Mosquitto, relay: Relaying) -> Backend:
    line = relay(broker.port)
    return Backend(Mqtt(broker, broker.port), (line,), f'url = "mqtt://{HOST}:{line.port}"\n{SILENCE}')


def stomp(broker: RabbitMq, relay: Relaying) -> Backend:
    line = relay(broker.ports["stomp"])
    return Backend(Stomp(broker), (line,), f'url = "stomp://{USER}:{PASSWORD}@{HOST}:{line.port}"\ndialect = "rabbitmq"\n'
                   'connect_timeout = "3s"\nheart_beat = "3s"\n')


def amqp(broker: Artemis, relay: Relaying) -> Backend:
    line = relay(broker.port)
    return Backend(Amqp(broker), (line,), f'url = "amqp://{USER}:{PASSWORD}@{HOST}:{line.port}"\ndialect = "artemis"\n{SILENCE}')


class AtRabbitMq(Stomp):
    """What AMQP and STOMP clients publish there goes to the same exchange."""

    name = "rabbitmq"


def rabbitmq(broker: RabbitMq, relay: Relaying) -> Backend:
    line = relay(broker.port)
    return Backend(AtRabbitMq(broker), (line,),
                   f'url = "amqp://{USER}:{PASSWORD}@{HOST}:{line.port}"\ndialect = "rabbitmq"\n{SILENCE}')


def streams(broker: DurableRedis, relay: Relaying) -> Backend:
    line = relay(broker.port)
    return Backend(Streams(broker), (line,), f'url = "redis+stream://{HOST}:{line.port}/0"\n{SILENCE}')


def kafka(broker: KafkaServer, relay: Relaying, advertised: int) -> Backend:
    """The library gives a connection up when a request is not answered."""
    line = relay(broker.ports["sasl"], advertised)
    options = {"socket.timeout.ms": 3000, "session.timeout.ms": 4000, "heartbeat.interval.ms": 500}
    told = ", ".join(f'"{name}" = "{value}"' for name, value in options.items())
    return Backend(Kafka(broker), (line,), f'url = "kafka://{USER}:{PASSWORD}@{HOST}:{line.port}"\nconnect_timeout = "3s"\n'
                   f"options = {{ {told} }}\n")


def channels(broker: DurableRedis, relay: Relaying) -> Backend:
    line = relay(broker.port)
    return Backend(Channels(broker), (line,), f'url = "redis://{HOST}:{line.port}/0"\n{SILENCE}', keeps=False)


def meshed(peer: ZeroMq, relay: Relaying) -> Backend:
    """The gateway has TCP ask silent peers, and for lines that are stranded the relay's kernel answers."""
    published_at = free_port()
    to_peer, to_gateway = relay(peer.publishes_at), relay(published_at)
    peer.reads_at = to_gateway.port
    return Backend(peer, (to_peer, to_gateway), f'url = "zmq:"\npublish = ["tcp://{HOST}:{published_at}"]\n'
                   f'subscribe = ["tcp://{HOST}:{to_peer.port}"]\nstall_limit = "2s"\nkeep_alive = "1s"\n',
                   keeps=False, unwatched=(to_peer,))

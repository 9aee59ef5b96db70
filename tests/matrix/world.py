"""The brokers, each once, and the gateway between all of them."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.matrix.exchange import Exchange, read_topic, routes, written_topic
from tests.matrix.places import Place
from tests.matrix.samples import RESTS
from tests.support.brokers import Mosquitto
from tests.support.brokers import Redis as RedisServer
from tests.support.gateway import Gateway
from tests.support.large_brokers import Artemis, RabbitMq
from tests.support.large_brokers import Kafka as KafkaServer
from tests.support.processes import HOST, free_port

NAMES = ("mqtt", "stomp", "amqp", "zeromq", "redis", "streams", "kafka", "bus", "live")


@contextmanager
def places_named(names: tuple[str, ...], folder: Path, mqtt_port: int, web_port: int) -> Iterator[list[Place]]:
    """Starts the brokers that these need, all at once."""
    starters = {"mqtt": lambda: Mosquitto(folder / "mosquitto"), "stomp": lambda: RabbitMq(folder / "rabbitmq", "stomp"),
                "amqp": lambda: Artemis(folder / "artemis"), "redis": lambda: RedisServer(folder / "redis"),
                "kafka": lambda: KafkaServer(folder / "kafka")}
    wanted = {"redis" if name == "streams" else name for name in names}
    with ExitStack() as running:
        brokers = {name: make() for name, make in starters.items() if name in wanted}
        # The threads stay to the end: a broker ends with the one that started it.
        pool = running.enter_context(concurrent.futures.ThreadPoolExecutor(max_workers=len(starters)))
        for broker in brokers.values():
            running.callback(broker.stop)
        list(pool.map(lambda broker: broker.start(), brokers.values()))
        places = [make_place(name, brokers, mqtt_port, web_port) for name in names]
        for place in places:
            if hasattr(place, "close"):
                running.callback(place.close)
        yield places


def make_place(name: str, brokers: dict, mqtt_port: int, web_port: int) -> Place:
    """Each protocol's client library is loaded only where it is wanted."""
    from tests.matrix.places.amqp import Amqp
    from tests.matrix.places.kafka import Kafka
    from tests.matrix.places.live import Live
    from tests.matrix.places.mqtt import Bus, Mqtt
    from tests.matrix.places.redis import Redis, Streams
    from tests.matrix.places.stomp import Stomp
    from tests.matrix.places.zeromq import ZeroMq
    match name:
        case "mqtt": return Mqtt(brokers["mqtt"].port)
        case "stomp": return Stomp(brokers["stomp"].ports["stomp"])
        case "amqp": return Amqp(brokers["amqp"].port)
        case "zeromq": return ZeroMq()
        case "redis": return Redis(brokers["redis"].port)
        case "streams": return Streams(brokers["redis"].port)
        case "kafka": return Kafka(brokers["kafka"].bootstrap)
        case "bus": return Bus(mqtt_port)
        case "live": return Live(web_port)
    raise ValueError(f"no place named {name}; there are {', '.join(NAMES)}")


def run_matrix(names: tuple[str, ...], folder: Path, count: int) -> tuple[Exchange, str]:
    """Every source to every sink of these, `count` messages each. Also returns the gateway's log."""
    folder.mkdir(parents=True, exist_ok=True)
    mqtt_port, web_port = free_port(), free_port()
    with places_named(names, folder, mqtt_port, web_port) as places:
        for place in places:
            written = [read_topic(place, rest) for rest in RESTS]
            read = [written_topic(source, place, rest) for source in places for rest in RESTS]
            place.prepare(read, written)
        with Gateway(folder / "gateway", configuration(places, mqtt_port, web_port)) as gateway:
            for place in places:
                if place.toml:
                    gateway.wait_for_backend(place.backend, within=60)
            exchange = Exchange(places)
            exchange.run(count)
        return exchange, gateway.log()


def configuration(places: list[Place], mqtt_port: int, web_port: int) -> str:
    return f"""[gateway]
name = "matrix"

[listeners.mqtt]
url = "mqtt://{HOST}:{mqtt_port}"
max_queued = 100000

[listeners.web]
url = "http://{HOST}:{web_port}"
live_rate = 0
live_backlog = "64MiB"

{"".join(place.toml for place in places)}
{routes(places)}
"""

"""The files of configs/ that join many brokers, as they are but for the ports, with a client at each of the places."""

import collections
import concurrent.futures
import time
from contextlib import ExitStack

import pytest

from tests.integration.test_shipped_configurations import run
from tests.matrix.places.amqp import Amqp
from tests.matrix.places.kafka import Kafka
from tests.matrix.places.live import Live
from tests.matrix.places.mqtt import Bus, Mqtt
from tests.matrix.places.redis import Redis, Streams
from tests.matrix.places.stomp import Stomp
from tests.matrix.places.zeromq import ZeroMq
from tests.matrix.samples import Message
from tests.support.brokers import Mosquitto
from tests.support.brokers import Redis as RedisServer
from tests.support.clients import LiveSocket, MqttClient, RedisClient
from tests.support.large_brokers import Artemis, RabbitMq
from tests.support.large_brokers import Kafka as KafkaServer
from tests.support.processes import HOST


@pytest.fixture(scope="module")
def brokers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("brokers")
    made = {"mosquitto": Mosquitto(folder / "mosquitto"), "redis": RedisServer(folder / "redis"),
            "rabbitmq": RabbitMq(folder / "rabbitmq", "stomp"), "kafka": KafkaServer(folder / "kafka"),
            "artemis": Artemis(folder / "artemis")}
    with ExitStack() as running:
        # The threads stay to the end: a broker ends with the one that started it.
        pool = running.enter_context(concurrent.futures.ThreadPoolExecutor(max_workers=len(made)))
        for broker in made.values():
            running.callback(broker.stop)
        list(pool.map(lambda broker: broker.start(), made.values()))
        yield made


def urls_of(brokers) -> dict[str, str]:
    """Of the backends that both files have."""
    return {"plant": brokers["mosquitto"].url, "cache": brokers["redis"].url, "orders": brokers["rabbitmq"].address("amqp", "amqp"),
            "log": brokers["kafka"].url, "office": brokers["artemis"].address("stomp", "all")}


def places_of(brokers) -> list:
    # RabbitMQ and Artemis are looked at by another protocol than the gateway's.
    return [Mqtt(brokers["mosquitto"].port), Redis(brokers["redis"].port), Stomp(brokers["rabbitmq"].ports["stomp"]),
            Kafka(brokers["kafka"].bootstrap), Amqp(brokers["artemis"].port)]


def wait_for_all(gateway) -> None:
    gateway.server.wait_until(lambda: gateway.get("/readyz")[0] == 200, "being ready", within=60)


def prepare(places, topics) -> None:
    for place in places:
        place.prepare(topics if place.name == "kafka" else [], [] if place.name == "kafka" else topics)


def meet(places, topics) -> None:
    """What is published at each place is seen at each, once."""
    expected = {place.name.encode(): 1 for place in places}
    seen = {place.name: collections.Counter() for place in places}
    with ExitStack() as clients:
        for place in places:
            clients.enter_context(place.reader(topics, lambda topic, message, at=place.name: seen[at].update([message.body]), "home"))
        for place, topic in zip(places, topics):
            writer = clients.enter_context(place.writer())
            writer.publish(topic, Message(place.name.encode()))
            writer.flush()
        deadline = time.monotonic() + 30
        while any(counts != expected for counts in seen.values()) and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(1)       # for what would come again
        assert seen == {place.name: expected for place in places}


@pytest.mark.timeout(240)
def test_everything_joins_all_places(tmp_path, brokers):
    mesh = ZeroMq()
    outside = [*places_of(brokers), Streams(brokers["redis"].port), mesh]
    topics = [f"home/everything/{number}" for number in range(len(outside) + 2)]
    prepare(outside, topics)
    try:
        with run(tmp_path, "everything.toml", f"backends.mesh.publish={mesh.publishes_at}", f"backends.mesh.subscribe={mesh.subscribes_to}",
                 history=f"redis+stream://{HOST}:{brokers['redis'].port}/1", **urls_of(brokers)) as gateway:
            wait_for_all(gateway)
            meet([*outside, Bus(gateway.port("mqtt")), Live(gateway.port("web"))], topics)
    finally:
        mesh.close()


@pytest.mark.timeout(240)
def test_compose_joins_the_gateway_and_five_brokers(tmp_path, brokers):
    outside = places_of(brokers)
    topics = [f"home/compose/{number}" for number in range(len(outside) + 2)]
    prepare(outside, topics)
    with run(tmp_path, "compose.toml", **urls_of(brokers)) as gateway:
        wait_for_all(gateway)
        meet([*outside, Bus(gateway.port("mqtt")), Live(gateway.port("web"))], topics)


@pytest.mark.timeout(120)
def test_kafka_to_browser(tmp_path, brokers):
    kafka, taken = Kafka(brokers["kafka"].bootstrap), []
    kafka.prepare(["clicks/page"], ["orders/new"])
    with run(tmp_path, "kafka-to-browser.toml", log=brokers["kafka"].url) as gateway:
        wait_for_all(gateway)
        with (LiveSocket(gateway.port("web")) as live, kafka.writer() as writer,
              kafka.reader(["clicks/page"], lambda topic, message: taken.append((topic, message.body)))):
            live.subscribe("orders/#")
            writer.publish("orders/new", Message(b"two boxes", headers=(("customer", "42"),)))
            writer.flush()
            assert live.inbox.wait_for("orders/new", "two boxes").headers["customer"] == "42"
            live.publish("clicks/page", text="here")
            gateway.server.wait_until(lambda: taken == [("clicks/page", b"here")], "writing to Kafka")


def test_redis_to_mqtt(tmp_path, brokers):
    redis, mosquitto = brokers["redis"], brokers["mosquitto"]
    with run(tmp_path, "redis-to-mqtt.toml", cache=redis.url, plant=mosquitto.url) as gateway:
        wait_for_all(gateway)
        with RedisClient(redis.client()) as program, MqttClient(mosquitto.port) as device, LiveSocket(gateway.port("web")) as live:
            program.subscribe("status:*")
            device.subscribe("devices/#")
            live.subscribe("#")
            program.publish("commands:lamp/power", "on")
            device.inbox.wait_for("devices/lamp/power", "on")
            device.publish("status/lamp/power", "lit")
            program.inbox.wait_for("status:lamp/power", "lit")
            live.inbox.wait_for("devices/lamp/power", "on")
            live.inbox.wait_for("status/lamp/power", "lit")

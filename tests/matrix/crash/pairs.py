"""Which pairs there are, what is killed for each, and the brokers that they need."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from tests.matrix.crash.ends import End
from tests.matrix.crash.trial import Trial
from tests.matrix.crash.verdict import Verdict
from tests.support.brokers import Broker, Mosquitto
from tests.support.large_brokers import Artemis, RabbitMq
from tests.support.large_brokers import Kafka as KafkaServer
from tests.support.processes import free_port

NAMES = ("mqtt", "stomp", "amqp", "streams", "kafka", "bus")


def all_pairs() -> list[tuple[str, str]]:
    return [(source, sink) for source in NAMES for sink in NAMES if (source, sink) != ("bus", "bus")]


class World:
    """Every broker is started when a pair first needs it, and stays. A context manager."""

    def __init__(self, folder: Path):
        from tests.matrix.crash.ends.streams import DurableRedis
        self._folder, self._running = folder, ExitStack()
        self._makers: dict[str, Callable[[], Broker]] = {
            "mosquitto": lambda: Mosquitto(folder / "mosquitto"), "artemis": lambda: Artemis(folder / "artemis"),
            "rabbitmq": lambda: RabbitMq(folder / "rabbitmq", "stomp", "mqtt"), "redis": lambda: DurableRedis(folder / "redis"),
            "kafka": lambda: KafkaServer(folder / "kafka")}
        self._brokers: dict[str, Broker] = {}

    def __enter__(self) -> "World":
        return self

    def __exit__(self, *_) -> None:
        self._running.close()

    def try_pair(self, source: str, sink: str, gateway_kills: int, broker_kills: int, seed: int) -> Verdict:
        """mosquitto acknowledges before it writes, so that its own death is a loss that nobody can help; Artemis'
        MQTT now and then overtakes itself. Where a broker of MQTT has to die it is RabbitMQ, in a trial of its own."""
        kills_of_brokers = [victim for victim, end in (("source", source), ("sink", sink)) if end != "bus"
                            for _ in range(broker_kills)]
        # What the bus keeps for a client dies with the gateway.
        kills_of_gateways = ["gateway"] * (gateway_kills if sink != "bus" else 0)
        if "mqtt" not in (source, sink):
            return self._trial(source, sink, kills_of_gateways + kills_of_brokers, "", seed)
        verdict = Verdict()
        if kills_of_gateways:
            verdict += self._trial(source, sink, kills_of_gateways, "mosquitto", seed)
        if kills_of_brokers:
            verdict += self._trial(source, sink, kills_of_brokers, "rabbitmq", seed)
        return verdict

    def _trial(self, source: str, sink: str, victims: list[str], mqtt_broker: str, seed: int) -> Verdict:
        mqtt_port = free_port()
        name = f"{source}-{sink}" + (f"-{mqtt_broker}" if "mqtt" in (source, sink) else "")
        random.Random(seed).shuffle(victims)
        ends = [self._end(end, mqtt_broker, mqtt_port) for end in (source, sink)]
        return Trial(name, *ends, self._folder / name, victims, mqtt_port, seed).run()

    def _end(self, name: str, mqtt_broker: str, mqtt_port: int) -> End:
        """Each protocol's client library is loaded only where it is wanted."""
        from paho.mqtt.client import MQTTv311

        from tests.matrix.crash.ends.amqp import Amqp
        from tests.matrix.crash.ends.kafka import Kafka
        from tests.matrix.crash.ends.mqtt import Bus, Mqtt
        from tests.matrix.crash.ends.stomp import Stomp
        from tests.matrix.crash.ends.streams import Streams
        match name:
            case "mqtt" if mqtt_broker == "rabbitmq":
                return Mqtt(self._broker("rabbitmq"), self._broker("rabbitmq").ports["mqtt"], MQTTv311)
            case "mqtt": return Mqtt(self._broker("mosquitto"), self._broker("mosquitto").port)
            case "stomp": return Stomp(self._broker("rabbitmq"))
            case "amqp": return Amqp(self._broker("artemis"))
            case "streams": return Streams(self._broker("redis"))
            case "kafka": return Kafka(self._broker("kafka"))
            case "bus": return Bus(mqtt_port)
        raise ValueError(f"no end named {name}; there are {', '.join(NAMES)}")

    def _broker(self, name: str) -> Broker:
        if name not in self._brokers:
            self._brokers[name] = self._running.enter_context(self._makers[name]())
        return self._brokers[name]

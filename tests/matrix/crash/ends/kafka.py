"""Apache Kafka by confluent-kafka. Its producer waits for a broker that is away, and sends nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import confluent_kafka
from confluent_kafka.admin import AdminClient, NewTopic

from tests.matrix.crash.ends.end import End, Take
from tests.matrix.places.kafka import kafka_name, topic_of
from tests.matrix.places.place import running
from tests.support.large_brokers import Kafka as KafkaServer

# A gateway that was killed is replaced as soon as the group has given it up.
QUIET = {"log_level": 0}        # it would tell of every attempt to reach a broker that was killed
QUICK = 'options = { "session.timeout.ms" = "2000", "heartbeat.interval.ms" = "300" }'


class Kafka(End):
    name = "kafka"

    def __init__(self, broker: KafkaServer):
        self.broker = broker

    def backend(self, name: str) -> str:
        return f'[backends.{name}]\nurl = "{self.broker.url}"\n{QUICK}\n'

    def prepare(self, topics: list[str]) -> None:
        admin = AdminClient({"bootstrap.servers": self.broker.bootstrap, **QUIET})
        for future in admin.create_topics([NewTopic(kafka_name(topic), 1, 1) for topic in topics]).values():
            future.result(60)

    @contextmanager
    def line(self, topics: list[str]) -> Iterator["KafkaLine"]:
        line = KafkaLine(self.broker.bootstrap)
        try:
            yield line
        finally:
            line.close()

    @contextmanager
    def read(self, prefix: str, topics: list[str], take: Take) -> Iterator[None]:
        # Assigned, not subscribed: no group has to find itself first.
        consumer = confluent_kafka.Consumer({"bootstrap.servers": self.broker.bootstrap, "group.id": "crash",
                                             "enable.auto.commit": False, "fetch.wait.max.ms": 50, **QUIET})
        consumer.assign([confluent_kafka.TopicPartition(kafka_name(topic), 0, confluent_kafka.OFFSET_BEGINNING)
                         for topic in topics])

        def loop(stop) -> None:
            while not stop.is_set():
                for record in consumer.consume(500, 0.2):
                    assert not record.error(), record.error()
                    take(topic_of(record.topic()), record.value() or b"")
        try:
            with running(loop):
                yield
        finally:
            consumer.close()


class KafkaLine:
    def __init__(self, bootstrap: str):
        self._producer = confluent_kafka.Producer({"bootstrap.servers": bootstrap, "linger.ms": 1, "enable.idempotence": True,
                                                   "reconnect.backoff.max.ms": 500, **QUIET})
        self._done: list[int] = []
        self._failure = None

    def publish(self, number: int, topic: str, body: bytes) -> None:
        def delivered(error, record) -> None:
            if error:
                self._failure = error
            else:
                self._done.append(number)
        self._producer.produce(kafka_name(topic), body, on_delivery=delivered)

    def confirmed(self, within: float) -> list[int]:
        self._producer.poll(within)
        if self._failure:
            raise ConnectionError(str(self._failure))
        done, self._done = self._done, []
        return done

    def close(self) -> None:
        self._producer.purge()
        self._producer.flush(5)

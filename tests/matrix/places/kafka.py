"""Apache Kafka by confluent-kafka, with a Kafka topic for each topic."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import confluent_kafka
from confluent_kafka.admin import AdminClient, NewTopic

from tests.matrix import text_headers
from tests.matrix.places.place import Place, Take, running
from tests.matrix.samples import Message
from tests.matrix.text_headers import Form

FORM = Form(native=frozenset({"key", "timestamp"}), takes_bytes=True)


class Kafka(Place):
    name = backend = "kafka"

    def __init__(self, bootstrap: str):
        self._bootstrap = bootstrap
        self.toml = f'[backends.kafka]\nurl = "kafka://{bootstrap}"\n'

    def prepare(self, read: list[str], written: list[str]) -> None:
        admin = AdminClient({"bootstrap.servers": self._bootstrap})
        for future in admin.create_topics([NewTopic(kafka_name(topic), 1, 1) for topic in (*read, *written)]).values():
            future.result(60)

    @contextmanager
    def reader(self, read: list[str], take: Take, below: str = "to") -> Iterator[None]:
        # Assigned, not subscribed: no group has to find itself first.
        consumer = confluent_kafka.Consumer({"bootstrap.servers": self._bootstrap, "group.id": "matrix",
                                             "enable.auto.commit": False, "fetch.wait.max.ms": 50})
        consumer.assign([confluent_kafka.TopicPartition(kafka_name(topic), 0, confluent_kafka.OFFSET_BEGINNING) for topic in read])

        def loop(stop) -> None:
            while not stop.is_set():
                for record in consumer.consume(200, 0.2):
                    assert not record.error(), record.error()
                    take(topic_of(record.topic()), message_from(record))
        try:
            with running(loop):
                yield
        finally:
            consumer.close()

    @contextmanager
    def writer(self) -> Iterator["KafkaWriter"]:
        yield KafkaWriter(confluent_kafka.Producer({"bootstrap.servers": self._bootstrap, "linger.ms": 1,
                                                    "enable.idempotence": True}))


class KafkaWriter:
    def __init__(self, producer: confluent_kafka.Producer):
        self._producer = producer
        self._failures: list[str] = []

    def publish(self, topic: str, message: Message) -> None:
        headers = text_headers.written(message, FORM)
        if message.timestamp is None:
            headers.append(("rialto-added", b"timestamp"))      # the record has one all the same
        self._producer.produce(kafka_name(topic), message.body, message.key, headers=headers,
                               timestamp=message.timestamp or 0, on_delivery=self._delivered)
        self._producer.poll(0)

    def _delivered(self, error, record) -> None:
        if error:
            self._failures.append(str(error))

    def flush(self) -> None:
        assert self._producer.flush(30) == 0 and not self._failures, self._failures[:3]


def kafka_name(topic: str) -> str:
    return ".".join("".join(c if c.isascii() and c.isalnum() else "".join(f"-{byte:02X}" for byte in c.encode()) for c in level)
                    or "-00" for level in topic.split("/"))


def topic_of(name: str) -> str:
    def level(text: str) -> str:
        return "" if text == "-00" else re.sub(
            rb"-([0-9A-F]{2})", lambda hit: bytes([int(hit[1], 16)]), text.encode()).decode()
    return "/".join(level(part) for part in name.split("."))


def message_from(record: confluent_kafka.Message) -> Message:
    pairs = record.headers() or []
    added = next((text.decode().split(",") for name, text in pairs if name == "rialto-added"), [])
    native = {}
    if record.key() is not None and "key" not in added:
        native["key"] = record.key()
    if "timestamp" not in added:
        native["timestamp"] = record.timestamp()[1]
    return text_headers.read([pair for pair in pairs if pair[0] != "rialto-added"], record.value() or b"", FORM, **native)

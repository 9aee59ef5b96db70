"""STOMP 1.2 at RabbitMQ, with a durable queue behind each subscription."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.matrix.crash.ends.end import End, Take
from tests.matrix.places.place import running
from tests.matrix.places.stomp import Connection, destination_of, routing_key, topic_of
from tests.support.large_brokers import PASSWORD, USER, RabbitMq
from tests.support.processes import HOST


class Stomp(End):
    name = "stomp"

    def __init__(self, broker: RabbitMq):
        self.broker, self._port = broker, broker.ports["stomp"]

    def backend(self, name: str) -> str:
        return f'[backends.{name}]\nurl = "stomp://{USER}:{PASSWORD}@{HOST}:{self._port}"\ndialect = "rabbitmq"\n'

    @contextmanager
    def line(self, topics: list[str]) -> Iterator["StompLine"]:
        with Connection(self._port) as connection:
            yield StompLine(connection)

    def keep(self, prefix: str, topics: list[str]) -> None:
        with Connection(self._port) as connection:
            subscribe(connection, prefix)

    @contextmanager
    def read(self, prefix: str, topics: list[str], take: Take) -> Iterator[None]:
        with Connection(self._port) as connection:
            connection.send("SUBSCRIBE", subscription(prefix))

            def loop(stop) -> None:
                while not stop.is_set():
                    for command, headers, body in connection.frames(0.2):
                        assert command == "MESSAGE", (command, headers, body)
                        take(topic_of(dict(headers)["destination"]), body)
            with running(loop):
                yield


def subscription(prefix: str) -> list[tuple[str, str]]:
    return [("id", "kept"), ("destination", f"/topic/{routing_key(prefix)}.#"), ("ack", "auto"),
            ("x-queue-name", f"reader-{prefix}"), ("durable", "true"), ("auto-delete", "false")]


def subscribe(connection: Connection, prefix: str) -> None:
    connection.send("SUBSCRIBE", [*subscription(prefix), ("receipt", "subscribed")])
    connection.wait_for_receipt("subscribed")


class StompLine:
    def __init__(self, connection: Connection):
        self._connection = connection

    def publish(self, number: int, topic: str, body: bytes) -> None:
        self._connection.send("SEND", [("destination", destination_of(topic)), ("persistent", "true"), ("receipt", str(number)),
                                       ("content-length", str(len(body)))], body)

    def confirmed(self, within: float) -> Iterator[int]:
        for command, headers, body in self._connection.frames(within):
            assert command == "RECEIPT", (command, headers, body)
            yield int(dict(headers)["receipt-id"])

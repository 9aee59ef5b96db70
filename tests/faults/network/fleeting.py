"""Ends of routes that forget what nobody hears at that moment: Redis pub/sub and ZeroMQ."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import zmq

from tests.matrix.crash.ends import End
from tests.matrix.crash.ends.end import Take
from tests.matrix.places.place import running
from tests.support.brokers import Redis
from tests.support.processes import HOST, free_port

CHECKS_EVERY = 500          # milliseconds


class Channels(End):
    name = "redis"

    def __init__(self, broker: Redis):
        self.broker = broker

    @contextmanager
    def line(self, topics: list[str]) -> Iterator["ChannelLine"]:
        with self.broker.client() as client:
            yield ChannelLine(client)

    @contextmanager
    def read(self, prefix: str, topics: list[str], take: Take) -> Iterator[None]:
        with self.broker.client() as client, client.pubsub() as channels:
            channels.psubscribe(f"{prefix}/*")
            assert channels.get_message(timeout=10)["type"] == "psubscribe"

            def loop(stop) -> None:
                while not stop.is_set():
                    if message := channels.get_message(timeout=0.2):
                        take(message["channel"].decode(), message["data"])
            with running(loop):
                yield


class ChannelLine:
    def __init__(self, client):
        self._pipe, self._numbers = client.pipeline(transaction=False), []

    def publish(self, number: int, topic: str, body: bytes) -> None:
        self._pipe.publish(topic, body)
        self._numbers.append(number)

    def confirmed(self, within: float) -> list[int]:
        self._pipe.execute()
        sent, self._numbers = self._numbers, []
        return sent


class ZeroMq(End):
    """A PUB that the gateway subscribes to at `publishes_at`, and a SUB of what the gateway publishes, read at
    `reads_at`; set the latter before reading."""

    name = "zeromq"

    def __init__(self):
        self.publishes_at, self.reads_at = free_port(), 0
        self._publisher = zmq.Context.instance().socket(zmq.PUB)
        self._publisher.set(zmq.SNDHWM, 0)
        self._publisher.bind(f"tcp://{HOST}:{self.publishes_at}")

    def close(self) -> None:
        self._publisher.close(0)

    @contextmanager
    def line(self, topics: list[str]) -> Iterator["ZeroMqLine"]:
        yield ZeroMqLine(self._publisher)

    @contextmanager
    def read(self, prefix: str, topics: list[str], take: Take) -> Iterator[None]:
        socket = zmq.Context.instance().socket(zmq.SUB)
        socket.set(zmq.RCVHWM, 0)
        socket.set(zmq.HEARTBEAT_IVL, CHECKS_EVERY)
        socket.set(zmq.HEARTBEAT_TIMEOUT, 2 * CHECKS_EVERY)
        socket.subscribe(f"{prefix}/")
        socket.connect(f"tcp://{HOST}:{self.reads_at}")

        def loop(stop) -> None:
            while not stop.is_set():
                if socket.poll(200):
                    topic, *_, body = socket.recv_multipart()
                    take(topic.decode(), body)
        try:
            with running(loop):
                yield
        finally:
            socket.close(0)


class ZeroMqLine:
    """Of the one socket, which sends from the thread that asks."""

    def __init__(self, socket: zmq.Socket):
        self._socket, self._numbers = socket, []

    def publish(self, number: int, topic: str, body: bytes) -> None:
        self._socket.send_multipart([topic.encode(), body])
        self._numbers.append(number)

    def confirmed(self, within: float) -> list[int]:
        sent, self._numbers = self._numbers, []
        return sent

"""ZeroMQ by pyzmq: a PUB that the gateway subscribes to, and a SUB of what it publishes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import zmq

from tests.matrix import text_headers
from tests.matrix.places.place import Place, Take, running
from tests.matrix.samples import Message
from tests.matrix.text_headers import Form
from tests.support.processes import HOST, free_port

FORM = Form()
ESCAPES = {"\\": "\\\\", "\r": "\\r", "\n": "\\n", ":": "\\c"}
BACK = {escape: plain for plain, escape in ESCAPES.items()}


class ZeroMq(Place):
    name = backend = "zeromq"

    def __init__(self):
        # What the gateway does there.
        self.publishes_at, self.subscribes_to = f"tcp://{HOST}:{free_port()}", f"tcp://{HOST}:{free_port()}"
        self.toml = f'[backends.zeromq]\nurl = "zmq:"\npublish = ["{self.publishes_at}"]\nsubscribe = ["{self.subscribes_to}"]\n'
        self._context = zmq.Context.instance()
        # Bound before the gateway starts, so that it is there to subscribe to.
        self._publisher = self._context.socket(zmq.XPUB)
        self._publisher.set(zmq.SNDHWM, 0)
        self._publisher.bind(self.subscribes_to)
        self._topics = 0

    def close(self) -> None:
        self._publisher.close(0)

    @contextmanager
    def reader(self, read: list[str], take: Take, below: str = "to") -> Iterator[None]:
        socket = self._context.socket(zmq.SUB)
        socket.set(zmq.RCVHWM, 0)
        socket.subscribe(f"{below}/")
        socket.subscribe(f"/{below}/")
        socket.connect(self.publishes_at)
        socket.connect(self.subscribes_to)        # a mesh has no broker: each hears each

        def loop(stop) -> None:
            while not stop.is_set():
                if socket.poll(200):
                    parts = socket.recv_multipart()
                    block = parts[1] if len(parts) == 3 else b""
                    take(parts[0].decode(), text_headers.read(pairs_in(block), parts[-1], FORM))
        try:
            with running(loop):
                time.sleep(0.5)     # the publisher tells nobody when a subscription has reached it
                yield
        finally:
            socket.close(0)

    @contextmanager
    def writer(self) -> Iterator["ZeroMqWriter"]:
        while self._publisher.poll(500):        # the gateway's subscriptions
            self._publisher.recv()
        yield ZeroMqWriter(self._publisher)


class ZeroMqWriter:
    def __init__(self, socket: zmq.Socket):
        self._socket = socket

    def publish(self, topic: str, message: Message) -> None:
        pairs = text_headers.written(message, FORM)
        block = "".join(f"{escaped(name)}: {escaped(text.decode())}\r\n" for name, text in pairs).encode()
        self._socket.send_multipart([topic.encode(), block, message.body] if pairs else [topic.encode(), message.body])

    def flush(self) -> None:
        pass        # nothing is confirmed


def escaped(text: str) -> str:
    return "".join(ESCAPES.get(c, c) for c in text)


def pairs_in(block: bytes) -> text_headers.Pairs:
    pairs = []
    for line in block.decode().split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            pairs.append((unescaped(name), unescaped(value.removeprefix(" ")).encode()))
    return pairs


def unescaped(text: str) -> str:
    plain, rest = "", text
    while rest:
        step = 2 if rest[:2] in BACK else 1
        plain, rest = plain + BACK.get(rest[:step], rest[:step]), rest[step:]
    return plain

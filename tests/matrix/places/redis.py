"""Redis by redis-py: pub/sub, and Streams with a stream for each topic."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import redis

from tests.matrix import text_headers
from tests.matrix.places.place import Place, Take, body_alone, running
from tests.matrix.samples import Message
from tests.matrix.text_headers import Form
from tests.support.processes import HOST

STREAM_FORM = Form(takes_bytes=True, prefix="h:")


class Redis(Place):
    name = backend = "redis"

    def __init__(self, port: int):
        self._port = port
        self.toml = f'[backends.redis]\nurl = "redis://{HOST}:{port}/0"\n'

    def says(self, message: Message) -> Message:
        return body_alone(message)

    @contextmanager
    def reader(self, read: list[str], take: Take, below: str = "to") -> Iterator[None]:
        with redis.Redis(HOST, self._port) as client, client.pubsub() as channels:
            channels.psubscribe(f"{below}/*", f"/{below}/*")
            for _ in range(2):
                assert channels.get_message(timeout=10)["type"] == "psubscribe"

            def loop(stop) -> None:
                while not stop.is_set():
                    message = channels.get_message(timeout=0.2)
                    if message:
                        take(message["channel"].decode(), Message(message["data"]))
            with running(loop):
                yield

    @contextmanager
    def writer(self) -> Iterator["RedisWriter"]:
        with redis.Redis(HOST, self._port) as client:
            yield RedisWriter(client)


class RedisWriter:
    """Sends some dozens at once."""

    def __init__(self, client: redis.Redis):
        self._pipe, self._waiting = client.pipeline(transaction=False), 0

    def publish(self, topic: str, message: Message) -> None:
        self._pipe.publish(topic, message.body)
        self._count()

    def _count(self) -> None:
        self._waiting += 1
        if self._waiting >= 50:
            self.flush()

    def flush(self) -> None:
        self._pipe.execute()
        self._waiting = 0


class Streams(Place):
    name = backend = "streams"

    def __init__(self, port: int):
        self._port = port
        self.toml = f'[backends.streams]\nurl = "redis+stream://{HOST}:{port}/1"\n'

    def prepare(self, read: list[str], written: list[str]) -> None:
        with self._client() as client:
            for topic in written:
                client.xgroup_create(topic, "unused", mkstream=True)

    @contextmanager
    def reader(self, read: list[str], take: Take, below: str = "to") -> Iterator[None]:
        with self._client() as client:
            after = {topic: "0" for topic in read}

            def loop(stop) -> None:
                while not stop.is_set():
                    for key, entries in client.xread(after, count=200, block=200):
                        topic = key.decode()
                        for entry, fields in entries:
                            take(topic, message_from(fields))
                        after[topic] = entry
            client.set_response_callback("XREAD", streams_with_pairs)
            with running(loop):
                yield

    @contextmanager
    def writer(self) -> Iterator["StreamWriter"]:
        with self._client() as client:
            yield StreamWriter(client)

    def _client(self) -> redis.Redis:
        return redis.Redis(HOST, self._port, db=1, protocol=2)


class StreamWriter(RedisWriter):
    def publish(self, topic: str, message: Message) -> None:
        # The raw command: a field may repeat, which a dict can't say.
        words = [word for pair in text_headers.written(message, STREAM_FORM) for word in pair]
        self._pipe.execute_command("XADD", topic, "*", "body", message.body, *words)
        self._count()


def streams_with_pairs(reply, **options):
    """XREAD's answer with fields as they stand there, in order and with repeats."""
    return [(key, [(entry, list(zip(fields[::2], fields[1::2]))) for entry, fields in entries]) for key, entries in reply or []]


def message_from(fields: list[tuple[bytes, bytes]]) -> Message:
    body = next(value for name, value in fields if name == b"body")
    pairs = [(name.decode(), value) for name, value in fields if name not in (b"body", b"rialto-writer")]
    return text_headers.read(pairs, body, STREAM_FORM)

"""Redis Streams by redis-py, on a Redis that answers when what it answers is in its append-only file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.matrix.crash.ends.end import End, Take
from tests.matrix.places.place import running
from tests.support.brokers import Redis


class DurableRedis(Redis):
    def _command(self) -> list[str]:
        return [*super()._command(), "--appendonly", "yes", "--appendfsync", "always"]


class Streams(End):
    name = "streams"

    def __init__(self, broker: DurableRedis):
        self.broker = broker

    def backend(self, name: str) -> str:
        return f'[backends.{name}]\nurl = "{self.broker.url.replace("redis://", "redis+stream://")}"\n'

    @contextmanager
    def line(self, topics: list[str]) -> Iterator["StreamLine"]:
        with self.broker.client() as client:
            client.ping()
            yield StreamLine(client)

    @contextmanager
    def read(self, prefix: str, topics: list[str], take: Take) -> Iterator[None]:
        with self.broker.client() as client:
            after: dict[str | bytes, str | bytes] = {topic: "0" for topic in topics}

            def loop(stop) -> None:
                while not stop.is_set():
                    for key, entries in (client.xread(after, count=500, block=200) or []):
                        for entry, fields in entries:
                            take(key.decode(), fields[b"body"])
                        after[key.decode()] = entry
            client.set_response_callback("XREAD", lambda reply, **_: [
                (key, [(entry, dict(zip(fields[::2], fields[1::2]))) for entry, fields in entries]) for key, entries in
                (reply.items() if isinstance(reply, dict) else reply or [])])
            with running(loop):
                yield
            client.delete(*topics)


class StreamLine:
    def __init__(self, client):
        self._pipe, self._numbers = client.pipeline(transaction=False), []

    def publish(self, number: int, topic: str, body: bytes) -> None:
        self._pipe.execute_command("XADD", topic, "*", "body", body)
        self._numbers.append(number)

    def confirmed(self, within: float) -> list[int]:
        if self._numbers:
            self._pipe.execute()
        confirmed, self._numbers = self._numbers, []
        return confirmed

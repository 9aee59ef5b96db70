"""STOMP clients of a /queue that come back when their connection is lost: senders that send again what they had no RECEIPT for, and
a consumer that acknowledges each message."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from tests.matrix.places.stomp import Connection, Headers

AGAIN = 0.05            # seconds until the next try to connect
TURN = 0.01

Lost = (OSError, AssertionError)        # what a connection says when the gateway was killed


class QueueClient:
    """Connected while the context lasts and it is not told to be away, in a thread of its own."""

    trouble: str | None = None
    is_away = False

    def __init__(self, port: int, client_id: str):
        self.client_id, self._port = client_id, port
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._end.set()
        self._thread.join()

    def begins(self, connection: Connection) -> None:
        raise NotImplementedError

    def turns(self, connection: Connection) -> None:
        """Some hundred times a second."""

    def takes(self, connection: Connection, command: str, headers: Headers, body: bytes) -> None:
        raise NotImplementedError

    def _run(self) -> None:
        while not self._end.is_set():
            if self.is_away:
                time.sleep(AGAIN)
                continue
            try:
                with Connection(self._port) as connection:
                    self._live(connection)
            except Lost:
                time.sleep(AGAIN)

    def _live(self, connection: Connection) -> None:
        self.begins(connection)
        while not self._end.is_set() and not self.is_away:
            self.turns(connection)
            for command, headers, body in connection.frames(TURN):
                self.takes(connection, command, headers, body)


class Sender(QueueClient):
    """Sends number after number, with its name before them, at a rate, as far as `window` unconfirmed ones allow."""

    def __init__(self, port: int, name: str, queue: str, rate: float, window: int):
        super().__init__(port, name)
        self._queue, self._rate, self.window = queue, rate, window
        self._open: OrderedDict[int, None] = OrderedDict()
        self._pauses = threading.Event()
        self.published = 0
        self.acknowledged: set[int] = set()

    def topic_of(self, number: int) -> str:
        return f"{self._queue}/{self.client_id}"

    def finish(self, within: float) -> None:
        """Sends no more, and waits until all is confirmed."""
        self._pauses.set()
        deadline = time.monotonic() + within
        while len(self.acknowledged) < self.published and not self.trouble and time.monotonic() < deadline:
            time.sleep(0.02)

    def begins(self, connection: Connection) -> None:
        for number in self._open:
            self._send(connection, number)
        self._due = time.monotonic()

    def turns(self, connection: Connection) -> None:
        now = time.monotonic()
        while not self._pauses.is_set() and self._due <= now and len(self._open) < self.window:
            self._due += 1 / self._rate
            number, self.published = self.published, self.published + 1
            self._open[number] = None
            self._send(connection, number)
        self._due = max(self._due, now - 0.1)

    def takes(self, connection: Connection, command: str, headers: Headers, body: bytes) -> None:
        if command != "RECEIPT":
            self.trouble = f"{self.client_id}: {command} {headers}"
            return
        number = int(dict(headers)["receipt-id"])
        del self._open[number]
        self.acknowledged.add(number)

    def _send(self, connection: Connection, number: int) -> None:
        body = f"{self.client_id} {number}".encode()
        connection.send("SEND", [("destination", f"/queue/{self._queue}"), ("receipt", str(number)),
                                 ("content-length", str(len(body)))], body)


class Consumer(QueueClient):
    """`take` is given each message's sender and number."""

    def __init__(self, port: int, queue: str, prefetch: int, take: Callable[[str, bytes], None]):
        super().__init__(port, f"consumer of {queue}")
        self._queue, self._prefetch, self._take = queue, prefetch, take

    def begins(self, connection: Connection) -> None:
        connection.send("SUBSCRIBE", [("id", "0"), ("destination", f"/queue/{self._queue}"), ("ack", "client-individual"),
                                      ("prefetch-count", str(self._prefetch))])

    def takes(self, connection: Connection, command: str, headers: Headers, body: bytes) -> None:
        if command != "MESSAGE":
            self.trouble = f"{self.client_id}: {command} {headers}"
            return
        sender, number = body.split()
        self._take(sender.decode(), number)
        connection.send("ACK", [("id", dict(headers)["ack"])])

"""stomp.py, wrapped so that each call returns when the server has confirmed it."""

from __future__ import annotations

import itertools
import threading
from pathlib import Path

import stomp
from stomp.adapter.ws import WSStompConnection

from tests.support.clients.inbox import Inbox, Received
from tests.support.processes import HOST

TCP = {"1.0": stomp.StompConnection10, "1.1": stomp.StompConnection11, "1.2": stomp.StompConnection12}


class StompClient(stomp.ConnectionListener):
    """A connected client of one version. `websocket` is a path such as "/stomp"; `ca` makes TCP secure. Brokers want a
    `user` with a password, and some a `vhost`; `connecting`, `subscribing` and `sending` are headers that they want besides."""

    def __init__(self, port: int, version: str = "1.2", websocket: str | None = None, ca: Path | None = None,
                 user: tuple[str, str] | None = None, vhost: str = HOST,
                 subscribing: dict[str, str] | None = None, sending: dict[str, str] | None = None,
                 connecting: dict[str, str] | None = None):
        self.inbox = Inbox()
        self.errors: list[str] = []
        self._receipts: set[str] = set()
        self._changed = threading.Condition()
        self._numbers = itertools.count(1)
        address = [(HOST, port)]
        if websocket:
            self.connection = WSStompConnection(address, ws_path=websocket, vhost=HOST, binary_mode=True, auto_decode=False,
                                                reconnect_attempts_max=1)
        else:
            host = {} if version == "1.0" else {"vhost": vhost}
            self.connection = TCP[version](address, auto_decode=False, reconnect_attempts_max=1, **host)
        if ca:
            self.connection.set_ssl(for_hosts=address, ca_certs=str(ca))
        self.connection.set_listener("test", self)
        self._subscribing, self._sending = subscribing or {}, sending or {}
        self.connection.connect(*(user or ()), wait=True, headers=connecting)

    def __enter__(self) -> "StompClient":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        if self.connection.is_connected():
            self.connection.disconnect()

    def say_goodbye(self) -> None:
        """What stomp.py itself does not wait for."""
        self._confirmed(lambda receipt: self.connection.send_frame("DISCONNECT", {"receipt": receipt}))
        self.connection.transport.stop()

    def subscribe(self, destination: str, ack: str = "auto") -> str:
        """Returns the id of the subscription."""
        number = str(next(self._numbers))
        self._confirmed(lambda receipt: self.connection.subscribe(
            destination, id=number, ack=ack, headers={**self._subscribing, "receipt": receipt}))
        return number

    def unsubscribe(self, number: str, **headers: str) -> None:
        self._confirmed(lambda receipt: self.connection.unsubscribe(number, headers={**headers, "receipt": receipt}))

    def publish(self, destination: str, payload: bytes | str, content_type: str | None = None, **headers: str) -> None:
        self._confirmed(lambda receipt: self.connection.send(
            destination, payload, content_type=content_type, headers={**self._sending, **headers, "receipt": receipt}))

    def _confirmed(self, call) -> None:
        receipt = f"r{next(self._numbers)}"
        call(receipt)
        with self._changed:
            self._changed.wait_for(lambda: receipt in self._receipts or self.errors, 30)
            assert receipt in self._receipts, f"no RECEIPT within 30 s; errors: {self.errors}"

    # What stomp.py calls, from its own thread.

    def on_message(self, frame) -> None:
        body = frame.body.encode() if isinstance(frame.body, str) else frame.body
        headers = dict(frame.headers)
        self.inbox.put(Received(headers["destination"], body or b"", headers.get("retain") == "true", headers))

    def on_receipt(self, frame) -> None:
        with self._changed:
            self._receipts.add(frame.headers["receipt-id"])
            self._changed.notify_all()

    def on_error(self, frame) -> None:
        with self._changed:
            self.errors.append(f"{frame.headers.get('message')}: {frame.body}")
            self._changed.notify_all()

"""pyzmq, with its own libzmq: sockets that bind or connect on loopback, read into an inbox by a thread."""

from __future__ import annotations

import threading
import time

import zmq

from tests.support.clients.inbox import Inbox, Received
from tests.support.processes import HOST, free_port


class ZeromqPeer:
    """One socket of `kind` ("SUB", "XSUB", "PULL", "XPUB", "PUSH"). What it receives is in `inbox` (body and topic) and whole in
    `frames`; an XPUB's inbox stays empty, and what peers have subscribed to is in `subscriptions`."""

    def __init__(self, kind: str, *, bind: int | None = None, connect: int | None = None, subscribe: tuple[str, ...] = (),
                 server_secret: bytes | None = None, client_keys: tuple[bytes, bytes, bytes] | None = None):
        self.inbox, self.frames, self.subscriptions = Inbox(), [], []
        self.port = bind or connect or free_port()
        self._lock = threading.Lock()
        self._ended = False
        self._socket = zmq.Context.instance().socket(getattr(zmq, kind))
        self._socket.linger, self._kind = 2000, kind
        self._socket.sndhwm = self._socket.rcvhwm = 0
        if server_secret:
            self._socket.curve_server, self._socket.curve_secretkey = True, server_secret
        if client_keys:
            self._socket.curve_publickey, self._socket.curve_secretkey, self._socket.curve_serverkey = client_keys
        for prefix in subscribe:
            self._subscribe(prefix)
        address = f"tcp://{HOST}:{self.port}"
        self._socket.connect(address) if connect else self._socket.bind(address)
        self._reader = threading.Thread(target=self._read, daemon=True)
        if kind != "PUSH":
            self._reader.start()

    def __enter__(self) -> "ZeromqPeer":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        self._ended = True
        if self._reader.is_alive():
            self._reader.join(10)
        self._socket.close()

    def send(self, *frames: str | bytes) -> None:
        """One message."""
        with self._lock:
            self._socket.send_multipart([f.encode() if isinstance(f, str) else f for f in frames])

    def wait_for_subscription(self, prefix: str, within: float = 20) -> None:
        """Until a peer of this XPUB has subscribed to exactly this prefix."""
        deadline = time.monotonic() + within
        while prefix.encode() not in self.subscriptions:
            assert time.monotonic() < deadline, f"nobody subscribed to {prefix!r}; there are {self.subscriptions}"
            time.sleep(0.01)

    def _subscribe(self, prefix: str) -> None:
        if self._kind == "XSUB":
            self._socket.send(b"\x01" + prefix.encode())
        else:
            self._socket.setsockopt(zmq.SUBSCRIBE, prefix.encode())

    def _read(self) -> None:
        while not self._ended:
            if not self._socket.poll(20):
                continue
            with self._lock:
                frames = self._socket.recv_multipart()
            if self._kind == "XPUB":
                change = self.subscriptions.append if frames[0][0] == 1 else self.subscriptions.remove
                change(frames[0][1:])
                continue
            self.frames.append(frames)
            self.inbox.put(Received(frames[0].decode(errors="replace") if len(frames) > 1 else "", frames[-1]))


def join(subscriber: ZeromqPeer, publish, topic: str) -> None:
    """Until a subscription has reached the publisher: `publish` is tried until its message arrives. Empties the inbox."""
    deadline = time.monotonic() + 20
    while not any(message.topic == topic for message in subscriber.inbox.all()):
        assert time.monotonic() < deadline, "the subscription does not get there"
        publish(topic)
        time.sleep(0.05)
    subscriber.inbox.settle(0.2)
    subscriber.inbox = Inbox()
    subscriber.frames.clear()

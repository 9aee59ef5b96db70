"""A client of the live socket, rialto.v1.json over WebSocket, on an independent WebSocket library."""

from __future__ import annotations

import base64
import itertools
import json
import ssl
import threading
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.support.clients.inbox import Inbox, Received
from tests.support.processes import HOST

PROTOCOL = "rialto.v1.json"


class Refused(Exception):
    """The gateway answered a request with an err frame."""

    def __init__(self, frame: dict[str, Any]):
        super().__init__(f"{frame.get('code')} {frame.get('error')}: {frame.get('msg')}")
        self.frame = frame


class LiveSocket:
    """A connected live socket. Answers pings by itself; `events` keeps every frame that is no message and no reply."""

    def __init__(self, port: int, path: str = "/ws", tls: ssl.SSLContext | None = None, origin: str | None = None,
                 protocol: str | None = PROTOCOL):
        self.inbox = Inbox()
        self.events: list[dict[str, Any]] = []
        self._replies: dict[int, dict[str, Any]] = {}
        self._changed = threading.Condition()
        self._ids = itertools.count(1)
        self._closed = False
        self._opening = connect(f"{'wss' if tls else 'ws'}://{HOST}:{port}{path}", ssl=tls, origin=origin, proxy=None,
                              subprotocols=[protocol] if protocol else None)
        self.socket = self._opening.__enter__()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.connected = self.request("connect")

    def __enter__(self) -> "LiveSocket":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        self._opening.__exit__(None, None, None)
        self._reader.join(10)

    def subscribe(self, topic_filter: str, **options: Any) -> dict[str, Any]:
        return self.request("sub", topic=topic_filter, **options)

    def publish(self, topic: str, data: Any = None, **fields: Any) -> dict[str, Any]:
        """Publishes JSON `data`, or what `text=` or `b64=` say; returns the ack."""
        if "text" not in fields and "b64" not in fields:
            fields["data"] = data
        return self.request("pub", topic=topic, **fields)

    def request(self, op: str, **fields: Any) -> dict[str, Any]:
        number = next(self._ids)
        self.socket.send(json.dumps({"op": op, "id": number, **fields}, separators=(",", ":")))
        with self._changed:
            self._changed.wait_for(lambda: number in self._replies or self._closed, 30)
            assert number in self._replies, f"no reply to {op} within 30 s; closed: {self._closed}, {self.events[-5:]}"
            reply = self._replies.pop(number)
        if reply["op"] == "err":
            raise Refused(reply)
        return reply

    def _read(self) -> None:
        try:
            for text in self.socket:
                for line in text.splitlines():      # one WebSocket message joins several frames
                    if line:
                        self._take(json.loads(line))
        except ConnectionClosed:
            pass
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _take(self, frame: dict[str, Any]) -> None:
        if frame["op"] == "msg":
            self.inbox.put(Received(frame["topic"], payload_of(frame), frame.get("retain", False),
                                    {"content-type": frame.get("ct", ""), **frame.get("headers", {})}))
        elif frame["op"] == "ping":
            self.socket.send('{"op":"pong"}')
        else:
            with self._changed:
                if "id" in frame:
                    self._replies[frame["id"]] = frame
                else:
                    self.events.append(frame)
                self._changed.notify_all()


def payload_of(frame: dict[str, Any]) -> bytes:
    """The payload's bytes; JSON in its shortest form."""
    if "text" in frame:
        return frame["text"].encode()
    if "b64" in frame:
        return base64.b64decode(frame["b64"])
    return json.dumps(frame["data"], separators=(",", ":"), ensure_ascii=False).encode()

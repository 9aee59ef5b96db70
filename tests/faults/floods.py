"""Clients that send more than anybody takes, take nothing of what is sent to them, or watch how the others fare."""

from __future__ import annotations

import json
import select
import socket
import struct
import threading
import time

from tests.conformance.mqtt import wire
from tests.support.clients import MqttClient
from tests.support.clients.amqp import connect as connect_amqp
from tests.support.processes import HOST

V311 = 4
CHUNK = 64              # messages in one write


class Flood:
    """Publishes over a bare socket as fast as it is let, in a thread of its own, and reads the acknowledgements away.
    A context manager; `sent` counts messages whose octets the kernel has taken."""

    def __init__(self, port: int, topic: str, size: int, qos: int, most: int):
        self._line = socket.create_connection((HOST, port), timeout=10)
        self._line.sendall(wire.connect(V311, f"flood-{topic.replace('/', '-')}-{port}-{id(self)}"))
        assert self._line.recv(4) == bytes.fromhex("20020000")
        self._line.setblocking(False)
        self._topic, self._payload, self._qos, self._most = topic, bytes(size), qos, most
        self.sent = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Flood":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stop.set()
        self._thread.join()
        self._line.close()

    def wait(self, within: float) -> None:
        """Until all is sent, or for that long: whoever is held back never comes to its end."""
        self._thread.join(within)

    def _run(self) -> None:
        while self.sent < self._most and not self._stop.is_set():
            if not self._write(b"".join(self._message(number) for number in range(self.sent, self.sent + CHUNK))):
                return
            self.sent += CHUNK

    def _message(self, number: int) -> bytes:
        return wire.publish(V311, self._topic, self._payload, self._qos, number % 65535 + 1 if self._qos else None)

    def _write(self, data: bytes) -> bool:
        view = memoryview(data)
        while view and not self._stop.is_set():
            readable, writable, _ = select.select([self._line], [self._line], [], 0.05)
            try:
                if readable and not self._line.recv(1 << 16):
                    return False        # sent away
                if writable:
                    view = view[self._line.send(view):]
            except OSError:
                return False
        return not view


class Pulse:
    """A publisher and a subscriber that exchange a message every ten milliseconds; `longest` is the longest that one took,
    in seconds. A context manager; leaving it fails when one was lost."""

    def __init__(self, port: int):
        self._publisher, self._subscriber = MqttClient(port), MqttClient(port)
        self._subscriber.subscribe("pulse/#")
        self.longest = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._sent = 0

    def __enter__(self) -> "Pulse":
        self._thread.start()
        return self

    def __exit__(self, failing, *_) -> None:
        self._stop.set()
        self._thread.join()
        self._publisher.close()
        self._subscriber.close()
        if not failing:
            assert self._sent > 20, f"only {self._sent} pulses"
            assert self._subscriber.inbox.payloads() == [str(number).encode() for number in range(self._sent)]

    def _run(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            self._publisher.publish("pulse/x", str(self._sent), within=60)
            self._subscriber.inbox.wait_for_count(self._sent + 1, within=60)
            self.longest = max(self.longest, time.monotonic() - began)
            self._sent += 1
            time.sleep(0.01)


def _dialled(port: int, *words: bytes) -> socket.socket:
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
    line.connect((HOST, port))
    line.settimeout(10)
    for said in words:
        line.sendall(said)
        line.recv(1 << 16)
    return line


def deaf_mqtt(port: int, topic: str, qos: int) -> socket.socket:
    return _dialled(port, wire.connect(V311, f"deaf{qos}", keep_alive=0), wire.subscribe(V311, 1, (topic, qos)))


def deaf_stomp(port: int, topic: str) -> socket.socket:
    return _dialled(port, b"CONNECT\naccept-version:1.2\nhost:x\n\n\0",
                    f"SUBSCRIBE\nid:0\ndestination:/topic/{topic}\nreceipt:1\n\n\0".encode())


def deaf_redis(port: int, topic: str) -> socket.socket:
    return _dialled(port, f"SUBSCRIBE {topic}\r\n".encode())


def deaf_live(port: int, topic: str) -> socket.socket:
    upgrade = (b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
               b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
               b"Sec-WebSocket-Protocol: rialto.v1.json\r\n\r\n")
    return _dialled(port, upgrade, _text_frame({"op": "connect", "id": 1}), _text_frame({"op": "sub", "id": 2, "topic": topic}))


def _text_frame(what: dict) -> bytes:
    text = json.dumps(what).encode()
    return b"\x81" + bytes([0x80 | len(text)]) + bytes(4) + text


def deaf_amqp(port: int, topic: str):
    """Proton's blocking connection reads only while one of its calls waits."""
    connection = connect_amqp(port)
    connection.create_receiver(topic, credit=1_000_000)
    return connection


def leave_session(port: int, client_id: str, topic: str) -> None:
    """A session with one subscription at QoS 1 that outlives its connection."""
    with socket.create_connection((HOST, port), timeout=30) as line:
        line.sendall(wire.connect(V311, client_id, clean=False) + wire.subscribe(V311, 1, (topic, 1)) + wire.disconnect(V311))
        while line.recv(4096):
            pass


def publish_all(port: int, topics: list[str], payload: bytes, window: int = 500) -> None:
    """One message to each, at QoS 1; returns when all are acknowledged."""
    with socket.create_connection((HOST, port), timeout=60) as line:
        line.sendall(wire.connect(V311, "filler"))
        line.recv(4)
        acknowledged, rest = 0, b""
        for at in range(0, len(topics), window):
            line.sendall(b"".join(wire.publish(V311, topic, payload, 1, number % 65535 + 1)
                                  for number, topic in enumerate(topics[at:at + window], at)))
            while acknowledged < min(at + window, len(topics)):
                rest += line.recv(1 << 16)
                count = len(rest) // 4          # PUBACK has four octets
                assert all(word == 0x4002 for word in struct.unpack(f"!{2 * count}H", rest[:4 * count])[::2])
                acknowledged, rest = acknowledged + count, rest[4 * count:]

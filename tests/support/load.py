"""A steady stream of numbered messages, and the judgement on what became of it."""

from __future__ import annotations

import dataclasses
import threading
import time

import paho.mqtt.client as paho

from tests.support.clients.inbox import Inbox
from tests.support.clients.mqtt import MqttClient


class Load:
    """Publishes number after number to one topic at a rate, at QoS 1, in a thread of its own.

    What the server does not acknowledge in time waits in the client, which repeats it after a reconnect. `window`
    messages may be unacknowledged on the wire.
    """

    def __init__(self, port: int, topic: str, rate: int = 2000, size: int = 256, window: int = 500):
        self._client = MqttClient(port, "5", client_id=f"load-{topic.replace('/', '-')}", session_expiry=600, window=window)
        self._client.paho.reconnect_delay_set(1, 1)
        self._client.paho.on_publish = self._on_publish
        self._topic, self._rate, self._size = topic, rate, size
        self._numbers: dict[int, int] = {}          # of those in flight, by packet id
        self._early: set[int] = set()
        self.refused: list[str] = []
        self._lock = threading.Lock()
        self.acknowledged: set[int] = set()
        self.sent = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stop.set()
        self._thread.join()
        self._client.close()

    def finish(self, within: float = 60) -> None:
        """Stops publishing and waits until everything that was sent is acknowledged."""
        self._stop.set()
        self._thread.join()
        deadline = time.monotonic() + within
        while len(self.acknowledged) < self.sent:
            assert not self.refused, f"refused: {self.refused[:3]}"
            assert time.monotonic() < deadline, f"{len(self.acknowledged)} of {self.sent} acknowledged after {within:g} s"
            time.sleep(0.05)

    def _run(self) -> None:
        began = time.monotonic()
        while not self._stop.is_set():
            due = int((time.monotonic() - began) * self._rate)
            while self.sent < due:
                self._publish(self.sent)
                self.sent += 1
            time.sleep(0.005)

    def _publish(self, number: int) -> None:
        sent = self._client.paho.publish(self._topic, str(number).encode().ljust(self._size), qos=1)
        assert sent.rc in (paho.MQTT_ERR_SUCCESS, paho.MQTT_ERR_NO_CONN), paho.error_string(sent.rc)
        with self._lock:
            if sent.mid in self._early:             # the acknowledgement overtook the return of publish()
                self._early.remove(sent.mid)
                self.acknowledged.add(number)
            else:
                self._numbers[sent.mid] = number

    def _on_publish(self, client, userdata, packet_id, reason, properties) -> None:
        if reason.is_failure:
            self.refused.append(str(reason))
            return
        with self._lock:
            if packet_id in self._numbers:
                self.acknowledged.add(self._numbers.pop(packet_id))
            else:
                self._early.add(packet_id)


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What a subscriber saw of a load."""

    received: int
    repeats: int
    lost: list[int]
    out_of_order: list[int]

    def __str__(self) -> str:
        return (f"{self.received} different messages, {self.repeats} repeats, {len(self.lost)} lost, "
                f"{len(self.out_of_order)} out of order")


def judge(inbox: Inbox, acknowledged: set[int]) -> Verdict:
    """Order is judged by first arrivals: a repeat may follow later, but nothing new may come before its time."""
    seen: set[int] = set()
    repeats, highest, disorder = 0, -1, []
    for payload in inbox.payloads():
        number = int(payload)
        if number in seen:
            repeats += 1
            continue
        if number < highest:
            disorder.append(number)
        seen.add(number)
        highest = max(highest, number)
    return Verdict(len(seen), repeats, sorted(acknowledged - seen), disorder)


class MemoryWatch:
    """Looks at a server's resident memory several times a second. A context manager."""

    def __init__(self, server):
        self._server, self._stop = server, threading.Event()
        self.before = self.highest = server.rss_kilobytes()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "MemoryWatch":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def growth_kilobytes(self) -> int:
        return self.highest - self.before

    def _run(self) -> None:
        while not self._stop.wait(0.1) and self._server.alive:
            self.highest = max(self.highest, self._server.rss_kilobytes())

"""MQTT by paho: a broker, or the gateway's own listener."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import paho.mqtt.client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tests.matrix.crash.ends.end import End, Take, taken_from
from tests.support.brokers import Broker
from tests.support.large_brokers import PASSWORD, USER
from tests.support.processes import HOST

KEPT_SECONDS = 3600
PATIENCE = 20


class Mqtt(End):
    """Any broker of MQTT. Reading is a session that outlives its connection."""

    name = "mqtt"

    def __init__(self, broker: Broker | None, port: int, version: int = paho.MQTTv5):
        self.broker, self.port, self.version = broker, port, version

    def backend(self, name: str) -> str:
        return f'[backends.{name}]\nurl = "mqtt://{USER}:{PASSWORD}@{HOST}:{self.port}"\n'

    @contextmanager
    def line(self, topics: list[str]) -> Iterator["MqttLine"]:
        line = MqttLine(self)
        try:
            yield line
        finally:
            line.close()

    def keep(self, prefix: str, topics: list[str]) -> None:
        session = Connection(self, f"reader-{prefix}")
        session.subscribe(f"{prefix}/#")
        session.close()

    @contextmanager
    def read(self, prefix: str, topics: list[str], take: Take) -> Iterator[None]:
        session = Connection(self, f"reader-{prefix}",
                             lambda client, userdata, message: take(message.topic, bytes(message.payload)))
        assert session.was_present, f"{self.name}: the broker has forgotten the session of {prefix}"
        yield
        session.close()
        Connection(self, f"reader-{prefix}", clean=True).close()


class Bus(Mqtt):
    """The gateway's listener. Its sessions live in memory: they survive a broker, not the gateway."""

    name = "bus"

    def __init__(self, port: int):
        super().__init__(None, port)

    def backend(self, name: str) -> str:
        return ""


class Connection:
    """One connection, which does not come back by itself."""

    def __init__(self, end: Mqtt, client_id: str, on_message=None, clean: bool = False):
        self.was_present, self._answered, self._gone = False, threading.Event(), threading.Event()
        five = end.version == paho.MQTTv5
        self.paho = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id, clean_session=None if five else clean,
                                protocol=end.version, reconnect_on_failure=False)
        self.paho.username_pw_set(USER, PASSWORD)
        self.paho.max_inflight_messages_set(1000)
        self.paho.on_connect, self.paho.on_disconnect = self._on_connect, lambda *_: self._gone.set()
        self.paho.on_subscribe = lambda *_: self._answered.set()
        self.paho.on_message = on_message
        options = {}
        if five:
            options = {"clean_start": clean, "properties": Properties(PacketTypes.CONNECT)}
            options["properties"].SessionExpiryInterval = 0 if clean else KEPT_SECONDS
        self.paho.connect(HOST, end.port, 60, **options)
        self.paho.loop_start()
        if not self._answered.wait(PATIENCE) or self.is_gone:
            self.close()
            raise ConnectionError("no CONNACK")
        self._answered.clear()

    @property
    def is_gone(self) -> bool:
        return self._gone.is_set()

    def subscribe(self, topic_filter: str) -> None:
        self.paho.subscribe(topic_filter, 1)
        assert self._answered.wait(PATIENCE), "no SUBACK"

    def close(self) -> None:
        self.paho.disconnect()
        self.paho.loop_stop()

    def _on_connect(self, client, userdata, flags, reason, properties) -> None:
        if reason.is_failure:
            self._gone.set()
        self.was_present = flags.session_present
        self._answered.set()


class MqttLine(Connection):
    def __init__(self, end: Mqtt):
        self._numbers: dict[int, int] = {}      # of those in flight, by packet id
        self._done: queue.Queue = queue.Queue()
        super().__init__(end, "", clean=True)
        self.paho.on_publish = lambda client, userdata, packet_id, reason, properties: self._done.put((packet_id, reason))

    def publish(self, number: int, topic: str, body: bytes) -> None:
        sent = self.paho.publish(topic, body, qos=1)
        if sent.rc != paho.MQTT_ERR_SUCCESS:
            raise ConnectionError(paho.error_string(sent.rc))
        self._numbers[sent.mid] = number

    def confirmed(self, within: float) -> Iterator[int]:
        for packet_id, reason in taken_from(self._done, within):
            assert not reason.is_failure, f"refused: {reason}"
            yield self._numbers.pop(packet_id)
        if self.is_gone:
            raise ConnectionError("the broker is gone")

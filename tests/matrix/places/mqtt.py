"""MQTT 5 by paho: a broker, and the gateway's own listener."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import paho.mqtt.client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tests.matrix import text_headers
from tests.matrix.places.place import Place, Take
from tests.matrix.samples import Message
from tests.matrix.text_headers import Form
from tests.support.clients.mqtt import MqttClient

NATIVE = frozenset({"text", "content_type", "reply_to", "expires", "correlation_id"})
FORM = Form(native=NATIVE, no_control_characters=True, renames=False)


class Mqtt(Place):
    name = backend = "mqtt"

    def __init__(self, port: int):
        self._port = port
        self.toml = f'[backends.mqtt]\nurl = "mqtt://127.0.0.1:{port}"\n'

    @contextmanager
    def reader(self, read: list[str], take: Take, below: str = "to") -> Iterator[None]:
        def on_message(client, userdata, message) -> None:
            take(message.topic, message_from(bytes(message.payload), message.properties))
        with MqttClient(self._port) as client:
            client.paho.on_message = on_message
            for topic_filter in (f"{below}/#", f"/{below}/#"):
                client.subscribe(topic_filter)
            yield

    @contextmanager
    def writer(self) -> Iterator["MqttWriter"]:
        with MqttClient(self._port, window=500) as client:
            yield MqttWriter(client.paho)


class Bus(Mqtt):
    """The bus, by the MQTT listener."""

    name, backend = "bus", "bus"

    def __init__(self, port: int):
        super().__init__(port)
        self.toml = ""


class MqttWriter:
    def __init__(self, client: paho.Client):
        self._client, self._last = client, None

    def publish(self, topic: str, message: Message) -> None:
        self._last = self._client.publish(topic, message.body, 1, properties=properties_of(message))

    def flush(self) -> None:
        deadline = time.monotonic() + 30
        while self._last and not self._last.is_published():
            assert time.monotonic() < deadline, "the broker acknowledges nothing"
            time.sleep(0.01)


def properties_of(message: Message) -> Properties:
    properties = Properties(PacketTypes.PUBLISH)
    if message.text:
        properties.PayloadFormatIndicator = 1
    if message.content_type:
        properties.ContentType = message.content_type
    if message.reply_to:
        properties.ResponseTopic = message.reply_to
    if message.expires:
        properties.MessageExpiryInterval = max(1, round(message.expires / 1000 - time.time()))
    if message.correlation_id:
        correlation = message.correlation_id
        properties.CorrelationData = correlation if isinstance(correlation, bytes) else correlation.encode()
    pairs = text_headers.written(message, FORM)
    if pairs:
        properties.UserProperty = [(name, text.decode()) for name, text in pairs]
    return properties


def message_from(body: bytes, properties: Properties | None) -> Message:
    native = {}
    if getattr(properties, "PayloadFormatIndicator", 0) == 1:
        native["text"] = True
    if hasattr(properties, "ContentType"):
        native["content_type"] = properties.ContentType
    if hasattr(properties, "ResponseTopic"):
        native["reply_to"] = properties.ResponseTopic
    if hasattr(properties, "MessageExpiryInterval"):
        native["expires"] = int(time.time() * 1000) + properties.MessageExpiryInterval * 1000
    if hasattr(properties, "CorrelationData"):
        correlation = bytes(properties.CorrelationData)
        native["correlation_id"] = correlation.decode() if text_headers.is_text(correlation) else correlation
    pairs = [(name, text.encode()) for name, text in getattr(properties, "UserProperty", [])]
    return text_headers.read(pairs, body, FORM, **native)

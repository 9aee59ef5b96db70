"""paho-mqtt, the Eclipse client, wrapped so that each call returns when the server has answered."""

from __future__ import annotations

import ssl
import threading

import paho.mqtt.client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tests.support.clients.inbox import Inbox, Received
from tests.support.processes import HOST

VERSIONS = {"3.1": paho.MQTTv31, "3.1.1": paho.MQTTv311, "5": paho.MQTTv5}


class MqttClient:
    """A connected client. `websocket` is a path such as "/mqtt"; `tls` makes either transport secure.
    `window` messages may be unacknowledged on the wire."""

    def __init__(self, port: int, version: str = "5", client_id: str = "", clean: bool = True,
                 tls: ssl.SSLContext | None = None, websocket: str | None = None,
                 user: tuple[str, str] | None = None, session_expiry: int | None = None,
                 window: int = 20):
        self.inbox = Inbox()
        self.session_present = False
        self._answers: dict[int, list] = {}
        self._changed = threading.Condition()
        self._connack = None
        five = version == "5"
        self.paho = paho.Client(
            paho.CallbackAPIVersion.VERSION2, client_id=client_id, protocol=VERSIONS[version],
            transport="websockets" if websocket else "tcp", clean_session=None if five else clean)
        if websocket:
            self.paho.ws_set_options(path=websocket)
        self.paho.max_inflight_messages_set(window)
        if tls:
            self.paho.tls_set_context(tls)
        if user:
            self.paho.username_pw_set(*user)
        self.paho.on_connect = self._on_connect
        self.paho.on_message = self._on_message
        self.paho.on_subscribe = self._on_subscribe
        options = {}
        if five:
            options["clean_start"] = paho.MQTT_CLEAN_START_FIRST_ONLY if clean else False
            if session_expiry is not None:
                options["properties"] = Properties(PacketTypes.CONNECT)
                options["properties"].SessionExpiryInterval = session_expiry
        self.paho.connect(HOST, port, keepalive=30, **options)
        self.paho.loop_start()
        self._wait(lambda: self._connack is not None, "CONNACK")
        assert not self._connack.is_failure, f"refused: {self._connack}"

    def __enter__(self) -> "MqttClient":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        self.paho.disconnect()
        self.paho.loop_stop()

    def subscribe(self, topic_filter: str, qos: int = 1) -> None:
        result, packet_id = self.paho.subscribe(topic_filter, qos)
        assert result == paho.MQTT_ERR_SUCCESS, paho.error_string(result)
        self._wait(lambda: packet_id in self._answers, "SUBACK")
        assert not any(code.is_failure for code in self._answers[packet_id]), f"refused: {self._answers[packet_id]}"

    def publish(self, topic: str, payload: bytes | str, qos: int = 1, retain: bool = False,
                properties: Properties | None = None, within: float = 30) -> None:
        """Returns when the server has acknowledged; at QoS 0 when the bytes are on their way."""
        sent = self.paho.publish(topic, payload, qos, retain, properties)
        sent.wait_for_publish(within)
        assert sent.is_published(), f"no acknowledgement for {topic} within {within:g} s"

    def _wait(self, condition, what: str) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, 30), f"no {what} within 30 s"

    def _on_connect(self, client, userdata, flags, reason, properties) -> None:
        with self._changed:
            self._connack, self.session_present = reason, flags.session_present
            self._changed.notify_all()

    def _on_subscribe(self, client, userdata, packet_id, codes, properties) -> None:
        with self._changed:
            self._answers[packet_id] = codes
            self._changed.notify_all()

    def _on_message(self, client, userdata, message) -> None:
        headers = dict(getattr(message.properties, "UserProperty", []) if message.properties else [])
        if message.properties and hasattr(message.properties, "ContentType"):
            headers["content-type"] = message.properties.ContentType
        self.inbox.put(Received(message.topic, bytes(message.payload), bool(message.retain), headers))

"""What a route passed on already is left out, within a window that survives the gateway."""

from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tests.support.clients import MqttClient
from tests.support.gateway import three_listeners


def config(folder) -> str:
    return three_listeners(f"""
[gateway]
data_dir = "{folder}"
[[routes]]
name = "once"
from = "bus:in/{{rest...}}"
to = "bus:out/{{rest...}}"
dedupe = {{ by = "message-id", window = "1h" }}
""")


def publish(client, message_id: str, payload: str) -> None:
    properties = Properties(PacketTypes.PUBLISH)
    properties.UserProperty = ("message-id", message_id)
    client.paho.publish("in/x", payload, qos=1, properties=properties).wait_for_publish(20)


def test_a_repeat_is_left_out_after_kill_9_too(gateway_with, tmp_path):
    gateway = gateway_with(config(tmp_path / "data"))
    with MqttClient(gateway.port("mqtt")) as client:
        client.subscribe("out/#")
        publish(client, "1", "first")
        publish(client, "1", "again")
        publish(client, "2", "other")
        client.inbox.wait_for("out/x", "other")
        assert client.inbox.payloads() == [b"first", b"other"]
        assert gateway.metrics()['rialto_route_dropped_total{route="once",reason="duplicate"}'] == 1
    gateway.kill()
    gateway.start()
    with MqttClient(gateway.port("mqtt")) as client:
        client.subscribe("out/#")
        publish(client, "2", "after the restart")
        publish(client, "3", "new")
        client.inbox.wait_for("out/x", "new")
        assert client.inbox.payloads() == [b"new"]

"""With no route configured, what any client publishes is seen by the clients of every other protocol."""

import pytest

from tests.support.clients import LiveSocket, MqttClient, StompClient, mosquitto_pub, mosquitto_sub


def publish_mqtt(gateway, topic, payload):
    with MqttClient(gateway.port("mqtt")) as client:
        client.publish(topic, payload)


def publish_mosquitto(gateway, topic, payload):
    mosquitto_pub(gateway.port("mqtt"), topic, payload, "-q", "1")


def publish_stomp(gateway, topic, payload):
    with StompClient(gateway.port("stomp")) as client:
        client.publish(f"/topic/{topic}", payload)


def publish_live(gateway, topic, payload):
    with LiveSocket(gateway.port("web")) as client:
        client.publish(topic, text=payload)


@pytest.mark.parametrize("publish", [publish_mqtt, publish_mosquitto, publish_stomp, publish_live])
def test_one_publish_reaches_the_clients_of_every_protocol(gateway, publish):
    topic, payload = f"plant/{publish.__name__}/speed", "twelve µ/s"
    with (MqttClient(gateway.port("mqtt"), version="5") as mqtt5, MqttClient(gateway.port("mqtt"), version="3.1.1") as mqtt3,
          StompClient(gateway.port("stomp")) as stomp, LiveSocket(gateway.port("web")) as live,
          mosquitto_sub(gateway.port("mqtt"), "plant/#", "-q", "1") as printed):
        mqtt5.subscribe("plant/+/speed")
        mqtt3.subscribe("plant/#")
        stomp.subscribe("/topic/plant/*/speed")
        live.subscribe("plant/+/speed")

        publish(gateway, topic, payload)

        for inbox in (mqtt5.inbox, mqtt3.inbox, live.inbox, printed):
            inbox.wait_for(topic, payload)
        assert stomp.inbox.wait_for_count(1)[0].payload == payload.encode()
        for inbox in (mqtt5.inbox, mqtt3.inbox, stomp.inbox, live.inbox, printed):
            assert len(inbox.settle(0.2)) == 1, "each subscriber has it once"


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
def test_every_version_of_stomp_joins_in(gateway, version):
    with StompClient(gateway.port("stomp"), version) as stomp, MqttClient(gateway.port("mqtt")) as mqtt:
        stomp.subscribe(f"/topic/down/v{version.replace('.', '')}")
        mqtt.subscribe("up/#")
        mqtt.publish(f"down/v{version.replace('.', '')}", "to stomp")
        stomp.publish(f"/topic/up/v{version.replace('.', '')}", "from stomp")
        assert stomp.inbox.wait_for_count(1)[0].payload == b"to stomp"
        assert mqtt.inbox.wait_for_count(1)[0].payload == b"from stomp"


@pytest.mark.parametrize("version", ["3.1", "3.1.1", "5"])
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_every_version_and_quality_of_mqtt_joins_in(gateway, version, qos):
    topic = f"versions/{version}/{qos}"
    with MqttClient(gateway.port("mqtt"), version) as publisher, MqttClient(gateway.port("mqtt"), version) as subscriber:
        subscriber.subscribe(topic, qos)
        for number in range(50):
            publisher.publish(topic, str(number), qos)
        assert [int(m.payload) for m in subscriber.inbox.wait_for_count(50)] == list(range(50))
        assert len(subscriber.inbox.settle(0.2)) == 50


def test_a_payload_of_every_byte_crosses_unchanged(gateway):
    payload = bytes(range(256)) * 40
    with (MqttClient(gateway.port("mqtt")) as mqtt, StompClient(gateway.port("stomp")) as stomp,
          LiveSocket(gateway.port("web")) as live):
        mqtt.subscribe("binary/#")
        stomp.subscribe("/topic/binary/x")
        live.subscribe("binary/#")
        with MqttClient(gateway.port("mqtt")) as publisher:
            publisher.publish("binary/x", payload)
        for inbox in (mqtt.inbox, stomp.inbox, live.inbox):
            assert inbox.wait_for_count(1)[0].payload == payload
        stomp.publish("/topic/binary/y", payload)
        mqtt.inbox.wait_for("binary/y", payload)


def test_json_reaches_the_browser_as_json(gateway):
    with MqttClient(gateway.port("mqtt")) as mqtt, LiveSocket(gateway.port("web")) as live:
        live.subscribe("json/#")
        mqtt.subscribe("json/#")
        mqtt.publish("json/a", '{"c":21.5}')
        live.inbox.wait_for("json/a", '{"c":21.5}')
        live.publish("json/b", {"on": True})
        mqtt.inbox.wait_for("json/b", '{"on":true}')  # byte for byte as the client sent it


def test_a_retained_message_meets_who_comes_later(gateway):
    with MqttClient(gateway.port("mqtt")) as mqtt:
        mqtt.publish("kept/x", "last", retain=True)
    with (LiveSocket(gateway.port("web")) as live, MqttClient(gateway.port("mqtt"), "3.1.1") as late,
          StompClient(gateway.port("stomp")) as stomp):
        live.subscribe("kept/#", **{"from": "last"})
        late.subscribe("kept/#")
        stomp.subscribe("/topic/kept/x")
        assert live.inbox.wait_for("kept/x", "last").retained
        assert late.inbox.wait_for("kept/x", "last").retained
        assert stomp.inbox.wait_for_count(1)[0].payload == b"last"


def test_user_properties_cross_as_headers(gateway):
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.properties import Properties
    properties = Properties(PacketTypes.PUBLISH)
    properties.UserProperty = [("colour", "green: äöü")]
    properties.ContentType = "text/plain"
    with (MqttClient(gateway.port("mqtt")) as mqtt, StompClient(gateway.port("stomp")) as stomp,
          LiveSocket(gateway.port("web")) as live):
        stomp.subscribe("/topic/props/#")
        live.subscribe("props/#")
        mqtt.publish("props/x", "p", properties=properties)
        for inbox in (stomp.inbox, live.inbox):
            headers = inbox.wait_for_count(1)[0].headers
            assert headers["colour"] == "green: äöü"
            assert headers["content-type"] == "text/plain"
        mqtt.subscribe("props/#")
        stomp.publish("/topic/props/y", "p", content_type="text/plain", colour="blue\\n:")
        received = mqtt.inbox.wait_for("props/y", "p")
        assert received.headers == {"colour": "blue\\n:", "content-type": "text/plain"}


def test_ten_thousand_messages_keep_their_order_across_protocols(gateway):
    count = 10_000
    with (MqttClient(gateway.port("mqtt"), window=500) as publisher, MqttClient(gateway.port("mqtt")) as mqtt,
          StompClient(gateway.port("stomp")) as stomp, LiveSocket(gateway.port("web")) as live):
        mqtt.subscribe("order/x")
        stomp.subscribe("/topic/order/x")
        live.subscribe("order/x", policy="close")
        for number in range(count - 1):
            publisher.paho.publish("order/x", str(number), qos=1)
        publisher.publish("order/x", str(count - 1), within=60)
        for inbox in (mqtt.inbox, stomp.inbox, live.inbox):
            assert [int(m.payload) for m in inbox.wait_for_count(count, within=60)] == list(range(count))

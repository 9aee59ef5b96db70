"""A backend of type MQTT against a real mosquitto, both ways."""

import pytest

from tests.support.brokers import Mosquitto
from tests.support.clients import LiveSocket, MqttClient, StompClient, mosquitto_pub, mosquitto_sub
from tests.support.gateway import three_listeners

BOTH_WAYS = """
[[routes]]
name = "out"
from = "bus:out/{rest...}"
to = "plant:from-gateway/{rest...}"

[[routes]]
name = "in"
from = "plant:to-gateway/{rest...}"
to = "bus:in/{rest...}"
"""


def bridged(gateway_with, url, options="", routes=BOTH_WAYS, **environment):
    return gateway_with(three_listeners(f'[backends.plant]\nurl = "{url}"\n{options}\n{routes}'), **environment)


def wait_for_route(gateway, port, topic, seen_at, options=()):
    """Publishes at the remote broker until the gateway's subscription there is in force."""
    with MqttClient(gateway.port("mqtt")) as probe:
        probe.subscribe(seen_at)
        def arrived() -> bool:
            mosquitto_pub(port, topic, "probe", *options)
            probe.inbox.settle(0.05)
            return bool(probe.inbox.all())
        gateway.server.wait_until(arrived, f"bringing {topic} to {seen_at}", 20)


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_messages_of_each_quality_pass_both_ways(gateway_with, mosquitto, qos):
    gateway = bridged(gateway_with, mosquitto.url, "qos = 2")
    wait_for_route(gateway, mosquitto.port, "to-gateway/probe", "in/probe")
    with MqttClient(mosquitto.port) as remote, MqttClient(gateway.port("mqtt")) as local:
        remote.subscribe("from-gateway/#", qos)
        local.subscribe("in/#", qos)
        for number in range(200):
            local.publish("out/a/b", str(number), qos)
            remote.publish("to-gateway/c/d", str(number), qos)
        assert [int(m.payload) for m in remote.inbox.wait_for_count(200)] == list(range(200))
        arrived = [m for m in local.inbox.wait_for_count(200) if m.topic == "in/c/d"]
        assert [int(m.payload) for m in arrived] == list(range(200))
        assert len(remote.inbox.settle(0.3)) == 200 and len(local.inbox.settle(0.3)) == 200
        assert remote.inbox.all()[0].topic == "from-gateway/a/b"


def test_every_protocol_reaches_the_remote_broker_by_the_route(gateway_with, mosquitto):
    gateway = bridged(gateway_with, mosquitto.url)
    wait_for_route(gateway, mosquitto.port, "to-gateway/probe", "in/probe")
    with (mosquitto_sub(mosquitto.port, "from-gateway/#") as remote, StompClient(gateway.port("stomp")) as stomp,
          LiveSocket(gateway.port("web")) as live):
        stomp.subscribe("/topic/in/x")
        live.subscribe("in/x")
        stomp.publish("/topic/out/stomp", "1")
        live.publish("out/live", text="2")
        remote.wait_for("from-gateway/stomp", "1")
        remote.wait_for("from-gateway/live", "2")
        mosquitto_pub(mosquitto.port, "to-gateway/x", "3")
        assert stomp.inbox.wait_for_count(1)[0].payload == b"3"
        live.inbox.wait_for("in/x", "3")


def test_a_retained_message_stays_one_on_both_sides(gateway_with, mosquitto):
    mosquitto_pub(mosquitto.port, "to-gateway/kept", "remote", "-r")
    gateway = bridged(gateway_with, mosquitto.url)
    with MqttClient(gateway.port("mqtt")) as local:
        local.publish("out/kept", "local", retain=True)
        local.subscribe("in/#")
        local.inbox.wait_for("in/kept", "remote")
    with MqttClient(gateway.port("mqtt")) as late:
        late.subscribe("in/#")
        assert late.inbox.wait_for("in/kept", "remote").retained
    with MqttClient(mosquitto.port) as late:
        late.subscribe("from-gateway/#")
        assert late.inbox.wait_for("from-gateway/kept", "local").retained


def test_the_same_topics_routed_both_ways_come_back_to_nobody(gateway_with, mosquitto):
    mirror = """
[[routes]]
name = "out"
from = "bus:shared/#"
to = "plant:{topic}"
[[routes]]
name = "in"
from = "plant:shared/#"
to = "bus:{topic}"
"""
    gateway = bridged(gateway_with, mosquitto.url, routes=mirror)
    wait_for_route(gateway, mosquitto.port, "shared/probe", "shared/probe")
    with MqttClient(mosquitto.port) as remote, MqttClient(gateway.port("mqtt")) as local:
        remote.subscribe("shared/x")
        local.subscribe("shared/x")
        local.publish("shared/x", "from here")
        remote.inbox.wait_for("shared/x", "from here")
        remote.publish("shared/x", "from there")
        local.inbox.wait_for("shared/x", "from there")
        for inbox in (remote.inbox, local.inbox):
            assert sorted(m.payload for m in inbox.settle(0.5)) == [b"from here", b"from there"]


def test_user_properties_pass_to_the_remote_broker_and_back(gateway_with, mosquitto):
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.properties import Properties
    properties = Properties(PacketTypes.PUBLISH)
    properties.UserProperty = [("colour", "green"), ("size", "12")]
    properties.ContentType = "text/plain"
    gateway = bridged(gateway_with, mosquitto.url)
    wait_for_route(gateway, mosquitto.port, "to-gateway/probe", "in/probe")
    with MqttClient(mosquitto.port) as remote, MqttClient(gateway.port("mqtt")) as local:
        remote.subscribe("from-gateway/#")
        local.subscribe("in/x")
        local.publish("out/x", "p", properties=properties)
        remote.publish("to-gateway/x", "p", properties=properties)
        for inbox in (remote.inbox, local.inbox):
            headers = inbox.wait_for_count(1)[0].headers
            assert (headers["colour"], headers["size"], headers["content-type"]) == ("green", "12", "text/plain")


def test_tls_and_a_password_from_the_environment(gateway_with, certificates, tmp_path):
    with Mosquitto(tmp_path / "secure", certificates, users={"rialto": "s3cret"}) as broker:
        gateway = bridged(gateway_with, f"mqtts://rialto:${{PLANT_PASSWORD}}@localhost:{broker.tls_port}",
                          f'tls = {{ ca = "{certificates.ca}" }}', environment={"PLANT_PASSWORD": "s3cret"})
        with (MqttClient(broker.port, user=("rialto", "s3cret")) as remote, MqttClient(gateway.port("mqtt")) as local):
            remote.subscribe("from-gateway/#")
            local.publish("out/x", "safe", within=20)
            remote.inbox.wait_for("from-gateway/x", "safe")
        assert "s3cret" not in gateway.log()


def test_a_certificate_of_a_stranger_is_not_trusted(gateway_with, certificates, tmp_path):
    with Mosquitto(tmp_path / "stranger", certificates) as broker:
        gateway = bridged(gateway_with, f"mqtts://localhost:{broker.tls_port}")
        gateway.wait_for_log("certificate")
        with MqttClient(gateway.port("mqtt")) as local:
            local.publish("elsewhere/x", "the gateway goes on")


def test_a_remote_broker_that_comes_late_is_found(gateway_with, tmp_path):
    broker = Mosquitto(tmp_path / "late")
    gateway = bridged(gateway_with, broker.url)
    with MqttClient(gateway.port("mqtt")) as local:
        for number in range(100):
            local.paho.publish("out/x", str(number), qos=1)
        with broker, MqttClient(broker.port) as remote:
            remote.subscribe("from-gateway/#")
            assert [int(m.payload) for m in remote.inbox.wait_for_count(100, within=30)] == list(range(100))

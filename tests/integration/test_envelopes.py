"""What travels beside the payload, over transports that have no headers."""

import base64
import json

import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tests.integration.test_redis_backend import MIRROR, bridged, wait_for_route
from tests.support.clients import MqttClient, RedisClient
from tests.support.gateway import three_listeners

BINARY = bytes(range(256))


def some_properties() -> Properties:
    properties = Properties(PacketTypes.PUBLISH)
    properties.ContentType = "text/plain"
    properties.UserProperty = [("colour", "red"), ("size", "7"), ("colour", "blue")]
    return properties


def user_properties(message) -> list[tuple[str, str]]:
    """Without the gateway's own trace."""
    return [pair for pair in message.properties.UserProperty if pair[0] != "rialto-via"]


class Watching(MqttClient):
    """Keeps whole messages."""

    def __init__(self, port: int):
        super().__init__(port)
        self.messages = []

    def _on_message(self, client, userdata, message) -> None:
        self.messages.append(message)
        super()._on_message(client, userdata, message)


def test_redis_sees_a_json_object_and_a_script_can_send_one(gateway_with, redis):
    gateway = bridged(gateway_with, redis.url, 'envelope = "json"')
    wait_for_route(gateway, redis)
    with RedisClient(redis.client()) as far, Watching(gateway.port("mqtt")) as near:
        far.subscribe("room/*")
        near.subscribe("room/#")
        near.publish("room/1", '{"c":21.5}', properties=some_properties())
        near.publish("room/1", BINARY)
        first, second = (json.loads(message.payload) for message in far.inbox.wait_for_count(2))
        assert first["rialto"] == 1 and first["topic"] == "room/1" and first["data"] == {"c": 21.5}
        headers = [pair for pair in first["headers"] if pair[0] != "rialto-via"]
        assert headers == [["content-type", "text/plain"], ["colour", "red"], ["size", "7"], ["colour", "blue"]]
        assert base64.b64decode(second["b64"]) == BINARY

        far.publish("room/2", json.dumps({"rialto": 1, "headers": {"content-type": "text/css", "colour": ["red", "blue"]},
                                          "text": "from a script"}))
        message = near.inbox.wait_for("room/2", "from a script")
        assert message.headers["content-type"] == "text/css"
        assert user_properties(near.messages[-1]) == [("colour", "red"), ("colour", "blue")]
        far.publish("room/3", "no envelope at all")
        near.inbox.wait_for("room/3", "no envelope at all")
        assert len(near.inbox.settle(0.3)) == 4, "no echo came back"


@pytest.mark.parametrize("envelope", ["json", "frame"])
def test_nothing_is_lost_between_two_gateways_over_redis(gateway_with, redis, envelope):
    one, two = (gateway_with(three_listeners(f'[gateway]\nname = "{name}"\n[backends.cache]\nurl = "{redis.url}"\n'
                                             f'envelope = "{envelope}"\n{MIRROR}')) for name in ("one", "two"))
    for gateway in (one, two):
        gateway.wait_for_log("backend reading")
    with MqttClient(one.port("mqtt")) as sender, Watching(two.port("mqtt")) as reader:
        reader.subscribe("room/#")
        sender.publish("room/a", BINARY, properties=some_properties())
        assert reader.inbox.wait_for_count(1)[0].payload == BINARY
        assert reader.messages[0].properties.ContentType == "text/plain"
        assert user_properties(reader.messages[0]) == some_properties().UserProperty
        assert len(reader.inbox.settle(0.5)) == 1


def test_a_cloud_event_names_its_source_and_subject(gateway_with, redis):
    gateway = bridged(gateway_with, redis.url, 'envelope = "cloudevents"')
    wait_for_route(gateway, redis)
    with RedisClient(redis.client()) as far, MqttClient(gateway.port("mqtt")) as near:
        far.subscribe("room/*")
        near.subscribe("room/#")
        near.publish("room/1", "hello", properties=some_properties())
        event = json.loads(far.inbox.wait_for_count(1)[0].payload)
        assert event["specversion"] == "1.0" and event["subject"] == "room/1" and event["type"] and event["id"] and event["source"]
        assert event["data"] == "hello" and event["datacontenttype"] == "text/plain" and event["size"] == "7"
        far.publish("room/2", json.dumps({"specversion": "1.0", "id": "1", "source": "/x", "type": "t", "data": [1]}))
        assert near.inbox.wait_for("room/2", "[1]").headers["type"] == "t"


def test_what_is_lost_without_an_envelope_is_counted(gateway_with, redis):
    gateway = bridged(gateway_with, redis.url)
    wait_for_route(gateway, redis)
    with RedisClient(redis.client()) as far, MqttClient(gateway.port("mqtt")) as near:
        far.subscribe("room/*")
        near.publish("room/1", "x", properties=some_properties())
        near.publish("room/1", "y")
        far.inbox.wait_for_count(2)
    lost = {name.split('field="')[1].split('"')[0]: value for name, value in gateway.metrics().items()
            if name.startswith("rialto_field_lost_total{")}
    assert lost == {"content-type": 1, "headers": 1}


def test_an_answer_comes_back_through_another_broker(gateway_with, mosquitto):
    """The asker is a client of the gateway, the answerer one of mosquitto, and neither knows the other's topics."""
    gateway = gateway_with(three_listeners(f"""
[backends.plant]
url = "{mosquitto.url}"

[[routes]]
from = "bus:ask/#"
to = "plant:work/{{1}}"
replies = true
"""))
    with Watching(gateway.port("mqtt")) as asker, Watching(mosquitto.port) as answerer:
        answerer.subscribe("work/#")
        asker.subscribe("answers/#")
        gateway.wait_for_log("backend reading")
        request = Properties(PacketTypes.PUBLISH)
        request.ResponseTopic, request.CorrelationData = "answers/mine", b"\x00\x01"
        asker.publish("ask/sum", "1+1", properties=request)
        answerer.inbox.wait_for("work/sum", "1+1")
        asked = answerer.messages[0].properties
        assert asked.ResponseTopic.startswith("rialto/reply/"), "an address of the gateway's at the broker"
        answer = Properties(PacketTypes.PUBLISH)
        answer.CorrelationData = asked.CorrelationData
        for text in ("2", "indeed"):
            answerer.publish(asked.ResponseTopic, text, properties=answer)
        assert [m.payload for m in asker.inbox.wait_for_count(2)] == [b"2", b"indeed"]
        assert asker.messages[0].topic == "answers/mine" and asker.messages[0].properties.CorrelationData == b"\x00\x01"
        answerer.publish("rialto/reply/somebody/0123", "a guess")
        assert len(asker.inbox.settle(0.3)) == 2

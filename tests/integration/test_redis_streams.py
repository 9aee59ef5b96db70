"""A backend of type Redis Streams against a real redis-server."""

import subprocess
import threading

import redis as redis_py
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tests.support.brokers import Mosquitto
from tests.support.clients import MqttClient
from tests.support.gateway import BINARY, three_listeners

MIRROR = """
[[routes]]
name = "to-streams"
from = "bus:room/{rest...}"
to = "log:room/{rest...}"

[[routes]]
name = "from-streams"
from = "log:room/{rest...}"
to = "bus:room/{rest...}"
"""

TO_PLANT = """
[[routes]]
name = "to-plant"
from = "log:room/{rest...}"
to = "plant:room/{rest...}"
"""


def streams(redis) -> str:
    return redis.url.replace("redis://", "redis+stream://")


def backend(redis, name: str = "log", options: str = "") -> str:
    return f'[backends.{name}]\nurl = "{streams(redis)}"\nscan_interval = "100ms"\n{options}\n'


def plant(mosquitto) -> str:
    return f'[backends.plant]\nurl = "{mosquitto.url}"\n'


def config(*parts: str, name: str = "gw") -> str:
    return f'[gateway]\nname = "{name}"\n' + three_listeners("\n".join(parts))


def pending(client, key: str, group: str = "gw") -> int:
    try:
        return client.xpending(key, group)["pending"]
    except redis_py.ResponseError:
        return -1


def wait_until(gateway, condition, what: str, within: float = 20) -> None:
    gateway.server.wait_until(condition, what, within)


def wait_until_read(gateway, client, key: str, group: str = "gw") -> None:
    """Until the gateway's group is at the stream."""
    wait_until(gateway, lambda: pending(client, key, group) >= 0, f"joining the group at {key}")


def messages_of(mqtt: MqttClient) -> list:
    """Whole messages as paho has them, beside what the inbox keeps."""
    kept, take = [], mqtt.paho.on_message

    def on_message(client, userdata, message):
        kept.append(message)
        take(client, userdata, message)
    mqtt.paho.on_message = on_message
    return kept


def test_every_field_goes_into_the_stream_and_comes_back(gateway_with, redis):
    gateway = gateway_with(config(backend(redis), backend(redis, "again"), """
[[routes]]
name = "there"
from = "bus:in/{x}"
to = "log:far/{x}"
[[routes]]
name = "back"
from = "again:far/{x}"
to = "bus:back/{x}"
"""))
    properties = Properties(PacketTypes.PUBLISH)
    properties.ContentType = "text/plain"
    properties.CorrelationData = b"\xff\x00id"
    properties.ResponseTopic = "back/answers"
    properties.PayloadFormatIndicator = 1
    properties.MessageExpiryInterval = 600
    properties.UserProperty = [("b", "1"), ("a", "ü"), ("b", "2"), ("key", "k7"), ("priority", "7"),
                               ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
    with redis.client() as client, MqttClient(gateway.port("mqtt")) as mqtt:
        kept = messages_of(mqtt)
        mqtt.subscribe("back/#")
        mqtt.publish("in/1", "grüße", retain=True, properties=properties)
        mqtt.inbox.wait_for("back/1", "grüße")
        fields = client.xrange("far/1")[0][1]
        assert int(fields.pop(b"expires")) > 1_700_000_000_000
        assert fields == {
            b"body": "grüße".encode(), b"retain": b"true", b"rialto-body": b"text", b"content-type": b"text/plain",
            b"correlation-id": b"\xff\x00id", b"reply-to": b"back/answers", b"key": b"k7", b"priority": b"7",
            b"traceparent": b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", b"rialto-via": b"gw/there",
            b"h:b": b"2", b"h:a": "ü".encode()}      # redis-py makes a dict of them: of a repeat the last
        came = kept[0].properties
        assert (came.ContentType, came.CorrelationData, came.ResponseTopic) == ("text/plain", b"\xff\x00id", "back/answers")
        assert came.PayloadFormatIndicator == 1 and 590 <= came.MessageExpiryInterval <= 600
        users = [user for user in came.UserProperty if user[0] != "rialto-via"]
        assert [user for user in users if user[0] in "ab"] == [("b", "1"), ("a", "ü"), ("b", "2")]
        assert sorted(users) == sorted(properties.UserProperty)


def test_both_ways_at_once_each_message_is_seen_once_and_in_order(gateway_with, redis):
    gateway = gateway_with(config(backend(redis), MIRROR))
    with redis.client() as client, MqttClient(gateway.port("mqtt"), window=500) as mqtt:
        mqtt.subscribe("room/#")
        gateway.wait_for_backend("log")
        for number in range(2000):
            mqtt.paho.publish("room/out", str(number), qos=1)
            client.xadd("room/in", {"body": str(number)})
        mqtt.inbox.wait_for_count(4000, within=60)
        arrived = mqtt.inbox.settle(0.5)
        assert len(arrived) == 4000, "no echo, no loop"
        for topic in ("room/in", "room/out"):
            assert [int(m.payload) for m in arrived if m.topic == topic] == list(range(2000))
        assert [int(entry[b"body"]) for _, entry in client.xrange("room/out")] == list(range(2000))
        assert client.xlen("room/in") == 2000
        wait_until(gateway, lambda: pending(client, "room/in") == 0, "acknowledging")
        assert pending(client, "room/out") == 0, "our own are acknowledged too"


def test_a_message_comes_again_after_kill_9_until_its_target_has_it(gateway_with, redis, tmp_path):
    target = Mosquitto(tmp_path / "plant")
    gateway = gateway_with(config(backend(redis), plant(target), TO_PLANT, MIRROR))
    with redis.client() as client:
        gateway.server.wait_until(lambda: "backend reading" in gateway.log(), "reading")
        for number in range(300):
            client.xadd("room/a", {"body": str(number)})
        wait_until(gateway, lambda: pending(client, "room/a") == 300, "reading")
        gateway.kill()
        assert pending(client, "room/a") == 300
        client.xadd("room/a", {"body": "300"})
        with target, MqttClient(target.port) as far:
            far.subscribe("room/#")
            gateway.start()
            far.inbox.wait_for_count(301, within=30)
            assert [int(m.payload) for m in far.inbox.settle(0.5)] == list(range(301))
            wait_until(gateway, lambda: pending(client, "room/a") == 0, "acknowledging")


def test_kill_9_under_load_loses_nothing(gateway_with, redis, mosquitto):
    gateway = gateway_with(config(backend(redis), plant(mosquitto), TO_PLANT))
    total = 6000
    with redis.client() as client, MqttClient(mosquitto.port) as far:
        far.subscribe("room/#")
        gateway.wait_for_backend("log")
        client.xadd("room/a", {"body": "0"})
        far.inbox.wait_for_count(1)

        def produce():
            with redis.client() as producer:
                for number in range(1, total):
                    producer.xadd("room/a", {"body": str(number)})
        producing = threading.Thread(target=produce)
        producing.start()
        for seen in (500, 2000, 4000):
            far.inbox.wait_for_count(seen, within=60)
            gateway.kill()
            gateway.start()
        producing.join()
        gateway.server.wait_until(lambda: len({m.payload for m in far.inbox.all()}) == total, "all arriving", 60)
        numbers = [int(m.payload) for m in far.inbox.settle(0.5)]
        first = list(dict.fromkeys(numbers))
        assert first == list(range(total)), "in order, when they come for the first time"
        assert len(numbers) - total < 3 * 2048, "and no more again than were on their way"
        wait_until(gateway, lambda: pending(client, "room/a") == 0, "acknowledging")


def test_a_redis_that_goes_and_comes_loses_nothing(gateway_with, redis, mosquitto):
    gateway = gateway_with(config(backend(redis), plant(mosquitto), TO_PLANT))
    with MqttClient(mosquitto.port) as far:
        far.subscribe("room/#")
        gateway.wait_for_backend("log")
        for round_ in range(2):
            with redis.client() as client:
                client.xadd("room/a", {"body": str(round_)})
            far.inbox.wait_for("room/a", str(round_))
            redis.server.pause()
            redis.resume()
            with redis.client() as client:
                for other in client.client_list():
                    if int(other["id"]) != client.client_id():
                        client.client_kill_filter(_id=other["id"])
            gateway.wait_for_backend("log", up=True)
        with redis.client() as client:
            client.xadd("room/a", {"body": "last"})
        far.inbox.wait_for("room/a", "last", within=20)


def test_what_a_dead_consumer_left_is_taken_over(gateway_with, redis, mosquitto):
    with redis.client() as client, MqttClient(mosquitto.port) as far:
        far.subscribe("room/#")
        client.xgroup_create("room/a", "gw", "0", mkstream=True)
        for number in range(250):
            client.xadd("room/a", {"body": str(number)})
        assert len(client.xreadgroup("gw", "dead", {"room/a": ">"}, count=1000)[0][1]) == 250
        gateway = gateway_with(config(backend(redis, options='claim_idle = "600ms"'), plant(mosquitto), TO_PLANT))
        far.inbox.wait_for_count(250, within=30)
        assert [int(m.payload) for m in far.inbox.settle(1)] == list(range(250))
        wait_until(gateway, lambda: pending(client, "room/a") == 0, "acknowledging")
        assert gateway.metrics()['rialto_backend_claimed_total{backend="log"}'] == 250


def test_what_a_living_consumer_holds_is_left_to_it(gateway_with, redis, tmp_path):
    target = Mosquitto(tmp_path / "nowhere")
    options = 'claim_idle = "900ms"\ngroup = "shared"'
    holder = gateway_with(config(backend(redis, options=options), plant(target), TO_PLANT, name="a"))
    with redis.client() as client:
        client.xadd("room/a", {"body": "1"})
        holder.wait_for_log("part=sink")
        wait_until_read(holder, client, "room/a", "shared")
        client.xadd("room/a", {"body": "2"})
        wait_until(holder, lambda: pending(client, "room/a", "shared") >= 1, "reading")
        other = gateway_with(config(backend(redis, options=options), MIRROR, name="b"))
        other.wait_for_backend("log")
        with MqttClient(other.port("mqtt")) as mqtt:
            mqtt.subscribe("room/#")
            assert mqtt.inbox.settle(3) == []
        owners = {entry["consumer"] for entry in client.xpending_range("room/a", "shared", "-", "+", 10)}
        assert owners == {b"a/log"}


def test_streams_that_come_into_being_later_are_read_from_their_beginning(gateway_with, redis):
    gateway = gateway_with(config(backend(redis), MIRROR))
    with redis.client() as client, MqttClient(gateway.port("mqtt")) as mqtt:
        mqtt.subscribe("room/#")
        gateway.wait_for_backend("log")
        client.set("room/no-stream", "x")
        client.xadd("other/a", {"body": "unwanted"})
        for key in ("room/a", "room/b/c", "room"):
            for number in range(3):
                client.xadd(key, {"body": str(number)})
        mqtt.inbox.wait_for_count(9)
        arrived = mqtt.inbox.settle(0.5)
        assert len(arrived) == 9
        for key in ("room/a", "room/b/c", "room"):
            assert [m.payload for m in arrived if m.topic == key] == [b"0", b"1", b"2"]


def test_streams_that_were_there_before_are_read_from_now_on(gateway_with, redis):
    with redis.client() as client:
        client.xadd("room/a", {"body": "old"})
        gateway = gateway_with(config(backend(redis), MIRROR))
        with MqttClient(gateway.port("mqtt")) as mqtt:
            mqtt.subscribe("room/#")
            gateway.wait_for_backend("log")
            client.xadd("room/a", {"body": "new"})
            mqtt.inbox.wait_for("room/a", "new")
            assert len(mqtt.inbox.settle(0.3)) == 1


def test_what_came_while_the_gateway_was_away_arrives_in_new_streams_too(gateway_with, redis, mosquitto):
    with redis.client() as client, MqttClient(mosquitto.port) as far:
        far.subscribe("room/#")
        client.xadd("room/old", {"body": "before"})
        gateway = gateway_with(config(backend(redis), plant(mosquitto), TO_PLANT))
        gateway.wait_for_backend("log")
        client.xadd("room/old", {"body": "1"})
        far.inbox.wait_for("room/old", "1")
        gateway.kill()
        client.xadd("room/old", {"body": "2"})
        client.xadd("room/new", {"body": "3"})
        gateway.start()
        far.inbox.wait_for("room/old", "2")
        far.inbox.wait_for("room/new", "3")
        assert b"before" not in far.inbox.payloads()


def test_a_stream_that_was_deleted_is_read_again_when_it_is_back(gateway_with, redis):
    gateway = gateway_with(config(backend(redis), """
[[routes]]
from = ["log:room/{x}", "log:by-name"]
to = "bus:got/{topic}"
"""))
    with redis.client() as client, MqttClient(gateway.port("mqtt")) as mqtt:
        mqtt.subscribe("got/#")
        gateway.wait_for_backend("log")
        for round_ in range(2):
            for key in ("room/a", "by-name"):
                client.xadd(key, {"body": str(round_)})
                mqtt.inbox.wait_for(f"got/{key}", str(round_))
            client.delete("room/a", "by-name")
        assert "not reached" not in gateway.log()


def test_streams_keep_about_as_much_as_they_may(gateway_with, redis):
    gateway = gateway_with(config(backend(redis, options="max_length = 200"), backend(redis, "aged", 'max_age = "1h"'), """
[[routes]]
from = "bus:in/{x}"
to = ["log:long/{x}", "aged:aged/{x}"]
"""))
    with redis.client() as client, MqttClient(gateway.port("mqtt"), window=500) as mqtt:
        client.xadd("aged/1", {"body": "of 1970"}, id="1-1")
        for _ in range(300):
            client.xadd("aged/1", {"body": "of 1970"}, id="1-*")
        for number in range(1000):
            mqtt.paho.publish("in/1", str(number), qos=1)
        mqtt.publish("in/1", "last")
        assert 200 <= client.xlen("long/1") < 400
        assert client.xrevrange("long/1", count=1)[0][1] == {b"body": b"last", b"rialto-via": b"gw/route-1"}
        assert len(client.xrange("aged/1", "-", "2-0")) < 301 and client.xlen("aged/1") >= 1001


def test_entries_that_were_trimmed_before_their_time_are_counted(gateway_with, redis, tmp_path):
    target = Mosquitto(tmp_path / "nowhere")
    gateway = gateway_with(config(backend(redis), plant(target), TO_PLANT))
    with redis.client() as client:
        gateway.server.wait_until(lambda: "backend reading" in gateway.log(), "reading")
        for number in range(5):
            client.xadd("room/a", {"body": str(number)})
        wait_until(gateway, lambda: pending(client, "room/a") == 5, "reading")
        gateway.kill()
        client.xtrim("room/a", maxlen=2, approximate=False)
        with target, MqttClient(target.port) as far:
            far.subscribe("room/#")
            gateway.start()
            far.inbox.wait_for_count(2)
            assert far.inbox.payloads() == [b"3", b"4"]
            wait_until(gateway, lambda: pending(client, "room/a") == 0, "acknowledging")
            assert gateway.metrics()['rialto_backend_trimmed_total{backend="log"}'] == 3


def test_one_stream_for_everything_with_the_topic_in_a_field(gateway_with, redis):
    gateway = gateway_with(config(backend(redis, options='stream = "events"'), MIRROR))
    with redis.client() as client, MqttClient(gateway.port("mqtt")) as mqtt:
        mqtt.subscribe("room/#")
        gateway.wait_for_backend("log")
        mqtt.publish("room/out", "1")
        client.xadd("events", {"topic": "other", "body": "unwanted"})
        client.xadd("events", {"topic": "room/+", "body": "no topic"})
        client.xadd("events", {"topic": "room/in", "body": "2"})
        mqtt.inbox.wait_for("room/in", "2")
        assert len(mqtt.inbox.settle(0.3)) == 2
        assert client.xrange("events")[0][1] == {b"topic": b"room/out", b"body": b"1", b"rialto-via": b"gw/to-streams",
                                                 b"rialto-writer": b"gw/log"}
        wait_until(gateway, lambda: pending(client, "events") == 0, "acknowledging what nobody wants too")
        assert gateway.metrics()['rialto_backend_unmappable_total{backend="log"}'] == 1


def test_entries_of_other_programs_are_json(gateway_with, redis):
    gateway = gateway_with(config(backend(redis), MIRROR))
    with redis.client() as client, MqttClient(gateway.port("mqtt")) as mqtt:
        mqtt.subscribe("room/#")
        gateway.wait_for_backend("log")
        client.xadd("room/a", {"temperature": "21.5", "place": "küche"})
        came = mqtt.inbox.wait_for("room/a", '{"temperature":"21.5","place":"küche"}')
        assert came.headers["content-type"] == "application/json"


def test_the_last_retained_payload_is_kept_beside_the_stream(gateway_with, redis):
    gateway = gateway_with(config(backend(redis, options='last_values = "last:"'), MIRROR))
    with redis.client() as client, MqttClient(gateway.port("mqtt")) as mqtt:
        mqtt.publish("room/a", "1", retain=True)
        mqtt.publish("room/a", "2", retain=True)
        mqtt.publish("room/a", "3")
        assert client.get("last:room/a") == b"2"
        mqtt.publish("room/a", "", retain=True)
        assert client.get("last:room/a") is None
        assert client.xlen("room/a") == 4


def test_a_key_that_is_no_stream_is_refused_by_name(gateway_with, redis):
    with redis.client() as client:
        client.set("by-name", "x")
        gateway = gateway_with(config(backend(redis), '[[routes]]\nfrom = "log:by-name"\nto = "bus:got"\n'))
        gateway.wait_for_log("joining the group at 'by-name'")
        client.delete("by-name")
        gateway.wait_for_backend("log")


def test_what_pub_sub_has_not_is_an_error_there(redis, tmp_path):
    file = tmp_path / "wrong.toml"
    file.write_text(f'[backends.cache]\nurl = "{redis.url}"\ngroup = "g"\n[[routes]]\nfrom = "bus:a"\nto = "cache:a"\n')
    checked = subprocess.run([BINARY, "check", file], capture_output=True, text=True, timeout=10)
    assert checked.returncode == 1 and "'group' is for streams" in checked.stderr, checked.stderr

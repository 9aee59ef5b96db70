"""A backend of type Redis pub/sub against a real redis-server, both ways."""

from tests.support.brokers import Redis
from tests.support.clients import LiveSocket, MqttClient, RedisClient, StompClient
from tests.support.gateway import three_listeners

MIRROR = """
[[routes]]
name = "to-redis"
from = "bus:room/{rest...}"
to = "cache:room/{rest...}"

[[routes]]
name = "from-redis"
from = "cache:room/{rest...}"
to = "bus:room/{rest...}"
"""


def bridged(gateway_with, url, options="", routes=MIRROR, **more):
    return gateway_with(three_listeners(f'[backends.cache]\nurl = "{url}"\n{options}\n{routes}'), **more)


def wait_for_route(gateway, redis) -> None:
    """Until the gateway has subscribed at Redis."""
    with redis.client() as client:
        gateway.server.wait_until(lambda: client.pubsub_numpat() + len(client.pubsub_channels()) > 0, "subscribing at Redis")


def test_every_protocol_and_redis_see_each_other_once(gateway_with, redis):
    gateway = bridged(gateway_with, redis.url)
    wait_for_route(gateway, redis)
    with (RedisClient(redis.client()) as far, MqttClient(gateway.port("mqtt")) as mqtt,
          StompClient(gateway.port("stomp")) as stomp, LiveSocket(gateway.port("web")) as live):
        far.subscribe("room/*")
        mqtt.subscribe("room/#")
        stomp.subscribe("/topic/room/#")
        live.subscribe("room/#")
        mqtt.publish("room/1", "from mqtt")
        stomp.publish("/topic/room/2", "from stomp")
        live.publish("room/3", text="from the browser")
        far.publish("room/4", "from redis")
        everything = sorted([b"from mqtt", b"from stomp", b"from the browser", b"from redis"])
        for inbox in (far.inbox, mqtt.inbox, stomp.inbox, live.inbox):
            inbox.wait_for_count(4)
            assert sorted(m.payload for m in inbox.settle(0.5)) == everything, "each once: no echo, no loop"


def test_the_same_payload_twice_is_two_messages(gateway_with, redis):
    gateway = bridged(gateway_with, redis.url)
    wait_for_route(gateway, redis)
    with RedisClient(redis.client()) as far, MqttClient(gateway.port("mqtt")) as mqtt:
        far.subscribe("room/*")
        mqtt.subscribe("room/#")
        for _ in range(2):
            mqtt.publish("room/x", "same")
            far.publish("room/x", "same")
        for inbox in (far.inbox, mqtt.inbox):
            inbox.wait_for_count(4)
            assert len(inbox.settle(0.5)) == 4


def test_order_holds_both_ways(gateway_with, redis):
    gateway = bridged(gateway_with, redis.url)
    wait_for_route(gateway, redis)
    with RedisClient(redis.client()) as far, MqttClient(gateway.port("mqtt")) as mqtt:
        far.subscribe("room/out")
        mqtt.subscribe("room/in")
        for number in range(2000):
            mqtt.paho.publish("room/out", str(number), qos=1)
            far.publish("room/in", str(number))
        for inbox in (far.inbox, mqtt.inbox):
            assert [int(m.payload) for m in inbox.wait_for_count(2000, within=30)] == list(range(2000))


def test_captures_rewrite_the_topic_and_one_message_goes_to_many(gateway_with, redis):
    gateway = bridged(gateway_with, redis.url, routes="""
[[routes]]
from = "bus:sensors/{room}/temperature"
to = ["cache:room/{room}", "cache:all/{topic}", "bus:live/{room}/temperature"]
""")
    with RedisClient(redis.client()) as far, MqttClient(gateway.port("mqtt")) as mqtt:
        far.subscribe("*")
        mqtt.subscribe("live/#")
        mqtt.publish("sensors/7/temperature", "21.5")
        mqtt.publish("sensors/7/humidity", "40")
        far.inbox.wait_for("room/7", "21.5")
        far.inbox.wait_for("all/sensors/7/temperature", "21.5")
        mqtt.inbox.wait_for("live/7/temperature", "21.5")
        assert len(far.inbox.settle(0.3)) == 2 and len(mqtt.inbox.all()) == 1


def test_payloads_of_every_byte_and_names_with_pattern_letters(gateway_with, redis):
    gateway = bridged(gateway_with, redis.url, routes="""
[[routes]]
from = "bus:room/{rest...}"
to = "cache:copy/{rest...}"
[[routes]]
from = "cache:a[b]?/{x}"
to = "bus:in/{x}"
""")
    wait_for_route(gateway, redis)
    payload = bytes(range(256))
    with RedisClient(redis.client()) as far, MqttClient(gateway.port("mqtt")) as mqtt:
        far.subscribe("copy/*")
        mqtt.subscribe("in/#")
        mqtt.publish("room/sp ace/ü", payload)
        far.inbox.wait_for("copy/sp ace/ü", payload)
        far.publish("abx/1", "not matched: the brackets are letters here")
        far.publish("a[b]?/2", payload)
        mqtt.inbox.wait_for("in/2", payload)
        assert len(mqtt.inbox.settle(0.3)) == 1


def test_a_password_and_tls(gateway_with, certificates, tmp_path):
    with Redis(tmp_path / "secure", certificates, password="s3cret") as broker:
        gateway = bridged(gateway_with, f"rediss://:${{CACHE_PASSWORD}}@localhost:{broker.tls_port}/0",
                          f'tls = {{ ca = "{certificates.ca}" }}', environment={"CACHE_PASSWORD": "s3cret"})
        wait_for_route(gateway, broker)
        with RedisClient(broker.client()) as far, MqttClient(gateway.port("mqtt")) as mqtt:
            far.subscribe("room/*")
            mqtt.publish("room/x", "safe")
            far.inbox.wait_for("room/x", "safe")
        assert "s3cret" not in gateway.log()


def test_a_redis_that_comes_late_is_found(gateway_with, tmp_path):
    broker = Redis(tmp_path / "late")
    gateway = bridged(gateway_with, broker.url)
    with broker, MqttClient(gateway.port("mqtt")) as mqtt:
        wait_for_route(gateway, broker)
        with RedisClient(broker.client()) as far:
            far.subscribe("room/*")
            mqtt.publish("room/x", "now", within=20)
            far.inbox.wait_for("room/x", "now")

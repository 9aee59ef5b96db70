"""What a target refuses goes to the dead-letter address, with the reason, before its source hears that it is done with."""

from tests.support.brokers import Redis
from tests.support.clients import MqttClient
from tests.support.gateway import three_listeners

ROUTE = """
[backends.cache]
url = "{redis}"
{options}

[[routes]]
name = "out"
from = "bus:in/{{rest...}}"
to = "cache:out/{{rest...}}"
{route}
"""


def with_streams(redis) -> str:
    return redis.url.replace("redis://", "redis+stream://")


def test_what_a_target_refuses_goes_to_the_dead_letter_address_with_the_reason(gateway_with, redis):
    gateway = gateway_with(three_listeners(ROUTE.format(redis=with_streams(redis), options="",
                                                        route='dead_letter = "bus:dead/{route}/{rest...}"')))
    with redis.client() as far, MqttClient(gateway.port("mqtt")) as client:
        gateway.wait_for_backend("cache")
        far.set("out/bad", "a text, so XADD is refused")
        client.subscribe("dead/#")
        client.publish("in/bad", "lost?")
        client.inbox.wait_for("dead/out/bad", "lost?")
        client.publish("in/good", "taken")
        assert far.xlen("out/good") == 1
        assert [m.topic for m in client.inbox.settle()] == ["dead/out/bad"]
        sample = 'rialto_route_dead_letters_total{route="out",reason="rejected"}'
        assert gateway.metrics()[sample] == 1


def test_a_dead_letter_for_a_backend_waits_until_that_has_it(gateway_with, redis, tmp_path):
    later = Redis(tmp_path / "later")
    config = f'[backends.later]\nurl = "{with_streams(later)}"\n' + ROUTE.format(
        redis=with_streams(redis), options="", route='dead_letter = "later:dead"')
    gateway = gateway_with(three_listeners(config))
    with redis.client() as far, MqttClient(gateway.port("mqtt")) as client:
        gateway.wait_for_backend("cache")
        far.set("out/bad", "a text, so XADD is refused")
        sent = client.paho.publish("in/bad", "kept", qos=1)
        sample = 'rialto_backend_rejected_total{backend="cache"}'
        gateway.server.wait_until(lambda: gateway.metrics()[sample] == 1, "refusing it")
        assert not sent.is_published(), "nobody has the dead letter yet"
        with later:
            sent.wait_for_publish(20)
            assert sent.is_published()
            with later.client() as store:
                [(_, fields)] = store.xrange("dead")
            assert fields[b"body"] == b"kept"
            assert fields[b"h:rialto-dead-reason"] == b"rejected"
            assert fields[b"h:rialto-dead-address"] == b"bus:in/bad"
            assert fields[b"h:rialto-dead-target"] == b"cache:out/bad"
            assert fields[b"h:rialto-dead-route"] == b"out"


def test_a_dead_letter_does_not_come_back_into_its_own_route(gateway_with, redis):
    gateway = gateway_with(three_listeners(ROUTE.format(redis=with_streams(redis), options="",
                                                        route='dead_letter = "bus:in/dead"')))
    with redis.client() as far, MqttClient(gateway.port("mqtt")) as client:
        gateway.wait_for_backend("cache")
        far.set("out/bad", "a text, so XADD is refused")
        client.subscribe("in/dead")
        client.publish("in/bad", "once")
        client.inbox.wait_for("in/dead", "once")
        assert len(client.inbox.settle()) == 1
        assert far.exists("out/dead") == 0


def test_without_an_address_the_publisher_is_told_and_the_gateway_goes_on(gateway_with, redis):
    gateway = gateway_with(three_listeners(ROUTE.format(redis=with_streams(redis), options="", route="max_attempts = 3")))
    with redis.client() as far, MqttClient(gateway.port("mqtt")) as client:
        gateway.wait_for_backend("cache")
        far.set("out/bad", "a text, so XADD is refused")
        client.publish("in/bad", "refused")
        client.publish("in/good", "taken")
        assert far.xlen("out/good") == 1
        assert gateway.metrics()['rialto_route_dropped_total{route="out",reason="rejected"}'] == 1

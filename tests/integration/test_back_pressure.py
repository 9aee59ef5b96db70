"""A backend that is dead holds up only those who have to wait for it, and the metrics name it."""

from tests.support.brokers import Redis
from tests.support.clients import MqttClient, RedisClient
from tests.support.gateway import three_listeners

COUNT = 3000     # more than one source may have unsettled


def test_a_dead_backend_delays_nobody_who_need_not_wait_for_it(gateway_with, redis, tmp_path):
    dead = Redis(tmp_path / "dead")
    gateway = gateway_with(three_listeners(f"""
[backends.dead]
url = "{dead.url}"
[backends.good]
url = "{redis.url}"
[[routes]]
name = "both"
from = "bus:both/{{x}}"
to = ["dead:both/{{x}}", "good:both/{{x}}"]
required = ["good"]
[[routes]]
name = "waits"
from = "bus:waits/{{x}}"
to = "dead:waits/{{x}}"
[[routes]]
name = "other"
from = "bus:other/{{x}}"
to = "good:other/{{x}}"
"""))
    with RedisClient(redis.client()) as far, MqttClient(gateway.port("mqtt")) as held, MqttClient(gateway.port("mqtt")) as free:
        gateway.wait_for_backend("good")
        far.subscribe("*")
        for number in range(COUNT):
            held.paho.publish("waits/x", str(number), qos=1)
        gateway.server.wait_until(lambda: gateway.metrics()['rialto_limited_by{backend="dead"}'] > 0, "naming what limits")
        for number in range(COUNT):
            free.paho.publish("both/x", str(number), qos=1)
        free.publish("other/x", "last")
        far.inbox.wait_for("other/x", "last")
        assert [m.topic for m in far.inbox.all()].count("both/x") == COUNT
        assert gateway.metrics()['rialto_limited_by{backend="good"}'] == 0
        with dead, RedisClient(dead.client()) as late:
            late.subscribe("waits/*")
            gateway.server.wait_until(lambda: gateway.metrics()['rialto_limited_by{backend="dead"}'] == 0, "letting sources go on")

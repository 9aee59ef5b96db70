"""A backend goes away for some seconds under a load of 2,000 messages a second at QoS 1.

Every message that the publisher had acknowledged arrives, in order; the gateway's memory stays bounded, because it
stops acknowledging instead of collecting. Repeats are allowed at QoS 1, counted and printed.
"""

import time

import pytest

from tests.support.brokers import Mosquitto, Redis
from tests.support.clients import MqttClient, RedisClient
from tests.support.gateway import three_listeners
from tests.support.load import Load, MemoryWatch, judge
from tests.support.processes import HOST
from tests.support.relay import Relay

OUTAGE_SECONDS = 5
SIZE = 8192                         # 2,000 a second for five seconds are 80 MB, were they collected
GROWTH_LIMIT_KILOBYTES = 60_000

pytestmark = pytest.mark.timeout(240)


def bridge(url: str, routes: str) -> str:
    return three_listeners(f'[backends.remote]\nurl = "{url}"\n{routes}')


OUTWARDS = '[[routes]]\nname = "out"\nfrom = "bus:load/{x...}"\nto = "remote:load/{x...}"\n'
INWARDS = '[[routes]]\nname = "in"\nfrom = "remote:load/{x...}"\nto = "bus:load/{x...}"\n'


def weather(load, watch, outage, count_before=2000) -> None:
    """Some load in fair weather, the outage, some load after it, and the end."""
    deadline = time.monotonic() + 60
    while len(load.acknowledged) < count_before:
        assert time.monotonic() < deadline, f"only {len(load.acknowledged)} acknowledged before the outage"
        time.sleep(0.05)
    outage()
    time.sleep(1)
    load.finish()
    assert load.sent >= 2000 * OUTAGE_SECONDS, "the load went on throughout"


def conclude(inbox, load, watch) -> None:
    deadline = time.monotonic() + 60
    while (verdict := judge(inbox, load.acknowledged)).lost and time.monotonic() < deadline:
        time.sleep(0.5)
    print(f"\n{verdict}; memory grew by {watch.growth_kilobytes} kB")
    assert verdict.lost == []
    assert verdict.out_of_order == []
    assert verdict.received == load.sent
    assert watch.growth_kilobytes < GROWTH_LIMIT_KILOBYTES


def test_redis_is_killed(gateway_with, tmp_path):
    with Redis(tmp_path / "redis") as redis, Relay(redis.port) as line:
        gateway = gateway_with(bridge(f"redis://{HOST}:{line.port}/0", OUTWARDS))
        gateway.wait_for_backend("remote")
        first = RedisClient(redis.client())
        first.subscribe("load/*")
        subscribers = [first]

        def outage():
            redis.kill()
            line.cut()
            time.sleep(OUTAGE_SECONDS)
            redis.restart()
            # Redis keeps nothing for absent subscribers, so ours is back before the gateway is.
            after = RedisClient(redis.client())
            after.inbox = first.inbox
            after.subscribe("load/*")
            subscribers.append(after)
            line.restore()

        with Load(gateway.port("mqtt"), "load/x", size=SIZE) as load, MemoryWatch(gateway.server) as watch:
            weather(load, watch, outage)
            conclude(first.inbox, load, watch)
        for subscriber in subscribers:
            subscriber.close()


def test_the_remote_mosquitto_is_stopped(gateway_with, tmp_path):
    with Mosquitto(tmp_path / "mosquitto") as mosquitto:
        # mosquitto 2.0.11 keeps a session over a restart only where it did not begin with Clean Start.
        with MqttClient(mosquitto.port, client_id="reader", clean=False, session_expiry=600) as reader:
            reader.subscribe("load/#")
            gateway = gateway_with(bridge(mosquitto.url, OUTWARDS))

            def outage():
                mosquitto.stop()            # as an administrator would: what it has acknowledged it keeps on disk
                time.sleep(OUTAGE_SECONDS)
                mosquitto.restart()

            with Load(gateway.port("mqtt"), "load/x", size=SIZE) as load, MemoryWatch(gateway.server) as watch:
                weather(load, watch, outage)
                conclude(reader.inbox, load, watch)


def test_the_line_to_the_remote_mosquitto_is_cut(gateway_with, mosquitto):
    with Relay(mosquitto.port) as line, MqttClient(mosquitto.port) as reader:
        reader.subscribe("load/#")
        gateway = gateway_with(bridge(f"mqtt://{HOST}:{line.port}", OUTWARDS))

        def outage():
            line.cut()
            time.sleep(OUTAGE_SECONDS)
            line.restore()

        with Load(gateway.port("mqtt"), "load/x", size=SIZE) as load, MemoryWatch(gateway.server) as watch:
            weather(load, watch, outage)
            conclude(reader.inbox, load, watch)


def test_the_remote_mosquitto_hangs(gateway_with, mosquitto):
    with MqttClient(mosquitto.port) as reader:
        reader.subscribe("load/#")
        gateway = gateway_with(bridge(mosquitto.url, OUTWARDS))

        def outage():
            mosquitto.pause()
            time.sleep(OUTAGE_SECONDS)
            mosquitto.resume()

        with Load(gateway.port("mqtt"), "load/x", size=SIZE) as load, MemoryWatch(gateway.server) as watch:
            weather(load, watch, outage)
            conclude(reader.inbox, load, watch)


def test_the_line_from_the_remote_mosquitto_is_cut(gateway_with, mosquitto):
    with Relay(mosquitto.port) as line:
        gateway = gateway_with(bridge(f"mqtt://{HOST}:{line.port}", INWARDS))
        with MqttClient(gateway.port("mqtt")) as reader:
            reader.subscribe("load/#")
            gateway.wait_for_backend("remote")

            def outage():
                line.cut()
                time.sleep(OUTAGE_SECONDS)
                line.restore()

            with Load(mosquitto.port, "load/x", size=SIZE) as load, MemoryWatch(gateway.server) as watch:
                weather(load, watch, outage)
                conclude(reader.inbox, load, watch)


def test_a_broken_backend_delays_nobody_else(gateway_with, mosquitto, redis):
    config = three_listeners(f"""
[backends.broken]
url = "{mosquitto.url}"
[backends.sound]
url = "{redis.url}"
[[routes]]
from = "bus:broken/{{x...}}"
to = "broken:broken/{{x...}}"
[[routes]]
from = "bus:sound/{{x...}}"
to = "sound:sound/{{x...}}"
""")
    gateway = gateway_with(config)
    mosquitto.pause()
    with (RedisClient(redis.client()) as reader, MqttClient(gateway.port("mqtt")) as local,
          MqttClient(gateway.port("mqtt")) as doomed, MqttClient(gateway.port("mqtt")) as publisher):
        reader.subscribe("sound/*")
        local.subscribe("sound/#")
        for number in range(3000):
            doomed.paho.publish("broken/x", str(number), qos=1)
        began = time.monotonic()
        for number in range(500):
            publisher.publish("sound/x", str(number))
        assert time.monotonic() - began < 10
        for inbox in (reader.inbox, local.inbox):
            assert [int(m.payload) for m in inbox.wait_for_count(500)] == list(range(500))
        mosquitto.resume()


def test_echoes_are_taken_out_however_long_the_outage(gateway_with, tmp_path):
    with Redis(tmp_path / "redis") as redis, Relay(redis.port) as line:
        gateway = gateway_with(bridge(f"redis://{HOST}:{line.port}/0", OUTWARDS + INWARDS))
        gateway.wait_for_backend("remote")
        with MqttClient(gateway.port("mqtt")) as reader, MqttClient(gateway.port("mqtt")) as publisher:
            reader.subscribe("load/#")
            line.cut()
            for number in range(100):
                publisher.paho.publish("load/x", str(number), qos=1)
            time.sleep(OUTAGE_SECONDS + 8)      # longer than the memory of what was sent
            line.restore()
            with RedisClient(redis.client()) as far:
                gateway.wait_for_backend("remote")
                reader.inbox.wait_for_count(100)
                far.subscribe("load/*")
                publisher.publish("load/last", "from here")
                far.inbox.wait_for("load/last", "from here")
            assert [int(m.payload) for m in reader.inbox.settle() if m.topic == "load/x"] == list(range(100))


def test_a_backlog_at_the_broker_is_read_after_a_restart(gateway_with, mosquitto):
    count = 3000                            # more than Receive Maximum, which mosquitto exceeds when it resumes
    config = bridge(mosquitto.url, INWARDS)
    gateway = gateway_with(config)
    gateway.wait_for_backend("remote")
    gateway.kill()
    with MqttClient(mosquitto.port) as publisher:
        waiting = [publisher.paho.publish("load/x", str(number), qos=1) for number in range(count)]
        for each in waiting:
            each.wait_for_publish(30)
    gateway.start()
    received = 'rialto_backend_received_total{backend="remote"}'
    gateway.server.wait_until(lambda: gateway.metrics().get(received, 0) >= count, "reading the backlog", 30)
    assert "not reached" not in gateway.log()

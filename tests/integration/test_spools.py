"""What a backend can't take now waits on disk, in order, and comes when the backend is back."""

import pytest

from tests.matrix.crash.ends.streams import DurableRedis
from tests.support.brokers import Redis
from tests.support.clients import MqttClient
from tests.support.gateway import three_listeners

COUNT = 3000


@pytest.fixture(params=["in a folder", "in Redis"])
def store(request, tmp_path):
    if request.param == "in a folder":
        yield tmp_path / "data"
        return
    with DurableRedis(tmp_path / "store") as server:
        yield server


def config(store, redis, spool: str = "", more: str = "") -> str:
    """`store` is a folder, or a Redis server."""
    place = f'store = "{store.url}"' if isinstance(store, Redis) else f'data_dir = "{store}"'
    return three_listeners(f"""
[gateway]
name = "spools"
{place}
[backends.far]
url = "{redis.url.replace('redis://', 'redis+stream://')}"
stream = "all"
spool = {{ {spool} }}
{more}
[[routes]]
name = "out"
from = "bus:in/{{rest...}}"
to = "far:out/{{rest...}}"
""")


def publish_numbers(gateway, numbers) -> None:
    """At QoS 1; returns when each is acknowledged."""
    with MqttClient(gateway.port("mqtt")) as client:
        sent = [client.paho.publish("in/x", str(number), qos=1) for number in numbers]
        for message in sent:
            message.wait_for_publish(30)


def arrived(redis) -> list[int]:
    with redis.client() as far:
        return [int(fields[b"body"]) for _, fields in far.xrange("all")]


def wait_for_numbers(gateway, redis, count: int) -> list[int]:
    gateway.server.wait_until(lambda: len(set(arrived(redis))) >= count, f"{count} messages arriving", 30)
    return arrived(redis)


def first_arrivals(numbers: list[int]) -> list[int]:
    return list(dict.fromkeys(numbers))


def metric(gateway, name: str) -> float:
    return gateway.metrics().get(f'{name}{{backend="far"}}', 0)


def test_publishers_are_answered_while_the_backend_is_away_and_it_gets_all_in_order(gateway_with, tmp_path):
    redis = Redis(tmp_path / "far")
    gateway = gateway_with(config(tmp_path / "data", redis))
    publish_numbers(gateway, range(COUNT))
    assert metric(gateway, "rialto_spool_messages") == COUNT
    with redis:
        assert wait_for_numbers(gateway, redis, COUNT) == list(range(COUNT))
        gateway.server.wait_until(lambda: metric(gateway, "rialto_spool_messages") == 0, "emptying the spool")
        publish_numbers(gateway, range(COUNT, COUNT + 10))
        assert wait_for_numbers(gateway, redis, COUNT + 10)[-10:] == list(range(COUNT, COUNT + 10))
        assert metric(gateway, "rialto_spool_written_total") == COUNT, "a backend that keeps up needs no disk"


def test_a_spool_outlives_kill_9_and_goes_before_what_is_new(gateway_with, tmp_path, store):
    redis = Redis(tmp_path / "far")
    gateway = gateway_with(config(store, redis))
    publish_numbers(gateway, range(COUNT))
    gateway.kill()
    gateway.start()
    assert metric(gateway, "rialto_spool_messages") == COUNT
    publish_numbers(gateway, range(COUNT, COUNT + 100))
    with redis:
        assert wait_for_numbers(gateway, redis, COUNT + 100) == list(range(COUNT + 100))


def test_a_backend_that_comes_and_goes_misses_nothing(gateway_with, tmp_path):
    redis = Redis(tmp_path / "far")
    gateway = gateway_with(config(tmp_path / "data", redis))
    got: list[int] = []
    for turn in range(3):
        with redis:
            gateway.wait_for_backend("far")
            publish_numbers(gateway, range(turn * 200, turn * 200 + 100))
            gateway.server.wait_until(lambda: len(set(got + arrived(redis))) >= turn * 200 + 100, "taking what is there", 30)
            got += arrived(redis)
        publish_numbers(gateway, range(turn * 200 + 100, turn * 200 + 200))
    with redis:
        gateway.server.wait_until(lambda: len(set(got + arrived(redis))) >= 600, "taking all", 30)
        got += arrived(redis)
    assert first_arrivals(got) == list(range(600))


def test_a_full_spool_drops_the_oldest_where_that_is_asked_for(gateway_with, tmp_path):
    redis = Redis(tmp_path / "far")
    gateway = gateway_with(config(tmp_path / "data", redis, 'max_bytes = "64KiB", when_full = "drop-oldest"'))
    publish_numbers(gateway, range(COUNT))
    dropped = gateway.metrics()['rialto_backend_dropped_total{backend="far",route="out",reason="spool_full"}']
    assert 0 < dropped < COUNT
    assert metric(gateway, "rialto_spool_bytes") <= 64 * 1024
    with redis:
        left = int(COUNT - dropped)
        assert wait_for_numbers(gateway, redis, left) == list(range(COUNT - left, COUNT))


def test_stopping_keeps_what_the_backend_did_not_take(gateway_with, tmp_path):
    redis = Redis(tmp_path / "far")
    gateway = gateway_with(config(tmp_path / "data", redis))
    publish_numbers(gateway, range(100))
    assert gateway.server.stop() == 0
    gateway.start()
    with redis:
        assert wait_for_numbers(gateway, redis, 100) == list(range(100))


def test_a_dead_letter_is_written_for_what_was_on_disk(gateway_with, tmp_path):
    redis = Redis(tmp_path / "far")
    gateway = gateway_with(config(tmp_path / "data", redis) + 'dead_letter = "bus:dead/{route}"\n')
    publish_numbers(gateway, [7])
    gateway.kill()
    gateway.start()
    with MqttClient(gateway.port("mqtt")) as client:
        client.subscribe("dead/#")
        with redis:
            with redis.client() as far:
                far.set("all", "a text, so XADD is refused")
            client.inbox.wait_for("dead/out", "7")
            gateway.server.wait_until(lambda: metric(gateway, "rialto_spool_messages") == 0, "emptying the spool")

"""Whatever clients and backends do, the gateway's memory stays below what its file allows, and nobody else has to wait."""

import contextlib
import time

import pytest

from tests.faults import floods
from tests.faults.floods import Flood, Pulse
from tests.support.gateway import three_listeners
from tests.support.load import MemoryWatch
from tests.support.processes import HOST, free_port
from tests.support.relay import Relay

MEBI = 1 << 20
SLACK = 40 * MEBI           # what malloc keeps, buffers of sockets in the library, and the like
STORE = 112 * MEBI          # three write buffers and the cache of the store
DELAY = 2.0                 # seconds; on a machine that does nothing else it is some milliseconds

pytestmark = pytest.mark.timeout(120)


def judge(watch: MemoryWatch, pulse: Pulse, bound: int) -> None:
    grown = watch.growth_kilobytes * 1024
    print(f"\nmemory grew by {grown / MEBI:.0f} MiB of {(bound + SLACK) / MEBI:.0f} allowed; "
          f"the others waited {1000 * pulse.longest:.0f} ms at most")
    assert grown < bound + SLACK
    assert pulse.longest < DELAY


@pytest.mark.parametrize("kind", ["silent", "refusing"])
def test_a_flood_for_a_dead_backend(gateway_with, redis, kind):
    size, queue, receive_maximum, clients = 10_000, 8 * MEBI, 100, 10
    with Relay(redis.port) as line:
        gateway = gateway_with(three_listeners(f"""
[backends.dead]
url = "redis://{HOST}:{line.port if kind == "silent" else free_port()}"
queue_bytes = "{queue}B"
[[routes]]
from = "bus:dead/{{x...}}"
to = "dead:dead/{{x...}}"
""").replace("[listeners.mqtt]", f"[listeners.mqtt]\nreceive_maximum = {receive_maximum}"))
        if kind == "silent":
            gateway.wait_for_backend("dead")
            line.hold()
        port = gateway.port("mqtt")
        with MemoryWatch(gateway.server) as watch, Pulse(port) as pulse, contextlib.ExitStack() as running:
            unsure = running.enter_context(Flood(port, "dead/0", size, qos=0, most=20_000))
            held = [running.enter_context(Flood(port, "dead/1", size, qos=1, most=5_000)) for _ in range(clients)]
            unsure.wait(30)
            assert unsure.sent >= 20_000, "who sends at QoS 0 is not held back"
            assert all(flood.sent < 5_000 for flood in held), "who sends at QoS 1 is"
        judge(watch, pulse, queue + clients * receive_maximum * size)
        dropped = sum(value for name, value in gateway.metrics().items() if "dropped" in name or "overflow" in name)
        assert dropped > 0, "each drop is counted"


def test_subscribers_that_never_read(gateway_with):
    size, backlog, queued = 10_000, 4 * MEBI, 200
    listeners = ""
    for scheme, limit in (("amqp", "max_backlog"), ("redis", "max_backlog")):
        listeners += f'[listeners.{scheme}]\nurl = "{scheme}://{HOST}:{free_port()}"\n{limit} = "{backlog}B"\n'
    config = three_listeners(listeners)
    config = config.replace("[listeners.mqtt]", f'[listeners.mqtt]\nmax_backlog = "{backlog}B"\nmax_queued = {queued}\nstall_timeout = "2s"')
    config = config.replace("[listeners.stomp]", f'[listeners.stomp]\nmax_backlog = "{backlog}B"')
    gateway = gateway_with(config.replace("[listeners.web]", f'[listeners.web]\nlive_backlog = "{backlog}B"'))
    port = gateway.port("mqtt")
    with MemoryWatch(gateway.server) as watch, Pulse(port) as pulse, contextlib.ExitStack() as running:
        deaf = [floods.deaf_mqtt(port, "flood", 0), floods.deaf_mqtt(port, "flood", 1),
                floods.deaf_stomp(gateway.port("stomp"), "flood"), floods.deaf_redis(gateway.port("redis"), "flood"),
                floods.deaf_live(gateway.port("web"), "flood"), floods.deaf_amqp(gateway.port("amqp"), "flood")]
        for each in deaf:
            running.callback(each.close)
        unsure = running.enter_context(Flood(port, "flood", size, qos=0, most=10_000))
        unsure.wait(30)
        sure = running.enter_context(Flood(port, "flood", size, qos=1, most=10_000))
        sure.wait(30)
        assert unsure.sent >= 10_000 and sure.sent >= 10_000, (
            f"they let it pass, or are sent away: {unsure.sent} and {sure.sent} of 10,000:\n{gateway.log()[-2000:]}")
    judge(watch, pulse, len(deaf) * backlog + queued * size)


@pytest.mark.parametrize("where", ["in memory", "on disk"])
def test_ten_thousand_sessions_with_full_queues(gateway_with, tmp_path, where):
    sessions, queued, size = 10_000, 10, 1000
    config = three_listeners().replace("[listeners.mqtt]", f"[listeners.mqtt]\nmax_queued = {queued}")
    gateway = gateway_with(config if where == "in memory" else f'[gateway]\ndata_dir = "{tmp_path / "data"}"\n{config}')
    port = gateway.port("mqtt")
    with MemoryWatch(gateway.server) as watch, Pulse(port) as pulse:
        began = time.monotonic()
        topics = [f"queue/{number}" for number in range(sessions)]
        for number, topic in enumerate(topics):
            floods.leave_session(port, f"away-{number}", topic)
        gateway.server.wait_until(lambda: gateway.metrics()["rialto_mqtt_sessions"] >= sessions, "keeping the sessions", 20)
        without_messages = watch.growth_kilobytes
        for _ in range(2 * queued):
            floods.publish_all(port, topics, bytes(size))
        print(f"\n{sessions} sessions took {without_messages} kB; all was filled after {time.monotonic() - began:.0f} s")
        dropped = sum(value for name, value in gateway.metrics().items() if name.startswith("rialto_messages_dropped_total"))
    judge(watch, pulse, sessions * (queued * (size + 300) + 4000) + (STORE if where == "on disk" else 0))
    assert dropped == sessions * queued

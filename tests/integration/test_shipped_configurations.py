"""The files of configs/ as they are, on other ports."""

import subprocess
import tomllib

import pytest

from tests.support.clients import LiveSocket, MqttClient, RedisClient, StompClient
from tests.support.clients.zeromq import ZeromqPeer, join
from tests.support.gateway import BINARY, ROOT, Gateway
from tests.support.processes import HOST, free_port

SHIPPED = sorted((ROOT / "configs").glob("*.toml"))


def moved(file, backends: dict[str, str]) -> list[str]:
    """Arguments that put every listener on a free port, and the backends where the test has them."""
    listeners = tomllib.loads(file.read_text())["listeners"]
    return [f"listeners.{name}.url={listener['url'].partition(':')[0]}://{HOST}:{free_port()}"
            for name, listener in listeners.items()] + [f"backends.{name}.url={url}" for name, url in backends.items()]


def run(tmp_path, name: str, *more: str, **backends: str) -> Gateway:
    file = ROOT / "configs" / name
    settings = [*moved(file, backends), *more]
    gateway = Gateway(tmp_path / "gateway", file.read_text(), *(part for s in settings for part in ("--set", s)))
    gateway.ports = {s.split(".")[1]: int(s.rpartition(":")[2]) for s in settings if s.startswith("listeners.")}
    return gateway


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_every_shipped_file_is_sound(file):
    checked = subprocess.run([BINARY, "check", file], capture_output=True, text=True, timeout=10)
    assert checked.returncode == 0, checked.stderr


def meet(prefix: str, gateway: Gateway, **outside) -> None:
    """A publish by each client below prefix is seen once by each of them."""
    with (MqttClient(gateway.port("mqtt")) as mqtt, StompClient(gateway.port("stomp")) as stomp,
          LiveSocket(gateway.port("web")) as live):
        clients = {"mqtt": mqtt, "stomp": stomp, "live": live, **outside}
        for client in (mqtt, live):
            client.subscribe(f"{prefix}/#")
        stomp.subscribe(f"/topic/{prefix}/#")
        for name, client in clients.items():
            if name == "live":
                client.publish(f"{prefix}/x", text=name)
            else:
                client.publish(f"/topic/{prefix}/x" if name == "stomp" else f"{prefix}/x", name)
        for name, client in clients.items():
            client.inbox.wait_for_count(len(clients))
            seen = sorted(message.payload.decode() for message in client.inbox.settle(0.5))
            assert seen == sorted(clients), f"{name} sees each of them once"


def wait_for_redis_route(gateway, redis) -> None:
    with redis.client() as client:
        gateway.server.wait_until(lambda: client.pubsub_numpat() + len(client.pubsub_channels()) > 0, "subscribing at Redis")


def test_redis_bridge(tmp_path, redis):
    with run(tmp_path, "redis-bridge.toml", cache=redis.url) as gateway, RedisClient(redis.client()) as far:
        wait_for_redis_route(gateway, redis)
        far.subscribe("room/*")
        meet("room", gateway, redis=far)


def test_redis_streams(tmp_path, redis):
    with (run(tmp_path, "redis-streams.toml", log=redis.url.replace("redis:", "redis+stream:")) as gateway, redis.client() as client,
          MqttClient(gateway.port("mqtt")) as mqtt):
        gateway.wait_for_backend("log")
        mqtt.subscribe("orders/#")
        mqtt.publish("sensors/hall", "19")
        assert client.xrange("sensors/hall")[0][1][b"body"] == b"19"
        client.xadd("orders/7", {"body": "two boxes"})
        mqtt.inbox.wait_for("orders/7", "two boxes", within=15)


def test_zeromq_to_browser(tmp_path):
    out, into = free_port(), free_port()
    with (run(tmp_path, "zeromq-to-browser.toml", f"backends.mesh.publish=tcp://{HOST}:{out}",
              f"backends.mesh.subscribe=@tcp://{HOST}:{into}") as gateway,
          ZeromqPeer("XPUB", connect=into) as far_out, ZeromqPeer("SUB", connect=out, subscribe=("commands/",)) as far_in,
          LiveSocket(gateway.port("web")) as live):
        far_out.wait_for_subscription("prices")
        live.subscribe("live/#")
        far_out.send("prices/gold", "1947.5")
        live.inbox.wait_for("live/gold", "1947.5")
        join(far_in, lambda topic: live.publish(topic, text="probe"), "commands/probe")
        live.publish("commands/stop", text="now")
        far_in.inbox.wait_for("commands/stop", "now")

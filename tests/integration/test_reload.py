"""SIGHUP: routes and backends change under clients that stay connected; a mistake changes nothing."""

import shutil
import signal
import socket
import ssl

import pytest

from tests.support.brokers import Mosquitto
from tests.support.certs import make_certificates
from tests.support.clients import MqttClient, RedisClient
from tests.support.gateway import three_listeners
from tests.support.processes import HOST, accepts, free_port, wait_until

ROUTE = '\n[[routes]]\nname = "{name}"\nfrom = "{source}"\nto = "{target}"\n'


def rewrite(gateway, config: str) -> None:
    """Gives the gateway another file and waits until it has taken or refused it."""
    seen = gateway.log().count("reload")
    gateway.file.write_text(config)
    gateway.server.send(signal.SIGHUP)
    gateway.server.wait_until(lambda: gateway.log().count("reload") > seen, "reading the file again")


def test_routes_of_the_bus_change_and_clients_stay(gateway_with):
    listeners = three_listeners()
    gateway = gateway_with(listeners + ROUTE.format(name="copy", source="bus:a/{x}", target="bus:old/{x}"))
    with MqttClient(gateway.port("mqtt")) as client:
        client.subscribe("old/#")
        client.subscribe("new/#")
        client.publish("a/1", "before")
        client.inbox.wait_for("old/1", "before")
        rewrite(gateway, listeners + ROUTE.format(name="copy", source="bus:a/{x}", target="bus:new/{x}")
                + ROUTE.format(name="more", source="bus:b/{x}", target="bus:new/{x}"))
        client.publish("a/2", "after")
        client.publish("b/3", "more")
        client.inbox.wait_for("new/2", "after")
        client.inbox.wait_for("new/3", "more")
        assert [message.topic for message in client.inbox.settle()] == ["old/1", "new/2", "new/3"]
        rewrite(gateway, listeners)
        client.publish("a/4", "nobody")
        assert len(client.inbox.settle()) == 3


def test_a_backend_comes_changes_and_goes(gateway_with, redis, mosquitto):
    listeners = three_listeners()
    cache = f'[backends.cache]\nurl = "{redis.url}"\n'
    plant = f'[backends.plant]\nurl = "{mosquitto.url}"\n'
    gateway = gateway_with(listeners)
    with MqttClient(gateway.port("mqtt")) as client, MqttClient(mosquitto.port) as far, RedisClient(redis.client()) as near:
        near.subscribe("*")
        far.subscribe("#")
        rewrite(gateway, listeners + cache + ROUTE.format(name="out", source="bus:a/{x}", target="cache:a/{x}"))
        client.publish("a/1", "to redis")
        near.inbox.wait_for("a/1", "to redis")
        rewrite(gateway, listeners + cache + plant
                + ROUTE.format(name="out", source="bus:a/{x}", target="plant:a/{x}")
                + ROUTE.format(name="back", source="plant:back/{x}", target="cache:back/{x}"))
        client.publish("a/2", "to mosquitto")
        far.inbox.wait_for("a/2", "to mosquitto")
        gateway.server.wait_until(lambda: gateway.get("/readyz")[0] == 200, "being ready")
        far.publish("back/3", "on to redis")
        near.inbox.wait_for("back/3", "on to redis")
        rewrite(gateway, listeners + plant + ROUTE.format(name="back", source="plant:back/{x}", target="bus:home/{x}"))
        client.subscribe("home/#")
        def arrives() -> bool:
            far.publish("back/4", "home")
            return bool(client.inbox.all())
        gateway.server.wait_until(arrives, "reading with the new route")
        assert [m.topic for m in near.inbox.settle()] == ["a/1", "back/3"]


def test_nothing_acknowledged_is_lost_while_routes_change(gateway_with, mosquitto):
    listeners = three_listeners(f'[backends.plant]\nurl = "{mosquitto.url}"\nqos = 1\n')
    routes = [ROUTE.format(name="out", source="bus:a/{x}", target="plant:" + target) for target in ("one/{x}", "two/{x}")]
    gateway = gateway_with(listeners + routes[0])
    with MqttClient(gateway.port("mqtt")) as client, MqttClient(mosquitto.port) as far:
        far.subscribe("one/#")
        far.subscribe("two/#")
        for number in range(400):
            if number % 40 == 20:
                gateway.file.write_text(listeners + routes[number // 40 % 2])
                gateway.server.send(signal.SIGHUP)
            client.publish("a/x", str(number))
        far.inbox.wait_for("one/x" if any(m.payload == b"399" and m.topic == "one/x" for m in far.inbox.settle())
                           else "two/x", "399")
        numbers = [int(payload) for payload in far.inbox.payloads()]
        assert sorted(set(numbers)) == list(range(400)), "each of them reached one target or the other"


def test_other_patterns_on_a_backend_that_is_written_too(gateway_with, mosquitto):
    listeners = three_listeners(f'[backends.plant]\nurl = "{mosquitto.url}"\n')
    out = ROUTE.format(name="out", source="bus:out/{x}", target="plant:out/{x}")
    gateway = gateway_with(listeners + out + ROUTE.format(name="in", source="plant:old/{x}", target="bus:home/{x}"))
    with MqttClient(gateway.port("mqtt")) as client, MqttClient(mosquitto.port) as far:
        client.subscribe("home/#")
        far.subscribe("out/#")
        gateway.wait_for_backend("plant")
        rewrite(gateway, listeners + out + ROUTE.format(name="in", source="plant:new/{x}", target="bus:home/{x}"))
        def arrives() -> bool:
            far.publish("new/x", "new")
            return bool(client.inbox.all())
        gateway.server.wait_until(arrives, "reading with the new pattern")
        far.publish("old/x", "old")
        assert {m.payload for m in client.inbox.settle()} == {b"new"}
        client.publish("out/x", "still")
        far.inbox.wait_for("out/x", "still")
        rewrite(gateway, listeners + out)
        gateway.server.wait_until(lambda: gateway.get("/readyz")[0] == 200, "having taken the pattern back")
        far.publish("new/x", "nobody reads it now")
        assert {m.payload for m in client.inbox.settle()} == {b"new"}
        assert gateway.metrics()['rialto_mqtt_backend_unwanted_total{backend="plant"}'] == 0, "nothing is subscribed to in vain"


def test_a_backend_goes_to_another_address_and_back_and_nothing_acknowledged_is_lost(gateway_with, mosquitto, tmp_path):
    with Mosquitto(tmp_path / "other") as other:
        listeners, ports = three_listeners(), (mosquitto.port, other.port)
        plants = [f'[backends.plant]\nurl = "mqtt://{HOST}:{port}"\n' for port in ports]
        routes = (ROUTE.format(name="out", source="bus:out/{x}", target="plant:out/{x}")
                  + ROUTE.format(name="in", source="plant:in/{x}", target="bus:home/{x}"))
        gateway = gateway_with(listeners + plants[0] + routes)
        with MqttClient(gateway.port("mqtt")) as client, MqttClient(ports[0]) as near, MqttClient(ports[1]) as far:
            client.subscribe("home/#")
            for broker in (near, far):
                broker.subscribe("out/#")
            gateway.wait_for_backend("plant")
            for number in range(600):
                if number % 100 == 50:
                    gateway.file.write_text(listeners + plants[(number // 100 + 1) % 2] + routes)
                    gateway.server.send(signal.SIGHUP)
                client.publish("out/x", str(number))
            gateway.server.wait_until(lambda: len({*near.inbox.payloads(), *far.inbox.payloads()}) == 600, "sending all")
            assert min(len(near.inbox.all()), len(far.inbox.all())) > 0, "both brokers had their time"
            rewrite(gateway, listeners + plants[1] + routes)
            def arrives() -> bool:
                far.publish("in/x", "from the other broker")
                return bool(client.inbox.all())
            gateway.server.wait_until(arrives, "reading from the other broker")
            near.publish("in/x", "from the first one")
            assert {m.payload for m in client.inbox.settle()} == {b"from the other broker"}
            assert "needs a restart" not in gateway.log()


def test_the_queue_and_envelope_of_a_backend_need_a_restart(gateway_with, mosquitto):
    listeners = three_listeners()
    plant = f'[backends.plant]\nurl = "{mosquitto.url}"\n'
    route = ROUTE.format(name="out", source="bus:out/{x}", target="plant:out/{x}")
    gateway = gateway_with(listeners + plant + route)
    with MqttClient(gateway.port("mqtt")) as client, MqttClient(mosquitto.port) as far:
        far.subscribe("out/#")
        gateway.wait_for_backend("plant")
        rewrite(gateway, listeners + plant + "queue_messages = 5\n" + route)
        gateway.wait_for_log('change needs a restart')
        client.publish("out/x", "goes on")
        far.inbox.wait_for("out/x", "goes on")


def test_listeners_come_change_and_go(gateway_with):
    first, second, third = free_port(), free_port(), free_port()
    def listener(name: str, port: int, more: str = "") -> str:
        return f'[listeners.{name}]\nurl = "mqtt://{HOST}:{port}"\n{more}'
    gateway = gateway_with(listener("stays", first) + listener("goes", second))
    with MqttClient(first) as staying, MqttClient(second) as leaving:
        staying.subscribe("a")
        rewrite(gateway, listener("stays", first, "max_connections = 1\n") + listener("comes", third))
        wait_until(lambda: not leaving.paho.is_connected(), "being told goodbye")
        with MqttClient(third) as new:
            new.publish("a", "from the new port")
            staying.inbox.wait_for("a", "from the new port")
        assert not accepts(second), "a listener that is gone is closed"
        with MqttClient(first) as one_more:
            one_more.publish("a", "one is allowed beside those from before")
            staying.inbox.wait_for("a", "one is allowed beside those from before")
            with socket.create_connection((HOST, first), timeout=10) as refused:
                assert refused.recv(1) == b"", "two are too many"
        rewrite(gateway, listener("stays", third) + listener("comes", first))
        for port in (first, third):
            with MqttClient(port) as client:
                client.publish("a", f"at {port}")
                staying.inbox.wait_for("a", f"at {port}")


def test_a_listener_that_opens_to_all_addresses_takes_over_its_own_port(gateway_with):
    port = free_port()
    config = '[auth]\nallow_anonymous = true\n[listeners.mqtt]\nurl = "mqtt://{host}:{port}"\n'
    gateway = gateway_with(config.format(host=HOST, port=port))
    with MqttClient(port) as early:
        early.subscribe("a")
        rewrite(gateway, config.format(host="0.0.0.0", port=port))
        assert "reload refused" not in gateway.log()
        with MqttClient(port) as late:
            late.publish("a", "still one port")
            early.inbox.wait_for("a", "still one port")


def test_an_address_that_is_taken_refuses_the_change(gateway_with, mosquitto):
    listeners = three_listeners()
    gateway = gateway_with(listeners)
    with MqttClient(gateway.port("mqtt")) as client:
        client.subscribe("a")
        rewrite(gateway, listeners + f'[listeners.more]\nurl = "mqtt://{HOST}:{mosquitto.port}"\n')
        assert "reload refused, nothing changed" in gateway.log()
        assert "another process listens there" in gateway.log()
        client.publish("a", "as before")
        client.inbox.wait_for("a", "as before")


def test_a_new_certificate_is_shown_to_new_clients_and_others_stay(gateway_with, tmp_path):
    first, second = make_certificates(tmp_path / "first"), make_certificates(tmp_path / "second")
    port, tls = free_port(), tmp_path / "tls"
    tls.mkdir()
    def install(certificates) -> None:
        shutil.copy(certificates.server.cert, tls / "server.crt")
        shutil.copy(certificates.server.key, tls / "server.key")
    install(first)
    config = f'[listeners.mqtt]\nurl = "mqtts://{HOST}:{port}"\ntls = {{ cert = "{tls}/server.crt", key = "{tls}/server.key" }}\n'
    gateway = gateway_with(config)
    with MqttClient(port, tls=first.trusting()) as early:
        early.subscribe("a")
        install(second)
        rewrite(gateway, config)
        with MqttClient(port, tls=second.trusting()) as late:
            late.publish("a", "by the new certificate")
            early.inbox.wait_for("a", "by the new certificate")
        with pytest.raises(ssl.SSLError):
            MqttClient(port, tls=first.trusting())
        shutil.copy(first.server.key, tls / "server.key")
        rewrite(gateway, config)
        assert "reload refused, nothing changed" in gateway.log()
        with MqttClient(port, tls=second.trusting()) as late:
            late.publish("a", "the pair that fits stays")
            early.inbox.wait_for("a", "the pair that fits stays")


def test_a_mistake_in_the_file_changes_nothing_and_is_told(gateway_with):
    listeners = three_listeners()
    route = ROUTE.format(name="copy", source="bus:a/{x}", target="bus:b/{x}")
    gateway = gateway_with(listeners + route)
    with MqttClient(gateway.port("mqtt")) as client:
        client.subscribe("b/#")
        rewrite(gateway, listeners + route.replace("{x}", "{y}", 1))
        assert "is not captured by" in gateway.log()
        assert "nothing changed" in gateway.log()
        client.publish("a/1", "as before")
        client.inbox.wait_for("b/1", "as before")


def test_what_needs_a_restart_is_said(gateway_with):
    listeners = three_listeners()
    gateway = gateway_with(listeners)
    rewrite(gateway, '[gateway]\nname = "another"\n' + listeners)
    gateway.wait_for_log("change needs a restart")

"""What survives the gateway: sessions, their messages and retained messages, in a folder and in a Redis server."""

import subprocess

import pytest

from tests.support.clients import MqttClient, StompClient
from tests.support.gateway import BINARY, Gateway, three_listeners


def kept_in(tmp_path, redis, where: str) -> str:
    place = f'data_dir = "{tmp_path}/data"' if where == "folder" else f'store = "{redis.url}"'
    return f'[gateway]\nname = "keeps"\n{place}\n{three_listeners()}'


@pytest.mark.parametrize("where", ["folder", "redis"])
def test_sessions_and_last_values_survive_a_kill(tmp_path, redis, where):
    gateway = Gateway(tmp_path / "gateway", kept_in(tmp_path, redis, where))
    with gateway:
        with MqttClient(gateway.port("mqtt"), version="3.1.1", client_id="away", clean=False) as client:
            client.subscribe("room/#")
        with StompClient(gateway.port("stomp")) as stomp, MqttClient(gateway.port("mqtt")) as mqtt:
            stomp.publish("/topic/room/1", "by STOMP")
            for number in range(200):
                mqtt.publish("room/2", str(number), qos=1 + number % 2)
            mqtt.publish("room/3", "last", retain=True)
        gateway.kill()
        gateway.start()
        with MqttClient(gateway.port("mqtt"), version="3.1.1", client_id="away", clean=False) as client:
            assert client.session_present
            arrived = client.inbox.wait_for_count(202)
            assert [m.payload for m in arrived if m.topic == "room/2"] == [str(number).encode() for number in range(200)]
            assert {m.topic for m in arrived} == {"room/1", "room/2", "room/3"}
        with MqttClient(gateway.port("mqtt")) as new:
            new.subscribe("room/+")
            assert new.inbox.wait_for("room/3", "last").retained
            assert len(new.inbox.settle()) == 1
        if where == "redis":
            return                          # its lease takes its time
        gateway.kill()
        gateway.start()
        with MqttClient(gateway.port("mqtt"), version="3.1.1", client_id="away", clean=False) as client:
            assert client.session_present
            assert client.inbox.settle() == [], "what was acknowledged does not come again"


def test_another_machine_goes_on_with_the_sessions_in_redis(tmp_path, redis):
    lost = Gateway(tmp_path / "lost", kept_in(tmp_path, redis, "redis"))
    with lost:
        with MqttClient(lost.port("mqtt"), client_id="away", session_expiry=1000) as client:
            client.subscribe("a")
        with MqttClient(lost.port("mqtt")) as publisher:
            publisher.publish("a", "kept")
        lost.kill()
        with Gateway(tmp_path / "other", kept_in(tmp_path, redis, "redis")) as other:
            with MqttClient(other.port("mqtt"), client_id="away", clean=False, session_expiry=1000) as client:
                assert client.session_present
                client.inbox.wait_for("a", "kept")


def test_publishers_wait_while_redis_is_away_and_nothing_is_lost(tmp_path, redis):
    with Gateway(tmp_path / "gateway", kept_in(tmp_path, redis, "redis")) as gateway:
        with MqttClient(gateway.port("mqtt"), version="3.1.1", client_id="away", clean=False) as client:
            client.subscribe("a")
        with MqttClient(gateway.port("mqtt")) as publisher:
            publisher.publish("a", "before")
            redis.pause()
            sent = publisher.paho.publish("a", "meanwhile", 1)
            sent.wait_for_publish(1)
            assert not sent.is_published(), "it is not safe yet"
            redis.resume()
            sent.wait_for_publish(30)
            assert sent.is_published()
        with MqttClient(gateway.port("mqtt"), version="3.1.1", client_id="away", clean=False) as client:
            assert [m.payload for m in client.inbox.wait_for_count(2)] == [b"before", b"meanwhile"]


@pytest.mark.parametrize("where", ["folder", "redis"])
def test_two_gateways_do_not_share_a_store(tmp_path, redis, where):
    with Gateway(tmp_path / "one", kept_in(tmp_path, redis, where)) as one:
        assert one.server.alive
        second = tmp_path / "second.toml"
        second.write_text(kept_in(tmp_path, redis, where))
        run = subprocess.run([BINARY, "run", second], capture_output=True, text=True, timeout=40)
        assert run.returncode == 1
        assert "in use" in run.stderr


def test_a_store_that_is_none_is_said_with_line_and_column(tmp_path):
    file = tmp_path / "wrong.toml"
    file.write_text('[gateway]\ndata_dir = "data"\nstore = "redis://localhost"\n')
    run = subprocess.run([BINARY, "check", file], capture_output=True, text=True)
    assert run.returncode == 1
    assert "wrong.toml:3:" in run.stderr + run.stdout
    file.write_text('[gateway]\nstore = "mqtt://localhost"\n')
    run = subprocess.run([BINARY, "check", file], capture_output=True, text=True)
    assert run.returncode == 1
    assert "wrong.toml:2:" in run.stderr + run.stdout

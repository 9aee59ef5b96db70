"""explain, pub and sub against real brokers."""

import contextlib
import json
import select
import signal
import subprocess
import time

import pytest

from tests.support.clients import MqttClient, RedisClient
from tests.support.gateway import BINARY, ROOT
from tests.support.processes import HOST, wait_until


def rialto(*arguments, **options) -> subprocess.CompletedProcess:
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=30, **options)


@contextlib.contextmanager
def sub(*arguments):
    child = subprocess.Popen([BINARY, "sub", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield child
    finally:
        child.kill()
        child.wait()


def publish_until(done, publish) -> None:
    """A subscriber does not say when it is there, so publish until it is."""
    def tried() -> bool:
        publish()
        time.sleep(0.1)
        return done()
    wait_until(tried, "the subscriber's end", 20)


def has_printed(child) -> bool:
    """Whether it wrote anything; never waits, as what was published too early does not come."""
    return bool(select.select([child.stdout], [], [], 0)[0])


def test_explain_says_the_way_the_captures_and_the_promise():
    told = rialto("explain", ROOT / "configs/redis-bridge.toml", "bus:room/kitchen/lamp")
    assert told.returncode == 0, told.stderr
    assert "route to-redis" in told.stdout and "from-redis" not in told.stdout
    assert "{rest} = 'kitchen/lamp'" in told.stdout
    assert "cache:room/kitchen/lamp  as redis 'room/kitchen/lamp'" in told.stdout
    assert "at most once: cache" in told.stdout


def test_explain_says_where_no_route_goes():
    told = rialto("explain", ROOT / "configs/redis-bridge.toml", "bus:elsewhere")
    assert told.returncode == 0 and "no route takes it" in told.stdout


@pytest.mark.parametrize("address", ["elsewhere", "plnt:a", "bus:a/#", "bus:"])
def test_explain_refuses_what_is_no_address(address):
    told = rialto("explain", ROOT / "configs/redis-bridge.toml", address)
    assert told.returncode == 1 and told.stderr.startswith("rialto: ")


def test_pub_sends_lines_one_message_each_and_in_order(mosquitto):
    with MqttClient(mosquitto.port) as client:
        client.subscribe("lines")
        sent = rialto("pub", mosquitto.url, "lines", "--lines", input="".join(f"{n}\n" for n in range(1000)))
        assert sent.returncode == 0, sent.stderr
        client.inbox.wait_for_count(1000)
        assert client.inbox.payloads() == [str(n).encode() for n in range(1000)]


def test_pub_without_a_payload_sends_all_of_standard_input(mosquitto):
    with MqttClient(mosquitto.port) as client:
        client.subscribe("whole")
        assert rialto("pub", mosquitto.url, "whole", "-", input="a\nb\n").returncode == 0
        assert rialto("pub", mosquitto.url, "whole", input="").returncode == 0
        client.inbox.wait_for_count(2)
        assert client.inbox.payloads() == [b"a\nb\n", b""]


def test_pub_carries_headers_and_the_retain_flag(mosquitto):
    sent = rialto("pub", mosquitto.url, "kept", "21.5", "--retain", "--header", "unit=C", "--content-type", "text/plain")
    assert sent.returncode == 0, sent.stderr
    with sub(mosquitto.url, "kept", "--json", "-n", 1) as child:
        message = json.loads(child.communicate(timeout=20)[0])
    assert message == {"topic": "kept", "payload": "21.5", "qos": 1, "retain": True, "content_type": "text/plain",
                       "headers": {"unit": "C"}}


def test_sub_shows_what_is_no_text_as_base64(mosquitto):
    with MqttClient(mosquitto.port) as client:
        client.publish("raw", b"\xff\x00", retain=True)
    with sub(mosquitto.url, "raw", "--json", "-n", 1) as child:
        assert json.loads(child.communicate(timeout=20)[0])["base64"] == "/wA="


def test_pub_and_sub_speak_redis(redis):
    with sub(redis.url, "room/+", "-v", "-n", 1) as child:
        publish_until(lambda: child.poll() is not None,
                      lambda: rialto("pub", redis.url, "room/hall", "19").check_returncode())
        assert child.communicate()[0] == "room/hall 19\n"
    with RedisClient(redis.client()) as client:
        client.subscribe("room/*")
        assert rialto("pub", redis.url, "room/x", "--lines", input="1\n2\n3\n").returncode == 0
        client.inbox.wait_for_count(3)
        assert client.inbox.payloads() == [b"1", b"2", b"3"]


@pytest.mark.parametrize("scheme", ["mqtt", "redis"])
@pytest.mark.parametrize("command", [("pub", "a", "b"), ("sub", "a")])
def test_a_broker_that_is_not_there_is_exit_code_2(scheme, command):
    name, *rest = command
    tried = rialto(name, f"{scheme}://{HOST}:1", *rest)
    assert tried.returncode == 2 and tried.stderr.startswith("rialto: "), tried.stderr
    assert len(tried.stderr.splitlines()) == 1


@pytest.mark.parametrize("arguments", [
    ("pub", "mqt://localhost", "a", "b"), ("pub", "mqtt://localhost", "a/#", "b"), ("sub", "mqtt://localhost", "a/#/b"),
    ("pub", "mqtt://localhost", "a", "b", "--set", "colour=red"), ("pub", "mqtt://localhost"), ("sub",), ("puub",), (),
    ("pub", "mqtt://localhost", "a", "b", "--header", "nothing")])
def test_wrong_arguments_are_exit_code_1(arguments):
    tried = rialto(*arguments)
    assert tried.returncode == 1 and tried.stderr.strip()


def test_an_interrupt_is_exit_code_130(mosquitto):
    with sub(mosquitto.url, "a", "-v") as child:
        publish_until(lambda: has_printed(child), lambda: rialto("pub", mosquitto.url, "a", "b"))
        child.send_signal(signal.SIGINT)
        assert child.wait(10) == 130


def test_a_broker_that_goes_away_ends_sub_with_exit_code_2(mosquitto):
    with sub(mosquitto.url, "a", "-v") as child:
        publish_until(lambda: has_printed(child), lambda: rialto("pub", mosquitto.url, "a", "b"))
        mosquitto.kill()
        assert child.wait(20) == 2

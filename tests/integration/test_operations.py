"""What an administrator sees: health, metrics, logs, signals, exit codes."""

import json
import signal
import subprocess
import time

import pytest

from tests.support.clients import MqttClient
from tests.support.gateway import BINARY, three_listeners
from tests.support.processes import HOST


def test_health(gateway):
    assert gateway.get("/healthz")[0] == 200


def test_a_metric_follows_the_backends_and_health_does_not(gateway_with, mosquitto):
    gateway = gateway_with(three_listeners(f'[backends.plant]\nurl = "{mosquitto.url}"\n'
                                           '[[routes]]\nfrom = "bus:a/#"\nto = "plant:{topic}"\n'))
    gateway.wait_for_backend("plant")
    mosquitto.kill()
    gateway.wait_for_backend("plant", up=False)
    assert gateway.get("/healthz")[0] == 200, "alive all the same"
    mosquitto.restart()
    gateway.wait_for_backend("plant")


def test_metrics_are_prometheus_text_and_count_what_passes(gateway):
    before = gateway.metrics()
    assert before and all(name.startswith("rialto_") or name.startswith("process_") for name in before)
    with MqttClient(gateway.port("mqtt")) as publisher, MqttClient(gateway.port("mqtt")) as subscriber:
        subscriber.subscribe("counted/#")
        for number in range(100):
            publisher.publish("counted/x", str(number))
        subscriber.inbox.wait_for_count(100)
        after = gateway.metrics()
    risen = {name for name, value in after.items() if value - before.get(name, 0) >= 100}
    assert any("published" in name or "received" in name for name in risen), risen
    assert any("delivered" in name or "sent" in name for name in risen), risen


def test_logs_say_nothing_about_single_messages_and_nothing_secret(gateway):
    with MqttClient(gateway.port("mqtt"), user=("somebody", "hunter2")) as client:
        client.publish("logged/x", "a-payload-that-is-private")
    assert "a-payload-that-is-private" not in gateway.log()
    assert "hunter2" not in gateway.log()


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_and_soon(gateway_with, sign):
    gateway = gateway_with(three_listeners())
    with MqttClient(gateway.port("mqtt")) as client:
        client.subscribe("a/#")
        client.publish("a/b", "c")
        began = time.monotonic()
        gateway.server.send(sign)
        assert gateway.server.wait(10) in (0, 130)
        assert time.monotonic() - began < 7
    gateway.start()             # the fixture wants a gateway that it can stop; the ports are free again


def test_json_logs_are_json(gateway_with):
    gateway = gateway_with('[log]\nformat = "json"\n' + three_listeners())
    lines = [line for line in gateway.log().splitlines() if line.strip()]
    assert lines
    assert all(isinstance(json.loads(line), dict) for line in lines)


def test_static_files_are_served_and_nothing_beside_them(gateway_with, tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("<h1>our own page</h1>")
    (tmp_path / "secret.txt").write_text("secret")
    gateway = gateway_with(three_listeners().replace("[listeners.web]", f'[listeners.web]\nstatic_dir = "{tmp_path}/site"'))
    assert gateway.get("/") == (200, "<h1>our own page</h1>")
    for path in ("/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "//etc/passwd", "/index.html/../../secret.txt"):
        status, body = gateway.get(path)
        assert status in (400, 403, 404) and "secret" not in body and "root:" not in body


def test_version_and_help():
    version = subprocess.run([BINARY, "version"], capture_output=True, text=True, timeout=10)
    assert version.returncode == 0 and "boost" in version.stdout.lower()
    for command in ("run", "check", "explain", "pub", "sub", "version"):
        shown = subprocess.run([BINARY, command, "--help"], capture_output=True, text=True, timeout=10)
        assert shown.returncode == 0 and f"rialto {command}" in shown.stdout + shown.stderr


def test_pub_and_sub_talk_to_a_broker(mosquitto):
    subscriber = subprocess.Popen([BINARY, "sub", mosquitto.url, "cli/#", "-v", "-n", "1"], stdout=subprocess.PIPE, text=True)
    try:
        for _ in range(100):
            sent = subprocess.run([BINARY, "pub", mosquitto.url, "cli/x", "hello"], capture_output=True, text=True, timeout=10)
            assert sent.returncode == 0, sent.stderr
            if subscriber.poll() is not None:
                break
            time.sleep(0.1)
        output, _ = subscriber.communicate(timeout=10)
        assert output == "cli/x hello\n"
    finally:
        subscriber.kill()


def test_pub_says_when_nobody_is_there():
    sent = subprocess.run([BINARY, "pub", f"mqtt://{HOST}:1", "cli/x", "hello"], capture_output=True, text=True, timeout=30)
    assert sent.returncode == 2 and sent.stderr.strip()

"""What `rialto run` and `rialto check` say about a file, and what they refuse."""

import re
import subprocess

import pytest

from tests.support.gateway import BINARY, three_listeners
from tests.support.processes import HOST, free_port

FIVE_MISTAKES = """\
[listeners.mqtt]
url = "mqtt://127.0.0.1:{port}"
max_conections = 5

[backends.cache]
url = "reddis://127.0.0.1:6379"

[[routes]]
name = 7
from = "bus:a/{{x}}"
to = "cache:b/{{y}}"

[[routes]]
to = "bus:x"
"""


def rialto(*arguments, **options) -> subprocess.CompletedProcess:
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=20, **options)


@pytest.fixture
def write(tmp_path):
    def write(text: str):
        file = tmp_path / "wrong.toml"
        file.write_text(text)
        return file
    return write


@pytest.mark.parametrize("command", ["check", "run"])
def test_five_mistakes_are_five_errors_with_their_places(write, command):
    file = write(FIVE_MISTAKES.format(port=free_port()))
    result = rialto(command, str(file))
    assert result.returncode == 1
    places = re.findall(rf"^{re.escape(str(file))}:(\d+):(\d+): error: (.+)$", result.stderr, re.MULTILINE)
    assert [int(line) for line, _, _ in places] == [3, 6, 9, 11, 13]
    columns = [int(column) for _, column, _ in places]
    assert columns[:3] == [1, 7, 8]
    assert columns[3] in range(6, 20), "inside the template"
    assert columns[4] == 1
    messages = [message for _, _, message in places]
    assert "max_conections" in messages[0]
    assert "reddis" in messages[1]
    assert "name" in messages[2]
    assert "y" in messages[3]
    assert "from" in messages[4]


def test_what_an_adapter_refuses_is_told_beside_other_mistakes(write):
    result = rialto("check", str(write('[backends.cache]\nurl = "redis://localhost/not-a-number"\n[lgo]\n')))
    assert result.returncode == 1
    assert [line.split(":")[1] for line in result.stderr.splitlines() if ": error: " in line] == ["2", "3"]


def test_each_error_shows_its_line_with_a_caret_and_a_hint(write):
    result = rialto("check", str(write(FIVE_MISTAKES.format(port=free_port()))))
    lines = result.stderr.splitlines()
    at = next(number for number, line in enumerate(lines) if ":3:1: error:" in line)
    assert lines[at + 1].endswith("3 | max_conections = 5")
    assert lines[at + 2].strip().startswith("| ^^^^^^^^^^^^^^")
    assert "did you mean 'max_connections'" in lines[at + 2]


def test_a_file_that_is_no_toml_is_told_where(write):
    file = write('[listeners.mqtt]\nurl = "mqtt://127.0.0.1:1\n')
    result = rialto("run", str(file))
    assert result.returncode == 1
    assert re.search(rf"^{re.escape(str(file))}:2:\d+: error: ", result.stderr, re.MULTILINE)


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    result = rialto("run", str(tmp_path / "nowhere.toml"))
    assert result.returncode == 1 and "nowhere.toml" in result.stderr


@pytest.mark.parametrize("url", ["mqtt://0.0.0.0:{port}", "stomp://0.0.0.0:{port}", "http://0.0.0.0:{port}", "mqtt://[::]:{port}"])
def test_a_port_open_to_the_world_needs_anonymous_access_written_down(write, url):
    config = f'[listeners.open]\nurl = "{url.format(port=free_port())}"\n'
    refused = rialto("run", str(write(config)))
    assert refused.returncode == 1
    assert "auth.allow_anonymous" in refused.stderr
    assert re.search(r":2:\d+: error: ", refused.stderr)
    assert rialto("check", str(write(config + "[auth]\nallow_anonymous = true\n"))).returncode == 0


def test_loopback_needs_nothing_written_down(write):
    for url in ("mqtt://127.0.0.1:{port}", "mqtt://localhost:{port}", "mqtt://[::1]:{port}"):
        result = rialto("check", str(write(f'[listeners.near]\nurl = "{url.format(port=free_port())}"\n')))
        assert result.returncode == 0, result.stderr


def test_a_port_in_use_is_said_and_ends_the_start(gateway, write):
    result = rialto("run", str(write(f'[listeners.twice]\nurl = "mqtt://{HOST}:{gateway.port("mqtt")}"\n')))
    assert result.returncode != 0
    assert str(gateway.port("mqtt")) in result.stderr


def test_set_overrides_a_key_of_the_file(gateway_with):
    port = free_port()
    gateway = gateway_with(three_listeners(), "--set", f"listeners.more.url=mqtt://{HOST}:{port}")
    gateway.server.wait_for_ports(port)

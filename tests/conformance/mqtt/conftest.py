"""The server under test and the clients that talk to it.

`pytest tests/conformance/mqtt` starts `build/release/rialto` (or `RIALTO_BINARY`) once for the run.
`--mqtt HOST:PORT` or `RIALTO_MQTT` tests a server that already runs; `--web HOST:PORT` or `RIALTO_WEB` names its
WebSocket port, without which the WebSocket tests are skipped.
"""

from __future__ import annotations

import os
import pathlib
import socket
import subprocess
import time

import pytest

from client import Client, unique
from wire import V5, V31, V311, Kind

ROOT = pathlib.Path(__file__).resolve().parents[3]
START = 10.0  # seconds until the ports must accept, and until the process must have ended
VERSION_NAMES = {V31: "3.1", V311: "3.1.1", V5: "5.0"}


def pytest_addoption(parser):
    parser.addoption("--mqtt", default=os.environ.get("RIALTO_MQTT"), help="HOST:PORT of a running MQTT server")
    parser.addoption("--web", default=os.environ.get("RIALTO_WEB"), help="HOST:PORT of its WebSocket listener")


def pytest_configure(config):
    config.addinivalue_line("markers", "clause(*ids): the normative statements that the test is for, "
                                       "MQTT-x.y.z-n of 3.1.1 and MQTT5-x.y.z-n of 5.0")


def pytest_generate_tests(metafunc):
    """A test that takes `version` runs for 3.1.1 and 5.0, one that takes `any_version` for 3.1 as well."""
    for name, versions in (("version", (V311, V5)), ("any_version", (V31, V311, V5))):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, versions, ids=[VERSION_NAMES[each] for each in versions])


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """Where the server listens, and its process when it is ours."""

    def __init__(self, mqtt, web, process=None, log=None):
        self.mqtt, self.web, self.process, self.log = mqtt, web, process, log

    def assert_alive(self):
        if self.process and self.process.poll() is not None:
            pytest.exit(f"the server died with {self.process.returncode}:\n{self.log.read_text()[-4000:]}", 1)

    def stop(self):
        self.assert_alive()
        self.process.terminate()
        try:
            code = self.process.wait(START)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            code = "no end at all"
        assert code == 0, f"the server ended with {code}:\n{self.log.read_text()[-4000:]}"


def _start(folder: pathlib.Path) -> Server:
    binary = pathlib.Path(os.environ.get("RIALTO_BINARY", ROOT / "build/release/rialto"))
    if not binary.exists():
        pytest.exit(f"no server to test: build {binary}, or name a running one with --mqtt HOST:PORT", 1)
    mqtt, web = ("127.0.0.1", _free_port()), ("127.0.0.1", _free_port())
    config, log = folder / "conformance.toml", folder / "server.log"
    config.write_text(f'[listeners.mqtt]\nurl = "mqtt://127.0.0.1:{mqtt[1]}"\n\n'
                      f'[listeners.web]\nurl = "http://127.0.0.1:{web[1]}"\n')
    with log.open("wb") as output:
        process = subprocess.Popen([binary, "run", config], stdout=output, stderr=subprocess.STDOUT, cwd=folder)
    server = Server(mqtt, web, process, log)
    deadline = time.monotonic() + START
    for address in (mqtt, web):
        while True:
            server.assert_alive()
            try:
                socket.create_connection(address, 1).close()
                break
            except OSError:
                assert time.monotonic() < deadline, f"{address} does not accept:\n{log.read_text()[-4000:]}"
                time.sleep(0.02)
    return server


@pytest.fixture(scope="session")
def server(request, tmp_path_factory):
    running = request.config.getoption("--mqtt")
    if running:
        web = request.config.getoption("--web")
        yield Server(_address(running), _address(web) if web else None)
        return
    started = _start(tmp_path_factory.mktemp("rialto"))
    yield started
    started.stop()


@pytest.fixture
def dial(server):
    """Opens connections that have not said anything yet; closes them after the test, when the server must live."""
    opened = []

    def open_connection(version: int = V311) -> Client:
        stream = socket.create_connection(server.mqtt, 3)
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.append(Client(stream, version))
        return opened[-1]

    yield open_connection
    for client in opened:
        client.drop()
    server.assert_alive()


@pytest.fixture
def connect(dial):
    """Opens a connection and has its CONNECT accepted: `connect(V5, "id", clean=False, …)`."""

    def connected(version: int = V311, client_id: str | None = None, **options) -> Client:
        client = dial(version)
        client.connack = client.connect(version, client_id, **options)
        return client

    return connected


@pytest.fixture
def topic() -> str:
    """A topic of this test's own."""
    return unique("t")


@pytest.fixture
def marker(topic):
    """Shows that nothing more was on its way: a message published behind it is the next thing that comes.

    Call `ready(subscriber)` right after connecting and `passed(publisher, subscriber)` in the end.
    """

    class Marker:
        name = f"marker/{topic}"

        def ready(self, subscriber):
            subscriber.subscribe((self.name, 0))

        def passed(self, publisher, subscriber):
            publisher.publish(self.name, b"marker")
            subscriber.expect(Kind.PUBLISH, topic=self.name)

    return Marker()

"""The server under test and the clients that talk to it.

`pytest tests/conformance/mqtt` starts `build/release/rialto` (or `RIALTO_BINARY`) once for the run.
`--mqtt HOST:PORT` or `RIALTO_MQTT` tests a server that already runs; `--web HOST:PORT` or `RIALTO_WEB` names its
WebSocket port, without which the tests of chapter 6 are skipped.
"""

from __future__ import annotations

import os
import socket

import pytest

from client import Client, unique
from tests.support.gateway import BINARY, Gateway
from tests.support.processes import HOST, free_port
from wire import V5, V31, V311, Kind

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


class Running:
    """Where the server listens, and its process when it is ours."""

    def __init__(self, mqtt: tuple[str, int], web: tuple[str, int] | None, gateway: Gateway | None = None):
        self.mqtt, self.web, self.gateway = mqtt, web, gateway

    def assert_alive(self) -> None:
        """Ends the whole run when the server has died: whatever follows would only fail for that."""
        if self.gateway and not self.gateway.server.alive:
            pytest.exit(f"the server died with {self.gateway.server.exit_code}:\n{self.gateway.log()[-4000:]}", 1)


@pytest.fixture(scope="session")
def server(request, tmp_path_factory):
    running = request.config.getoption("--mqtt")
    if running:
        web = request.config.getoption("--web")
        yield Running(_address(running), _address(web) if web else None)
        return
    if not BINARY.exists():
        pytest.exit(f"no server to test: build {BINARY}, or name a running one with --mqtt HOST:PORT", 1)
    mqtt, web = free_port(), free_port()
    config = f'[listeners.mqtt]\nurl = "mqtt://{HOST}:{mqtt}"\n[listeners.web]\nurl = "http://{HOST}:{web}"\n'
    with Gateway(tmp_path_factory.mktemp("conformance"), config) as gateway:
        yield Running((HOST, mqtt), (HOST, web), gateway)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


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


class Marker:
    """Shows that nothing more was on its way: a message published behind it is the next thing that comes."""

    def __init__(self, name: str):
        self.name = name

    def ready(self, subscriber: Client) -> None:
        subscriber.subscribe((self.name, 0))

    def passed(self, publisher: Client, subscriber: Client) -> None:
        publisher.publish(self.name, b"marker")
        subscriber.expect(Kind.PUBLISH, topic=self.name)


@pytest.fixture
def marker(topic) -> Marker:
    return Marker(f"marker/{topic}")

"""Fixtures for every suite."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.brokers import Mosquitto, Redis
from tests.support.certs import Certificates, make_certificates
from tests.support.gateway import Gateway, three_listeners


@pytest.fixture(scope="session")
def certificates(tmp_path_factory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def gateway_with(tmp_path: Path) -> Iterator[Callable[..., Gateway]]:
    """Starts gateways with a configuration, and stops them when the test ends."""
    with ExitStack() as running:
        def start(config: str, *arguments: str, **options) -> Gateway:
            folder = tmp_path / f"gateway{len(list(tmp_path.glob('gateway*')))}"
            return running.enter_context(Gateway(folder, config, *arguments, **options))
        yield start


@pytest.fixture(scope="module")
def gateway(tmp_path_factory) -> Iterator[Gateway]:
    """The listeners mqtt, stomp and web, no backend and no route; shared by the tests of one file."""
    with Gateway(tmp_path_factory.mktemp("gateway"), three_listeners()) as running:
        yield running


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path / "mosquitto") as broker:
        yield broker


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    with Redis(tmp_path / "redis") as broker:
        yield broker

"""A disk that is full holds publishers back, and nothing else happens; with room again all goes on."""

import os
import subprocess
import time

import pytest

from tests.crash.damage import configuration
from tests.crash.session import Publisher, Subscriber
from tests.matrix.crash.verdict import Arrivals
from tests.support.gateway import Gateway
from tests.support.processes import free_port, wait_until

SMALL, LARGE = "16m", "256m"
HELD = 2                    # seconds in which nothing may be acknowledged


@pytest.fixture
def small_disk(tmp_path):
    assert os.geteuid() == 0, "a small file system has to be mounted: run this as root"
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "rialto-test", folder], check=True)
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def make_room(disk) -> None:
    subprocess.run(["mount", "-o", f"remount,size={LARGE}", disk], check=True)


@pytest.fixture
def filled(small_disk, tmp_path):
    """A gateway whose disk a publisher has just filled, by way of a session that is away."""
    port = free_port()
    text = configuration(small_disk / "data", port) + 'max_queued = 1000000\n'
    with Gateway(tmp_path / "gateway", text) as gateway:
        Subscriber(port, "away", ["load/#"], 1, lambda *_: None).leave()
        with Publisher(port, "filler", ["load/x"], 1, rate=20_000, size=4000) as publisher:
            wait_until(lambda: is_held(publisher), "the disk being full", 60)
            yield gateway, publisher, port


def is_held(publisher: Publisher) -> bool:
    before = len(publisher.acknowledged)
    time.sleep(HELD)
    return len(publisher.acknowledged) == before > 0


def judge(publisher: Publisher, port: int) -> None:
    publisher.finish(30)
    assert len(publisher.acknowledged) == publisher.published
    arrivals = Arrivals(publisher.topic_of, "load", b"")
    session = Subscriber(port, "away", ["load/#"], 1, arrivals.take)
    session.expects_session = True
    with session:
        wait_until(lambda: publisher.acknowledged <= arrivals.seen or session.trouble, "all being there", 30)
    print(f"\n{len(arrivals.seen)} messages, {arrivals.repeats} repeats")
    assert not session.trouble
    assert (arrivals.out_of_order, arrivals.strangers) == ([], [])
    assert arrivals.repeats <= publisher.window * publisher.connections


def test_publishers_are_held_while_the_disk_is_full(filled, small_disk):
    gateway, publisher, port = filled
    complaints = [line for line in gateway.log().splitlines() if " error " in line or " warn " in line]
    # It tries again, and room for a while is found by packing what is there.
    assert 1 <= len(complaints) <= 4 and all("No space left" in line for line in complaints), "\n".join(complaints)
    connections = publisher.connections
    before = len(publisher.acknowledged)
    make_room(small_disk)
    wait_until(lambda: len(publisher.acknowledged) > before + 1000, "going on", 20)
    assert publisher.connections == connections, "nobody was sent away"
    judge(publisher, port)


def test_a_crash_with_a_full_disk_loses_nothing(filled, small_disk):
    gateway, publisher, port = filled
    gateway.kill()
    make_room(small_disk)
    gateway.start()
    judge(publisher, port)

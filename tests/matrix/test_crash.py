"""A short run; `python -m tests.matrix.crash` is the long one."""

import pytest

from tests.matrix.crash.pairs import World
from tests.matrix.crash.verdict import Arrivals, Verdict


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with World(tmp_path_factory.mktemp("crash")) as world:
        yield world


@pytest.mark.timeout(180)
@pytest.mark.parametrize("source, sink, gateway_kills, broker_kills", [
    ("streams", "streams", 4, 2),
    ("mqtt", "streams", 4, 0),
    ("streams", "mqtt", 4, 0),
    ("bus", "streams", 3, 1),
    ("streams", "bus", 0, 1),
    ("kafka", "streams", 1, 0),
    ("amqp", "streams", 2, 0),
])
def test_what_was_acknowledged_arrives_whoever_is_killed(world, source, sink, gateway_kills, broker_kills):
    verdict = world.try_pair(source, sink, gateway_kills, broker_kills, seed=7)
    print(f"\n{source} → {sink}: {verdict}")
    assert verdict.troubles == []


def judged(*bodies: str) -> Arrivals:
    arrivals = Arrivals(lambda number: ("in/even", "in/odd")[number % 2], "out", b"probe")
    for body in bodies:
        arrivals.take("out/odd" if body[-1] in "13579" else "out/even", body.encode())
    return arrivals


def test_the_judge_of_crashes_sees_repeats_and_disorder():
    arrivals = judged("0", "1", "2", "0", "2", "4", "3", "probe")
    assert (arrivals.repeats, arrivals.out_of_order, arrivals.strangers) == (2, [], [])
    assert judged("0", "4", "2").out_of_order == [2]
    assert judged("1", "0").out_of_order == []          # on different topics
    assert len(judged("x").strangers) == 1


def test_the_judge_of_crashes_refuses_loss_and_too_many_repeats():
    assert Verdict(acknowledged=5).troubles == []
    assert Verdict(acknowledged=0).troubles == ["nothing was acknowledged"]
    assert "1 acknowledged messages lost" in Verdict(acknowledged=5, lost=[3]).troubles[0]
    assert Verdict(gateway_kills=1, acknowledged=5, repeats=1024).troubles == []
    assert "1025 repeats" in Verdict(gateway_kills=1, acknowledged=5, repeats=1025).troubles[0]

"""A short run; `python -m tests.faults.network` is the long one."""

import pytest

from tests.faults.network.faults import FAULTS
from tests.faults.network.ring import Ring

SECONDS = 3             # for each fault
SEED = 11


@pytest.fixture(scope="module")
def ring(tmp_path_factory):
    with Ring(tmp_path_factory.mktemp("ring"), rate=50, seed=SEED) as ring:
        yield ring


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "-"))
def test_every_backend_recovers_by_itself(ring, fault):
    took = ring.strike(fault, SECONDS)
    print(f"\n{fault.name}:", " ".join(f"{name} {seconds:.1f} s " for name, seconds in took.items()))


def test_nothing_that_a_broker_acknowledged_is_lost_and_order_holds(ring):
    troubles = ring.finish()
    print("", *ring.routes, sep="\n")
    assert troubles == []

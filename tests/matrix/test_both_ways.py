"""A short run; `python -m tests.matrix.both_ways` is the long one."""

import pytest

from tests.matrix.both_ways import BROKERS, run_both_ways


@pytest.mark.timeout(400)
def test_everything_in_both_directions_is_seen_once_on_each_side(tmp_path):
    assert run_both_ways(BROKERS, tmp_path, budget=21 * 2 * 60) == []

"""A short run; `python -m tests.crash` is the long one."""

import pytest

from tests.crash.trial import Trial

KILLS, SEED = 20, 7


@pytest.mark.timeout(180)
def test_what_was_acknowledged_survives_crashes(tmp_path):
    with Trial(tmp_path, SEED) as trial:
        for _ in range(KILLS):
            trial.strike()
        troubles = trial.finish()
        print(f"\nseed {SEED}, {trial.broker_blows} of {trial.blows} kills with the broker", *trial.readers, sep="\n")
        assert troubles == []

"""A short run; `python -m tests.crash` is the long one."""

import pytest

from tests.crash.__main__ import SPOOL
from tests.crash.trial import Trial

KILLS, SEED = 12, 7


@pytest.mark.timeout(180)
@pytest.mark.parametrize("spool", ["", SPOOL], ids=["without a spool", "with a spool"])
def test_what_was_acknowledged_survives_crashes(tmp_path, spool):
    with Trial(tmp_path, SEED, spool) as trial:
        for _ in range(KILLS):
            trial.strike()
        troubles = trial.finish()
        print(f"\nseed {SEED}, {trial.broker_blows} of {trial.blows} kills with the broker", *trial.readers, sep="\n")
        assert troubles == []

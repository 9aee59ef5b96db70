"""Torn and damaged files: all that was committed, or a refusal that says where; never a wrong message."""

import collections
import random
import shutil

from tests.crash.damage import Original, random_damage, verdict

SEED, TIMES = 5, 60
SOUND = ("recovered", "refused", "reported")


def test_a_damaged_store_is_recovered_or_refused(tmp_path):
    original, chance = Original(tmp_path, SEED), random.Random(SEED)
    outcomes, wrong = collections.Counter(), []
    for number in range(TIMES):
        damage, folder = random_damage(original.folder, chance), tmp_path / str(number)
        folder.mkdir()
        outcome = verdict(original, folder, damage)
        outcomes[outcome if outcome in SOUND else "wrong"] += 1
        if outcome not in SOUND:
            wrong.append(f"{damage}: {outcome}")
        shutil.rmtree(folder)
    print(f"\nseed {SEED}: {dict(outcomes)}")
    assert wrong == []

"""Every libFuzzer target for its share of a minute: no crash, no leak, no hang, no undefined behaviour.

    RIALTO_FUZZ_SECONDS=3600 scripts/test fuzz      for longer
"""

import os
import re
import subprocess

import pytest

from tests.support.gateway import ROOT

FOLDER = ROOT / "tests" / "fuzz"
TARGETS = sorted((name, lists.parent.relative_to(FOLDER)) for lists in FOLDER.glob("*/CMakeLists.txt")
                 for name in re.findall(r"rialto_fuzz_target\(\s*(\w+)", lists.read_text()))
SECONDS = int(os.environ.get("RIALTO_FUZZ_SECONDS", "60"))


def test_there_are_targets():
    assert TARGETS


@pytest.mark.timeout(SECONDS + 60)
@pytest.mark.parametrize("name, folder", TARGETS)
def test_target_survives(name, folder, tmp_path):
    found, seeds = tmp_path / "found", FOLDER / folder / "corpus"
    found.mkdir()
    run = subprocess.run(
        [ROOT / "build/fuzz/tests/fuzz" / folder / name, f"-max_total_time={max(5, SECONDS // len(TARGETS))}",
         "-timeout=10", "-rss_limit_mb=1024", "-print_final_stats=1", f"-artifact_prefix={tmp_path}/", found,
         *([seeds] if seeds.is_dir() else [])],
        capture_output=True, text=True, errors="replace")
    print(run.stderr[-3000:])
    assert run.returncode == 0, f"the input that did it lies in {tmp_path}"
    executed = re.search(r"stat::number_of_executed_units:\s*(\d+)", run.stderr)
    assert executed and int(executed[1]) > 1000

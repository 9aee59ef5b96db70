"""Reads what ctest and pytest report as JUnit XML."""

from __future__ import annotations

import dataclasses
import xml.etree.ElementTree as xml
from pathlib import Path


@dataclasses.dataclass
class Tally:
    """How many tests passed; the names and first words of those that did not."""

    passed: int = 0
    skipped: int = 0
    failures: list[str] = dataclasses.field(default_factory=list)

    def add(self, other: "Tally") -> None:
        self.passed += other.passed
        self.skipped += other.skipped
        self.failures += other.failures


def read_junit(report: Path) -> Tally:
    """A report that is missing, torn or empty is a failure: a suite that runs nothing proves nothing."""
    try:
        cases = list(xml.parse(report).getroot().iter("testcase"))
    except (OSError, xml.ParseError) as error:
        return Tally(failures=[f"no report: {error}"])
    tally = Tally()
    for case in cases:
        name = f"{case.get('classname', '')}::{case.get('name', '')}"
        failure = case.find("failure") if case.find("failure") is not None else case.find("error")
        # ctest marks a test whose program is missing as "notrun" and merely skipped; that is a failure too.
        if failure is not None or case.get("status") in ("fail", "notrun"):
            message = (failure.get("message") or "") if failure is not None else "did not run"
            tally.failures.append(f"{name}: {message.strip().splitlines()[0] if message.strip() else 'failed'}")
        elif case.find("skipped") is not None or case.get("status") == "disabled":
            tally.skipped += 1
        else:
            tally.passed += 1
    if not cases:
        tally.failures.append("the suite holds no test")
    return tally

"""Reads what ctest and pytest report as JUnit XML."""

from __future__ import annotations

import dataclasses
import xml.etree.ElementTree as xml
from collections.abc import Iterator
from pathlib import Path


@dataclasses.dataclass(frozen=True)
class Failure:
    """A test, and all that it said; a suite that could not run has no name."""

    name: str
    why: str


@dataclasses.dataclass
class Tally:
    """How many tests passed, and those that did not."""

    passed: int = 0
    skipped: int = 0
    failures: list[Failure] = dataclasses.field(default_factory=list)

    def add(self, other: "Tally") -> None:
        self.passed += other.passed
        self.skipped += other.skipped
        self.failures += other.failures

    def told(self, lines: int = 6) -> Iterator[str]:
        """The failures in lines of text. What several of them share, such as a server that did not start, is told once."""
        alike: dict[str, list[str]] = {}
        for failure in self.failures:
            alike.setdefault(failure.why, []).append(failure.name)
        for why, (first, *others) in alike.items():
            said = why.strip().splitlines() or ["failed"]
            yield f"FAILED {first}: {said[0]}" if first else f"FAILED {said[0]}"
            yield from (f"  {line}" for line in said[1:lines])
            if others:
                yield f"  and {len(others)} more for the same reason: {', '.join(others)}"


def read_junit(report: Path) -> Tally:
    """A report that is missing, torn or empty is a failure: a suite that runs nothing proves nothing."""
    try:
        cases = list(xml.parse(report).getroot().iter("testcase"))
    except (OSError, xml.ParseError) as error:
        return Tally(failures=[Failure("", f"no report: {error}")])
    tally = Tally()
    for case in cases:
        name = f"{case.get('classname', '')}::{case.get('name', '')}"
        failure = case.find("failure") if case.find("failure") is not None else case.find("error")
        # ctest marks a test whose program is missing as "notrun" and merely skipped; that is a failure too.
        if failure is not None or case.get("status") in ("fail", "notrun"):
            message = (failure.get("message") or "") if failure is not None else "did not run"
            tally.failures.append(Failure(name, message))
        elif case.find("skipped") is not None or case.get("status") == "disabled":
            tally.skipped += 1
        else:
            tally.passed += 1
    if not cases:
        tally.failures.append(Failure("", "the suite holds no test"))
    return tally

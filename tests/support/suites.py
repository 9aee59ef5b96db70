"""Runs the suites of the table below, and ends with the line "N passed, N failed".

    scripts/test [--quick] [--list] [SUITE…]

What a suite needs is built while the ones before it run: many of these wait more than they work. Reports and logs of a
run lie in build/test-results.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import dataclasses
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from tests.support.results import Failure, Tally, read_junit

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "build" / "test-results"


@dataclasses.dataclass(frozen=True)
class Build:
    """One preset and the targets wanted of it; DIR/all is every target of a folder."""

    preset: str
    targets: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Suite:
    """A name, what it is made of, and the command that runs it. A command with {report} in it writes a JUnit report
    there; one without is a single test that passes when it ends with 0."""

    name: str
    about: str
    builds: tuple[Build, ...]
    command: tuple[str, ...]
    minutes: float              # more than this is a hang
    quick: bool = False
    is_long: bool = False       # only where it is named: the whole run stays below an hour without it


RELEASE = Build("release", ("rialto",))
BENCH = Build("release", ("tests/bench/all",))


def ctest(preset: str, folder: str, *arguments: str) -> tuple[str, ...]:
    return ("ctest", "--test-dir", f"build/{preset}/{folder}", "--output-on-failure", "--no-tests=error",
            "--parallel", "2", "--timeout", "300", "--output-junit", "{report}", *arguments)


def pytest(folder: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "pytest", f"tests/{folder}", "--junitxml={report}", *arguments)


SUITES = (
    Suite("layering", "no include points the wrong way", (), pytest("layering"), 1, quick=True),
    Suite("judgement", "the tests' own judges see what they should", (), pytest("support"), 1, quick=True),
    Suite("conformance", "every statement of the MQTT standards", (RELEASE,), pytest("conformance/mqtt"), 5),
    Suite("integration", "the gateway with real clients and brokers", (RELEASE,), pytest("integration"), 20),
    Suite("matrix", "from every kind of broker to every other, and both ways at once", (RELEASE,),
          pytest("matrix", "--ignore=tests/matrix/test_crash.py"), 15),
    Suite("crashes", "gateway and brokers killed under load: nothing acknowledged is lost", (RELEASE,),
          pytest("matrix/test_crash.py"), 10),
    Suite("browser", "the demo page in Chromium", (RELEASE,), pytest("browser"), 5),
    Suite("bench-check", "the load generator notices what a server does wrong", (BENCH,), ctest("release", "tests/bench"), 5,
          quick=True),
    Suite("bench", "a short run of the load generators: nothing lost", (RELEASE, BENCH),
          (sys.executable, "tests/bench/run.py", "--quick"), 5),
    Suite("faults", "outages, networks that fail, garbage and floods", (RELEASE,), pytest("faults", "--capture=no"), 15),
    Suite("durability", "the store through crashes, damaged files and a full disk", (RELEASE,), pytest("crash", "--capture=no"), 10),
    Suite("unit", "every class by itself, under AddressSanitizer", (Build("asan", ("tests/unit/all",)),),
          ctest("asan", "tests/unit"), 10, quick=True),
    Suite("contract", "every source and sink keeps the one contract, under AddressSanitizer",
          (Build("asan", ("tests/contract/all",)),), ctest("asan", "tests/contract", "--label-exclude", "large"), 10),
    Suite("contract-large", "the same against the brokers that start slowly: Kafka, RabbitMQ, Artemis, ActiveMQ, Qpid",
          (Build("asan", ("tests/contract/all",)),), ctest("asan", "tests/contract", "--label-regex", "large"), 40, is_long=True),
    Suite("fuzz", "every fuzz target for its share of a minute", (Build("fuzz", ("tests/fuzz/all",)),), pytest("fuzz"), 5),
    Suite("tsan", "units and contracts under ThreadSanitizer", (Build("tsan", ("tests/unit/all", "tests/contract/all")),),
          ctest("tsan", "tests"), 40, is_long=True),
)


def main() -> int:
    os.chdir(ROOT)
    wanted = choose(arguments())
    RESULTS.mkdir(parents=True, exist_ok=True)
    total = Tally()
    with Builds(wanted) as builds:
        for suite in wanted:
            total.add(run(suite, builds))
    print(f"{total.passed} passed, {len(total.failures)} failed")
    return 1 if total.failures else 0


class Builds:
    """Makes what the suites want, one after the other in their order, beside the tests. A context manager; leaving it
    stops a build that is under way."""

    def __init__(self, suites: list[Suite]):
        self._maker = concurrent.futures.ThreadPoolExecutor(max_workers=1)
        self._ended = threading.Event()
        wanted = dict.fromkeys(made for suite in suites for made in suite.builds)
        self._made = {made: self._maker.submit(self._make, made) for made in wanted}

    def __enter__(self) -> "Builds":
        return self

    def __exit__(self, *_) -> None:
        self._ended.set()
        self._maker.shutdown(cancel_futures=True)

    def trouble_with(self, suite: Suite) -> tuple[str, Path] | None:
        """Waits for all that the suite needs. What could not be made, and the log that says why."""
        for made in suite.builds:
            if trouble := self._made[made].result():
                return trouble, self._log_of(made)
        return None

    def _make(self, made: Build) -> str | None:
        with self._log_of(made).open("wb") as log:
            # A build folder remembers its preset; configuring again is left to ninja, which knows when it must.
            if not (ROOT / "build" / made.preset / "build.ninja").exists():
                if execute(["cmake", "--preset", made.preset], log, 5, self._ended):
                    return f"cmake --preset {made.preset} failed"
            command = ["nice", "-n", "19", "cmake", "--build", f"build/{made.preset}", "--target", *made.targets]
            if execute(command, log, 30, self._ended):
                return f"building {' '.join(made.targets)} ({made.preset}) failed"
        return None

    @staticmethod
    def _log_of(made: Build) -> Path:
        return RESULTS / f"build-{made.preset}-{'-'.join(made.targets).replace('/', '.')}.log"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/test", description="Builds Rialto and runs its tests.")
    parser.add_argument("suites", nargs="*", metavar="SUITE", help="only these; all of them by default")
    parser.add_argument("--quick", action="store_true", help="only the suites that take seconds")
    parser.add_argument("--list", action="store_true", help="name the suites and stop")
    return parser.parse_args()


def choose(options: argparse.Namespace) -> list[Suite]:
    if options.list:
        for suite in SUITES:
            print(f"{suite.name:12} {suite.about}{' (quick)' if suite.quick else ''}{' (only when named)' if suite.is_long else ''}")
        sys.exit(0)
    unknown = set(options.suites) - {suite.name for suite in SUITES}
    if unknown:
        sys.exit(f"scripts/test: no suite named {', '.join(sorted(unknown))}; scripts/test --list names them")
    wanted = set(options.suites) or {suite.name for suite in SUITES if not suite.is_long}
    chosen = [suite for suite in SUITES if suite.name in wanted and (suite.quick or not options.quick)]
    return chosen or sys.exit("scripts/test: none of these suites is quick")


def run(suite: Suite, builds: Builds) -> Tally:
    """Runs one suite, and prints one line about it and one for each failure."""
    log_path, report = RESULTS / f"{suite.name}.log", RESULTS / f"{suite.name}.xml"
    report.unlink(missing_ok=True)
    print(f"{suite.name}: {suite.about} …", flush=True)
    if unmade := builds.trouble_with(suite):
        broken, log_path = unmade
    started = time.monotonic()
    if not unmade:
        command = [part.format(report=report) for part in suite.command]
        with log_path.open("wb") as log:
            broken = execute(command, log, suite.minutes)
    tally = judge(suite, report, broken)
    skipped = f", {tally.skipped} skipped" if tally.skipped else ""
    print(f"{suite.name}: {tally.passed} passed, {len(tally.failures)} failed{skipped} "
          f"({time.monotonic() - started:.0f} s)")
    for line in tally.told():
        print(f"  {line}")
    if tally.failures:
        print(f"  the whole output is in {log_path.relative_to(ROOT)}; its end:")
        print("".join(f"  | {line}\n" for line in tail(log_path, 40)), end="", flush=True)
    return tally


def judge(suite: Suite, report: Path, broken: str | None) -> Tally:
    reports = any("{report}" in part for part in suite.command)
    if broken and not report.exists():
        return Tally(failures=[Failure("", broken)])
    tally = read_junit(report) if reports else Tally(passed=1)
    if broken and not tally.failures:
        tally.failures.append(Failure("", broken))
    return tally


def execute(command: list[str], log, minutes: float, ended: threading.Event | None = None) -> str | None:
    """Runs a command into the log; returns what went wrong, if anything. Stops it when `ended` is set."""
    log.write(f"\n$ {' '.join(command)}\n".encode())
    log.flush()
    child = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                             start_new_session=True)
    deadline = time.monotonic() + minutes * 60
    try:
        while time.monotonic() < deadline:
            if ended and ended.is_set():
                return f"{command[0]} was stopped"
            try:
                code = child.wait(timeout=1)
                return None if code == 0 else f"{command[0]} ended with exit code {code}"
            except subprocess.TimeoutExpired:
                pass
        return f"{command[0]} was stopped after {minutes:g} minutes"
    finally:
        stop(child)


def stop(child: subprocess.Popen) -> None:
    """An interrupt first, so that fixtures end what they started; then the whole group."""
    for sign, patience in ((signal.SIGINT, 20), (signal.SIGKILL, 5)):
        if child.poll() is not None:
            return
        os.killpg(child.pid, sign)
        try:
            child.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            pass


def tail(path: Path, lines: int) -> list[str]:
    return path.read_text(errors="replace").splitlines()[-lines:]


if __name__ == "__main__":
    sys.exit(main())

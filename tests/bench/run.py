#!/usr/bin/env python3
"""Measures Rialto's MQTT listener beside mosquitto, in turns, and prints one report.

    tests/bench/run.py                      the whole comparison, about eight minutes
    tests/bench/run.py --quick              a short run: every message must arrive, times are only shown
    tests/bench/run.py --server mosquitto   only one of the servers
    tests/bench/run.py --markdown           also puts the tables into docs/performance.md

Exit status 1 when a server lost, doubled or reordered a message or did not start.
"""

import argparse
import json
import os
import pathlib
import platform
import re
import resource
import shutil
import subprocess
import sys

import table
from cases import CASES
from servers import Server, running

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "performance.md"
DESCRIPTORS = 20_000  # for 10,000 idle connections


def main():
    options = parse_arguments()
    raise_descriptor_limit()
    servers = chosen_servers(options)
    cases = [case for case in CASES if options.only in f"{case.scenario} {case.title}"]
    try:
        runs = measure_all(cases, servers, options)
    except (RuntimeError, OSError) as failure:
        sys.exit(f"run.py: {failure}")
    report = f"{describe_machine(servers)}\n\n{table.render(cases, servers, runs)}"
    print(report)
    if options.markdown:
        write_page(report)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--server", choices=["mosquitto", "rialto"], help="measure only this one")
    parser.add_argument("--only", default="", metavar="TEXT", help="only cases with TEXT in 'scenario title'")
    parser.add_argument("--repeats", type=int, default=0, metavar="N", help="rounds (default 3, of latency 7; quick 1)")
    parser.add_argument("--quick", action="store_true", help="few messages, to see that all of them arrive")
    parser.add_argument("--markdown", action="store_true", help="put the tables into docs/performance.md")
    parser.add_argument("--raw", type=pathlib.Path, metavar="FILE", help="append every run as a JSON line to FILE")
    parser.add_argument("--rialto", default=str(ROOT / "build/release/rialto"), metavar="PROGRAM")
    parser.add_argument("--mosquitto", default=shutil.which("mosquitto", path=os.defpath + ":/usr/sbin"),
                        metavar="PROGRAM")
    parser.add_argument("--generator", default=find_generator(), metavar="PROGRAM")
    options = parser.parse_args()
    if options.quick:
        options.repeats = options.repeats or 1
    return options


def find_generator():
    built = [ROOT / "build" / preset / "tests/bench/rialto_bench" for preset in ("release", "dev")]
    return str(next((path for path in built if path.exists()), built[0]))


def raise_descriptor_limit():
    """For the servers, which inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < DESCRIPTORS and os.geteuid() == 0:
        hard = DESCRIPTORS
    if hard == resource.RLIM_INFINITY or soft < hard:
        soft = DESCRIPTORS if hard == resource.RLIM_INFINITY else hard
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def chosen_servers(options):
    servers = [Server("mosquitto", options.mosquitto),
               Server("Rialto, 1 worker", options.rialto, workers=1),
               Server(f"Rialto, {os.cpu_count()} workers", options.rialto)]
    if options.server == "mosquitto":
        servers = servers[:1]
    if options.server == "rialto":
        servers = servers[1:]
    for program in {options.generator, *(server.program for server in servers)}:
        if not program or not os.access(program, os.X_OK):
            sys.exit(f"run.py: there is no program {program}")
    return servers


def measure_all(cases, servers, options):
    """The servers take turns, so that whatever else the machine does meets all of them alike."""
    runs = {case: {server.name: [] for server in servers} for case in cases}
    rounds = {case: options.repeats or case.rounds for case in cases}
    for repeat in range(max(rounds.values(), default=0)):
        for case in (case for case in cases if repeat < rounds[case]):
            for server in servers:
                print(f"{repeat + 1}/{rounds[case]}  {case.scenario} {case.title}: {server.name}", file=sys.stderr)
                report = measure(case, server, options)
                runs[case][server.name].append(report)
                if options.raw:
                    with open(options.raw, "a", encoding="utf-8") as raw:
                        raw.write(json.dumps({"server": server.name, "case": case.title, **report}) + "\n")
    return runs


def measure(case, server, options):
    """One run against a fresh server."""
    with running(server) as (pid, port):
        done = subprocess.run([options.generator, case.scenario, f"127.0.0.1:{port}", "--pid", str(pid), "--json",
                               *case.arguments(options.quick)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{server.name}, {case.scenario} {case.title}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def describe_machine(servers):
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    versions = [version_of(server) for server in servers]
    return (f"{os.cpu_count()} cores{' of ' + model[1] if model else ''}, Linux {platform.release().split('-')[0]}; "
            f"{', '.join(dict.fromkeys(versions))}")


def version_of(server):
    argument = "-h" if server.name == "mosquitto" else "version"
    done = subprocess.run([server.program, argument], capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).partition("\n")[0]


def write_page(report):
    text = PAGE.read_text(encoding="utf-8")
    begin, end = "<!-- figures: begin -->\n", "<!-- figures: end -->"
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    PAGE.write_text(before + begin + "\n" + report + "\n" + end + after, encoding="utf-8")


if __name__ == "__main__":
    main()

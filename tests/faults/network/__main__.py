#!/usr/bin/env python3
"""Does to every backend's line what networks do, and prints how soon all was well again.

    .venv/bin/python -m tests.faults.network [--rounds N] [--seconds S] [--rate N] [--seed N] [--write] [FAULT…]

One gateway takes messages from MQTT to STOMP, AMQP (twice), Redis Streams, Kafka and back to MQTT, and between Redis pub/sub and
ZeroMQ. All lines meet each fault at once. Ends with 1 where a route did not recover by itself, an acknowledged message was lost, one
was out of order, or more came again than can have been in flight. --write puts the table into docs/failures.md.
"""

from __future__ import annotations

import argparse
import collections
import random
import sys
import tempfile
from pathlib import Path

from tests.faults.network.faults import FAULTS, Fault
from tests.faults.network.ring import Ring
from tests.support.gateway import ROOT

DOCUMENT = ROOT / "docs" / "failures.md"
BEGINS, ENDS = "<!-- the table of networks begins -->\n", "<!-- the table of networks ends -->\n"


def main() -> int:
    options = arguments()
    faults = [fault for fault in FAULTS if not options.faults or fault.name in options.faults]
    print(f"seed {options.seed}")
    longest: dict[Fault, dict[str, float]] = collections.defaultdict(dict)
    with tempfile.TemporaryDirectory(prefix="rialto-network-") as folder, Ring(Path(folder), options.rate, options.seed) as ring:
        for _ in range(options.rounds):
            for fault in faults:
                took = ring.strike(fault, options.seconds)
                for name, seconds in took.items():
                    longest[fault][name] = max(seconds, longest[fault].get(name, 0))
                print(f"{fault.name:10}", " ".join(f"{name} {seconds:.1f} s " for name, seconds in took.items()), flush=True)
        troubles = ring.finish()
        print(*map(str, ring.routes), *(f"✗ {trouble}" for trouble in troubles), sep="\n")
        if options.write and not troubles:
            write(table(longest, [route.name for route in ring.routes]))
    return 1 if troubles else 0


def table(longest: dict[Fault, dict[str, float]], routes: list[str]) -> str:
    heads = " | ".join(route.replace("-", " to ") for route in routes)
    rows = [f"| {fault.name} | {fault.about} | " + " | ".join(f"{took[route]:.1f}" for route in routes) + " |\n"
            for fault, took in longest.items()]
    return f"| | | {heads} |\n| --- | --- |{' --: |' * len(routes)}\n" + "".join(rows)


def write(rows: str) -> None:
    before, _, rest = DOCUMENT.read_text().partition(BEGINS)
    DOCUMENT.write_text(f"{before}{BEGINS}{rows}{ENDS}{rest.partition(ENDS)[2]}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.network", description=__doc__.splitlines()[0])
    parser.add_argument("faults", nargs="*", metavar="FAULT", help=f"of {', '.join(fault.name for fault in FAULTS)}; all by default")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6, help="that each fault lasts; 6 by default")
    parser.add_argument("--rate", type=int, default=50, help="messages a second on each route; 50 by default")
    parser.add_argument("--write", action="store_true", help="put the table into docs/failures.md")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="for the same moments again")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

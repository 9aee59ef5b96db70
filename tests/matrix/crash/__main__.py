#!/usr/bin/env python3
"""Kills the gateway and the brokers at random moments under load; prints the table of docs/matrix.md.

    .venv/bin/python -m tests.matrix.crash [--kills N] [--broker-kills N] [--pairs mqtt-kafka,…] [--seed N]
                                           [--markdown] [--write]

For each pair, a client publishes a thousand numbered messages a second and notes what the broker acknowledged; the gateway,
the source's broker and the sink's are killed with SIGKILL and started again. Ends with 1 where an acknowledged message was
lost, one was out of order after the repeats are taken out, or more came again than can have been in flight.
--markdown prints nothing but the table; --write puts it into docs/matrix.md.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.matrix.crash.pairs import World, all_pairs
from tests.matrix.crash.verdict import Verdict
from tests.support.gateway import ROOT

DOCUMENT = ROOT / "docs" / "matrix.md"
BEGINS, ENDS = "<!-- the table of crashes begins -->\n", "<!-- the table of crashes ends -->\n"
HEAD = ("| from | to | gateway killed | brokers killed | published | acknowledged | lost | repeats | out of order |\n"
        "| --- | --- | --: | --: | --: | --: | --: | --: | --: |\n")


def main() -> int:
    options = arguments()
    rows, wrong = HEAD, []
    with tempfile.TemporaryDirectory(prefix="rialto-crash-") as folder, World(Path(folder)) as world:
        for source, sink in options.pairs:
            began = time.monotonic()
            try:
                verdict = world.try_pair(source, sink, options.kills, options.broker_kills, options.seed)
            except Exception as error:      # the other pairs are still worth trying
                traceback.print_exc()
                wrong.append(f"{source}-{sink}: {error}")
                continue
            wrong += [f"{source}-{sink}: {trouble}" for trouble in verdict.troubles]
            rows += row(source, sink, verdict)
            if not options.markdown:
                print(row(source, sink, verdict)[:-1], f"{time.monotonic() - began:.0f} s", *verdict.troubles, flush=True)
    print(rows if options.markdown else "", *(f"✗ {each}\n" for each in wrong), end="", sep="")
    print(f"{len(options.pairs)} pairs, seed {options.seed}, {len(wrong)} wrong", file=sys.stderr)
    if options.write and not wrong:
        write(rows)
    return 1 if wrong else 0


def row(source: str, sink: str, verdict: Verdict) -> str:
    return (f"| {source} | {sink} | {verdict.gateway_kills} | {verdict.broker_kills} | {verdict.published:,} | "
            f"{verdict.acknowledged:,} | {len(verdict.lost)} | {verdict.repeats:,} | {len(verdict.out_of_order)} |\n")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.matrix.crash", description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=10, help="of the gateway, for each pair; 10 by default")
    parser.add_argument("--broker-kills", type=int, default=3,
                        help="of the source's broker and of the sink's, each; 3 by default")
    parser.add_argument("--pairs", type=pairs_in, default=all_pairs(), help="only these, such as mqtt-kafka,kafka-stomp")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="for the same moments again")
    parser.add_argument("--markdown", action="store_true", help="print nothing but the table")
    parser.add_argument("--write", action="store_true", help="put the table into docs/matrix.md")
    return parser.parse_args()


def pairs_in(text: str) -> list[tuple[str, str]]:
    pairs = [tuple(pair.split("-")) for pair in text.split(",")]
    if unknown := [pair for pair in pairs if pair not in all_pairs()]:
        raise argparse.ArgumentTypeError(f"no such pair: {unknown[0]}")
    return pairs


def write(rows: str) -> None:
    text = DOCUMENT.read_text()
    before, _, rest = text.partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    DOCUMENT.write_text(f"{before}{BEGINS}{rows}{ENDS}{after}")


if __name__ == "__main__":
    sys.exit(main())

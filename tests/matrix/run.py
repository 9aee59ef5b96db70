#!/usr/bin/env python3
"""From every place to every place, against the real brokers; prints the table of docs/matrix.md.

    .venv/bin/python -m tests.matrix.run [--messages N] [--places mqtt,kafka,…] [--write]

Ends with 1 where a message was lost, repeated, out of order or changed, or a field was lost that `rialto explain` does not
announce. --write puts the table into docs/matrix.md.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.matrix.verdict import complaints, judge, table
from tests.matrix.world import NAMES, run_matrix
from tests.support.gateway import ROOT

DOCUMENT = ROOT / "docs" / "matrix.md"
BEGINS, ENDS = "<!-- the table begins -->\n", "<!-- the table ends -->\n"


def main() -> int:
    options = arguments()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="rialto-matrix-") as folder:
        exchange, log = run_matrix(tuple(options.places.split(",")), Path(folder), options.messages)
        judged = judge(exchange, Path(folder) / "gateway" / "rialto.toml")
    made = table(exchange, judged, options.messages)
    print(made)
    wrong = complaints(judged) + [f"unknown: {what}" for what in exchange.unknown[:10]]
    for complaint in wrong:
        print(f"✗ {complaint}")
    if wrong:
        print(log[-3000:])
    print(f"{len(judged)} pairs, {options.messages * len(judged):,} deliveries, {time.monotonic() - began:.0f} s, {len(wrong)} wrong")
    if options.write and not wrong:
        write(made)
    return 1 if wrong else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.matrix.run", description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=10_000, help="from each source; 10000 by default")
    parser.add_argument("--places", default=",".join(NAMES), help="only these, joined by commas")
    parser.add_argument("--write", action="store_true", help="put the table into docs/matrix.md")
    return parser.parse_args()


def write(made: str) -> None:
    text = DOCUMENT.read_text()
    before, _, rest = text.partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    DOCUMENT.write_text(f"{before}{BEGINS}{made}{ENDS}{after}")


if __name__ == "__main__":
    sys.exit(main())

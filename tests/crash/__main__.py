#!/usr/bin/env python3
"""Kills a gateway that has a store, alone and together with its broker, at random moments under load.

    .venv/bin/python -m tests.crash [--kills N] [--seed N] [--spool] [--in-redis]

Ends with 1 where a message that was acknowledged to its publisher is missing at a persistent session, here or away, at the
consumer of a queue, or at the broker; where one is out of order; where a session was lost or a retained value is older
than the last acknowledged one; or where more came again than was in flight.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests.crash.trial import Trial

SPOOL = 'spool = { max_bytes = "64MiB" }'


def main() -> int:
    options = arguments()
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="rialto-crash-") as folder:
        with Trial(Path(folder), options.seed, SPOOL if options.spool else "", options.in_redis) as trial:
            for number in range(1, options.kills + 1):
                trial.strike()
                if number % 20 == 0:
                    print(f"{number} kills", flush=True)
            troubles = trial.finish()
            print(*map(str, trial.readers), *(f"✗ {trouble}" for trouble in troubles), sep="\n")
            print(f"{trial.blows} kills of the gateway, {trial.broker_blows} with its broker; "
                  f"the slowest start took {trial.slowest_start:.2f} s; {len(troubles)} wrong")
    return 1 if troubles else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="for the same moments again")
    parser.add_argument("--spool", action="store_true", help="the broker gets all, by way of a spool, which is in the store")
    parser.add_argument("--in-redis", action="store_true",
                        help="the store is a Redis server, which is killed too; each start waits ten seconds for a lease")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

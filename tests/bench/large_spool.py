#!/usr/bin/env python3
"""Measures a spool of ten million messages: how soon a gateway that was killed is there again with it, and in how much memory; then
a Redis gets it all, in order.

    .venv/bin/python -m tests.bench.large_spool [--messages N] [--markdown] [--folder FOLDER]

Needs two gigabytes on disk and four in memory, most of it for Redis, and some minutes.
"""

from __future__ import annotations

import argparse
import struct
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.durability import PAGE, SPOOLED, WINDOW, Publishing, StoredGateway, fill, table
from tests.conformance.mqtt import wire
from tests.support.brokers import Redis
from tests.support.load import MemoryWatch
from tests.support.processes import wait_until

BEGIN, END = "<!-- large spool: begin -->\n", "<!-- large spool: end -->"
CLIENTS, SIZE = 10, 64
PIECE = 10_000              # of what Redis has, looked at together
BODIES = """
local entries, bodies, last = redis.call('XRANGE', 'all', ARGV[1], '+', 'COUNT', ARGV[2]), {}, false
for number, entry in ipairs(entries) do
    last = entry[1]
    for at = 1, #entry[2], 2 do
        if entry[2][at] == 'body' then bodies[number] = entry[2][at + 1] end
    end
end
return {last, table.concat(bodies, '\\n')}
"""


class Numbered(Publishing):
    """Each message says who sent it, and its number."""

    def __init__(self, port: int, client_id: str, size: int):
        super().__init__(port, client_id, size)
        sample = wire.publish(4, "load/x", bytes(size), 1, 1)
        self._head, self._size = sample[:len(sample) - size - 2], size
        self._name, self._number = client_id.encode(), 0

    def packets(self, count: int) -> bytes:
        numbers = range(self._number, self._number + count)
        self._number += count
        return b"".join(self._packet(number) for number in numbers)

    def _packet(self, number: int) -> bytes:
        packet_id = struct.pack("!H", number % (2 * WINDOW) + 1)
        return self._head + packet_id + (b"%s %d" % (self._name, number)).ljust(self._size)


def main() -> None:
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="rialto-spool-", dir=options.folder) as folder:
        row = measured(Path(folder), options.messages)
    text = table(["messages in a spool", "on disk, MB", "until the first client is connected, s", "resident memory then, MB",
                  "resident memory at most until all are sent, MB"], [row])
    print(text)
    if options.markdown:
        before, _, rest = PAGE.read_text().partition(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}")


def measured(folder: Path, count: int) -> list[str]:
    redis = Redis(folder / "redis")
    far = SPOOLED.format(url=redis.url.replace("redis://", "redis+stream://")).replace("spool =", 'stream = "all"\nspool =')
    gateway = StoredGateway(folder / "gateway", far)
    gateway.start()
    written = count / fill(gateway.port("mqtt"), CLIENTS, SIZE, count, Numbered)
    gateway.kill()
    octets = sum(path.stat().st_size for path in (folder / "gateway" / "data").rglob("*"))
    began = time.monotonic()
    with gateway:
        gateway.serve_first_client()
        started = time.monotonic() - began
        memory = gateway.server.rss_kilobytes()
        assert gateway.metrics()['rialto_spool_messages{backend="far"}'] == count
        with MemoryWatch(gateway.server) as watch, redis:
            drained = drain(gateway, count)
            assert in_order(redis) == count, "all arrived, and nothing else"
    print(f"written at {written:,.0f} messages/s, drained at {drained:,.0f}")
    return [f"{count:,}", f"{octets / 1e6:,.0f}", f"{started:.2f}", f"{memory / 1000:,.0f}", f"{watch.highest / 1000:,.0f}"]


def drain(gateway: StoredGateway, count: int) -> float:
    """Messages a second."""
    wait_until(lambda: gateway.sent() > 0, "the backend being there", 60)
    began, before = time.monotonic(), gateway.sent()
    wait_until(lambda: gateway.sent() >= count, "draining", 1800)
    return (count - before) / (time.monotonic() - began)


def in_order(redis: Redis) -> int:
    """How many are there: each sender's from the first one on, none twice, none missing between."""
    expected: dict[bytes, int] = {}
    with redis.client() as client:
        last, bodies = client.eval(BODIES, 0, "-", PIECE)
        while last:
            for body in bodies.splitlines():
                name, number = body.split()
                assert int(number) == expected.get(name, 0), f"{name} {number} where {expected.get(name, 0)} should be"
                expected[name] = int(number) + 1
            last, bodies = client.eval(BODIES, 0, b"(" + last, PIECE)
    return sum(expected.values())


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.large_spool", description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=10_000_000)
    parser.add_argument("--markdown", action="store_true", help="put the table into docs/performance.md")
    parser.add_argument("--folder", type=Path, help="on the disk to be measured; default: where temporary files are")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Measures what Rialto's store takes, beside the disk's own limit in the same run.

    .venv/bin/python -m tests.bench.durability [--quick] [--markdown] [--folder FOLDER]

Durable publishes: clients publish at QoS 1 to a persistent session that is away, so that each acknowledgement means that
the message is on the disk. The disk's limit is a plain log beside it, written in batches of the octets and the number that
the store's syncs had, with fdatasync after each. Spools: a backend is away, and messages for it go to disk; then it is there, and
takes them. Starting again: the time from the start of a gateway that was killed with
so many messages in its store until a client is connected.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import socket
import sys
import tempfile
import time
from pathlib import Path

from tests.conformance.mqtt import wire
from tests.crash.session import Subscriber
from tests.support.brokers import Redis
from tests.support.gateway import ROOT, Gateway
from tests.support.processes import HOST, free_port, wait_until

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- durability: begin -->\n", "<!-- durability: end -->"
GOAL = 0.5                  # of the disk's own limit
CHUNK, WINDOW = 50, 1000    # messages in a write, and unacknowledged ones of a connection
CASES = ((1, 64), (1, 1024), (10, 64), (10, 1024))       # connections and octets of a payload
SYNCS_AT_MOST = 20_000
SPOOLED = """[backends.far]
url = "{url}"
spool = {{ max_bytes = "4GiB" }}
[[routes]]
from = "bus:load/{{x...}}"
to = "far:load/{{x...}}"
"""


def main() -> None:
    options = arguments()
    count = 5_000 if options.quick else 200_000
    with tempfile.TemporaryDirectory(prefix="rialto-durability-", dir=options.folder) as folder:
        rows = [publish_row(Path(folder) / f"{clients}-{size}", clients, size, count) for clients, size in CASES]
        text = table(["durable publishes", "messages/s", "messages a sync", "plain log with fdatasync: messages/s", "part of it", "goal"], rows)
        rows = [spool_row(Path(folder) / f"spool-{size}", size, count) for size in (64, 1024)]
        text += "\n" + table(["spool", "written, messages/s", "drained, messages/s", "written while the backend takes them, messages/s"], rows)
        sizes = (10_000,) if options.quick else (100_000, 1_000_000)
        rows = [start_row(Path(folder) / f"start-{size}", size) for size in sizes]
        text += "\n" + table(["messages in the store", "on disk, MB", "until the first client is connected, s", "resident memory then, MB"], rows)
    print(text)
    if options.markdown:
        before, _, rest = PAGE.read_text().partition(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}")


def publish_row(folder: Path, clients: int, size: int, count: int) -> list[str]:
    with StoredGateway(folder) as gateway:
        gateway.leave_session()
        began = gateway.store_figures()
        seconds = fill(gateway.port("mqtt"), clients, size, count)
        commits, octets = (now - before for now, before in zip(gateway.store_figures(), began))
    rate, batch = count / seconds, count / commits
    limit = batch * syncs_a_second(folder / "plain.log", round(octets / commits), min(round(commits), SYNCS_AT_MOST))
    verdict = f"{GOAL:.0%}: {'met' if rate >= GOAL * limit else 'missed'}"
    many = "1 connection" if clients == 1 else f"{clients} connections"
    return [f"{many}, {size:,} octets", f"{rate:,.0f}", f"{batch:.0f}", f"{limit:,.0f}", f"{rate / limit:.0%}", verdict]


def spool_row(folder: Path, size: int, count: int) -> list[str]:
    folder.mkdir()
    redis = Redis(folder / "redis")
    rates = []
    with StoredGateway(folder / "gateway", SPOOLED.format(url=redis.url.replace("redis://", "redis+stream://"))) as gateway:
        rates.append(count / fill(gateway.port("mqtt"), 10, size, count))
        with redis:
            wait_until(lambda: gateway.sent() > 0, "the backend being there")
            began, before = time.monotonic(), gateway.sent()
            wait_until(lambda: gateway.sent() >= count, "draining", 300)
            rates.append((count - before) / (time.monotonic() - began))
            rates.append(count / fill(gateway.port("mqtt"), 10, size, count))
    return [f"{size:,} octets", *(f"{rate:,.0f}" for rate in rates)]


def start_row(folder: Path, count: int) -> list[str]:
    gateway = StoredGateway(folder)
    gateway.start()
    gateway.leave_session()
    fill(gateway.port("mqtt"), 10, 100, count)
    gateway.kill()
    octets = sum(path.stat().st_size for path in (folder / "data").rglob("*"))
    began = time.monotonic()
    with gateway:
        gateway.serve_first_client()
        seconds = time.monotonic() - began
        memory = gateway.server.rss_kilobytes()
        assert gateway.metrics()["rialto_mqtt_sessions"] >= 1
    return [f"{count:,}", f"{octets / 1e6:,.0f}", f"{seconds:.2f}", f"{memory / 1000:,.0f}"]


class StoredGateway(Gateway):
    def __init__(self, folder: Path, more: str = ""):
        super().__init__(folder, f"""[gateway]
data_dir = "{folder / "data"}"
[listeners.mqtt]
url = "mqtt://{HOST}:{free_port()}"
max_queued = 10000000
[listeners.web]
url = "http://{HOST}:{free_port()}"
{more}""")

    def leave_session(self) -> None:
        Subscriber(self.port("mqtt"), "away", ["load/#"], 1, lambda *_: None).leave()

    def serve_first_client(self) -> None:
        """Returns when one is connected."""
        with socket.create_connection((HOST, self.port("mqtt"))) as line:
            line.sendall(wire.connect(4, "first"))
            assert line.recv(4) == bytes.fromhex("20020000")

    def sent(self) -> float:
        return self.metrics().get('rialto_backend_sent_total{backend="far"}', 0)

    def store_figures(self) -> tuple[float, float]:
        """Syncs, and octets written."""
        metrics = self.metrics()
        return metrics["rialto_store_commits_total"], metrics["rialto_store_written_bytes_total"]


def fill(port: int, clients: int, size: int, count: int, kind: type[Publishing] | None = None) -> float:
    """Seconds until `count` messages are acknowledged."""
    processes = min(clients, 2)     # Python's threads share one core
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        shares = [(port, clients // processes, size, count // processes, name, kind or Publishing) for name in range(processes)]
        began = time.monotonic()
        pool.starmap(publish, shares)
        return time.monotonic() - began


def publish(port: int, connections: int, size: int, count: int, name: int, kind: type[Publishing]) -> None:
    lines = [kind(port, f"bench-{name}-{number}", size) for number in range(connections)]
    share, extra = divmod(count, connections)
    for number, line in enumerate(lines):
        line.left = share + (number < extra)
    busy = lines
    while busy:
        for line in busy:
            line.step()
        busy = [line for line in busy if not line.is_done]


class Publishing:
    """A connection that keeps its window full, a write for each chunk."""

    def __init__(self, port: int, client_id: str, size: int):
        self._line = socket.create_connection((HOST, port))
        self._line.sendall(wire.connect(4, client_id))
        assert self._line.recv(4) == bytes.fromhex("20020000")
        self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._line.settimeout(60)
        self._messages = [wire.publish(4, "load/x", os.urandom(size), 1, number) for number in range(1, 2 * WINDOW + 1)]
        self._at = self._octets = 0
        self._open = 0
        self.left = 0

    @property
    def is_done(self) -> bool:
        return self.left == 0 and self._open == 0

    def step(self) -> None:
        while self.left and self._open + CHUNK <= WINDOW:
            count = min(CHUNK, self.left)
            self._line.sendall(self.packets(count))
            self.left -= count
            self._open += count
        if self._open:
            self._octets += len(self._line.recv(1 << 16))       # of PUBACKs, four for each
            self._open -= self._octets // 4
            self._octets %= 4

    def packets(self, count: int) -> bytes:
        """The next ones."""
        some = self._messages[self._at:self._at + count]
        self._at = (self._at + CHUNK) % len(self._messages)
        return b"".join(some)


def syncs_a_second(path: Path, octets: int, count: int) -> float:
    """Of a log that grows by so many octets with each."""
    block = os.urandom(octets)
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        began = time.monotonic()
        for _ in range(count):
            os.write(log, block)
            os.fdatasync(log)
        return count / (time.monotonic() - began)
    finally:
        os.close(log)
        path.unlink()


def table(heads: list[str], rows: list[list[str]]) -> str:
    widths = [max(len(row[at]) for row in (heads, *rows)) for at in range(len(heads))]
    line = [" | ".join(cell.ljust(width) if at == 0 else cell.rjust(width) for at, (cell, width) in enumerate(zip(row, widths)))
            for row in (heads, *rows)]
    rule = " | ".join("-" * width if at == 0 else "-" * (width - 1) + ":" for at, width in enumerate(widths))
    return "".join(f"| {each} |\n" for each in (line[0], rule, *line[1:]))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.durability", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few messages, to see that it works")
    parser.add_argument("--markdown", action="store_true", help="put the tables into docs/performance.md")
    parser.add_argument("--folder", type=Path, help="on the disk to be measured; default: where temporary files are")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

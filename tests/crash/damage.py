"""A folder of the store that somebody has damaged, and what the gateway makes of it."""

from __future__ import annotations

import dataclasses
import random
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

from tests.crash.session import Line, Subscriber
from tests.conformance.mqtt import wire
from tests.support.gateway import BINARY, Gateway
from tests.support.processes import HOST, Server, accepts, free_port

SESSIONS, MESSAGES, RETAINED = 3, 120, 20
START = 20                  # seconds that a start or a refusal may take
QUIET = 2                   # seconds without anything new: no more will come
HARMLESS = ("LOCK", "LOG", "OPTIONS", "IDENTITY")   # the library's diary and the like, which nothing is read from


@dataclasses.dataclass(frozen=True)
class Damage:
    """`size` octets of a file from `at` on are inverted in some bits; or it ends there, where `size` is 0."""

    file: str
    at: int
    size: int
    bits: int

    def apply(self, folder: Path) -> None:
        path = folder / self.file
        data = bytearray(path.read_bytes())
        if self.size == 0:
            del data[self.at:]
        for place in range(self.at, self.at + self.size):
            data[place] ^= self.bits
        path.write_bytes(data)

    def __str__(self) -> str:
        if self.size == 0:
            return f"{self.file} cut at {self.at}"
        return f"{self.file} with {self.size} octets from {self.at} xor {self.bits:#x}"


def random_damage(folder: Path, chance: random.Random) -> Damage:
    """At any point of any file; large files are no likelier than small ones."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(HARMLESS))
    path = chance.choice(files)
    length = path.stat().st_size
    at = chance.randrange(length)
    size = chance.choice([0, 0, 1, 1, 1, 8, 512])
    return Damage(str(path.relative_to(folder)), at, min(size, length - at), chance.choice([1 << chance.randrange(8), 0xff]))


class Original:
    """A store with sessions that are away, each with queued messages of all sizes, and retained messages; the gateway was
    killed, so that there is a log to recover, and tables from an earlier recovery."""

    def __init__(self, folder: Path, seed: int):
        self.folder, chance = folder / "original", random.Random(seed)
        sizes = (int(chance.paretovariate(0.5)) % 3000 for _ in range(MESSAGES))
        self.messages = [(f"queue/{number % 7}", chance.randbytes(size)) for number, size in enumerate(sizes)]
        self.retained = {f"kept/{number}": chance.randbytes(chance.randrange(1, 200)) for number in range(RETAINED)}
        port = free_port()
        gateway = Gateway(folder / "making", configuration(self.folder, port))
        for half in (slice(0, MESSAGES // 2), slice(MESSAGES // 2, MESSAGES)):
            gateway.start()
            for session in range(SESSIONS if half.start == 0 else 0):
                Subscriber(port, f"away-{session}", ["queue/#"], 1, lambda *_: None).leave()
            publish(port, self.messages[half], retain=False)
            publish(port, self.retained.items(), retain=True)
            gateway.kill()

    def damaged(self, folder: Path, damage: Damage) -> Path:
        shutil.copytree(self.folder, folder)
        damage.apply(folder)
        return folder


def configuration(data: Path, port: int) -> str:
    return f'[gateway]\ndata_dir = "{data}"\n[listeners.mqtt]\nurl = "mqtt://{HOST}:{port}"\n'


def publish(port: int, messages: Iterable[tuple[str, bytes]], retain: bool) -> None:
    """At QoS 1; returns when all are acknowledged."""
    with Line(port, "filler", clean=True) as line:
        waiting = 0
        for number, (topic, payload) in enumerate(messages, 1):
            line.send(wire.publish(4, topic, payload, 1, number, retain))
            waiting += 1
        while waiting:
            waiting -= len(line.packets(20))


def verdict(original: Original, folder: Path, damage: Damage) -> str:
    """"recovered", "refused", or "reported" where the damage was met later and the session concerned stands still; else what
    was wrong."""
    port = free_port()
    data = original.damaged(folder / "data", damage)
    (folder / "rialto.toml").write_text(configuration(data, port))
    server = Server("rialto", [BINARY, "run", folder / "rialto.toml"], folder / "rialto.log")
    try:
        deadline = time.monotonic() + START
        while server.alive and not accepts(port):
            if time.monotonic() > deadline:
                return "neither starts nor refuses"
            time.sleep(0.005)
        if not server.alive:
            return refusal(server, data)
        outcome = recovery(original, port, server)
        return outcome if server.alive else f"ended with {server.exit_code} after it had started: {server.log()[-500:]}"
    finally:
        server.kill()


def refusal(server: Server, data: Path) -> str:
    if server.exit_code is None or server.exit_code <= 0:
        return f"ended with {server.exit_code}: {server.log()[-500:]}"
    return "refused" if str(data) in server.log() else f"refused without saying where: {server.log()[-500:]}"


def recovery(original: Original, port: int, server: Server) -> str:
    outcome = "recovered"
    for session in range(SESSIONS):
        name = f"away-{session}"
        found, trouble = collected(port, name, [], len(original.messages))
        if found == original.messages and not trouble:
            continue
        if found != original.messages[:len(found)]:
            return f"{name} got what it should not, or out of order: {len(found)} of {len(original.messages)}"
        if "damaged" not in server.log() or f"client={name}" not in server.log():
            return f"{name} got {len(found)} of {len(original.messages)}, and nobody says so: {trouble} {server.log()[-500:]}"
        outcome = "reported"
    found, _ = collected(port, "looker", ["kept/#"], len(original.retained))
    return outcome if dict(found) == original.retained else f"{len(found)} of {len(original.retained)} retained messages"


def collected(port: int, client_id: str, filters: list[str], count: int) -> tuple[list[tuple[str, bytes]], str | None]:
    """What a session gets that is there already, or one that asks for these."""
    found: list[tuple[str, bytes]] = []
    subscriber = Subscriber(port, client_id, filters, 1, lambda topic, body: found.append((topic, body)), clean=bool(filters))
    subscriber.expects_session = not filters
    with subscriber:
        before, since = -1, time.monotonic()
        while len(found) < count and time.monotonic() - since < QUIET and not subscriber.trouble:
            if len(found) != before:
                before, since = len(found), time.monotonic()
            time.sleep(0.002)
    return found, subscriber.trouble

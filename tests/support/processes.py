"""A server that a test started: its output, its memory, and the ways to end it."""

from __future__ import annotations

import itertools
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

HOST = "127.0.0.1"
SEARCH_PATH = os.environ.get("PATH", os.defpath) + ":/usr/sbin"     # where Debian keeps mosquitto
PORTS = range(20000, 32000)
READY_SECONDS = 60          # a loaded machine is several times slower than an idle one

_candidates = itertools.cycle(random.sample(PORTS, len(PORTS)))


def free_port() -> int:
    """A port that nobody listens on, below the range that outgoing connections take theirs from, and not one that was
    given before: who asked for that one may not listen yet."""
    for port in itertools.islice(_candidates, len(PORTS)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
                return port
            except OSError:
                continue
    raise RuntimeError(f"no free port between {PORTS.start} and {PORTS.stop}")


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def wait_until(condition: Callable[[], bool], what: str, within: float = READY_SECONDS) -> None:
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {within:g} s")
        time.sleep(0.02)


class Server:
    """One process in a session of its own that ends with the test run, however that ends."""

    def __init__(self, name: str, command: Sequence[str | Path], log: Path, environment: dict[str, str] | None = None):
        self.name, self.log_path = name, log
        with log.open("ab") as output:
            self._child = subprocess.Popen(
                # setpriv: the kernel kills the server should the test run itself be killed.
                ["setpriv", "--pdeathsig", "KILL", *map(str, command)], stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, start_new_session=True, env={**os.environ, "PATH": SEARCH_PATH, **(environment or {})})

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def alive(self) -> bool:
        return self._child.poll() is None

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative for a signal, as subprocess has it."""
        return self._child.poll()

    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def wait_for_ports(self, *ports: int) -> None:
        for port in ports:
            self.wait_until(lambda: accepts(port), f"listening on port {port}")

    def wait_until(self, condition: Callable[[], bool], what: str, within: float = READY_SECONDS) -> None:
        """As wait_until(), but fails at once when the process has ended."""
        def done() -> bool:
            if not self.alive:
                raise RuntimeError(f"{self.name} ended with exit code {self.exit_code} before {what}:\n{self.log()[-4000:]}")
            return condition()
        wait_until(done, f"{self.name}: {what}", within)

    def rss_kilobytes(self) -> int:
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1])
        raise RuntimeError(f"{self.name} is gone")

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def pause(self) -> None:
        """Stops scheduling it: connections stay, nothing is answered."""
        os.killpg(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.killpg(self.pid, signal.SIGCONT)

    def send(self, sign: signal.Signals) -> None:
        self._child.send_signal(sign)

    def wait(self, within: float = 20) -> int:
        return self._child.wait(timeout=within)

    def kill(self) -> None:
        """kill -9, as a crash would be."""
        if self.alive:
            os.killpg(self.pid, signal.SIGKILL)
        self._child.wait()

    def stop(self, within: float = 20) -> int:
        """Asks it to end, then makes it; returns the exit code."""
        if self.alive:
            self._child.send_signal(signal.SIGTERM)
            self.resume()
            try:
                return self.wait(within)
            except subprocess.TimeoutExpired:
                self.kill()
        return self._child.wait()

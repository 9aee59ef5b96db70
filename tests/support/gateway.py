"""The gateway under test, as a process of its own."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import tomllib
from pathlib import Path

from tests.support.processes import HOST, Server, free_port

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("RIALTO_BINARY", ROOT / "build/release/rialto"))
PORT = re.compile(r":(\d+)$")


class Gateway:
    """`rialto run` with a configuration of the test's. A context manager; leaving it fails the test when the
    process has ended by itself meanwhile, or does not end cleanly when asked to.

    ports maps each listener's name to its port.
    """

    def __init__(self, folder: Path, config: str, *arguments: str, environment: dict[str, str] | None = None):
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file = folder / "rialto.toml"
        self.file.write_text(config)
        self.ports = {name: int(match[1]) for name, listener in tomllib.loads(config).get("listeners", {}).items()
                      if (match := PORT.search(listener["url"]))}
        self._arguments, self._environment = arguments, environment
        self._server: Server | None = None
        self._was_killed = False

    def __enter__(self) -> "Gateway":
        return self.start()

    def __exit__(self, failing, *_) -> None:
        if self._was_killed:
            return
        died = None if self.server.alive else self.server.exit_code
        code = self.server.stop()
        if failing:
            print(self.log()[-4000:])       # pytest shows it with the failure
            return
        assert died is None, f"the gateway ended by itself with exit code {died}:\n{self.log()[-4000:]}"
        assert code == 0, f"the gateway ended with exit code {code} on SIGTERM:\n{self.log()[-4000:]}"

    def start(self) -> "Gateway":
        self._was_killed = False
        # A test has few clients; spread, they pass messages from shard to shard all the same.
        self._server = Server("rialto", [BINARY, "run", self.file, "--test-spread", *self._arguments], self.folder / "rialto.log",
                              self._environment)
        self.server.wait_for_ports(*self.ports.values())
        return self

    @property
    def server(self) -> Server:
        assert self._server, "the gateway was not started"
        return self._server

    def port(self, listener: str) -> int:
        return self.ports[listener]

    def kill(self) -> None:
        """kill -9; start() begins again with the same file and ports."""
        assert self.server.alive, f"the gateway ended by itself with exit code {self.server.exit_code}:\n{self.log()}"
        self._was_killed = True
        self.server.kill()

    def log(self) -> str:
        return self.server.log()

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of a GET at the listener named `web`."""
        connection = http.client.HTTPConnection(HOST, self.port("web"), timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def metrics(self) -> dict[str, float]:
        """Every sample of /metrics by its name with labels, as the text has it."""
        status, text = self.get("/metrics")
        assert status == 200, f"/metrics answered {status}"
        lines = (line for line in text.splitlines() if line and not line.startswith("#"))
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}

    def wait_for_backend(self, name: str, up: bool = True, within: float = 30) -> None:
        """Until the metric says that the backend is connected, or is not."""
        sample = f'rialto_backend_up{{backend="{name}"}}'
        self.server.wait_until(lambda: self.metrics().get(sample) == float(up), f"{sample} being {up:d}", within)

    def wait_for_log(self, words: str, within: float = 20) -> None:
        self.server.wait_until(lambda: words in self.log(), f"logging '{words}'", within)


def three_listeners(more: str = "") -> str:
    """A configuration with the listeners mqtt, stomp and web on free ports, and whatever else it is given."""
    return f"""
[listeners.mqtt]
url = "mqtt://{HOST}:{free_port()}"
[listeners.stomp]
url = "stomp://{HOST}:{free_port()}"
[listeners.web]
url = "http://{HOST}:{free_port()}"
{more}
"""

"""Starts the MQTT servers that are measured: each on a free loopback port, with its files in a temporary folder."""

import contextlib
import pathlib
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass

# Everything that costs mosquitto time and that the scenarios don't need is switched off; nothing is dropped.
MOSQUITTO_CONF = """\
listener {port} 127.0.0.1
allow_anonymous true
set_tcp_nodelay true
max_inflight_messages 0
max_queued_messages 0
max_connections -1
persistence false
sys_interval 0
log_dest none
log_type none
user root
"""

RIALTO_TOML = """\
[gateway]
workers = {workers}

[log]
level = "error"

[listeners.mqtt]
url = "mqtt://127.0.0.1:{port}"
"""


@dataclass(frozen=True)
class Server:
    name: str
    program: str
    workers: int = 0  # Rialto's event loops; 0 is its default, one for each core

    def write_settings(self, folder, port):
        """Writes the settings file; returns the command that runs the server with it."""
        if self.name == "mosquitto":
            settings = folder / "mosquitto.conf"
            settings.write_text(MOSQUITTO_CONF.format(port=port))
            return [self.program, "-c", str(settings)]
        settings = folder / "rialto.toml"
        settings.write_text(RIALTO_TOML.format(port=port, workers=self.workers))
        return [self.program, "run", str(settings)]


@contextlib.contextmanager
def running(server):
    """The process id and the port of a server that accepts connections; it is stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="rialto-bench-") as name:
        folder = pathlib.Path(name)
        port = free_port()
        log = folder / "output"
        with open(log, "wb") as output:
            process = subprocess.Popen(server.write_settings(folder, port), cwd=folder,
                                       stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        try:
            wait_until_open(port, process, server, log)
            yield process.pid, port
            if process.poll() is not None:
                raise RuntimeError(f"{server.name} ended by itself:\n{log.read_text()}")
        finally:
            stop(process)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_open(port, process, server, log, seconds=10):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{server.name} did not start:\n{log.read_text()}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise RuntimeError(f"{server.name} does not listen after {seconds} seconds:\n{log.read_text()}")


def stop(process):
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

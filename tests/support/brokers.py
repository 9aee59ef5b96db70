"""Real brokers as plain processes on loopback, each with a folder and free ports of its own."""

from __future__ import annotations

import os
import pwd
import subprocess
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.support.certs import Certificates
from tests.support.processes import HOST, Server, free_port


class Broker:
    """start, stop, kill, restart on the same port, pause and resume. A context manager."""

    name = "broker"

    def __init__(self, folder: Path):
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self._server: Server | None = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    @property
    def server(self) -> Server:
        assert self._server, f"{self.name} was not started"
        return self._server

    def start(self):
        self._server = Server(self.name, self._command(), self.folder / f"{self.name}.log")
        self._wait_until_ready()
        return self

    def stop(self) -> None:
        if self._server:
            self._server.stop()

    def kill(self) -> None:
        self.server.kill()

    def restart(self):
        """Begins again on the same port with what it had kept."""
        assert not self.server.alive, f"{self.name} still runs"
        return self.start()

    def pause(self) -> None:
        self.server.pause()

    def resume(self) -> None:
        self.server.resume()

    def _command(self) -> list[str]:
        raise NotImplementedError

    def _wait_until_ready(self) -> None:
        self.server.wait_for_ports(self.port)


class Mosquitto(Broker):
    """Eclipse mosquitto: `port` for MQTT; `tls_port` when it was given certificates.

    It keeps sessions and messages on disk across stop() and restart(); kill() loses what it had only in memory.
    """

    name = "mosquitto"

    def __init__(self, folder: Path, certificates: Certificates | None = None, users: dict[str, str] | None = None):
        super().__init__(folder)
        self._certificates, self._users = certificates, users or {}
        self.tls_port = free_port() if certificates else None

    @property
    def url(self) -> str:
        return f"mqtt://{HOST}:{self.port}"

    def _command(self) -> list[str]:
        for user, password in self._users.items():
            create = [] if (self.folder / "passwords").exists() else ["-c"]
            subprocess.run(["mosquitto_passwd", *create, "-b", self.folder / "passwords", user, password], check=True)
        (self.folder / "mosquitto.conf").write_text("\n".join(self._lines()) + "\n")
        return ["mosquitto", "-c", str(self.folder / "mosquitto.conf")]

    def _lines(self) -> list[str]:
        lines = [
            # Without this a mosquitto started as root becomes another user, who can't read the folder.
            f"user {pwd.getpwuid(os.getuid()).pw_name}",
            "persistence true", f"persistence_location {self.folder}/",
            "max_queued_messages 0", "set_tcp_nodelay true", "log_dest stderr",
            f"listener {self.port} {HOST}"]
        lines += (["allow_anonymous false", f"password_file {self.folder}/passwords"] if self._users
                  else ["allow_anonymous true"])
        if self._certificates:
            lines += [f"listener {self.tls_port} {HOST}", f"cafile {self._certificates.ca}",
                      f"certfile {self._certificates.server.cert}", f"keyfile {self._certificates.server.key}"]
        return lines

    def _wait_until_ready(self) -> None:
        self.server.wait_for_ports(*filter(None, (self.port, self.tls_port)))


class Redis(Broker):
    """redis-server; `tls_port` when it was given certificates, `password` for the default user."""

    name = "redis"

    def __init__(self, folder: Path, certificates: Certificates | None = None, password: str | None = None):
        super().__init__(folder)
        self._certificates, self._password = certificates, password
        self.tls_port = free_port() if certificates else None

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    def client(self) -> redis.Redis:
        """One that does not connect again by itself."""
        return redis.Redis(HOST, self.port, password=self._password, retry=Retry(NoBackoff(), 0))

    def _command(self) -> list[str]:
        command = ["redis-server", "--bind", HOST, "--port", str(self.port), "--daemonize", "no",
                   "--dir", str(self.folder), "--save", "", "--appendonly", "no"]
        if self._password:
            command += ["--requirepass", self._password]
        if self._certificates:
            command += ["--tls-port", str(self.tls_port), "--tls-ca-cert-file", str(self._certificates.ca),
                        "--tls-cert-file", str(self._certificates.server.cert),
                        "--tls-key-file", str(self._certificates.server.key), "--tls-auth-clients", "no"]
        return command

    def _wait_until_ready(self) -> None:
        def answers() -> bool:
            try:
                return bool(self.client().ping())
            except redis.RedisError:
                return False
        self.server.wait_until(answers, "answering PING")

"""mosquitto_pub and mosquitto_sub, as a user types them."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Iterator

from tests.support.clients.inbox import Inbox, Received
from tests.support.processes import HOST


def mosquitto_pub(port: int, topic: str, payload: bytes | str, *options: str) -> None:
    """Fails when the program does."""
    data = payload.encode() if isinstance(payload, str) else payload
    subprocess.run(["mosquitto_pub", "-h", HOST, "-p", str(port), "-t", topic, "-s", *options], input=data,
                   check=True, capture_output=True, timeout=30)


@contextlib.contextmanager
def mosquitto_sub(port: int, topic_filter: str, *options: str) -> Iterator[Inbox]:
    """A running mosquitto_sub whose subscription the server has confirmed; payloads must hold no line break."""
    inbox, subscribed = Inbox(), threading.Event()
    child = subprocess.Popen(
        ["stdbuf", "-oL", "mosquitto_sub", "-h", HOST, "-p", str(port), "-t", topic_filter, "-d",
         "-F", "message\t%t\t%r\t%p", *options],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def read() -> None:
        for line in child.stdout:
            if line.startswith(b"Subscribed"):      # what -d prints on SUBACK
                subscribed.set()
            elif line.startswith(b"message\t"):
                _, topic, retained, payload = line.rstrip(b"\n").split(b"\t", 3)
                inbox.put(Received(topic.decode(), payload, retained == b"1"))

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        assert subscribed.wait(20), f"mosquitto_sub had no SUBACK within 20 s (exit code {child.poll()})"
        yield inbox
    finally:
        child.terminate()
        child.wait()
        reader.join(5)

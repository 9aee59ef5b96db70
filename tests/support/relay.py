"""A TCP relay between the gateway and a broker, so that a test can cut the line."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading

from tests.support.processes import HOST, free_port


class Relay:
    """Passes bytes both ways from `port` to `target`. cut() breaks every connection and refuses new ones until
    restore(). A context manager."""

    def __init__(self, target: int):
        self.port, self._target = free_port(), target
        self._listener: socket.socket | None = None
        self._lock = threading.Lock()
        self._lines: set[socket.socket] = set()

    def __enter__(self) -> "Relay":
        self.restore()
        return self

    def __exit__(self, *_) -> None:
        self.cut()

    def restore(self) -> None:
        self._listener = socket.create_server((HOST, self.port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        listener, self._listener = self._listener, None
        if listener:
            listener.shutdown(socket.SHUT_RDWR)      # wakes accept()
            listener.close()
        with self._lock:
            for line in self._lines:
                with contextlib.suppress(OSError):   # one whose other side has just gone is not connected any more
                    line.shutdown(socket.SHUT_RDWR)
            self._lines.clear()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                broker = socket.create_connection((HOST, self._target))
            except OSError:
                client.close()
                continue
            for line in (client, broker):
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._lines |= {client, broker}
            threading.Thread(target=self._pass, args=(client, broker), daemon=True).start()

    def _pass(self, client: socket.socket, broker: socket.socket) -> None:
        """Both directions in one thread, until either side ends."""
        other = {client: broker, broker: client}
        with selectors.DefaultSelector() as ready, client, broker:
            for line in other:
                ready.register(line, selectors.EVENT_READ)
            try:
                while True:
                    for key, _ in ready.select():
                        data = key.fileobj.recv(65536)
                        if not data:
                            return
                        other[key.fileobj].sendall(data)
            except OSError:
                return
            finally:
                with self._lock:
                    self._lines -= {client, broker}

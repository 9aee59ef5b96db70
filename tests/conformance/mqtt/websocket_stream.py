"""A WebSocket (RFC 6455) under an MQTT client: what a socket offers, with frames of any kind and size below."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import struct

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class WebSocket:
    """Speaks the handshake at once. `answer` holds the status code and the headers, names in lower case."""

    def __init__(self, address, path="/mqtt", protocols=("mqtt",), headers=()):
        self.stream = socket.create_connection(address, 3)
        self.stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.kinds: list[int] = []  # the opcode of every data frame that came
        self._input = b""
        self._open = True
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", f"Host: {address[0]}:{address[1]}", "Upgrade: websocket",
                 "Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", *headers]
        if protocols:
            lines.append("Sec-WebSocket-Protocol: " + ", ".join(protocols))
        self.stream.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.status, self.headers = self._read_answer()
        if self.status == 101:
            wanted = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
            assert self.headers["sec-websocket-accept"] == base64.b64encode(wanted).decode()

    def _read_answer(self):
        while b"\r\n\r\n" not in self._input:
            piece = self.stream.recv(4096)
            if not piece:
                return 0, {}
            self._input += piece
        head, _, self._input = self._input.partition(b"\r\n\r\n")
        first, *rest = head.decode().split("\r\n")
        pairs = (line.partition(":") for line in rest)
        return int(first.split()[1]), {name.lower(): value.strip() for name, _, value in pairs}

    def send_frame(self, kind: int, payload: bytes, final=True) -> None:
        mask = os.urandom(4)
        size = len(payload)
        if size < 126:
            length = bytes([0x80 | size])
        elif size < 65536:
            length = b"\xfe" + struct.pack("!H", size)
        else:
            length = b"\xff" + struct.pack("!Q", size)
        masked = bytes(byte ^ mask[n % 4] for n, byte in enumerate(payload))
        self.stream.sendall(bytes([(0x80 if final else 0) | kind]) + length + mask + masked)

    # ---- what a socket offers ------------------------------------------------------------------------

    def sendall(self, data: bytes) -> None:
        self.send_frame(BINARY, data)

    def settimeout(self, seconds: float) -> None:
        self.stream.settimeout(seconds)

    def close(self) -> None:
        self.stream.close()

    def recv(self, _size: int) -> bytes:
        """The payload of the next data frame; nothing once the server has closed."""
        while self._open:
            frame = self._take_frame()
            if frame is None:
                piece = self.stream.recv(65536)
                self._open = bool(piece)
                self._input += piece
                continue
            kind, payload = frame
            if kind == CLOSE:
                self._open = False
            elif kind == PING:
                self.send_frame(PONG, payload)
            elif kind != PONG and payload:
                self.kinds.append(kind)
                return payload
        return b""

    def _take_frame(self):
        data = self._input
        if len(data) < 2:
            return None
        size, at = data[1] & 0x7F, 2
        assert not data[1] & 0x80, "a server masked its frame"
        if size == 126:
            size, at = int.from_bytes(data[2:4], "big"), 4
        elif size == 127:
            size, at = int.from_bytes(data[2:10], "big"), 10
        if len(data) < at + size:
            return None
        self._input = data[at + size:]
        return data[0] & 0x0F, data[at:at + size]

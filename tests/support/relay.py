"""A TCP relay between the gateway and a broker, so that a test can do to the line what networks do."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import enum
import math
import random
import socket
import struct
import threading
from collections.abc import Callable

from tests.support.processes import HOST, free_port

BUFFER = 65536              # octets that the relay holds for each direction; whoever sends more has to wait
ENDS_WITH_RST = struct.pack("ii", 1, 0)
TCP_REPAIR = 19             # of Linux; a connection that is closed in this state says nothing


@dataclasses.dataclass(frozen=True)
class Weather:
    """How octets travel, on each line and in each direction. Their order holds."""

    latency: float = 0.0                    # seconds
    jitter: float = 0.0                     # up to so much more
    octets_a_second: float = math.inf
    piece: int = BUFFER                     # octets that go on together


FAIR = Weather()


class Way(enum.Flag):
    """A direction on a line."""

    TO_TARGET = enum.auto()
    FROM_TARGET = enum.auto()
    BOTH = TO_TARGET | FROM_TARGET


class Relay:
    """Passes octets both ways from `port` to `target`. A context manager; its work is done in a thread of its own, and
    every call returns once it is in force.

    cut() and restore()     the network is gone: no line stays, and none is made until it is restored
    reset()                 every line breaks, with RST; new ones are welcome
    forget()                every line breaks, and only the target is told, as when the power fails; needs root
    hold() and release()    a black hole: whatever is sent, on old lines and new ones, arrives after the release
    strand()                the lines there are now stay open and carry nothing any more, ever; new ones do
    """

    def __init__(self, target: int, port: int | None = None, seed: int = 0):
        self.port, self.target, self.weather = port or free_port(), target, FAIR
        self._chance = random.Random(seed)
        self._lines: set[Line] = set()
        self.made = 0                       # lines, since the beginning
        self._listener: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._road = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> "Relay":
        self._thread.start()
        self.restore()
        self.release()
        return self

    def __exit__(self, *_) -> None:
        self._do(self._end)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self) -> None:
        self._do(self._cut)

    def restore(self) -> None:
        self._do(self._restore)

    def reset(self) -> None:
        self._do(self._break_lines, True)

    def forget(self) -> None:
        self._do(self._forget)

    def hold(self) -> None:
        self._do(lambda: self._road.clear())

    def release(self) -> None:
        self._do(lambda: self._road.set())

    def strand(self, ways: Way = Way.BOTH) -> None:
        def strand_all() -> None:
            for line in self._lines:
                line.dead |= ways
        self._do(strand_all)

    def delay(self) -> float:
        return self.weather.latency + self._chance.random() * self.weather.jitter

    async def wait_for_road(self) -> None:
        await self._road.wait()

    def _do(self, call: Callable, *arguments) -> None:
        async def do() -> None:
            result = call(*arguments)
            if asyncio.iscoroutine(result):
                await result
        asyncio.run_coroutine_threadsafe(do(), self._loop).result(10)

    async def _restore(self) -> None:
        self._listener = self._listener or await asyncio.start_server(self._accept, HOST, self.port, limit=BUFFER)

    def _cut(self) -> None:
        listener, self._listener = self._listener, None
        if listener:
            listener.close()
        self._break_lines()

    def _break_lines(self, with_reset: bool = False) -> None:
        for line in list(self._lines):
            line.break_off(with_reset)
        self._lines.clear()

    def _forget(self) -> None:
        for line in list(self._lines):
            line.forget()
        self._lines.clear()

    async def _end(self) -> None:
        self._cut()
        own = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not own]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _accept(self, *client: asyncio.StreamReader | asyncio.StreamWriter) -> None:
        try:
            await self.wait_for_road()
            target = await asyncio.open_connection(HOST, self.target, limit=BUFFER)
        except (OSError, asyncio.CancelledError):
            client[1].transport.abort()
            return
        line = Line(self, client, target)
        self._lines.add(line)
        self.made += 1
        try:
            await line.run()
        except asyncio.CancelledError:
            line.break_off(False)
        finally:
            self._lines.discard(line)


class Line:
    """One connection, as two. Lives in the relay's thread."""

    def __init__(self, relay: Relay, client: tuple, target: tuple):
        self._relay, self._client, self._target = relay, client, target
        self.dead = Way(0)
        for _, writer in (client, target):
            writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            writer.transport.set_write_buffer_limits(BUFFER)

    async def run(self) -> None:
        """Until both directions have ended."""
        (from_client, to_client), (from_target, to_target) = self._client, self._target
        await asyncio.gather(self._carry(Way.TO_TARGET, from_client, to_target), self._carry(Way.FROM_TARGET, from_target, to_client))
        for writer in (to_client, to_target):
            writer.close()

    def break_off(self, with_reset: bool) -> None:
        for _, writer in (self._client, self._target):
            if with_reset:
                with contextlib.suppress(OSError):
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ENDS_WITH_RST)
                writer.transport.abort()
            else:
                writer.close()

    def forget(self) -> None:
        """The client's kernel hears nothing; whatever it sends later is answered with RST."""
        self._client[1].get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
        self.break_off(True)

    async def _carry(self, way: Way, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Reading goes on while earlier octets are still on their way, as far as they have room there."""
        flight: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(maxsize=64)
        landing = asyncio.create_task(self._land(way, flight, writer))
        with contextlib.suppress(OSError):
            while data := await reader.read(BUFFER // 64 if self._relay.weather.latency else BUFFER):
                await flight.put((asyncio.get_running_loop().time() + self._relay.delay(), data))
        await flight.put((0, b""))
        await landing

    async def _land(self, way: Way, flight: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        clock = asyncio.get_running_loop().time
        while data := (arrival := await flight.get())[1]:
            if (wait := arrival[0] - clock()) > 0:
                await asyncio.sleep(wait)
            await self._relay.wait_for_road()
            with contextlib.suppress(OSError):      # whoever is gone is told by the other direction
                await self._write(way, data, writer)
        await self._relay.wait_for_road()
        if way not in self.dead:
            self._pass_on_the_end(way, writer)

    async def _write(self, way: Way, data: bytes, writer: asyncio.StreamWriter) -> None:
        begin = 0
        while begin < len(data) and way not in self.dead and not writer.is_closing():
            weather = self._relay.weather
            piece = data[begin:begin + weather.piece]
            begin += len(piece)
            writer.write(piece)
            await writer.drain()
            if weather is not FAIR:
                await asyncio.sleep(len(piece) / weather.octets_a_second)

    def _pass_on_the_end(self, way: Way, writer: asyncio.StreamWriter) -> None:
        """A side that has closed hears nothing any more either: brokers and gateways never close half."""
        writer.close()
        back = self._client if way == Way.TO_TARGET else self._target
        back[1].close()

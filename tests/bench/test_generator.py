"""The generator passes a faithful server and fails one that loses, doubles, reorders or changes a message.

    python3 test_generator.py PATH/TO/rialto_bench
"""

import asyncio
import os
import subprocess
import sys
import unittest

GENERATOR = ""
CONNECT, PUBLISH, PUBACK, SUBSCRIBE = 1, 3, 4, 8
MESSAGES = 3000
FAULTY = 1700  # the message that a faulty server treats wrongly


class ScriptedServer:
    """Hands every message to every subscriber; `deliver(number, frame)` says as which frames."""

    def __init__(self, deliver):
        self.deliver = deliver
        self.subscribers = []
        self.published = 0

    async def serve(self, reader, writer):
        try:
            while True:
                first, body, frame = await read_packet(reader)
                self.answer(first, body, frame, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            if writer in self.subscribers:
                self.subscribers.remove(writer)
            writer.close()

    def answer(self, first, body, frame, writer):
        kind = first >> 4
        if kind == CONNECT:
            writer.write(b"\x20\x02\x00\x00")
        elif kind == SUBSCRIBE:
            writer.write(b"\x90\x03" + body[:2] + body[-1:])
            self.subscribers.append(writer)
        elif kind == PUBLISH:
            for subscriber in self.subscribers:
                for out in self.deliver(self.published, frame):
                    subscriber.write(out)
            self.published += 1
            if first & 2:
                after_topic = 2 + int.from_bytes(body[:2], "big")
                writer.write(b"\x40\x02" + body[after_topic : after_topic + 2])


async def read_packet(reader):
    header = await reader.readexactly(1)
    length = shift = 0
    while True:
        byte = await reader.readexactly(1)
        header += byte
        length |= (byte[0] & 127) << shift
        shift += 7
        if byte[0] < 128:
            break
    body = await reader.readexactly(length)
    return header[0], body, header + body


def faithful(number, frame):
    return [frame]


def loses_one(number, frame):
    return [] if number == FAULTY else [frame]


def doubles_one(number, frame):
    return [frame, frame] if number == FAULTY else [frame]


def doubles_the_last(number, frame):
    return [frame, frame] if number == MESSAGES + MESSAGES // 10 - 1 else [frame]


def changes_a_payload(number, frame):
    return [frame[:-64] + b"\xff" * 64] if number == FAULTY else [frame]


class SwapsTwo:
    def __call__(self, number, frame):
        if number == FAULTY:
            self.kept = frame
            return []
        return [frame, self.kept] if number == FAULTY + 1 else [frame]


async def measure(deliver, *arguments):
    server = await asyncio.start_server(ScriptedServer(deliver).serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    generator = await asyncio.create_subprocess_exec(
        GENERATOR, *arguments[:1], f"127.0.0.1:{port}", "--pid", str(os.getpid()), *arguments[1:],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = await generator.communicate()
    server.close()
    return generator.returncode, out.decode(), err.decode()


def run(deliver, *arguments):
    return asyncio.run(measure(deliver, *arguments))


class TheGenerator(unittest.TestCase):
    def assert_passes(self, result, figure):
        status, out, err = result
        self.assertEqual((status, err), (0, ""))
        self.assertIn(figure, out)

    def assert_fails(self, result, reason):
        status, out, err = result
        self.assertEqual((status, out), (1, ""))
        self.assertIn(reason, err)

    def throughput(self, deliver, *more):
        return run(deliver, "throughput", "--messages", str(MESSAGES), *more)

    def test_counts_what_a_faithful_server_delivers(self):
        self.assert_passes(self.throughput(faithful), f"delivered={MESSAGES} ")
        self.assert_passes(self.throughput(faithful, "--qos", "1"), f"delivered={MESSAGES} ")
        self.assert_passes(self.throughput(faithful, "--subscribers", "5"), f"delivered={5 * MESSAGES} ")
        self.assert_passes(self.throughput(faithful, "--publishers", "10"), f"delivered={MESSAGES} ")

    def test_fails_when_a_message_is_lost(self):
        self.assert_fails(self.throughput(loses_one), f"expected message {FAULTY} of publisher 0 and got {FAULTY + 1}")

    def test_fails_when_a_message_comes_twice(self):
        self.assert_fails(self.throughput(doubles_one), f"expected message {FAULTY + 1} of publisher 0 and got {FAULTY}")

    def test_fails_when_the_very_last_message_comes_twice(self):
        self.assert_fails(self.throughput(doubles_the_last), "and got 3299")

    def test_fails_when_two_messages_change_places(self):
        self.assert_fails(self.throughput(SwapsTwo()), f"expected message {FAULTY} of publisher 0")

    def test_fails_when_a_payload_changes(self):
        self.assert_fails(self.throughput(changes_a_payload), "a payload was changed")

    def test_fails_in_the_latency_scenario_too(self):
        arguments = ("latency", "--messages", "2000", "--rate", "5000")
        self.assert_passes(run(faithful, *arguments), "delivered=2000 ")
        self.assert_fails(run(loses_one, *arguments), f"expected message {FAULTY} and got {FAULTY + 1}")


if __name__ == "__main__":
    GENERATOR = sys.argv.pop(1)
    unittest.main()

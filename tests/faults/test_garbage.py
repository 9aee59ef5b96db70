"""Garbage on every port ends that connection, never the process, and a healthy client loses nothing meanwhile."""

import random
import socket
import struct
import threading
import time

import pytest

from tests.support.clients import LiveSocket, MqttClient, StompClient
from tests.support.gateway import Gateway, three_listeners
from tests.support.processes import HOST, free_port

CONNECT_311 = bytes.fromhex("101000044d5154540402003c000461626364")
CONNECT_5 = bytes.fromhex("101100044d5154540502003c00000461626364")
STOMP_CONNECT = b"CONNECT\naccept-version:1.2\nhost:x\n\n\0"
UPGRADE = (b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
           b"Sec-WebSocket-Protocol: %s\r\n\r\n")


def amqp_frame(kind: int, code: int, fields: bytes, count: int, payload: bytes = b"") -> bytes:
    body = b"\x00\x53" + bytes([code]) + b"\xd0" + struct.pack(">II", len(fields) + 4, count) + fields + payload
    return struct.pack(">IBBH", 8 + len(body), 2, kind, 0) + body


AMQP_SASL = b"AMQP\x03\x01\x00\x00" + amqp_frame(1, 0x41, b"\xa3\x05PLAIN\xa0\x04\x00a\x00b", 2)
AMQP_OPEN = b"AMQP\x00\x01\x00\x00" + amqp_frame(0, 0x10, b"\xa1\x01c\xa1\x01h", 2)
AMQP_BEGIN = amqp_frame(0, 0x11, b"\x40\x43\x52\x64\x52\x64", 4)
AMQP_ATTACH = amqp_frame(0, 0x12, b"\xa1\x01l\x43\x42\x40\x40\x00\x53\x28\x45\x00\x53\x29\xc0\x04\x01\xa1\x01a\x40\x40\x43", 10)
AMQP_TRANSFER = amqp_frame(0, 0x14, b"\x43\x43\xa0\x01t\x43\x42\x42", 6, b"\x00\x53\x75\xa0\x05hello")


def greetings(listener: str) -> list[bytes]:
    """What comes before the garbage, so that it also meets the states behind the first packet."""
    return {
        "mqtt": [b"", CONNECT_311, CONNECT_5],
        "stomp": [b"", STOMP_CONNECT],
        "amqp": [b"", AMQP_OPEN + AMQP_BEGIN, AMQP_OPEN + AMQP_BEGIN + AMQP_ATTACH],
        "web": [b"", *(UPGRADE % name for name in (b"rialto.v1.json", b"mqtt", b"v12.stomp"))],
    }[listener]


# Sound input of each protocol, to be cut short and damaged.
SOUND = {
    "mqtt": [CONNECT_311, CONNECT_5, bytes.fromhex("300a0003612f6268656c6c6f"), bytes.fromhex("320c0003612f62000168656c6c6f"),
             bytes.fromhex("340d0003612f6200020068656c6c6f"), bytes.fromhex("820a0001000003612f230100")[:12],
             bytes.fromhex("c000"), bytes.fromhex("40020001"), bytes.fromhex("62020001"), bytes.fromhex("e000")],
    "stomp": [STOMP_CONNECT, b"SEND\ndestination:/topic/a\ncontent-length:5\n\nhello\0",
              b"SUBSCRIBE\nid:0\ndestination:/topic/#\nack:client\n\n\0", b"BEGIN\ntransaction:t\n\n\0", b"\n\n\n"],
    "amqp": [AMQP_SASL, AMQP_OPEN, AMQP_BEGIN, AMQP_ATTACH, AMQP_TRANSFER, amqp_frame(0, 0x13, b"\x43\x52\x64\x43\x52\x64", 4),
             amqp_frame(0, 0x15, b"\x41\x43\x43\x41", 4), amqp_frame(0, 0x16, b"\x43\x41", 2), amqp_frame(0, 0x17, b"", 0)],
    "web": [b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"POST /topics/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello",
            UPGRADE % b"rialto.v1.json", b"\x81\x85\x00\x00\x00\x00hello", b"\x88\x80\x00\x00\x00\x00",
            b'\x81\x96\x00\x00\x00\x00{"op":"connect","id":1}'],
}

# Lengths that no one would believe, and counts that never end.
OVERSIZED = {
    "mqtt": [b"\x10\xff\xff\xff\x7f", b"\x10\xff\xff\xff\xff\xff", CONNECT_5 + b"\x30\xff\xff\xff\x7f" + b"x" * 5000,
             CONNECT_311 + b"\x30\x04\xff\xffab", CONNECT_5 + b"\x30\x09\x00\x01a\xff\xff\xff\xff\x7fx",
             b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\xff\xff"],
    "stomp": [STOMP_CONNECT + b"SEND\ndestination:/topic/a\ncontent-length:999999999999\n\nx",
              STOMP_CONNECT + b"SEND\ndestination:/topic/a\ncontent-length:-1\n\nx\0",
              STOMP_CONNECT + b"SEND\n" + b"h:v\n" * 100_000, STOMP_CONNECT + b"SEND\n" + b"h" * 1_000_000,
              b"X" * 1_000_000],
    "amqp": [b"\xff\xff\xff\xff\x02\x00\x00\x00" + b"x" * 5000, AMQP_OPEN + b"\x7f\xff\xff\xff\x02\x00\x00\x00" + b"x" * 5000,
             AMQP_OPEN + AMQP_BEGIN + AMQP_ATTACH + amqp_frame(0, 0x14, b"\x43\x43\xa0\x01t\x43\x42\x41", 6, b"x" * 60_000) * 10,
             AMQP_OPEN + AMQP_BEGIN + amqp_frame(0, 0x12, b"\xa1\x01l\x70\xff\xff\xff\xff\x42", 3),
             AMQP_OPEN + b"\x00\x00\x00\x10\x02\x00\x00\x00\x00\x53\x11\xf0\xff\xff\xff\xff"],
    "web": [b"GET /" + b"a" * 1_000_000, b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 100_000,
            b"POST /topics/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999\r\n\r\nx",
            UPGRADE % b"rialto.v1.json" + b"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0x",
            UPGRADE % b"mqtt" + b"\x82\xff\x00\x00\x00\x00\x10\x00\x00\x00\0\0\0\0x"],
}


def every_listener() -> str:
    return three_listeners(f'[listeners.amqp]\nurl = "amqp://{HOST}:{free_port()}"\n')


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    with Gateway(tmp_path_factory.mktemp("attacked"), every_listener()) as running:
        yield running


@pytest.fixture
def healthy(attacked):
    """Clients of each protocol that exchange a message every few milliseconds; at the end none may be missing."""
    with (MqttClient(attacked.port("mqtt")) as publisher, MqttClient(attacked.port("mqtt")) as mqtt,
          StompClient(attacked.port("stomp")) as stomp, LiveSocket(attacked.port("web")) as live):
        mqtt.subscribe("healthy/#")
        stomp.subscribe("/topic/healthy/x")
        live.subscribe("healthy/#")
        stop, published = threading.Event(), 0

        def publish():
            nonlocal published
            while not stop.is_set() or published < 20:
                publisher.publish("healthy/x", str(published), within=30)
                published += 1
                time.sleep(0.005)

        thread = threading.Thread(target=publish)
        thread.start()
        yield
        stop.set()
        thread.join()
        assert published >= 20
        for inbox in (mqtt.inbox, stomp.inbox, live.inbox):
            assert [int(m.payload) for m in inbox.wait_for_count(published)] == list(range(published))


def throw(port: int, data: bytes, patience: float = 0.05) -> None:
    """Sends all that the gateway takes, reads a little of its answer, and hangs up."""
    with socket.create_connection((HOST, port), timeout=5) as line:
        try:
            line.sendall(data)
            line.settimeout(patience)
            while line.recv(65536):
                pass
        except OSError:
            pass


def ends(port: int, data: bytes, within: float = 20) -> bool:
    """Whether the gateway closes the connection after this."""
    with socket.create_connection((HOST, port), timeout=within) as line:
        try:
            line.sendall(data)
            while line.recv(65536):
                pass
            return True
        except TimeoutError:
            return False
        except OSError:
            return True


LISTENERS = ["mqtt", "stomp", "amqp", "web"]


@pytest.mark.parametrize("listener", LISTENERS)
def test_random_bytes(attacked, healthy, listener):
    dice = random.Random(20240601)
    for _ in range(150):
        throw(attacked.port(listener), dice.choice(greetings(listener)) + dice.randbytes(dice.randrange(1, 3000)), 0.01)
    assert attacked.server.alive


@pytest.mark.parametrize("listener", LISTENERS)
def test_sound_packets_cut_short_at_every_byte(attacked, healthy, listener):
    for greeting in greetings(listener)[:2]:
        for packet in SOUND[listener]:
            for length in range(1, len(packet)):
                throw(attacked.port(listener), greeting + packet[:length], 0.001)
    assert attacked.server.alive


@pytest.mark.parametrize("listener", LISTENERS)
def test_sound_packets_with_damaged_bytes(attacked, healthy, listener):
    dice = random.Random(7)
    for _ in range(400):
        damaged = bytearray(b"".join(dice.choices(SOUND[listener], k=3)))
        for _ in range(dice.randrange(1, 4)):
            damaged[dice.randrange(len(damaged))] = dice.randrange(256)
        throw(attacked.port(listener), dice.choice(greetings(listener)) + bytes(damaged), 0.005)
    assert attacked.server.alive


@pytest.mark.parametrize("listener, data", [(name, data) for name, all in OVERSIZED.items() for data in all],
                         ids=lambda value: value if isinstance(value, str) else f"{len(value)}-bytes")
def test_oversized_lengths_take_no_memory(attacked, healthy, listener, data):
    before = attacked.server.rss_kilobytes()
    lines = [socket.create_connection((HOST, attacked.port(listener)), timeout=5) for _ in range(20)]
    for line in lines:
        try:
            line.sendall(data)
        except OSError:
            pass            # the gateway has already hung up
    time.sleep(0.2)
    grown = attacked.server.rss_kilobytes() - before
    for line in lines:
        line.close()
    assert grown < 40_000, f"{grown} kB for 20 connections"


@pytest.mark.parametrize("data", [b"\x10\xff\xff\xff\xff\xff", b"\x00\x00", b"\xf0\x00", CONNECT_311 + b"\x36\x05\x00\x01a\x00\x01",
                                  CONNECT_311 + CONNECT_311, b"\x30\x03\x00\x01a"])
def test_a_malformed_mqtt_packet_ends_the_connection(attacked, data):
    assert ends(attacked.port("mqtt"), data)


@pytest.mark.parametrize("data", [b"NONSENSE\n\n\0", STOMP_CONNECT + b"SEND\n\n\0", STOMP_CONNECT + b"SEND\ndestination:\\x\n\n\0",
                                  b"SEND\ndestination:/topic/a\n\n\0"])
def test_a_malformed_stomp_frame_ends_the_connection(attacked, data):
    assert ends(attacked.port("stomp"), data)


def test_bytes_that_come_one_at_a_time_are_understood(attacked, healthy):
    with socket.create_connection((HOST, attacked.port("mqtt")), timeout=10) as line:
        for byte in CONNECT_311:
            line.sendall(bytes([byte]))
            time.sleep(0.02)
        assert line.recv(4) == bytes.fromhex("20020000")


def test_a_client_that_never_says_connect_is_sent_away(gateway_with):
    config = three_listeners().replace("[listeners.mqtt]", '[listeners.mqtt]\nconnect_timeout = "2s"')
    gateway = gateway_with(config)
    with socket.create_connection((HOST, gateway.port("mqtt")), timeout=15) as line:
        line.sendall(CONNECT_311[:5])
        assert line.recv(1) == b""


def test_silent_connections_up_to_the_limit_and_beyond(gateway_with):
    limit = 500
    config = every_listener()
    for name in LISTENERS:
        config = config.replace(f"[listeners.{name}]", f"[listeners.{name}]\nmax_connections = {limit}")
    gateway = gateway_with(config)
    with MqttClient(gateway.port("mqtt")) as known, MqttClient(gateway.port("mqtt")) as reader:
        reader.subscribe("known/#")
        for name in LISTENERS:
            lines = []
            for _ in range(limit + 50):
                try:
                    lines.append(socket.create_connection((HOST, gateway.port(name)), timeout=5))
                except OSError:
                    pass
            known.publish(f"known/{name}", "still here")
            reader.inbox.wait_for(f"known/{name}", "still here")
            refused = sum(hung_up(line) for line in lines)
            assert refused >= 50, f"only {refused} of {len(lines)} silent connections at {name} were refused"
            for line in lines:
                line.close()
        gateway.server.wait_until(lambda: can_connect(gateway), "taking connections again", 20)


def hung_up(line: socket.socket) -> bool:
    line.settimeout(0.002)
    try:
        return line.recv(1) == b""
    except TimeoutError:
        return False
    except OSError:
        return True


def can_connect(gateway) -> bool:
    try:
        with MqttClient(gateway.port("mqtt")):
            return True
    except (AssertionError, OSError):
        return False

"""STOMP 1.0, 1.1 and 1.2 with stomp.py, and with bare octets where a client library would not do what is tested."""

from __future__ import annotations

import itertools
import random
import socket
import time

import paho.mqtt.properties as mqtt_properties
import pytest
import stomp
from paho.mqtt.packettypes import PacketTypes

from tests.support.clients import MqttClient, StompClient
from tests.support.gateway import Gateway, three_listeners
from tests.support.processes import HOST, free_port

VERSIONS = ["1.0", "1.1", "1.2"]
names = itertools.count(1)


@pytest.fixture
def topic() -> str:
    """A topic that no other test uses."""
    return f"stomp/{next(names)}"


class Octets:
    """A connection that says exactly what it is told."""

    def __init__(self, port: int):
        self._socket = socket.create_connection((HOST, port), timeout=10)
        self._unread = b""

    def __enter__(self) -> "Octets":
        return self

    def __exit__(self, *_) -> None:
        self._socket.close()

    def send(self, octets: bytes) -> "Octets":
        self._socket.sendall(octets)
        return self

    def connect(self, version: str = "1.2", more: str = "") -> bytes:
        self.send(f"CONNECT\naccept-version:{version}\nhost:h\n{more}\n\0".encode())
        answer = self.frame()
        assert answer.startswith(b"CONNECTED\n"), answer
        return answer

    def frame(self, within: float = 10) -> bytes:
        """The next frame without its NUL and the line ends before it. Bodies have no NUL in these tests."""
        deadline = time.monotonic() + within
        while b"\0" not in self._unread:
            self._socket.settimeout(max(0.01, deadline - time.monotonic()))
            octets = self._socket.recv(65536)
            assert octets, f"the connection ended; unread is {self._unread!r}"
            self._unread += octets
        frame, self._unread = self._unread.split(b"\0", 1)
        return frame.lstrip(b"\n")

    def rest(self, within: float = 10) -> bytes:
        """Everything until the server ends the connection."""
        self._socket.settimeout(within)
        while octets := self._socket.recv(65536):
            self._unread += octets
        rest, self._unread = self._unread, b""
        return rest

    def listen(self, seconds: float) -> bytes:
        """What comes in that time."""
        deadline, heard = time.monotonic() + seconds, b""
        while (left := deadline - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                octets = self._socket.recv(65536)
            except TimeoutError:
                break
            assert octets, "the connection ended"
            heard += octets
        return heard


def headers_of(frame: bytes) -> dict[str, str]:
    lines = frame.split(b"\n\n", 1)[0].decode().split("\n")[1:]
    return dict(line.split(":", 1) for line in lines)


def ack(client: StompClient, version: str, message, number: str, verb: str = "ack") -> None:
    """The verb's arguments are different in each version; stomp.py knows how."""
    act = getattr(client.connection, verb)
    if version == "1.2":
        act(message.headers["ack"])
    elif version == "1.1":
        act(message.headers["message-id"], number)
    else:
        act(message.headers["message-id"])


@pytest.mark.parametrize("version", VERSIONS)
def test_a_queue_gives_what_was_not_acknowledged_to_another_client(gateway, topic, version):
    queue = f"/queue/{topic}"
    with StompClient(gateway.port("stomp"), version) as sender:
        first = StompClient(gateway.port("stomp"), version)
        number = first.subscribe(queue, "client")
        for payload in "123":
            sender.publish(queue, payload)
        got = first.inbox.wait_for_count(3)
        ack(first, version, got[0], number)
        first.connection.disconnect(receipt="bye")
        with StompClient(gateway.port("stomp"), version) as second:
            second.subscribe(queue, "client")
            again = second.inbox.wait_for_count(2)
            assert [m.payload for m in again] == [b"2", b"3"]
            assert all(m.headers["redelivered"] == "true" for m in again)


def test_what_is_sent_to_a_queue_without_consumers_waits(gateway, topic):
    with StompClient(gateway.port("stomp")) as client:
        for number in range(100):
            client.publish(f"/queue/{topic}", str(number))
        client.subscribe(f"/queue/{topic}")
        assert [int(m.payload) for m in client.inbox.wait_for_count(100)] == list(range(100))


def test_consumers_share_a_queue_with_each_other_and_with_mqtt(gateway, topic):
    with (StompClient(gateway.port("stomp"), "1.1") as one, StompClient(gateway.port("stomp"), "1.2") as two,
          MqttClient(gateway.port("mqtt")) as three, StompClient(gateway.port("stomp")) as sender):
        one.subscribe(f"/queue/{topic}")
        two.subscribe(f"/queue/{topic}")
        three.subscribe(f"$share/queue/{topic}")
        for number in range(120):
            sender.publish(f"/queue/{topic}", str(number))
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and sum(len(c.inbox.all()) for c in (one, two, three)) < 120:
            time.sleep(0.02)
        shares = [[int(m.payload) for m in client.inbox.settle(0.2)] for client in (one, two, three)]
        assert sorted(sum(shares, [])) == list(range(120)), "each message to one consumer"
        assert all(len(share) >= 10 for share in shares)
        assert all(share == sorted(share) for share in shares)


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_a_refused_message_goes_to_another_consumer(gateway, topic, version):
    with StompClient(gateway.port("stomp"), version) as first, StompClient(gateway.port("stomp"), version) as second:
        number = first.subscribe(f"/queue/{topic}", "client-individual")
        first.publish(f"/queue/{topic}", "hot")
        ack(first, version, first.inbox.wait_for_count(1)[0], number, "nack")
        second.subscribe(f"/queue/{topic}", "client-individual")
        assert second.inbox.wait_for_count(1)[0].payload == b"hot"
        assert len(first.inbox.settle(0.2)) == 1


@pytest.mark.parametrize("version", VERSIONS)
def test_a_transaction_happens_at_its_commit_or_not_at_all(gateway, topic, version):
    with StompClient(gateway.port("stomp"), version) as client:
        client.subscribe(f"/topic/{topic}")
        for end in ("abort", "commit"):
            transaction = client.connection.begin()
            for number in range(3):
                client.connection.send(f"/topic/{topic}", f"{end} {number}", transaction=transaction)
            client.publish(f"/topic/{topic}", f"before {end}")
            getattr(client.connection, end)(transaction)
        client.inbox.wait_for_count(5)
        assert [m.payload.decode() for m in client.inbox.settle(0.2)] == [
            "before abort", "before commit", "commit 0", "commit 1", "commit 2"]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_body_of_every_octet_and_a_header_with_every_escape(gateway, topic, version):
    body = bytes(range(256)) * 300
    with StompClient(gateway.port("stomp"), version) as client:
        client.subscribe(topic)
        text = "back\\slash" if version == "1.0" else "colon : line\nfeed back\\slash" + ("\rcr" if version == "1.2" else "")
        client.publish(topic, body, note=text)
        got = client.inbox.wait_for_count(1)[0]
        assert got.payload == body
        assert got.headers["note"] == text


@pytest.mark.parametrize("version", VERSIONS)
def test_the_ways_to_write_a_topic_meet(gateway, topic, version):
    dotted = "/topic/" + topic.replace("/", ".")
    with StompClient(gateway.port("stomp"), version) as client, StompClient(gateway.port("stomp"), version) as sender:
        client.subscribe(dotted.rsplit(".", 1)[0] + ".*")
        sender.publish(f"/topic/{topic}", "slashes")
        sender.publish(dotted, "dots")
        sender.publish(topic, "plain")
        assert [m.payload for m in client.inbox.wait_for_count(3)] == [b"slashes", b"dots", b"plain"]
        assert {m.topic for m in client.inbox.all()} == {dotted}


def test_properties_cross_to_mqtt_5_and_back(gateway, topic):
    with StompClient(gateway.port("stomp")) as client, MqttClient(gateway.port("mqtt")) as mqtt:
        received = []
        mqtt.paho.on_message = lambda _client, _userdata, message: received.append(message)
        mqtt.subscribe(f"{topic}/up")
        client.publish(f"{topic}/up", "{}", "application/json", **{
            "correlation-id": "c7", "reply-to": "/topic/answers.here", "expires": str(int((time.time() + 60) * 1000)),
            "colour": "blue:green"})
        deadline = time.monotonic() + 10
        while not received and time.monotonic() < deadline:
            time.sleep(0.02)
        properties = received[0].properties
        assert properties.ContentType == "application/json"
        assert properties.CorrelationData == b"c7"
        assert properties.ResponseTopic == "answers/here"
        assert 55 <= properties.MessageExpiryInterval <= 60
        assert ("colour", "blue:green") in properties.UserProperty

        client.subscribe(f"{topic}/down")
        down = mqtt_properties.Properties(PacketTypes.PUBLISH)
        down.ContentType, down.CorrelationData, down.ResponseTopic = "text/plain", b"\x00\xff", "answers/there"
        down.UserProperty = [("a", "1"), ("a", "2"), ("destination", "mine")]
        mqtt.publish(f"{topic}/down", "x", properties=down)
        headers = client.inbox.wait_for_count(1)[0].headers
        assert headers["content-type"] == "text/plain"
        assert headers["correlation-id"] == "AP8="
        assert headers["rialto-types"] == "correlation-id=b"
        assert headers["reply-to"] == "answers/there"
        assert (headers["a"], headers["rialto-multi"]) == ("1", "1/a/=2")
        assert (headers["destination"], headers["u.destination"]) == (f"{topic}/down", "mine")


def test_the_last_value_of_a_topic_comes_with_the_subscription(gateway, topic):
    with StompClient(gateway.port("stomp")) as client, MqttClient(gateway.port("mqtt")) as mqtt:
        client.publish(f"{topic}/stomp", "one", retain="true")
        mqtt.publish(f"{topic}/mqtt", "two", retain=True)
        client.subscribe(f"/topic/{topic}/*")
        got = client.inbox.wait_for_count(2)
        assert {(m.payload, m.retained) for m in got} == {(b"one", True), (b"two", True)}
        mqtt.subscribe(f"{topic}/#")
        assert {(m.payload, m.retained) for m in mqtt.inbox.wait_for_count(2)} == {(b"one", True), (b"two", True)}


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_a_client_with_heart_beats_stays_connected(gateway, version):
    class Pulse(stomp.ConnectionListener):
        beats, timed_out = 0, False

        def on_heartbeat(self):
            self.beats += 1

        def on_heartbeat_timeout(self):
            self.timed_out = True

    connect = {"1.1": stomp.StompConnection11, "1.2": stomp.StompConnection12}[version]
    connection = connect([(HOST, gateway.port("stomp"))], heartbeats=(400, 400), vhost=HOST)
    pulse = Pulse()
    connection.set_listener("pulse", pulse)
    connection.connect(wait=True)
    time.sleep(3)
    assert connection.is_connected() and not pulse.timed_out
    assert pulse.beats >= 5
    connection.disconnect()


def test_the_server_sends_heart_beats_at_the_agreed_pace(gateway):
    with Octets(gateway.port("stomp")) as client:
        assert headers_of(client.connect(more="heart-beat:0,500\n"))["heart-beat"] == "500,0"
        assert 3 <= client.listen(2.2).count(b"\n") <= 14


def test_a_client_that_falls_silent_is_told_so_and_disconnected(gateway):
    with Octets(gateway.port("stomp")) as client:
        assert headers_of(client.connect(more="heart-beat:300,0\n"))["heart-beat"] == "0,300"
        began = time.monotonic()
        assert b"no heart-beat" in client.rest()
        assert 0.5 <= time.monotonic() - began < 5


def test_a_connection_that_says_nothing_is_ended(gateway_with):
    port = free_port()
    gateway_with(f'[listeners.stomp]\nurl = "stomp://{HOST}:{port}"\nconnect_timeout = "300ms"\n')
    with Octets(port) as silent, Octets(port) as slow:
        slow.send(b"CONN")
        assert silent.rest().startswith(b"ERROR\n")
        assert slow.rest().startswith(b"ERROR\n")


def test_limits_of_the_file_hold(gateway_with):
    port = free_port()
    gateway_with(f'[listeners.stomp]\nurl = "stomp://{HOST}:{port}"\nmax_body = "1KiB"\nmax_headers = 10\nmax_subscriptions = 1\n')
    excesses = [b"SEND\ndestination:a\ncontent-length:1025\n\n", b"SEND\n" + b"a:b\n" * 11 + b"\n\0",
                b"SUBSCRIBE\nid:1\ndestination:a\n\n\0SUBSCRIBE\nid:2\ndestination:b\n\n\0"]
    for excess in excesses:
        with Octets(port) as client:
            client.connect()
            assert client.send(excess).rest().startswith(b"ERROR\n")


def test_frames_may_come_one_octet_at_a_time(gateway, topic):
    with Octets(gateway.port("stomp")) as client:
        frames = (f"CONNECT\r\naccept-version:1.2\r\nhost:h\r\n\r\n\0\r\nSUBSCRIBE\r\nid:1\r\ndestination:{topic}\r\n\r\n\0"
                  f"SEND\r\ndestination:{topic}\r\ncontent-length:5\r\n\r\nhello\0").encode()
        for octet in frames:
            client.send(bytes([octet]))
        assert client.frame().startswith(b"CONNECTED")
        assert client.frame().endswith(b"\n\nhello")


def test_frames_may_come_cut_anywhere(gateway, topic):
    dice = random.Random(5)
    with Octets(gateway.port("stomp")) as client, Octets(gateway.port("stomp")) as reader:
        reader.connect()
        reader.send(f"SUBSCRIBE\nid:1\ndestination:{topic}\nreceipt:r\n\n\0".encode()).frame()
        client.connect()
        octets = b"".join(f"SEND\ndestination:{topic}\n\nbody {n}\0\n".encode() for n in range(500))
        while octets:
            size = dice.randrange(1, 300)
            client.send(octets[:size])
            octets = octets[size:]
        assert [reader.frame().split(b"\n\n")[1] for _ in range(500)] == [f"body {n}".encode() for n in range(500)]


def test_an_error_names_the_frame_by_its_receipt_and_is_the_last_word(gateway):
    with Octets(gateway.port("stomp")) as client:
        client.connect()
        answer = client.send(b"SUBSCRIBE\nid:1\nreceipt:77\n\n\0SEND\ndestination:a\nreceipt:78\n\nx\0").rest()
        assert answer.count(b"\0") == 1 and answer.startswith(b"ERROR\n")
        headers = headers_of(answer)
        assert headers["receipt-id"] == "77"
        assert "destination" in headers["message"]


def test_a_receipt_of_disconnect_comes_before_the_end(gateway, topic):
    with Octets(gateway.port("stomp")) as client, MqttClient(gateway.port("mqtt")) as mqtt:
        mqtt.subscribe(topic)
        client.connect()
        sends = b"".join(f"SEND\ndestination:{topic}\n\n{n}\0".encode() for n in range(200))
        assert client.send(sends + b"DISCONNECT\nreceipt:bye\n\n\0").rest() == b"RECEIPT\nreceipt-id:bye\n\n\0"
        assert [int(m.payload) for m in mqtt.inbox.wait_for_count(200)] == list(range(200))


def test_many_receipts_come_whole_and_in_order(gateway, topic):
    with Octets(gateway.port("stomp")) as client, MqttClient(gateway.port("mqtt")) as mqtt:
        mqtt.subscribe(topic)
        client.connect()
        count = 5000
        client.send(b"".join(f"SEND\ndestination:{topic}\nreceipt:{n}\n\n{n}\0".encode() for n in range(count)))
        assert [int(headers_of(client.frame())["receipt-id"]) for _ in range(count)] == list(range(count))
        assert [int(m.payload) for m in mqtt.inbox.wait_for_count(count, 30)] == list(range(count))


def test_a_reader_that_stops_delays_nobody(gateway, topic):
    with Octets(gateway.port("stomp")) as stuck, StompClient(gateway.port("stomp")) as client:
        stuck.connect()
        stuck.send(f"SUBSCRIBE\nid:1\ndestination:{topic}\nreceipt:r\n\n\0".encode()).frame()
        client.subscribe(topic)
        for number in range(400):
            client.publish(topic, str(number).encode() + b"x" * 100_000)
        assert [int(m.payload.rstrip(b"x")) for m in client.inbox.wait_for_count(400)] == list(range(400))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_version_is_agreed_on(gateway, version):
    with Octets(gateway.port("stomp")) as client:
        assert headers_of(client.connect(f"0.9,{version},9.9"))["version"] == version


def test_without_a_common_version_the_client_is_told_which_there_are(gateway):
    with Octets(gateway.port("stomp")) as client:
        answer = client.send(b"CONNECT\naccept-version:2.0\nhost:h\n\n\0").rest()
        assert answer.startswith(b"ERROR\n") and headers_of(answer)["version"] == "1.0,1.1,1.2"


def test_a_gateway_that_stops_says_so(tmp_path):
    with Gateway(tmp_path / "gateway", three_listeners()) as running:
        client = Octets(running.port("stomp"))
        client.connect()
    with client:
        assert b"the gateway is stopping" in client.rest()

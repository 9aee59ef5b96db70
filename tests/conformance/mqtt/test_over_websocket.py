"""MQTT over WebSocket: chapter 6 of both."""

import pytest

import wire
from client import MALFORMED, Client, unique
from websocket_stream import BINARY, TEXT, WebSocket
from wire import V31, V311, Kind

clause = pytest.mark.clause


@pytest.fixture
def dial_websocket(server):
    """Opens WebSocket connections; gives an MQTT client on each."""
    if server.web is None:
        pytest.skip("no WebSocket listener was named")
    opened = []

    def open_connection(version=V311, **options) -> Client:
        opened.append(Client(WebSocket(server.web, **options), version))
        return opened[-1]

    yield open_connection
    for client in opened:
        client.drop()
    server.assert_alive()


@clause("MQTT-6.0.0-4", "MQTT-6.0.0-3", "MQTT5-6.0.0-4", "MQTT5-6.0.0-3")
@pytest.mark.parametrize("offered", [["mqtt"], ["other", "mqtt"], ["mqtt", "other"]], ids=str)
def test_the_subprotocol_that_the_server_chooses_is_mqtt(dial_websocket, version, offered):
    client = dial_websocket(protocols=offered)
    assert client.stream.status == 101
    assert client.stream.headers["sec-websocket-protocol"] == "mqtt"
    client.connect(version)
    client.expect_nothing()


def test_mqtt_3_1_has_a_subprotocol_of_its_own(dial_websocket):
    client = dial_websocket(protocols=["mqttv3.1"])
    assert client.stream.headers["sec-websocket-protocol"] == "mqttv3.1"
    client.connect(V31)
    client.expect_nothing()


@clause("MQTT-6.0.0-1", "MQTT5-6.0.0-1")
def test_everything_that_the_server_sends_is_in_binary_frames(dial_websocket, version, topic):
    client = dial_websocket()
    client.connect(version)
    client.subscribe((topic, 2))
    for qos in (0, 1, 2):
        client.send(wire.publish(version, topic, b"x", qos, qos or None))
        if qos == 2:
            client.send(wire.acknowledge(Kind.PUBREL, 2, version))
    payloads = 0
    while payloads < 3:
        payloads += client.receive().kind == Kind.PUBLISH
    assert set(client.stream.kinds) == {BINARY}


@clause("MQTT-6.0.0-1", "MQTT5-6.0.0-1")
def test_a_connect_in_a_text_frame_is_not_served(dial_websocket, version):
    client = dial_websocket(version)
    raw = wire.connect(version, unique("c"))
    assert raw.isascii()
    client.stream.send_frame(TEXT, raw)
    assert client.expect_closed() == []


@clause("MQTT-6.0.0-1", "MQTT5-6.0.0-1")
def test_a_publish_in_a_text_frame_goes_nowhere(dial_websocket, connect, version, topic, marker):
    watcher, client = connect(version), dial_websocket()
    watcher.subscribe((topic, 0))
    marker.ready(watcher)
    client.connect(version)
    client.stream.send_frame(TEXT, wire.publish(version, topic, b"text"))
    assert {each.kind for each in client.expect_closed()} <= {Kind.DISCONNECT}
    marker.passed(connect(version), watcher)


@clause("MQTT-6.0.0-2", "MQTT5-6.0.0-2")
def test_several_packets_may_come_in_one_frame(dial_websocket, version, topic):
    client = dial_websocket(version)
    client.send(wire.connect(version, unique("c")) + wire.subscribe(version, 1, (topic, 0)) + wire.pingreq())
    client.expect(Kind.CONNACK, reason=0)
    client.expect(Kind.SUBACK)
    client.expect(Kind.PINGRESP)


@clause("MQTT-6.0.0-2", "MQTT5-6.0.0-2")
def test_a_packet_may_come_in_many_frames(dial_websocket, version, topic):
    client = dial_websocket(version)
    for byte in wire.connect(version, unique("c")) + wire.subscribe(version, 1, (topic, 0)) + wire.pingreq():
        client.send(bytes([byte]))
    client.expect(Kind.CONNACK, reason=0)
    client.expect(Kind.SUBACK)
    client.expect(Kind.PINGRESP)


@clause("MQTT-6.0.0-2", "MQTT5-6.0.0-2")
def test_frames_may_begin_in_the_middle_of_a_packet(dial_websocket, version, topic):
    client = dial_websocket(version)
    raw = wire.connect(version, unique("c")) + wire.subscribe(version, 1, (topic, 0)) + wire.pingreq() * 2
    for begin, end in ((0, 9), (9, len(raw) - 3), (len(raw) - 3, len(raw))):
        client.send(raw[begin:end])
    for kind in (Kind.CONNACK, Kind.SUBACK, Kind.PINGRESP, Kind.PINGRESP):
        client.expect(kind)


@clause("MQTT-6.0.0-2", "MQTT5-6.0.0-2")
def test_a_frame_may_itself_be_fragmented_and_pinged_between(dial_websocket, version):
    client = dial_websocket(version)
    raw = wire.connect(version, unique("c"))
    client.stream.send_frame(BINARY, raw[:5], final=False)
    client.stream.send_frame(9, b"are you there")
    client.stream.send_frame(0, raw[5:])
    client.expect(Kind.CONNACK, reason=0)


@clause("MQTT-6.0.0-2", "MQTT5-6.0.0-2")
@pytest.mark.parametrize("size", [125, 126, 65535, 65536, 150_000])
def test_messages_of_every_frame_size_pass_both_ways(dial_websocket, connect, version, topic, size):
    client, other = dial_websocket(), connect(version)
    client.connect(version)
    client.subscribe((topic + "/down", 1))
    other.subscribe((topic + "/up", 1))
    other.publish(topic + "/down", b"x" * size, 1)
    client.take(payload=b"x" * size)
    client.publish(topic + "/up", b"y" * size, 1)
    other.take(payload=b"y" * size)


@clause("MQTT-4.8.0-1", "MQTT5-4.13.1-1", "MQTT-6.0.0-1", "MQTT5-6.0.0-1")
def test_a_protocol_error_ends_the_websocket(dial_websocket, version):
    client = dial_websocket()
    client.connect(version)
    client.send(wire.packet(0x00))
    client.expect_refused(*MALFORMED)


def test_a_foreign_origin_is_refused_before_the_upgrade(dial_websocket):
    client = dial_websocket(headers=["Origin: https://elsewhere.example"])
    assert client.stream.status == 403

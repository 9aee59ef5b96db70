"""Keep-alive and PINGREQ: sections 3.1.2.10 and 3.12."""

import time

import pytest

import wire
from wire import V5, Kind, Will

clause = pytest.mark.clause


@clause("MQTT-3.12.4-1", "MQTT5-3.12.4-1")
def test_each_pingreq_is_answered(connect, any_version):
    client = connect(any_version)
    client.send(wire.pingreq() * 3)
    assert [client.expect(Kind.PINGRESP).raw for _ in range(3)] == [b"\xd0\x00"] * 3


@clause("MQTT-3.1.2-24", "MQTT5-3.1.2-22", "MQTT-3.1.2-8", "MQTT5-3.1.2-8")
def test_silence_of_one_and_a_half_keep_alives_ends_the_connection_as_a_failure(connect, version, topic):
    watcher = connect(version)
    watcher.subscribe(topic)
    client = connect(version, keep_alive=1, will=Will(topic, b"last"))
    began = time.monotonic()
    farewell = client.expect_closed()
    lasted = time.monotonic() - began
    assert [each.reason for each in farewell] in ([], [0x8D] if version == V5 else [])
    assert 1.4 < lasted < 2.6, f"closed after {lasted:.2f} s"
    watcher.take(payload=b"last")


@clause("MQTT-3.1.2-24", "MQTT5-3.1.2-22")
def test_any_packet_keeps_the_connection_alive_and_keep_alive_0_needs_none(connect, version, topic):
    pinging, publishing, endless = connect(version, keep_alive=1), connect(version, keep_alive=1), \
        connect(version, keep_alive=0)
    for _ in range(3):
        time.sleep(0.7)
        pinging.expect_nothing()
        publishing.publish(topic, b"x")
    for client in (pinging, publishing, endless):
        client.expect_nothing()


@clause("MQTT-3.1.2-24", "MQTT5-3.1.2-22")
def test_messages_to_the_client_do_not_keep_it_alive(connect, version, topic):
    client, publisher = connect(version, keep_alive=1), connect(version)
    client.subscribe((topic, 0))
    began = time.monotonic()
    while time.monotonic() - began < 1.3:
        publisher.publish(topic, b"x")
        time.sleep(0.2)
    client.expect_closed(timeout=1.5)

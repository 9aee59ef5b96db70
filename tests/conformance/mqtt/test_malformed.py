"""Packets that break the format: sections 2.1, 2.2, 4.8 of 3.1.1 and 4.13 of 5.0."""

import pytest

import wire
from client import MALFORMED
from wire import V5, Kind, P

clause = pytest.mark.clause

GOOD = {
    Kind.PUBLISH: lambda version: wire.publish(version, "t", b"x"),
    Kind.PUBACK: lambda version: wire.acknowledge(Kind.PUBACK, 1, version),
    Kind.PUBREC: lambda version: wire.acknowledge(Kind.PUBREC, 1, version),
    Kind.PUBREL: lambda version: wire.acknowledge(Kind.PUBREL, 1, version),
    Kind.PUBCOMP: lambda version: wire.acknowledge(Kind.PUBCOMP, 1, version),
    Kind.SUBSCRIBE: lambda version: wire.subscribe(version, 1, ("t", 0)),
    Kind.UNSUBSCRIBE: lambda version: wire.unsubscribe(version, 1, "t"),
    Kind.PINGREQ: lambda version: wire.pingreq(),
    Kind.DISCONNECT: lambda version: wire.disconnect(version),
}
WRONG_FLAGS = [(kind, flags) for kind in GOOD if kind != Kind.PUBLISH
               for flags in (0, 1, 2, 4, 8, 15) if flags != wire.FIXED_FLAGS[kind]]


@clause("MQTT-2.2.2-2", "MQTT-3.6.1-1", "MQTT-3.8.1-1", "MQTT-3.10.1-1", "MQTT-3.14.1-1", "MQTT5-2.1.3-1",
        "MQTT5-3.6.1-1", "MQTT5-3.8.1-1", "MQTT5-3.10.1-1", "MQTT5-3.14.1-1", "MQTT5-4.13.1-1")
@pytest.mark.parametrize("kind, flags", WRONG_FLAGS, ids=[f"{k.name} {f:04b}" for k, f in WRONG_FLAGS])
def test_reserved_flags_other_than_those_listed_end_the_connection(connect, version, kind, flags):
    client = connect(version)
    raw = GOOD[kind](version)
    client.send(bytes([kind << 4 | flags]) + raw[1:])
    client.expect_refused(*MALFORMED)


@clause("MQTT-3.3.1-4", "MQTT5-3.3.1-4")
@pytest.mark.parametrize("dup, retain", [(0, 0), (8, 0), (0, 1), (8, 1)])
def test_publish_with_qos_3_ends_the_connection(connect, version, dup, retain):
    client = connect(version)
    client.send(wire.packet(0x36 | dup | retain, wire.text("t") + b"\0\1" + (b"\0" if version == V5 else b"")))
    client.expect_refused(*MALFORMED)


@clause("MQTT-3.3.1-2", "MQTT5-3.3.1-2", "MQTT5-4.3.1-1")
def test_publish_with_dup_at_qos_0_ends_the_connection_or_is_an_ordinary_message(connect, version, topic):
    client, watcher = connect(version), connect(version)
    watcher.subscribe(topic)
    client.send(wire.publish(version, topic, b"x", dup=True), wire.pingreq())
    answer = client.receive_or_end()
    if answer is not None and answer.kind == Kind.PINGRESP:
        watcher.take(topic=topic, qos=0, dup=False)


@clause("MQTT-2.3.1-1", "MQTT5-2.2.1-3", "MQTT5-4.13.1-1")
@pytest.mark.parametrize("raw", ["publish 1", "publish 2", "subscribe", "unsubscribe"])
def test_packet_identifier_0_ends_the_connection(connect, version, raw):
    client = connect(version)
    client.send({"publish 1": wire.publish(version, "t", b"x", 1, 0),
                 "publish 2": wire.publish(version, "t", b"x", 2, 0),
                 "subscribe": wire.subscribe(version, 0, ("t", 0)),
                 "unsubscribe": wire.unsubscribe(version, 0, "t")}[raw])
    client.expect_refused(*MALFORMED)


@clause("MQTT-4.8.0-1", "MQTT5-4.13.1-1")
@pytest.mark.parametrize("first", [0x00, 0x0F, 0x20, 0x90, 0xB0, 0xD0, 0xF0, 0xFF], ids=hex)
def test_packet_types_that_clients_do_not_send_end_the_connection(connect, version, first):
    client = connect(version)
    client.send(wire.packet(first, b"\0\0"))
    client.expect_refused(*MALFORMED)


@clause("MQTT-3.8.3-3", "MQTT5-3.8.3-2")
def test_subscribe_without_a_filter_ends_the_connection(connect, version):
    client = connect(version)
    client.send(wire.subscribe(version, 1))
    client.expect_refused(*MALFORMED)


@clause("MQTT-3.10.3-2", "MQTT5-3.10.3-2")
def test_unsubscribe_without_a_filter_ends_the_connection(connect, version):
    client = connect(version)
    client.send(wire.unsubscribe(version, 1))
    client.expect_refused(*MALFORMED)


@clause("MQTT-3.8.3-4", "MQTT5-3.8.3-5")
@pytest.mark.parametrize("options", [0x03, 0x40, 0x80, 0xC0, 0x41, 0x82, 0xFF], ids=hex)
def test_subscription_options_with_reserved_bits_or_qos_3_end_the_connection(connect, version, options):
    client = connect(version)
    client.send(wire.subscribe(version, 1, ("t", options)))
    client.expect_refused(*MALFORMED)


@clause("MQTT-3.8.3-4")
@pytest.mark.parametrize("options", [0x04, 0x08, 0x10, 0x20], ids=hex)
def test_the_options_of_5_0_are_reserved_bits_before_it(connect, options):
    client = connect()
    client.send(wire.subscribe(client.version, 1, ("t", options)))
    client.expect_refused()


@clause("MQTT5-3.8.3-5")
def test_retain_handling_3_ends_the_connection(connect):
    client = connect(V5)
    client.send(wire.subscribe(V5, 1, ("t", 0x30)))
    client.expect_refused(*MALFORMED)


@clause("MQTT-4.8.0-1", "MQTT5-4.13.1-1")
@pytest.mark.parametrize("kind", [kind for kind in GOOD if kind not in (Kind.PINGREQ, Kind.DISCONNECT)],
                         ids=lambda kind: kind.name)
def test_a_packet_whose_body_is_cut_short_ends_the_connection(connect, version, kind):
    raw = GOOD[kind](version)
    body = raw[2:]
    for end in range(shortest(kind, version, len(body))):
        client = connect(version)
        client.send(wire.packet(raw[0], body[:end]))
        client.expect_refused(*MALFORMED)


@clause("MQTT-4.8.0-1", "MQTT5-4.13.1-1")
@pytest.mark.parametrize("kind", [kind for kind in GOOD if kind != Kind.PUBLISH], ids=lambda kind: kind.name)
def test_a_packet_with_bytes_behind_its_end_ends_the_connection(connect, version, kind):
    client = connect(version)
    raw = GOOD[kind](version)
    extra = b"\0\0" if version == V5 and kind not in (Kind.SUBSCRIBE, Kind.UNSUBSCRIBE) else b"\0"
    client.send(wire.packet(raw[0], raw[2:] + extra + b"\xff"))
    client.expect_refused(*MALFORMED)


@clause("MQTT-4.8.0-1", "MQTT5-4.13.1-1")
def test_a_topic_that_is_longer_than_its_packet_ends_the_connection(connect, version):
    client = connect(version)
    client.send(wire.packet(0x30, b"\0\x09abc"))
    client.expect_refused(*MALFORMED)


@clause("MQTT-2.3.1-5", "MQTT5-2.2.1-2")
def test_what_follows_the_topic_at_qos_0_is_payload_and_no_packet_identifier(connect, version, topic):
    client, publisher = connect(version), connect(version)
    client.subscribe((topic, 0))
    publisher.publish(topic, b"\0\1\0\2")
    raw = client.take(topic=topic).raw
    assert raw[2:] == wire.text(topic) + (b"\0" if version == V5 else b"") + b"\0\1\0\2"


@clause("MQTT5-2.2.1-2")
def test_what_looks_like_a_packet_identifier_at_qos_0_is_a_property_length_that_must_fit(connect, topic):
    client = connect(V5)
    client.send(wire.packet(0x30, wire.text(topic) + b"\x7f\x01"))
    client.expect_refused(*MALFORMED)


@clause("MQTT5-4.13.1-1", "MQTT5-4.13.2-1", "MQTT5-3.14.4-1", "MQTT5-3.14.4-2", "MQTT5-3.14.2-1")
def test_after_its_disconnect_the_server_sends_nothing_and_closes(connect, topic):
    client = connect(V5)
    client.subscribe((topic, 0))
    client.send(wire.packet(0x00), wire.pingreq(), wire.publish(V5, topic, b"late", 1, 9))
    client.expect(Kind.DISCONNECT)
    assert client.expect_closed() == []


@clause("MQTT-4.8.0-1", "MQTT5-4.13.1-1")
def test_a_broken_packet_harms_nobody_else(connect, version, topic):
    watcher, other, broken = connect(version), connect(version), connect(version)
    watcher.subscribe((topic, 1))
    other.publish(topic, b"before", qos=1)
    broken.send(wire.packet(0x00))
    broken.expect_refused(*MALFORMED)
    other.publish(topic, b"after", qos=1)
    watcher.take(payload=b"before")
    watcher.take(payload=b"after")


@clause("MQTT-4.8.0-1", "MQTT5-4.13.1-1")
def test_what_came_before_a_broken_packet_in_the_same_write_still_counts(connect, version, topic):
    watcher, client = connect(version), connect(version)
    watcher.subscribe((topic, 0))
    client.send(wire.publish(version, topic, b"good"), wire.packet(0x00), wire.publish(version, topic, b"lost"))
    client.expect_refused(*MALFORMED)
    watcher.take(topic=topic, payload=b"good")
    watcher.expect_nothing()


def test_packets_may_come_byte_by_byte(dial, version, topic):
    client = dial(version)
    raw = wire.connect(version, "") + wire.subscribe(version, 1, (topic, 0)) + wire.publish(version, topic, b"slow")
    for at in range(len(raw)):
        client.send(raw[at:at + 1])
    client.expect(Kind.CONNACK, reason=0)
    client.expect(Kind.SUBACK, packet_id=1)
    client.expect(Kind.PUBLISH, topic=topic, payload=b"slow")


def test_a_packet_larger_than_the_server_announced_ends_the_connection(connect, topic):
    """Section 3.2.2.3.6: the server may answer 0x95."""
    client = connect(V5)
    maximum = client.connack.get(P.MAXIMUM_PACKET_SIZE)
    if maximum is None:
        pytest.skip("the server announces no Maximum Packet Size")
    client.send(b"\x30" + wire.number(min(maximum, 268435455)) + wire.text(topic))
    client.expect_refused(0x95)


def shortest(kind, version, whole):
    """The length of the shortest body that is still whole: in PUBLISH the payload may be missing."""
    return whole - 1 if kind == Kind.PUBLISH else whole

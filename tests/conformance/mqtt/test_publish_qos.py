"""Delivery at each quality of service: sections 2.3.1, 3.3 to 3.7, 4.3 and 4.6."""

import pytest

import wire
from wire import V5, V311, Kind, P

clause = pytest.mark.clause
QOS = (0, 1, 2)


@clause("MQTT-3.8.4-6", "MQTT-4.5.0-1", "MQTT5-3.8.4-8", "MQTT5-4.5.0-1")
@pytest.mark.parametrize("granted", QOS)
@pytest.mark.parametrize("sent", QOS)
def test_a_message_comes_at_the_lower_of_its_own_and_the_granted_qos(connect, version, topic, sent, granted):
    client, publisher = connect(version), connect(version)
    client.subscribe((topic, granted))
    publisher.publish(topic, b"x", sent)
    client.take(topic=topic, payload=b"x", qos=min(sent, granted), dup=False)
    client.expect_nothing()


@clause("MQTT-3.3.4-1", "MQTT-2.3.1-6", "MQTT-4.3.2-2", "MQTT5-3.3.4-1", "MQTT5-2.2.1-5", "MQTT5-4.3.2-4",
        "MQTT5-3.4.2-1")
@pytest.mark.parametrize("packet_id", [1, 2, 255, 256, 0x1234, 65535])
def test_qos_1_is_answered_with_puback_of_the_same_identifier(connect, version, topic, packet_id):
    client = connect(version)
    client.send(wire.publish(version, topic, b"x", 1, packet_id))
    assert client.expect(Kind.PUBACK, packet_id=packet_id).reason in (0x00, 0x10)
    client.expect_nothing()


@clause("MQTT-3.3.4-1", "MQTT-2.3.1-6", "MQTT-4.3.3-2", "MQTT5-3.3.4-1", "MQTT5-2.2.1-5", "MQTT5-4.3.3-8",
        "MQTT5-4.3.3-11", "MQTT5-3.5.2-1", "MQTT5-3.7.2-1")
@pytest.mark.parametrize("packet_id", [1, 2, 255, 256, 0x1234, 65535])
def test_qos_2_is_answered_with_pubrec_and_pubcomp_of_the_same_identifier(connect, version, topic, packet_id):
    client = connect(version)
    client.send(wire.publish(version, topic, b"x", 2, packet_id))
    assert client.expect(Kind.PUBREC, packet_id=packet_id).reason in (0x00, 0x10)
    client.expect_nothing()
    client.release(packet_id)
    client.expect_nothing()


@clause("MQTT-3.3.4-1", "MQTT5-3.3.4-1")
def test_qos_0_is_not_answered(connect, version, topic):
    client = connect(version)
    client.publish(topic, b"x")
    client.expect_nothing()


@clause("MQTT-4.3.2-2", "MQTT5-4.3.2-5")
@pytest.mark.parametrize("dup", [False, True])
def test_after_puback_the_same_identifier_is_a_new_message(connect, version, topic, dup):
    client, publisher = connect(version), connect(version)
    client.subscribe((topic, 1))
    for payload in (b"one", b"two"):
        publisher.send(wire.publish(version, topic, payload, 1, 7, dup=dup and payload == b"two"))
        publisher.expect(Kind.PUBACK, packet_id=7)
    client.take(payload=b"one")
    client.take(payload=b"two", dup=False)


@clause("MQTT-4.3.3-2", "MQTT5-4.3.3-10")
def test_until_pubrel_a_repeated_qos_2_publish_is_acknowledged_and_not_delivered_again(connect, version, topic, marker):
    client, publisher = connect(version), connect(version)
    client.subscribe((topic, 2))
    marker.ready(client)
    for dup in (False, True, True):
        publisher.send(wire.publish(version, topic, b"once", 2, 9, dup=dup))
        publisher.expect(Kind.PUBREC, packet_id=9)
    publisher.release(9)
    client.take(payload=b"once")
    marker.passed(publisher, client)


@clause("MQTT-4.3.3-2", "MQTT5-4.3.3-12")
@pytest.mark.parametrize("dup", [False, True])
def test_after_pubcomp_the_same_identifier_is_a_new_message(connect, version, topic, dup):
    client, publisher = connect(version), connect(version)
    client.subscribe((topic, 2))
    for payload in (b"one", b"two"):
        publisher.send(wire.publish(version, topic, payload, 2, 9, dup=dup and payload == b"two"))
        publisher.expect(Kind.PUBREC, packet_id=9)
        publisher.release(9)
    client.take(payload=b"one")
    client.take(payload=b"two")


@clause("MQTT-4.3.3-2", "MQTT5-4.3.3-11", "MQTT5-3.7.2-1")
def test_a_release_of_nothing_is_completed_and_5_0_says_that_it_was_unknown(connect, version):
    client = connect(version)
    client.acknowledge(Kind.PUBREL, 4711)
    client.expect(Kind.PUBCOMP, packet_id=4711, reason=0x92 if version == V5 else 0)


@clause("MQTT5-3.6.2-1")
def test_a_pubrec_for_nothing_is_released_as_unknown(connect):
    client = connect(V5)
    client.acknowledge(Kind.PUBREC, 4711)
    client.expect(Kind.PUBREL, packet_id=4711, reason=0x92)


def test_acknowledgements_of_nothing_are_passed_over(connect, version):
    """Neither standard calls them an error."""
    client = connect(version)
    client.acknowledge(Kind.PUBACK, 4711)
    client.acknowledge(Kind.PUBCOMP, 4712)
    client.expect_nothing()


@clause("MQTT-2.3.1-4", "MQTT-4.3.2-1", "MQTT-4.3.3-1", "MQTT5-2.2.1-4", "MQTT5-4.3.2-1", "MQTT5-4.3.2-2",
        "MQTT5-4.3.3-1", "MQTT5-4.3.3-2")
@pytest.mark.parametrize("qos", [1, 2])
def test_the_server_gives_each_message_an_identifier_that_is_not_in_use(connect, version, topic, qos):
    client, publisher = connect(version), connect(version)
    client.subscribe((topic, qos))
    for count in range(12):
        publisher.publish(topic, str(count).encode(), qos)
    got = [client.expect(Kind.PUBLISH, qos=qos, dup=False) for _ in range(12)]
    assert len({each.packet_id for each in got}) == 12
    client.acknowledge(Kind.PUBACK if qos == 1 else Kind.PUBREC, got[0].packet_id)
    publisher.publish(topic, b"more", qos)
    more = client.receive()
    if more.kind == Kind.PUBREL:
        more = client.receive()
    assert more.packet_id not in {each.packet_id for each in got[1:]}


@clause("MQTT-4.3.3-1", "MQTT-2.3.1-6", "MQTT5-4.3.3-4", "MQTT5-2.2.1-5", "MQTT5-3.6.2-1")
def test_the_server_answers_pubrec_with_pubrel_of_the_same_identifier(connect, version, topic):
    client, publisher = connect(version), connect(version)
    client.subscribe((topic, 2))
    publisher.publish(topic, b"x", 2)
    packet_id = client.expect(Kind.PUBLISH, qos=2).packet_id
    client.expect_nothing()
    client.acknowledge(Kind.PUBREC, packet_id)
    client.expect(Kind.PUBREL, packet_id=packet_id, reason=0)
    client.expect_nothing()
    client.acknowledge(Kind.PUBCOMP, packet_id)
    client.expect_nothing()


@clause("MQTT5-4.4.0-2", "MQTT5-4.3.3-4")
@pytest.mark.parametrize("reason", [0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99], ids=hex)
@pytest.mark.parametrize("qos", [1, 2])
def test_a_message_that_the_client_refuses_is_done_with(connect, topic, qos, reason):
    client = connect(V5, clean=False, props=((P.SESSION_EXPIRY, 60),))
    client.subscribe((topic, qos))
    connect(V5).publish(topic, b"unwanted", qos)
    packet_id = client.expect(Kind.PUBLISH).packet_id
    client.acknowledge(Kind.PUBACK if qos == 1 else Kind.PUBREC, packet_id, reason)
    client.expect_nothing()
    client.disconnect()
    connect(V5, client.client_id, clean=False).expect_nothing()


@clause("MQTT-3.3.1-3", "MQTT5-3.3.1-3")
@pytest.mark.parametrize("qos", [1, 2])
def test_dup_is_not_passed_on(connect, version, topic, qos):
    client, publisher = connect(version), connect(version)
    client.subscribe((topic, 2))
    publisher.send(wire.publish(version, topic, b"x", qos, 5, dup=True))
    publisher.expect(Kind.PUBACK if qos == 1 else Kind.PUBREC, packet_id=5)
    if qos == 2:
        publisher.release(5)
    client.take(topic=topic, dup=False)


@clause("MQTT-3.3.1-2", "MQTT-4.3.1-1", "MQTT5-3.3.1-2", "MQTT5-4.3.1-1")
def test_messages_at_qos_0_never_have_dup(connect, version, topic):
    client, publisher = connect(version), connect(version)
    client.subscribe((topic, 0))
    publisher.send(wire.publish(version, topic, b"x", 1, 5, dup=True))
    client.take(topic=topic, qos=0, dup=False)


@clause("MQTT-4.6.0-5", "MQTT-4.6.0-6", "MQTT5-4.6.0-5", "MQTT5-4.6.0-6")
@pytest.mark.parametrize("qos", QOS)
def test_messages_come_in_the_order_in_which_they_were_published(connect, version, topic, qos):
    client, publisher = connect(version), connect(version)
    client.subscribe((topic, qos))
    publisher.send(*(wire.publish(version, topic, b"%d" % n, qos, n + 1 if qos else None) for n in range(100)))
    if qos == 2:
        for n in range(100):
            publisher.expect(Kind.PUBREC, packet_id=n + 1)
            publisher.acknowledge(Kind.PUBREL, n + 1)
    payloads = []
    while len(payloads) < 100:
        got = client.receive()
        if got.kind == Kind.PUBLISH:
            payloads.append(int(got.payload))
        settle(client, got)
    assert payloads == list(range(100))


@clause("MQTT-4.6.0-2", "MQTT-4.6.0-6", "MQTT5-4.6.0-2")
def test_pubacks_come_in_the_order_of_their_publishes(connect, version, topic):
    watcher, publisher = connect(version), connect(version)
    watcher.subscribe((topic + "/even", 1))
    names = [topic + ("/even" if n % 2 else "/odd") for n in range(50)]
    publisher.send(*(wire.publish(version, name, b"", 1, n + 1) for n, name in enumerate(names)))
    assert [publisher.expect(Kind.PUBACK).packet_id for _ in names] == list(range(1, 51))


@clause("MQTT-4.6.0-3", "MQTT-4.6.0-6", "MQTT5-4.6.0-3")
def test_pubrecs_come_in_the_order_of_their_publishes(connect, version, topic):
    watcher, publisher = connect(version), connect(version)
    watcher.subscribe((topic + "/even", 2))
    names = [topic + ("/even" if n % 2 else "/odd") for n in range(50)]
    publisher.send(*(wire.publish(version, name, b"", 2, n + 1) for n, name in enumerate(names)))
    assert [publisher.expect(Kind.PUBREC).packet_id for _ in names] == list(range(1, 51))


@clause("MQTT-4.6.0-4", "MQTT-4.6.0-6", "MQTT5-4.6.0-4")
def test_pubrels_come_in_the_order_of_their_pubrecs(connect, version, topic):
    client, publisher = connect(version), connect(version)
    client.subscribe((topic, 2))
    for _ in range(8):
        publisher.publish(topic, b"", 2)
    received = [client.expect(Kind.PUBLISH).packet_id for _ in range(8)]
    client.send(*(wire.acknowledge(Kind.PUBREC, each, version) for each in received))
    assert [client.expect(Kind.PUBREL).packet_id for _ in received] == received


@clause("MQTT-2.3.1-6", "MQTT-4.3.3-2", "MQTT5-2.2.1-5", "MQTT5-4.3.3-11")
def test_releases_may_come_in_any_order(connect, version, topic):
    client = connect(version)
    for packet_id in (1, 2, 3):
        client.send(wire.publish(version, topic, b"", 2, packet_id))
        client.expect(Kind.PUBREC, packet_id=packet_id)
    for packet_id in (2, 3, 1):
        client.release(packet_id)


@clause("MQTT-4.3.3-2", "MQTT5-4.3.3-8")
def test_each_direction_counts_its_own_identifiers(connect, version, topic):
    client, publisher = connect(version), connect(version)
    client.subscribe((topic, 2))
    publisher.publish(topic, b"down", 2)
    down = client.expect(Kind.PUBLISH, qos=2).packet_id
    client.send(wire.publish(version, topic + "/up", b"up", 2, down))
    client.expect(Kind.PUBREC, packet_id=down)
    client.acknowledge(Kind.PUBREC, down)
    client.expect(Kind.PUBREL, packet_id=down, reason=0)
    client.release(down)
    client.acknowledge(Kind.PUBCOMP, down)
    client.expect_nothing()


@clause("MQTT5-3.4.2-1", "MQTT5-3.5.2-1", "MQTT5-3.6.2-1", "MQTT5-3.7.2-1")
@pytest.mark.parametrize("kind", [Kind.PUBACK, Kind.PUBREC, Kind.PUBREL, Kind.PUBCOMP], ids=lambda kind: kind.name)
@pytest.mark.parametrize("reason", [0x01, 0x18, 0x81, 0xFF], ids=hex)
def test_a_reason_code_that_the_packet_does_not_have_ends_the_connection(connect, kind, reason):
    client = connect(V5)
    client.acknowledge(kind, 1, reason)
    client.expect_refused(0x81, 0x82)


@clause("MQTT5-3.4.2-1", "MQTT5-3.6.2-1")
@pytest.mark.parametrize("tail", [b"", b"\0", b"\0\0"], ids=["identifier", "and reason", "and property length"])
def test_acknowledgements_of_5_0_may_leave_out_what_says_success(connect, topic, tail):
    client, publisher = connect(V5), connect(V5)
    client.subscribe((topic, 2))
    for qos in (1, 2):
        publisher.publish(topic, b"", qos)
        packet_id = client.expect(Kind.PUBLISH, qos=qos).packet_id.to_bytes(2, "big")
        if qos == 1:
            client.send(wire.packet(0x40, packet_id + tail))
            continue
        client.send(wire.packet(0x50, packet_id + tail))
        client.expect(Kind.PUBREL, reason=0)
        client.send(wire.packet(0x70, packet_id + tail))
    client.expect_nothing()


@clause("MQTT-3.3.2-3", "MQTT5-3.3.2-3")
def test_the_payload_is_opaque_to_the_server(connect, version, topic):
    client, publisher = connect(version), connect(version)
    client.subscribe((topic, 1))
    for payload in (b"", bytes(range(256)), b"\0" * 100, b"x" * 200_000):
        publisher.publish(topic, payload, 1)
        client.take(topic=topic, payload=payload)


@clause("MQTT-4.5.0-1", "MQTT5-4.5.0-1")
@pytest.mark.parametrize("old, new", [(V311, V5), (V5, V311)], ids=["3.1.1 to 5.0", "5.0 to 3.1.1"])
def test_versions_exchange_messages(connect, old, new, topic):
    client, publisher = connect(new), connect(old)
    client.subscribe((topic, 2))
    for qos in QOS:
        publisher.publish(topic, b"x", qos)
        client.take(topic=topic, payload=b"x", qos=qos)


def settle(client, got):
    """Goes one step further in the receiver's handshake."""
    answer = {(Kind.PUBLISH, 1): Kind.PUBACK, (Kind.PUBLISH, 2): Kind.PUBREC, (Kind.PUBREL, 0): Kind.PUBCOMP}
    kind = answer.get((got.kind, got.qos))
    if kind:
        client.acknowledge(kind, got.packet_id)

"""Sessions: sections 3.1.2.4, 3.2.2.2, 4.1 and 4.4."""

import time

import pytest

import wire
from client import unique
from wire import V5, V31, V311, Kind, P

clause = pytest.mark.clause


def keep(version, seconds=60):
    """Options of CONNECT for a session that outlives its connection, without throwing away an older one."""
    return {"clean": False, "props": ((P.SESSION_EXPIRY, seconds),) if version == V5 else ()}


@clause("MQTT-3.1.2-4", "MQTT-3.2.2-3", "MQTT5-3.1.2-6", "MQTT5-3.2.2-3")
def test_without_a_stored_session_none_is_present(connect, version):
    assert not connect(version, **keep(version)).connack.session_present


@clause("MQTT-3.1.2-4", "MQTT-3.2.2-2", "MQTT-4.1.0-1", "MQTT5-3.1.2-5", "MQTT5-3.1.2-23", "MQTT5-3.2.2-3")
@pytest.mark.parametrize("end", ["disconnect", "drop"])
def test_a_stored_session_is_resumed_with_its_subscriptions(connect, version, topic, end):
    client = connect(version, **keep(version))
    client.subscribe((topic, 1))
    getattr(client, end)()
    again = connect(version, client.client_id, **keep(version))
    assert again.connack.session_present
    connect(version).publish(topic, b"x", 1)
    again.take(topic=topic, payload=b"x", qos=1, dup=False)


@clause("MQTT-3.1.2-5", "MQTT-4.5.0-1", "MQTT5-3.1.2-23", "MQTT5-4.5.0-1")
def test_messages_that_came_meanwhile_are_delivered_in_their_order(connect, version, topic):
    client = connect(version, **keep(version))
    client.subscribe((topic, 2))
    client.disconnect()
    publisher = connect(version)
    for n in range(20):
        publisher.publish(topic, b"%d" % n, 1 + n % 2)
    again = connect(version, client.client_id, **keep(version))
    for n in range(20):
        again.take(payload=b"%d" % n, qos=1 + n % 2, dup=False)
    again.expect_nothing()


@clause("MQTT-3.1.2-6", "MQTT-3.1.4-3", "MQTT-3.2.2-1", "MQTT5-3.1.2-4", "MQTT5-3.1.4-4", "MQTT5-3.2.2-2")
def test_a_clean_start_throws_the_old_session_away(connect, version, topic, marker):
    client = connect(version, **keep(version))
    client.subscribe((topic, 1))
    client.disconnect()
    publisher = connect(version)
    publisher.publish(topic, b"stale", 1)
    again = connect(version, client.client_id, clean=True)
    assert not again.connack.session_present
    marker.ready(again)
    publisher.publish(topic, b"unwanted", 1)
    marker.passed(publisher, again)


@clause("MQTT-3.1.2-6", "MQTT5-3.1.2-4", "MQTT5-3.1.2-23", "MQTT5-4.1.0-2")
@pytest.mark.parametrize("end", ["disconnect", "drop", "takeover"])
def test_a_session_that_is_not_kept_ends_with_its_connection(connect, version, topic, end):
    client = connect(version, clean=True)
    client.subscribe((topic, 1))
    if end != "takeover":
        getattr(client, end)()
    again = connect(version, client.client_id, **keep(version))
    assert not again.connack.session_present
    connect(version).publish(topic, b"x", 1)
    again.expect_nothing()


@clause("MQTT-3.1.2-4", "MQTT-3.1.4-2", "MQTT5-3.1.2-5", "MQTT5-3.1.4-3")
def test_a_takeover_resumes_the_kept_session(connect, version, topic):
    first = connect(version, **keep(version))
    first.subscribe((topic, 1))
    second = connect(version, first.client_id, **keep(version))
    assert second.connack.session_present
    connect(version).publish(topic, b"x", 1)
    second.take(payload=b"x")


@clause("MQTT-4.1.0-2", "MQTT-4.1.0-1", "MQTT5-4.1.0-1")
def test_the_session_lasts_as_long_as_its_connection(connect, version, topic):
    client, publisher = connect(version), connect(version)
    client.subscribe((topic, 2))
    for payload in (b"1", b"2", b"3"):
        time.sleep(0.1)
        publisher.publish(topic, payload, 2)
        client.take(payload=payload)


@clause("MQTT-3.1.2-6", "MQTT5-3.1.2-4")
def test_a_session_can_be_cleaned_kept_and_cleaned_again(connect, version):
    name = unique("c")
    steps = [({"clean": True}, False), (keep(version), False), (keep(version), True), ({"clean": True}, False),
             (keep(version), False)]
    for options, present in steps:
        client = connect(version, name, **options)
        assert client.connack.session_present == present, options
        client.disconnect()


@clause("MQTT-4.4.0-1", "MQTT-3.3.1-1", "MQTT-2.3.1-3", "MQTT-2.3.1-4", "MQTT-4.3.2-1", "MQTT-4.6.0-1",
        "MQTT5-4.4.0-1", "MQTT5-3.3.1-1", "MQTT5-4.3.2-3", "MQTT5-4.6.0-1")
def test_unacknowledged_messages_are_sent_again_in_order_with_dup_and_their_identifiers(connect, version, topic):
    client, publisher = connect(version, **keep(version)), connect(version)
    client.subscribe((topic, 2))
    for n in range(6):
        publisher.publish(topic, b"%d" % n, 1 + n % 2)
    first = [client.expect(Kind.PUBLISH, payload=b"%d" % n, dup=False) for n in range(6)]
    client.acknowledge(Kind.PUBACK, first[2].packet_id)
    client.expect_nothing()
    client.drop()
    again = connect(version, client.client_id, **keep(version))
    for sent in first[:2] + first[3:]:
        got = again.expect(Kind.PUBLISH, payload=sent.payload, packet_id=sent.packet_id, qos=sent.qos, dup=True)
        settle(again, got)
    again.expect_nothing()


@clause("MQTT-4.4.0-1", "MQTT-4.3.3-1", "MQTT5-4.4.0-1", "MQTT5-4.3.3-3")
def test_an_unacknowledged_qos_2_message_is_sent_again(connect, version, topic):
    client = connect(version, **keep(version))
    client.subscribe((topic, 2))
    connect(version).publish(topic, b"x", 2)
    packet_id = client.expect(Kind.PUBLISH, dup=False).packet_id
    client.drop()
    again = connect(version, client.client_id, **keep(version))
    again.take(payload=b"x", packet_id=packet_id, dup=True)


@clause("MQTT-4.4.0-1", "MQTT-4.3.3-1", "MQTT5-4.4.0-1", "MQTT5-4.3.3-5", "MQTT5-4.3.3-6")
def test_after_pubrec_only_pubrel_is_sent_again(connect, version, topic):
    client = connect(version, **keep(version))
    client.subscribe((topic, 2))
    connect(version).publish(topic, b"x", 2)
    packet_id = client.expect(Kind.PUBLISH).packet_id
    client.acknowledge(Kind.PUBREC, packet_id)
    client.expect(Kind.PUBREL, packet_id=packet_id)
    client.drop()
    again = connect(version, client.client_id, **keep(version))
    again.expect(Kind.PUBREL, packet_id=packet_id)
    again.acknowledge(Kind.PUBCOMP, packet_id)
    again.expect_nothing()
    again.drop()
    connect(version, client.client_id, **keep(version)).expect_nothing()


@clause("MQTT-4.4.0-1", "MQTT5-4.4.0-1")
@pytest.mark.parametrize("qos", [1, 2])
def test_nothing_is_sent_again_while_the_connection_lives(connect, version, topic, qos):
    client = connect(version)
    client.subscribe((topic, qos))
    connect(version).publish(topic, b"x", qos)
    client.expect(Kind.PUBLISH, qos=qos, dup=False)
    time.sleep(0.5)
    client.expect_nothing()


@clause("MQTT-4.3.3-2", "MQTT-4.1.0-1", "MQTT5-4.3.3-10", "MQTT5-3.1.2-23")
def test_a_qos_2_message_from_the_client_is_delivered_once_across_a_reconnect(connect, version, topic, marker):
    watcher = connect(version)
    watcher.subscribe((topic, 2))
    marker.ready(watcher)
    client = connect(version, **keep(version))
    client.send(wire.publish(version, topic, b"once", 2, 5))
    client.expect(Kind.PUBREC, packet_id=5)
    client.drop()
    again = connect(version, client.client_id, **keep(version))
    again.send(wire.publish(version, topic, b"once", 2, 5, dup=True))
    again.expect(Kind.PUBREC, packet_id=5)
    again.release(5)
    watcher.take(payload=b"once")
    marker.passed(again, watcher)


@clause("MQTT-4.4.0-1", "MQTT5-4.4.0-1", "MQTT5-4.3.3-11")
def test_the_client_may_release_after_a_reconnect(connect, version, topic):
    client = connect(version, **keep(version))
    client.send(wire.publish(version, topic, b"x", 2, 5))
    client.expect(Kind.PUBREC, packet_id=5)
    client.drop()
    connect(version, client.client_id, **keep(version)).release(5)


@clause("MQTT-3.1.2-6", "MQTT5-3.1.2-4")
def test_after_a_clean_start_nothing_is_sent_again(connect, version, topic):
    client = connect(version, **keep(version))
    client.subscribe((topic, 2))
    publisher = connect(version)
    publisher.publish(topic, b"1", 1)
    publisher.publish(topic, b"2", 2)
    client.expect(Kind.PUBLISH)
    client.expect(Kind.PUBLISH)
    client.drop()
    connect(version, client.client_id, clean=True).expect_nothing()


@clause("MQTT5-4.1.0-2", "MQTT5-3.1.2-23")
def test_a_session_is_discarded_when_its_expiry_has_passed(connect):
    short = connect(V5, clean=False, props=((P.SESSION_EXPIRY, 1),))
    long = connect(V5, clean=False, props=((P.SESSION_EXPIRY, 0xFFFFFFFF),))
    short.drop()
    long.drop()
    time.sleep(1.6)
    assert not connect(V5, short.client_id, clean=False).connack.session_present
    assert connect(V5, long.client_id, clean=False).connack.session_present


@clause("MQTT5-4.1.0-2")
def test_the_expiry_counts_from_the_end_of_the_connection(connect):
    client = connect(V5, clean=False, props=((P.SESSION_EXPIRY, 1),))
    time.sleep(1.3)
    client.expect_nothing()
    client.disconnect()
    assert connect(V5, client.client_id, clean=False).connack.session_present


@clause("MQTT5-4.1.0-2")
@pytest.mark.parametrize("props", [(), ((P.SESSION_EXPIRY, 0),)], ids=["absent", "0"])
def test_without_an_expiry_the_session_ends_with_the_connection(connect, props):
    client = connect(V5, clean=False, props=props)
    client.disconnect()
    assert not connect(V5, client.client_id, clean=False).connack.session_present


@clause("MQTT5-3.1.2-23", "MQTT5-4.1.0-2")
def test_disconnect_may_change_the_expiry(connect):
    client = connect(V5, clean=False, props=((P.SESSION_EXPIRY, 60),))
    client.disconnect(0x00, ((P.SESSION_EXPIRY, 0),))
    assert not connect(V5, client.client_id, clean=False).connack.session_present


def test_disconnect_may_not_give_an_expiry_to_a_session_that_had_none(connect):
    """Section 3.14.2.2.2: a Protocol Error."""
    client = connect(V5, clean=False)
    client.send(wire.disconnect(V5, 0x00, ((P.SESSION_EXPIRY, 60),)))
    assert [each.reason for each in client.expect_closed()] in ([], [0x82])
    assert not connect(V5, client.client_id, clean=False).connack.session_present


@clause("MQTT-3.1.2-4", "MQTT5-3.1.2-5")
@pytest.mark.parametrize("old, new", [(V311, V5), (V5, V311), (V31, V5)],
                         ids=["3.1.1 to 5.0", "5.0 to 3.1.1", "3.1 to 5.0"])
def test_a_session_survives_a_change_of_the_protocol_version(connect, old, new, topic):
    client = connect(old, **keep(old))
    client.subscribe((topic, 1))
    client.disconnect()
    connect(V5).publish(topic, b"x", 1, props=((P.USER_PROPERTY, ("a", "b")),))
    again = connect(new, client.client_id, **keep(new))
    if new == V5:
        assert again.connack.session_present
    again.take(payload=b"x", qos=1)


@clause("MQTT5-3.14.4-1", "MQTT-3.14.4-2")
def test_what_follows_disconnect_is_not_processed(connect, version, topic, marker):
    watcher, client = connect(version), connect(version)
    watcher.subscribe((topic, 0))
    marker.ready(watcher)
    client.send(wire.disconnect(version), wire.publish(version, topic, b"late"))
    client.expect_closed()
    marker.passed(connect(version), watcher)


def settle(client, got):
    if got.qos == 1:
        client.acknowledge(Kind.PUBACK, got.packet_id)

"""Wills: sections 3.1.2.5, 3.1.3.2 and 3.14.4. Keep-alive, which makes wills come true, is in test_keep_alive.py."""

import time

import pytest

import wire
from wire import V5, P, Will

clause = pytest.mark.clause


@clause("MQTT-3.1.2-8", "MQTT5-3.1.2-7", "MQTT5-3.1.2-8")
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_connection_that_breaks_publishes_its_will_at_its_qos(connect, any_version, topic, qos):
    watcher = connect(any_version)
    watcher.subscribe((topic, 2))
    connect(any_version, will=Will(topic, b"last", qos)).drop()
    watcher.take(topic=topic, payload=b"last", qos=qos, retain=False)


@clause("MQTT-3.1.2-8", "MQTT5-3.1.2-8", "MQTT5-4.13.1-1")
def test_a_protocol_error_publishes_the_will(connect, version, topic):
    watcher = connect(version)
    watcher.subscribe(topic)
    connect(version, will=Will(topic, b"last")).send(wire.packet(0x00))
    watcher.take(payload=b"last")


@clause("MQTT-3.1.2-10", "MQTT-3.14.4-3", "MQTT5-3.1.2-8", "MQTT5-3.1.2-10", "MQTT5-3.14.4-3")
def test_disconnect_removes_the_will(connect, any_version, topic, marker):
    watcher = connect(any_version)
    watcher.subscribe(topic)
    marker.ready(watcher)
    connect(any_version, will=Will(topic, b"last")).disconnect()
    marker.passed(connect(any_version), watcher)


@clause("MQTT5-3.1.2-8", "MQTT5-3.14.4-3", "MQTT5-3.14.2-1")
@pytest.mark.parametrize("reason", [0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99],
                         ids=hex)
def test_disconnect_with_another_reason_than_normal_publishes_the_will(connect, topic, reason):
    watcher = connect(V5)
    watcher.subscribe(topic)
    connect(V5, will=Will(topic, b"last")).disconnect(reason)
    watcher.take(payload=b"last")


@clause("MQTT5-3.14.4-3", "MQTT5-3.1.2-10")
@pytest.mark.parametrize("props", [None, ()], ids=["reason alone", "with property length"])
def test_disconnect_that_spells_normal_removes_the_will(connect, topic, marker, props):
    watcher = connect(V5)
    watcher.subscribe(topic)
    marker.ready(watcher)
    connect(V5, will=Will(topic, b"last")).disconnect(0x00, props)
    marker.passed(connect(V5), watcher)


@clause("MQTT-3.1.2-10", "MQTT5-3.1.2-10")
def test_a_will_is_published_once(connect, version, topic, marker):
    watcher = connect(version)
    watcher.subscribe(topic)
    marker.ready(watcher)
    dying = connect(version, will=Will(topic, b"last"), clean=False, props=keep(version))
    dying.drop()
    watcher.take(payload=b"last")
    again = connect(version, dying.client_id, clean=False)
    again.drop()
    wait_until_gone(connect, version, again.client_id)
    marker.passed(connect(version), watcher)


@clause("MQTT-3.1.2-12", "MQTT5-3.1.2-7")
def test_without_the_will_flag_nothing_is_published(connect, version, topic, marker):
    watcher = connect(version)
    watcher.subscribe((f"{topic}/#", 0))
    marker.ready(watcher)
    dying = connect(version)
    dying.drop()
    wait_until_gone(connect, version, dying.client_id)
    marker.passed(connect(version), watcher)


@clause("MQTT-3.1.2-8", "MQTT5-3.1.2-8", "MQTT-3.1.4-2")
def test_a_takeover_publishes_the_will_of_the_old_connection(connect, version, topic):
    watcher = connect(version)
    watcher.subscribe(topic)
    old = connect(version, will=Will(topic, b"last"))
    connect(version, old.client_id)
    watcher.take(payload=b"last")


@clause("MQTT5-3.1.2-4", "MQTT5-3.1.2-7")
def test_each_connection_brings_its_own_will(connect, topic):
    watcher = connect(V5)
    watcher.subscribe(topic)
    first = connect(V5, will=Will(topic, b"first"))
    first.disconnect()
    connect(V5, first.client_id, will=Will(topic, b"second")).drop()
    watcher.take(payload=b"second")


@clause("MQTT5-3.1.3-9", "MQTT5-3.1.2-8")
def test_a_new_connection_before_the_delay_has_passed_keeps_the_will_back(connect, topic, marker):
    watcher = connect(V5)
    watcher.subscribe(topic)
    marker.ready(watcher)
    session = ((P.SESSION_EXPIRY, 60),)
    dying = connect(V5, will=Will(topic, b"last", properties=((P.WILL_DELAY, 1),)), props=session)
    dying.drop()
    time.sleep(0.1)
    again = connect(V5, dying.client_id, clean=False, props=session)
    time.sleep(1.3)
    marker.passed(again, watcher)


@clause("MQTT5-3.1.2-8")
def test_a_will_waits_for_its_delay(connect, topic):
    watcher = connect(V5)
    watcher.subscribe(topic)
    connect(V5, will=Will(topic, b"last", properties=((P.WILL_DELAY, 1),)), props=((P.SESSION_EXPIRY, 60),)).drop()
    dropped = time.monotonic()
    watcher.take(payload=b"last")
    assert time.monotonic() - dropped > 0.8


@clause("MQTT5-3.1.2-8")
@pytest.mark.parametrize("expiry", [0, 1], ids=["with the connection", "after a second"])
def test_the_end_of_the_session_publishes_the_will_before_its_delay_has_passed(connect, topic, expiry):
    watcher = connect(V5)
    watcher.subscribe(topic)
    connect(V5, will=Will(topic, b"last", properties=((P.WILL_DELAY, 3600),)),
            props=((P.SESSION_EXPIRY, expiry),)).drop()
    watcher.take(payload=b"last")


@clause("MQTT5-3.1.2-8", "MQTT5-3.1.2-4")
def test_a_clean_start_ends_the_session_and_publishes_its_delayed_will(connect, topic):
    watcher = connect(V5)
    watcher.subscribe(topic)
    dying = connect(V5, will=Will(topic, b"last", properties=((P.WILL_DELAY, 3600),)), props=((P.SESSION_EXPIRY, 60),))
    dying.drop()
    connect(V5, dying.client_id, clean=True)
    watcher.take(payload=b"last")


@clause("MQTT5-3.1.3-10")
def test_a_will_carries_its_properties_in_their_order(connect, topic):
    watcher = connect(V5)
    watcher.subscribe(topic)
    props = [(P.PAYLOAD_FORMAT, 1), (P.MESSAGE_EXPIRY, 100), (P.CONTENT_TYPE, "text/plain"),
             (P.RESPONSE_TOPIC, "answers"), (P.CORRELATION_DATA, b"\0\1")]
    user = [(P.USER_PROPERTY, pair) for pair in (("b", "1"), ("a", "2"), ("b", "3"), ("b", "1"))]
    connect(V5, will=Will(topic, b"last", properties=(*props, *user))).drop()
    got = watcher.take(payload=b"last")
    assert [pair for pair in got.properties if pair[0] == P.USER_PROPERTY] == user
    assert all(got.get(name) == value for name, value in props if name != P.MESSAGE_EXPIRY)
    assert 98 <= got.get(P.MESSAGE_EXPIRY) <= 100
    assert got.get(P.WILL_DELAY) is None


@clause("MQTT-3.1.2-8", "MQTT5-3.1.2-7")
def test_an_empty_will_is_a_message_too(connect, version, topic):
    watcher = connect(version)
    watcher.subscribe(topic)
    connect(version, will=Will(topic, b"")).drop()
    watcher.take(topic=topic, payload=b"")


def keep(version):
    return ((P.SESSION_EXPIRY, 60),) if version == V5 else ()


def wait_until_gone(connect, version, client_id):
    """A takeover of a dropped connection happens after the server has noticed the drop, or ends it itself."""
    connect(version, client_id).disconnect()

"""Properties: section 2.2.2 of 5.0 and the properties of PUBLISH in 3.3.2.3."""

import time

import pytest

import wire
from client import MALFORMED, unique
from wire import V5, V311, Kind, P, Will

clause = pytest.mark.clause

SAMPLES = {  # a good value for each property
    P.PAYLOAD_FORMAT: 0, P.MESSAGE_EXPIRY: 60, P.CONTENT_TYPE: "text", P.RESPONSE_TOPIC: "answers",
    P.CORRELATION_DATA: b"id", P.SUBSCRIPTION_ID: 1, P.SESSION_EXPIRY: 1, P.ASSIGNED_CLIENT_ID: "id",
    P.SERVER_KEEP_ALIVE: 1, P.AUTH_METHOD: "method", P.AUTH_DATA: b"data", P.REQUEST_PROBLEM_INFO: 1, P.WILL_DELAY: 1,
    P.REQUEST_RESPONSE_INFO: 1, P.RESPONSE_INFO: "info", P.SERVER_REFERENCE: "other", P.REASON_STRING: "why",
    P.RECEIVE_MAXIMUM: 10, P.TOPIC_ALIAS_MAXIMUM: 10, P.TOPIC_ALIAS: 1, P.MAXIMUM_QOS: 1, P.RETAIN_AVAILABLE: 1,
    P.USER_PROPERTY: ("n", "v"), P.MAXIMUM_PACKET_SIZE: 1000, P.WILDCARD_AVAILABLE: 1, P.SUBSCRIPTION_ID_AVAILABLE: 1,
    P.SHARED_AVAILABLE: 1}

FROM_CLIENT = {  # what a client may put where; the packet around the properties
    "connect": ({P.SESSION_EXPIRY, P.AUTH_METHOD, P.AUTH_DATA, P.REQUEST_PROBLEM_INFO, P.REQUEST_RESPONSE_INFO,
                 P.RECEIVE_MAXIMUM, P.TOPIC_ALIAS_MAXIMUM, P.USER_PROPERTY, P.MAXIMUM_PACKET_SIZE},
                lambda props: wire.connect(V5, unique("c"), props=props)),
    "will": ({P.PAYLOAD_FORMAT, P.MESSAGE_EXPIRY, P.CONTENT_TYPE, P.RESPONSE_TOPIC, P.CORRELATION_DATA, P.WILL_DELAY,
              P.USER_PROPERTY},
             lambda props: wire.connect(V5, unique("c"), will=Will("will/" + unique("t"), properties=props))),
    "publish": ({P.PAYLOAD_FORMAT, P.MESSAGE_EXPIRY, P.CONTENT_TYPE, P.RESPONSE_TOPIC, P.CORRELATION_DATA,
                 P.TOPIC_ALIAS, P.USER_PROPERTY},
                lambda props: wire.publish(V5, unique("t"), b"x", props=props)),
    "puback": ({P.REASON_STRING, P.USER_PROPERTY}, lambda props: wire.acknowledge(Kind.PUBACK, 1, V5, 0, props)),
    "pubrec": ({P.REASON_STRING, P.USER_PROPERTY}, lambda props: wire.acknowledge(Kind.PUBREC, 1, V5, 0x80, props)),
    "pubrel": ({P.REASON_STRING, P.USER_PROPERTY}, lambda props: wire.acknowledge(Kind.PUBREL, 1, V5, 0, props)),
    "pubcomp": ({P.REASON_STRING, P.USER_PROPERTY}, lambda props: wire.acknowledge(Kind.PUBCOMP, 1, V5, 0, props)),
    "subscribe": ({P.SUBSCRIPTION_ID, P.USER_PROPERTY},
                  lambda props: wire.subscribe(V5, 1, (unique("t"), 0), props=props)),
    "unsubscribe": ({P.USER_PROPERTY}, lambda props: wire.unsubscribe(V5, 1, unique("t"), props=props)),
    "disconnect": ({P.SESSION_EXPIRY, P.REASON_STRING, P.USER_PROPERTY, P.SERVER_REFERENCE},
                   lambda props: wire.disconnect(V5, 0, props)),
}
MISPLACED = [(where, which) for where, (allowed, _) in FROM_CLIENT.items() for which in P if which not in allowed]
TWICE = [(where, which) for where, (allowed, _) in FROM_CLIENT.items() for which in allowed
         if which != P.USER_PROPERTY]


def names(pairs):
    return [f"{which.name.lower()} in {where}" for where, which in pairs]


def expect_refusal(dial, connect, where, props, *reasons):
    """Sends the packet with the properties; it must be refused as its place asks for."""
    raw = FROM_CLIENT[where][1](props)
    if where in ("connect", "will"):
        client = dial(V5)
        client.send(raw)
        client.expect_connect_refused(*MALFORMED, *reasons)
    else:
        client = connect(V5, props=((P.SESSION_EXPIRY, 60),))
        client.send(raw)
        client.expect_refused(*MALFORMED, *reasons)


@clause("MQTT5-4.13.1-1", "MQTT5-3.14.2-2")
@pytest.mark.parametrize("where, which", MISPLACED, ids=names(MISPLACED))
def test_a_property_that_the_packet_does_not_have_is_refused(dial, connect, where, which):
    """Section 2.2.2.2: Malformed Packet. Covers those that only a server sends."""
    expect_refusal(dial, connect, where, ((which, SAMPLES[which]),))


@clause("MQTT5-4.13.1-1")
@pytest.mark.parametrize("where, which", TWICE, ids=names(TWICE))
def test_a_property_that_comes_twice_is_refused(dial, connect, where, which):
    """Chapter 3: a Protocol Error for every property but the User Property."""
    pair = (which, SAMPLES[which])
    extra = ((P.AUTH_METHOD, "method"),) if which == P.AUTH_DATA else ()
    expect_refusal(dial, connect, where, (*extra, pair, pair), *((0x8C,) if where == "connect" else ()))


@clause("MQTT5-4.13.1-1")
@pytest.mark.parametrize("where", FROM_CLIENT)
@pytest.mark.parametrize("unknown", [0x00, 0x04, 0x2B, 0x7F], ids=hex)
def test_an_unknown_property_is_refused(dial, connect, where, unknown):
    raw = FROM_CLIENT[where][1](((P.USER_PROPERTY, ("a", "b")),))
    raw = raw.replace(b"\x26\0\1a\0\1b", bytes([unknown]) + b"\0\1a\0\1b")
    if where in ("connect", "will"):
        client = dial(V5)
        client.send(raw)
        client.expect_connect_refused(*MALFORMED)
    else:
        client = connect(V5)
        client.send(raw)
        client.expect_refused(*MALFORMED)


BAD_VALUES = [
    ("connect", P.RECEIVE_MAXIMUM, 0), ("connect", P.MAXIMUM_PACKET_SIZE, 0), ("connect", P.REQUEST_PROBLEM_INFO, 2),
    ("connect", P.REQUEST_RESPONSE_INFO, 2), ("will", P.PAYLOAD_FORMAT, 2), ("publish", P.PAYLOAD_FORMAT, 2),
    ("subscribe", P.SUBSCRIPTION_ID, 0)]


@clause("MQTT5-4.13.1-1")
@pytest.mark.parametrize("where, which, value", BAD_VALUES, ids=names([each[:2] for each in BAD_VALUES]))
def test_a_value_that_the_property_cannot_have_is_refused(dial, connect, where, which, value):
    expect_refusal(dial, connect, where, ((which, value),))


@clause("MQTT5-3.3.2-14", "MQTT5-3.3.2-13")
@pytest.mark.parametrize("where", ["publish", "will"])
@pytest.mark.parametrize("name", ["a/+", "#", "+"])
def test_a_response_topic_with_wildcards_is_refused(dial, connect, where, name):
    expect_refusal(dial, connect, where, ((P.RESPONSE_TOPIC, name),), 0x90)


@clause("MQTT5-2.2.2-1")
def test_no_properties_are_a_length_of_zero_on_what_the_server_forwards(connect, topic):
    client = connect(V5)
    client.subscribe((topic, 0))
    connect(V5).publish(topic, b"x")
    assert client.take().raw == wire.publish(V5, topic, b"x")


@clause("MQTT5-2.2.2-1")
@pytest.mark.parametrize("kind", ["subscribe", "unsubscribe", "publish"])
def test_a_property_length_that_reaches_past_the_packet_is_refused(connect, topic, kind):
    head, body = {"subscribe": (0x82, b"\0\1\x7f" + wire.text(topic) + b"\0"), "unsubscribe": (
        0xA2, b"\0\1\x7f" + wire.text(topic)), "publish": (0x30, wire.text(topic) + b"\x7f")}[kind]
    client = connect(V5)
    client.send(wire.packet(head, body))
    client.expect_refused(*MALFORMED)


@clause("MQTT5-2.2.2-1")
def test_a_property_cut_off_by_the_property_length_is_refused(connect, topic):
    client = connect(V5)
    client.send(wire.packet(0x30, wire.text(topic) + b"\x03\x02\0\0\0\x01payload"))
    client.expect_refused(*MALFORMED)


FORWARDED = [
    (P.PAYLOAD_FORMAT, 0), (P.PAYLOAD_FORMAT, 1), (P.CONTENT_TYPE, "text/plain; charset=utf-8"), (P.CONTENT_TYPE, ""),
    (P.RESPONSE_TOPIC, "answers/é"), (P.CORRELATION_DATA, b""), (P.CORRELATION_DATA, bytes(range(256))),
    (P.USER_PROPERTY, ("", "")), (P.USER_PROPERTY, ("name", "value " * 1000))]


@clause("MQTT5-3.3.2-4", "MQTT5-3.3.2-15", "MQTT5-3.3.2-16", "MQTT5-3.3.2-17", "MQTT5-3.3.2-20")
@pytest.mark.parametrize("which, value", FORWARDED, ids=[f"{n}-{w.name.lower()}" for n, (w, _) in enumerate(FORWARDED)])
def test_each_property_of_a_message_reaches_all_subscribers_unaltered(connect, topic, which, value):
    first, second = connect(V5), connect(V5)
    first.subscribe((topic, 0))
    second.subscribe((topic, 2))
    connect(V5).publish(topic, b"x", 2, props=((which, value),))
    assert first.take(payload=b"x").properties == [(which, value)]
    assert second.take(payload=b"x").properties == [(which, value)]


@clause("MQTT5-3.3.2-17", "MQTT5-3.3.2-18")
def test_user_properties_keep_their_order_and_their_repeats(connect, topic):
    client = connect(V5)
    client.subscribe((topic, 0))
    props = [(P.USER_PROPERTY, pair) for pair in [("z", "1"), ("a", "2"), ("z", "1"), ("a", "1"), ("", ""), ("Z", "0")]]
    connect(V5).publish(topic, b"x", props=props)
    assert client.take().properties == props


@clause("MQTT5-3.3.2-17", "MQTT5-3.3.2-18")
def test_all_properties_together_reach_a_session_that_was_away(connect, topic):
    kept = {"clean": False, "props": ((P.SESSION_EXPIRY, 60),)}
    client = connect(V5, **kept)
    client.subscribe((topic, 1))
    client.disconnect()
    props = [(P.PAYLOAD_FORMAT, 1), (P.CONTENT_TYPE, "a"), (P.RESPONSE_TOPIC, "b"), (P.CORRELATION_DATA, b"c"),
             (P.USER_PROPERTY, ("d", "e")), (P.USER_PROPERTY, ("d", "f"))]
    connect(V5).publish(topic, b"x", 1, props=props)
    got = connect(V5, client.client_id, **kept).take(payload=b"x")
    assert sorted(map(str, got.properties)) == sorted(map(str, props))


def test_a_client_of_3_1_1_receives_the_message_without_its_properties(connect, topic):
    client = connect(V311)
    client.subscribe((topic, 0))
    connect(V5).publish(topic, b"x", props=((P.CONTENT_TYPE, "text"), (P.MESSAGE_EXPIRY, 60)))
    assert client.take().raw == wire.publish(V311, topic, b"x")


@clause("MQTT5-3.3.2-6")
def test_the_message_expiry_that_arrives_is_what_is_left(connect, topic):
    kept = {"clean": False, "props": ((P.SESSION_EXPIRY, 60),)}
    client = connect(V5, **kept)
    client.subscribe((topic, 1))
    connect(V5).publish(topic, b"at once", 1, props=((P.MESSAGE_EXPIRY, 100),))
    assert client.take(payload=b"at once").get(P.MESSAGE_EXPIRY) in (99, 100)
    client.disconnect()
    connect(V5).publish(topic, b"later", 1, props=((P.MESSAGE_EXPIRY, 100),))
    time.sleep(1.2)
    got = connect(V5, client.client_id, **kept).take(payload=b"later")
    assert got.get(P.MESSAGE_EXPIRY) in (98, 99)


@clause("MQTT5-3.3.2-5")
@pytest.mark.parametrize("qos", [1, 2])
def test_a_message_that_expired_before_its_delivery_began_is_not_delivered(connect, topic, qos):
    kept = {"clean": False, "props": ((P.SESSION_EXPIRY, 60),)}
    client = connect(V5, **kept)
    client.subscribe((topic, qos))
    client.disconnect()
    publisher = connect(V5)
    publisher.publish(topic, b"short", qos, props=((P.MESSAGE_EXPIRY, 1),))
    publisher.publish(topic, b"long", qos, props=((P.MESSAGE_EXPIRY, 100),))
    time.sleep(1.3)
    again = connect(V5, client.client_id, **kept)
    again.take(payload=b"long")
    again.expect_nothing()


@clause("MQTT5-3.3.2-5", "MQTT5-3.3.2-6")
def test_a_retained_message_expires_too(connect, topic):
    publisher = connect(V5)
    publisher.publish(f"{topic}/short", b"x", 1, retain=True, props=((P.MESSAGE_EXPIRY, 1),))
    publisher.publish(f"{topic}/long", b"x", 1, retain=True, props=((P.MESSAGE_EXPIRY, 100),))
    time.sleep(1.3)
    client = connect(V5)
    client.subscribe((f"{topic}/+", 0))
    assert client.take(topic=f"{topic}/long", retain=True).get(P.MESSAGE_EXPIRY) in (98, 99)
    client.expect_nothing()
    publisher.publish(f"{topic}/long", b"", 1, retain=True)


@clause("MQTT5-4.3.3-7", "MQTT5-4.3.3-13", "MQTT5-4.4.0-1")
def test_a_qos_2_delivery_that_began_goes_on_after_the_message_has_expired(connect, topic):
    kept = {"clean": False, "props": ((P.SESSION_EXPIRY, 60),)}
    client = connect(V5, **kept)
    client.subscribe((topic, 2))
    connect(V5).publish(topic, b"x", 2, props=((P.MESSAGE_EXPIRY, 1),))
    packet_id = client.expect(Kind.PUBLISH, payload=b"x").packet_id
    time.sleep(1.3)
    client.expect_nothing()
    client.drop()
    again = connect(V5, client.client_id, **kept)
    again.take(payload=b"x", packet_id=packet_id, dup=True)
    again.expect_nothing()


@clause("MQTT5-3.14.1-1", "MQTT5-3.14.2-1")
@pytest.mark.parametrize("reason", [0x01, 0x03, 0x10, 0x8E + 0x20, 0xFF], ids=hex)
def test_disconnect_with_a_reason_that_clients_do_not_have_is_refused(connect, reason):
    client = connect(V5)
    client.send(wire.disconnect(V5, reason))
    client.expect_refused(*MALFORMED)

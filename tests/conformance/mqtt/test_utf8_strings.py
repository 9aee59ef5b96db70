"""Strings: section 1.5.3 of 3.1.1, sections 1.5.4 to 1.5.7 of 5.0."""

import pytest

import wire
from client import MALFORMED, unique
from wire import V5, Kind, P, Will

clause = pytest.mark.clause

ILL_FORMED = [
    b"\x80", b"\xbf", b"a\xff", b"\xfe", b"\xc3", b"\xc3(", b"\xe2\x82", b"\xe2(\xa1", b"\xf0\x9f\x98", b"\xc0\xaf",
    b"\xc1\xbf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xed\xa0\x80",
    b"\xed\xbf\xbf", b"\xed\xa0\xbd\xed\xb8\x80"]
WITH_NUL = [b"\0", b"a\0", b"\0a", b"a\0b"]
UNUSUAL = ["\ufeff", "a\ufeffb", "\u00a0", "\u00e9", "e\u0301", "\u07ff\u0800", "\u20ac", "\ud7ff\ue000",
           "\ufffd", "\U00010000", "\U0001f600", "\U0010fffd", "\u200b", " a "]
DISCOURAGED = ["\x01", "\x1f", "\x7f", "\u0080", "\u009f", "\ufdd0", "\uffff", "\U0010ffff"]  # a server may refuse these
each_ill_formed = pytest.mark.parametrize("bad", ILL_FORMED + WITH_NUL, ids=bytes.hex)


@clause("MQTT-1.5.3-1", "MQTT-1.5.3-2", "MQTT-3.3.2-1", "MQTT-4.7.3-2",
        "MQTT5-1.5.4-1", "MQTT5-1.5.4-2", "MQTT5-3.3.2-1", "MQTT5-4.7.3-2")
@each_ill_formed
def test_an_ill_formed_topic_name_ends_the_connection(connect, version, bad):
    client = connect(version)
    client.send(wire.publish(version, b"t/" + bad, b"x"))
    client.expect_refused(*MALFORMED, 0x90)


@clause("MQTT-1.5.3-1", "MQTT-1.5.3-2", "MQTT-3.8.3-1", "MQTT-4.7.3-2",
        "MQTT5-1.5.4-1", "MQTT5-1.5.4-2", "MQTT5-3.8.3-1", "MQTT5-4.7.3-2")
@each_ill_formed
def test_an_ill_formed_filter_in_subscribe_ends_the_connection(connect, version, bad):
    client = connect(version)
    client.send(wire.subscribe(version, 1, (b"t/" + bad, 0)))
    client.expect_refused(*MALFORMED, 0x8F)


@clause("MQTT-1.5.3-1", "MQTT-3.10.3-1", "MQTT5-1.5.4-1", "MQTT5-1.5.4-2", "MQTT5-3.10.3-1")
@each_ill_formed
def test_an_ill_formed_filter_in_unsubscribe_ends_the_connection(connect, version, bad):
    client = connect(version)
    client.send(wire.unsubscribe(version, 1, b"t/" + bad))
    client.expect_refused(*MALFORMED, 0x8F)


@clause("MQTT-1.5.3-1", "MQTT-1.5.3-2", "MQTT5-1.5.4-1", "MQTT5-1.5.4-2")
@each_ill_formed
def test_an_ill_formed_client_identifier_is_refused(dial, version, bad):
    client = dial(version)
    client.send(wire.connect(version, b"c" + bad))
    client.expect_connect_refused(*((*MALFORMED, 0x85) if version == V5 else ()))


@clause("MQTT5-1.5.4-1", "MQTT5-1.5.4-2", "MQTT5-1.5.7-1", "MQTT5-3.3.2-13", "MQTT5-3.3.2-19")
@each_ill_formed
@pytest.mark.parametrize("which", [P.CONTENT_TYPE, P.RESPONSE_TOPIC, "name", "value"], ids=str)
def test_an_ill_formed_string_among_the_properties_of_publish_ends_the_connection(connect, which, bad, topic):
    pair = {"name": (P.USER_PROPERTY, (bad, "v")), "value": (P.USER_PROPERTY, ("n", bad))}.get(which, (which, bad))
    client = connect(V5)
    client.send(wire.publish(V5, topic, b"x", props=(pair,)))
    client.expect_refused(*MALFORMED, 0x90)


@clause("MQTT5-1.5.7-1", "MQTT5-1.5.4-1")
@pytest.mark.parametrize("bad", [b"\xff", b"\0"], ids=bytes.hex)
def test_an_ill_formed_user_property_is_refused_in_every_packet(dial, connect, bad):
    props = ((P.USER_PROPERTY, ("n", bad)),)
    client = dial(V5)
    client.send(wire.connect(V5, unique("c"), props=props))
    client.expect_connect_refused(*MALFORMED)
    client = dial(V5)
    client.send(wire.connect(V5, unique("c"), will=Will("t", properties=props)))
    client.expect_connect_refused(*MALFORMED)
    for raw in (wire.subscribe(V5, 1, ("t", 0), props=props), wire.unsubscribe(V5, 1, "t", props=props),
                wire.acknowledge(Kind.PUBREL, 1, V5, 0, props), wire.acknowledge(Kind.PUBACK, 1, V5, 0, props),
                wire.disconnect(V5, 0, props)):
        client = connect(V5)
        client.send(raw)
        client.expect_refused(*MALFORMED)


@clause("MQTT-1.5.3-1", "MQTT-1.5.3-3", "MQTT-4.7.3-4", "MQTT5-1.5.4-1", "MQTT5-1.5.4-3", "MQTT5-4.7.3-4")
@pytest.mark.parametrize("word", UNUSUAL, ids=ascii)
def test_every_well_formed_string_passes_through_a_topic_unchanged(connect, version, word, topic):
    client, publisher = connect(version), connect(version)
    client.subscribe((f"{word}/{topic}/{word}", 0), (f"+/{topic}/last", 0))
    publisher.publish(f"{word}/{topic}/{word}", b"1")
    publisher.publish(f"{word}/{topic}/last", b"2")
    client.take(topic=f"{word}/{topic}/{word}", payload=b"1")
    client.take(topic=f"{word}/{topic}/last", payload=b"2")


@clause("MQTT-4.7.3-4", "MQTT5-4.7.3-4")
@pytest.mark.parametrize("word", DISCOURAGED, ids=ascii)
def test_control_characters_pass_through_a_topic_unchanged_or_end_the_connection(connect, version, word, topic):
    client, publisher = connect(version), connect(version)
    client.subscribe((f"{topic}/+", 0))
    publisher.publish(f"{topic}/{word}", b"x")
    publisher.send(wire.pingreq())
    answer = publisher.receive_or_end()
    if answer and answer.kind == Kind.PINGRESP:
        client.take(topic=f"{topic}/{word}", payload=b"x")


@clause("MQTT-1.5.3-3", "MQTT-4.7.3-4", "MQTT5-1.5.4-3", "MQTT5-4.7.3-4")
@pytest.mark.parametrize("asked, sent", [("\ufeffa", "a"), ("a", "\ufeffa"), ("\u00e9", "e\u0301"), ("K", "\u212a"),
                                         ("a", "A"), ("a ", "a"), ("/a", "a"), ("a/", "a"), ("a//b", "a/b")], ids=ascii)
def test_strings_that_only_look_alike_do_not_match(connect, version, asked, sent, topic, marker):
    client, publisher = connect(version), connect(version)
    client.subscribe((f"{topic}/{asked}", 0))
    marker.ready(client)
    publisher.publish(f"{topic}/{sent}", b"x")
    marker.passed(publisher, client)


@clause("MQTT5-1.5.4-3", "MQTT5-1.5.7-1", "MQTT5-3.3.2-17")
@pytest.mark.parametrize("word", UNUSUAL, ids=ascii)
def test_every_well_formed_string_passes_through_the_properties_unchanged(connect, word, topic):
    client = connect(V5)
    client.subscribe((topic, 0))
    props = [(P.CONTENT_TYPE, word), (P.RESPONSE_TOPIC, word), (P.USER_PROPERTY, (word, word))]
    connect(V5).publish(topic, b"x", props=props)
    got = client.take(topic=topic)
    assert sorted(got.properties) == sorted(props)


@clause("MQTT5-1.5.5-1")
@pytest.mark.parametrize("length", [b"\x80\x00", b"\x80\x80\x00", b"\x80\x80\x80\x00"], ids=bytes.hex)
def test_a_property_length_that_is_not_minimal_ends_the_connection(connect, length, topic):
    client = connect(V5)
    client.send(wire.packet(0x30, wire.text(topic) + length + b"x"))
    client.expect_refused(*MALFORMED)


@clause("MQTT5-1.5.5-1")
def test_a_subscription_identifier_that_is_not_minimal_ends_the_connection(connect, topic):
    client = connect(V5)
    client.send(wire.packet(0x82, b"\0\1\x03\x0b\x81\x00" + wire.text(topic) + b"\0"))
    client.expect_refused(*MALFORMED)


@clause("MQTT5-1.5.5-1", "MQTT-4.8.0-1")
def test_a_remaining_length_of_five_bytes_ends_the_connection(connect, version):
    client = connect(version)
    client.send(b"\x30\x80\x80\x80\x80\x01")
    client.expect_refused(*MALFORMED)


@clause("MQTT5-1.5.5-1")
@pytest.mark.parametrize("length", [0, 1, 117, 118, 119, 16373, 16374, 16375, 70000])
def test_lengths_on_both_sides_of_each_size_of_the_length_field_are_right(connect, version, length, topic):
    client, publisher = connect(version), connect(version)
    client.subscribe((topic, 0))
    publisher.publish(topic, b"x" * length)
    publisher.publish(topic, b"next")
    client.take(topic=topic, payload=b"x" * length)
    client.take(topic=topic, payload=b"next")


@clause("MQTT-4.7.3-3", "MQTT5-4.7.3-3")
@pytest.mark.parametrize("length", [256, 4096, 65535])
def test_a_long_topic_is_carried_whole_or_refused(connect, version, length, topic):
    client, publisher = connect(version), connect(version)
    name = topic + "x" * (length - len(topic))
    client.send(wire.subscribe(version, 1, (name, 0)))
    answer = client.receive_or_end()
    if answer is None or answer.kind == Kind.DISCONNECT or answer.reasons[0] >= 0x80:
        assert length > 4096, "refused a filter of moderate length"
        return
    publisher.publish(name, b"x")
    client.take(topic=name, payload=b"x")

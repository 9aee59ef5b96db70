"""CONNECT and CONNACK, where 3.1.1 and 5.0 agree: sections 3.1 and 3.2."""

import pytest

import wire
from client import MALFORMED, unique
from wire import V5, V31, V311, Kind, P, Will

clause = pytest.mark.clause


@clause("MQTT-3.1.4-4", "MQTT-3.2.0-1", "MQTT5-3.1.4-5", "MQTT5-3.2.0-1")
def test_a_good_connect_is_acknowledged_first_of_all(dial, any_version):
    client = dial()
    client.connect(any_version)
    client.expect_nothing()


@clause("MQTT-7.0.0-2", "MQTT-7.1.1-1", "MQTT5-4.2-1")
def test_a_plain_tcp_connection_and_no_extension_is_all_that_a_session_needs(connect, any_version, topic):
    client, other = connect(any_version), connect(any_version)
    client.subscribe((topic, 1))
    other.publish(topic, b"plain", qos=1)
    client.take(topic=topic, payload=b"plain", qos=1)
    client.disconnect()


@clause("MQTT-3.1.0-1", "MQTT5-3.1.0-1")
@pytest.mark.parametrize("first", [
    wire.pingreq(), wire.disconnect(), wire.auth(), wire.publish(V311, "a", b"b"),
    wire.publish(V5, "a", b"b", 1, 1), wire.subscribe(V311, 1, ("a", 0)), wire.unsubscribe(V311, 1, "a"),
    wire.acknowledge(Kind.PUBACK, 1), wire.acknowledge(Kind.PUBREL, 1), wire.packet(0x20, b"\0\0"),
    wire.packet(0x00), wire.packet(0xD0)], ids=lambda raw: raw.hex()[:8])
def test_a_connection_that_does_not_begin_with_connect_is_closed_without_an_answer(dial, first):
    client = dial()
    client.send(first, wire.connect(client_id=unique("c")))
    assert client.expect_closed() == []


@clause("MQTT-3.1.0-2", "MQTT5-3.1.0-2", "MQTT5-3.2.0-2")
def test_a_second_connect_ends_the_connection(connect, any_version):
    client = connect(any_version)
    client.send(wire.connect(any_version, client.client_id))
    client.expect_refused(0x82)


@clause("MQTT-3.1.2-3", "MQTT5-3.1.2-3", "MQTT-3.1.4-1", "MQTT5-3.1.4-1")
def test_a_connect_with_the_reserved_flag_is_refused(dial, version):
    client = dial(version)
    client.send(wire.connect(version, unique("c"), flags=0x03))
    client.expect_connect_refused(*refusals(version))


@clause("MQTT-2.2.2-2", "MQTT5-2.1.3-1")
@pytest.mark.parametrize("flags", [1, 2, 4, 8, 15])
def test_a_connect_with_flags_in_its_fixed_header_is_refused(dial, version, flags):
    client = dial(version)
    raw = wire.connect(version, unique("c"))
    client.send(bytes([raw[0] | flags]) + raw[1:])
    client.expect_connect_refused(*refusals(version))


WILL_FLAGS_WITHOUT_WILL = {"qos 1": 0x0A, "qos 2": 0x12, "qos 3": 0x1A, "retain": 0x22}


@clause("MQTT-3.1.2-11", "MQTT-3.1.2-13", "MQTT-3.1.2-15", "MQTT5-3.1.2-11", "MQTT5-3.1.2-13")
@pytest.mark.parametrize("flags", WILL_FLAGS_WITHOUT_WILL.values(), ids=WILL_FLAGS_WITHOUT_WILL)
def test_will_qos_and_will_retain_without_the_will_flag_are_refused(dial, version, flags):
    client = dial(version)
    client.send(wire.connect(version, unique("c"), flags=flags))
    client.expect_connect_refused(*refusals(version))


@clause("MQTT-3.1.2-14", "MQTT5-3.1.2-12")
def test_a_will_of_qos_3_is_refused(dial, version):
    client = dial(version)
    client.send(wire.connect(version, unique("c"), will=Will("a", qos=3)))
    client.expect_connect_refused(*refusals(version, 0x9B))


MISSING = {  # flags that promise a field which the payload does not have
    "client id": (0x02, b""),
    "will topic": (0x06, wire.text("c")),
    "will payload": (0x06, wire.text("c") + wire.text("t")),
    "user name": (0x82, wire.text("c")),
    "password": (0xC2, wire.text("c") + wire.text("u")),
}


@clause("MQTT-3.1.2-9", "MQTT-3.1.2-19", "MQTT-3.1.2-21", "MQTT-3.1.3-3", "MQTT-3.2.2-6",
        "MQTT5-3.1.2-9", "MQTT5-3.1.2-17", "MQTT5-3.1.2-19", "MQTT5-3.1.3-3")
@pytest.mark.parametrize("field", MISSING)
def test_a_connect_without_a_field_that_its_flags_promise_is_refused(dial, version, field):
    flags, payload = MISSING[field]
    if version == V5:
        payload = payload.replace(wire.text("c"), wire.text("c") + (b"\0" if flags & 4 else b""), 1)
    client = dial(version)
    client.send(connect_packet(version, flags, payload))
    client.expect_connect_refused(*refusals(version))


UNPROMISED = {"will": wire.text("t") + wire.binary(b"p"), "user name": wire.text("u"), "one byte": b"\0"}


@clause("MQTT-3.1.2-18", "MQTT-3.1.2-20", "MQTT-3.1.2-11", "MQTT5-3.1.2-16", "MQTT5-3.1.2-18")
@pytest.mark.parametrize("field", UNPROMISED)
def test_a_connect_with_a_field_that_its_flags_do_not_promise_is_refused(dial, version, field):
    client = dial(version)
    client.send(connect_packet(version, 0x02, wire.text(unique("c")) + UNPROMISED[field]))
    client.expect_connect_refused(*refusals(version))


@clause("MQTT-3.1.3-1", "MQTT5-3.1.3-1", "MQTT-3.1.2-9", "MQTT5-3.1.2-9")
def test_the_fields_of_the_payload_are_read_in_their_order(dial, connect, version, topic):
    watcher = connect(version)
    watcher.subscribe(topic)
    client = dial()
    client.connect(version, will=Will(topic, b"last words"), username="user", password=b"secret")
    client.drop()
    watcher.take(topic=topic, payload=b"last words")


@clause("MQTT-3.1.3-5", "MQTT5-3.1.3-5")
@pytest.mark.parametrize("client_id", ["0", "0123456789abcdefghijklm", "nopqrstuvwxyzABCDEFGHIJ",
                                       "KLMNOPQRSTUVWXYZ"], ids=len)
def test_client_identifiers_of_1_to_23_letters_and_digits_are_taken(connect, version, client_id):
    connect(version, client_id)


@clause("MQTT-3.1.3-6", "MQTT-3.1.3-2")
def test_an_empty_client_identifier_gets_one_of_its_own(connect, version):
    first, second = connect(version, ""), connect(version, "")
    first.expect_nothing()
    second.expect_nothing()


@clause("MQTT-3.1.3-2", "MQTT5-3.1.3-2")
def test_the_client_identifier_tells_sessions_apart_to_the_last_byte(connect, version):
    name = unique("C") + "Z"
    connect(version, name, clean=False, props=keep(version)).disconnect()
    for other in (name.lower(), name + "x", name[:-1], "x" + name):
        assert not connect(version, other, clean=False).connack.session_present
    assert connect(version, name, clean=False).connack.session_present


@clause("MQTT-3.1.4-2", "MQTT5-3.1.4-3")
def test_a_second_connection_with_the_same_client_identifier_ends_the_first(connect, any_version):
    first = connect(any_version)
    second = connect(any_version, first.client_id)
    first.expect_refused(0x8E)
    second.expect_nothing()


@clause("MQTT-3.1.4-2", "MQTT5-3.1.4-3")
@pytest.mark.parametrize("old, new", [(V311, V5), (V5, V311)], ids=["5.0 after 3.1.1", "3.1.1 after 5.0"])
def test_the_takeover_also_crosses_the_protocol_versions(connect, old, new):
    first = connect(old)
    second = connect(new, first.client_id)
    first.expect_refused(0x8E)
    second.expect_nothing()


@clause("MQTT-3.1.4-5", "MQTT5-3.1.4-6")
def test_nothing_that_follows_a_refused_connect_is_processed(dial, connect, version, topic, marker):
    watcher = connect(version)
    watcher.subscribe(topic)
    marker.ready(watcher)
    client = dial(version)
    client.send(wire.connect(version, unique("c"), flags=0x03), wire.publish(version, topic, b"smuggled"))
    client.expect_connect_refused(*refusals(version))
    marker.passed(connect(version), watcher)


@clause("MQTT-3.1.4-4", "MQTT5-3.1.4-5")
def test_packets_that_come_in_the_same_write_as_connect_are_processed_after_it(dial, version, topic):
    client = dial(version)
    client.send(wire.connect(version, unique("c")), wire.subscribe(version, 1, (topic, 0)),
                wire.publish(version, topic, b"early"), wire.pingreq())
    client.expect(Kind.CONNACK, reason=0)
    client.expect(Kind.SUBACK, packet_id=1)
    client.expect(Kind.PUBLISH, topic=topic, payload=b"early")
    client.expect(Kind.PINGRESP)


@clause("MQTT-3.1.2-1", "MQTT5-3.1.2-1")
@pytest.mark.parametrize("name", ["mqtt", "MQTTX", "MQT", "HTTP", "", "MQIsdq"])
def test_a_wrong_protocol_name_is_not_served(dial, version, name):
    client = dial(version)
    client.send(wire.connect(version, unique("c"), name=name))
    client.expect_connect_refused(*((0x01,) if version == V311 else (0x84, *MALFORMED)))


@clause("MQTT-3.1.4-1", "MQTT5-3.1.4-1")
def test_a_connect_that_is_cut_short_at_any_byte_is_refused(dial, version):
    whole = wire.connect(version, unique("c"), will=Will("topic", b"payload"), username="user", password=b"pass")
    body = whole[2:]
    for end in range(len(body)):
        client = dial(version)
        client.send(wire.packet(0x10, body[:end]))
        client.expect_connect_refused(*refusals(version, 0x84))


@clause("MQTT-3.1.3-4", "MQTT-3.1.3-10", "MQTT-3.1.3-11", "MQTT5-3.1.3-4", "MQTT5-3.1.3-11", "MQTT5-3.1.3-12")
@pytest.mark.parametrize("bad", [b"\xff", b"a\0b", b"\xed\xa0\x80", b"\xc0\x80"], ids=bytes.hex)
@pytest.mark.parametrize("field", ["client_id", "will", "username"])
def test_ill_formed_text_in_connect_is_refused(dial, version, field, bad):
    client = dial(version)
    options = {"client_id": unique("c")} | {field: Will(bad) if field == "will" else bad}
    client.send(wire.connect(version, **options))
    client.expect_connect_refused(*refusals(version, 0x85, 0x86, 0x90))


@clause("MQTT-3.1.2-14", "MQTT5-3.1.2-12")
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_will_may_have_each_qos(connect, version, qos, topic):
    connect(version, will=Will(topic, qos=qos)).disconnect()


@clause("MQTT-3.1.3-10", "MQTT5-3.1.3-11")
@pytest.mark.parametrize("will_topic", ["", "a/+", "a/#"])
def test_a_will_topic_that_no_message_can_have_is_refused(dial, version, will_topic):
    client = dial(version)
    client.send(wire.connect(version, unique("c"), will=Will(will_topic)))
    client.expect_connect_refused(*refusals(version, 0x90))


@clause("MQTT-3.1.3-3")
def test_mqtt_3_1_is_served_under_its_own_name_and_level(connect, topic):
    client = connect(V31, clean=True)
    client.subscribe((topic, 2))
    connect(V31).publish(topic, b"old", qos=2)
    client.take(topic=topic, payload=b"old", qos=2)


def refusals(version, *more):
    """What a CONNACK may say to a malformed CONNECT: nothing at all in 3.1.1, a reason code in 5.0."""
    return (*MALFORMED, *more) if version == V5 else ()


def keep(version):
    """The properties that let a session outlive its connection."""
    return ((P.SESSION_EXPIRY, 60),) if version == V5 else ()


def connect_packet(version, flags, payload):
    level = bytes([version, flags]) + b"\0\x3c" + (b"\0" if version == V5 else b"")
    return wire.packet(0x10, wire.text("MQTT") + level + payload)

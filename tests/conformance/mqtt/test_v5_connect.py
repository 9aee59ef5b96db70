"""CONNECT, CONNACK and AUTH as only 5.0 has them: sections 3.1, 3.2, 3.15 and 4.12."""

import pytest

import strict
import wire
from client import MALFORMED, unique
from wire import V5, V311, Kind, P, Will

clause = pytest.mark.clause


@clause("MQTT5-3.1.2-2", "MQTT5-3.2.2-6", "MQTT5-3.2.2-7", "MQTT5-3.2.2-8")
@pytest.mark.parametrize("level", [6, 7, 0xFF])
def test_a_version_above_5_is_answered_with_its_refusal_and_the_end(dial, level):
    """In the form of 5.0, or of 3.1.1, which asks for return code 1."""
    client = dial(V5)
    client.send(wire.connect(V5, unique("c"), level=level))
    raw = read_all(client)
    if raw != b"\x20\x02\0\x01":
        assert strict.decode(raw, V5).reason == 0x84


@clause("MQTT5-3.1.3-6", "MQTT5-3.1.3-7", "MQTT5-3.2.2-16")
@pytest.mark.parametrize("clean", [True, False])
def test_an_empty_client_identifier_is_answered_with_a_new_one(connect, clean):
    first, second = connect(V5, "", clean=clean), connect(V5, "", clean=clean)
    names = [each.connack.get(P.ASSIGNED_CLIENT_ID) for each in (first, second)]
    assert all(names) and names[0] != names[1]


@clause("MQTT5-3.1.3-7", "MQTT5-3.1.3-2")
def test_a_session_can_be_resumed_under_the_assigned_client_identifier(connect, topic):
    first = connect(V5, "", clean=False, props=((P.SESSION_EXPIRY, 60),))
    first.subscribe(topic)
    first.drop()
    connect(V5).publish(topic, b"kept", qos=1)
    again = connect(V5, first.connack.get(P.ASSIGNED_CLIENT_ID), clean=False)
    assert again.connack.session_present
    again.take(topic=topic, payload=b"kept")


@clause("MQTT5-3.2.2-16")
def test_a_client_that_brings_its_own_identifier_gets_no_other(connect):
    assert connect(V5).connack.get(P.ASSIGNED_CLIENT_ID) is None


@clause("MQTT5-3.1.3-8", "MQTT5-3.2.2-7")
@pytest.mark.parametrize("length", [64, 1024, 65535])
def test_a_long_client_identifier_is_taken_or_refused_as_not_valid(dial, length):
    client = dial()
    client.send_connect(V5, "x" * length)
    answer = client.expect(Kind.CONNACK)
    assert answer.reason in (0x00, 0x85)
    if answer.reason:
        assert client.expect_closed() == []
    else:
        client.expect_nothing()


@clause("MQTT5-3.1.2-19")
def test_a_password_needs_no_user_name(connect):
    connect(V5, password=b"secret")


@clause("MQTT5-3.2.2-1", "MQTT5-2.2.2-1")
def test_connack_has_flags_a_reason_and_a_property_length(connect):
    raw = connect(V5).connack.raw
    assert raw[0] == 0x20 and raw[2:4] == b"\0\0" and raw[4] == len(raw) - 5


@clause("MQTT5-3.2.2-9", "MQTT5-3.2.2-10")
def test_without_a_maximum_qos_every_qos_works_and_every_qos_may_be_asked_for(connect, topic):
    client = connect(V5)
    assert client.connack.get(P.MAXIMUM_QOS) is None
    assert client.subscribe((topic + "/0", 0), (topic + "/1", 1), (topic + "/2", 2)).reasons == [0, 1, 2]
    for qos in (0, 1, 2):
        client.publish(f"{topic}/x", b"", qos)


def test_connack_withholds_none_of_the_optional_features(connect):
    connack = connect(V5).connack
    for feature in (P.RETAIN_AVAILABLE, P.WILDCARD_AVAILABLE, P.SUBSCRIPTION_ID_AVAILABLE, P.SHARED_AVAILABLE):
        assert connack.get(feature, 1) == 1
    assert connack.get(P.TOPIC_ALIAS_MAXIMUM, 0) > 0
    assert connack.get(P.RECEIVE_MAXIMUM, 65535) > 0


@clause("MQTT5-3.2.2-22")
def test_the_clients_keep_alive_holds_when_the_server_names_none(connect):
    client = connect(V5, keep_alive=1)
    assert client.connack.get(P.SERVER_KEEP_ALIVE, 1) == 1
    assert [each.reason for each in client.expect_closed()] in ([], [0x8D])


@clause("MQTT5-3.1.2-28")
@pytest.mark.parametrize("props", [(), ((P.REQUEST_RESPONSE_INFO, 0),)], ids=["absent", "0"])
def test_no_response_information_comes_unasked(connect, props):
    assert connect(V5, props=props).connack.get(P.RESPONSE_INFO) is None


@clause("MQTT5-3.1.2-29")
def test_no_acknowledgement_is_explained_when_problem_information_is_not_wanted(connect, topic):
    client = connect(V5, props=((P.REQUEST_PROBLEM_INFO, 0),))
    client.send(wire.subscribe(V5, 1, (topic, 0)), wire.unsubscribe(V5, 2, topic + "/none"),
                wire.publish(V5, topic + "/x", b"", 1, 3), wire.publish(V5, topic + "/x", b"", 2, 4),
                wire.acknowledge(Kind.PUBREL, 4, V5), wire.pingreq())
    answers = [client.receive() for _ in range(6)]
    assert answers[-1].kind == Kind.PINGRESP
    assert [each for each in answers if each.properties] == []


@clause("MQTT5-3.1.2-29")
def test_a_failed_release_is_not_explained_when_problem_information_is_not_wanted(connect):
    client = connect(V5, props=((P.REQUEST_PROBLEM_INFO, 0),))
    client.acknowledge(Kind.PUBREL, 999)
    assert client.expect(Kind.PUBCOMP, packet_id=999, reason=0x92).properties == []
    client.unsubscribe("nobody/asked")
    client.acknowledge(Kind.PUBREC, 999)
    assert client.expect(Kind.PUBREL, packet_id=999, reason=0x92).properties == []


@clause("MQTT5-3.2.2-19", "MQTT5-3.2.2-20", "MQTT5-3.1.2-24")
@pytest.mark.parametrize("maximum", [5, 10, 15, 16, 24, 32, 64])
@pytest.mark.parametrize("client_id", ["", None], ids=["assigned", "own"])
def test_no_connack_is_larger_than_the_client_takes(dial, maximum, client_id):
    client = dial()
    client.send_connect(V5, client_id, props=((P.MAXIMUM_PACKET_SIZE, maximum),))
    answer = client.receive_or_end()
    if answer is None:
        assert maximum < 64, "there is room for a CONNACK"
    else:
        assert answer.kind == Kind.CONNACK and len(answer.raw) <= maximum


@clause("MQTT5-3.14.0-1")
@pytest.mark.parametrize("body", [b"", b"\0\4MQTT\5", b"\0\4MQTT\5\3\0\0\0\0\1a", b"\0\4MQTT\5\2\0\0\2\x11"],
                         ids=bytes.hex)
def test_a_refused_connect_is_never_answered_with_disconnect(dial, body):
    client = dial(V5)
    client.send(wire.packet(0x10, body))
    client.expect_connect_refused(*MALFORMED)


@clause("MQTT5-3.1.4-2", "MQTT5-4.12.0-1", "MQTT5-3.2.2-7", "MQTT5-4.13.2-1")
def test_an_authentication_method_that_the_server_does_not_know_is_refused(dial):
    client = dial(V5)
    client.send(wire.connect(V5, unique("c"), props=((P.AUTH_METHOD, "NO-SUCH-METHOD"), (P.AUTH_DATA, b"x"))))
    client.expect(Kind.CONNACK, reason=0x8C, session_present=False)
    assert client.expect_closed() == []


@clause("MQTT5-4.12.0-6")
def test_without_an_authentication_method_none_is_named_and_no_auth_is_sent(connect):
    client = connect(V5)
    assert client.connack.get(P.AUTH_METHOD) is None and client.connack.get(P.AUTH_DATA) is None
    client.expect_nothing()


@clause("MQTT5-4.12.0-7", "MQTT5-4.12.1-1", "MQTT5-4.12.1-2")
@pytest.mark.parametrize("reason", [0x00, 0x18, 0x19])
def test_auth_on_a_connection_that_began_without_a_method_ends_it(connect, reason):
    client = connect(V5)
    client.send(wire.auth(reason, ((P.AUTH_METHOD, "METHOD"),)))
    client.expect_refused(0x82, 0x8C)


@clause("MQTT5-3.15.1-1")
@pytest.mark.parametrize("flags", [1, 2, 4, 8])
def test_auth_with_flags_ends_the_connection(connect, flags):
    client = connect(V5)
    client.send(wire.auth(0x19, ((P.AUTH_METHOD, "METHOD"),), flags))
    client.expect_refused(*MALFORMED)


@clause("MQTT5-3.15.2-1")
@pytest.mark.parametrize("reason", [0x01, 0x17, 0x87, 0xFF])
def test_auth_with_a_reason_that_auth_does_not_have_ends_the_connection(connect, reason):
    client = connect(V5)
    client.send(wire.auth(reason, ((P.AUTH_METHOD, "METHOD"),)))
    client.expect_refused(*MALFORMED)


def test_auth_data_without_a_method_is_refused(dial):
    """Section 3.1.2.11.10: Authentication Data without a method is a Protocol Error."""
    client = dial(V5)
    client.send(wire.connect(V5, unique("c"), props=((P.AUTH_DATA, b"x"),)))
    client.expect_connect_refused(*MALFORMED)


def test_auth_is_unknown_before_version_5(connect):
    client = connect(V311)
    client.send(wire.auth())
    client.expect_refused()


@clause("MQTT5-2.2.2-1", "MQTT5-3.1.4-1")
def test_a_connect_without_a_property_length_is_refused(dial):
    client = dial(V5)
    client.send(wire.packet(0x10, b"\0\4MQTT\5\2\0\0"))
    client.expect_connect_refused(*MALFORMED)


@clause("MQTT5-3.1.3-1", "MQTT5-3.1.2-9")
def test_will_properties_that_reach_past_the_payload_are_refused(dial):
    client = dial(V5)
    client.send(wire.packet(0x10, b"\0\4MQTT\5\6\0\0\0" + wire.text("c") + b"\x7f" + wire.text("t") + b"\0\0"))
    client.expect_connect_refused(*MALFORMED)


@pytest.mark.parametrize("qos", [0, 1, 2])
@pytest.mark.parametrize("retain", [False, True])
def test_a_will_is_taken_at_every_qos_that_the_server_announced_and_retained_too(connect, qos, retain, topic):
    connect(V5, will=Will(topic, b"", qos, retain)).disconnect()


def read_all(client) -> bytes:
    client.stream.settimeout(3)
    data = b""
    while piece := client.stream.recv(4096):
        data += piece
    return data

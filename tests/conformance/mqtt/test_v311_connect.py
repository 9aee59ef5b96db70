"""CONNECT and CONNACK as only 3.1.1 has them, with 3.1 where it differs."""

import pytest

import wire
from client import unique
from wire import V31, V311, Kind

clause = pytest.mark.clause


@clause("MQTT-3.1.2-2", "MQTT-3.2.2-4", "MQTT-3.2.2-5")
@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_an_unknown_protocol_level_is_answered_with_return_code_1_and_the_end(dial, level):
    client = dial()
    client.send(wire.connect(V311, unique("c"), level=level))
    client.expect(Kind.CONNACK, reason=0x01, session_present=False)
    assert client.expect_closed() == []


@clause("MQTT-3.1.2-1")
@pytest.mark.parametrize("name, level", [("MQTT", 3), ("MQIsdp", 4)])
def test_a_protocol_name_with_the_level_of_the_other_one_is_not_served(dial, name, level):
    client = dial()
    client.send(wire.connect(V311, unique("c"), name=name, level=level))
    client.expect_connect_refused(0x01)


@clause("MQTT-3.1.3-7", "MQTT-3.1.3-8", "MQTT-3.1.3-9", "MQTT-3.2.2-4", "MQTT-3.2.2-5")
def test_an_empty_client_identifier_without_clean_session_is_answered_with_2_and_the_end(dial):
    client = dial()
    client.send(wire.connect(V311, "", clean=False))
    client.expect(Kind.CONNACK, reason=0x02, session_present=False)
    assert client.expect_closed() == []


@clause("MQTT-3.1.3-9")
def test_mqtt_3_1_refuses_an_empty_client_identifier(dial):
    client = dial(V31)
    client.send(wire.connect(V31, "", clean=True))
    client.expect(Kind.CONNACK, reason=0x02)
    assert client.expect_closed() == []


@clause("MQTT-3.1.2-22")
def test_a_password_without_a_user_name_is_refused(dial):
    client = dial()
    client.send(wire.connect(V311, unique("c"), password=b"secret"))
    client.expect_connect_refused()


@clause("MQTT-3.1.2-19", "MQTT-3.1.2-21")
@pytest.mark.parametrize("password", [None, b"", b"secret", bytes(range(256))], ids=["none", "empty", "text", "binary"])
def test_a_user_name_may_come_with_any_password_or_none(connect, password):
    connect(V311, username="user", password=password)


@clause("MQTT-2.2.2-1", "MQTT-3.2.0-1")
def test_connack_is_exactly_four_bytes(dial):
    client = dial()
    assert client.connect(V311).raw == bytes.fromhex("20020000")


def test_connack_has_no_session_present_for_mqtt_3_1_where_its_byte_is_unused(connect):
    name = unique("c")
    connect(V31, name, clean=False).disconnect()
    assert connect(V31, name, clean=False).connack.raw == bytes.fromhex("20020000")

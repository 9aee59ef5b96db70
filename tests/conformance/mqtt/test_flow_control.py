"""Receive Maximum and Maximum Packet Size: sections 3.1.2.11, 3.3.4 and 4.9 of 5.0."""

import pytest

import wire
from wire import V5, Kind, P

clause = pytest.mark.clause


@clause("MQTT5-3.3.4-9", "MQTT5-4.9.0-1", "MQTT5-4.9.0-2")
@pytest.mark.parametrize("maximum", [1, 2, 5])
@pytest.mark.parametrize("qos", [1, 2])
def test_no_more_messages_come_unacknowledged_than_the_client_takes(connect, topic, maximum, qos):
    client, publisher = connect(V5, props=((P.RECEIVE_MAXIMUM, maximum),)), connect(V5)
    client.subscribe((topic, qos))
    for n in range(maximum + 3):
        publisher.publish(topic, b"%d" % n, qos)
    waiting = [client.expect(Kind.PUBLISH, payload=b"%d" % n).packet_id for n in range(maximum)]
    client.expect_nothing()
    for n in range(maximum, maximum + 3):
        oldest = waiting.pop(0)
        if qos == 2:
            client.acknowledge(Kind.PUBREC, oldest)
            client.expect(Kind.PUBREL, packet_id=oldest)
            client.expect_nothing()
        client.acknowledge(Kind.PUBACK if qos == 1 else Kind.PUBCOMP, oldest)
        waiting.append(client.expect(Kind.PUBLISH, payload=b"%d" % n).packet_id)
        client.expect_nothing()


@clause("MQTT5-3.3.4-9", "MQTT5-4.9.0-2")
@pytest.mark.parametrize("qos", [1, 2])
def test_a_refusal_makes_room_for_the_next_message(connect, topic, qos):
    client, publisher = connect(V5, props=((P.RECEIVE_MAXIMUM, 1),)), connect(V5)
    client.subscribe((topic, qos))
    publisher.publish(topic, b"1", qos)
    publisher.publish(topic, b"2", qos)
    got = client.expect(Kind.PUBLISH, payload=b"1")
    client.acknowledge(Kind.PUBACK if qos == 1 else Kind.PUBREC, got.packet_id, 0x80)
    client.take(payload=b"2")


@clause("MQTT5-3.3.4-10", "MQTT5-4.9.0-3")
def test_everything_but_messages_is_answered_while_the_client_takes_no_more(connect, topic):
    client, publisher = connect(V5, props=((P.RECEIVE_MAXIMUM, 1),)), connect(V5)
    client.subscribe((topic, 1))
    publisher.publish(topic, b"1", 1)
    publisher.publish(topic, b"2", 1)
    first = client.expect(Kind.PUBLISH, payload=b"1")
    client.expect_nothing()
    client.subscribe((f"{topic}/other", 0))
    client.publish(f"{topic}/up", b"x", 1)
    client.publish(f"{topic}/up", b"x", 2)
    client.unsubscribe(f"{topic}/other")
    client.acknowledge(Kind.PUBACK, first.packet_id)
    client.take(payload=b"2")


@clause("MQTT5-3.3.4-9", "MQTT5-4.9.0-2")
def test_messages_at_qos_0_need_no_room(connect, topic):
    client, publisher = connect(V5, props=((P.RECEIVE_MAXIMUM, 1),)), connect(V5)
    client.subscribe((f"{topic}/0", 0), (f"{topic}/1", 1))
    publisher.publish(f"{topic}/1", b"1", 1)
    client.expect(Kind.PUBLISH, payload=b"1")
    for n in range(3):
        publisher.publish(f"{topic}/0", b"%d" % n)
        client.take(topic=f"{topic}/0", payload=b"%d" % n)


@clause("MQTT5-3.3.4-9", "MQTT5-4.9.0-1")
def test_a_reconnect_begins_with_the_receive_maximum_of_the_new_connection(connect, topic):
    session = (P.SESSION_EXPIRY, 60)
    client, publisher = connect(V5, clean=False, props=(session, (P.RECEIVE_MAXIMUM, 3))), connect(V5)
    client.subscribe((topic, 1))
    for n in range(5):
        publisher.publish(topic, b"%d" % n, 1)
    for n in range(3):
        client.expect(Kind.PUBLISH, payload=b"%d" % n)
    client.drop()
    again = connect(V5, client.client_id, clean=False, props=(session, (P.RECEIVE_MAXIMUM, 1)))
    for n in range(5):
        got = again.expect(Kind.PUBLISH, payload=b"%d" % n, dup=n < 3)
        again.expect_nothing()
        again.acknowledge(Kind.PUBACK, got.packet_id)


@clause("MQTT5-3.3.4-7", "MQTT5-4.9.0-2")
def test_a_client_may_use_all_of_the_servers_receive_maximum_and_not_one_more(connect, topic):
    client = connect(V5)
    maximum = client.connack.get(P.RECEIVE_MAXIMUM)
    if maximum is None or maximum > 20_000:
        pytest.skip("the server takes more messages than a test wants to send")
    client.send(*(wire.publish(V5, topic, b"", 2, n) for n in range(1, maximum + 1)))
    for n in range(1, maximum + 1):
        client.expect(Kind.PUBREC, packet_id=n)
    client.expect_nothing()
    client.send(wire.publish(V5, topic, b"", 2, maximum + 1))
    client.expect_refused(0x93)


@clause("MQTT5-3.1.2-24", "MQTT5-3.1.2-25")
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_message_too_large_for_the_client_is_dropped_for_it_alone(connect, topic, qos):
    small, large = connect(V5, props=((P.MAXIMUM_PACKET_SIZE, 100),)), connect(V5)
    small.subscribe((topic, qos))
    large.subscribe((topic, qos))
    publisher = connect(V5)
    publisher.publish(topic, b"x" * 200, qos)
    publisher.publish(topic, b"small", qos)
    large.take(payload=b"x" * 200)
    large.take(payload=b"small")
    small.take(payload=b"small")
    small.expect_nothing()


@clause("MQTT5-3.1.2-24", "MQTT5-3.1.2-25")
def test_a_packet_of_exactly_the_maximum_size_is_sent(connect, topic):
    overhead = len(wire.publish(V5, topic))
    client, publisher = connect(V5, props=((P.MAXIMUM_PACKET_SIZE, 100),)), connect(V5)
    client.subscribe((topic, 0))
    publisher.publish(topic, b"x" * (101 - overhead))
    publisher.publish(topic, b"x" * (100 - overhead))
    assert len(client.take(payload=b"x" * (100 - overhead)).raw) == 100


@clause("MQTT5-3.1.2-25", "MQTT5-3.3.4-9")
def test_a_dropped_message_takes_no_room_in_the_window(connect, topic):
    client, publisher = connect(V5, props=((P.MAXIMUM_PACKET_SIZE, 100), (P.RECEIVE_MAXIMUM, 1))), connect(V5)
    client.subscribe((topic, 1))
    for _ in range(3):
        publisher.publish(topic, b"x" * 200, 1)
    publisher.publish(topic, b"small", 1)
    client.take(payload=b"small")


@clause("MQTT5-3.1.2-25")
def test_a_message_too_large_is_not_kept_for_the_next_connection(connect, topic):
    session = (P.SESSION_EXPIRY, 60)
    client = connect(V5, clean=False, props=(session, (P.MAXIMUM_PACKET_SIZE, 100)))
    client.subscribe((topic, 1))
    connect(V5).publish(topic, b"x" * 200, 1)
    client.expect_nothing()
    client.disconnect()
    connect(V5, client.client_id, clean=False, props=(session,)).expect_nothing()


@clause("MQTT5-3.4.2-2", "MQTT5-3.4.2-3", "MQTT5-3.5.2-2", "MQTT5-3.5.2-3", "MQTT5-3.6.2-2", "MQTT5-3.6.2-3",
        "MQTT5-3.7.2-2", "MQTT5-3.7.2-3", "MQTT5-3.9.2-1", "MQTT5-3.9.2-2", "MQTT5-3.11.2-1", "MQTT5-3.11.2-2",
        "MQTT5-3.1.2-24")
@pytest.mark.parametrize("maximum", [30, 40, 64])
def test_no_explanation_makes_an_answer_larger_than_the_client_takes(connect, topic, maximum):
    client = connect(V5, "c", props=((P.MAXIMUM_PACKET_SIZE, maximum),))
    for qos in (1, 2):
        client.publish(topic, b"", qos)
    client.acknowledge(Kind.PUBREL, 4711)
    client.expect(Kind.PUBCOMP, packet_id=4711, reason=0x92)
    client.acknowledge(Kind.PUBREC, 4712)
    client.expect(Kind.PUBREL, packet_id=4712, reason=0x92)
    client.unsubscribe(topic)
    client.subscribe((topic, 0))


@clause("MQTT5-3.14.2-3", "MQTT5-3.14.2-4", "MQTT5-3.1.2-24")
@pytest.mark.parametrize("broken", [wire.packet(0x00), wire.publish(V5, "a/+", b"x"), wire.auth(0x19)], ids=bytes.hex)
def test_no_explanation_makes_disconnect_larger_than_the_client_takes(connect, broken):
    client = connect(V5, "c", props=((P.MAXIMUM_PACKET_SIZE, 30),))
    client.send(broken)
    client.expect_refused(0x81, 0x82, 0x8C, 0x90)

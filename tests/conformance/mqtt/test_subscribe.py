"""SUBSCRIBE and UNSUBSCRIBE: sections 3.3.4, 3.3.5 and 3.8 to 3.11."""

import pytest

import wire
from wire import V5, Kind, P

clause = pytest.mark.clause

NO_LOCAL = 0x04


@clause("MQTT-3.8.4-1", "MQTT-3.8.4-2", "MQTT-2.3.1-7", "MQTT5-3.8.4-1", "MQTT5-3.8.4-2", "MQTT5-2.2.1-6")
@pytest.mark.parametrize("packet_id", [1, 255, 256, 0x1234, 65535])
def test_subscribe_is_answered_with_suback_of_the_same_identifier(connect, version, topic, packet_id):
    client = connect(version)
    client.send(wire.subscribe(version, packet_id, (topic, 0)))
    client.expect(Kind.SUBACK, packet_id=packet_id, reasons=[0])


@clause("MQTT-3.8.4-4", "MQTT-3.8.4-5", "MQTT-3.9.3-1", "MQTT-3.9.3-2", "MQTT5-3.8.4-5", "MQTT5-3.8.4-6",
        "MQTT5-3.8.4-7", "MQTT5-3.9.3-1", "MQTT5-3.9.3-2", "MQTT5-3.2.2-10")
def test_suback_has_one_code_for_each_filter_in_their_order(connect, version, topic):
    client = connect(version)
    wanted = [2, 0, 1, 1, 0, 2, 2]
    entries = [(f"{topic}/{n}", qos) for n, qos in enumerate(wanted)]
    client.send(wire.subscribe(version, 9, *entries))
    client.expect(Kind.SUBACK, packet_id=9, reasons=wanted)
    client.expect_nothing()


@clause("MQTT-3.8.4-4", "MQTT5-3.8.4-5")
def test_the_same_filter_twice_in_one_packet_counts_as_two_packets(connect, version, topic):
    client = connect(version)
    client.send(wire.subscribe(version, 9, (topic, 2), (topic, 0)))
    client.expect(Kind.SUBACK, reasons=[2, 0])
    connect(version).publish(topic, b"x", 2)
    client.take(payload=b"x", qos=0)
    client.expect_nothing()


@clause("MQTT-3.8.4-3", "MQTT5-3.8.4-3")
@pytest.mark.parametrize("old, new", [(0, 2), (2, 0), (1, 2), (2, 1)])
def test_a_subscription_with_the_same_filter_replaces_the_old_one(connect, version, topic, old, new):
    client = connect(version)
    client.subscribe((topic, old))
    client.subscribe((topic, new))
    connect(version).publish(topic, b"x", 2)
    client.take(payload=b"x", qos=new)
    client.expect_nothing()


@clause("MQTT-3.8.4-3", "MQTT5-3.8.4-4")
def test_no_message_is_lost_while_a_subscription_is_replaced(connect, version, topic):
    client, publisher = connect(version), connect(version)
    client.subscribe((topic, 1))
    for n in range(30):
        publisher.send(wire.publish(version, topic, b"%d" % n, 1, n + 1))
        client.send(wire.subscribe(version, n + 100, (topic, 1)))
    payloads, answers = [], 0
    while len(payloads) < 30 or answers < 30:
        got = client.receive()
        answers += got.kind == Kind.SUBACK
        if got.kind == Kind.PUBLISH:
            client.acknowledge(Kind.PUBACK, got.packet_id)
            payloads.append(int(got.payload))
    assert payloads == list(range(30))


@clause("MQTT-3.3.5-1", "MQTT5-3.3.4-2")
def test_overlapping_subscriptions_deliver_at_the_highest_of_their_qos(connect, version, topic):
    client = connect(version)
    client.subscribe((f"{topic}/#", 0), (f"{topic}/+", 2), (f"{topic}/a", 1))
    connect(version).publish(f"{topic}/a", b"x", 2)
    copies = [client.take(payload=b"x")]
    client.send(wire.pingreq())
    while (got := client.receive()).kind == Kind.PUBLISH:
        copies.append(got)
    assert max(each.qos for each in copies) == 2
    assert len(copies) in (1, 3)


@clause("MQTT5-3.3.4-3", "MQTT5-3.3.4-4", "MQTT5-3.3.4-5")
def test_overlapping_subscriptions_name_all_their_identifiers(connect, topic):
    client = connect(V5)
    client.subscribe((f"{topic}/#", 0), props=((P.SUBSCRIPTION_ID, 1),))
    client.subscribe((f"{topic}/+", 0), props=((P.SUBSCRIPTION_ID, 268435455),))
    client.subscribe((f"{topic}/a", 0))
    connect(V5).publish(f"{topic}/a", b"x", 1)
    copies = [client.take(payload=b"x")]
    client.send(wire.pingreq())
    while (got := client.receive()).kind == Kind.PUBLISH:
        copies.append(got)
    found = [each.all(P.SUBSCRIPTION_ID) for each in copies]
    assert sorted(sum(found, [])) == [1, 268435455]
    assert len(copies) in (1, 3)


@clause("MQTT5-3.3.4-3")
@pytest.mark.parametrize("identifier", [1, 127, 128, 16383, 16384, 2097151, 2097152, 268435455])
def test_a_subscription_identifier_comes_with_each_message(connect, topic, identifier):
    client = connect(V5)
    client.subscribe((topic, 1), props=((P.SUBSCRIPTION_ID, identifier),))
    connect(V5).publish(topic, b"x", 1)
    assert client.take(payload=b"x").all(P.SUBSCRIPTION_ID) == [identifier]


@clause("MQTT5-3.8.4-3", "MQTT5-3.3.4-3")
def test_a_new_subscription_replaces_or_drops_the_identifier_too(connect, topic):
    client, publisher = connect(V5), connect(V5)
    for props in (((P.SUBSCRIPTION_ID, 5),), ((P.SUBSCRIPTION_ID, 6),), ()):
        client.subscribe((topic, 0), props=props)
        publisher.publish(topic, b"x")
        assert client.take().all(P.SUBSCRIPTION_ID) == [value for _, value in props]


@clause("MQTT5-3.3.4-6")
def test_a_subscription_identifier_from_a_publisher_ends_its_connection(connect, topic):
    client = connect(V5)
    client.send(wire.publish(V5, topic, b"x", props=((P.SUBSCRIPTION_ID, 1),)))
    client.expect_refused(0x81, 0x82)


@clause("MQTT5-3.3.4-3")
def test_retained_messages_carry_the_identifier_of_the_new_subscription(connect, topic):
    publisher = connect(V5)
    publisher.publish(topic, b"kept", 1, retain=True)
    client = connect(V5)
    client.subscribe((topic, 0), props=((P.SUBSCRIPTION_ID, 3),))
    assert client.take(retain=True).all(P.SUBSCRIPTION_ID) == [3]
    publisher.publish(topic, b"", 1, retain=True)


@clause("MQTT5-3.3.4-3")
def test_a_resumed_session_still_knows_its_identifiers(connect, topic):
    client = connect(V5, clean=False, props=((P.SESSION_EXPIRY, 60),))
    client.subscribe((topic, 1), props=((P.SUBSCRIPTION_ID, 12),))
    client.disconnect()
    connect(V5).publish(topic, b"x", 1)
    again = connect(V5, client.client_id, clean=False)
    assert again.take(payload=b"x").all(P.SUBSCRIPTION_ID) == [12]


@clause("MQTT5-3.8.3-3")
def test_with_no_local_a_client_does_not_hear_itself(connect, topic):
    client, other = connect(V5), connect(V5)
    client.subscribe((topic, NO_LOCAL | 1))
    client.publish(topic, b"own", 1)
    other.publish(topic, b"other's", 1)
    client.take(payload=b"other's")
    client.expect_nothing()


@clause("MQTT5-3.8.3-3")
def test_without_no_local_a_client_hears_itself(connect, version, topic):
    client = connect(version)
    client.subscribe((topic, 0))
    client.publish(topic, b"own")
    client.take(payload=b"own")


@clause("MQTT5-3.8.3-3")
def test_no_local_is_about_the_client_identifier_and_so_outlives_the_connection(connect, topic):
    client = connect(V5, clean=False, props=((P.SESSION_EXPIRY, 60),))
    client.subscribe((topic, NO_LOCAL | 1))
    client.disconnect()
    again = connect(V5, client.client_id, clean=False)
    again.publish(topic, b"own", 1)
    again.expect_nothing()


@clause("MQTT-3.10.4-4", "MQTT-2.3.1-7", "MQTT5-3.10.4-4", "MQTT5-3.10.4-5", "MQTT5-2.2.1-6")
@pytest.mark.parametrize("packet_id", [1, 255, 256, 65535])
def test_unsubscribe_is_answered_with_unsuback_of_the_same_identifier(connect, version, topic, packet_id):
    client = connect(version)
    client.subscribe((topic, 0))
    client.send(wire.unsubscribe(version, packet_id, topic))
    answer = client.expect(Kind.UNSUBACK, packet_id=packet_id)
    assert answer.reasons == ([0x00] if version == V5 else [])


@clause("MQTT-3.10.4-5", "MQTT5-3.10.4-5")
def test_unsubscribing_from_nothing_is_answered_too(connect, version, topic):
    client = connect(version)
    assert client.unsubscribe(topic).reasons == ([0x11] if version == V5 else [])


@clause("MQTT-3.10.4-6", "MQTT5-3.10.4-6", "MQTT5-3.11.3-1", "MQTT5-3.11.3-2")
def test_unsuback_answers_each_filter_in_its_order(connect, version, topic):
    client, publisher = connect(version), connect(version)
    client.subscribe((f"{topic}/a", 0), (f"{topic}/b", 0), (f"{topic}/c", 0))
    answer = client.unsubscribe(f"{topic}/x", f"{topic}/a", f"{topic}/a", f"{topic}/b")
    assert answer.reasons == ([0x11, 0x00, 0x11, 0x00] if version == V5 else [])
    for name in "abc":
        publisher.publish(f"{topic}/{name}", b"x")
    client.take(topic=f"{topic}/c")
    client.expect_nothing()


@clause("MQTT-3.10.4-1", "MQTT5-3.10.4-1")
@pytest.mark.parametrize("other", ["#", "a", "A/+", "+/+", "a/+/", "/a/+", "a/b"])
def test_unsubscribe_compares_filters_character_by_character(connect, version, topic, other):
    client, publisher = connect(version), connect(version)
    client.subscribe((f"{topic}/a/+", 0))
    client.unsubscribe(f"{topic}/{other}")
    publisher.publish(f"{topic}/a/b", b"still")
    client.take(payload=b"still")
    client.unsubscribe(f"{topic}/a/+")
    publisher.publish(f"{topic}/a/b", b"no more", 1)
    client.expect_nothing()


@clause("MQTT-3.10.4-2", "MQTT5-3.10.4-2")
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_after_unsuback_no_new_message_comes(connect, version, topic, qos, marker):
    client, publisher = connect(version), connect(version)
    marker.ready(client)
    client.subscribe((topic, qos))
    client.unsubscribe(topic)
    publisher.publish(topic, b"x", qos)
    marker.passed(publisher, client)


@clause("MQTT-3.10.4-3", "MQTT5-3.10.4-3")
def test_deliveries_that_began_before_unsubscribe_are_completed(connect, version, topic):
    client, publisher = connect(version, clean=False, **session(version)), connect(version)
    client.subscribe((topic, 2))
    publisher.publish(topic, b"1", 1)
    publisher.publish(topic, b"2", 2)
    first, second = client.expect(Kind.PUBLISH, payload=b"1"), client.expect(Kind.PUBLISH, payload=b"2")
    client.unsubscribe(topic)
    client.acknowledge(Kind.PUBREC, second.packet_id)
    client.expect(Kind.PUBREL, packet_id=second.packet_id, reason=0)
    client.drop()
    again = connect(version, client.client_id, clean=False, **session(version))
    again.expect(Kind.PUBLISH, payload=b"1", packet_id=first.packet_id, dup=True)
    again.acknowledge(Kind.PUBACK, first.packet_id)
    again.expect(Kind.PUBREL, packet_id=second.packet_id)
    again.acknowledge(Kind.PUBCOMP, second.packet_id)
    again.expect_nothing()


@clause("MQTT-3.8.3-2", "MQTT5-3.3.2-3")
def test_wildcards_receive_topics_that_appear_later(connect, version, topic):
    client, publisher = connect(version), connect(version)
    client.subscribe((f"{topic}/#", 0))
    for n in range(5):
        publisher.publish(f"{topic}/{n}/x", b"%d" % n)
    for n in range(5):
        client.take(topic=f"{topic}/{n}/x", payload=b"%d" % n)


@clause("MQTT-4.5.0-1", "MQTT5-4.5.0-1")
def test_every_subscriber_receives_the_message(connect, version, topic):
    clients = [connect(version) for _ in range(5)]
    for qos, client in enumerate(clients):
        client.subscribe((topic, qos % 3))
    connect(version).publish(topic, b"x", 2)
    for qos, client in enumerate(clients):
        client.take(topic=topic, payload=b"x", qos=qos % 3)
        client.expect_nothing()


def session(version):
    return {"props": ((P.SESSION_EXPIRY, 60),)} if version == V5 else {}

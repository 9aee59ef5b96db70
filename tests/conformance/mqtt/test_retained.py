"""Retained messages: sections 3.3.1.3 and 3.8.4."""

import pytest

import wire
from client import unique
from wire import V5, Kind, P, Will

clause = pytest.mark.clause

RETAIN_AS_PUBLISHED = 0x08
SEND_AT_SUBSCRIBE, SEND_IF_NEW, DO_NOT_SEND = 0x00, 0x10, 0x20


@pytest.fixture(autouse=True)
def forget(connect, topic):
    """Leaves nothing retained behind."""
    yield
    cleaner = connect(V5)
    for name in (topic, f"{topic}/a", f"{topic}/b"):
        cleaner.publish(name, b"", retain=True)
    cleaner.expect_nothing()


@clause("MQTT-3.3.1-5", "MQTT-3.3.1-6", "MQTT-3.3.1-8", "MQTT5-3.3.1-5", "MQTT5-3.3.1-9")
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_retained_message_comes_to_a_new_subscription_with_the_flag_and_its_qos(connect, version, topic, qos):
    publish_retained(connect, version, topic, b"kept", qos)
    client = connect(version)
    client.subscribe((topic, 2))
    client.take(topic=topic, payload=b"kept", qos=qos, retain=True, dup=False)
    client.expect_nothing()


@clause("MQTT-3.3.1-5", "MQTT5-3.3.1-5", "MQTT5-3.8.4-8")
@pytest.mark.parametrize("granted", [0, 1])
def test_a_retained_message_comes_at_no_higher_qos_than_granted(connect, version, topic, granted):
    publish_retained(connect, version, topic, b"kept", 2)
    client = connect(version)
    client.subscribe((topic, granted))
    client.take(topic=topic, qos=granted, retain=True)


@clause("MQTT-3.3.1-6", "MQTT5-3.3.1-9")
def test_the_retained_message_of_every_matching_topic_comes(connect, version, topic):
    publish_retained(connect, version, topic + "/a", b"1")
    publish_retained(connect, version, topic + "/b", b"2")
    client = connect(version)
    client.subscribe((topic + "/+", 0))
    got = {each.topic: each.payload for each in (client.take(retain=True), client.take(retain=True))}
    assert got == {topic + "/a": b"1", topic + "/b": b"2"}
    client.expect_nothing()


@clause("MQTT-3.3.1-5", "MQTT-3.3.1-7", "MQTT5-3.3.1-5")
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_retained_message_replaces_the_one_before_it(connect, version, topic, qos):
    publish_retained(connect, version, topic, b"old", 1)
    publish_retained(connect, version, topic, b"new", qos)
    client = connect(version)
    client.subscribe((topic, 2))
    client.take(topic=topic, payload=b"new", retain=True)
    client.expect_nothing()


@clause("MQTT-3.3.1-9", "MQTT5-3.3.1-12")
def test_an_established_subscription_receives_it_without_the_flag(connect, version, topic):
    client = connect(version)
    client.subscribe((topic, 0))
    publish_retained(connect, version, topic, b"kept")
    client.take(topic=topic, payload=b"kept", retain=False)


@clause("MQTT-3.3.1-10", "MQTT-3.3.1-11", "MQTT5-3.3.1-6", "MQTT5-3.3.1-7")
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_an_empty_retained_message_is_delivered_and_clears_the_topic(connect, version, topic, qos):
    publish_retained(connect, version, topic, b"kept")
    established = connect(version)
    established.subscribe((topic, 2))
    established.take(payload=b"kept")
    publish_retained(connect, version, topic, b"", qos)
    established.take(topic=topic, payload=b"", retain=False)
    client = connect(version)
    client.subscribe((topic, 2))
    client.expect_nothing()


@clause("MQTT-3.3.1-11", "MQTT5-3.3.1-7")
def test_an_empty_message_is_not_retained_where_nothing_was(connect, version, topic):
    publish_retained(connect, version, topic, b"")
    client = connect(version)
    client.subscribe((topic, 0))
    client.expect_nothing()


@clause("MQTT-3.3.1-12", "MQTT5-3.3.1-8")
@pytest.mark.parametrize("payload", [b"passing", b""], ids=["with payload", "empty"])
def test_a_message_without_the_flag_neither_stores_nor_replaces_nor_removes(connect, version, topic, payload):
    publish_retained(connect, version, topic, b"kept")
    publisher = connect(version)
    publisher.publish(topic, payload, 1)
    publisher.publish(topic + "/a", b"passing", 1)
    client = connect(version)
    client.subscribe((topic + "/#", 0))
    client.take(topic=topic, payload=b"kept", retain=True)
    client.expect_nothing()


@clause("MQTT-3.1.2-7", "MQTT5-4.1.0-2")
def test_retained_messages_outlive_the_session_that_published_them(connect, version, topic):
    publisher = connect(version)
    publisher.publish(topic, b"kept", 1, retain=True)
    publisher.disconnect()
    connect(version, publisher.client_id).disconnect()
    client = connect(version)
    client.subscribe((topic, 0))
    client.take(payload=b"kept", retain=True)


@clause("MQTT-3.8.4-3", "MQTT5-3.8.4-3", "MQTT5-3.8.4-4", "MQTT5-3.3.1-9")
def test_subscribing_again_sends_retained_messages_again(connect, version, topic):
    publish_retained(connect, version, topic, b"kept")
    client = connect(version)
    for qos in (0, 1, 1):
        client.subscribe((topic, qos))
        client.take(payload=b"kept", retain=True)


@clause("MQTT5-3.3.1-10")
def test_with_retain_handling_1_only_a_new_subscription_gets_retained_messages(connect, topic):
    publish_retained(connect, V5, topic, b"kept")
    client = connect(V5)
    client.subscribe((topic, SEND_IF_NEW))
    client.take(payload=b"kept", retain=True)
    client.subscribe((topic, SEND_IF_NEW | 1))
    client.expect_nothing()
    client.unsubscribe(topic)
    client.subscribe((topic, SEND_IF_NEW))
    client.take(payload=b"kept", retain=True)


@clause("MQTT5-3.3.1-10")
def test_with_retain_handling_1_a_subscription_of_a_resumed_session_is_not_new(connect, topic):
    publish_retained(connect, V5, topic, b"kept")
    client = connect(V5, props=((P.SESSION_EXPIRY, 60),))
    client.subscribe((topic, DO_NOT_SEND))
    client.disconnect()
    again = connect(V5, client.client_id, clean=False)
    again.subscribe((topic, SEND_IF_NEW))
    again.expect_nothing()


@clause("MQTT5-3.3.1-11")
def test_with_retain_handling_2_no_retained_message_comes(connect, topic):
    publish_retained(connect, V5, topic, b"kept")
    client = connect(V5)
    for _ in range(2):
        client.subscribe((topic, DO_NOT_SEND))
        client.expect_nothing()


@clause("MQTT5-3.3.1-12", "MQTT5-3.3.1-13")
@pytest.mark.parametrize("as_published", [0, RETAIN_AS_PUBLISHED], ids=["cleared", "as published"])
@pytest.mark.parametrize("retain", [False, True])
def test_retain_as_published_keeps_the_flag_of_the_publisher(connect, topic, as_published, retain):
    client = connect(V5)
    client.subscribe((topic, as_published))
    connect(V5).publish(topic, b"x", retain=retain)
    client.take(payload=b"x", retain=retain and bool(as_published))


@clause("MQTT5-3.3.1-9")
@pytest.mark.parametrize("as_published", [0, RETAIN_AS_PUBLISHED])
def test_what_a_new_subscription_finds_always_has_the_flag(connect, topic, as_published):
    publish_retained(connect, V5, topic, b"kept")
    client = connect(V5)
    client.subscribe((topic, as_published))
    client.take(payload=b"kept", retain=True)


@clause("MQTT-3.1.2-17", "MQTT5-3.1.2-15", "MQTT5-3.3.1-5")
def test_a_retained_will_is_retained(connect, version, topic):
    watcher = connect(version)
    watcher.subscribe((topic, 0))
    dying = connect(version, will=Will(topic, b"last", retain=True))
    dying.drop()
    watcher.take(payload=b"last", retain=False)
    client = connect(version)
    client.subscribe((topic, 0))
    client.take(payload=b"last", retain=True)


@clause("MQTT-3.1.2-16", "MQTT5-3.1.2-14")
def test_a_will_that_is_not_retained_is_not(connect, version, topic):
    watcher = connect(version)
    watcher.subscribe((topic, 0))
    connect(version, will=Will(topic, b"last")).drop()
    watcher.take(payload=b"last", retain=False)
    client = connect(version)
    client.subscribe((topic, 0))
    client.expect_nothing()


@clause("MQTT5-3.3.2-4", "MQTT5-3.3.2-15", "MQTT5-3.3.2-16", "MQTT5-3.3.2-18", "MQTT5-3.3.2-20")
def test_a_retained_message_keeps_its_properties(connect, topic):
    props = [(P.PAYLOAD_FORMAT, 1), (P.CONTENT_TYPE, "text/plain"), (P.RESPONSE_TOPIC, "answers"),
             (P.CORRELATION_DATA, b"\0\xff"), (P.USER_PROPERTY, ("b", "1")), (P.USER_PROPERTY, ("a", "2")),
             (P.USER_PROPERTY, ("b", "1"))]
    connect(V5).publish(topic, b"kept", 1, retain=True, props=props)
    client = connect(V5)
    client.subscribe((topic, 0))
    got = client.take(payload=b"kept", retain=True)
    assert sorted(map(str, got.properties)) == sorted(map(str, props))
    assert got.all(P.USER_PROPERTY) == [("b", "1"), ("a", "2"), ("b", "1")]


@clause("MQTT-3.3.1-6", "MQTT-3.8.4-4", "MQTT5-3.3.1-9", "MQTT5-3.8.4-5")
def test_the_answer_to_subscribe_and_its_retained_messages_both_come(connect, version, topic):
    publish_retained(connect, version, topic + "/a", b"1")
    publish_retained(connect, version, topic + "/b", b"2")
    client = connect(version)
    client.send(wire.subscribe(version, 77, (topic + "/a", 0), (topic + "/b", 0)))
    got = [client.receive() for _ in range(3)]
    assert sorted(each.kind for each in got) == [Kind.PUBLISH, Kind.PUBLISH, Kind.SUBACK]
    assert {each.payload for each in got if each.kind == Kind.PUBLISH} == {b"1", b"2"}


@clause("MQTT-4.7.2-1", "MQTT5-4.7.2-1")
def test_retained_topics_of_the_server_do_not_come_to_a_wildcard_at_the_front(connect, version):
    name = f"$kept{unique('t')}/a"
    publish_retained(connect, version, name, b"x")
    client = connect(version)
    client.subscribe(("+/a", 0))
    client.send(wire.pingreq())
    while (got := client.receive()).kind == Kind.PUBLISH:
        assert got.topic != name
    client.unsubscribe("+/a")
    client.subscribe((name, 0))
    client.take(topic=name, retain=True)
    publish_retained(connect, version, name, b"")


def publish_retained(connect, version, topic, payload, qos=1):
    publisher = connect(version)
    publisher.publish(topic, payload, qos, retain=True)
    publisher.expect_nothing()
    publisher.disconnect()

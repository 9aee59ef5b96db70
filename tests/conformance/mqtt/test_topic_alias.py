"""Topic aliases: sections 3.1.2.11.5 and 3.3.2.3.4 of 5.0."""

import pytest

import wire
from client import MALFORMED
from wire import V5, Kind, P

clause = pytest.mark.clause


def aliased(topic, alias, payload=b"x", **more):
    return wire.publish(V5, topic, payload, props=((P.TOPIC_ALIAS, alias),), **more)


@clause("MQTT5-3.3.2-12")
def test_every_alias_up_to_the_servers_maximum_is_taken(connect, topic):
    watcher, publisher = connect(V5), connect(V5)
    watcher.subscribe((f"{topic}/+", 0))
    maximum = publisher.connack.get(P.TOPIC_ALIAS_MAXIMUM)
    for alias in {1, (1 + maximum) // 2, maximum}:
        publisher.send(aliased(f"{topic}/{alias}", alias, b"named"), aliased("", alias, b"by alias"))
        watcher.take(topic=f"{topic}/{alias}", payload=b"named")
        watcher.take(topic=f"{topic}/{alias}", payload=b"by alias")


@clause("MQTT5-3.3.2-12", "MQTT5-4.6.0-5")
def test_an_alias_can_be_given_to_another_topic(connect, topic):
    watcher, publisher = connect(V5), connect(V5)
    watcher.subscribe((f"{topic}/+", 0))
    publisher.send(aliased(f"{topic}/a", 1), aliased("", 1), aliased(f"{topic}/b", 1), aliased("", 1))
    for name in "aabb":
        watcher.take(topic=f"{topic}/{name}")


@clause("MQTT5-3.3.2-12")
@pytest.mark.parametrize("qos", [1, 2])
def test_aliases_work_at_every_qos(connect, topic, qos):
    watcher, publisher = connect(V5), connect(V5)
    watcher.subscribe((topic, qos))
    publisher.publish(topic, b"named", qos, props=((P.TOPIC_ALIAS, 1),))
    publisher.publish("", b"by alias", qos, props=((P.TOPIC_ALIAS, 1),))
    watcher.take(topic=topic, payload=b"named")
    watcher.take(topic=topic, payload=b"by alias")


@clause("MQTT5-3.3.2-8")
def test_alias_0_ends_the_connection(connect, topic):
    client = connect(V5)
    client.send(aliased(topic, 0))
    client.expect_refused(0x94, *MALFORMED)


@clause("MQTT5-3.3.2-9", "MQTT5-3.2.2-17")
def test_an_alias_above_the_servers_maximum_ends_the_connection(connect, topic):
    client = connect(V5)
    maximum = client.connack.get(P.TOPIC_ALIAS_MAXIMUM, 0)
    assert maximum < 65535, "no alias can be too large"
    client.send(aliased(topic, maximum + 1))
    client.expect_refused(0x94, 0x82)


@clause("MQTT5-3.3.2-8", "MQTT5-4.7.3-1")
@pytest.mark.parametrize("props", [(), ((P.TOPIC_ALIAS, 1),)], ids=["no alias", "alias never set"])
def test_no_topic_and_no_known_alias_ends_the_connection(connect, props):
    client = connect(V5)
    client.send(wire.publish(V5, "", b"x", props=props))
    client.expect_refused(0x82, 0x81, 0x94, 0x90)


@clause("MQTT5-3.3.2-7")
def test_aliases_end_with_their_connection(connect, topic):
    session = {"clean": False, "props": ((P.SESSION_EXPIRY, 60),)}
    client = connect(V5, **session)
    client.publish(topic, b"x", 1, props=((P.TOPIC_ALIAS, 1),))
    client.drop()
    again = connect(V5, client.client_id, **session)
    again.send(aliased("", 1))
    again.expect_refused(0x82, 0x94)


@clause("MQTT5-3.3.2-7")
def test_aliases_belong_to_one_connection_each(connect, topic):
    watcher, first, second = connect(V5), connect(V5), connect(V5)
    watcher.subscribe((f"{topic}/+", 0))
    first.publish(f"{topic}/a", b"", 1, props=((P.TOPIC_ALIAS, 1),))
    second.publish(f"{topic}/b", b"", 1, props=((P.TOPIC_ALIAS, 1),))
    first.publish("", b"", 1, props=((P.TOPIC_ALIAS, 1),))
    assert [watcher.take().topic[-1] for _ in range(3)] == ["a", "b", "a"]


@clause("MQTT5-3.1.2-27", "MQTT5-3.3.2-11")
@pytest.mark.parametrize("props", [(), ((P.TOPIC_ALIAS_MAXIMUM, 0),)], ids=["absent", "0"])
def test_no_alias_comes_to_a_client_that_takes_none(connect, topic, props):
    client, publisher = connect(V5, props=props), connect(V5)
    client.subscribe((topic, 1))
    for _ in range(3):
        publisher.publish(topic, b"x", 1, props=((P.TOPIC_ALIAS, 1),))
        assert client.take(topic=topic).get(P.TOPIC_ALIAS) is None


@clause("MQTT5-3.1.2-26", "MQTT5-3.3.2-11", "MQTT5-3.3.2-8", "MQTT5-3.3.2-1")
@pytest.mark.parametrize("maximum", [1, 3, 65535])
@pytest.mark.parametrize("qos", [0, 1])
def test_aliases_that_the_server_uses_are_within_the_clients_maximum_and_right(connect, topic, maximum, qos):
    client, publisher = connect(V5, props=((P.TOPIC_ALIAS_MAXIMUM, maximum),)), connect(V5)
    client.subscribe((f"{topic}/+", qos))
    names = [f"{topic}/{n}" for n in (0, 1, 2, 3, 4, 0, 0, 4, 3, 1, 2, 4, 4, 0)]
    for name in names:
        publisher.publish(name, name.encode(), 1)
    known = {}
    for name in names:
        got = client.take()
        alias = got.get(P.TOPIC_ALIAS)
        assert alias is None or 1 <= alias <= maximum
        if got.topic and alias:
            known[alias] = got.topic
        assert (got.topic or known[alias]) == name == got.payload.decode()


@clause("MQTT5-3.3.2-7", "MQTT5-4.4.0-1")
def test_the_server_forgets_its_own_aliases_with_the_connection(connect, topic):
    options = {"clean": False, "props": ((P.SESSION_EXPIRY, 60), (P.TOPIC_ALIAS_MAXIMUM, 10))}
    client, publisher = connect(V5, **options), connect(V5)
    client.subscribe((topic, 1))
    for _ in range(3):
        publisher.publish(topic, b"x", 1)
    for _ in range(3):
        client.expect(Kind.PUBLISH)
    client.drop()
    again = connect(V5, client.client_id, **options)
    got = again.expect(Kind.PUBLISH, dup=True)
    assert got.topic == topic

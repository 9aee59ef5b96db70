"""Shared subscriptions: section 4.8.2 of 5.0."""

import pytest

import wire
from wire import V5, Kind, P

clause = pytest.mark.clause

NO_LOCAL = 0x04
KEPT = {"clean": False, "props": ((P.SESSION_EXPIRY, 60),)}


@pytest.fixture
def group(topic):
    return f"$share/g{topic}/{topic}"


@clause("MQTT5-4.8.2-1", "MQTT5-4.8.2-2")
@pytest.mark.parametrize("pattern", ["$share/", "$share/g", "$share/g/", "$share//t", "$share/+/t",
                                     "$share/#/t", "$share/g+/t", "$share/g#/t", "$share/#", "$share/+"])
def test_a_share_name_must_be_there_without_wildcards_and_followed_by_a_filter(connect, pattern):
    client = connect(V5)
    client.send(wire.subscribe(V5, 1, (pattern, 0)))
    answer = client.receive_or_end()
    assert (answer.reasons or [answer.reason])[0] in (0x81, 0x82, 0x8F), answer


@clause("MQTT5-4.8.2-1", "MQTT5-4.8.2-2")
@pytest.mark.parametrize("pattern", ["{t}", "{t}/a", "{t}/+", "{t}/#", "+/{t}", "/{t}"])
def test_the_filter_behind_the_share_name_may_be_any(connect, topic, pattern):
    client = connect(V5)
    pattern = pattern.format(t=topic)
    client.subscribe((f"$share/{topic}/{pattern}", 1))
    name = pattern.replace("+", "x").replace("#", "x/y")
    connect(V5).publish(name, b"x", 1)
    client.take(topic=name, payload=b"x")


@clause("MQTT5-3.8.3-4")
def test_no_local_on_a_shared_subscription_is_a_protocol_error(connect, group):
    client = connect(V5)
    client.send(wire.subscribe(V5, 1, (group, NO_LOCAL)))
    client.expect_refused(0x82)


@clause("MQTT5-4.8.2-1")
def test_each_message_goes_to_one_member_of_each_group_and_to_every_plain_subscriber(connect, topic, group):
    members = [connect(V5) for _ in range(3)]
    for member in members:
        member.subscribe((group, 1))
    other_group, plain, publisher = connect(V5), connect(V5), connect(V5)
    other_group.subscribe((f"$share/other{topic}/{topic}", 1))
    plain.subscribe((topic, 1))
    for n in range(30):
        publisher.publish(topic, b"%d" % n, 1)
    everything = [b"%d" % n for n in range(30)]
    assert collect(other_group) == everything
    assert collect(plain) == everything
    shares = [collect(member) for member in members]
    assert sorted(sum(shares, []), key=int) == everything
    assert all(shares), "one member received nothing of 30 messages"


@clause("MQTT5-4.8.2-3")
@pytest.mark.parametrize("granted", [0, 1, 2])
def test_a_member_receives_at_no_higher_qos_than_its_own(connect, topic, group, granted):
    member = connect(V5)
    member.subscribe((group, granted))
    connect(V5).publish(topic, b"x", 2)
    member.take(payload=b"x", qos=granted)


@clause("MQTT5-4.8.2-3")
def test_members_of_different_qos_each_keep_their_own(connect, topic, group):
    members = [connect(V5) for _ in range(3)]
    for qos, member in enumerate(members):
        member.subscribe((group, qos))
    publisher = connect(V5)
    for _ in range(12):
        publisher.publish(topic, b"x", 2)
    seen = 0
    for qos, member in enumerate(members):
        got = gather(member)
        seen += len(got)
        assert {each.qos for each in got} <= {qos}
    assert seen == 12


@clause("MQTT5-4.8.2-6", "MQTT5-4.4.0-2")
@pytest.mark.parametrize("qos", [1, 2])
def test_a_message_that_a_member_refuses_goes_to_no_other(connect, topic, group, qos):
    members = [connect(V5), connect(V5)]
    for member in members:
        member.subscribe((group, qos))
    connect(V5).publish(topic, b"x", qos)
    for _ in range(2):
        for member in members:
            for got in gather(member, settle=False):
                member.acknowledge(Kind.PUBACK if qos == 1 else Kind.PUBREC, got.packet_id, 0x80)
    assert [gather(member) for member in members] == [[], []]


@clause("MQTT5-4.8.2-4", "MQTT5-4.8.2-5")
def test_a_qos_2_delivery_that_began_is_completed_with_the_same_member(connect, topic, group):
    member = connect(V5, **KEPT)
    member.subscribe((group, 2))
    connect(V5).publish(topic, b"x", 2)
    packet_id = member.expect(Kind.PUBLISH, qos=2).packet_id
    other = connect(V5)
    other.subscribe((group, 2))
    member.drop()
    other.expect_nothing()
    again = connect(V5, member.client_id, **KEPT)
    again.take(payload=b"x", packet_id=packet_id, dup=True)
    other.expect_nothing()


@clause("MQTT5-4.8.2-5")
def test_a_qos_2_delivery_that_began_ends_with_the_session_of_its_member(connect, topic, group):
    member = connect(V5)
    member.subscribe((group, 2))
    connect(V5).publish(topic, b"x", 2)
    member.expect(Kind.PUBLISH, qos=2)
    other = connect(V5)
    other.subscribe((group, 2))
    member.disconnect()
    connect(V5, member.client_id).expect_nothing()
    other.expect_nothing()


@clause("MQTT5-4.8.2-1")
def test_retained_messages_are_not_sent_to_a_shared_subscription(connect, topic, group):
    """Section 4.8.2: they never are when it is first made."""
    publisher = connect(V5)
    publisher.publish(topic, b"kept", 1, retain=True)
    member = connect(V5)
    member.subscribe((group, 1))
    member.expect_nothing()
    publisher.publish(topic, b"", 1, retain=True)


@clause("MQTT5-4.8.2-1", "MQTT5-3.10.4-1")
def test_a_member_that_unsubscribes_leaves_the_messages_to_the_others(connect, topic, group):
    first, second, publisher = connect(V5), connect(V5), connect(V5)
    first.subscribe((group, 1))
    second.subscribe((group, 1))
    assert first.unsubscribe(topic).reasons == [0x11]
    assert first.unsubscribe(group).reasons == [0x00]
    for n in range(4):
        publisher.publish(topic, b"%d" % n, 1)
    assert collect(second) == [b"0", b"1", b"2", b"3"]
    first.expect_nothing()


@clause("MQTT5-4.8.2-1", "MQTT5-3.8.4-3")
def test_a_shared_and_a_plain_subscription_of_one_client_are_two(connect, topic, group):
    client = connect(V5)
    client.subscribe((group, 0), props=((P.SUBSCRIPTION_ID, 1),))
    client.subscribe((topic, 0), props=((P.SUBSCRIPTION_ID, 2),))
    connect(V5).publish(topic, b"x", 1)
    found = [each.all(P.SUBSCRIPTION_ID) for each in gather(client)]
    assert sorted(sum(found, [])) == [1, 2]


@clause("MQTT5-4.8.2-1")
def test_a_member_that_has_gone_gets_no_share(connect, topic, group):
    staying, leaving, publisher = connect(V5), connect(V5), connect(V5)
    staying.subscribe((group, 1))
    leaving.subscribe((group, 1))
    leaving.disconnect()
    for n in range(4):
        publisher.publish(topic, b"%d" % n, 1)
    assert collect(staying) == [b"0", b"1", b"2", b"3"]


def gather(client, settle=True):
    """Every message that has come to the client, settled or not."""
    messages = []
    client.send(wire.pingreq())
    while (got := client.receive()).kind != Kind.PINGRESP:
        if got.kind == Kind.PUBLISH:
            messages.append(got)
            if settle and got.qos:
                client.acknowledge(Kind.PUBACK if got.qos == 1 else Kind.PUBREC, got.packet_id)
        elif got.kind == Kind.PUBREL:
            client.acknowledge(Kind.PUBCOMP, got.packet_id)
    return messages


def collect(client):
    return [each.payload for each in gather(client)]

"""Topic names and filters: section 4.7."""

import pytest

import wire
from client import MALFORMED
from wire import V5, Kind

clause = pytest.mark.clause

MATCHES = [  # filter, names that match, names that do not; all under a topic of the test's own
    ("a/b", ["a/b"], ["a", "a/b/c", "a/B", "/a/b", "a/b/"]),
    ("a/#", ["a", "a/", "a/b", "a/b/c", "a//"], ["b", "ab", "aa/b"]),
    ("a/+", ["a/", "a/b"], ["a", "a/b/c", "a/b/"]),
    ("+/b", ["a/b", "/b"], ["b", "a/b/c", "a/c"]),
    ("+/+", ["a/b", "/", "a/", "/b"], ["a", "a/b/c"]),
    ("a/+/c", ["a/b/c", "a//c"], ["a/c", "a/b/b/c", "a/b/c/"]),
    ("a/+/#", ["a/b", "a/b/c", "a/", "a/b/c/d"], ["a"]),
    ("/+", ["/a", "/"], ["a", "/a/b"]),
    ("+", ["a", ""], ["a/", "/a", "a/b"]),
    ("a//b", ["a//b"], ["a/b", "a/x/b"]),
    ("sport/tennis/player1/#", ["sport/tennis/player1", "sport/tennis/player1/ranking",
                                "sport/tennis/player1/score/wimbledon"], ["sport/tennis/player2"]),
    ("a b/ç", ["a b/ç"], ["a b/c", "ab/ç"]),
]


@clause("MQTT-4.7.1-2", "MQTT-4.7.1-3", "MQTT-3.3.2-3", "MQTT-3.8.3-2", "MQTT5-4.7.1-1", "MQTT5-4.7.1-2",
        "MQTT5-3.3.2-3")
@pytest.mark.parametrize("pattern, hits, misses", MATCHES, ids=[each[0] for each in MATCHES])
def test_a_filter_matches_what_the_standard_says(connect, version, topic, marker, pattern, hits, misses):
    client, publisher = connect(version), connect(version)
    client.subscribe((f"{topic}/{pattern}", 0))
    marker.ready(client)
    for name in misses + hits:
        publisher.publish(f"{topic}/{name}", name.encode())
    for name in hits:
        client.take(topic=f"{topic}/{name}", payload=name.encode())
    marker.passed(publisher, client)


@clause("MQTT-4.7.1-2", "MQTT-4.7.1-3", "MQTT5-4.7.1-1", "MQTT5-4.7.1-2")
@pytest.mark.parametrize("pattern", ["#/a", "a#", "a/#/b", "a/b#", "##", "a/##", "a+", "+a", "a/+b", "a+/b", "++",
                                     "a/b+/c", "#+", "+#", "#/"])
def test_a_filter_with_a_misplaced_wildcard_is_refused(connect, version, pattern):
    client = connect(version)
    client.send(wire.subscribe(version, 1, (pattern, 0)))
    refused_filter(client)


@clause("MQTT-4.7.3-1", "MQTT5-4.7.3-1")
def test_an_empty_filter_is_refused(connect, version):
    client = connect(version)
    client.send(wire.subscribe(version, 1, ("", 0)))
    refused_filter(client)


@clause("MQTT-4.7.3-1", "MQTT5-4.7.3-1")
def test_an_empty_topic_name_ends_the_connection(connect, version):
    client = connect(version)
    client.send(wire.publish(version, "", b"x"))
    client.expect_refused(*MALFORMED, 0x90)


@clause("MQTT-4.7.1-1", "MQTT-3.3.2-2", "MQTT5-4.7.0-1", "MQTT5-3.3.2-2")
@pytest.mark.parametrize("name", ["+", "#", "a/+", "a/#", "a+b", "a#b", "+/a"])
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_topic_name_with_a_wildcard_ends_the_connection(connect, version, name, qos):
    client = connect(version)
    client.send(wire.publish(version, name, b"x", qos, 1 if qos else None))
    client.expect_refused(*MALFORMED, 0x90)


@clause("MQTT-4.7.2-1", "MQTT5-4.7.2-1")
@pytest.mark.parametrize("pattern", ["#", "+/#", "+/a", "+/+"])
def test_wildcards_at_the_front_do_not_match_topics_of_the_server(connect, version, topic, pattern):
    """Other tests' messages match these filters as well, so only the forbidden topic and the last one count."""
    client, publisher = connect(version), connect(version)
    forbidden, last = f"$private{topic}/a", f"{topic}/a"
    client.send(wire.subscribe(version, 9, (pattern, 0)))
    while client.receive().kind != Kind.SUBACK:
        pass
    publisher.publish(forbidden, b"x")
    publisher.publish(last, b"x")
    while (got := client.receive()).topic != last:
        assert got.topic != forbidden


@clause("MQTT-4.7.2-1", "MQTT5-4.7.2-1")
def test_a_filter_that_spells_the_dollar_level_matches_topics_of_the_server(connect, version, topic):
    client, publisher = connect(version), connect(version)
    client.subscribe((f"$private{topic}/#", 0))
    publisher.publish(f"$private{topic}/a", b"x")
    client.take(topic=f"$private{topic}/a")


@clause("MQTT-4.7.2-1", "MQTT5-4.7.2-1")
def test_a_dollar_that_does_not_begin_the_name_is_a_character_like_any_other(connect, version, topic):
    client, publisher = connect(version), connect(version)
    client.subscribe((f"+/{topic}/+", 0))
    publisher.publish(f"a$/{topic}/$b", b"x")
    client.take(topic=f"a$/{topic}/$b")


def test_a_topic_of_many_levels_is_matched_or_refused(connect, version, topic):
    """Section 4.7.1.1 sets no number of levels; 100 are moderate."""
    client, publisher = connect(version), connect(version)
    name = topic + "/x" * 100
    client.subscribe((topic + "/+" * 100, 0), (topic + "/x" * 99 + "/#", 0), (topic + "/+" * 99, 0))
    publisher.publish(name, b"deep", qos=1)
    client.take(topic=name, payload=b"deep")


def refused_filter(client):
    """A bad filter fails: the connection ends, or SUBACK says so."""
    answer = client.receive_or_end()
    if answer is not None and answer.kind == Kind.SUBACK:
        assert answer.reasons == [0x8F if client.version == V5 else 0x80]
        client.expect_nothing()
    elif client.version == V5:
        assert answer.reason in (*MALFORMED, 0x8F), answer
    else:
        assert answer is None

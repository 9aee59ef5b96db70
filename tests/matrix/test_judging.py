"""The matrix sees what it should."""

import dataclasses

import pytest

from tests.matrix import text_headers
from tests.matrix.both_ways import Side, rounds
from tests.matrix.exchange import Cell, joined, split
from tests.matrix.places import Place
from tests.matrix.places.kafka import kafka_name, topic_of
from tests.matrix.samples import RESTS, changed_fields, number_of, rest_of, sample
from tests.matrix.text_headers import Form


def cell_of(*arrivals) -> Cell:
    """Four messages are sent; each arrival is a number, or a number with what is other about it."""
    cell = Cell("one", "other")
    for arrival in arrivals:
        number, change = arrival if isinstance(arrival, tuple) else (arrival, {})
        rest = change.pop("rest", rest_of(number))
        cell.take(rest, dataclasses.replace(sample(number), **change), sample(number), number)
    cell.judge(4)
    return cell


def test_all_is_well_where_all_arrives_as_it_was():
    cell = cell_of(0, 1, 2, 3)
    assert cell.troubles == [] and cell.changed == {}


@pytest.mark.parametrize("arrivals, word", [
    ((0, 1, 3), "1 lost"),
    ((0, 1, 1, 2, 3), "1 came again"),
    ((0, 1, 2, (3, {"rest": "elsewhere"})), "1 at a wrong topic"),
    ((0, 1, 2, (3, {"body": b"\0\0\0\3other"})), "1 with another body"),
])
def test_what_must_not_be_is_told(arrivals, word):
    assert [word in trouble for trouble in cell_of(*arrivals).troubles] == [True]


def test_order_counts_within_a_topic():
    cell = Cell("one", "other")
    for number in (len(RESTS) + 1, 0, 1):
        cell.take(rest_of(number), sample(number), sample(number), number)
    assert cell.disorder == 1


def test_a_field_is_lost_or_narrowed():
    cell = cell_of(0, (1, {"content_type": None}), (2, {"message_id": "other"}), 3)
    assert cell.changed == {"content-type": "lost", "message-id": "narrowed"}


def test_headers_have_to_keep_order_repeats_and_types():
    whole = sample(1)
    for headers in (whole.headers[::-1], whole.headers[:-1], tuple((name, str(value)) for name, value in whole.headers)):
        assert changed_fields(whole, dataclasses.replace(whole, headers=headers)) == {"headers": "narrowed"}


def test_once_on_each_side_means_once():
    side = Side(Place())
    side.seen.update([0, 1, 1])
    assert len(side.troubles(3)) == 2


@pytest.mark.parametrize("names", ["abcdefg", "abcd", "ab"])
def test_each_pair_meets_once_and_nobody_twice_in_a_round(names):
    played = rounds(tuple(names))
    assert all(len(set(sum(pairs, ()))) == 2 * len(pairs) for pairs in played)
    met = [frozenset(pair) for pairs in played for pair in pairs]
    assert len(met) == len(set(met)) == len(names) * (len(names) - 1) // 2


@pytest.mark.parametrize("form", [Form(), Form(takes_bytes=True, prefix="h:"), Form(no_control_characters=True)])
def test_text_headers_come_back(form):
    for number in range(1, 40):
        message = sample(number)
        assert text_headers.read(text_headers.written(message, form), message.body, form) == message


def test_topics_and_numbers_come_back():
    for number, rest in enumerate(RESTS):
        assert split(joined("to", "mqtt", "kafka", rest)) == ("mqtt", "kafka", rest)
        assert topic_of(kafka_name(joined("to", rest))) == joined("to", rest)
        assert number_of(sample(number).body) == number

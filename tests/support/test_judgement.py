"""The tests' own judges see what they should: lost, repeated and reordered messages, and reports that prove nothing."""

import pytest

from tests.support.clients.inbox import Inbox, Received
from tests.support.load import judge
from tests.support.processes import free_port
from tests.support.results import Failure, Tally, read_junit


def inbox_of(*numbers: int) -> Inbox:
    inbox = Inbox()
    for number in numbers:
        inbox.put(Received("t", str(number).encode().ljust(20)))
    return inbox


def test_a_load_that_arrived_whole_is_sound():
    verdict = judge(inbox_of(0, 1, 2), {0, 1, 2})
    assert (verdict.received, verdict.repeats, verdict.lost, verdict.out_of_order) == (3, 0, [], [])


def test_an_acknowledged_message_that_did_not_arrive_is_lost():
    assert judge(inbox_of(0, 2), {0, 1, 2}).lost == [1]


def test_a_message_without_acknowledgement_may_be_missing():
    assert judge(inbox_of(0, 1), {0, 1}).lost == []


def test_a_repeat_is_no_disorder():
    verdict = judge(inbox_of(0, 1, 2, 1, 2, 3), {0, 1, 2, 3})
    assert (verdict.repeats, verdict.out_of_order) == (2, [])


def test_a_message_that_first_comes_after_a_later_one_is_out_of_order():
    assert judge(inbox_of(0, 2, 1), {0, 1, 2}).out_of_order == [1]


@pytest.mark.parametrize("text, passed, failed, skipped", [
    ('<testsuite><testcase name="a" status="run"/></testsuite>', 1, 0, 0),
    ('<testsuites><testsuite><testcase name="a"/><testcase name="b"><failure message="m"/></testcase></testsuite></testsuites>', 1, 1, 0),
    ('<testsuite><testcase name="a"><error message="m"/></testcase></testsuite>', 0, 1, 0),
    ('<testsuite><testcase name="a"><skipped/></testcase><testcase name="b"/></testsuite>', 1, 0, 1),
    ('<testsuite><testcase name="a" status="notrun"><skipped message="Unable to find executable"/></testcase></testsuite>', 0, 1, 0),
    ('<testsuite><testcase name="a" status="fail"><failure message=""/></testcase></testsuite>', 0, 1, 0),
    ('<testsuite/>', 0, 1, 0),
    ('<testsuite><testcase', 0, 1, 0),
])
def test_a_report_is_read_as_it_is_meant(tmp_path, text, passed, failed, skipped):
    (tmp_path / "report.xml").write_text(text)
    tally = read_junit(tmp_path / "report.xml")
    assert (tally.passed, len(tally.failures), tally.skipped) == (passed, failed, skipped)


def test_a_missing_report_is_a_failure(tmp_path):
    assert read_junit(tmp_path / "none.xml").failures


def test_what_several_failures_share_is_told_once():
    tally = Tally(failures=[Failure("a", "no server:\nport taken"), Failure("b", "other"), Failure("c", "no server:\nport taken")])
    assert list(tally.told()) == ["FAILED a: no server:", "  port taken", "  and 1 more for the same reason: c", "FAILED b: other"]


def test_a_port_is_not_given_twice():
    given = [free_port() for _ in range(2000)]
    assert len(set(given)) == len(given)

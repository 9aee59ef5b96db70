"""Every statement of the standards has a test that names it, or a reason why a server can't be tested for it."""

import coverage


def test_every_statement_has_a_test_or_a_reason():
    assert coverage.problems() == []


def test_both_standards_are_whole():
    counts = {version: len(entries) for version, entries in coverage.statements().items()}
    assert counts == {"3.1.1": 141, "5.0": 251}

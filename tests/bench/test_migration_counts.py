"""The verdict over a migration: whatever is lost, doubled, left out or different speaks against it."""

from collections import Counter
from dataclasses import replace

import pytest

from bench.migration_counts import Found, judge
from tests.bench.run_reports import report, row

TRUTH = {
    "items": 2, "comments": 2, "attachments": 1, "links": 3,
    "relations": {"System.LinkTypes.Hierarchy-Forward": 2, "System.LinkTypes.Related": 2},
}  # fmt: skip
FOUND = Found(
    issues={1: ["MOVED-1"], 2: ["MOVED-2"]},
    comments=Counter({11: 1, 21: 1}),
    links=Counter({("10003", frozenset(("10001", "10002"))): 1}),
    files=Counter({("10001", "a.png", "ab" * 32): 1}),
)
RUN = {"state": "done", "phase": "report"}


def test_a_run_in_which_everything_arrived_once_holds():
    verdict = judge(FOUND, report(), TRUTH, RUN)
    assert verdict.holds, verdict.wrong
    assert verdict.lost == verdict.doubled == {"issues": 0, "comments": 0, "links": 0, "attachments": 0}


@pytest.mark.parametrize(
    ("of", "reason"),
    [("Epic", "gone"), ("Bug", "unreadable"), ("comments", "item_failed"), ("links", "other_end_missing"),
     ("attachments", "gone"), ("bytes", "too_large")],
)  # fmt: skip
@pytest.mark.parametrize("state", ["skipped", "failed"])
def test_what_was_left_out_speaks_against_it_whatever_the_reason(of, reason, state):
    """The ledger balances, and tells of what Jira has."""
    verdict = judge(FOUND, report(of=of, changes={state: {reason: 1}}), TRUTH, RUN)
    assert not verdict.holds
    assert any(reason in sentence for sentence in verdict.wrong)


def test_what_was_skipped_and_is_not_in_jira_is_lost():
    found = replace(FOUND, issues={1: ["MOVED-1"]}, comments=Counter({11: 1}))
    skipped = report(of="comments", changes={"created": 1, "skipped": {"item_skipped": 1}})
    skipped["ledger"]["types"]["Epic"] = row(1, created=0, skipped={"gone": 1})
    verdict = judge(found, skipped, TRUTH, RUN)
    assert (verdict.lost["issues"], verdict.lost["comments"]) == (1, 1)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"differences": {"status": 1}}, "status"),
        ({"differences": {"parent,sprint": 2}}, "parent,sprint"),
        ({"complete": False}, "scope"),
        ({"balanced": False}, "balance"),
        ({"of": "comments", "changes": {"open": 1}}, "open"),
        ({"of": "comments", "changes": {"created": 3}}, "the ledger tells of 3"),
        ({"of": "links", "changes": {"scanned": 2}}, "2 links were scanned, there are 1"),
    ],
)
def test_what_the_report_tells_speaks_against_it(changes, word):
    verdict = judge(FOUND, report(**changes), TRUTH, RUN)
    assert not verdict.holds
    assert any(word in sentence for sentence in verdict.wrong)


def test_a_run_that_did_not_end_speaks_against_it():
    verdict = judge(FOUND, report(), TRUTH, {"state": "running", "phase": "items", "waiting": "Jira is away"})
    assert verdict.wrong == ["the run is running in the phase items: Jira is away"]


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("issues", {"issues": {1: ["MOVED-1", "MOVED-3"], 2: ["MOVED-2"]}}),
        ("comments", {"comments": Counter({11: 2, 21: 1})}),
        ("links", {"links": Counter({("10003", frozenset(("10001", "10002"))): 2})}),
        ("attachments", {"files": Counter({("10001", "a.png", "ab" * 32): 2})}),
    ],
)
def test_what_is_there_twice_is_doubled(kind, changes):
    verdict = judge(replace(FOUND, **changes), report(), TRUTH, RUN)
    assert not verdict.holds
    assert {name: count for name, count in verdict.doubled.items() if count} == {kind: 1}


def test_an_issue_that_names_no_work_item_speaks_against_it():
    assert not judge(replace(FOUND, strangers=1), report(), TRUTH, RUN).holds

"""How changes travel with the ledger beside them: what is spared, what is kept of a failure, what it costs."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from domain.changes import Removal
from domain.errors import Unavailable
from domain.issue_keys import KeyRules
from jobs.devinfo import Road, send_changes
from tests.jobs.jira_wire import SOURCE, commits, open_picky

NOWHERE: Any = None  # these roads look nothing up


@pytest.fixture
def picky():
    yield from open_picky()


@pytest.fixture
def road(services, picky):
    return Road(
        installation_id="site", link_id="link", source=SOURCE, rules=KeyRules(), kinds=frozenset({"commits"}),
        git=NOWHERE, pipelines=NOWHERE, memory=NOWHERE, history=NOWHERE, jira=picky.client, ledger=services.ledger,
        now=services.now, confirm=lambda rules, texts: rules,
    )  # fmt: skip


@pytest.fixture
def statements(services):
    """The statements of the database since this was asked last."""
    seen: list[str] = []
    event.listen(services.engine, "before_cursor_execute", lambda *found: seen.append(found[2]))

    def statements():
        told = seen[:]
        seen.clear()
        return told

    return statements


def states(services):
    return {row.entity_id: row.state for row in services.ledger.list_repository("link", "repo")}


def test_what_jira_has_is_counted_as_skipped(road, picky):
    assert send_changes(commits(3), road).skipped == 0
    again = send_changes(commits(3), road)
    assert (again.skipped, again.calls, again.accepted) == (3, 0, 0)
    assert set(again.unsent.values()) == {"unchanged"}
    assert picky.calls == 1


def test_history_that_jira_has_is_not_sent(road, picky):
    send_changes(commits(3), road)
    later = [replace(change, sequence=9) for change in commits(4)]
    assert send_changes(later, replace(road, lane="backfill")).accepted == 1
    assert picky.held == {"0", "1", "2", "3"}


def test_a_removal_of_what_was_never_sent_makes_no_call(road):
    delivery = send_changes([Removal("branch", "main", 1, "repo"), Removal("repository", "repo", 1, "repo")], road)
    assert (delivery.calls, set(delivery.unsent.values())) == (0, {"absent"})


def test_a_refusal_is_in_the_ledger_in_jiras_words(road, picky, services):
    picky.poisoned = {"1"}
    send_changes(commits(3), road)
    assert states(services) == {"0": "accepted", "1": "failed", "2": "accepted"}
    (refused,) = (row for row in services.ledger.list_repository("link", "repo") if row.state == "failed")
    assert "something here is wrong" in refused.answer


def test_what_jira_took_before_it_went_down_is_not_sent_again(road, picky, services):
    many = commits(450)  # two requests
    picky.fails_after = 1
    with pytest.raises(Unavailable):
        send_changes(many, road)
    assert sorted(states(services).values()) == ["accepted"] * 400 + ["sending"] * 50
    picky.fails_after = None
    assert send_changes(many, road).accepted == 50
    assert set(states(services).values()) == {"accepted"}


def test_a_batch_costs_a_handful_of_statements(road, statements):
    send_changes(commits(200), road)
    assert len(statements()) <= 12
    send_changes(commits(200), road)
    assert len(statements()) <= 4

"""What becomes of each entity when Jira refuses some of a request."""

import pytest

from domain.bulk import pack_requests
from domain.changes import Removal
from domain.errors import NotFound, Unavailable
from jobs.delivery import Delivery, send_requests
from tests.jobs.jira_wire import SOURCE, commits, open_picky


@pytest.fixture
def picky():
    yield from open_picky()


@pytest.mark.parametrize("status", [400, 413])
def test_only_the_poisoned_entities_are_refused(picky, status):
    picky.status, picky.poisoned = status, {"7", "30"}
    delivery = send_requests(pack_requests(commits(64), SOURCE), picky.client)
    assert {who[2] for who in delivery.failed} == picky.poisoned
    assert picky.held == {str(number) for number in range(64)} - picky.poisoned
    assert delivery.accepted == 62
    assert all("something here is wrong" in why for why in delivery.failed.values())
    assert picky.calls < 30


def test_a_removal_of_what_is_not_there_is_done(picky):
    picky.delete_status = 404
    delivery = send_requests(pack_requests([Removal("branch", "main", 1, "repo")], SOURCE), picky.client)
    assert (delivery.accepted, delivery.failed) == (1, {})


def test_a_removal_that_jira_refuses_is_told(picky):
    picky.delete_status = 400
    delivery = send_requests(pack_requests([Removal("branch", "main", 1, "repo")], SOURCE), picky.client)
    assert [who[0] for who in delivery.failed] == ["branch"]


def test_a_removal_waits_when_jira_is_down(picky):
    picky.delete_status = 500
    with pytest.raises(Unavailable):
        send_requests(pack_requests([Removal("branch", "main", 1, "repo")], SOURCE), picky.client)


def test_an_address_that_jira_does_not_know_is_no_success(picky):
    picky.status, picky.poisoned = 404, {"0"}
    with pytest.raises(NotFound):
        send_requests(pack_requests(commits(1), SOURCE), picky.client)


def test_everything_that_was_answered_is_told(picky):
    picky.poisoned = {"1"}
    removal = Removal("branch", "main", 1, "repo")
    delivery = send_requests(pack_requests([*commits(3), removal], SOURCE), picky.client)
    assert {who[2] for who in delivery.answered} == {"0", "1", "2", "main"}


def test_what_was_answered_before_a_failure_is_told(picky):
    picky.delete_status, told = 500, Delivery()
    with pytest.raises(Unavailable):
        send_requests(pack_requests([*commits(2), Removal("branch", "main", 1, "repo")], SOURCE), picky.client, told)
    assert {who[2] for who in told.answered} == {"0", "1"}

"""Accounts of people on the stand-in site: found by an exact mail address, and looked up by id."""

from collections.abc import Iterator

import pytest

from clients.jira import JiraClient
from clients.jira_accounts import ACCOUNTS, find_account, list_active
from sandbox.jira_migration import add_person
from tests.sandbox.issue_rig import IssueRig, running_issues
from tests.sandbox.jira_client import client_of


@pytest.fixture(scope="module")
def rig() -> Iterator[IssueRig]:
    with running_issues() as rig:
        add_person(rig.site, "Nora Berg", "nora@example.com")
        add_person(rig.site, "Nora Bergdahl", "nora@example.com.au")
        add_person(rig.site, "Two", "both@example.com")
        twin = add_person(rig.site, "Too", "BOTH@example.com")
        assert twin.account_id
        yield rig
        assert rig.site.violations == []


@pytest.fixture(scope="module")
def jira(rig: IssueRig) -> JiraClient:
    return client_of(rig.rig)


def account(rig: IssueRig, mail: str) -> str:
    return next(one.account_id for one in rig.site.people.values() if one.email == mail)


@pytest.mark.parametrize(
    ("mail", "found"),
    [
        ("nora@example.com", True),
        ("NORA@Example.com", True),
        ("nora", False),  # a name begins like this
        ("greta@example.com", False),  # not active
        ("hugo@example.com", False),  # shows no address
        ("robot@example.com", False),  # an app
        ("nobody@example.com", False),
    ],
)
def test_an_account_is_found_by_exactly_its_mail_address(
    rig: IssueRig, jira: JiraClient, mail: str, found: bool
) -> None:
    assert find_account(jira, mail) == (account(rig, mail.lower()) if found else None)


def test_of_two_accounts_with_one_address_none_is_taken(jira: JiraClient) -> None:
    assert find_account(jira, "both@example.com") is None


def test_accounts_are_there_and_active_or_not(rig: IssueRig, jira: JiraClient) -> None:
    nora, greta = account(rig, "nora@example.com"), account(rig, "greta@example.com")
    unknown = [f"unknown-{number}" for number in range(ACCOUNTS)]
    assert list_active(jira, [*unknown, nora, greta, nora]) == {nora}
    assert list_active(jira, []) == frozenset()

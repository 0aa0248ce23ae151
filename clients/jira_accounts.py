"""Accounts of a Jira site for the people of a migration. Mail addresses pass through and are not kept.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users/
"""

from collections.abc import Iterable
from dataclasses import dataclass

from clients.jira import JiraClient
from clients.jira_answers import read_jira, read_list
from domain.json_fields import flag, optional_text, records, text
from domain.records import Json

ACCOUNTS = 100  # ids of one call; an address with more would be too long
SEARCHED = 50
PERSON = "atlassian"  # the kind of account that is neither an app nor a customer


@dataclass(frozen=True, slots=True)
class AccountName:
    """An account by the name it shows, for a person who chooses one. The name is not kept."""

    id: str
    name: str


def find_account(client: JiraClient, mail: str) -> str | None:
    """The only active account that shows exactly this mail address; most people of a site do not show theirs.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-user-search/#api-rest-api-3-user-search-get
    """
    same = {
        read_jira(lambda one: text(one, "accountId"), entry)
        for entry in _search(client, mail)
        if _is_person(entry) and (optional_text(entry, "emailAddress") or "").casefold() == mail.casefold()
    }
    return same.pop() if len(same) == 1 else None


def list_active(client: JiraClient, accounts: Iterable[str]) -> frozenset[str]:
    """Which of some accounts are there and active.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users/#api-rest-api-3-user-bulk-get
    """
    found = (entry for entry in _read_accounts(client, accounts) if _is_person(entry))
    return frozenset(read_jira(lambda one: text(one, "accountId"), entry) for entry in found)


def name_accounts(client: JiraClient, accounts: Iterable[str]) -> tuple[AccountName, ...]:
    """The names of some accounts, also of those that are not active any more; who is not there is left out."""
    return tuple(read_jira(_account_name, entry) for entry in _read_accounts(client, accounts))


def search_accounts(client: JiraClient, words: str) -> tuple[AccountName, ...]:
    """Active accounts of people whose name or mail address begins like this, SEARCHED at most."""
    return tuple(read_jira(_account_name, entry) for entry in _search(client, words) if _is_person(entry))


def _search(client: JiraClient, words: str) -> list[Json]:
    query = {"query": words, "maxResults": str(SEARCHED)}
    return list(read_list(client.send("GET", "platform", "/user/search", query, endpoint="user-search")))


def _read_accounts(client: JiraClient, accounts: Iterable[str]) -> list[Json]:
    wanted = sorted(set(accounts))
    found: list[Json] = []
    for start in range(0, len(wanted), ACCOUNTS):
        asked = [("maxResults", str(ACCOUNTS)), *(("accountId", one) for one in wanted[start : start + ACCOUNTS])]
        answer = client.send("GET", "platform", "/user/bulk", asked, endpoint="user-bulk")
        found += read_jira(lambda page: records(page, "values"), answer)
    return found


def _account_name(entry: Json) -> AccountName:
    return AccountName(text(entry, "accountId"), text(entry, "displayName"))


def _is_person(entry: Json) -> bool:
    return flag(entry, "active") and optional_text(entry, "accountType") in (PERSON, None)

"""Accounts of a Jira site for the people of a migration. Mail addresses pass through and are not kept.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users/
"""

from collections.abc import Iterable

from clients.jira import JiraClient
from clients.jira_answers import read_jira, read_list
from domain.json_fields import flag, optional_text, records, text
from domain.records import Json

ACCOUNTS = 100  # ids of one call; an address with more would be too long
SEARCHED = 50
PERSON = "atlassian"  # the kind of account that is neither an app nor a customer


def find_account(client: JiraClient, mail: str) -> str | None:
    """The only active account that shows exactly this mail address; most people of a site do not show theirs.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-user-search/#api-rest-api-3-user-search-get
    """
    query = {"query": mail, "maxResults": str(SEARCHED)}
    found = read_list(client.send("GET", "platform", "/user/search", query, endpoint="user-search"))
    same = {
        read_jira(lambda one: text(one, "accountId"), entry)
        for entry in found
        if _is_person(entry) and (optional_text(entry, "emailAddress") or "").casefold() == mail.casefold()
    }
    return same.pop() if len(same) == 1 else None


def list_active(client: JiraClient, accounts: Iterable[str]) -> frozenset[str]:
    """Which of some accounts are there and active.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users/#api-rest-api-3-user-bulk-get
    """
    wanted = sorted(set(accounts))
    found: set[str] = set()
    for start in range(0, len(wanted), ACCOUNTS):
        asked = [("maxResults", str(ACCOUNTS)), *(("accountId", one) for one in wanted[start : start + ACCOUNTS])]
        answer = client.send("GET", "platform", "/user/bulk", asked, endpoint="user-bulk")
        entries = read_jira(lambda page: records(page, "values"), answer)
        found |= {read_jira(lambda one: text(one, "accountId"), entry) for entry in entries if _is_person(entry)}
    return frozenset(found)


def _is_person(entry: Json) -> bool:
    return flag(entry, "active") and optional_text(entry, "accountType") in (PERSON, None)

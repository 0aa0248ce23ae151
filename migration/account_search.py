"""Finds the Jira accounts of people by their mail address, and by nothing else. Addresses are in memory only."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import structlog

from clients.ado_work_items import ITEM_PAGE, WorkItemsApi
from clients.jira import JiraClient
from clients.jira_accounts import find_account
from domain.errors import RateLimited
from domain.scan_reports import ScanReport
from domain.work_items import Identity, SourceProject, WorkItemField

log = structlog.get_logger("crosswalk.accounts")

MOST_PEOPLE = 2_000  # who are named most; the others are told to be not looked up
AT_ONCE = 4
SECONDS = 100.0  # longer than one request waits for: whoever asks again finds the answer
NOT_FOUND = ""  # in place of an account id: it was looked for


def find_accounts(
    api: WorkItemsApi, jira: JiraClient, report: ScanReport, source: SourceProject, seconds: float = SECONDS
) -> dict[str, str]:
    """Account ids by identity id, '' for people without one; who is not in it was not looked up.

    Raises the CallError of an answer; when Jira asks for a pause, or the time is over, with what was found so far.
    """
    mails = read_mails(api, report, source)
    asked = sorted(mails, key=lambda person: -report.people[person])[:MOST_PEOPLE]
    ends = time.monotonic() + seconds

    def look_up(person: str) -> str | None:
        return (find_account(jira, mails[person]) or NOT_FOUND) if time.monotonic() < ends else None

    found: dict[str, str] = {person: NOT_FOUND for person in report.people if person not in mails}
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="accounts") as threads:
        for start in range(0, len(asked), ITEM_PAGE):
            part = asked[start : start + ITEM_PAGE]
            try:
                answers = list(threads.map(look_up, part))
            except RateLimited as error:
                log.warning("accounts.paused", looked_up=len(found), error=type(error).__name__)
                break
            found |= {person: account for person, account in zip(part, answers, strict=True) if account is not None}
    return found


def read_mails(api: WorkItemsApi, report: ScanReport, source: SourceProject) -> Mapping[str, str]:
    """Mail addresses by identity id."""
    people = read_people(api, report, source.fields)
    return {person: one.unique_name for person, one in people.items() if "@" in one.unique_name}


def read_people(api: WorkItemsApi, report: ScanReport, fields: Sequence[WorkItemField]) -> dict[str, Identity]:
    """The people of a scan, from the work items that name them; a call for 200 of these."""
    names = [field.name for field in fields if field.is_identity]
    items = sorted({report.people_examples[person] for person in report.people if person in report.people_examples})
    found: dict[str, Identity] = {}
    for start in range(0, len(items) if names else 0, ITEM_PAGE):
        for values in api.read_values(items[start : start + ITEM_PAGE], names).values():
            found |= {one.id: one for one in values.values() if isinstance(one, Identity)}
    return {person: one for person, one in found.items() if person in report.people}

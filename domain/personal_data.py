"""Whose account ids are to be reported to Atlassian, and what it answers. Pure.

Source: https://developer.atlassian.com/cloud/jira/platform/user-privacy-developer-guide/
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from domain.json_fields import optional_text, records, text
from domain.records import Json

REPORT_LIMIT = 90  # accounts in one report
UNKNOWN_ACCOUNT = "unknown"  # what Jira says where it does not tell: never to be reported
DEFAULT_CYCLE = 7 * 24 * 3_600_000  # ms
SHORTEST_CYCLE = 3_600_000  # a worker looks once an hour
LONGEST_CYCLE = 30 * 24 * 3_600_000  # a slip of the other side must not end the reports
# ISO 8601, without years and months, which have no fixed length
DURATION = re.compile(r"P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9})S)?)?")
UNIT_SECONDS = (7 * 86_400, 86_400, 3_600, 60, 1)


@dataclass(frozen=True, slots=True)
class HeldAccount:
    """An Atlassian account of which something is held; `updated_at` (ms) is the oldest of it."""

    account_id: str
    updated_at: int


@dataclass(frozen=True, slots=True)
class ReportAnswer:
    """Which of the reported accounts are closed or changed, and how long it is until the next report (ms)."""

    closed: tuple[str, ...]
    updated: tuple[str, ...]
    cycle: int


def build_report(accounts: Sequence[HeldAccount]) -> Mapping[str, object]:
    """The body of one report of at most REPORT_LIMIT accounts; times as RFC 3339 in UTC, to the millisecond."""
    return {"accounts": [{"accountId": one.account_id, "updatedAt": _timestamp(one.updated_at)} for one in accounts]}


def read_report(body: Json, cycle_period: str | None, reported: Sequence[HeldAccount]) -> ReportAnswer:
    """What an answer (empty for a 204) says of the accounts that were reported, and of no others. Raises BadEvent."""
    asked = {one.account_id for one in reported}
    told = [(text(one, "accountId"), optional_text(one, "status")) for one in records(body, "accounts")]
    closed = tuple(account for account, status in told if status == "closed" and account in asked)
    updated = tuple(account for account, status in told if status == "updated" and account in asked)
    return ReportAnswer(closed, updated, read_cycle(cycle_period))


def read_cycle(cycle_period: str | None) -> int:
    """The header `Cycle-Period` (an ISO 8601 duration, as `P7D`) in ms, between an hour and thirty days.

    Absent or unreadable is the documented default, seven days.
    """
    found = DURATION.fullmatch((cycle_period or "").strip().upper())
    parts = found.groups(default="0") if found else ()
    seconds = sum(int(part) * unit for part, unit in zip(parts, UNIT_SECONDS, strict=False))
    return min(max(seconds * 1000, SHORTEST_CYCLE), LONGEST_CYCLE) if seconds else DEFAULT_CYCLE


def _timestamp(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

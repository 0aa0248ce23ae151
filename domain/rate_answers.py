"""What an answer says about our rate, as a value. Pure: the governor remembers it.

Sources: https://learn.microsoft.com/azure/devops/integrate/concepts/rate-limits,
https://developer.atlassian.com/cloud/jira/platform/rate-limiting/
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Literal

from domain.rates import policy_of

NUMBER = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,9})?")
LONGEST_PAUSE = 3600.0  # seconds; however long the other side asks us to wait, we look again after an hour
ISSUE_PAUSE = 1.0  # one issue was written too often, the others were not
NEAR_SECONDS = 10.0
WINDOW_SECONDS = 300.0  # in which Azure DevOps counts
Reason = Literal["asked", "refused", "delayed", "quota", "burst", "issue", "near", "left"]
JIRA_REASONS: Mapping[str, Reason] = {
    "jira-quota-global-based": "quota",
    "jira-quota-tenant-based": "quota",
    "jira-burst-based": "burst",
    "jira-per-issue-on-write": "issue",
}


@dataclass(frozen=True, slots=True)
class Allowance:
    """What Azure DevOps has left for an identity, of how much, and when it will have everything (epoch seconds)."""

    remaining: float
    limit: float
    reset: float


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do after an answer.

    `pause` in seconds, None for as long as the refusals before it make advisable (with `strike`); `whole` for every
    group of the scope; `strike`: we were too fast.
    """

    reason: Reason
    pause: float | None = 0.0
    whole: bool = False
    strike: bool = False
    allowance: Allowance | None = None


def read_advice(group: str, status: int, headers: Mapping[str, str], now: float) -> Advice | None:
    """What an answer to a call of `group` tells at `now` (epoch seconds); None for the usual: nothing."""
    asked = min(retry_seconds(headers, now) or 0.0, LONGEST_PAUSE) or None
    if policy_of(group).system == "Jira":
        return _read_jira(status, headers, asked)
    return _read_ado(status, headers, asked, now)


def _read_ado(status: int, headers: Mapping[str, str], asked: float | None, now: float) -> Advice | None:
    """`Retry-After` comes with any status; every service counts for the same identity, so all of them pause."""
    allowance = _read_allowance(headers, now)
    if status == 429:
        return Advice("refused", asked, whole=True, strike=True, allowance=allowance)
    if asked:
        return Advice("asked", asked, whole=True, strike=status < 400, allowance=allowance)
    if _number(headers, "X-RateLimit-Delay"):
        return Advice("delayed", whole=True, strike=True, allowance=allowance)
    return Advice("left", whole=True, allowance=allowance) if allowance else None


def _read_jira(status: int, headers: Mapping[str, str], asked: float | None) -> Advice | None:
    """A 429 of the gateway tells neither time nor reason. `Beta-RateLimit` headers tell of limits that do not bind."""
    if status == 429:
        reason = JIRA_REASONS.get(headers.get("RateLimit-Reason", "").strip().lower(), "refused")
        if reason == "issue":
            return Advice("issue", ISSUE_PAUSE)
        return Advice(reason, asked, whole=reason == "quota", strike=True)
    if asked:
        return Advice("asked", asked)
    near = headers.get("X-RateLimit-NearLimit", "").strip().lower() == "true"
    return Advice("near") if near else None


def _read_allowance(headers: Mapping[str, str], now: float) -> Allowance | None:
    remaining, limit = _number(headers, "X-RateLimit-Remaining"), _number(headers, "X-RateLimit-Limit")
    if remaining is None or not limit:
        return None
    reset = _number(headers, "X-RateLimit-Reset")
    # with clocks that differ it may seem to be over
    ends = now + WINDOW_SECONDS if reset is None else min(max(reset, now + 1), now + LONGEST_PAUSE)
    return Allowance(min(remaining, limit), limit, ends)


def retry_seconds(headers: Mapping[str, str], now: float) -> float | None:
    """`Retry-After` in seconds, from a number or a date; None when it is absent or unreadable."""
    text = headers.get("Retry-After", "").strip()
    if NUMBER.fullmatch(text):
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now) if text else None
    except ValueError:
        return None


def _number(headers: Mapping[str, str], name: str) -> float | None:
    text = headers.get(name, "").strip()
    found = float(text) if NUMBER.fullmatch(text) else math.inf
    return found if math.isfinite(found) else None

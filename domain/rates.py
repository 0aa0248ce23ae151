"""How fast calls may go: a rate for each group of endpoints, and what part of it each lane may use.

The numbers are where we begin; what the other side answers slows them down (`domain/rate_answers.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.lanes import Lane

# Calls that may go at once after a rest: as many as in this time. With half of a limit per second as the rate,
# no second ever sees more than the limit.
BURST_SECONDS = 1.0
# How long a call waits by itself; a longer wait is told to whoever holds the work. Milliseconds.
PATIENCE: Mapping[Lane, int] = {"live": 1_000, "reconcile": 5_000, "backfill": 5_000, "migration": 5_000}
# After a pause the lanes come back one after the other. Milliseconds after its end.
RETURNS: Mapping[Lane, int] = {"live": 0, "reconcile": 1_000, "backfill": 2_000, "migration": 4_000}
# Below this part of what Azure DevOps has left for us a lane stops until it is there again
FLOORS: Mapping[Lane, float] = {"live": 0.0, "reconcile": 0.25, "backfill": 0.5, "migration": 0.6}
EASE = 0.25  # a lane slows down evenly over this much above its floor
LEAST = 0.02  # and never below this part of its rate
# While Jira says that a limit is near
NEAR: Mapping[Lane, float] = {"live": 1.0, "reconcile": 0.5, "backfill": 0.25, "migration": 0.1}

# Bursts per site and endpoint, shared by all apps of the site: GET and POST 100, PUT and DELETE 50 per second
# https://developer.atlassian.com/cloud/jira/platform/rate-limiting/
JIRA_LIMITS: Mapping[str, float] = {"GET": 100, "POST": 100, "PUT": 50, "DELETE": 50}
JIRA_PART = 0.5  # ours; the rest is for the site's other apps
JIRA_SHARES: Mapping[Lane, float] = {"live": 1.0, "reconcile": 0.5, "backfill": 0.25, "migration": 0.125}
# Endpoints that a migration calls and hardly anything else (`POST platform/comment`; `search` and `bulkfetch` also
# serve who picks an issue): it may use most of their limit, because next to nobody of ours waits behind it, and what it
# leaves is for the site's other apps. After a rest few go at once: with this much no second sees more than the limit
# either
OWN_PART = 0.9
OWN_BURST_SECONDS = 0.1
OWN_SHARES: Mapping[Lane, float] = {"live": 1.0, "reconcile": 1.0, "backfill": 1.0, "migration": 1.0}
# Azure DevOps counts load (200 units in five minutes for one identity), not calls, and publishes no formula
# https://learn.microsoft.com/azure/devops/integrate/concepts/rate-limits
# So the answers decide. The start is far above what events need and stops no more than a loop gone wild; what nobody
# waits for begins with a part of it, the calls of a few busy threads. A migration reads comments and files one work
# item a call, so it begins with more than history, and stops before it (FLOORS).
ADO_PER_SECOND = 1_000.0
ADO_SHARES: Mapping[Lane, float] = {"live": 1.0, "reconcile": 0.1, "backfill": 0.05, "migration": 0.1}


@dataclass(frozen=True, slots=True)
class Policy:
    """The rate of one group of endpoints, and the part of it that each lane may use."""

    system: str
    per_second: float
    shares: Mapping[Lane, float]
    burst_seconds: float = BURST_SECONDS
    at_once: int = 1  # calls that a busy process takes leave for in one step; more than one where the rate is high

    @property
    def interval(self) -> float:
        """Milliseconds between two calls."""
        return 1000.0 / self.per_second


JIRA: Mapping[str, Policy] = {
    method: Policy("Jira", limit * JIRA_PART, JIRA_SHARES) for method, limit in JIRA_LIMITS.items()
}
JIRA_OWN: Mapping[str, Policy] = {
    method: Policy("Jira", limit * OWN_PART, OWN_SHARES, OWN_BURST_SECONDS) for method, limit in JIRA_LIMITS.items()
}
ADO = Policy("Azure DevOps", ADO_PER_SECOND, ADO_SHARES, at_once=16)


def policy_of(group: str) -> Policy:
    """The policy of a group: `METHOD api` is Jira, `METHOD api/endpoint` what is for migrations there, one word is a
    service of Azure DevOps.
    """
    method, space, api = group.partition(" ")
    policies = JIRA_OWN if "/" in api else JIRA
    return policies.get(method, policies["PUT"]) if space else ADO

"""In which state a subscription of ours is, and which of those that send to us are not ours. Decides no remedy."""

from collections.abc import Collection, Sequence

from domain.records import Json
from domain.subscriptions import ENABLED, WantedSubscription, find_hook, is_as_asked, sends_to

# Azure DevOps' own words: https://learn.microsoft.com/rest/api/azure/devops/hooks/subscriptions
ON_PROBATION, BY_SYSTEM, BY_USER, OWNER_INACTIVE = (
    "onProbation", "disabledBySystem", "disabledByUser", "disabledByInactiveIdentity",
)  # fmt: skip
# and ours
DELETED, EDITED = "deleted", "edited"
RESTING = frozenset({BY_USER, OWNER_INACTIVE})  # a person switched it off, or must act: it is left alone

MINUTE = 60_000  # ms
FIRST_PAUSE = 15 * MINUTE
LONGEST_PAUSE = 240 * MINUTE


def judge_hook(existing: Json | None, wanted: WantedSubscription) -> str:
    """The state: `enabled` when it is in order, the word of Azure DevOps when it is switched off, else ours."""
    if existing is None:
        return DELETED
    status = str(existing.get("status") or ENABLED)
    if status != ENABLED:
        return status
    return ENABLED if is_as_asked(existing, wanted) else EDITED


def is_owned_by(existing: Json, user_id: str) -> bool:
    """Whether this person made it. A subscription belongs to its maker for good, so another must make it anew."""
    maker = existing.get("createdBy") or {}
    return str(maker.get("id", "")).lower() == user_id.lower()


def find_strays(
    found: Sequence[Json], public_url: str, *, known_ids: Collection[str], foreign_hooks: Collection[str]
) -> tuple[Json, ...]:
    """Subscriptions that send to this Crosswalk and were not made by it: doubles, dead hooks, other addresses.

    `known_ids`: those that were; `foreign_hooks`: hooks of other sites, which are none of this one's business.
    """
    return tuple(
        one
        for one in found
        if sends_to(one, public_url)
        and str(one["id"]) not in known_ids
        and find_hook(one, public_url) not in foreign_hooks
    )


def repair_pause(repairs: int) -> int:
    """How long to wait (ms) after that many repairs in a row before the next: what fails again and again is not fought
    at full speed.
    """
    if repairs == 0:
        return 0
    return int(min(FIRST_PAUSE * 2 ** (min(repairs, 10) - 1), LONGEST_PAUSE))

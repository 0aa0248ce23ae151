"""Subscriptions that only a person can switch on again, and what that person is told."""

from collections.abc import Mapping, Sequence

from domain.hook_faults import BY_USER, OWNER_INACTIVE
from linkage.token_check import Problem

SHOWN_TYPES = 4


def resting_problems(states: Mapping[str, str]) -> Sequence[Problem]:
    """What there is to do about those that Crosswalk leaves alone; `states` by event type, in Azure DevOps' words."""
    found = []
    if switched_off := [name for name, state in states.items() if state == BY_USER]:
        words = (
            f"Somebody switched subscriptions off in Azure DevOps ({list_types(switched_off)}); what they tell of does "
            "not reach Jira at once. Crosswalk leaves that alone. Switch them on in the project's service hooks, or "
            "press Change at the project here and save."
        )
        found.append(Problem("hooks_switched_off", "warning", words))
    if orphaned := [name for name, state in states.items() if state == OWNER_INACTIVE]:
        words = (
            f"Azure DevOps switched subscriptions off ({list_types(orphaned)}) because the person who owns them and "
            "the token is inactive or lost a right. Have the account made active, or enter a token of another project "
            "administrator: then they are made anew."
        )
        found.append(Problem("hooks_owner_inactive", "error", words))
    return found


def list_types(names: Sequence[str]) -> str:
    shown = ", ".join(names[:SHOWN_TYPES])
    return f"{shown} and {len(names) - SHOWN_TYPES} more" if len(names) > SHOWN_TYPES else shown

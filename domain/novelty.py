"""Whether a change tells Jira anything that it was not told yet. Pure; what it was told stands in the ledger."""

from dataclasses import dataclass
from typing import Literal

from domain.changes import Change, Removal

# sending, removing: on its way, Jira's answer is not known; whoever finds it so later has to send it (again).
# accepted, failed, unknown (none of its issues exists): as Jira answered. gone: Jira has it no more, or never had it.
# stale: it is not known what Jira holds, or it lost it; to be sent anew.
SentState = Literal["sending", "removing", "accepted", "failed", "unknown", "stale", "gone"]
UNSETTLED: frozenset[SentState] = frozenset({"sending", "removing", "stale"})
# new: to be sent. unchanged: Jira has just this. older: Jira was told something newer. absent: there is nothing to
# remove.
Novelty = Literal["new", "unchanged", "older", "absent"]


@dataclass(frozen=True, slots=True)
class Known:
    """What Jira was told last of one thing."""

    sequence: int
    fingerprint: str
    state: SentState


def weigh_change(change: Change, fingerprint: str, known: Known | None, *, removed_at: int, live: bool) -> Novelty:
    """What a change is to Jira. `removed_at`: sequence number of the last removal of its whole repository, 0 if none.

    The ledger, not Jira, orders what is sent: an unchanged thing is not sent again although the number of the ledger
    rises, so Jira would still take what lies between.
    """
    if isinstance(change, Removal):
        return _weigh_removal(change, known)
    if change.sequence <= removed_at:
        return "older"
    if known is None or known.sequence <= removed_at:
        return "new"
    if change.sequence < known.sequence:
        return "older"
    if known.state == "accepted" and known.fingerprint == fingerprint:
        return "unchanged"
    settled = known.state not in UNSETTLED
    return "older" if settled and not live and change.sequence == known.sequence else "new"


def is_challenged(change: Change, fingerprint: str, known: Known | None) -> bool:
    """Whether Jira may have taken another text with the same number, so that it may ignore this one unsaid.

    It happens when an event is told twice and what was looked up for it changed between. Then nobody knows which text
    Jira holds until one with a higher number is accepted.
    """
    if known is None or isinstance(change, Removal) or known.state in {"failed", "unknown", "gone"}:
        return False
    return known.sequence == change.sequence and (known.fingerprint != fingerprint or known.state == "stale")


def _weigh_removal(removal: Removal, known: Known | None) -> Novelty:
    if known is None:
        return "absent"
    if removal.sequence < known.sequence:
        return "older"
    return "absent" if known.state == "gone" else "new"

"""What is kept of an event for whoever asks why something is not on its issue: ids and keys, never its texts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from domain.changes import Change, Entity, identity_of
from domain.devinfo import branch_id
from domain.git_events import BRANCH_PREFIX, branch_name
from domain.issue_keys import explain_keys
from domain.records import (
    BuildChanged,
    Envelope,
    Event,
    Ignored,
    PullRequestChanged,
    Push,
    ReleaseAbandoned,
    ReleaseDeployed,
    RepositoryDeleted,
    RepositoryRenamed,
    StageChanged,
)
from jobs.delivery import Delivery
from jobs.devinfo import Road
from jobs.mapping import EVENT_KINDS, texts_of
from store.queue import Entry
from store.traces import Trace, TraceOutcome

NOT_CHOSEN = "The choice of what its project sends, or a setting of the site, leaves it out."


@dataclass(frozen=True, slots=True)
class Told:
    """An entry as far as it was understood, and what it changes in Jira."""

    entry: Entry
    envelope: Envelope | None = None
    event: Event | None = None
    changes: tuple[Change, ...] = field(default=())


def trace_delivered(told: Told, road: Road, delivery: Delivery) -> Trace:
    """What became of an event that needs nothing more."""
    keys = tuple(dict.fromkeys(key for change in _entities(told) for key in change.keys))
    candidates = explain_keys(road.rules, *(texts_of(told.event) if told.event else ()))
    counting = tuple(dict.fromkeys(found.key for found in candidates if found.refused is None))
    refused = (f"{found.key}: {found.refused}" for found in candidates if found.refused and found.key not in keys)
    outcome = _outcome_of(told, road, delivery, keyed=bool(counting))
    return _trace(
        told, outcome, NOT_CHOSEN if outcome == "not chosen" else "", keys=keys or counting,
        refused=tuple(dict.fromkeys(refused)),
    )  # fmt: skip


def trace_failed(told: Told, outcome: TraceOutcome, words: str) -> Trace:
    """An event that was given up, or has to wait, and why."""
    return _trace(told, outcome, words, keys=tuple(dict.fromkeys(key for one in _entities(told) for key in one.keys)))


def _trace(
    told: Told, outcome: TraceOutcome, words: str, *, keys: tuple[str, ...], refused: tuple[str, ...] = ()
) -> Trace:
    changed = (f"{change.kind}:{change.id}" for change in told.changes)
    envelope = told.envelope
    return Trace(
        at=told.entry.at,
        event_type=told.entry.event_type,
        outcome=outcome,
        ids=tuple(dict.fromkeys([*changed, *(_ids_of(told.event) if told.event else ())])),
        keys=keys,
        refused=refused,
        words=words,
        notification=f"{envelope.subscription_id}/{envelope.notification_id}" if envelope else "",
        over_cap=sum(change.dropped_keys for change in _entities(told)),
    )


def _entities(told: Told) -> Iterable[Entity]:
    return (change for change in told.changes if isinstance(change, Entity))


def _outcome_of(told: Told, road: Road, delivery: Delivery, *, keyed: bool) -> TraceOutcome:
    if isinstance(told.event, Ignored):
        return "ignored"
    sent = [identity_of(change) for change in told.changes]
    if any(who in delivery.answered for who in sent):
        return "sent"
    if any(delivery.unsent.get(who) != "absent" for who in sent):
        return "unchanged"
    unwanted = told.event and not EVENT_KINDS.get(type(told.event), road.kinds) & road.kinds
    return "not chosen" if unwanted or keyed else "no keys"


def _ids_of(event: Event) -> Iterator[str]:
    match event:
        case Push():
            refs = (update.ref for update in event.updates if update.ref.startswith(BRANCH_PREFIX))
            yield from (f"branch:{branch_id(branch_name(ref))}" for ref in refs)  # few; of commits there may be many
            yield from (f"commit:{commit.id}" for commit in event.commits)
        case PullRequestChanged(pull_request=shown):
            yield f"pull_request:{shown.id}"
        case RepositoryRenamed(repository=repository):
            yield f"repository:{repository.id}"
        case RepositoryDeleted(repository_id=repository_id):
            yield f"repository:{repository_id}"
        case BuildChanged(build_id=number) | StageChanged(run_id=number):
            yield f"build:{number}"
        case ReleaseDeployed(release_id=number) | ReleaseAbandoned(release_id=number):
            yield f"release:{number}"

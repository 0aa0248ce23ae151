"""Delivers the oldest entries of one inbox and says of each what became of it."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from domain.changes import Change, Entity, Identity, identity_of
from domain.errors import AppError, CallError, RateLimited, Unauthorized
from jobs.delivery import Delivery
from jobs.devinfo import Road, send_changes
from jobs.force_push import Budget, Move, find_vanished, moves_of
from jobs.retry import PASSING, Again, Verdict, after_failure
from jobs.roads import Opener
from jobs.tracing import Told, trace_delivered, trace_failed
from jobs.understanding import understand_entries
from services import Services
from store.known_repositories import REMOVED, KnownRepository
from store.links import Link
from store.queue import Entry

log = structlog.get_logger("crosswalk.batch")


@dataclass(frozen=True, slots=True)
class Turn:
    """How long an inbox may be worked on: until `ends` (monotonic seconds) or until the worker must stop."""

    stopping: threading.Event
    ends: float

    def is_over(self) -> bool:
        return self.stopping.is_set() or time.monotonic() >= self.ends


@dataclass(slots=True)
class Batch:
    """Entries on their way. `owners`: the entry whose change of an entity is the newest in this batch."""

    services: Services
    link: Link
    inbox: str
    mapped: list[Entry] = field(default_factory=list)
    dead: list[tuple[Entry, str]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    owners: dict[Identity, tuple[int, Entry]] = field(default_factory=dict)
    told: dict[str, Told] = field(default_factory=dict)  # by entry
    road: Road | None = None
    delivery: Delivery = field(default_factory=Delivery)
    again: Again | None = None
    held: tuple[Entry, str] | None = None  # the entry that has to wait for the first time, and why
    waits_for: str = ""  # why the rest has to wait, for the first time or again; of a pause the governor tells
    closed: bool = False  # the project is being unlinked
    suspects: list[Entry] = field(default_factory=list)  # one of them is at fault: each is to be delivered by itself

    def add(self, told: Told) -> None:
        """Take an entry that was understood."""
        self.mapped.append(told.entry)
        if told.event:
            self.moves.extend(moves_of(told.event))
        self.changes.extend(told.changes)
        for change in told.changes:
            who = identity_of(change)
            if who not in self.owners or self.owners[who][0] <= change.sequence:
                self.owners[who] = (change.sequence, told.entry)

    def told_of(self, entry: Entry) -> Told:
        """What was understood of an entry."""
        return self.told.get(entry.id) or Told(entry)

    def judge(self, entry: Entry, error: Exception) -> None:
        """Decide what becomes of an entry that failed: a dead letter, or everything from here on waits."""
        attempts = self._count_attempt(entry, error)
        now = self.services.now()
        verdict: Verdict = after_failure(error, attempts=attempts, now=now, born=entry.at)
        if isinstance(error, Unauthorized) and error.system == "Azure DevOps":
            # the token may have ended, or only lack a scope, which is answered in the same way: the guard finds out
            self.services.duties.want("guard", self.link.connection_id, now)
        if isinstance(verdict, Again):
            self.again = verdict
            self.waits_for = "" if isinstance(error, RateLimited) else verdict.why
            self.held = (entry, verdict.why) if attempts == 1 else None
        else:
            self.dead.append((entry, verdict.why))

    def _count_attempt(self, entry: Entry, error: Exception) -> int:
        """How often this entry failed, this time included; a pause is nobody's failure and counts nothing."""
        if isinstance(error, RateLimited):
            log.info("event.waits", link=self.link.id, system=error.system, seconds=error.retry_after)
            return 0
        attempts = self.services.queue.count_attempt(self.inbox, entry.id)
        log.warning("event.failed", link=self.link.id, error=type(error).__name__, attempts=attempts)
        return attempts


def deliver_batch(batch: Batch, entries: Sequence[Entry], open_road: Opener, turn: Turn) -> Again | None:
    """Deliver entries in order and record each outcome; returns when to look again, None to go on at once.

    An event that must wait holds the ones behind it, never those before it. When the turn ends on the way, what is
    ready is sent and the rest stays. Nothing leaves the inbox unless Jira took it or it stands among the dead letters.
    Where a fault of ours meets several at once each goes alone, so that none is given up for another.
    """
    try:
        road = open_road(batch.services, batch.link)
    except Exception as error:  # whatever it is, the entries stay and the error is judged
        batch.judge(entries[0], error)
    else:
        batch.road = road
        _map_entries(batch, road, entries, turn)
        _send_batch(batch, road)
    _record_outcome(batch)
    _note_outcome(batch)
    return _deliver_each(batch, open_road, turn) if batch.suspects else batch.again


def _deliver_each(batch: Batch, open_road: Opener, turn: Turn) -> Again | None:
    for entry in batch.suspects:
        if turn.is_over():
            return None
        again = deliver_batch(Batch(batch.services, batch.link, batch.inbox), [entry], open_road, turn)
        if again:
            return again
    return batch.again


def _map_entries(batch: Batch, road: Road, entries: Sequence[Entry], turn: Turn) -> None:
    for understood in understand_entries(entries, road):
        told = understood.told
        if batch.told and turn.is_over():
            return
        batch.told[told.entry.id] = told
        if understood.error is None:
            batch.add(told)
            continue
        batch.judge(told.entry, understood.error)
        if batch.again:
            return


def _send_batch(batch: Batch, road: Road) -> None:
    if not batch.mapped:
        return
    if batch.services.queue.is_closed(batch.link.id):
        batch.closed = True
        return  # nothing may reach Jira after it was told to forget
    try:
        _take_back(batch, road)
        batch.delivery = send_changes(batch.changes, road)
    except Exception as error:  # Jira took some or nothing: what it did not answer is sent again
        _put_off(batch, error)
    else:
        _read_delivery(batch, batch.delivery, road)


def _take_back(batch: Batch, road: Road) -> None:
    """Add the removals of commits that branches lost. What takes too long for a batch is left to reconciliation."""
    budget = Budget.live()
    for removal in find_vanished(road, batch.moves, batch.changes, budget):
        batch.changes.append(removal)
        batch.owners[identity_of(removal)] = (removal.sequence, batch.mapped[-1])
    if budget.cut:
        batch.services.duties.want("reconcile", batch.link.id, batch.services.now())


def _read_delivery(batch: Batch, delivery: Delivery, road: Road) -> None:
    if road.token_refused:  # it was refused once and works again
        batch.services.connections.set_token_state(batch.link.connection_id, "ok")
    for who, why in delivery.failed.items():
        if who in batch.owners:
            batch.dead.append((batch.owners[who][1], why))
    if delivery.calls:
        _note_answer(batch, delivery, next(iter(delivery.failed.values()), "accepted"))
    for change in batch.changes:
        if change.kind == "repository":
            _follow_repository(batch, change)


def _follow_repository(batch: Batch, change: Change) -> None:
    """Of a renamed one the addresses of all that is in it are old; of a deleted one the runs stay in Azure DevOps."""
    services, link = batch.services, batch.link
    if isinstance(change, Entity):
        services.duties.want("reconcile", link.id, services.now())
    else:
        services.known_repositories.save(link.id, change.id, KnownRepository(REMOVED))


def _put_off(batch: Batch, error: Exception) -> None:
    if len(batch.mapped) > 1 and not isinstance(error, (AppError, *PASSING)):
        batch.suspects = batch.mapped[:]
        batch.mapped.clear()
        return
    first = batch.mapped[0]
    batch.mapped.clear()
    batch.judge(first, error)
    words = batch.again.why if batch.again else batch.dead[-1][1]
    if not isinstance(error, CallError) or error.system == "Jira":
        _note_answer(batch, Delivery(), words)
    batch.again = batch.again or Again(batch.services.now(), words)


def _note_answer(batch: Batch, delivery: Delivery, words: str) -> None:
    services, link = batch.services, batch.link
    now = services.now()
    services.pulses.note_answer(
        link.id, words, now,
        accepted=delivery.accepted, failed=len(delivery.failed), unknown=len(delivery.unknown),
    )  # fmt: skip
    if delivery.sent_keys:
        services.project_keys.teach(
            link.installation_id, frozenset(delivery.sent_keys), frozenset(delivery.unknown), now
        )


def _record_outcome(batch: Batch) -> None:
    services = batch.services
    now = services.now()
    buried = {entry.id for entry, _why in batch.dead}
    for entry, why in {entry.id: (entry, why) for entry, why in batch.dead}.values():
        services.dead_letters.bury(batch.link.installation_id, batch.inbox, entry, why, now)
    services.queue.settle(batch.inbox, [entry.id for entry in batch.mapped if entry.id not in buried])
    dropped = sum(change.dropped_keys for change in batch.changes if isinstance(change, Entity))
    if batch.mapped or buried:
        log.info("batch.done", link=batch.link.id, delivered=len(batch.mapped), dead=len(buried), dropped_keys=dropped)


def _note_outcome(batch: Batch) -> None:
    """For whoever asks later: what became of each event, and how long those took that are delivered."""
    if batch.closed:
        return
    services, link, now = batch.services, batch.link, batch.services.now()
    dead = {entry.id: (entry, why) for entry, why in batch.dead}
    delivered = [entry for entry in batch.mapped if entry.id not in dead]
    traces = [trace_delivered(batch.told[entry.id], batch.road, batch.delivery) for entry in delivered if batch.road]
    traces += [trace_failed(batch.told_of(entry), "dead", why) for entry, why in dead.values()]
    if batch.held:
        traces.append(trace_failed(batch.told_of(batch.held[0]), "waits", batch.held[1]))
    services.traces.write(link.id, traces)
    if batch.waits_for:
        services.pulses.note_wait(link.id, batch.waits_for, now)
    services.latencies.note(link.id, [now - entry.at for entry in delivered], now)

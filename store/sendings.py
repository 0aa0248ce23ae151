"""What is written of a sending: before it that it begins, after it what Jira said. Functions on an open transaction.

Before the first call the ledger says of everything that it is on its way. So what a killed worker may have sent is
known to have been sent, and counts as settled only when the answer to just that text was read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import ColumnElement, Connection, delete, or_, select

from domain.changes import Change, Entity, Identity, Removal, identity_of
from domain.fingerprints import fingerprint_of
from domain.kept_words import keep_words
from domain.lanes import Lane
from domain.novelty import Known, Novelty, SentState, is_challenged, weigh_change
from store.sent_rows import SentRow, find_rows, lock_places, sent, write_keys, write_rows

NOTHING = ""  # the fingerprint of what is removed


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: a link of a site, in a lane, at a time (ms)."""

    installation_id: str
    link_id: str
    lane: Lane
    now: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What of some changes is to be sent, in their order, and of each other why not."""

    changes: tuple[Change, ...]
    unsent: Mapping[Identity, Novelty]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What Jira said of one change: its `refusal` in words, or which of its keys it does not know."""

    change: Change
    refusal: str | None = None
    unknown: tuple[str, ...] = ()


Prints = Mapping[Identity, str]


@dataclass(frozen=True, slots=True)
class Answers:
    """What Jira said, with what takes time to make and so is made before the transaction: the fingerprints of what was
    sent, and of each repository that Jira took with things in it, as the newest of them shows it.
    """

    outcomes: Sequence[Outcome]
    prints: Prints
    repositories: Sequence[tuple[Entity, str]]


@dataclass(slots=True)
class _Desk:
    """What was known before, while it is decided what is known from now on."""

    sender: Sender
    prints: Prints
    known: dict[Identity, SentRow]
    filled: frozenset[str]  # of the repositories that shall be removed, those with something in them
    removed: Mapping[str, int]  # repository to the sequence number of its last removal
    rows: list[SentRow] = field(default_factory=list)


def read_prints(changes: Iterable[Change]) -> Prints:
    """The fingerprint of each change; takes too long for a transaction that others wait for."""
    return {
        identity_of(change): fingerprint_of(change) if isinstance(change, Entity) else NOTHING for change in changes
    }


def read_answers(outcomes: Sequence[Outcome]) -> Answers:
    """Make outcomes ready to be written."""
    shown = _shown_repositories(outcomes)
    return Answers(
        outcomes, read_prints(outcome.change for outcome in outcomes), [(one, fingerprint_of(one)) for one in shown]
    )


def begin_sending(connection: Connection, sender: Sender, changes: Sequence[Change], prints: Prints) -> Plan:
    """Decide what is to be sent and write down that it is on its way. `changes` has each thing once."""
    wanted = _touched(changes)
    lock_places(connection, sender.installation_id, wanted)
    known = find_rows(connection, sender.installation_id, wanted)
    filled = _filled_repositories(connection, sender.installation_id, changes)
    desk = _Desk(sender, prints, known, filled, _removed_repositories(changes, known))
    weighed = [(change, _weigh(desk, change)) for change in changes]
    write_rows(connection, sender.installation_id, desk.rows, known)
    unsent = {identity_of(change): novelty for change, novelty in weighed if novelty != "new"}
    owed = [_owed(desk.known.get(identity_of(change))) for change, novelty in weighed if novelty == "older"]
    fresh = (change for change, novelty in weighed if novelty == "new")
    return Plan((*fresh, *(removal for removal in owed if removal is not None)), unsent)


def end_sending(connection: Connection, sender: Sender, answers: Answers) -> tuple[Removal, ...]:
    """Write what Jira said, of each thing whose row is as its sending left it: of what another worker began since,
    that one will tell. Returns the removals of what went while it was sent, so that Jira may have got it only after.
    """
    outcomes = answers.outcomes
    wanted = _touched([outcome.change for outcome in outcomes])
    lock_places(connection, sender.installation_id, wanted)
    known = find_rows(connection, sender.installation_id, wanted)
    settled = [
        _settled(outcome, known[identity_of(outcome.change)], sender)
        for outcome in outcomes
        if _is_as_left(outcome.change, known.get(identity_of(outcome.change)), answers.prints)
    ]
    shown = [_row(sender, one, None, fingerprint, "accepted") for one, fingerprint in answers.repositories]
    shown = [row for row in shown if row.identity not in known or known[row.identity].sequence < row.sequence]
    write_rows(connection, sender.installation_id, [*settled, *shown], known)
    rekeyed = [row for row in settled if set(row.keys) != set(known[row.identity].keys)]
    write_keys(connection, sender.installation_id, rekeyed, known)
    taken = [outcome.change for outcome in outcomes if outcome.refusal is None]
    for change in taken:
        if _is_repository_removal(change):
            _empty_repository(connection, sender.installation_id, change)
    overtaken = (_overtaken(change, known) for change in taken if isinstance(change, Entity))
    removals = tuple(removal for removal in overtaken if removal is not None)
    # until Jira was told, so that whoever is killed before that is made up for when the entity comes again
    rows = [_row(sender, removal, known.get(identity_of(removal)), NOTHING, "removing") for removal in removals]
    write_rows(connection, sender.installation_id, rows, known)
    return removals


def _touched(changes: Iterable[Change]) -> list[Identity]:
    """What is changed, and the repositories it is in."""
    listed = list(changes)
    repositories = {change.repository_id for change in listed if change.repository_id}
    above: list[Identity] = [("repository", one, one) for one in repositories]
    return list(dict.fromkeys([*(identity_of(change) for change in listed), *above]))


# --- before --------------------------------------------------------------------------------------------------------


def _filled_repositories(connection: Connection, installation_id: str, changes: Sequence[Change]) -> frozenset[str]:
    inside = [_inside(installation_id, change) for change in changes if _is_repository_removal(change)]
    if not inside:
        return frozenset()
    there = or_(*inside) & (sent.c.state != "gone")
    return frozenset(connection.execute(select(sent.c.repository_id).where(there).distinct()).scalars())


def _removed_repositories(changes: Sequence[Change], known: Mapping[Identity, SentRow]) -> Mapping[str, int]:
    removed = {
        row.entity_id: row.sequence
        for row in known.values()
        if row.kind == "repository" and row.state in {"removing", "gone"}
    }
    for change in changes:
        if _is_repository_removal(change):
            removed[change.id] = max(change.sequence, removed.get(change.id, 0))
    return removed


def _weigh(desk: _Desk, change: Change) -> Novelty:
    """Decide on one change, and note how its row is from now on."""
    row = desk.known.get(identity_of(change))
    known = Known(row.sequence, row.fingerprint, row.state) if row else None
    fingerprint = desk.prints[identity_of(change)]
    removed_at = desk.removed.get(change.repository_id or "", 0)
    live = desk.sender.lane == "live"
    novelty = weigh_change(change, fingerprint, known, removed_at=removed_at, live=live)
    if _is_repository_removal(change) and change.id in desk.filled:
        return _weigh_filled(desk, change, row)
    if novelty == "new":
        state: SentState = "sending" if isinstance(change, Entity) else "removing"
        challenged = is_challenged(change, fingerprint, known)
        desk.rows.append(_row(desk.sender, change, row, fingerprint, "stale" if challenged else state))
    elif novelty == "absent":  # what is read late of a time when it was there must not bring it back
        desk.rows.append(_row(desk.sender, change, row, NOTHING, "gone"))
    elif novelty == "unchanged" and row and row.sequence < change.sequence:  # nothing older may change it any more
        desk.rows.append(replace(row, sequence=change.sequence))
    return novelty


def _owed(row: SentRow | None) -> Removal | None:
    """The removal that somebody began and may not have ended, of a thing that comes again from before it."""
    if row is None or row.state != "removing" or row.kind == "repository":
        return None
    return Removal(row.kind, row.entity_id, row.sequence, row.repository_id)


def _weigh_filled(desk: _Desk, removal: Change, row: SentRow | None) -> Novelty:
    """Of a repository that shall be removed and has something in it. Something newer in it keeps its row."""
    if row is None or row.sequence <= removal.sequence:
        desk.rows.append(_row(desk.sender, removal, row, NOTHING, "removing"))
    return "new"


def _row(sender: Sender, change: Change, old: SentRow | None, fingerprint: str, state: SentState) -> SentRow:
    """The keys stay those that Jira is known to have, until it answers."""
    kind, within, entity_id = identity_of(change)
    kept = old and state != "gone"
    return SentRow(
        id=0, link_id=sender.link_id, kind=kind, within=within or "", entity_id=entity_id,
        repository_id=change.repository_id or (old.repository_id if old else None),
        keys=old.keys if old and kept else (), sequence=change.sequence, fingerprint=fingerprint, state=state,
        answer=None, unknown_keys=old.unknown_keys if old and kept else (), lane=sender.lane, sent_at=sender.now,
    )  # fmt: skip


# --- after ---------------------------------------------------------------------------------------------------------


def _is_as_left(change: Change, row: SentRow | None, prints: Prints) -> bool:
    at_work = {"sending", "stale"} if isinstance(change, Entity) else {"removing"}
    left = (change.sequence, prints[identity_of(change)])
    return row is not None and (row.sequence, row.fingerprint) == left and row.state in at_work


def _settled(outcome: Outcome, row: SentRow, sender: Sender) -> SentRow:
    """A thing whose text is in doubt stays so, whatever Jira said: it says the same of a text it ignores."""
    answered = replace(row, lane=sender.lane, sent_at=sender.now, answer=None)
    if outcome.refusal is not None:
        answered = replace(answered, state="failed", answer=keep_words(outcome.refusal))
    if isinstance(outcome.change, Removal):
        return answered if outcome.refusal is not None else replace(answered, state="gone", keys=(), unknown_keys=())
    keys = outcome.change.keys
    unknown = tuple(key for key in keys if key in outcome.unknown)
    if outcome.refusal is None and row.state == "sending":
        answered = replace(answered, state="unknown" if keys and len(unknown) == len(keys) else "accepted")
    return replace(answered, keys=keys, unknown_keys=unknown)


def _shown_repositories(outcomes: Sequence[Outcome]) -> list[Entity]:
    """Every repository that Jira took with things in it, as the newest of them shows it."""
    newest: dict[str, Entity] = {}
    for outcome in outcomes:
        change = outcome.change
        if isinstance(change, Entity) and change.kind != "repository" and change.repository and not outcome.refusal:
            above = str(change.repository_id)
            if above not in newest or newest[above].sequence < change.sequence:
                newest[above] = change
    return [_describe_repository(entity) for entity in newest.values()]


def _describe_repository(entity: Entity) -> Entity:
    above = entity.repository or {}
    return Entity("repository", str(entity.repository_id), entity.sequence, (), above, entity.repository_id, above)


def _empty_repository(connection: Connection, installation_id: str, removal: Change) -> None:
    """What came after the removal stays."""
    inside = _inside(installation_id, removal) & (sent.c.kind != "repository")
    connection.execute(delete(sent).where(inside))


def _overtaken(change: Entity, known: Mapping[Identity, SentRow]) -> Removal | None:
    """The removal of a thing that went, alone or with its repository, while it was sent."""
    above = known.get(("repository", change.repository_id, change.repository_id or ""))
    for row in (known.get(identity_of(change)), above):
        if row and row.state in {"removing", "gone"} and row.sequence >= change.sequence:
            return Removal(change.kind, change.id, row.sequence, change.repository_id)
    return None


def _is_repository_removal(change: Change) -> bool:
    return isinstance(change, Removal) and change.kind == "repository"


def _inside(installation_id: str, removal: Change) -> ColumnElement[bool]:
    """What a removed repository takes along."""
    mine = sent.c.installation_id == installation_id
    return mine & (sent.c.repository_id == removal.id) & (sent.c.sequence <= removal.sequence)

"""One turn of a reconciliation: its link, its road, its time, and how what it reads is sent and remembered."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from clients.ado import AdoClient
from domain.bulk import coalesce
from domain.changes import Change, Entity, Removal, identity_of
from domain.errors import Permanent, Unauthorized
from domain.fingerprints import fingerprint_of
from domain.json_fields import parse_moment
from domain.records import Repository
from jobs.devinfo import Road
from jobs.history_pages import Reader, Window
from jobs.outgoing import send_history
from linkage.reconciling import ASKED
from services import Services
from store.ledger import SentRow
from store.links import Link
from store.marks import WHOLE
from store.readings import Unfinished

HOUR = 3_600_000  # ms; how often projects are read, and repositories in which something goes on
DAY = 24 * HOUR  # how often every repository is
MOMENT = 5_000  # ms; how soon a turn follows that has something to do once more
EARLY = 600_000  # what would be due within this time is read now
PART = "reconcile"  # as which part of the link it sends, for whoever closes the link
OVERLAP = 10 * 60_000  # ms; what happened shortly before a mark may have shown up in lists only after it
LATE = 300_000  # ms; what happened so long ago has reached us by its event, if events reach us


class LinkClosed(Exception):
    """The link is being unlinked, or another worker is at it: nothing more may be sent."""


@dataclass(slots=True)
class Round:
    """`ends`: monotonic seconds. `marks`: as of its beginning and as it moves them. `sent`: what Jira took. `found`:
    what an event should have told of long before.
    """

    services: Services
    link: Link
    road: Road
    client: AdoClient
    ends: float
    marks: dict[tuple[str, str], int]
    history: int | None = 0  # from when on it is wanted (ms); None: nobody wanted what was there before the link
    sent: int = 0
    found: int = 0
    outrun: bool = False  # Jira was told something newer of what was to be sent, so it was not sent
    removed: set[str] = field(default_factory=set)  # repositories whose runs stay in Azure DevOps without them
    deleted: frozenset[str] | None = None  # what lies in the project's recycle bin, once that was looked at
    again: int | None = None  # when something is to be done once more (ms)
    failing: set[tuple[str, str]] = field(default_factory=set)  # jobs and parts that failed when they were last tried
    worked: bool = False  # a page was read, or could not be: without that a slow start would repeat itself for ever

    @property
    def has_history(self) -> bool:
        return self.history is not None

    def is_over(self) -> bool:
        return self.services.stopping.is_set() or (self.worked and time.monotonic() >= self.ends)

    def come_again(self, at: int) -> None:
        """Have the next turn begin at `at` (ms) or earlier."""
        self.again = at if self.again is None else min(at, self.again)

    def mark(self, kind: str, part: str = WHOLE) -> int:
        """Up to when it was read (ms). A part without a mark of its own never was: the mark of the project counts."""
        return self.marks.get((kind, part), self.marks.get((kind, WHOLE), 0))

    def move(self, kind: str, at: int, part: str = WHOLE) -> None:
        """Move a mark forward to `at` (ms)."""
        self.services.marks.move(self.link.id, kind, part, at)
        self.marks[kind, part] = max(at, self.marks.get((kind, part), 0))

    def reach_back(self, since: int) -> int:
        """From when on everything was sent that Jira may have (ms): what was imported is dated by its import."""
        return since if self.history is None else min(since, self.history)

    def note_failure(self, job: str, part: str, words: str) -> None:
        """Keep for whoever asks that a job could not be done for a part of the link."""
        self.services.readings.note_failure(self.link.id, job, part, words, self.services.now())
        self.failing.add((job, part))

    def clear_failure(self, job: str, part: str) -> None:
        if (job, part) in self.failing:
            self.services.readings.clear_failure(self.link.id, job, part)
            self.failing.discard((job, part))

    def is_due(self, kind: str, part: str = WHOLE, *, every: int = HOUR) -> bool:
        """Whether everything was asked for since it was read, or it was not read for so long (ms)."""
        mark = self.mark(kind, part)
        return mark < self.mark(ASKED) or self.services.now() - mark >= every - EARLY

    def observe(self) -> int:
        """The sequence number of what is read from now on (ms)."""
        return self.road.observe()

    def send(self, changes: Sequence[Change], since: int | None = None) -> None:
        """Send what Jira lacks; what happened after `since` (ms) should have been told by events. Raises LinkClosed,
        or as `send_changes` does.
        """
        if not changes:
            return
        late = 0 if since is None else self._count_late(changes, since)
        delivery = send_history(self.services, self.link, changes, self.road, part=PART)
        if delivery is None:
            raise LinkClosed
        self.sent += delivery.accepted
        self.outrun |= "older" in delivery.unsent.values()
        self.found += late

    def read_through(self, kind: str, reader: Reader, mark: int, repository: Repository | None = None) -> bool:
        """Read from a mark (ms) on to the end and move the mark; False when the turn ended before. Raises CallError.

        What is read twice is the same. A cursor that is refused is given up, and the reading begins anew.
        """
        part = repository.id if repository else WHOLE
        readings, now = self.services.readings, self.services.now()
        reading = readings.find(self.link.id, kind, part) or Unfinished(now, self._begin(mark))
        while not self.is_over():
            try:
                cursor = self._read_page(reader, reading, repository)
            except Permanent as error:
                if not isinstance(error, Unauthorized):
                    readings.close(self.link.id, kind, part)
                raise
            if cursor is None:
                self.move(kind, reading.begun, part)
                readings.close(self.link.id, kind, part)
                return True
            reading = replace(reading, cursor=cursor)
            readings.keep(self.link.id, kind, part, reading)
        return False

    def _begin(self, mark: int) -> int:
        """From when on to read (ms, by Azure DevOps' clock): marks are by ours."""
        return max(0, mark - OVERLAP - max(0, self.road.ahead() or 0))

    def _read_page(self, reader: Reader, reading: Unfinished, repository: Repository | None) -> str | None:
        window = Window(repository, as_time(reading.since), self.observe())
        page = reader(self.road, window, reading.cursor)
        told = [change for change in page.changes if change.repository_id not in self.removed]
        wanted = told if self.has_history else self._leave_old(told, reading.since)
        self.send(self._leave_unknown(wanted), reading.since + OVERLAP)
        self.worked = True
        return page.cursor

    def _leave_unknown(self, changes: Sequence[Change]) -> Sequence[Change]:
        """Without the removals of pull requests that Jira does not have: every one without a key is listed as such."""
        removals = [one for one in changes if isinstance(one, Removal) and one.kind == "pull_request"]
        rows = self.services.ledger.find_many(self.link.installation_id, map(identity_of, removals))
        left = {id(one) for one in removals if identity_of(one) not in rows}
        return [change for change in changes if id(change) not in left]

    def _leave_old(self, changes: Sequence[Change], since: int) -> Sequence[Change]:
        """Without what Jira was never told and what did not change since: lists of open things go back for ever."""
        old = [change for change in changes if isinstance(change, Entity) and told_at(change) < since]
        rows = self.services.ledger.find_many(self.link.installation_id, map(identity_of, old))
        left = {id(change) for change in old if identity_of(change) not in rows}
        return [change for change in changes if id(change) not in left]

    def _count_late(self, changes: Sequence[Change], since: int) -> int:
        """How many of `changes` an event should have told of, and did not. Events that still wait are not lost."""
        latest = self.services.now() - LATE
        entities = [one for one in coalesce(changes) if isinstance(one, Entity) and since <= told_at(one) <= latest]
        if not entities or self.services.queue.has_waiting(self.link.id):
            return 0
        rows = self.services.ledger.find_many(self.link.installation_id, map(identity_of, entities))
        return sum(is_missing(entity, rows.get(identity_of(entity))) for entity in entities)


def is_missing(entity: Entity, row: SentRow | None) -> bool:
    """Whether Jira was never told of it, or of something older."""
    if row is None:
        return True
    return row.state == "accepted" and row.sequence < entity.sequence and row.fingerprint != fingerprint_of(entity)


def told_at(entity: Entity) -> int:
    """When it became so (ms): what names no time of its own is told as of its push."""
    moment = entity.body.get("lastUpdate") or entity.body.get("lastUpdated")
    return int(parse_moment(moment).timestamp() * 1000) if moment else entity.sequence


def day_begins(day: str) -> int:
    """When an ISO date begins in UTC (ms)."""
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)


def as_time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)

"""Reads the work items of a chunk and drafts their issues; a work item that becomes none is told with its reason."""

import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import structlog

from clients.ado_work_items import ItemPage
from domain.draft_records import DraftContext, IssueDraft
from domain.errors import MappingError
from domain.issue_drafts import SKIPPED_TYPE, draft_issue
from domain.row_losses import tell_losses
from domain.run_states import RowState
from domain.work_items import Identity, WorkItem
from migration.ancestry import Ancestry, find_ancestry
from migration.issue_ends import Missing
from migration.lost_items import judge_unread
from migration.road import Road
from store.run_rows import RunRow
from store.run_turns import RowResult

log = structlog.get_logger("crosswalk.migration")

PARENT_WAIT = 2_000  # ms


@dataclass(frozen=True, slots=True)
class RowDraft:
    """A row and the issue that it becomes. `revision` is of the work item that was drafted."""

    row: RunRow
    draft: IssueDraft
    revision: int

    @property
    def loss(self) -> tuple[str | None, str | None]:
        """The codes and the sentences of what is lost on the way, for the row; None and None when nothing is."""
        return tell_losses(self.draft.notes)


@dataclass(slots=True)
class Drafts:
    """Drafts, and results of the rows that get none now."""

    made: list[RowDraft] = field(default_factory=list)
    ended: list[RowResult] = field(default_factory=list)

    def __add__(self, other: "Drafts") -> "Drafts":
        return Drafts(self.made + other.made, self.ended + other.ended)


@dataclass(frozen=True, slots=True)
class Ground:
    """What the rows of a chunk are drafted from: their work items, those above, and what all drafts share. `unread`:
    how the rows of those end that were not read.
    """

    page: ItemPage
    unread: Mapping[int, Missing]
    ancestry: Ancestry
    context: DraftContext


def read_ground(road: Road, rows: Sequence[RunRow]) -> Ground:
    """That of up to 200 rows of work items, read in one call; where one is missing the recycle bin is read in another.
    Raises the CallError of an answer.
    """
    page = road.source.read_items([row.source_id for row in rows])
    ancestry = find_ancestry(road, page.items)
    context = replace(road.facts.context, ancestors=ancestry.ancestors, names=_names_of(page.items))
    return Ground(page, judge_unread(road, page), ancestry, context)


def draft_rows(road: Road, ground: Ground, rows: Iterable[RunRow]) -> Drafts:
    """Some of the rows, or all."""
    items = {item.id: item for item in ground.page.items}
    drafter = _Drafter(road, ground.ancestry, ground.context)
    for row in rows:
        item = items.get(row.source_id)
        if item is not None:
            drafter.draft(row, item)
        else:
            drafter.end(row, ground.unread[row.source_id])
    return drafter.drafts


@dataclass(frozen=True, slots=True)
class _Drafter:
    road: Road
    ancestry: Ancestry
    context: DraftContext
    drafts: Drafts = field(default_factory=Drafts)

    def draft(self, row: RunRow, item: WorkItem) -> None:
        if self.ancestry.awaits(self.road, item):
            self.drafts.ended.append(RowResult(row.id, "planned", due_at=self.road.now() + PARENT_WAIT))
            return
        try:
            draft = draft_issue(item, self.road.mapping, self.road.target, self.context)
        except MappingError as error:
            state: RowState = "skipped" if error.code == SKIPPED_TYPE else "failed"
            self.end(row, Missing(state, error.code or "fault", str(error)))
        except Exception as error:  # a fault of ours with this one; the others go on
            self.drafts.ended.append(_tell_fault(row, error))
        else:
            self.drafts.made.append(RowDraft(row, draft, item.revision))

    def end(self, row: RunRow, why: Missing) -> None:
        self.drafts.ended.append(why.end(row))


def _tell_fault(row: RunRow, error: Exception) -> RowResult:
    """Its words may hold content and are left out."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    log.error("migration.fault", row=row.id, error=type(error).__name__, place=f"{last.name}:{last.lineno}")
    return RowResult(row.id, "failed", "fault", f"A fault in Crosswalk ({type(error).__name__}); tell its operator.")


def _names_of(items: Iterable[WorkItem]) -> dict[str, str]:
    """Names of the people that work items name, for mentions of them."""
    people = (value for item in items for value in item.fields.values() if isinstance(value, Identity))
    return {person.id.lower(): person.name for person in people if person.id}

"""Makes the issues of a chunk, fifty in a call: intent, call, result. What became of a call without an answer is looked
up and never guessed (`heal`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import orjson

from clients.jira_bulk import MOST_CREATED, CreatedIssue, RefusedIssue
from domain.errors import CallError, Forbidden, Rejected, TooLarge
from domain.issue_drafts import create_body
from domain.refused_issues import explain_refusal, is_shut
from migration.arrivals import arrived_row, mapped_item, settle_walk
from migration.drafting import RowDraft
from migration.hands import share_out
from migration.heal import Lost, heal_items
from migration.road import Road
from migration.routes import must_walk
from migration.waits import may_have_worked
from store.item_map import MappedItem
from store.run_turns import Chunk, Results, RowResult

MOST_BYTES = 2_000_000  # of one request; Jira says "too large" without a number
TOO_BIG = "Jira says that this work item is too large."
NO_ENTRY = "The app may not create issues in the project: it lacks Create Issues, or the project is archived."


@dataclass(slots=True)
class Creation:
    """The issues of one chunk. `walks`: those that are there and not in their status yet."""

    road: Road
    chunk: Chunk
    walks: list[tuple[RowDraft, CreatedIssue]] = field(default_factory=list)

    def run(self, drafts: Sequence[RowDraft]) -> None:
        """Make them all. Raises what stopped some; what is known of the others is written."""
        try:
            share_out(self.create, list(group_drafts(drafts)))
        finally:
            walks, self.walks = self.walks, []
            if walks:
                share_out(self._walk, walks)

    def create(self, group: Sequence[RowDraft]) -> None:
        """One call. Raises what stopped it, once it was written what that means for each row."""
        now = self.road.now()
        mine = self.road.services.run_turns.mark_sent(self.chunk, [one.row.id for one in group], now)
        sent = [one for one in group if one.row.id in mine]
        if not sent:
            return
        try:
            outcomes = self.road.bulk.create_many([create_body(one.draft) for one in sent])
        except Rejected:
            self._settle([self._refused(one, RefusedIssue()) for one in sent])
        except TooLarge:
            self._split(sent)
        except CallError as error:
            if may_have_worked(error):
                heal_items(self.road, self.chunk, [Lost(one.row, now) for one in sent])
            else:
                self._settle([RowResult(one.row.id, "planned", due_at=now) for one in sent])
            raise
        else:
            if all(isinstance(one, RefusedIssue) and is_shut(one.errors, one.messages) for one in outcomes):
                self._settle([RowResult(one.row.id, "planned", due_at=now) for one in sent])
                raise Forbidden("Jira", None, NO_ENTRY)
            self._write(sent, outcomes)

    def _write(self, sent: Sequence[RowDraft], outcomes: Sequence[CreatedIssue | RefusedIssue]) -> None:
        rows: list[RowResult] = []
        items = []
        for one, outcome in zip(sent, outcomes, strict=True):
            if isinstance(outcome, RefusedIssue):
                rows.append(self._refused(one, outcome))
                continue
            items.append(mapped_item(one, outcome.id, outcome.key))
            type_ = self.road.target.type_of(one.draft.type_id)
            if outcome.moved is False or (type_ is not None and must_walk(one.draft, type_)):
                self.walks.append((one, outcome))
            else:
                rows.append(arrived_row(one, "created", outcome.id, outcome.key))
        self._settle(rows, items)

    def _refused(self, one: RowDraft, outcome: RefusedIssue) -> RowResult:
        """Once more, alone; then it failed."""
        if one.row.attempts == 0:
            return RowResult(one.row.id, "planned", attempts=1, due_at=self.road.now())
        type_ = self.road.target.type_of(one.draft.type_id)
        names = {field.id: field.name for field in type_.fields} if type_ else {}
        code, detail = explain_refusal(outcome.errors, outcome.messages, names)
        return RowResult(one.row.id, "failed", code, detail)

    def _split(self, sent: Sequence[RowDraft]) -> None:
        if len(sent) == 1:
            self._settle([RowResult(sent[0].row.id, "failed", "too_large", TOO_BIG)])
            return
        middle = len(sent) // 2
        for half in (sent[:middle], sent[middle:]):
            self.create(half)

    def _settle(self, rows: Sequence[RowResult], items: Sequence[MappedItem] = ()) -> None:
        results = Results(rows, items)
        self.road.services.run_turns.settle(self.chunk, self.road.place, results, self.road.now())

    def _walk(self, walk: tuple[RowDraft, CreatedIssue]) -> None:
        one, made = walk
        # without a transition in the call it is in its first status
        is_new = made.moved is None
        settle_walk(self.road, self.chunk, one, "created", issue_id=made.id, key=made.key, is_new=is_new)


def group_drafts(drafts: Sequence[RowDraft]) -> Iterator[list[RowDraft]]:
    """Those that go in one call: MOST_CREATED and MOST_BYTES at most; what was refused before goes alone."""
    group: list[RowDraft] = []
    size = 0
    for one in drafts:
        length = len(orjson.dumps(create_body(one.draft)))
        if one.row.attempts:
            yield [one]
            continue
        if group and (len(group) == MOST_CREATED or size + length > MOST_BYTES):
            yield group
            group, size = [], 0
        group.append(one)
        size += length
    if group:
        yield group

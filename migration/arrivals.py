"""Issues that are there: taken to their status, and told in the row and in the map of work items."""

from dataclasses import replace

from clients.jira_flows import walk_issue
from domain.draft_records import FIELDS_PROPERTY
from domain.errors import NotFound
from domain.run_states import RowState
from migration.drafting import RowDraft
from migration.road import Road
from migration.routes import without_status
from store.item_map import MappedItem
from store.run_turns import Chunk, Results, RowResult

ISSUE_GONE = (
    "Its issue was there, and Jira does not show it any more: it was deleted or kept from the app. Repair the run."
)


def mapped_item(one: RowDraft, issue_id: str, key: str) -> MappedItem:
    return MappedItem(one.row.source_id, issue_id, key, one.revision, one.draft.hash)


def arrived_row(one: RowDraft, state: RowState, issue_id: str, key: str) -> RowResult:
    """What was lost on the way stands in the row of what arrived."""
    reason, detail = one.loss
    return RowResult(
        one.row.id, state, reason, detail, issue_id=issue_id, issue_key=key, hash=one.draft.hash, revision=one.revision
    )  # fmt: skip


def walk_there(road: Road, one: RowDraft, issue_id: str, *, is_new: bool) -> RowDraft:
    """Take an issue to its status; the draft as it came out. What the way showed is known from then on.

    Where it does not get there, its property says so, and comparing it will not find a difference.
    """
    wanted, type_ = one.draft.status, road.target.type_of(one.draft.type_id)
    if wanted is None or type_ is None:
        return one
    learnt, reached = walk_issue(road.jira, issue_id, type_, wanted, is_new=is_new)
    road.facts.learn(learnt)
    if reached == wanted:
        return one
    told = replace(one, draft=without_status(one.draft))
    road.parts.put_property(issue_id, FIELDS_PROPERTY, told.draft.properties[-1]["value"])
    return told


def settle_walk(
    road: Road, chunk: Chunk, one: RowDraft, state: RowState, *, issue_id: str, key: str, is_new: bool = False
) -> None:
    """Take it there and write that it arrived, or that it went meanwhile. Whoever dies on the way leaves a row that is
    healed.
    """
    road.services.run_turns.renew(chunk, road.now())
    try:
        done = walk_there(road, one, issue_id, is_new=is_new)
    except NotFound:
        gone = RowResult(one.row.id, "failed", "issue_gone", ISSUE_GONE, issue_id=issue_id, issue_key=key)
        results = Results([gone])
    else:
        results = Results([arrived_row(done, state, issue_id, key)], [mapped_item(done, issue_id, key)])
    road.services.run_turns.settle(chunk, road.place, results, road.now())

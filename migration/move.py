"""Makes issues of work items, level by level from the highest: a parent is there before what is below it."""

from collections.abc import Mapping, Sequence
from functools import partial

import structlog

from clients.ado_work_items import ITEM_PAGE
from domain.run_states import Phase
from domain.workflow_paths import status_order
from migration.adoption import Known, adopt_known
from migration.creation import Creation
from migration.drafting import RowDraft, draft_rows, read_ground
from migration.hands import do_both
from migration.heal import heal_chunk, search_issues
from migration.road import Road
from migration.routes import is_unknown, route_draft
from migration.steps import GO_ON, OVER, Step
from migration.waits import look_up, wait_for
from store.run_rows import RunRow
from store.run_turns import Chunk, Results

log = structlog.get_logger("crosswalk.migration")

PHASE: Phase = "items"
HEAD = 50  # rows that are drafted before anything is sent


def move_items(road: Road, slot: int) -> Step:
    """Heal what was lost, else take the next chunk of the present level."""
    turns, now = road.services.run_turns, road.now()
    looks = road.facts.looks_for_lost(PHASE, now)
    if looks and (lost := turns.take_lost(road.run.id, PHASE, ITEM_PAGE, now)):
        look_up(road, lost, heal_chunk)
        return GO_ON
    level = road.services.run_rows.find_level(road.run.id, PHASE)
    if level is None:
        return OVER
    chunk = turns.claim(road.run.id, PHASE, level, ITEM_PAGE, now)
    if chunk is None:
        return wait_for(road, PHASE)
    try:
        move_chunk(road, chunk)
    finally:
        turns.give_back(chunk, road.now())  # what was not sent: nothing unless something stopped it
    return GO_ON


def move_chunk(road: Road, chunk: Chunk) -> None:
    """Draft, adopt what is there, make the rest. Raises what stopped it; the rows that ended are written.

    Those that look for the ways of their types go ahead while the others are drafted.
    """
    ground = read_ground(road, chunk.rows)
    creation, issues = Creation(road, chunk), find_known(road, chunk.rows)
    head = draft_rows(road, ground, chunk.rows[:HEAD])
    scouts = pick_scouts(road, [one for one in head.made if one.row.source_id not in issues])
    rest = partial(draft_rows, road, ground, chunk.rows[HEAD:])
    drafts = head + (do_both(rest, partial(creation.run, scouts))[0] if scouts else rest())
    if drafts.ended:
        road.services.run_turns.settle(chunk, road.place, Results(drafts.ended), road.now())
    gone = {one.row.id for one in scouts}
    made = [one for one in drafts.made if one.row.id not in gone]
    known = [Known(one, issues[one.row.source_id]) for one in made if one.row.source_id in issues]
    fresh = [one for one in made if one.row.source_id not in issues]
    if known:
        fresh += adopt_known(road, chunk, known)
    create_issues(creation, fresh)
    log.info("migration.chunk", run=road.run.id, rows=len(chunk.rows), made=len(fresh) + len(scouts), known=len(known))


def find_known(road: Road, rows: Sequence[RunRow]) -> Mapping[int, str]:
    """The issues of those that are issues already, by work item. The search is asked where there may be some that no
    map knows, such as after the app was installed anew.
    """
    mapped = road.services.item_map.find_many(road.place, [row.source_id for row in rows])
    issues = {source: found.issue_id for source, found in mapped.items()}
    issues |= {row.source_id: row.issue_id for row in rows if row.issue_id}
    if road.facts.has_earlier:
        unknown = [row.source_id for row in rows if row.source_id not in issues]
        issues |= {source: found.id for source, found in search_issues(road, unknown).items()}
    return issues


def create_issues(creation: Creation, fresh: Sequence[RowDraft]) -> None:
    """Make issues. Where nobody knows the ways through a workflow, one issue goes ahead and looks."""
    road, waiting = creation.road, list(fresh)
    while waiting:
        waiting = [_routed(road, one) for one in waiting]
        scouts = pick_scouts(road, waiting)
        if len(scouts) == len(waiting) or not scouts:
            creation.run(waiting)
            return
        creation.run(scouts)
        gone = {one.row.id for one in scouts}
        waiting = [one for one in waiting if one.row.id not in gone]


def _routed(road: Road, one: RowDraft) -> RowDraft:
    type_ = road.target.type_of(one.draft.type_id)
    return RowDraft(one.row, route_draft(one.draft, type_) if type_ else one.draft, one.revision)


def pick_scouts(road: Road, drafts: Sequence[RowDraft]) -> list[RowDraft]:
    """Of each type one whose way is not known: the one that goes farthest passes most statuses of the others."""
    found: dict[str, tuple[int, RowDraft]] = {}
    for one in drafts:
        type_ = road.target.type_of(one.draft.type_id)
        if type_ is None or one.draft.status is None or not is_unknown(one.draft, type_):
            continue
        order = status_order(type_, one.draft.status)
        if type_.id not in found or order > found[type_.id][0]:
            found[type_.id] = order, one
    return [one for _order, one in found.values()]

"""Closes the sprints that a run made, or an earlier one, and whose last day is over, once everything is in them.

A closed sprint takes no issues, and when it was completed is always now: Jira lets nobody set that.
https://developer.atlassian.com/cloud/jira/software/rest/api-group-sprint/#api-rest-agile-1-0-sprint-sprintid-post
"""

from collections.abc import Collection

from domain.errors import Conflict, Forbidden, NotFound, Rejected
from domain.mapping_records import IterationRow
from domain.path_digests import digest_path
from domain.run_states import Phase
from migration.made_parts import SOURCE
from migration.prepare import NO_MANAGER
from migration.road import Road
from migration.steps import Step
from migration.turns import take_turn
from store.run_rows import RunRow
from store.run_turns import Chunk, Results, RowResult

PHASE: Phase = "close"
ROWS_AT_ONCE = 20
NOT_OURS = "The sprint was there before, so it is left as it is."
NOT_MADE = "The sprint was not made, so there is none to close. See why at the sprint; then repair the run."
GONE = "The sprint is not there any more."
REFUSED = "Jira did not let it be started and closed: another sprint of the board is active. Close it in Jira."


def close_sprints(road: Road, slot: int) -> Step:
    """Some sprints, one after the other: most boards have one active sprint at a time. Safe to repeat."""
    return take_turn(road, PHASE, ROWS_AT_ONCE, close_chunk)


def close_chunk(road: Road, chunk: Chunk) -> None:
    """Raises what stopped it."""
    made = {row.part: row for row in road.services.run_rows.find_many(road.run.id, "sprint", [SOURCE])}
    ours = {part.target_id for part in road.services.part_map.find_many(road.place, "sprint", [SOURCE]).values()}
    wanted = {digest_path(row.source): row for row in road.mapping.iterations}
    for row in chunk.rows:
        road.services.run_turns.renew(chunk, road.now())
        result = _close_one(road, row, made.get(row.part), wanted.get(row.part), ours)
        road.services.run_turns.settle(chunk, road.place, Results([result]), road.now())


def _close_one(
    road: Road, row: RunRow, made: RunRow | None, wanted: IterationRow | None, ours: Collection[str]
) -> RowResult:
    """`ours`: ids of the sprints that runs into this project made."""
    if made is None or made.issue_id is None or wanted is None:
        return RowResult(row.id, "failed", "not_made", NOT_MADE)
    if made.issue_id not in ours:
        return RowResult(row.id, "skipped", "not_ours", NOT_OURS)
    try:
        _move_on(road, int(made.issue_id), wanted)
    except NotFound:
        return RowResult(row.id, "skipped", "deleted", GONE)
    except Forbidden:
        return RowResult(row.id, "failed", "no_permission", NO_MANAGER)
    except (Rejected, Conflict):
        return RowResult(row.id, "failed", "refused", REFUSED)
    return RowResult(row.id, "updated", issue_id=made.issue_id)


def _move_on(road: Road, sprint: int, wanted: IterationRow) -> None:
    """From wherever it is: a call that was done before is not repeated."""
    state = road.sprints.read_sprint(sprint).state
    if state == "future":
        road.sprints.move_sprint(sprint, "active", wanted.start, wanted.finish)
    if state != "closed":
        road.sprints.move_sprint(sprint, "closed")

"""Makes the sprints and components that a mapping asks for, before anything is put into them.

Jira keeps no key of ours on them, so what is there already is told by its name: names are unique in a mapping.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from domain.errors import CallError, Conflict, Forbidden, NotFound, Rejected
from domain.path_digests import digest_path
from domain.run_states import Phase, RowState
from migration.made_parts import SOURCE
from migration.road import Road
from migration.steps import Step
from migration.turns import take_turn
from migration.waits import is_settled, may_have_worked
from store.item_map import MappedPart
from store.run_rows import RunRow
from store.run_turns import Chunk, Results, RowResult

PHASE: Phase = "prepare"
ROWS_AT_ONCE = 50
NOT_MAPPED = "The mapping does not ask for it any more."
NO_BOARD = "The project has no board with sprints. Choose one in the migration, or map the iteration to no sprint."
NO_MANAGER = "The app may not manage sprints here. Grant it Manage Sprints in the project, then repair the run."
NO_ADMIN = (
    "The app may not make components here. Approve its update under Manage apps in Jira, where one waits, and let it "
    "administer the project. Then repair the run."
)
REFUSED = "Jira refused its name or its days. Change them in the mapping and start another run."


def prepare_parts(road: Road, slot: int) -> Step:
    """Some sprints or components. All of a kind are in one hand, in the order of the mapping."""
    return take_turn(road, PHASE, ROWS_AT_ONCE, make_parts)


def make_parts(road: Road, chunk: Chunk) -> None:
    """Adopt those that are there by their names, make the others. Raises what stopped it."""
    for kind, maker in (("sprint", SprintMaker(road)), ("component", ComponentMaker(road))):
        rows = [row for row in chunk.rows if row.kind == kind]
        if rows:
            _make_each(road, chunk, rows, maker)


class PartMaker(Protocol):
    """Makes parts of one kind. `forbidden`: what to say to who may not."""

    forbidden: str

    def names(self) -> Mapping[str, str]:
        """Name by the digest of the path."""
        ...

    def list_there(self) -> Mapping[str, str]:
        """Ids by name of those that are there; raises NotFound where there can be none."""
        ...

    def make(self, digest: str) -> str:
        """The id of a new one."""
        ...


class SprintMaker:
    forbidden = NO_MANAGER

    def __init__(self, road: Road) -> None:
        self._road = road
        self._wanted = {digest_path(row.source): row for row in road.mapping.iterations if row.action == "new"}

    def names(self) -> Mapping[str, str]:
        return {digest: row.name for digest, row in self._wanted.items()}

    def list_there(self) -> Mapping[str, str]:
        """Of two of one name the older one."""
        found = self._road.sprints.list_sprints(self._board())
        return {one.name: str(one.id) for one in sorted(found, key=lambda one: -one.id)}

    def make(self, digest: str) -> str:
        row = self._wanted[digest]
        return str(self._road.sprints.create_sprint(self._board(), row.name, row.start, row.finish).id)

    def _board(self) -> int:
        target = self._road.target
        if target.board_id is None or not target.has_sprints:
            raise NotFound("Jira", None, NO_BOARD)
        return target.board_id


class ComponentMaker:
    forbidden = NO_ADMIN

    def __init__(self, road: Road) -> None:
        self._road = road
        self._wanted = {digest_path(row.source): row for row in road.mapping.areas if row.action == "new"}

    def names(self) -> Mapping[str, str]:
        return {digest: row.name for digest, row in self._wanted.items()}

    def list_there(self) -> Mapping[str, str]:
        return self._road.sprints.list_components(self._road.target.id)

    def make(self, digest: str) -> str:
        return self._road.sprints.create_component(self._road.target.key, self._wanted[digest].name)


def _make_each(road: Road, chunk: Chunk, rows: Sequence[RunRow], maker: PartMaker) -> None:
    try:
        there = {name.strip().casefold(): found for name, found in maker.list_there().items()}
    except NotFound:
        _settle(road, chunk, [RowResult(row.id, "failed", "no_board", NO_BOARD) for row in rows])
        return
    names = maker.names()
    for row in rows:
        name = names.get(row.part)
        if name is None:
            _settle(road, chunk, [RowResult(row.id, "skipped", "not_mapped", NOT_MAPPED)])
            continue
        found = there.get(name.strip().casefold())
        if found is not None:  # one that was being sent was not there before
            state: RowState = "created" if row.sent_at else "adopted"
            _settle(road, chunk, [RowResult(row.id, state, issue_id=found)])
        elif row.sent_at is None:
            _make_one(road, chunk, row, maker)
        elif is_settled(road, row.sent_at):
            _settle(road, chunk, [RowResult(row.id, "planned", due_at=road.now())])


def _make_one(road: Road, chunk: Chunk, row: RunRow, maker: PartMaker) -> None:
    now = road.now()
    if not road.services.run_turns.mark_sent(chunk, [row.id], now):
        return
    try:
        result = RowResult(row.id, "created", issue_id=maker.make(row.part))
    except Forbidden:
        result = RowResult(row.id, "failed", "no_permission", maker.forbidden)
    except (Rejected, Conflict):
        result = RowResult(row.id, "failed", "refused", REFUSED)
    except CallError as error:
        if not may_have_worked(error):
            _settle(road, chunk, [RowResult(row.id, "planned", due_at=now)])
        raise
    _settle(road, chunk, [result])


def _settle(road: Road, chunk: Chunk, rows: Sequence[RowResult]) -> None:
    """Sprints that were made are kept for later runs: the one that fills them up closes them (`close`)."""
    parts = {row.id: row.part for row in chunk.rows if row.kind == "sprint"}
    made = [
        MappedPart("sprint", SOURCE, parts[result.row_id], result.issue_id)
        for result in rows
        if result.state == "created" and result.issue_id and result.row_id in parts
    ]
    road.services.run_turns.settle(chunk, road.place, Results(rows, parts=made), road.now())

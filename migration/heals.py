"""Of each phase that writes: what finds out what became of rows whose worker died while they were being sent."""

from collections.abc import Callable, Mapping

from domain.run_states import Phase
from migration.comment_heal import heal_comments
from migration.file_healing import heal_files
from migration.heal import heal_chunk
from migration.link_sight import heal_links
from migration.prepare import make_parts
from migration.road import Road
from store.run_turns import Chunk, Results, RowResult


def plan_again(road: Road, chunk: Chunk) -> None:
    """Rows whose work can be repeated: a run that goes on does it once more."""
    rows = [RowResult(row.id, "planned", due_at=road.now()) for row in chunk.rows]
    road.services.run_turns.settle(chunk, road.place, Results(rows), road.now())


HEALS: Mapping[Phase, Callable[[Road, Chunk], None]] = {
    "prepare": make_parts,
    "items": heal_chunk,
    "links": heal_links,
    "comments": heal_comments,
    "files": heal_files,
    "close": plan_again,
    "verify": plan_again,
}

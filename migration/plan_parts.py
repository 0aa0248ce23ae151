"""The rows of sprints and components that a mapping makes new, and of sprints that are over and shall be closed."""

from collections.abc import Iterator
from datetime import UTC, datetime

from domain.mapping_records import IterationRow
from domain.path_digests import digest_path
from migration.made_parts import SOURCE
from migration.road import Road
from store.run_rows import PlannedRow


def plan_parts(road: Road) -> Iterator[PlannedRow]:
    """In the order of the mapping: that is the order in which the board shows the sprints.

    A sample leaves its sprints open: what the full run brings has to go there too.
    """
    closes = road.run.kind != "sample"
    today = datetime.fromtimestamp(road.now() / 1000, UTC).date().isoformat()
    for row in road.mapping.iterations:
        if row.action == "new":
            yield PlannedRow("sprint", SOURCE, part=digest_path(row.source))
            if closes and is_past(row, today):
                yield PlannedRow("close", SOURCE, part=digest_path(row.source))
    for area in road.mapping.areas:
        if area.action == "new":
            yield PlannedRow("component", SOURCE, part=digest_path(area.source))


def is_past(row: IterationRow, today: str) -> bool:
    """Whether the last day of an iteration is over; without both days a sprint cannot be started, nor closed."""
    return bool(row.start and row.finish and row.finish < today)

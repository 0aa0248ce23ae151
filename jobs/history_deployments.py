"""Deployments of a project: YAML environments, classic releases, those that were given up, then stages that wait."""

from collections.abc import Callable, Mapping

from domain.records import Json
from jobs.devinfo import Road
from jobs.history_environments import read_environments
from jobs.history_pages import Portion, Reading, Window, read_cursor, write_cursor
from jobs.history_releases import read_abandoned, read_releases
from jobs.history_stages import read_stages

Part = Callable[[Road, Window, Json], Portion]
PARTS: Mapping[str, Part] = {
    "environments": read_environments, "releases": read_releases, "abandoned": read_abandoned, "stages": read_stages,
}  # fmt: skip
NEXT_PHASE = {"environments": "releases", "releases": "abandoned", "abandoned": "stages"}


def read_deployments(road: Road, window: Window, cursor: str | None) -> Reading:
    """A page of deployments of one of the sorts, newest first within each. Raises the CallError of a call."""
    parts = read_cursor(cursor)
    phase = parts.get("phase", "environments")
    found = PARTS[phase](road, window, parts)
    following = {"phase": phase, **found.left} if found.left is not None else {"phase": NEXT_PHASE.get(phase)}
    left = write_cursor(**following) if following["phase"] else None
    return Reading(found.changes, left, found.seen, refused=found.refused)

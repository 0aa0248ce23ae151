"""Runs: those that were queued in the window and, while reconciling, those that only ended or went on in it."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from clients.history_answers import ListedBuild, Page
from domain.changes import Change
from domain.facts import BuildFacts
from domain.pipeline_events import BUILD_STATES, build_result
from domain.records import BuildChanged
from domain.selection import why_no_pipeline
from jobs.devinfo import Road, knowing
from jobs.history_pages import Reading, Window, flatten, read_cursor, sift, write_cursor
from jobs.mapping import map_built
from jobs.pipeline_facts import gather_build

BUILDS_AT_ONCE = 50  # each costs a call or some more
NEXT_PHASE = {"queued": "ended", "ended": "open"}


def read_builds(road: Road, window: Window, cursor: str | None) -> Reading:
    """A page of up to BUILDS_AT_ONCE runs, of a repository of Azure Repos or of the project. Raises CallError.

    A run that only waits in the queue is not told, as no event tells of it.
    """
    parts = read_cursor(cursor)
    phase = parts.get("phase", "queued")
    page = list_runs(road, window, phase, parts.get("token"))
    fresh = [entry for entry in page.entries if phase == "queued" or is_before(entry.queued, window.since)]
    pipelines = road.history.know_pipelines([entry.build for entry in fresh])
    events = [event for event in (tell_build(entry, window) for entry in fresh) if event]
    wanted = [event for event in events if not why_no_pipeline(road.settings, event.pipeline)]
    gathered, lost = sift(
        road, "build", lambda event: (event, gather_build(event, pipelines, road.git)), with_ids(wanted)
    )
    informed = knowing(road, (word for _, facts in gathered for word in facts.words))
    told = ((event.build_id, (event, facts)) for event, facts in gathered)
    mapped, untold = sift(road, "build", lambda one: map_gathered(*one, informed), told)
    refused = page.refused + lost + untold
    return Reading(flatten(mapped), go_on(road, phase, page), len(fresh) + page.refused, refused=refused)


def with_ids(events: Iterable[BuildChanged]) -> Iterator[tuple[int, BuildChanged]]:
    return ((event.build_id, event) for event in events)


def list_runs(road: Road, window: Window, phase: str, token: str | None) -> Page[ListedBuild]:
    repository_id = window.repository.id if window.repository else None
    status = {"ended": "completed", "open": "inProgress"}.get(phase, "all")
    return road.history.list_builds(
        road.source.project_id, repository_id=repository_id, since=None if phase == "open" else window.since,
        order="ended" if phase == "ended" else "queued", status=status, cursor=token, top=BUILDS_AT_ONCE,
    )  # fmt: skip


def go_on(road: Road, phase: str, page: Page[ListedBuild]) -> str | None:
    """Back-fill leaves out what was queued before its window: nobody has told of the time before it."""
    if page.cursor:
        return write_cursor(phase=phase, token=page.cursor)
    if road.lane == "backfill" or phase not in NEXT_PHASE:
        return None
    return write_cursor(phase=NEXT_PHASE[phase])


def map_gathered(event: BuildChanged, facts: BuildFacts, road: Road) -> tuple[Change, ...]:
    """One run; its tests are asked for when it names an issue."""
    changes = map_built(event, facts, road)
    if not changes or event.state != "completed":
        return changes
    tests = road.pipelines.read_test_counts(event.project_id, event.build_id)
    return map_built(event, replace(facts, tests=tests), road) if tests else changes


def tell_build(entry: ListedBuild, window: Window) -> BuildChanged | None:
    """The event of a run as it is now; None for one that has not begun."""
    build = entry.build
    state = BUILD_STATES.get(build.status.lower())
    if state is None or state == "pending":
        return None
    return BuildChanged(
        build_id=build.id,
        pipeline_id=entry.pipeline_id,
        pipeline=entry.pipeline,
        number=build.number,
        state=state,
        result=build_result(build.result) if state == "completed" else None,
        project_id=build.project_id,
        happened=window.happened,
        finished=entry.finished,
        updated=entry.finished or entry.started or entry.queued,
    )


def is_before(moment: datetime | None, since: datetime) -> bool:
    return moment is not None and moment < since

"""Deployments of YAML runs, environment by environment, as their records tell them.

The records are read as they lie in their pages, because the way of an event, from its stage to the records, would read
the newest pages again for every old deployment.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from clients.ado_pipelines import PipelinesApi
from clients.history_answers import ListedRecord, Page
from clients.pipeline_answers import Build, Environment, EnvironmentRecord
from domain.changes import Change
from domain.errors import NotFound
from domain.pipeline_events import StageResult
from domain.records import DeploymentFacts, Json, StageChanged
from domain.selection import why_no_pipeline
from jobs.devinfo import Road
from jobs.history_pages import Window, at_once, map_found
from jobs.run_facts import find_build
from jobs.stage_facts import RECORD_ENDS, deployed_facts, withdraw_announced
from jobs.stage_places import RECORDS_READ, Search, place_of

RECORDS_AT_ONCE = 25  # each costs a call or some more
RECORDS_AHEAD = 100  # of a page, read for the last success before and for jobs that belong to the page
LONGEST = timedelta(days=1)  # how long before the window a deployment may have begun that ended in it
# The worst result of the jobs is that of the stage, in words of an event
RESULTS: dict[str, StageResult] = {
    "failed": "failed",
    "cancelled": "canceled",
    "partially_successful": "partiallySucceeded",
}
StageKey = tuple[int, str, int]  # run, stage, attempt


@dataclass(frozen=True, slots=True)
class Shelf:
    """A page of records of one environment: `groups` by stage, newest first, and `around` all that is known of it."""

    environment: Environment
    groups: tuple[tuple[ListedRecord, ...], ...]
    around: list[EnvironmentRecord]


def read_environments(road: Road, window: Window, parts: Json) -> tuple[tuple[Change, ...], int, Json | None]:
    """The changes of one page, how many records it had, and the parts of the cursor after it; None after the last.

    Newest records first, the newest environment first. Raises the CallError of a call.
    """
    environment, lower = find_environment(road, parts.get("environment"))
    if environment is None:
        return (), 0, None
    same = parts.get("environment") == environment.id
    page = read_page(road, environment, parts.get("token") if same else None)
    told = {(run, stage, attempt) for run, stage, attempt in parts.get("begun", ())} if same else set()
    groups = {key: group for key, group in by_stage(page.entries).items() if key not in told}
    fresh = tuple(group for group in groups.values() if is_fresh(group, window))
    ahead = look_ahead(road, environment, page, fresh) if fresh else ()
    shelf = Shelf(environment, fresh, [entry.record for entry in (*page.entries, *ahead)])
    further = {key_of(entry) for entry in ahead}
    begun = [key for key in {*groups, *told} if key in further]
    return map_shelf(shelf, road, window), len(page.entries), go_on(page, window, environment, lower, begun)


def find_environment(road: Road, wanted: int | None) -> tuple[Environment | None, int | None]:
    """The environment `wanted` (the newest at the beginning), or the next one when it is gone; then the id below."""
    try:
        every = road.pipelines.list_environments(road.source.project_id)
    except NotFound:  # the project has no environments
        return None, None
    left = [found for found in every if wanted is None or found.id <= wanted]
    left.sort(key=lambda found: found.id, reverse=True)
    return (left[0] if left else None), (left[1].id if len(left) > 1 else None)


def read_page(road: Road, environment: Environment, token: str | None) -> Page[ListedRecord]:
    """No records of an environment that was deleted a moment ago."""
    project = road.source.project_id
    try:
        return road.history.list_environment_records(project, environment.id, top=RECORDS_AT_ONCE, cursor=token)
    except NotFound:
        return Page((), None)


def by_stage(entries: Sequence[ListedRecord]) -> dict[StageKey, tuple[ListedRecord, ...]]:
    found: dict[StageKey, tuple[ListedRecord, ...]] = {}
    for entry in entries:
        found[key_of(entry)] = (*found.get(key_of(entry), ()), entry)
    return found


def key_of(entry: ListedRecord) -> StageKey:
    record = entry.record
    return record.run_id, record.stage_name, record.stage_attempt


def is_fresh(group: Sequence[ListedRecord], window: Window) -> bool:
    """True when a job of the stage goes on, or was queued or ended in the window."""
    moments = (moment for entry in group for moment in (entry.finished, entry.record.queued) if moment)
    return max(moments, default=window.since) >= window.since or any(entry.record.result is None for entry in group)


def look_ahead(
    road: Road, environment: Environment, page: Page[ListedRecord], groups: Sequence[Sequence[ListedRecord]]
) -> tuple[ListedRecord, ...]:
    """Older records: one page for sure, more until every pipeline's last success is seen or RECORDS_READ are read."""
    ahead: tuple[ListedRecord, ...] = ()
    token = page.cursor
    waiting = {group[0].record.pipeline_id: group[0].record.run_id for group in groups}  # the oldest of each
    while token and len(ahead) < RECORDS_READ and (waiting or not ahead):
        more = road.history.list_environment_records(
            road.source.project_id, environment.id, top=RECORDS_AHEAD, cursor=token
        )
        ahead, token = (*ahead, *more.entries), more.cursor
        for record in (entry.record for entry in more.entries if entry.record.result == "succeeded"):
            if waiting.get(record.pipeline_id) != record.run_id:
                waiting.pop(record.pipeline_id, None)
    return ahead


def go_on(
    page: Page[ListedRecord], window: Window, environment: Environment, lower: int | None, begun: list[StageKey]
) -> Json | None:
    begin = window.since - LONGEST
    past = any(entry.record.queued is not None and entry.record.queued < begin for entry in page.entries)
    if page.cursor and not past:
        return {"environment": environment.id, "token": page.cursor, "begun": sorted(begun)}
    return {"environment": lower} if lower is not None else None


def map_shelf(shelf: Shelf, road: Road, window: Window) -> tuple[Change, ...]:
    pipelines = road.history.know_pipelines()
    found = at_once(lambda group: gather_group(group, shelf, road, pipelines, window), shelf.groups)
    return map_found([one for one in found if one is not None], road)


def gather_group(
    group: Sequence[ListedRecord], shelf: Shelf, road: Road, pipelines: PipelinesApi, window: Window
) -> tuple[StageChanged, tuple[DeploymentFacts, ...]] | None:
    """The deployment of one stage, as its event would tell it; None when its run is gone."""
    if why_no_pipeline(road.settings, group[0].pipeline):
        return None
    build = find_build(pipelines, road.source.project_id, group[0].record.run_id)
    if build is None:
        return None
    key = key_of(group[0])
    own = [record for record in shelf.around if (record.run_id, record.stage_name, record.stage_attempt) == key]
    event = tell_stage(group, own, build, road, window)
    search = Search(event, pipelines, road.memory, road.settings.partial_deployment_is)
    place = place_of(search, shelf.environment, shelf.around)
    ends = [entry.finished or entry.record.queued for entry in group]
    updated = max((moment for moment in ends if moment), default=None)
    facts = replace(deployed_facts(search, place, build, road.git), updated=updated)
    search.remember(event.stage_name, {*(search.recall(event.stage_name) or ()), shelf.environment.id})
    return event, (facts, *withdraw_announced(search))


def tell_stage(
    group: Sequence[ListedRecord], own: Sequence[EnvironmentRecord], build: Build, road: Road, window: Window
) -> StageChanged:
    """The stage as it is now. All its records may have ended while a later job of it has none yet."""
    run_id, stage, attempt = key_of(group[0])
    results = {record.result for record in own}
    ended = None not in results and (build.status.lower() == "completed" or is_over(road, group[0]))
    word = next((word for words, word in RECORD_ENDS if results & words), "")
    return StageChanged(
        run_id=run_id,
        pipeline_id=group[0].record.pipeline_id,
        pipeline=group[0].pipeline,
        run=build.number,
        stage_name=stage,
        stage=stage,
        state="completed" if ended else "running",
        result=RESULTS.get(word, "succeeded") if ended else None,
        attempt=attempt,
        project_id=road.source.project_id,
        happened=window.happened,
    )


def is_over(road: Road, entry: ListedRecord) -> bool:
    """Whether a stage of a run that goes on has ended."""
    run_id, stage, attempt = key_of(entry)
    stages = road.history.list_stages(road.source.project_id, run_id)
    now = next((found for found in stages if found.name == stage), None)
    return now is None or now.attempt != attempt or now.state == "completed"

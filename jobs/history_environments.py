"""Deployments of YAML runs, environment by environment, as their records tell them.

The records are read as they lie in their pages, because the way of an event, from its stage to the records, would read
the newest pages again for every old deployment.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from clients.ado_pipelines import PipelinesApi
from clients.history_answers import ListedRecord, Page
from clients.pipeline_answers import Build, Environment, EnvironmentRecord
from domain.changes import Change
from domain.errors import Forbidden, NotFound, Rejected, Unreadable
from domain.facts import DeploymentFacts
from domain.pipeline_events import StageResult
from domain.records import Json, StageChanged
from domain.selection import why_no_pipeline
from jobs.devinfo import Road
from jobs.history_pages import Portion, Window, map_found, sift
from jobs.run_facts import find_build
from jobs.stage_facts import RECORD_ENDS, deployed_facts, withdraw_announced
from jobs.stage_places import RECORDS_READ, Search, place_of

log = structlog.get_logger("crosswalk.history")

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


def read_environments(road: Road, window: Window, parts: Json) -> Portion:
    """The changes of one page of records: newest first, the newest environment first. Raises CallError."""
    environment, rest = find_environment(road, parts)
    if environment is None:
        return Portion((), 0, None)
    same = parts.get("environment") == environment.id
    page = read_page(road, environment, parts.get("token") if same else None)
    told = {(run, stage, attempt) for run, stage, attempt in parts.get("begun", ())} if same else set()
    groups = {key: group for key, group in by_stage(page.entries).items() if key not in told}
    fresh = tuple(group for group in groups.values() if is_fresh(group, window))
    ahead = look_ahead(road, environment, page, fresh) if fresh else ()
    shelf = Shelf(environment, fresh, [entry.record for entry in (*page.entries, *ahead)])
    further = {key_of(entry) for entry in ahead}
    begun = [key for key in {*groups, *told} if key in further]
    changes, refused = map_shelf(shelf, road, window)
    left = go_on(page, window, environment, rest, begun)
    return Portion(changes, page.seen, left, page.refused + refused)


def find_environment(road: Road, parts: Json) -> tuple[Environment | None, list[int]]:
    """The environment to read and the ids of those after it: as the cursor says, without those that are gone; at the
    beginning all of the project.
    """
    wanted, project = parts.get("environment"), road.source.project_id
    left = [wanted, *parts["rest"]] if "rest" in parts else None
    while left:
        number, *left = left
        try:
            return road.pipelines.read_environment(project, number), left
        except NotFound:
            continue
    if left is not None:
        return None, []
    try:
        every = road.pipelines.list_environments(project)
    except NotFound:  # the project has no environments
        return None, []
    found = sorted(every, key=lambda one: one.id, reverse=True)
    return (found[0] if found else None), [one.id for one in found[1:]]


def read_page(road: Road, environment: Environment, token: str | None) -> Page[ListedRecord]:
    """No records of an environment that was deleted a moment ago, or that cannot be read by itself."""
    project = road.source.project_id
    try:
        return road.history.list_environment_records(project, environment.id, top=RECORDS_AT_ONCE, cursor=token)
    except NotFound:
        return Page((), None)
    except (Forbidden, Rejected, Unreadable) as error:
        names = {"link": road.link_id, "kind": "environment", "entry": environment.id}
        log.warning("history.refused", **names, error=type(error).__name__)
        return Page((), None, refused=1)


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
    page: Page[ListedRecord], window: Window, environment: Environment, rest: list[int], begun: list[StageKey]
) -> Json | None:
    begin = window.since - LONGEST
    past = any(entry.record.queued is not None and entry.record.queued < begin for entry in page.entries)
    if page.cursor and not past:
        return {"environment": environment.id, "rest": rest, "token": page.cursor, "begun": sorted(begun)}
    return {"environment": rest[0], "rest": rest[1:]} if rest else None


def map_shelf(shelf: Shelf, road: Road, window: Window) -> tuple[tuple[Change, ...], int]:
    """The changes, and how many deployments cannot be told."""
    pipelines = road.history.know_pipelines()
    groups = ((group[0].record.id, group) for group in shelf.groups)
    found, lost = sift(road, "deployment", lambda group: gather_group(group, shelf, road, pipelines, window), groups)
    changes, untold = map_found([one for one in found if one is not None], road)
    return changes, lost + untold


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

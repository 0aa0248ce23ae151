"""Stages without a deployment record: those that wait for an approval, and announcements that nobody took back."""

from clients.history_answers import ListedBuild, StageNow
from domain.changes import Change
from domain.records import Json, StageChanged
from domain.selection import why_no_pipeline
from jobs.devinfo import Road
from jobs.history_pages import Portion, Window, flatten, sift
from jobs.mapping import map_deployed, map_event
from jobs.stage_facts import withdraw_announced
from jobs.stage_places import Search

RUNS_AT_ONCE = 50  # each costs a call, and more only when a stage of it waits


def read_stages(road: Road, window: Window, parts: Json) -> Portion:
    """The changes of one page of runs.

    Runs that go on and, while reconciling, those that ended in the window. Raises the CallError of a call.
    """
    ended = bool(parts.get("ended"))
    page = road.history.list_builds(
        road.source.project_id, since=window.since if ended else None, order="ended" if ended else "queued",
        status="completed" if ended else "inProgress", cursor=parts.get("token"), top=RUNS_AT_ONCE,
    )  # fmt: skip
    runs = ((entry.build.id, entry) for entry in page.entries)
    mapped, untold = sift(road, "build", lambda entry: map_run(entry, road, window), runs)
    more = road.lane == "reconcile" and not ended
    left = {"ended": ended, "token": page.cursor} if page.cursor else {"ended": True} if more else None
    return Portion(flatten(mapped), page.seen, left, page.refused + untold)


def map_run(entry: ListedBuild, road: Road, window: Window) -> tuple[Change, ...]:
    if why_no_pipeline(road.settings, entry.pipeline):
        return ()
    stages = road.history.list_stages(road.source.project_id, entry.build.id)
    return tuple(change for stage in stages for change in map_stage(stage, entry, road, window))


def map_stage(stage: StageNow, entry: ListedBuild, road: Road, window: Window) -> tuple[Change, ...]:
    """A stage that waits is announced; one that ended takes its announcement back. One that runs has its records."""
    if stage.state not in {"waiting", "completed"}:
        return ()
    event = tell_stage(stage, entry, road, window)
    if event.state == "waiting":
        return map_event(event, road)
    return map_deployed(event, withdraw_announced(Search(event, road.pipelines, road.memory)), road)


def tell_stage(stage: StageNow, entry: ListedBuild, road: Road, window: Window) -> StageChanged:
    """The stage as it is now; how it ended is told by its records, when it has some."""
    waits = stage.state == "waiting"
    return StageChanged(
        run_id=entry.build.id,
        pipeline_id=entry.pipeline_id,
        pipeline=entry.pipeline,
        run=entry.build.number,
        stage_name=stage.name,
        stage=stage.title,
        state="waiting" if waits else "completed",
        result=None if waits else "skipped",
        attempt=stage.attempt,
        project_id=road.source.project_id,
        happened=window.happened,
        run_created=entry.queued,
    )

"""The build, pipelines, environments and test APIs. Environments are those of 7.2-preview: vso.build is enough."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from fnmatch import fnmatchcase

from sandbox.ado_build_shapes import (
    QUEUE,
    build_change_json,
    build_json,
    definition_json,
    environment_json,
    pipeline_json,
    record_json,
    run_json,
    timeline_json,
    without_nulls,
)
from sandbox.ado_clock import stamp
from sandbox.ado_errors import bad_request, not_found
from sandbox.ado_history import commits_between
from sandbox.ado_model import Commit, Json
from sandbox.ado_pipeline_model import Environment, Pipeline, Run
from sandbox.ado_routes import Call, Page, Routes

# of these a comma joins several
BUILD_FILTERS = (
    "statusFilter", "resultFilter", "reasonFilter", "branchName", "repositoryId", "repositoryType", "buildIds",
    "definitions", "queues",
)  # fmt: skip
MOST_BUILDS = 5000  # community knowledge
OUTCOMES = {"passed": "Passed", "failed": "Failed", "skipped": "NotExecuted"}
pipeline_routes = Routes()


def run_of(call: Call, number: int) -> Run:
    run = call.organization.find_run(number)
    if run.pipeline.project is not call.home:
        raise not_found("BuildNotFoundException", f"The requested build {number} could not be found.")
    return run


def pipeline_of(call: Call, number: int) -> Pipeline:
    found = call.organization.pipelines.get(number)
    if found is None or found.project is not call.home:
        raise not_found("PipelineDoesNotExistException", f"Pipeline {number} does not exist.")
    return found


def runs_of(call: Call) -> list[Run]:
    return [run for run in call.organization.runs.values() if run.pipeline.project is call.home]


@pipeline_routes.get("build/builds", "build")
def list_builds(call: Call) -> Page:
    """The time range and the order follow the same one of queue, start and finish time."""
    if call.text("repositoryId") and not call.text("repositoryType"):
        raise bad_request("Value cannot be null.\r\nParameter name: repositoryType", "ArgumentNullException")
    order = call.text("queryOrder") or "queueTimeDescending"
    start, end = call.time("minTime"), call.time("maxTime")
    wanted = {name: call.text(name) for name in BUILD_FILTERS}
    found = []
    for run in runs_of(call):
        moment = order_time(run, order)
        in_range = (start is None or (moment and moment >= start)) and (end is None or (moment and moment <= end))
        if in_range and fits_build(run, wanted) and fits_person(call, run):
            found.append(run)
    found.sort(key=lambda run: (order_time(run, order) or run.queued, run.id), reverse=order.endswith("Descending"))
    newest = most_of_each(found, call.number("maxBuildsPerDefinition", MOST_BUILDS))
    return call.page_after(newest, run_key, lambda run: without_nulls(build_json(run, call.base)), default=1000)


def run_key(run: Run) -> str:
    return str(run.id)


def most_of_each(runs: list[Run], most: int) -> list[Run]:
    """At most so many of each definition, in the same order."""
    counts: Counter[int] = Counter()
    kept = []
    for run in runs:
        counts[run.pipeline.id] += 1
        if counts[run.pipeline.id] <= most:
            kept.append(run)
    return kept


def fits_person(call: Call, run: Run) -> bool:
    """Who it was for, its tags (all of them) and its number (`*` at the end stands for anything)."""
    person, tags, number = call.text("requestedFor"), call.text("tagFilters"), call.text("buildNumber")
    return (
        person in {None, run.user.id, run.user.name, run.user.mail}
        and set((tags or "").split(",")) - {""} <= set(run.tags)
        and (number is None or fnmatchcase(run.number, number))
        and call.text("deletedFilter") != "onlyDeleted"
    )


def order_time(run: Run, order: str) -> datetime | None:
    return {"f": run.finished, "s": run.started}.get(order[0], run.queued)


def fits_build(run: Run, wanted: Mapping[str, str | None]) -> bool:
    """`wanted` holds the filters of a call; lists are joined by comma."""
    values = {
        "statusFilter": run.state,
        "resultFilter": run.result,
        "reasonFilter": run.reason,
        "branchName": run.ref,
        "repositoryId": run.pipeline.repository.id,
        "repositoryType": "TfsGit",
        "buildIds": str(run.id),
        "definitions": str(run.pipeline.id),
        "queues": str(QUEUE),
    }
    given = {name: text.split(",") for name, text in wanted.items() if text and text != "all"}
    return all(values[name] in texts for name, texts in given.items())


@pipeline_routes.get("build/builds/{buildId}", "build")
def show_build(call: Call, build_id: int) -> Json:
    found: Json = without_nulls(build_json(run_of(call, build_id), call.base))
    return found


@pipeline_routes.get("build/builds/{buildId}/changes", "build")
def list_build_changes(call: Call, build_id: int) -> Page:
    """The commits since the last completed build of the definition on the branch."""
    run = run_of(call, build_id)
    earlier = [
        other
        for other in runs_of(call)
        if other.pipeline is run.pipeline and other.ref == run.ref and other.state == "completed" and other.id < run.id
    ]
    repository = run.pipeline.repository
    if run.pull_request:
        commits: list[Commit] = commits_between(repository, run.commit, run.pull_request.target_commit)
    else:
        commits = commits_between(repository, run.commit, earlier[-1].commit if earlier else None)
    return call.page(commits, lambda commit: build_change_json(run, commit, call.base), default=50)


@pipeline_routes.get("build/changes", "build")
def list_changes_between(call: Call) -> Page:
    """What `toBuildId` contains and `fromBuildId` does not."""
    if not call.text("fromBuildId") or not call.text("toBuildId"):
        raise bad_request("fromBuildId and toBuildId are required.")
    old, new = run_of(call, call.number("fromBuildId", 0)), run_of(call, call.number("toBuildId", 0))
    commits = commits_between(new.pipeline.repository, new.commit, old.commit)
    return Page([build_change_json(new, commit, call.base) for commit in commits[: call.number("$top", 50)]])


@pipeline_routes.get("build/builds/{buildId}/timeline", "build", checked="build/builds/{buildId}/timeline/{timelineId}")
@pipeline_routes.get("build/builds/{buildId}/timeline/{timelineId}", "build")
def show_timeline(call: Call, build_id: int, timeline_id: str = "") -> Json:
    return timeline_json(run_of(call, build_id), call.base)


@pipeline_routes.get("build/builds/{buildId}/workitems", "build")
def list_build_work_items(call: Call, build_id: int) -> Page:
    run_of(call, build_id)
    return Page([])


@pipeline_routes.get("build/definitions", "build")
def list_definitions(call: Call) -> Page:
    name, repository = call.text("name"), call.text("repositoryId")
    found = [
        pipeline
        for pipeline in call.organization.pipelines.values()
        if pipeline.project is call.home
        and name in {None, pipeline.name}
        and repository in {None, pipeline.repository.id}
    ]
    return call.page(found, lambda pipeline: definition_json(pipeline, call.base), default=1000)


@pipeline_routes.get("build/definitions/{definitionId}", "build")
def show_definition(call: Call, definition_id: int) -> Json:
    return definition_json(pipeline_of(call, definition_id), call.base)


@pipeline_routes.get("pipelines", "pipelines")
def list_pipelines(call: Call) -> Page:
    found = [pipeline for pipeline in call.organization.pipelines.values() if pipeline.project is call.home]
    return call.page(found, lambda pipeline: pipeline_json(pipeline, call.base), default=1000)


@pipeline_routes.get("pipelines/{pipelineId}", "pipelines")
def show_pipeline(call: Call, pipeline_id: int) -> Json:
    shown = pipeline_json(pipeline_of(call, pipeline_id), call.base)
    return shown | {"configuration": {"type": "yaml", "path": "/azure-pipelines.yml"}}


@pipeline_routes.get("pipelines/{pipelineId}/runs", "pipelines")
def list_runs(call: Call, pipeline_id: int) -> Page:
    """Newest first, at most 10 000, no pages."""
    pipeline = pipeline_of(call, pipeline_id)
    found = [run for run in reversed(runs_of(call)) if run.pipeline is pipeline]
    return Page([run_json(run, call.base) for run in found[:10_000]])


@pipeline_routes.get("pipelines/{pipelineId}/runs/{runId}", "pipelines")
def show_run(call: Call, pipeline_id: int, run_id: int) -> Json:
    run = run_of(call, run_id)
    if run.pipeline is not pipeline_of(call, pipeline_id):
        raise not_found("RunNotFoundException", f"Run {run_id} of pipeline {pipeline_id} does not exist.")
    return run_json(run, call.base)


def environment_of(call: Call, number: int) -> Environment:
    found = call.organization.environments.get(number)
    if found is None or found.project is not call.home:
        raise not_found("EnvironmentNotFoundException", f"Environment with ID {number} does not exist.")
    return found


@pipeline_routes.get("pipelines/environments", "environments")
def list_environments(call: Call) -> Page:
    every, name = call.organization.environments.values(), call.text("name")
    found = [e for e in every if e.project is call.home and name in {None, e.name}]
    return call.page(found, lambda environment: environment_json(environment, call.base), default=1000)


@pipeline_routes.get("pipelines/environments/{environmentId}", "environments")
def show_environment(call: Call, environment_id: int) -> Json:
    return environment_json(environment_of(call, environment_id), call.base)


@pipeline_routes.get("pipelines/environments/{environmentId}/environmentdeploymentrecords", "environments")
def list_records(call: Call, environment_id: int) -> Page:
    """Newest first; there is no filter by date."""
    found = environment_of(call, environment_id)
    records = sorted(found.records, key=lambda record: (record.queued, record.id), reverse=True)
    return call.page_after(
        records, lambda record: str(record.id), lambda record: record_json(found, record, call.base),
        top="top", default=25,
    )  # fmt: skip


@pipeline_routes.get("test/runs", "test")
def list_test_runs(call: Call) -> Page:
    """By `buildUri`, or by `buildIds` within a time range of the last update."""
    wanted = {(call.text("buildUri") or "").rpartition("/")[2], *(call.text("buildIds") or "").split(",")}
    start, end = call.time("minLastUpdatedDate"), call.time("maxLastUpdatedDate")
    found = [
        run
        for run in runs_of(call)
        if run.tests
        and str(run.id) in wanted
        and (start is None or (run.finished or run.queued) >= start)
        and (end is None or (run.finished or run.queued) <= end)
    ]
    return Page([test_run_json(call, run) for run in call.slice(found, "$skip", "$top", 100)])


def test_run_json(call: Call, run: Run) -> Json:
    tests = run.tests or {}
    url = f"{call.base}/{run.pipeline.project.id}/_apis/test/Runs/{run.id}"
    statistics = [{"state": "Completed", "outcome": OUTCOMES.get(name, name), "count": n} for name, n in tests.items()]
    return {
        "id": run.id,
        "name": f"Tests of {run.number}",
        "url": url,
        "isAutomated": True,
        "build": {"id": str(run.id), "name": run.number},
        "project": {"id": run.pipeline.project.id, "name": run.pipeline.project.name},
        "state": "Completed",
        "totalTests": sum(tests.values()),
        "incompleteTests": 0,
        "notApplicableTests": tests.get("skipped", 0),
        "passedTests": tests.get("passed", 0),
        "unanalyzedTests": tests.get("failed", 0),
        "revision": 3,
        "runStatistics": statistics,
        "completedDate": stamp(run.finished or run.queued),
    }


@pipeline_routes.get("test/ResultSummaryByBuild", "test-summary")
def show_test_summary(call: Call) -> Json:
    """Counts of a build. Not in the official documents."""
    run = run_of(call, call.number("buildId", 0))
    tests = run.tests or {}
    by_outcome = {OUTCOMES.get(name, name): counted(name, number) for name, number in tests.items()}
    analysis = {"totalTests": total(tests.values()), "resultsByOutcome": by_outcome}
    return {"aggregatedResultsAnalysis": analysis, "teamProject": {"id": call.home.id, "name": call.home.name}}


def counted(outcome: str, number: int) -> Json:
    return {"outcome": OUTCOMES.get(outcome, outcome), "count": number}


def total(numbers: Iterable[int]) -> int:
    return sum(numbers)

"""Bodies of builds, runs, stages and releases read into records."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.errors import BadEvent
from domain.pipeline_events import PARSERS
from domain.records import BuildChanged, Event, Ignored, ReleaseAbandoned, ReleaseDeployed, StageChanged
from tests.domain.event_reading import parse_event
from tests.domain.official import reference_bodies

BODIES = Path(__file__).parents[1] / "bodies" / "ado"
PROJECT = "0b7a2f7e-51c3-4d55-8a0c-6e1f2d3c4b5a"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def read(name: str) -> Any:
    return json.loads((BODIES / f"{name}.json").read_bytes())


def parse(body: Any) -> Event:
    return parse_event(json.dumps(body).encode())


def build(build_id: int, number: str, result: Any, happened: str, finished: str | None) -> BuildChanged:
    end = moment(finished) if finished else None
    state: Any = "completed" if finished else "inProgress"
    return BuildChanged(build_id, 41, "Ledger CI", number, state, result, PROJECT, moment(happened), end)


def stage(state: Any, result: Any, happened: str) -> StageChanged:
    created = moment("2026-03-02T09:20:00.123456Z")
    return StageChanged(
        9101, 41, "Ledger CI", "20260302.1", "ToProduction", "Ship to production", state, result, 1, PROJECT,
        moment(happened), created,
    )  # fmt: skip


RECORDS = {
    "build.complete": build(9101, "20260302.1", "succeeded", "2026-03-02T09:24:33.886660Z", "2026-03-02T09:24:31.52Z"),
    "build.complete.pull-request": build(
        9102, "20260302.2", "partiallySucceeded", "2026-03-02T09:31:02.1Z", "2026-03-02T09:31:00Z"
    ),
    "build.complete.canceled": build(9103, "20260302.3", "canceled", "2026-03-02T09:40:01Z", "2026-03-02T09:40:00Z"),
    "build.complete.xaml": BuildChanged(
        17, 6, "Statements", "Statements_20260302.1", "completed", "canceled", PROJECT,
        moment("2026-03-02T10:03:02Z"), moment("2026-03-02T10:03:00.4Z"),
    ),
    "run-state.in-progress": build(9101, "20260302.1", None, "2026-03-02T09:20:09.042826Z", None),
    "run-state.completed": build(9102, "20260302.2", "succeeded", "2026-03-02T09:31:01.5Z", "2026-03-02T09:31:00Z"),
    "stage-state.waiting": stage("waiting", None, "2026-03-02T09:25:00.1Z"),
    "stage-state.running": stage("running", None, "2026-03-02T09:30:01.25Z"),
    "stage-state.completed": stage("completed", "succeeded", "2026-03-02T09:34:12.292322Z"),
    "release.deployment-started": ReleaseDeployed(
        31, 88, "inProgress", PROJECT, moment("2026-03-02T11:00:01.157Z")
    ),
    "release.deployment-completed": ReleaseDeployed(
        31, 88, "succeeded", PROJECT, moment("2026-03-02T11:05:42.534509Z"), 640, 2
    ),
    "release.abandoned": ReleaseAbandoned(31, PROJECT, moment("2026-03-02T12:00:01.784Z")),
}  # fmt: skip

# The samples of the documentation, faults and all
SAMPLE_PROJECT = "be9b3917-87e6-42a4-a549-2bc06a7a878f"
ZEROS = "00000000-0000-0000-0000-000000000000"
SAMPLES: dict[str, Event] = {
    "build.complete": BuildChanged(
        2727068, 4658, "MainRepo (1)", "20241202.1", "completed", "succeeded", "33dd33dd-ee44-ff55-aa66-77bb77bb77bb",
        moment("2024-12-02T12:21:13.886660Z"), moment("2024-12-02T12:21:08.520904Z"),
    ),
    "build.complete.resourceVersion-1.0-legacy-xaml": BuildChanged(
        2, 2, "ConsumerAddressModule", "ConsumerAddressModule_20150407.1", "completed", "succeeded", SAMPLE_PROJECT,
        moment("2016-09-19T13:03:26.428552Z"), moment("2015-04-07T18:06:10.69Z"),
    ),
    "ms.vss-pipelines.run-state-changed-event": BuildChanged(
        11, 11, "TEST-CI", "11", "completed", "succeeded", SAMPLE_PROJECT, moment("2019-12-13T04:46:13.683Z"),
        moment("2019-12-13T04:46:13.613Z"),
    ),
    "ms.vss-pipelines.stage-state-changed-event": StageChanged(
        2, 2, "TEST-CI", "2", "__default", "__default", "completed", "succeeded", 1, SAMPLE_PROJECT,
        moment("2019-12-13T06:10:10.186Z"), moment("2019-12-13T06:10:10.164Z"),
    ),
    "ms.vss-release.deployment-started-event": ReleaseDeployed(
        5, 5, "inProgress", "11bb11bb-cc22-dd33-ee44-55ff55ff55ff", moment("2019-10-10T17:49:39.157Z")
    ),
    "ms.vss-release.deployment-completed-event": ReleaseDeployed(
        1, 5, "succeeded", ZEROS, moment("2016-09-19T13:03:28.534509Z")
    ),
    "ms.vss-release.release-abandoned-event": ReleaseAbandoned(4, ZEROS, moment("2016-09-19T13:03:27.784654Z")),
}  # fmt: skip
IGNORED_SAMPLES = [
    "ms.vss-pipelines.job-state-changed-event",
    "ms.vss-pipelinechecks-events.approval-pending",
    "ms.vss-pipelinechecks-events.approval-completed",
    "ms.vss-release.release-created-event",
    "ms.vss-release.deployment-approval-pending-event",
    "ms.vss-release.deployment-approval-completed-event",
]


@pytest.mark.parametrize("name", RECORDS)
def test_a_delivery_becomes_its_record(name: str) -> None:
    assert parse(read(name)) == RECORDS[name]


@pytest.mark.specs
@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_of_the_documentation_becomes_its_record(name: str) -> None:
    assert parse_event((reference_bodies() / f"{name}.json").read_bytes()) == SAMPLES[name]


@pytest.mark.specs
@pytest.mark.parametrize("name", IGNORED_SAMPLES)
def test_a_sample_that_changes_nothing_is_ignored_with_a_reason(name: str) -> None:
    event = parse_event((reference_bodies() / f"{name}.json").read_bytes())
    assert isinstance(event, Ignored)
    assert event.reason


@pytest.mark.specs
def test_every_pipeline_sample_of_the_documentation_is_covered() -> None:
    names = {path.stem for path in reference_bodies().glob("*.json")}
    ours = {name for name in names if name.startswith(("build.", "ms.vss-pipeline", "ms.vss-release."))}
    assert ours == {*SAMPLES, *IGNORED_SAMPLES}


@pytest.mark.parametrize(
    ("status", "result", "expected"),
    [
        ("notStarted", None, ("pending", None)),
        ("postponed", None, ("pending", None)),
        ("inProgress", "succeeded", ("inProgress", None)),
        ("cancelling", None, ("canceling", None)),
        ("completed", "failed", ("completed", "failed")),
        ("Completed", "SucceededWithIssues", ("completed", "partiallySucceeded")),
        ("completed", "none", ("completed", None)),
        ("completed", None, ("completed", None)),
        ("partiallySucceeded", None, ("completed", "partiallySucceeded")),
        ("failed", None, ("completed", "failed")),
    ],
)
def test_a_build_has_a_state_and_at_its_end_a_result(status: str, result: str | None, expected: Any) -> None:
    body = read("build.complete")
    body["resource"] |= {"status": status, "result": result}
    event = parse(body)
    assert isinstance(event, BuildChanged)
    assert (event.state, event.result) == expected


@pytest.mark.parametrize(
    ("state", "result", "expected"),
    [
        ("notStarted", None, ("notStarted", None)),
        ("Waiting", None, ("waiting", None)),
        ("pending", None, ("waiting", None)),
        ("running", "succeeded", ("running", None)),
        ("canceling", None, ("running", None)),
        ("completed", "rejected", ("completed", "rejected")),
        ("completed", "skipped", ("completed", "skipped")),
        ("completed", "abandoned", ("completed", "canceled")),
        ("completed", "partiallySucceeded", ("completed", "partiallySucceeded")),
        ("completed", None, ("completed", None)),
    ],
)
def test_a_stage_has_a_state_and_at_its_end_a_result(state: str, result: str | None, expected: Any) -> None:
    body = read("stage-state.completed")
    body["resource"]["stage"] |= {"state": state, "result": result}
    event = parse(body)
    assert isinstance(event, StageChanged)
    assert (event.state, event.result) == expected


@pytest.mark.parametrize(
    ("name", "path", "reason"),
    [
        ("build.complete", ("status",), "build state unknown"),
        ("run-state.completed", ("run", "state"), "run state unknown"),
        ("stage-state.completed", ("stage", "state"), "stage state unknown"),
    ],
)
def test_a_state_nobody_has_heard_of_changes_nothing(name: str, path: tuple[str, ...], reason: str) -> None:
    body = read(name)
    holder = body["resource"]
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = "levitating"
    assert parse(body) == Ignored(reason, moment(body["createdDate"]))


def test_an_older_stage_event_names_its_stage_and_pipeline_elsewhere() -> None:
    body = read("stage-state.completed")
    del body["resource"]["stageName"], body["resource"]["pipeline"], body["resource"]["stage"]["attempt"]
    event = parse(body)
    assert isinstance(event, StageChanged)
    assert (event.stage_name, event.pipeline_id, event.attempt) == ("ToProduction", 41, 1)


def test_a_second_attempt_is_told_apart() -> None:
    body = read("stage-state.completed")
    body["resource"]["stage"]["attempt"] = 2
    event = parse(body)
    assert isinstance(event, StageChanged)
    assert event.attempt == 2


@pytest.mark.parametrize("status", ["undefined", "notStarted", "queued", "scheduled", "inProgress"])
def test_a_started_deployment_is_in_progress(status: str) -> None:
    body = read("release.deployment-started")
    body["resource"]["environment"]["status"] = status
    event = parse(body)
    assert isinstance(event, ReleaseDeployed)
    assert event.state == "inProgress"


def test_the_attempt_of_a_release_may_stand_in_its_deployment() -> None:
    body = read("release.deployment-completed")
    del body["resource"]["attemptId"]
    event = parse(body)
    assert isinstance(event, ReleaseDeployed)
    assert event.attempt == 2


@pytest.mark.parametrize("place", ["environment.releaseId", "environment.release", "deployment.release", "release"])
def test_the_release_is_found_wherever_it_stands(place: str) -> None:
    resource = {"environment": {"id": 88, "releaseId": 0, "status": "succeeded"}, "project": {"id": PROJECT}}
    holder: Any = resource
    *path, last = place.split(".")
    for step in path:
        holder = holder.setdefault(step, {})
    holder[last] = 31 if last == "releaseId" else {"id": 31}
    event = parse(read("release.deployment-completed") | {"resource": resource})
    assert isinstance(event, ReleaseDeployed)
    assert event.release_id == 31


def test_a_deployment_without_a_release_cannot_be_read() -> None:
    resource = {"environment": {"id": 88, "releaseId": 0, "status": "succeeded"}, "release": {"id": 0}}
    with pytest.raises(BadEvent, match=r"resource\.environment\.release\.id is missing"):
        parse(read("release.deployment-completed") | {"resource": resource})


def test_an_event_without_a_project_cannot_be_read() -> None:
    body = read("stage-state.completed")
    del body["resource"]["projectId"], body["resourceContainers"]["project"]
    with pytest.raises(BadEvent, match=r"resource\.project\.id is missing"):
        parse(body)


def test_a_project_of_zeros_gives_way_to_a_real_one() -> None:
    body = read("release.deployment-completed")
    body["resource"]["project"]["id"] = ZEROS
    event = parse(body)
    assert isinstance(event, ReleaseDeployed)
    assert event.project_id == PROJECT


@pytest.mark.parametrize(
    ("name", "path", "missing"),
    [
        ("build.complete", ("definition",), "definition.id is missing"),
        ("build.complete", ("buildNumber",), "buildNumber is missing"),
        ("run-state.completed", ("run",), "resource.run is missing"),
        ("stage-state.completed", ("stage",), "stage is missing"),
        ("release.abandoned", ("release",), "resource.release.id is missing"),
    ],
)
def test_a_missing_field_is_named(name: str, path: tuple[str, ...], missing: str) -> None:
    body = read(name)
    del body["resource"][path[0]]
    with pytest.raises(BadEvent) as caught:
        parse(body)
    assert str(caught.value) == missing


def test_events_that_change_nothing_say_why() -> None:
    happened = moment("2026-03-02T12:00:00Z")
    ignored = [parse({}, happened) for name, parse in PARSERS.items() if "approval" in name or "created" in name]
    assert len(ignored) == 5
    assert all(isinstance(event, Ignored) and event.reason and event.happened == happened for event in ignored)

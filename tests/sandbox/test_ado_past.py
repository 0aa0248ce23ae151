"""A past that is made up: its dates, what is in it, and that nobody is told."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.ado import AdoOrganization
from sandbox.ado_clock import parse_time
from tests.sandbox.ado_rig import AdoRig, running_ado

SINCE = datetime(2021, 11, 23, tzinfo=UTC)
PREVIEW = "7.2-preview.1"
SPRING = {"min": "2022-03-01T00:00:00Z", "max": "2022-06-01T00:00:00Z"}


@pytest.fixture(scope="module")
def old() -> Iterator[AdoRig]:
    """Five years of work in the first repository of each project."""
    with running_ado(AdoOrganization.seeded(since=SINCE)) as rig:
        yield rig
        assert [found for found in rig.organization.violations if found["side"] == "answer"] == []


def in_spring(text: str) -> bool:
    return parse_time(SPRING["min"]) <= parse_time(text) <= parse_time(SPRING["max"])


def test_five_years_hold_every_kind_of_work(old: AdoRig) -> None:
    organization, home = old.organization, old.repository
    pulls = [pull for pull in organization.pull_requests.values() if pull.repository is home]
    assert {pull.status for pull in pulls} == {"completed", "abandoned", "active"}
    assert {run.result for run in organization.runs.values()} == {"succeeded", "failed"}
    for dates in (
        [push.date for push in home.pushes],
        [commit.date for commit in home.commits.values()],
        [run.queued for run in organization.runs.values()],
        [deployment.started for deployment in organization.deployments.values()],
        [record.queued for found in organization.environments.values() for record in found.records],
    ):
        assert min(dates) < SINCE + timedelta(days=120)
        assert {date.year for date in dates} >= {2022, 2023, 2024, 2025}
    assert [push.date for push in home.pushes] == sorted(push.date for push in home.pushes)


def test_the_same_seed_gives_the_same_past() -> None:
    first, second = (AdoOrganization.seeded(since=SINCE) for _ in range(2))
    assert [dict(found.refs) for found in first.repositories.values()] == [
        dict(found.refs) for found in second.repositories.values()
    ]


def test_pull_requests_are_found_by_when_they_were_opened_and_closed(old: AdoRig) -> None:
    def found(kind: str, field: str) -> list[str]:
        query = {
            "searchCriteria.status": "all", "searchCriteria.queryTimeRangeType": kind,
            "searchCriteria.minTime": SPRING["min"], "searchCriteria.maxTime": SPRING["max"],
        }  # fmt: skip
        return [pull[field] for pull in old.get("Webshop/_apis/git/pullrequests", query=query)["value"]]

    for kind, field in (("created", "creationDate"), ("closed", "closedDate")):
        dates = found(kind, field)
        assert len(dates) in {2, 3}  # one round of forty in five years is a month and a half
        assert all(map(in_spring, dates))
        assert dates == sorted(dates, key=parse_time, reverse=True)


def test_builds_are_found_by_when_they_ended(old: AdoRig) -> None:
    query = {
        "minTime": SPRING["min"], "maxTime": SPRING["max"], "queryOrder": "finishTimeAscending",
        "repositoryId": old.repository.id, "repositoryType": "TfsGit",
    }  # fmt: skip
    dates = [build["finishTime"] for build in old.get("Webshop/_apis/build/builds", query=query)["value"]]
    assert len(dates) >= 1
    assert all(map(in_spring, dates))


def test_releases_are_found_by_when_they_changed(old: AdoRig) -> None:
    query = {"minModifiedTime": SPRING["min"], "maxModifiedTime": SPRING["max"], "queryOrder": "ascending"}
    dates = [one["lastModifiedOn"] for one in old.get("Webshop/_apis/release/deployments", query=query)["value"]]
    assert len(dates) >= 1
    assert all(map(in_spring, dates))


def test_environment_records_come_newest_first_over_all_pages(old: AdoRig) -> None:
    environment = next(found for found in old.organization.environments.values() if found.name == "qa1")
    path = f"Webshop/_apis/pipelines/environments/{environment.id}/environmentdeploymentrecords"
    dates: list[str] = []
    token: str | None = None
    while token != "":
        query = {"top": 7} | ({"continuationToken": token} if token else {})
        page = old.call("GET", path, version=PREVIEW, query=query)
        dates += [record["queueTime"] for record in page.json()["value"]]
        token = page.headers.get("x-ms-continuationtoken", "")
    assert len(dates) == len(environment.records)
    assert dates == sorted(dates, key=parse_time, reverse=True)


def test_nobody_is_told_of_a_past_and_the_clock_is_right_afterwards() -> None:
    with running_ado() as ado:
        ado.subscribe("git.push", "build.complete", "git.pullrequest.created")
        organization = ado.organization
        made = organization.create_repository("old", "Webshop")
        organization.plant_past(made, since=SINCE, until=SINCE + timedelta(days=100), rounds=3)
        organization.plant_commits(made, 30)
        ado.settle()
        assert ado.receiver.bodies == []
        ado.control("push", repository="old", commits=["SHOP-1 now"])
        ado.settle()
        (body,) = ado.receiver.bodies
        assert datetime.now(UTC) - parse_time(body["createdDate"]) < timedelta(minutes=1)


def test_anything_can_be_done_in_the_past() -> None:
    organization = AdoOrganization.seeded()
    with organization.past("2022-05-01T10:00:00Z", step=timedelta(hours=1)):
        run = organization.run_pipeline("shop-tests", result="failed")
    assert (run.queued.year, run.state) == (2022, "completed")
    assert run.finished is not None
    assert run.finished - run.queued > timedelta(hours=2)


def test_planted_commits_have_their_dates_texts_and_pushes() -> None:
    organization = AdoOrganization.seeded()
    made = organization.create_repository("planted", "Webshop")
    until = SINCE + timedelta(days=10)
    last = organization.plant_commits(
        made, 10, template="SHOP-{issue} {number}", issues=3, since=SINCE, until=until, per_push=4
    )
    commits = list(made.commits.values())
    assert [commit.date for commit in commits] == [SINCE + timedelta(days=number) for number in range(1, 11)]
    assert [commit.message for commit in commits][:4] == ["SHOP-1 1", "SHOP-2 2", "SHOP-3 3", "SHOP-1 4"]
    assert [len(push.commits) for push in made.pushes] == [4, 4, 2]
    assert (last.date, made.refs[made.default_branch or ""]) == (until, commits[-1].id)


def test_planting_by_control_takes_times_as_text() -> None:
    with running_ado() as ado:
        made = ado.control("create_repository", name="planted", project="Webshop")["repositoryId"]
        ado.control("plant_commits", repository=made, count=20, since="2021-01-01T00:00:00Z", until="2022-01-01T00:00Z")
        query = {"searchCriteria.toDate": "2021-07-01T00:00:00Z"}
        assert ado.get(f"_apis/git/repositories/{made}/commits", query=query)["count"] == 9
        bad = {"repository": made, "count": 1, "since": "yesterday"}
        assert ado.control("plant_commits", expect=400, **bad)["message"]

"""Paging through history: nothing is left out, whatever people do between two pages, and no call is made in vain."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clients.ado_git import COMMIT_PAGE
from domain.changes import Entity
from jobs.history import READERS
from jobs.history_branches import BRANCHES_AT_ONCE
from jobs.history_builds import BUILDS_AT_ONCE
from jobs.history_commits import CUT_AT_ONCE
from jobs.history_environments import RECORDS_AT_ONCE
from jobs.history_pages import read_cursor
from sandbox.ado_pipeline_model import StageSpec
from tests.app.actions import list_calls
from tests.jobs.history_rig import BEGINNING, read_all, read_deployments, road_of, window_of

KEY = "SHOP-1"
NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def ledger(site, linked):
    """A fresh repository of the linked project."""
    return site.organization.create_repository("shop-ledger", "Webshop")


def read_between(site, kind, work, *, repository="shop-ledger"):
    """Every page, with `work` done between them; the entities by id and how many pages there were."""
    road, window = road_of(site, "backfill"), window_of(site, repository)
    found: dict[str, Any] = {}
    cursor, pages = None, 0
    while True:
        reading = READERS[kind](road, window, cursor)
        found |= {change.id: change for change in reading.changes if isinstance(change, Entity)}
        cursor, pages = reading.cursor, pages + 1
        if cursor is None:
            return found, pages
        work(pages)


def calls(site, path, method="GET"):
    """Calls to Azure DevOps so far whose path holds a text."""
    return len(list_calls(site.ado, method, path))


# --- commits -------------------------------------------------------------------------------------------------------


def test_commits_cost_one_call_for_the_branches_and_one_for_each_page(site, ledger):
    organization = site.organization
    organization.plant_commits(ledger, 2 * COMMIT_PAGE + 100, template=KEY + " {number}")
    for number in range(3):
        organization.push(ledger, [f"{KEY} on branch {number}"], branch=f"topic-{number}", base="main")
    organization.push(ledger, branch="merged", base="main")
    before = calls(site, "commitsbatch", "POST"), calls(site, "/git/")
    found = read_all("commits", road_of(site, "backfill"), window_of(site, "shop-ledger"))
    assert len({change.id for change in found}) == len(found) == 2 * COMMIT_PAGE + 103
    assert calls(site, "commitsbatch", "POST") - before[0] == 3 + 3
    assert calls(site, "/git/") - before[1] == 2 + 1  # the branches at both ends, and the window of this test


def test_no_commit_is_missed_while_people_push_merge_and_delete(site, ledger):
    organization = site.organization
    organization.plant_commits(ledger, 2 * COMMIT_PAGE, template=KEY + " {number}")
    for number in range(4):
        organization.push(ledger, [f"{KEY} on branch {number}"], branch=f"topic-{number}", base="main")
    expected = set(ledger.commits)

    def work(page):
        organization.push(ledger, [f"new {page}", f"newer {page}"])
        organization.delete_branch(ledger, f"topic-{page}")
        organization.force_push(ledger, [f"other {page}"], branch=f"topic-{page + 1}")

    found, pages = read_between(site, "commits", work)
    assert pages > 2
    assert expected <= set(found)


def test_a_noted_end_that_was_collected_lets_the_reading_begin_anew(site, ledger):
    organization = site.organization
    organization.plant_commits(ledger, COMMIT_PAGE, template=KEY + " {number}")
    lost = organization.push(ledger, [f"{KEY} lost"]).commits[0]

    def work(_page):
        if lost in ledger.commits:
            organization.force_push(ledger, [f"{KEY} instead"], branch="main")
            del ledger.commits[lost]

    found, _pages = read_between(site, "commits", work)
    assert set(ledger.commits) <= set(found)


def test_messages_that_a_list_cuts_are_read_whole_some_at_a_time(site, ledger):
    count = CUT_AT_ONCE + 1
    site.organization.plant_commits(ledger, count, template=f"SHOP-2 {'long ' * 60} {KEY} " + "{number}")
    found, pages = read_between(site, "commits", lambda _page: None)
    assert (len(found), pages) == (count, 2)
    assert {tuple(sorted(change.keys)) for change in found.values()} == {(KEY, "SHOP-2")}


def test_only_commits_of_the_window_are_read(site, ledger):
    organization = site.organization
    organization.plant_commits(ledger, 100, template=KEY + " {number}", since=NOW - timedelta(days=100), until=NOW)
    with organization.past(NOW - timedelta(days=90)):
        organization.push(ledger, [f"{KEY} of an old branch"], branch="old")
    since = NOW - timedelta(days=50)
    before = calls(site, "commitsbatch", "POST")
    found = read_all("commits", road_of(site, "backfill"), window_of(site, "shop-ledger", since))
    assert 45 <= len(found) <= 55
    assert calls(site, "commitsbatch", "POST") - before == 1


# --- branches and pull requests ------------------------------------------------------------------------------------


def test_no_branch_is_missed_while_people_push(site, ledger):
    organization = site.organization
    organization.push(ledger, ["first"])
    names = [f"{KEY}-{number:03d}" for number in range(BRANCHES_AT_ONCE + 5)]
    for name in names:
        organization.push(ledger, branch=name, base="main")
    found, pages = read_between(site, "branches", lambda page: organization.push(ledger, ["more"], branch=names[-page]))
    assert pages == 1 + 2
    assert {change.body["name"] for change in found.values()} == set(names)


def test_branches_of_most_repositories_come_in_one_page_that_counts_them(site, ledger):
    site.organization.push(ledger, ["first"], branch="main")
    site.organization.push(ledger, ["x"], branch=f"{KEY}-x")
    reading = READERS["branches"](road_of(site, "backfill"), window_of(site, "shop-ledger"), None)
    assert (len(reading.changes), reading.cursor, reading.seen, reading.total) == (1, None, 2, 1)


def test_no_pull_request_is_missed_while_people_close_them(site, ledger):
    organization = site.organization
    organization.push(ledger, ["first"])
    organization.push(ledger, ["work"], branch="topic")
    pulls = []
    with organization.past(NOW, step=timedelta(minutes=1)):
        for number in range(230):
            key = KEY if number % 5 == 0 else "no key"
            pulls.append(organization.open_pull_request(ledger, "topic", f"{key} number {number}"))
        for pull in pulls[:110]:
            organization.update_pull_request(pull.id, status="abandoned")

    def work(page):
        for pull in pulls[110 + page * 20 : 130 + page * 20]:
            organization.update_pull_request(pull.id, status="abandoned")

    found, pages = read_between(site, "pullRequests", work)
    assert pages >= 4
    assert set(found) == {str(pull.id) for pull in pulls[::5]}


def test_pull_requests_of_one_second_are_told_apart_by_their_places(site, ledger):
    organization = site.organization
    organization.push(ledger, ["first"])
    organization.push(ledger, ["work"], branch="topic")
    pulls = []
    with organization.past(NOW, step=timedelta(milliseconds=1)):
        for number in range(210):
            key = KEY if number % 10 == 0 else "no key"
            pulls.append(organization.open_pull_request(ledger, "topic", f"{key} number {number}"))
    found, _pages = read_between(site, "pullRequests", lambda _page: None)
    assert set(found) == {str(pull.id) for pull in pulls[::10]}


# --- runs and deployments ------------------------------------------------------------------------------------------


@pytest.fixture
def deploying(site, linked):
    """A pipeline that deploys to an environment of its own; no events."""
    site.organization.subscriptions.clear()
    return site.organization.add_pipeline("shop-lab", "shop-web", (StageSpec("Build"), StageSpec("Deploy", "lab")))


def run_often(site, pipeline, count):
    """Runs that each bring a commit of their own."""
    runs = []
    for number in range(count):
        site.organization.push("shop-web", [f"SHOP-{number % 20 + 1} change {number}"])
        runs.append(site.organization.run_pipeline(pipeline))
    return runs


def test_no_run_is_missed_while_new_ones_start(site, deploying):
    runs = run_often(site, deploying, BUILDS_AT_ONCE + 10)
    found, pages = read_between(site, "builds", lambda _page: run_often(site, deploying, 3), repository="shop-web")
    assert pages == 2
    assert {run.id for run in runs} <= {change.body["buildNumber"] for change in found.values()}


def test_no_deployment_is_missed_and_each_brings_what_its_event_told(site, deploying):
    runs = run_often(site, deploying, RECORDS_AT_ONCE + 10)
    road, window = road_of(site, "backfill"), window_of(site)
    found: dict[str, Any] = {}
    cursor = None
    while True:
        reading = READERS["deployments"](road, window, cursor)
        found |= {change.body["label"]: change.keys for change in reading.changes if isinstance(change, Entity)}
        cursor = reading.cursor
        if cursor is None:
            break
        run_often(site, deploying, 1)
    for number, run in enumerate(runs[1:], 1):
        assert found[run.number] == (f"SHOP-{number % 20 + 1}",)


def test_jobs_of_one_stage_on_two_pages_are_one_deployment(site, deploying):
    organization = site.organization
    run = run_often(site, deploying, 2 * RECORDS_AT_ONCE)[0]
    environment = next(one for one in organization.environments.values() if any(r.run is run for r in one.records))
    records = sorted(environment.records, key=lambda record: -record.id)
    first, second = records[RECORDS_AT_ONCE - 1], records[RECORDS_AT_ONCE]
    second.run, second.stage = first.run, first.stage  # the older of two jobs of one stage
    first.result = "failed"
    mine = [change for change in read_deployments(site, road_of(site)) if change.body["label"] == first.run.number]
    assert [(change.body["deploymentSequenceNumber"], change.body["state"]) for change in mine] == [
        (second.id, "failed")
    ]


def test_what_was_deleted_meanwhile_ends_nothing(site, deploying):
    organization = site.organization
    gone, *kept = run_often(site, deploying, 3)
    del organization.runs[gone.id]
    told = read_deployments(site, road_of(site, "backfill"))
    labels = {change.body["label"] for change in told}
    assert labels >= {run.number for run in kept}
    assert gone.number not in labels
    newest = max(organization.environments)
    del organization.environments[newest]
    reading = READERS["deployments"](
        road_of(site, "backfill"), window_of(site), f'{{"phase":"environments","environment":{newest},"token":"25"}}'
    )
    told = [change.body["environment"]["displayName"] for change in reading.changes if isinstance(change, Entity)]
    assert told == ["production"]


def test_the_environments_of_a_project_are_listed_once(site, deploying):
    run_often(site, deploying, 2 * RECORDS_AT_ONCE + 5)
    before = listings(site)
    told = {change.body["pipeline"]["displayName"] for change in read_deployments(site, road_of(site, "backfill"))}
    assert "shop-lab" in told
    assert listings(site) - before == 1


def listings(site):
    """How often all environments were asked for."""
    return sum(call["path"].endswith("pipelines/environments") for call in list_calls(site.ado, "GET", "environments"))


def test_an_environment_that_goes_between_two_pages_is_passed_over(site, deploying):
    run_often(site, deploying, 3)
    road, window = road_of(site, "backfill"), window_of(site)
    first = READERS["deployments"](road, window, None)
    left = read_cursor(first.cursor)
    del site.organization.environments[left["environment"]]
    second = READERS["deployments"](road, window, first.cursor)
    assert read_cursor(second.cursor).get("environment") in {None, *left["rest"][1:]}
    assert second.changes


def test_a_project_without_environments_goes_on_with_its_releases(site, linked):
    site.organization.environments.clear()
    told = read_deployments(site, road_of(site, "backfill"))
    assert {change.body["environment"]["displayName"] for change in told} == {"Staging"}


def test_reading_stops_a_day_before_the_window(site, deploying):
    organization = site.organization
    with organization.past(NOW - timedelta(days=10)):
        run_often(site, deploying, 3 * RECORDS_AT_ONCE)
    mine = [one for one in organization.environments.values() if one.project is deploying.project]
    before = calls(site, "environmentdeploymentrecords")
    found = read_deployments(site, road_of(site, "backfill"), since=NOW)
    assert "shop-lab" not in {change.body["pipeline"]["displayName"] for change in found}
    assert calls(site, "environmentdeploymentrecords") - before == len(mine)


def test_the_beginning_of_time_is_no_trouble(site, linked):
    early = datetime(1970, 1, 1, tzinfo=UTC)
    for kind in READERS:
        name = None if kind == "deployments" else "shop-web"
        road = road_of(site, "backfill")
        ids = {change.id for change in read_all(kind, road, window_of(site, name, early))}
        assert ids == {change.id for change in read_all(kind, road, window_of(site, name, BEGINNING))}

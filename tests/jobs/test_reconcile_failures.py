"""Reconciliation where something cannot be read, or changes meanwhile: everything else is told, and rightly."""

import dataclasses
import threading
import time

import pytest
import requests
from sqlalchemy import func, select

import jobs.reconcile as turns
import jobs.reconcile_branches as branches
import jobs.reconcile_pushes as pushes
from jobs.reconcile import reconcile_link
from jobs.reconcile_round import Round
from jobs.roads import open_road
from sandbox.ado_seed import TOKENS
from store.db import open_database
from store.known_repositories import KnownRepository
from store.ledger import sent
from store.marks import WHOLE
from tests.jobs.reconcile_rig import HOUR, KEY, connect, link_project, live_earlier, panel, reconcile, rows, silence
from tests.town_fixtures import open_town, settings_changes, town

__all__ = ["open_town", "settings_changes", "town"]


@pytest.fixture
def link(open_town):
    live_earlier(open_town)
    made = link_project(open_town, connect(open_town))
    open_town.work()
    return made


@pytest.fixture
def count_gone(open_town):
    def count():
        engine = open_database(open_town.services.settings.database_url)
        with engine.connect() as connection:
            found = connection.execute(select(func.count()).where(sent.c.state == "gone")).scalar_one()
        engine.dispose()
        return found

    return count


def fail(town, path, **rule):
    rule = {"method": "GET", "path": path, "times": 1000, "status": 503} | rule
    assert requests.post(f"{town.ado}/_control/faults", json=rule, timeout=5).ok


def faults(town):
    return requests.get(f"{town.ado}/_control/faults", timeout=5).json()


def count_calls(town, path):
    found = requests.get(f"{town.ado}/_control/calls", timeout=5).json()
    return sum(call["path"].endswith(path) for call in found)


def ask(services, link):
    services.marks.move(link.id, "asked", WHOLE, services.now())


def run_pipeline(organization):
    pipeline = next(p for p in organization.pipelines.values() if p.repository.name == "shop-web" and len(p.stages) > 1)
    organization.approve_stage(organization.run_pipeline(pipeline).id)


def test_without_the_release_scope_everything_else_is_found(open_town, link):
    organization, services = open_town.organization, open_town.services
    token = organization.tokens[TOKENS["full"]]
    scopes = frozenset({"vso.code", "vso.build", "vso.project", "vso.test", "vso.profile", "vso.environment_manage"})
    organization.tokens[TOKENS["full"]] = dataclasses.replace(token, scopes=scopes)
    with silence(open_town):
        organization.push("shop-web", [{"message": f"{KEY} lost"}], branch=f"feature/{KEY}")
        organization.push("shop-web", [{"message": f"{KEY} lost"}])
        run_pipeline(organization)
    began = services.now()
    assert reconcile(open_town, link) >= began + HOUR
    assert rows(open_town) == {"commits": 2, "branches": 1, "builds": 1, "deployments": 2}
    assert services.marks.read(link.id)["deployments", WHOLE] >= began
    assert services.connections.find(link.installation_id, link.connection_id).token_state == "ok"


def test_a_token_that_dies_on_the_way_ends_the_turn_and_pauses_the_connection(open_town, link):
    organization, services = open_town.organization, open_town.services
    with silence(open_town):
        organization.push("shop-web", [{"message": f"{KEY} lost"}])
    fail(open_town, "/pullrequests$", status=401)
    fail(open_town, "/connectionData$", status=401)
    ask(services, link)
    reconcile_link(services, link.id)
    assert rows(open_town) == {}
    assert services.connections.find(link.installation_id, link.connection_id).token_state == "refused"


@pytest.mark.parametrize(
    ("place", "found"),
    [
        ("/pullrequests$", {"commits": 3, "builds": 1, "deployments": 2}),
        ("/builds$", {"commits": 3, "deployments": 2}),
        ("/repositories/{shop-web}/pushes$", {"commits": 2, "builds": 1, "deployments": 2}),
        ("/repositories/{shop-web}/refs$", {"commits": 3, "builds": 1, "deployments": 2}),
    ],
)
@pytest.mark.parametrize("fault", [{}, {"status": 200, "body": {"value": [7]}}, {"drop": "before", "status": None}])
def test_what_always_fails_keeps_nothing_else_from_jira(open_town, link, place, found, fault):
    organization, services = open_town.organization, open_town.services
    names = sorted(one.name for one in organization.repositories.values() if one.project.name == "Webshop")
    with silence(open_town):
        for name in names:
            organization.push(name, [{"message": f"{KEY} lost in {name}"}])
        run_pipeline(organization)
    fail(open_town, place.replace("{shop-web}", organization.find_repository("shop-web").id), **fault)
    began = services.now()
    due = reconcile(open_town, link)
    assert rows(open_town).items() >= {"commits": found["commits"]}.items()
    assert set(rows(open_town)) >= set(found) - ({"deployments"} if place == "/builds$" else set())
    assert due >= began + 59_000
    requests.delete(f"{open_town.ado}/_control/faults", timeout=5)
    reconcile(open_town, link)
    assert rows(open_town) == {"commits": 3, "builds": 1, "deployments": 2}


@pytest.mark.parametrize(
    ("place", "fault", "failing"),
    [
        ("/pullrequests$", {"status": 403}, ("pullRequests", WHOLE)),
        ("/pullrequests$", {"status": 503}, ("pullRequests", WHOLE)),
        ("/repositories/{shop-web}/pushes$", {"status": 400}, ("pushes", "{shop-web}")),
        ("/git/repositories$", {"status": 403}, ("project", WHOLE)),
        ("/git/repositories$", {"status": 503}, ("project", WHOLE)),
    ],
)
def test_what_could_not_be_read_is_kept_with_its_reason_until_it_could(open_town, link, place, fault, failing):
    services, repository = open_town.services, open_town.organization.find_repository("shop-web").id
    fail(open_town, place.replace("{shop-web}", repository), **fault)
    reconcile(open_town, link)
    (found,) = services.readings.list_failures(link.id)
    assert (found.job, found.part) == (failing[0], failing[1].replace("{shop-web}", repository))
    assert str(fault["status"]) in found.words
    requests.delete(f"{open_town.ado}/_control/faults", timeout=5)
    reconcile(open_town, link)
    assert services.readings.list_failures(link.id) == []


def test_what_failed_rests_before_it_is_tried_again(open_town, link):
    services = open_town.services
    fail(open_town, "/pullrequests$")
    began = services.now()
    due = reconcile(open_town, link)
    assert began + 10 * 60_000 <= due <= services.now() + 20 * 60_000
    requests.delete(f"{open_town.ado}/_control/calls", timeout=5)
    reconcile_link(services, link.id)
    assert count_calls(open_town, "/pullrequests") == 0


def test_many_that_are_missing_hold_up_nothing(open_town, link, monkeypatch):
    services = open_town.services
    for number in range(12):
        services.known_repositories.save(link.id, f"00000000-0000-4000-8000-{number:012d}", KnownRepository("x"))
    with silence(open_town):
        open_town.organization.push("shop-web", [{"message": f"{KEY} lost"}])
    monkeypatch.setattr(turns, "TURN_SECONDS", 0.0)
    ask(services, link)
    dues: list[int] = []
    while not dues or dues[-1] <= services.now() + 10_000:
        dues.append(reconcile_link(services, link.id) or 0)
        assert len(dues) < 40
    assert rows(open_town) == {"commits": 1}
    requests.delete(f"{open_town.ado}/_control/calls", timeout=5)
    reconcile_link(services, link.id)
    assert count_calls(open_town, "000000000011") == 0


def test_a_branch_that_moves_while_others_are_sent_keeps_its_newest_end(open_town, link, monkeypatch):
    monkeypatch.setattr(branches, "BRANCHES_AT_ONCE", 1)
    live_earlier(open_town, seconds=0)
    organization, services = open_town.organization, open_town.services
    for name in ("a", "b"):
        organization.push("shop-web", [{"message": "first"}], branch=f"{name}/{KEY}")
    open_town.work()
    services.ledger.mark_stale(link.installation_id)
    road = open_road(services, link, "reconcile")
    client = services.ado(services.connections.find(link.installation_id, link.connection_id), "reconcile")
    turn = Round(services, link, road, client, time.monotonic() + 60, dict(services.marks.read(link.id)))
    (state,) = [one for one in road.history.list_repositories(link.project_id) if one.repository.name == "shop-web"]
    fail(open_town, "/commits/", times=1, status=None, delay_ms=3500)
    comparing = threading.Thread(target=branches.compare_branches, args=(turn, state.repository))
    comparing.start()
    while faults(open_town):
        time.sleep(0.02)
    organization.push("shop-web", [{"message": "second"}], branch=f"b/{KEY}")
    open_town.work()
    comparing.join()
    ends = {branch["name"]: branch["lastCommit"]["message"] for branch in panel(open_town)["branches"]}
    assert ends == {f"a/{KEY}": "first", f"b/{KEY}": "second"}


@pytest.mark.parametrize("together", [2, 3])
def test_a_commit_that_went_is_taken_away_however_the_pushes_fall_into_pages(open_town, link, monkeypatch, together):
    monkeypatch.setattr(pushes, "PUSHES_TOGETHER", together)
    organization = open_town.organization
    with silence(open_town):
        organization.push("shop-web", [{"message": "start"}], branch="topic")
        organization.push("shop-web", [{"message": f"{KEY} lost at once"}], branch="topic")
        organization.force_push("shop-web", [{"message": f"{KEY} instead"}], branch="topic")
        organization.push("shop-web", [{"message": "more"}], branch="topic")
    reconcile(open_town, link)
    assert [commit["message"] for commit in panel(open_town)["commits"]] == [f"{KEY} instead"]


def test_a_pull_request_without_a_key_leaves_nothing_in_the_ledger(open_town, link, count_gone):
    organization = open_town.organization
    with silence(open_town):
        for name in ("one", "two"):
            organization.push("shop-web", [{"message": "work"}], branch=name)
            organization.open_pull_request("shop-web", name, "nothing to name")
    reconcile(open_town, link)
    assert count_gone() == 0

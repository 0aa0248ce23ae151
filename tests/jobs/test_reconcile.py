"""Reconciliation: what no event told is found, what Jira has is not sent again, and no mark moves too early."""

import dataclasses
from datetime import datetime, timedelta

import pytest
import requests

from clients.clocks import ClockWatch
from jobs.reconcile import reconcile_link
from sandbox.ado_clock import utc_now
from sandbox.ado_seed import TOKENS
from services import now_milliseconds
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


def calls(server, part):
    found = requests.get(f"{server}/_control/calls", timeout=5).json()
    return [call for call in found if part in call["path"] and call["method"] == "POST"]


def forget_calls(server):
    requests.delete(f"{server}/_control/calls", timeout=5)


def test_a_lost_push_is_found(open_town, link):
    with silence(open_town):
        open_town.organization.push("shop-web", [{"message": f"{KEY} round prices"}], branch=f"feature/{KEY}")
    reconcile(open_town, link)
    assert rows(open_town) == {"commits": 1, "branches": 1}


def test_a_branch_that_went_unseen_is_taken_away(open_town, link):
    organization = open_town.organization
    organization.push("shop-web", [{"message": "start"}], branch=f"feature/{KEY}")
    open_town.work()
    assert rows(open_town) == {"branches": 1}
    with silence(open_town):
        organization.delete_branch("shop-web", f"feature/{KEY}")
    reconcile(open_town, link)
    assert rows(open_town) == {}


def test_a_branch_that_came_and_went_in_silence_never_shows(open_town, link):
    organization = open_town.organization
    with silence(open_town):
        organization.push("shop-web", [{"message": "start"}], branch=f"feature/{KEY}")
        organization.delete_branch("shop-web", f"feature/{KEY}")
    reconcile(open_town, link)
    assert rows(open_town) == {}


def test_a_branch_that_moved_in_silence_shows_its_last_commit(open_town, link):
    organization = open_town.organization
    organization.push("shop-web", [{"message": "first"}], branch=f"feature/{KEY}")
    open_town.work()
    with silence(open_town):
        for message in ("second", "third"):
            organization.push("shop-web", [{"message": message}], branch=f"feature/{KEY}")
    reconcile(open_town, link)
    (branch,) = panel(open_town)["branches"]
    assert branch["lastCommit"]["message"] == "third"


def test_a_commit_that_a_forced_push_took_away_in_silence_goes(open_town, link):
    organization = open_town.organization
    organization.push("shop-web", [{"message": "start"}], branch="topic")
    organization.push("shop-web", [{"message": f"{KEY} told and taken back"}], branch="topic")
    open_town.work()
    assert rows(open_town) == {"commits": 1}
    with silence(open_town):
        organization.force_push("shop-web", [{"message": f"{KEY} instead"}], branch="topic")
        organization.push("shop-web", [{"message": f"{KEY} lost at once"}], branch="topic")
        organization.force_push("shop-web", [{"message": "nothing"}], branch="topic")
    reconcile(open_town, link)
    assert [commit["message"] for commit in panel(open_town)["commits"]] == [f"{KEY} instead"]


def test_what_a_later_push_of_hundreds_took_away_does_not_come_back_with_an_earlier_one(open_town, link):
    organization = open_town.organization
    with silence(open_town):
        organization.push("shop-web", [{"message": "start"}], branch="topic")
        organization.push("shop-web", [{"message": f"{KEY} lost at once"}], branch="topic")
        organization.push("shop-web", [{"message": "start"}], branch=f"feature/{KEY}")
        for number in range(100):
            organization.push("shop-web", [{"message": f"number {number}"}])
        organization.delete_branch("shop-web", f"feature/{KEY}")
        organization.force_push("shop-web", [{"message": f"{KEY} instead"}], branch="topic")
    reconcile(open_town, link)
    assert [commit["message"] for commit in panel(open_town)["commits"]] == [f"{KEY} instead"]
    assert rows(open_town) == {"commits": 1}


def test_a_turn_that_is_cut_short_is_gone_on_with(open_town, link):
    services = open_town.services
    with silence(open_town):
        for name in ("shop-web", "shop-api"):
            open_town.organization.push(name, [{"message": f"{KEY} lost in {name}"}])
    services.marks.move(link.id, "asked", WHOLE, services.now())
    services.stopping.set()
    assert reconcile_link(services, link.id) <= services.now()
    assert rows(open_town) == {}
    services.stopping.clear()
    reconcile(open_town, link)
    assert rows(open_town) == {"commits": 2}


@pytest.mark.parametrize("fault", [{"drop": "after"}, {"drop": "before"}])
def test_a_worker_that_dies_while_jira_answers_repeats_itself_and_no_harm_is_done(open_town, link, fault):
    """Jira may have taken what was sent, or not: nobody knows."""
    with silence(open_town):
        open_town.organization.push("shop-web", [{"message": f"{KEY} lost"}], branch=f"feature/{KEY}")
    rule = {"method": "POST", "path": "/bulk", "times": 4} | fault
    requests.post(f"{open_town.jira}/_control/faults", json=rule, timeout=5)
    services = open_town.services
    services.marks.move(link.id, "asked", WHOLE, services.now())
    reconcile_link(services, link.id)
    requests.delete(f"{open_town.jira}/_control/faults", timeout=5)
    reconcile(open_town, link)
    assert rows(open_town) == {"commits": 1, "branches": 1}
    assert open_town.site.violations == []


def test_a_lost_pull_request_is_found_and_a_key_edited_out_takes_one_away(open_town, link):
    organization = open_town.organization
    organization.push("shop-web", [{"message": "work"}], branch="topic")
    organization.push("shop-web", [{"message": "work"}], branch="other")
    told = organization.open_pull_request("shop-web", "topic", f"{KEY} round prices")
    open_town.work()
    with silence(open_town):
        organization.update_pull_request(told.id, title="round prices")
        organization.open_pull_request("shop-web", "other", "SHOP-2 new")
        organization.update_pull_request(told.id, status="completed")
    reconcile(open_town, link)
    assert rows(open_town) == {}
    assert rows(open_town, "SHOP-2") == {"pullRequests": 1}


def test_lost_runs_are_found(open_town, link):
    organization = open_town.organization
    organization.push("shop-web", [{"message": f"{KEY} round prices"}])
    pipeline = next(p for p in organization.pipelines.values() if p.repository.name == "shop-web" and len(p.stages) > 1)
    with silence(open_town):
        run = organization.run_pipeline(pipeline, tests={"total": 3, "passed": 3})
        organization.approve_stage(run.id)
    open_town.work()
    reconcile(open_town, link)
    assert [build["state"] for build in panel(open_town)["builds"]] == ["successful"]
    shown = {one["environment"]["displayName"]: one["state"] for one in panel(open_town)["deployments"]}
    assert shown == {"qa1": "successful", "production": "successful"}


def test_what_events_told_is_not_sent_again(open_town, link):
    organization = open_town.organization
    organization.push("shop-web", [{"message": f"{KEY} round prices"}], branch=f"feature/{KEY}")
    organization.open_pull_request("shop-web", f"feature/{KEY}", f"{KEY} round prices")
    pipeline = next(p for p in organization.pipelines.values() if p.repository.name == "shop-web" and len(p.stages) > 1)
    organization.approve_stage(organization.run_pipeline(pipeline, tests={"total": 3, "passed": 3}).id)
    open_town.work()
    before = open_town.site.snapshot()
    forget_calls(open_town.jira)
    reconcile(open_town, link)
    reconcile(open_town, link)
    assert calls(open_town.jira, "/bulk") == []
    assert open_town.site.snapshot() == before


def test_the_next_round_comes_in_an_hour_and_reads_little(open_town, link):
    now = open_town.services.now()
    due = reconcile(open_town, link)
    assert now + HOUR <= due <= open_town.services.now() + HOUR + 300_000
    forget_calls(open_town.ado)
    assert reconcile_link(open_town.services, link.id) > now + HOUR
    asked = requests.get(f"{open_town.ado}/_control/calls", timeout=5).json()
    assert [call["path"].rpartition("/")[2] for call in asked] == ["repositories"]


def later(services, milliseconds):
    now = services.now
    return dataclasses.replace(services, now=lambda: now() + milliseconds)


def test_quiet_repositories_are_read_once_a_day_and_lively_ones_once_an_hour(open_town, link):
    open_town.organization.push("shop-web", [{"message": f"{KEY} round prices"}])
    open_town.work()
    reconcile(open_town, link)
    for hours, wanted in ((1, {"shop-web"}), (24, {"shop-web", "shop-api", "shop-mobile"})):
        forget_calls(open_town.ado)
        reconcile_link(later(open_town.services, hours * HOUR), link.id)
        asked = requests.get(f"{open_town.ado}/_control/calls", timeout=5).json()
        read = {call["path"].split("/")[-2] for call in asked if call["path"].endswith("/pushes")}
        names = {open_town.organization.find_repository(one).name for one in read}
        assert names >= {"shop-web"} and (len(names) == 1) == (wanted == {"shop-web"})


def test_a_kind_that_is_switched_off_is_not_read(open_town, link):
    open_town.services.links.set_choice(link.id, None, ["branches"])
    with silence(open_town):
        open_town.organization.push("shop-web", [{"message": f"{KEY} lost"}], branch=f"feature/{KEY}")
    reconcile(open_town, link)
    assert rows(open_town) == {"branches": 1}


@pytest.mark.parametrize("state", ["refused", "erased", "gone"])
def test_a_paused_connection_is_left_alone(open_town, link, state):
    with silence(open_town):
        open_town.organization.push("shop-web", [{"message": f"{KEY} lost"}])
    open_town.services.connections.set_token_state(link.connection_id, state)
    forget_calls(open_town.ado)
    assert reconcile_link(open_town.services, link.id) > open_town.services.now() + HOUR / 2
    assert requests.get(f"{open_town.ado}/_control/calls", timeout=5).json() == []
    open_town.services.connections.set_token_state(link.connection_id, "ok")
    reconcile(open_town, link)
    assert rows(open_town) == {"commits": 1}


def test_a_link_that_is_closed_or_gone_is_left_alone(open_town, link):
    services = open_town.services
    with silence(open_town):
        open_town.organization.push("shop-web", [{"message": f"{KEY} lost"}])
    services.queue.close_link(link.id, 60)
    reconcile_link(services, link.id)
    assert rows(open_town) == {}
    services.queue.open_link(link.id)
    services.links.delete(link.id)
    assert reconcile_link(services, link.id) is None


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 429, "headers": {"Retry-After": "120"}}])
@pytest.mark.parametrize("place", ["/pushes", "/pullrequests", "/builds", "/repositories"])
def test_a_failure_on_the_way_moves_no_mark_and_the_next_turn_goes_on(open_town, link, fault, place):
    services = open_town.services
    with silence(open_town):
        open_town.organization.push("shop-web", [{"message": f"{KEY} lost"}])
    services.marks.move(link.id, "asked", WHOLE, services.now())
    rule = {"method": "GET", "path": place + "$", "times": 3} | fault
    assert requests.post(f"{open_town.ado}/_control/faults", json=rule, timeout=5).ok
    assert reconcile_link(services, link.id) >= services.now() + 59_000
    requests.delete(f"{open_town.ado}/_control/faults", timeout=5)
    services.redis.delete(*services.redis.keys("crosswalk:rate*"), "none")
    reconcile(open_town, link)
    assert rows(open_town) == {"commits": 1}


def test_jira_in_trouble_only_delays(open_town, link):
    with silence(open_town):
        open_town.organization.push("shop-web", [{"message": f"{KEY} lost"}])
    rule = {"method": "POST", "path": "/bulk", "times": 2, "status": 503}
    requests.post(f"{open_town.jira}/_control/faults", json=rule, timeout=5)
    services = open_town.services
    services.marks.move(link.id, "asked", WHOLE, services.now())
    assert reconcile_link(services, link.id) >= services.now() + 59_000
    reconcile(open_town, link)
    reconcile(open_town, link)
    assert rows(open_town) == {"commits": 1}


def test_one_repository_that_cannot_be_read_does_not_stop_the_others(open_town, link):
    organization = open_town.organization
    with silence(open_town):
        for name in [one.name for one in organization.repositories.values() if one.project.name == "Webshop"]:
            organization.push(name, [{"message": f"{KEY} lost in {name}"}])
    organization.deny_repository("shop-web", status=403)
    reconcile(open_town, link)
    assert rows(open_town)["commits"] == 2
    organization.deny_repository("shop-web", denied=False)
    reconcile(open_town, link)
    assert rows(open_town)["commits"] == 3


def test_a_refused_token_asks_for_the_guard(open_town, link):
    open_town.organization.tokens.pop(TOKENS["full"])
    open_town.services.redis.delete("crosswalk:duties:guard")
    reconcile_link(open_town.services, link.id)
    assert link.connection_id in open_town.services.duties.list_due("guard")


def test_silence_is_noted_and_the_guard_asked_for(open_town, link):
    services = open_town.services
    live_earlier(open_town, seconds=0)
    with silence(open_town):
        open_town.organization.push("shop-web", [{"message": f"{KEY} lost"}])
    services.redis.delete("crosswalk:duties:guard")
    reconcile(open_town, link, services=later(services, HOUR))
    pulse = services.pulses.read(link.id)
    assert pulse.found == 1
    assert pulse.found_at is not None
    assert link.connection_id in services.duties.list_due("guard")


def test_what_happened_just_now_is_no_sign_of_silence(open_town, link):
    with silence(open_town):
        open_town.organization.push("shop-web", [{"message": f"{KEY} lost"}])
    reconcile(open_town, link)
    assert open_town.services.pulses.read(link.id).found == 0


# --- pull requests that are older than a link without history ---


@pytest.fixture
def old_pull(open_town):
    """One that was opened two days before its project was linked."""
    live_earlier(open_town, 2 * 24 * 3600)
    open_town.organization.push("shop-web", [{"message": "start"}], branch="topic")
    return open_town.organization.open_pull_request("shop-web", "topic", f"{KEY} round prices")


def test_a_lost_vote_brings_a_pull_request_that_is_older_than_the_link(old_pull, open_town, link):
    organization = open_town.organization
    with silence(open_town):
        organization.vote(old_pull.id, 10)
    reconcile(open_town, link)
    ((reviewer,),) = (one["reviewers"] for one in panel(open_town)["pullRequests"])
    assert reviewer["approvalStatus"] == "APPROVED"


def test_one_that_nothing_happened_to_since_is_left_to_history(old_pull, open_town, link):
    reconcile(open_town, link)
    assert rows(open_town) == {}


# --- up to when everything is known ---


def test_it_goes_on_with_each_reading_also_beside_a_disabled_repository(open_town, link):
    services, organization = open_town.services, open_town.organization
    reconcile(open_town, link)
    organization.disable_repository("shop-api")
    hours = later(services, 30 * HOUR)

    reconcile(open_town, link, services=hours)

    (shown,) = open_town.call("GET", "/api/health").json()["items"]
    known = datetime.fromisoformat(shown["links"][0]["reconciled"]["upTo"]).timestamp() * 1000
    assert known >= hours.now() - HOUR


# --- releases that were given up ---


def test_a_release_that_was_given_up_unseen_leaves_nothing_in_progress(open_town, link):
    """Its deployment began long before and did not change by that."""
    organization = open_town.organization
    definition = next(iter(organization.release_definitions.values()))
    with organization.clock.travel(lambda: utc_now() - timedelta(days=2)):
        organization.push("shop-web", [{"message": f"{KEY} released"}])
        run = organization.run_pipeline(definition.pipeline)
        deployment = organization.deploy_release(definition.id, run=run.id, result=None)
        open_town.work()
    assert "in_progress" in {one["state"] for one in panel(open_town)["deployments"]}
    with silence(open_town):
        organization.abandon_release(deployment.release.id)
    reconcile(open_town, link)
    states = {one["displayName"]: one["state"] for one in panel(open_town)["deployments"]}
    assert [state for name, state in states.items() if deployment.release.name in name] == ["cancelled"]


# --- clocks that differ ---


@pytest.mark.parametrize("ahead", [60_000, -60_000])
def test_an_event_after_a_reading_is_shown_whatever_our_clock_says(open_town, link, ahead):
    organization, services = open_town.organization, open_town.services
    organization.push("shop-web", [{"message": "start"}], branch="topic")
    pull = organization.open_pull_request("shop-web", "topic", f"{KEY} first")
    open_town.work()
    with silence(open_town):
        organization.update_pull_request(pull.id, title=f"{KEY} second")
    services.ado_http.clocks = ClockWatch(lambda: services.now() + ahead)
    reconcile(open_town, link, dataclasses.replace(services, now=lambda: now_milliseconds() + ahead))
    assert [one["title"] for one in panel(open_town)["pullRequests"]] == [f"{KEY} second"]

    organization.clock.source = utc_now
    organization.update_pull_request(pull.id, title=f"{KEY} third")
    open_town.work()

    assert [one["title"] for one in panel(open_town)["pullRequests"]] == [f"{KEY} third"]

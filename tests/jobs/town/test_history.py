"""What is read from history is what the events of the same work made of it."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.jobs.history_rig import (
    forget,
    read_again,
    read_all,
    read_deployments,
    read_project,
    road_of,
    send,
    shown,
    window_of,
)

KEY = "SHOP-1"


def work_on_git(organization):
    """Commits with files and a long message, branches, pull requests in every state."""
    organization.push("shop-web", [{"message": f"{KEY} one", "files": ["/a.py", "/b.py"]}, "nothing", "SHOP-2 two"])
    organization.push("shop-api", [f"SHOP-3 {'long ' * 80}\n\nalso SHOP-4"])
    organization.push("shop-web", ["SHOP-5 on a branch", "and more"], branch=f"feature/{KEY}-basket")
    organization.push("shop-web", ["SHOP-6 too"], branch="topic")
    shown_pull = organization.open_pull_request(
        "shop-web", "topic", "Round prices", description=f"{'words ' * 90} SHOP-7", reviewers=["Tomasz Baran"]
    )
    organization.vote(shown_pull.id, 10, user="Tomasz Baran")
    organization.comment_pull_request(shown_pull.id, "nice")
    organization.push("shop-web", ["work"], branch="other")
    done = organization.open_pull_request("shop-web", "other", f"{KEY} done")
    organization.update_pull_request(done.id, status="completed")
    organization.push("shop-api", ["given up"], branch="given-up")
    gone = organization.open_pull_request("shop-api", "given-up", "SHOP-8 given up")
    organization.update_pull_request(gone.id, status="abandoned")


def run_pipelines(site):
    """Runs that pass, fail and wait, one for a pull request; deployments to both environments, one refused."""
    organization = site.organization
    deploying, testing = pipelines_of(site)
    first = organization.run_pipeline(deploying, tests={"passed": 3, "failed": 1})
    site.work()
    organization.approve_stage(first.id)
    organization.push("shop-web", ["SHOP-9 next"])
    organization.run_pipeline(deploying, result="failed", failing_stage="Deploy-QA")
    organization.push("shop-web", ["SHOP-10 refused"])
    refused = organization.run_pipeline(deploying)
    site.work()
    organization.approve_stage(refused.id, approved=False)
    organization.push("shop-web", ["work"], branch="checked")
    pull = organization.open_pull_request("shop-web", "checked", "SHOP-11 checked")
    organization.run_pipeline(testing, pull_request=pull.id, result="partiallySucceeded")
    organization.push("shop-web", ["SHOP-12 waits"])
    organization.run_pipeline(deploying)
    running = organization.run_pipeline(testing, steps=True)
    organization.start_run(running.id)
    site.work()


def release_classic(site):
    """Releases that pass, fail, are cancelled and go on, and one that brings back what was before."""
    organization = site.organization
    definition = next(iter(organization.release_definitions.values()))
    staging, production = definition.environments
    organization.push("shop-web", ["SHOP-13 released"])
    runs = [organization.run_pipeline(definition.pipeline)]
    first = organization.deploy_release(definition.id, run=runs[0].id, environment=staging)
    organization.push("shop-web", ["SHOP-14 released"])
    runs.append(organization.run_pipeline(definition.pipeline))
    for place, result in ((staging, "failed"), (staging, "canceled"), (staging, "succeeded"), (production, None)):
        organization.deploy_release(definition.id, run=runs[1].id, environment=place, result=result)
        site.work()
    organization.deploy_release(release=first.release.id, environment=staging)
    site.work()


def pipelines_of(site):
    """The pipeline with deployments and the one without."""
    mine = [one for one in site.organization.pipelines.values() if one.repository.name == "shop-web"]
    return sorted(mine, key=lambda one: -len(one.stages))


@pytest.fixture
def worked(site, linked):
    """A project in which people did a bit of everything while its events went to Jira."""
    work_on_git(site.organization)
    run_pipelines(site)
    release_classic(site)
    site.work()
    return site


def test_everything_is_the_same_from_history(worked):
    expected = shown(worked)
    forget(worked)
    road = road_of(worked)
    send(worked, read_project(worked, road), road)
    found = shown(worked)
    assert set(expected) == {"repository", "commit", "branch", "pull_request", "build", "deployment"}
    for kind, things in expected.items():
        assert {name: found[kind].get(name) for name in things} == things
    assert (worked.organization.violations, worked.site.violations) == ([], [])


def test_what_happened_before_the_link_was_made_comes_from_history_too(site, linked):
    road = road_of(site, "backfill")
    send(site, read_project(site, road), road)
    counted = {kind: len(things) for kind, things in shown(site).items()}
    assert counted["branch"] == counted["pull_request"] == 3
    assert (counted["build"], counted["deployment"]) == (2, 3)
    assert counted["commit"] >= 20


def test_times_are_those_of_the_work_and_not_of_the_reading(site, linked):
    organization = site.organization
    with organization.past(datetime(2026, 10, 1, tzinfo=UTC)):
        organization.push("shop-web", [f"{KEY} then"])
        organization.push("shop-web", ["then"], branch="then")
        pull = organization.open_pull_request("shop-web", "then", f"{KEY} then")
        organization.update_pull_request(pull.id, status="abandoned")
        run = organization.run_pipeline(pipelines_of(site)[0])
        organization.approve_stage(run.id)
        organization.deploy_release(run=organization.run_pipeline(pipelines_of(site)[1]).id, definition=1)
    road = road_of(site, "backfill")
    send(site, read_project(site, road, datetime(2026, 9, 30, tzinfo=UTC)), road)
    panel = site.site.panel(KEY)
    told = [shown["lastUpdate"] for shown in panel["pullRequests"] if "then" in shown["title"]]
    told += [shown["lastUpdated"] for shown in (*panel["builds"], *panel["deployments"])]
    dated = [moment for moment in told if moment.startswith("2026-10-01")]
    assert len(dated) == 1 + 2 + 3


# --- pushes --------------------------------------------------------------------------------------------------------


@pytest.fixture
def pushed(site, linked):
    """Pushes that end with a branch moved, one set back, one deleted and one made again."""
    organization = site.organization
    organization.push("shop-web", [f"SHOP-{number} work" for number in range(2, 16)])
    organization.push("shop-web", [f"{KEY} on it"], branch=f"{KEY}-moved")
    organization.push("shop-web", ["more", "SHOP-16 " + "long " * 80], branch=f"{KEY}-moved")
    organization.push("shop-web", ["kept", f"{KEY} lost"], branch=f"{KEY}-back")
    organization.force_push("shop-web", branch=f"{KEY}-back")
    organization.push("shop-web", ["x"], branch=f"{KEY}-gone")
    organization.delete_branch("shop-web", f"{KEY}-gone")
    organization.push("shop-web", ["x"], branch=f"{KEY}-again")
    organization.delete_branch("shop-web", f"{KEY}-again")
    organization.push("shop-web", ["y"], branch=f"{KEY}-again")
    organization.create_tag("shop-web", f"{KEY}-v1")
    site.work()
    return site


def test_pushes_read_again_make_what_their_events_made(pushed):
    expected = shown(pushed)
    forget(pushed)
    send(pushed, read_again(pushed, "shop-web"), road_of(pushed))
    found = shown(pushed)
    for kind in ("commit", "branch"):
        assert {name: found[kind].get(name) for name in expected[kind]} == expected[kind]
    assert {body["name"] for body in found["branch"].values() if KEY + "-" in body["name"]} == {
        f"{KEY}-moved", f"{KEY}-back", f"{KEY}-again",
    }  # fmt: skip


def test_an_old_push_read_late_does_not_move_a_branch_back(pushed):
    expected = shown(pushed)["branch"]
    road = road_of(pushed)
    page = read_again(pushed, "shop-web")
    for change in reversed(page):
        send(pushed, [change], road)
    assert {name: shown(pushed)["branch"].get(name) for name in expected} == expected


# --- what changes only while reconciling ---------------------------------------------------------------------------


def test_a_key_that_was_edited_out_unseen_takes_the_pull_request_away(site, linked):
    organization = site.organization
    organization.push("shop-web", ["work"], branch="topic")
    pull = organization.open_pull_request("shop-web", "topic", f"{KEY} round prices")
    site.work()
    pull.title = "round prices"
    reader, window = "pullRequests", window_of(site, "shop-web")
    assert str(pull.id) not in {change.id for change in read_all(reader, road_of(site, "backfill"), window)}
    road = road_of(site)
    send(site, read_all(reader, road, window), road)
    assert str(pull.id) not in {shown["id"] for shown in site.site.panel(KEY)["pullRequests"]}


def test_a_run_and_a_deployment_that_only_ended_in_the_window_are_told(site, linked):
    organization = site.organization
    organization.push("shop-web", [f"{KEY} slow"])
    run = organization.run_pipeline(pipelines_of(site)[0], steps=True)
    organization.start_run(run.id)
    organization.finish_stage(run.id, "Build")
    organization.start_stage(run.id, "Deploy-QA")
    site.work()
    later = organization.clock.now()
    organization.finish_run(run.id, result="failed")
    road = road_of(site)
    changes = read_all("builds", road, window_of(site, since=later)) + read_deployments(site, road, since=later)
    assert {change.kind: change.body["state"] for change in changes} == {"build": "failed", "deployment": "cancelled"}


def test_a_run_that_goes_on_since_before_the_window_is_told_as_it_is(site, linked):
    organization = site.organization
    organization.push("shop-web", [f"{KEY} slow"])
    run = organization.run_pipeline(pipelines_of(site)[0], steps=True)
    organization.start_run(run.id)
    window = window_of(site, since=organization.clock.now() + timedelta(seconds=2))
    (change,) = read_all("builds", road_of(site), window)
    assert (change.body["buildNumber"], change.body["state"]) == (run.id, "in_progress")
    assert read_all("builds", road_of(site, "backfill"), window) == []


def test_a_stage_between_two_jobs_has_not_ended(site, linked):
    organization = site.organization
    organization.push("shop-web", [f"{KEY} slow"])
    run = organization.run_pipeline(pipelines_of(site)[0], steps=True)
    organization.start_run(run.id)
    organization.finish_stage(run.id, "Build")
    organization.start_stage(run.id, "Deploy-QA")
    record = next(one for env in organization.environments.values() for one in env.records if one.run is run)
    record.result, record.finished = "succeeded", organization.clock.now()
    mine = [change for change in read_deployments(site, road_of(site)) if str(run.number) in change.body["label"]]
    assert [change.body["state"] for change in mine] == ["in_progress"]


def test_an_announcement_whose_end_nobody_heard_of_is_taken_back(site, linked):
    organization = site.organization
    deploying = pipelines_of(site)[0]
    organization.push("shop-web", [f"{KEY} first"])
    organization.approve_stage(organization.run_pipeline(deploying).id)
    organization.push("shop-web", [f"{KEY} second"])
    run = organization.run_pipeline(deploying)
    site.work()
    assert "pending" in {one["state"] for one in site.site.panel(KEY)["deployments"]}
    site.organization.subscriptions.clear()
    organization.approve_stage(run.id, approved=False)
    road = road_of(site)
    send(site, read_deployments(site, road), road)
    assert "pending" not in {one["state"] for one in site.site.panel(KEY)["deployments"]}


def test_what_an_abandoned_release_left_unfinished_is_cancelled(site, linked):
    organization = site.organization
    definition = next(iter(organization.release_definitions.values()))
    organization.push("shop-web", [f"{KEY} released"])
    run = organization.run_pipeline(definition.pipeline)
    deployment = organization.deploy_release(definition.id, run=run.id, result=None)
    organization.abandon_release(deployment.release.id)
    states = {change.body["label"]: change.body["state"] for change in read_deployments(site, road_of(site))}
    assert states[deployment.release.name] == "cancelled"

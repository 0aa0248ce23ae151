"""One entry of history that cannot be read or told is counted, and everything beside it is told."""

import pytest
from redis.exceptions import ConnectionError as RedisGone

from domain.devinfo import branch_id
from domain.errors import (
    BadEvent,
    Forbidden,
    NotFound,
    RateLimited,
    Rejected,
    StoreUnavailable,
    Unauthorized,
    Unavailable,
    Unreadable,
)
from jobs.history import READERS
from jobs.history_pages import sift
from tests.app.actions import add_fault, kept_link
from tests.jobs.history_rig import read_deployments, road_of, window_of

KEY = "SHOP-1"
LONG = f"{KEY} {'long ' * 80}"


def read_whole(kind, site, repository=None):
    """Ids of what is told, and how many entries were refused, over all pages."""
    road, window = road_of(site, "backfill"), window_of(site, repository)
    told, refused, cursor = set(), 0, None
    while True:
        reading = READERS[kind](road, window, cursor)
        told |= {change.id for change in reading.changes}
        refused, cursor = refused + reading.refused, reading.cursor
        if cursor is None:
            return told, refused


def open_pulls(organization, count=3):
    organization.push("shop-web", ["work"], branch="topic")
    return [organization.open_pull_request("shop-web", "topic", f"{KEY} number {n}").id for n in range(count)]


def run_tests(organization, count=3):
    pipeline = next(one for one in organization.pipelines.values() if len(one.stages) == 2)
    return [push_and_run(organization, pipeline) for _ in range(count)]


def push_and_run(organization, pipeline):
    organization.push("shop-web", [f"{KEY} work"])
    return organization.run_pipeline(pipeline).id


@pytest.mark.parametrize("status", [400, 403])
def test_a_pull_request_whose_look_up_is_refused_fails_alone(site, linked, status):
    bad, *good = open_pulls(site.organization)
    add_fault(site.ado, f"/pull[Rr]equests/{bad}/threads", status)
    told, refused = read_whole("pullRequests", site, "shop-web")
    assert told >= {str(number) for number in good}
    assert (str(bad) in told, refused) == (False, 1)


def test_a_pull_request_of_another_shape_fails_alone(site, linked):
    pulls = open_pulls(site.organization)
    site.organization.pull_requests[pulls[0]].title = None
    told, refused = read_whole("pullRequests", site, "shop-web")
    assert told >= {str(number) for number in pulls[1:]}
    assert refused == 1


@pytest.mark.parametrize("status", [400, 403])
def test_a_run_whose_look_up_is_refused_fails_alone(site, linked, status):
    bad, *good = run_tests(site.organization)
    add_fault(site.ado, f"/builds/{bad}/changes", status)
    told, refused = read_whole("builds", site, "shop-web")
    assert {number for number in (bad, *good) if any(name.endswith(f"/{number}") for name in told)} == set(good)
    assert refused == 1


@pytest.mark.parametrize("status", [400, 403])
def test_a_commit_that_cannot_be_read_whole_is_told_as_it_was_listed(site, linked, status):
    sha = site.organization.push("shop-web", [LONG]).commits[0]
    add_fault(site.ado, f"/commits/{sha}", status)
    told, refused = read_whole("commits", site, "shop-web")
    assert (sha in told, refused) == (True, 1)


def test_a_branch_whose_last_commit_cannot_be_read_is_told_as_it_was_listed(site, linked):
    sha = site.organization.push("shop-web", ["work"], branch=f"{KEY}-basket").commits[0]
    add_fault(site.ado, f"/commits/{sha}", 403)
    told, refused = read_whole("branches", site, "shop-web")
    assert (branch_id(f"{KEY}-basket") in told, refused) == (True, 1)


def test_a_deployment_whose_release_is_refused_fails_alone(site, linked):
    whole = {change.id for change in read_deployments(site, road_of(site, "backfill"))}
    bad = max(site.organization.releases)
    add_fault(site.ado, f"/releases/{bad}$", 403)
    told, refused = read_whole("deployments", site)
    assert told < whole
    assert len(whole - told) == refused > 0


def test_an_environment_that_is_refused_fails_alone(site, linked):
    whole = {change.id for change in read_deployments(site, road_of(site, "backfill"))}
    home = next(iter(site.organization.projects.values()))
    bad = max(one.id for one in site.organization.environments.values() if one.project is home)
    add_fault(site.ado, f"/environments/{bad}/environmentdeploymentrecords", 403)
    told, refused = read_whole("deployments", site)
    assert (told < whole, told != set(), refused) == (True, True, 1)


@pytest.mark.parametrize(("status", "error"), [(401, Unauthorized), (429, RateLimited), (503, Unavailable)])
def test_what_may_go_better_or_is_the_token_s_ends_the_page(site, linked, status, error):
    bad = run_tests(site.organization)[0]
    road, window = road_of(site, "backfill"), window_of(site, "shop-web")
    add_fault(site.ado, f"/builds/{bad}/changes", status)
    with pytest.raises(error):
        READERS["builds"](road, window, None)


def test_the_part_of_a_bad_entry_ends_says_how_many_and_is_read_again(site, connection, linked, projects, webshop):
    bad, *good = open_pulls(site.organization)
    add_fault(site.ado, f"/pull[Rr]equests/{bad}/threads", 403, times=1)
    assert kept_link(site, connection, webshop)
    site.work_slow()
    part = pulls_part(site, projects, webshop)
    assert (part["state"], part["error"]["code"], part["refused"]) == ("done", "incomplete", 1)
    assert pulls_of(site) >= {str(number) for number in good}
    assert str(bad) not in pulls_of(site)
    (health,) = site.call("GET", "/api/health").json()["items"]
    assert (health["links"][0]["backfill"]["failed"], health["links"][0]["backfill"]["incomplete"]) == (0, 1)

    assert site.call("POST", f"{projects}/{webshop}/backfill/retry-failed").status_code == 200
    site.work_slow()
    part = pulls_part(site, projects, webshop)
    assert (part["state"], part["error"], part["refused"]) == ("done", None, 0)
    assert str(bad) in pulls_of(site)


def pulls_part(site, projects, project):
    shown = site.call("GET", f"{projects}/{project}/backfill").json()
    (part,) = [one for one in shown["repositories"] if (one["name"], one["kind"]) == ("shop-web", "pullRequests")]
    return part


def pulls_of(site):
    return {one["id"] for one in site.site.panel(KEY)["pullRequests"]}


# --- whose fault it is ---------------------------------------------------------------------------------------------


def raising(error):
    """Work that one of three entries is not done for."""

    def work(number):
        if number == 2:
            raise error
        return number * 10

    return work


NUMBERED = [(number, number) for number in (1, 2, 3)]


@pytest.mark.parametrize(
    "error",
    [
        NotFound("Azure DevOps", 404, "gone"),
        Forbidden("Azure DevOps", 403, "no right"),
        Rejected("Azure DevOps", 400, "out of range"),
        Unreadable("Azure DevOps", None, "title is missing"),
        BadEvent("title is missing"),
        ValueError("a fault of ours"),
    ],
)
def test_what_an_entry_is_to_blame_for_passes_by(site, linked, error):
    assert sift(road_of(site), "build", raising(error), NUMBERED) == ([10, 30], 1)


@pytest.mark.parametrize(
    "error",
    [
        Unauthorized("Azure DevOps", 401, "dead"),
        Unavailable("Azure DevOps", 503, "down"),
        RateLimited("Azure DevOps", 429, "pause"),
        Forbidden("Jira", 403, "no right"),
        StoreUnavailable("the database is away"),
        RedisGone("away"),
    ],
)
def test_what_is_no_entry_s_fault_ends_the_page(site, linked, error):
    with pytest.raises(type(error)):
        sift(road_of(site), "build", raising(error), NUMBERED)

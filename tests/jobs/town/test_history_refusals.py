"""What history does not read: what is gone, closed or empty, and what the site chose to leave out."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import Forbidden, NotFound
from domain.site_settings import Choice
from jobs.history import READERS, Reading
from jobs.history_commits import Walk, write_walk
from tests.app.actions import list_calls
from tests.jobs.history_rig import (
    aware,
    read_all,
    read_deployments,
    read_project,
    read_pushes,
    road_of,
    window_of,
)

KEY = "SHOP-1"
GIT_READERS = [READERS["commits"], READERS["branches"], READERS["pullRequests"], read_pushes]
one_by_one = pytest.mark.parametrize("reader", GIT_READERS, ids=["commits", "branches", "pullRequests", "pushes"])


def names_of(changes):
    """Kinds and ids."""
    return {(change.kind, change.id) for change in changes}


@one_by_one
def test_a_repository_that_is_gone_is_not_found(reader, site, linked):
    window = window_of(site, "shop-web")
    site.organization.delete_repository("shop-web")
    with pytest.raises(NotFound):
        reader(road_of(site), window, None)


@one_by_one
def test_a_disabled_repository_is_not_found(reader, site, linked):
    window = window_of(site, "shop-web")
    site.organization.disable_repository("shop-web")
    with pytest.raises(NotFound):
        reader(road_of(site), window, None)


@one_by_one
def test_a_repository_without_a_right_to_read_it_is_forbidden(reader, site, linked):
    window = window_of(site, "shop-web")
    site.organization.deny_repository("shop-web", status=403)
    with pytest.raises(Forbidden):
        reader(road_of(site), window, None)


@one_by_one
def test_a_repository_that_went_between_two_pages_is_not_found(reader, site, linked):
    window, road = window_of(site, "shop-web"), road_of(site)
    cursors = {
        READERS["commits"]: str(write_walk(Walk(None, (("a" * 40, "1f"),), window.observed, 0, 1000))),
        READERS["branches"]: '{"after":"x"}',
        READERS["pullRequests"]: '{"phase":"closed","skip":90}',
        read_pushes: '{"skip":20}',
    }
    site.organization.delete_repository("shop-web")
    with pytest.raises(NotFound):
        reader(road, window, cursors[reader])


@one_by_one
def test_an_empty_repository_has_nothing_to_tell(reader, site, linked):
    site.organization.create_repository("shop-new", "Webshop")
    reading, road, window = None, road_of(site), window_of(site, "shop-new")
    while reading is None or reading.cursor:
        reading = reader(road, window, reading.cursor if reading else None)
        assert reading.changes == ()


@pytest.mark.parametrize("kind", ["commits", "branches"])
def test_what_belongs_to_one_repository_is_not_read_for_a_whole_project(kind, site, linked):
    with pytest.raises(ValueError, match="one repository at a time"):
        READERS[kind](road_of(site), window_of(site), None)


def test_pull_requests_and_runs_can_be_read_for_a_whole_project(site, linked):
    road = road_of(site)
    for kind, several in (("pullRequests", ("shop-web", "shop-api", "shop-infra")), ("builds", ("shop-web",))):
        apart = {name for one in several for name in names_of(read_all(kind, road, window_of(site, one)))}
        assert apart == names_of(read_all(kind, road, window_of(site))) != set()


def test_runs_of_a_repository_are_its_own(site, linked):
    assert read_all("builds", road_of(site), window_of(site, "shop-api")) == []


# --- the choices of a site -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["commits", "branches"])
def test_a_repository_that_was_left_out_costs_no_call(kind, site, linked):
    window = window_of(site, "shop-web")
    road = aware(road_of(site), repositories=Choice(never=("shop-web",)))
    before = len(list_calls(site.ado, "GET", "shop-web")) + len(
        list_calls(site.ado, "GET", window.require_repository().id)
    )
    assert READERS[kind](road, window, None) == Reading((), None, 0)
    after = len(list_calls(site.ado, "GET", "shop-web")) + len(
        list_calls(site.ado, "GET", window.require_repository().id)
    )
    assert after == before


def test_commits_of_ignored_branches_alone_are_not_told(site, linked):
    site.organization.push("shop-web", [f"{KEY} by a machine"], branch="bot/one")
    site.organization.push("shop-web", [f"{KEY} by a person"], branch="topic")
    road = aware(road_of(site), ignored_branches=("bot/*",))
    found = read_all("commits", road, window_of(site, "shop-web"))
    messages = {change.body["message"] for change in found}
    assert f"{KEY} by a person" in messages
    assert f"{KEY} by a machine" not in messages


def test_pipelines_that_were_left_out_are_not_looked_into(site, linked):
    road = aware(road_of(site), pipelines=Choice(never=("shop-*",)))
    before = len(list_calls(site.ado, "GET", "/changes"))
    assert read_all("builds", road, window_of(site)) == []
    assert read_deployments(site, road) == []
    assert len(list_calls(site.ado, "GET", "/changes")) == before


def test_tests_are_asked_for_only_when_a_run_names_an_issue(site, linked):
    organization = site.organization
    testing = next(one for one in organization.pipelines.values() if len(one.stages) == 2)
    organization.run_pipeline(testing)  # the changes of the next one begin here
    began = datetime.now(UTC) + timedelta(days=1)
    with organization.past(began):
        for message in ("nothing of note", f"{KEY} noted"):
            organization.push("shop-web", [message])
            organization.run_pipeline(testing, tests={"passed": 2})
    before = len(list_calls(site.ado, "GET", "test/runs"))
    told = read_all("builds", road_of(site, "backfill"), window_of(site, since=began))
    assert [change.body["testInfo"]["numberPassed"] for change in told] == [2]
    assert len(list_calls(site.ado, "GET", "test/runs")) - before == 1


def test_nothing_is_asked_that_the_stand_in_had_to_object_to(site, linked):
    read_project(site, road_of(site))
    assert site.organization.violations == []

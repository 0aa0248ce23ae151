"""The import of history and comparing once more, by command."""

import json

import pytest

from app.backfilling import default_since
from linkage.reconciling import ASKED
from store.marks import WHOLE
from tests.app.actions import only_site, refused


@pytest.fixture
def project(run, added, connected, town):
    """The three arguments that name a linked project."""
    assert run("link-project", added, connected, "Webshop").exit_code == 0
    return added, connected, "webshop"


@pytest.fixture
def link(services, project):
    return services.links.list_for(only_site(services).id)[0]


def test_an_import_is_started_from_another_day(run, project, link, services):
    result = run("backfill", "start", *project, "--since", "2020-01-31")

    assert result.exit_code == 0, result.output
    assert result.output.startswith("queued, since 2020-01-31: 0 entries read; parts: none known yet")
    assert services.links.find(link.id).backfill_since == "2020-01-31"
    assert len(services.duties.list_due("backfill")) == 4


def test_without_a_day_it_is_that_of_before(run, project, link, services):
    run("backfill", "start", *project, "--since", "2020-01-31")
    run("backfill", "start", *project)

    assert services.backfills.find(link.id).since == "2020-01-31"


def test_where_there_was_none_it_is_half_a_year(run, added, connected, services):
    run("link-project", added, connected, "Webshop", "--no-history")
    (link,) = services.links.list_for(only_site(services).id)
    assert services.backfills.find(link.id) is None

    run("backfill", "start", added, connected, link.project_id)

    assert services.backfills.find(link.id).since == default_since(services).isoformat()


@pytest.mark.parametrize(("day", "code"), [("2999-01-01", 1), ("1980-01-01", 1), ("soon", 2)])
def test_a_day_without_sense_is_refused(run, project, day, code):
    assert run("backfill", "start", *project, "--since", day).exit_code == code


def test_a_link_begins_with_the_day_that_was_named(run, added, connected, services):
    assert run("link-project", added, connected, "Webshop", "--since", "2021-02-03").exit_code == 0
    assert services.links.list_for(only_site(services).id)[0].backfill_since == "2021-02-03"
    assert run("link-project", added, connected, "Webshop", "--since", "2021-02-03", "--no-history").exit_code == 2


def test_it_is_paused_and_resumed(run, project):
    assert run("backfill", "pause", *project).output.startswith("paused, since")
    assert refused(run("backfill", "pause", *project), "Only what waits or runs can be paused; this is paused.")
    assert run("backfill", "resume", *project).output.startswith("queued, since")
    assert refused(run("backfill", "resume", *project), "Only what is paused")


def test_what_failed_is_told_and_tried_again(run, project, link, services, town):
    town.services = services
    repository = next(one for one in town.organization.repositories.values() if one.project.id == link.project_id)
    repository.disabled = True
    town.work_slow()

    told = run("backfill", "status", *project)
    assert "failed" in told.output
    assert f"  {repository.name}, commits: failed: The repository is disabled" in told.output

    repository.disabled = False
    assert run("backfill", "retry-failed", *project).exit_code == 0
    town.work_slow()
    assert "failed" not in run("backfill", "status", *project).output
    assert refused(run("backfill", "retry-failed", *project), "No part of it has failed.")


def test_what_it_waits_for_is_told(run, project, link, services):
    now = services.now()
    claim = services.backfill_turns.claim(link.installation_id, now)
    due = now + 60_000
    services.backfill_turns.wait(claim, "token", "Enter a new one.", due=due, attempts=1, now=now, every=True)
    with services.engine.begin() as database:
        database.exec_driver_sql("UPDATE backfills SET changed_at = 1")

    output = run("backfill", "status", *project).output

    assert "UTC: Enter a new one." in output
    assert "Nothing has moved for ten minutes." in output


def test_the_whole_state_is_there_for_programs(run, project):
    found = json.loads(run("backfill", "status", *project, "--json").output)

    assert (found["state"], found["stalled"]) == ("queued", False)


def test_a_project_that_is_not_linked_has_no_history(run, added, connected):
    assert refused(run("backfill", "status", added, connected, "Webshop"), "not linked")


def test_a_project_is_compared_at_once(run, project, link, services):
    before = services.now()

    assert run("look-again", *project).exit_code == 0

    assert services.marks.read(link.id)[ASKED, WHOLE] >= before
    assert services.duties.list_due("reconcile")[link.id] <= services.now()

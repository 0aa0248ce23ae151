"""What Jira lost is sent anew, once; what cannot be sent any more is not looked for again."""

import pytest
import requests

from jobs.reconcile import reconcile_link
from tests.app.actions import add_fault
from tests.jobs.reconcile_rig import KEY, connect, import_past, link_project, live_earlier, reconcile, rows
from tests.town_fixtures import open_town, settings_changes, town

__all__ = ["open_town", "settings_changes", "town"]


@pytest.fixture
def link(open_town):
    """A linked project with a commit, a branch, a pull request, a build and deployments."""
    live_earlier(open_town)
    made = link_project(open_town, connect(open_town))
    organization = open_town.organization
    organization.push("shop-web", [{"message": f"{KEY} first"}])
    organization.push("shop-web", [{"message": f"{KEY} second"}], branch=f"feature/{KEY}")
    organization.open_pull_request("shop-web", f"feature/{KEY}", "open")
    pipeline = next(p for p in organization.pipelines.values() if p.repository.name == "shop-web" and len(p.stages) > 1)
    organization.approve_stage(organization.run_pipeline(pipeline).id)
    open_town.work()
    reconcile(open_town, made)
    return made


def states(town, link):
    return set(town.services.ledger.count_states(link.id))


def test_everything_that_was_lost_is_sent_anew(open_town, link):
    before = rows(open_town)
    assert set(before) == {"commits", "branches", "pullRequests", "builds", "deployments"}
    open_town.services.ledger.mark_stale(link.installation_id)
    reconcile(open_town, link)
    assert states(open_town, link) == {"accepted"}
    assert rows(open_town) == before


def test_what_the_choices_leave_out_by_now_is_forgotten_and_not_read_every_day(open_town, link):
    services = open_town.services
    services.links.set_choice(link.id, ["OPS"], link.kinds)
    services.ledger.mark_stale(link.installation_id)
    reconcile(open_town, link)
    assert services.ledger.list_stale(link.id) == []
    requests.delete(f"{open_town.ado}/_control/calls", timeout=5)
    reconcile_link(services, link.id)
    found = requests.get(f"{open_town.ado}/_control/calls", timeout=5).json()
    assert [call["path"].rpartition("/")[2] for call in found] == ["repositories"]


def test_imported_runs_that_a_failed_unlinking_took_from_jira_are_sent_anew_however_old(open_town):
    imported = import_past(open_town)
    before = rows(open_town)
    address = f"/api/connections/{imported.connection_id}/projects/{imported.project_id}"
    add_fault(open_town.jira, "/deployments/0.1/bulkByProperties", 503, method="DELETE")
    assert open_town.call("DELETE", address).status_code == 502
    assert "builds" not in rows(open_town)
    requests.delete(f"{open_town.jira}/_control/faults", timeout=5)
    reconcile(open_town, imported)
    assert rows(open_town) == before
    assert states(open_town, imported) == {"accepted"}


def test_what_belongs_to_a_repository_that_is_disabled_waits_for_it(open_town, link):
    services = open_town.services
    before = rows(open_town)
    open_town.organization.disable_repository("shop-web")
    services.ledger.mark_stale(link.installation_id)
    reconcile(open_town, link)
    left = {place.kind for place in services.ledger.list_stale(link.id)}
    assert left >= {"commit", "branch"}
    open_town.organization.disable_repository("shop-web", disabled=False)
    reconcile(open_town, link)
    assert states(open_town, link) == {"accepted"}
    assert rows(open_town) == before

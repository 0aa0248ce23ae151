"""Reconciliation on demand: asked for by an administrator, done by a worker."""

import pytest

from tests.jobs.reconcile_rig import KEY, connect, link_project, rows, silence
from tests.town_fixtures import open_town, settings_changes, town

__all__ = ["open_town", "settings_changes", "town"]


@pytest.fixture
def link(open_town):
    return link_project(open_town, connect(open_town))


def address(link, project=None):
    return f"/api/connections/{link.connection_id}/projects/{project or link.project_id}/reconcile"


@pytest.mark.parametrize("project", [None, "Webshop"])
def test_what_no_event_told_is_found_when_somebody_asks(open_town, link, project):
    with silence(open_town):
        open_town.organization.push("shop-web", [{"message": f"{KEY} lost"}])
    answer = open_town.call("POST", address(link, project))
    assert answer.status_code == 202, answer.text
    assert answer.json()["projectId"] == link.project_id
    assert answer.json()["askedAt"].endswith("Z")
    assert open_town.services.duties.list_due("reconcile")[link.id] <= open_town.services.now()
    open_town.work_slow()
    assert rows(open_town) == {"commits": 1}


def test_only_administrators_may_ask_and_only_for_what_is_linked(open_town, link):
    member = open_town.site.member.account_id
    assert open_town.call("POST", address(link), account=member).status_code == 403
    assert open_town.call("POST", address(link, "00000000-0000-4000-8000-000000000000")).status_code == 404
    assert open_town.call("POST", address(link).replace(link.connection_id, "other")).status_code == 404

"""What becomes of places: repositories, projects and keys are renamed, moved, disabled and deleted, with an event or in
silence. The panel is right afterwards, and every address on it leads somewhere.
"""

import dataclasses
from urllib.parse import unquote, urlsplit

import pytest

from sandbox.ado_seed import TOKENS
from store.known_repositories import KnownRepository
from tests.jobs.reconcile_rig import (
    KEY,
    connect,
    import_past,
    link_project,
    live_earlier,
    panel,
    reconcile,
    rows,
    silence,
)

DAY = 24 * 3_600_000  # ms
ALL = {"commits": 3, "branches": 1, "pullRequests": 2}
RUN = {"builds": 1, "deployments": 2}


@pytest.fixture
def link(open_town):
    """A linked project where every kind of thing happened in shop-web."""
    live_earlier(open_town)
    made = link_project(open_town, connect(open_town))
    organization = open_town.organization
    organization.push("shop-web", [{"message": f"{KEY} first"}, {"message": f"{KEY} second"}])
    organization.push("shop-web", [{"message": "third"}], branch=f"feature/{KEY}")
    organization.open_pull_request("shop-web", f"feature/{KEY}", "open")
    organization.push("shop-web", [{"message": "fourth"}], branch="topic")
    merged = organization.open_pull_request("shop-web", "topic", f"{KEY} merged")
    organization.update_pull_request(merged.id, status="completed")
    open_town.work()
    reconcile(open_town, made)
    assert rows(open_town) == ALL
    return made


def run_pipeline(town):
    organization = town.organization
    pipeline = next(p for p in organization.pipelines.values() if p.repository.name == "shop-web" and len(p.stages) > 1)
    organization.approve_stage(organization.run_pipeline(pipeline).id)
    town.work()


def addresses(town, key=KEY):
    """The path of every address on an issue, decoded."""
    found = []
    for kind in ("commits", "branches", "pullRequests"):
        for shown in panel(town, key)[kind]:
            found += [shown["url"], shown["repository"]["url"]]
            found += [one for name, one in shown.items() if name.endswith("Url")]
            found += [file["url"] for file in shown.get("files", ())]
    return {unquote(urlsplit(one).path) for one in found}


def below(town, start):
    """Whether every address begins with `start`."""
    found = addresses(town)
    assert [path for path in found if not (path + "/").startswith(start + "/")] == []
    return bool(found)


def work_all(town):
    town.work()
    town.work_slow()
    town.work()


def names(town, key=KEY):
    return {shown["repository"]["name"] for kind in ALL for shown in panel(town, key)[kind]}


def healthy(town):
    assert town.site.violations == []
    assert town.organization.violations == []


def test_a_renamed_repository_is_reached_by_its_new_name(open_town, link):
    open_town.organization.rename_repository("shop-web", "store front")
    work_all(open_town)
    assert rows(open_town) == ALL
    assert names(open_town) == {"store front"}
    assert below(open_town, "/acme/Webshop/_git/store front")
    healthy(open_town)


def test_a_repository_renamed_in_silence_is_found_renamed(open_town, link):
    with silence(open_town):
        open_town.organization.rename_repository("shop-web", "store-front")
    reconcile(open_town, link)
    assert rows(open_town) == ALL
    assert names(open_town) == {"store-front"}
    assert below(open_town, "/acme/Webshop/_git/store-front")
    healthy(open_town)


def test_a_rename_is_noticed_although_nobody_looked_before_and_although_pushes_went_on(open_town):
    live_earlier(open_town)
    link = link_project(open_town, connect(open_town))
    open_town.organization.push("shop-web", [{"message": f"{KEY} under the old name"}])
    open_town.work()
    with silence(open_town):
        open_town.organization.rename_repository("shop-web", "store-front")
    open_town.organization.push("store-front", [{"message": f"{KEY} under the new name"}])
    open_town.work()
    reconcile(open_town, link)
    assert rows(open_town) == {"commits": 2}
    assert below(open_town, "/acme/Webshop/_git/store-front")


def test_what_was_told_at_the_very_moment_of_a_rename_is_renewed_a_moment_later(open_town, link):
    live_earlier(open_town, seconds=-5)
    open_town.organization.push("shop-web", [{"message": f"{KEY} just before"}])
    open_town.work()
    with silence(open_town):
        open_town.organization.rename_repository("shop-web", "store-front")
    services = open_town.services
    now = services.now()
    assert reconcile(open_town, link) <= now + 10_000
    reconcile(open_town, link, services=dataclasses.replace(services, now=lambda: now + 30_000))
    assert below(open_town, "/acme/Webshop/_git/store-front")


def test_a_renamed_project_is_in_every_address(open_town, link):
    open_town.organization.rename_project("Webshop", "Store")
    reconcile(open_town, link)
    assert rows(open_town) == ALL
    assert below(open_town, "/acme/Store/_git/shop-web")
    healthy(open_town)


def test_after_the_organization_was_renamed_and_its_address_told_every_address_is_new(open_town, link):
    run_pipeline(open_town)
    open_town.organization.rename_organization("northwind")
    renamed = open_town.organization_url.removesuffix("acme") + "northwind"
    body = {"token": TOKENS["full"], "organizationUrl": renamed}
    answer = open_town.call("PUT", f"/api/connections/{link.connection_id}/token", body)
    assert answer.status_code == 200, answer.text
    work_all(open_town)
    reconcile(open_town, link)
    assert rows(open_town) == ALL | RUN
    assert below(open_town, "/northwind/Webshop/_git/shop-web")
    runs = [*panel(open_town)["builds"], *panel(open_town)["deployments"]]
    assert all(urlsplit(run["url"]).path.startswith("/northwind/") for run in runs)
    healthy(open_town)


def test_imported_runs_of_months_ago_get_the_new_address_of_the_organization_too(open_town):
    link = import_past(open_town)
    reconcile(open_town, link)
    before = rows(open_town)
    open_town.organization.rename_organization("northwind")
    renamed = open_town.organization_url.removesuffix("acme") + "northwind"
    body = {"token": TOKENS["full"], "organizationUrl": renamed}
    assert open_town.call("PUT", f"/api/connections/{link.connection_id}/token", body).status_code == 200
    reconcile(open_town, link)
    assert rows(open_town) == before
    runs = [*panel(open_town)["builds"], *panel(open_town)["deployments"]]
    assert len(runs) > 3
    assert [run["url"] for run in runs if not urlsplit(run["url"]).path.startswith("/northwind/")] == []
    healthy(open_town)


def test_a_repository_that_moved_to_a_linked_project_belongs_there(open_town, link):
    target = link_project(open_town, link.connection_id, "Platform Tools")
    open_town.organization.move_repository("shop-web", "Platform Tools")
    reconcile(open_town, link)
    reconcile(open_town, target)
    assert rows(open_town) == ALL
    assert below(open_town, "/acme/Platform Tools/_git/shop-web")
    project = open_town.organization.find_project("Webshop")
    answer = open_town.call("DELETE", f"/api/connections/{link.connection_id}/projects/{project.id}")
    assert answer.ok, answer.text
    work_all(open_town)
    assert rows(open_town) == ALL  # it is none of the first project's any more
    open_town.organization.push("shop-web", [{"message": f"{KEY} goes on"}])
    open_town.work()
    assert rows(open_town) == ALL | {"commits": 4}
    healthy(open_town)


def test_what_was_built_of_a_repository_that_moved_stays_with_the_project_of_the_pipeline(open_town, link):
    run_pipeline(open_town)
    target = link_project(open_town, link.connection_id, "Platform Tools")
    open_town.organization.move_repository("shop-web", "Platform Tools")
    reconcile(open_town, link)
    reconcile(open_town, target)
    assert rows(open_town) == ALL | RUN
    for unlinked, left in ((target, RUN), (link, {})):
        address = f"/api/connections/{unlinked.connection_id}/projects/{unlinked.project_id}"
        assert open_town.call("DELETE", address).json()["problems"] == []
        work_all(open_town)
        assert rows(open_town) == left
    healthy(open_town)


def test_a_repository_that_moved_to_a_project_that_is_not_linked_is_taken_away(open_town, link):
    run_pipeline(open_town)
    open_town.organization.move_repository("shop-web", "Platform Tools")
    reconcile(open_town, link)
    assert rows(open_town) == {}
    healthy(open_town)


def test_a_disabled_repository_keeps_what_it_has(open_town, link):
    run_pipeline(open_town)
    open_town.organization.disable_repository("shop-web")
    work_all(open_town)
    reconcile(open_town, link)
    assert rows(open_town) == ALL | RUN
    open_town.organization.disable_repository("shop-web", disabled=False)
    open_town.organization.push("shop-web", [{"message": f"{KEY} goes on"}])
    open_town.work()
    assert rows(open_town) == ALL | RUN | {"commits": 4}
    healthy(open_town)


def test_one_renamed_while_it_was_disabled_is_renewed_when_it_is_back(open_town, link):
    with silence(open_town):
        open_town.organization.disable_repository("shop-web")
        open_town.organization.rename_repository("shop-web", "store-front")
    reconcile(open_town, link)
    assert rows(open_town) == ALL
    open_town.organization.disable_repository("store-front", disabled=False)
    reconcile(open_town, link)
    assert below(open_town, "/acme/Webshop/_git/store-front")


@pytest.mark.parametrize("told", [True, False])
def test_a_deleted_repository_takes_all_along(open_town, link, told):
    run_pipeline(open_town)
    assert rows(open_town) == ALL | RUN
    if told:
        open_town.organization.delete_repository("shop-web")
        open_town.work()
    else:
        with silence(open_town):
            open_town.organization.delete_repository("shop-web")
        reconcile(open_town, link)
    assert rows(open_town) == {}
    reconcile(open_town, link)
    assert rows(open_town) == {}  # the runs are still in Azure DevOps
    healthy(open_town)


def test_a_repository_that_the_token_no_longer_sees_is_kept_for_a_day(open_town, link):
    services = open_town.services
    hidden = open_town.organization.deny_repository("shop-web", status=404)
    reconcile(open_town, link)
    assert rows(open_town) == ALL
    known = services.known_repositories.read(link.id)[hidden.id]
    assert known.missing_since is not None
    open_town.organization.deny_repository("shop-web", denied=False)
    reconcile(open_town, link)
    assert services.known_repositories.read(link.id)[hidden.id].missing_since is None
    open_town.organization.deny_repository("shop-web", status=404)
    services.known_repositories.save(link.id, hidden.id, KnownRepository("", services.now() - DAY - 1))
    reconcile(open_town, link)
    assert rows(open_town) == {}


def test_keys_of_a_jira_project_that_has_another_key_now_still_land(open_town, link):
    open_town.site.rename_project("SHOP", "STORE")
    assert rows(open_town, "STORE-1") == ALL  # Jira itself keeps what it had
    open_town.services.project_keys.forget_tenant(
        link.installation_id
    )  # the list of projects is two minutes old at most
    open_town.organization.push("shop-web", [{"message": f"{KEY} by its old key"}], branch="feature/SHOP-2")
    open_town.work()
    assert panel(open_town, "STORE-1")["commits"][0]["message"] == f"{KEY} by its old key"
    assert rows(open_town, "STORE-2") == {"branches": 1}
    healthy(open_town)


def test_a_list_of_projects_that_is_too_old_costs_nothing(open_town, link):
    """The kept list still has the old key, so Jira is told it, and says that it knows no such issue."""
    open_town.site.rename_project("SHOP", "STORE")
    open_town.organization.push("shop-web", [{"message": f"{KEY} by its old key, with OPS-1"}])
    open_town.work()
    for key in ("STORE-1", "OPS-1"):
        assert f"{KEY} by its old key, with OPS-1" in [one["message"] for one in panel(open_town, key)["commits"]]
    healthy(open_town)


def test_a_link_for_a_project_that_has_another_key_now_still_sends(open_town, link):
    open_town.services.links.set_choice(link.id, ["SHOP"], link.kinds)
    open_town.site.rename_project("SHOP", "STORE")
    open_town.services.project_keys.forget_tenant(link.installation_id)
    open_town.organization.push("shop-web", [{"message": "SHOP-3 old and STORE-4 new and OPS-5 other"}])
    open_town.work()
    assert [rows(open_town, key) for key in ("STORE-3", "STORE-4", "OPS-5")] == [{"commits": 1}, {"commits": 1}, {}]


def test_an_issue_that_moved_is_found_under_its_new_key(open_town, link):
    moved = open_town.site.move_issue(KEY, "OPS")
    for message in (f"{KEY} first by its old key", f"{KEY} and SHOP-2 by old keys"):
        open_town.organization.push("shop-web", [{"message": message}], branch=f"feature/{KEY}-{len(message)}")
        open_town.work()
    shown = [commit["message"] for commit in panel(open_town, moved.key)["commits"]]
    assert {f"{KEY} first by its old key", f"{KEY} and SHOP-2 by old keys"} <= set(shown)
    assert rows(open_town, moved.key)["branches"] == 3
    assert rows(open_town, "SHOP-2") == {"commits": 1}
    healthy(open_town)


def test_an_issue_that_moved_where_a_link_may_not_go_is_left_alone(open_town, link):
    open_town.services.links.set_choice(link.id, ["SHOP"], link.kinds)
    moved = open_town.site.move_issue("SHOP-7", "OPS")
    open_town.organization.push("shop-web", [{"message": "SHOP-7 by its old key"}])
    open_town.work()
    assert rows(open_town, moved.key) == {}


def test_a_moved_issue_is_asked_about_once(open_town, link):
    open_town.site.move_issue(KEY, "OPS")
    asked = []
    for number in range(3):
        open_town.organization.push("shop-web", [{"message": f"{KEY} and SHOP-999 number {number}"}])
        open_town.work()
        asked.append(len(open_town.services.project_keys.read_former(link.installation_id)))
    assert asked == [1, 1, 1]
    assert open_town.services.project_keys.list_unasked(link.installation_id, ["SHOP-999"]) == ()

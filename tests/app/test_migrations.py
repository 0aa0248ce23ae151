"""Migrations over the API: made from what is there, seen by their own site's administrators alone, deleted."""

import pytest
import requests

from jobs.planning import plan_duties
from sandbox.jira_migration import add_migration_project
from store.item_map import MappedItem, MapPlace
from store.run_rows import RunRows
from tests.app.actions import add_fault, in_parallel, pointers
from tests.app.migration_fixtures import desk, shared_migrations
from tests.app.migration_rig import items
from tests.store.maps import map_items

__all__ = ["desk", "shared_migrations"]


class TestMaking:
    def test_a_migration_is_made_of_what_is_there(self, desk):
        scope = {"areaPath": "Webshop\\Shop", "types": ["Bug"], "wiql": "[System.State] <> 'Removed'"}
        options = {"comments": False, "attachments": True, "links": True, "history": False}

        made = desk.call("POST", "/api/migrations", desk.wish() | {"scope": scope, "options": options})

        assert (made.status_code, made.json()["state"]) == (201, "new")
        shown = desk.call("GET", f"/api/migrations/{made.json()['id']}").json()
        webshop = desk.town.organization.find_project("Webshop")
        assert shown["project"] == {"id": webshop.id, "name": "Webshop"}
        assert (shown["jiraProject"], shown["jiraProjectId"]) == ("SHOP", desk.town.site.projects["SHOP"].id)
        assert (shown["scope"], shown["options"]) == (scope, options)
        assert (shown["scan"], shown["run"], shown["mappingVersion"]) == (None, None, 0)
        assert desk.call("GET", "/api/migrations").json()["items"] == [shown]

    def test_a_project_may_be_named_by_its_id(self, desk):
        webshop = desk.town.organization.find_project("Webshop")
        assert desk.make(project=webshop.id)

    def test_nothing_is_wanted_of_a_worker_yet(self, desk):
        desk.make()
        assert desk.wanted() == set()

    @pytest.mark.parametrize(
        ("changes", "pointer", "words"),
        [
            ({"project": "Nothing"}, "/project", "has no such project"),
            ({"jiraProject": "NONE"}, "/jiraProject", "has no project NONE"),
            ({"jiraProject": "shop"}, "/jiraProject", "present key"),
            ({"board": 99999}, "/board", "has no board 99999"),
            ({"board": 0}, "/board", "greater than or equal to 1"),
            ({"scope": {"types": [""]}}, "/scope/types/0", "at least 1 character"),
            ({"scope": {"area": "x"}}, "/scope/area", "Extra inputs"),
            ({"options": {"comments": "perhaps"}}, "/options/comments", "boolean"),
            ({"title": "x"}, "/title", "Extra inputs"),
        ],
    )
    def test_what_is_not_there_or_not_understood_is_told(self, desk, changes, pointer, words):
        answer = desk.call("POST", "/api/migrations", desk.wish() | changes)
        assert (answer.status_code, pointers(answer)) == (422, [pointer])
        assert words in answer.text
        assert desk.call("GET", "/api/migrations").json()["items"] == []

    def test_a_board_of_the_project(self, desk):
        add_migration_project(desk.town.site, "MOVE")
        (board,) = desk.call("GET", "/api/migration-targets/MOVE/boards").json()["items"]
        assert (board["name"], board["kind"]) == ("MOVE board", "scrum")
        made = desk.make(jiraProject="MOVE", board=board["id"])
        assert desk.call("GET", f"/api/migrations/{made}").json()["board"] == board["id"]

    def test_the_projects_to_choose_from(self, desk):
        found = desk.call("GET", "/api/migration-targets").json()["items"]
        assert {project["key"] for project in found} == set(desk.town.site.projects)
        assert {"id": desk.town.site.projects["SHOP"].id, "key": "SHOP", "name": "Shop"} in found

    def test_a_project_without_boards_has_none(self, desk):
        assert desk.call("GET", "/api/migration-targets/NONE/boards").json()["items"] == []

    def test_azure_devops_is_away(self, desk):
        add_fault(desk.town.ado, r"_apis/projects/", 503, times=3)
        answer = desk.call("POST", "/api/migrations", desk.wish())
        assert answer.status_code == 502
        assert desk.call("GET", "/api/migrations").json()["items"] == []


class TestState:
    def test_it_tells_how_far_it_is(self, desk):
        migration, states = desk.make(), []

        def note():
            states.append(desk.call("GET", f"/api/migrations/{migration}").json()["state"])

        note()
        desk.call("POST", f"/api/migrations/{migration}/scan")
        note()
        desk.scan(migration)
        note()
        desk.services.mappings.put(migration, {"plan": "levels"}, desk.now)
        note()
        run = desk.start(migration)
        note()
        desk.services.runs.move(run, "cancel", desk.now)
        note()
        assert states == ["new", "scanning", "scanned", "mapped", "queued", "cancelled"]

    def test_a_failed_scan(self, desk):
        migration = desk.make()
        scans = desk.services.scans
        scans.fail(scans.find(scans.start(migration, desk.now)), "unauthorized", "The token has expired.", desk.now)
        assert desk.call("GET", f"/api/migrations/{migration}").json()["state"] == "scan_failed"

    def test_a_cancelled_scan_is_as_none(self, desk):
        migration = desk.make()
        desk.services.scans.start(migration, desk.now)
        desk.services.scans.cancel(migration, desk.now)
        assert desk.call("GET", f"/api/migrations/{migration}").json()["state"] == "new"


class TestDeleting:
    def test_it_is_gone_with_its_rows(self, desk):
        migration = desk.mapped()
        run = desk.running(*items(1), migration=migration)
        desk.settle(run, {"state": "created"})
        desk.services.run_turns.finish(run, {}, desk.now)

        assert desk.call("DELETE", f"/api/migrations/{migration}").status_code == 204

        assert desk.call("GET", f"/api/migrations/{migration}").status_code == 404
        assert desk.services.run_rows.page(run) == []
        assert desk.call("GET", f"/api/runs/{run}").status_code == 404

    def test_no_run_is_verified_while_its_rows_go(self, desk, monkeypatch):
        migration = desk.mapped()
        run = desk.running(*items(1), migration=migration)
        desk.settle(run, {"state": "created"})
        desk.services.run_turns.finish(run, {}, desk.now)
        forget, answers = RunRows.forget, []

        def ask_and_forget(rows, run_id):
            answers.append(desk.call("POST", f"/api/runs/{run}/verify").status_code)
            forget(rows, run_id)

        monkeypatch.setattr(RunRows, "forget", ask_and_forget)
        assert desk.call("DELETE", f"/api/migrations/{migration}").status_code == 204
        assert answers == [404]
        assert desk.call("GET", f"/api/migrations/{migration}").status_code == 404

    def test_what_a_worker_left_when_it_died_goes_when_duties_are_planned(self, desk):
        migration = desk.mapped()
        run = desk.running(*items(1), migration=migration)
        desk.settle(run, {"state": "created"})
        desk.services.run_turns.finish(run, {}, desk.now)
        desk.services.runs.delete_migration(migration)
        assert desk.services.run_rows.page(run) != []
        plan_duties(desk.services)
        assert (desk.services.runs.find(run), desk.services.run_rows.page(run)) == (None, [])

    def test_the_record_of_a_run_that_made_issues_stays_with_its_numbers(self, desk):
        migration = desk.mapped()
        run = desk.running(*items(1, 2), scanned={"item:Bug": 2}, migration=migration)
        desk.settle(run, {"state": "created"}, {"state": "failed", "reason": "field_refused"})
        place = MapPlace(desk.site.id, desk.connection, desk.town.site.projects["SHOP"].id)
        map_items(desk.services.engine, place, [MappedItem(1, "10001", "SHOP-1", 1, "h")], run, desk.now)
        desk.services.run_turns.finish(run, {}, desk.now)

        assert desk.call("DELETE", f"/api/migrations/{migration}").status_code == 204

        assert desk.call("GET", f"/api/runs/{run}").json()["counts"] == {"created": 1, "failed": 1}
        report = desk.call("GET", f"/api/runs/{run}/report").json()
        assert (report["balanced"], report["ledger"]["types"]["Bug"]["created"]) == (True, 1)
        assert (report["hierarchy"], report["people"], report["project"]) == (None, None, None)
        assert list(desk.services.item_map.find_many(place, [1])) == [1]

    def test_not_while_a_run_has_not_ended(self, desk):
        migration = desk.mapped()
        old = desk.running(*items(1), migration=migration)
        desk.services.run_turns.finish(old, {}, desk.now)
        desk.start(migration)

        answer = desk.call("DELETE", f"/api/migrations/{migration}")

        assert (answer.status_code, answer.json()["code"]) == (409, "run_open")
        assert len(desk.services.run_rows.page(old)) == 1

    def test_twice_at_once(self, desk):
        migration = desk.make()
        answers = in_parallel(3, lambda: desk.call("DELETE", f"/api/migrations/{migration}").status_code)
        assert set(answers) <= {204, 404}
        assert 204 in answers


CALLS = [
    ("GET", "/api/migrations"), ("POST", "/api/migrations"), ("GET", "/api/migrations/{m}"),
    ("DELETE", "/api/migrations/{m}"), ("GET", "/api/migration-targets"), ("GET", "/api/migration-targets/SHOP/boards"),
    ("POST", "/api/migrations/{m}/scan"), ("GET", "/api/migrations/{m}/scan"),
    ("POST", "/api/migrations/{m}/scan/cancel"), ("POST", "/api/migrations/{m}/suggest"),
    ("GET", "/api/migrations/{m}/mapping"), ("PUT", "/api/migrations/{m}/mapping"),
    ("GET", "/api/migrations/{m}/mapping/versions"), ("GET", "/api/migrations/{m}/mapping/diff"),
    ("POST", "/api/migrations/{m}/check"), ("POST", "/api/migrations/{m}/dry-run"),
    ("POST", "/api/migrations/{m}/runs"), ("GET", "/api/migrations/{m}/runs"), ("GET", "/api/runs/{r}"),
    ("GET", "/api/runs/{r}/events"), ("GET", "/api/runs/{r}/report"), ("POST", "/api/runs/{r}/pause"),
    ("POST", "/api/runs/{r}/resume"), ("POST", "/api/runs/{r}/cancel"), ("POST", "/api/runs/{r}/verify"),
    ("POST", "/api/runs/{r}/repair"), ("POST", "/api/runs/{r}/rollback"),
]  # fmt: skip


def test_every_call_is_described(desk):
    paths = requests.get(f"{desk.town.app_url}/api/openapi.json", timeout=5).json()["paths"]
    places = {"m": "{migration_id}", "r": "{run_id}"}
    for method, path in CALLS:
        described = paths[path.format(**places).replace("SHOP", "{key}")][method.lower()]
        assert described["summary"] or described["description"]
    mapping = paths["/api/migrations/{migration_id}/mapping"]
    assert "application/yaml" in mapping["get"]["responses"]["200"]["content"]
    assert "application/yaml" in mapping["put"]["requestBody"]["content"]
    assert "text/event-stream" in paths["/api/runs/{run_id}/events"]["get"]["responses"]["200"]["content"]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_only_administrators_are_served(desk, method, path):
    run = desk.start()
    migration = desk.services.runs.find(run).migration_id
    address = path.format(m=migration, r=run)

    member = desk.call(method, address, {"broken": 1}, account=desk.town.site.member.account_id)
    stranger = requests.request(method, desk.town.app_url + address, json={"broken": 1}, timeout=5)
    wrong = requests.request(method, desk.town.app_url + address, headers={"Authorization": "JWT a.b.c"}, timeout=5)

    assert [answer.status_code for answer in (member, stranger, wrong)] == [403, 401, 401]
    assert desk.services.runs.find(run).state == "queued"


@pytest.mark.parametrize(("method", "path"), [call for call in CALLS if "{" in call[1]])
def test_those_of_another_site_are_not_there(desk, method, path):
    migration, run = desk.foreign()
    bodies = {"PUT": {"plan": "levels"}, "POST": {}}

    answer = desk.call(method, path.format(m=migration, r=run), bodies.get(method))

    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
    assert desk.services.migrations.find(migration) is not None
    assert desk.services.runs.find(run).state == "queued"
    assert desk.wanted() == set()


def test_a_connection_of_another_site_is_not_there(desk):
    answer = desk.call("POST", "/api/migrations", desk.wish() | {"connectionId": "somebody-else"})
    assert answer.status_code == 404

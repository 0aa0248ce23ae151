"""Areas, iterations and teams of the stand-in, and who may see what is below an area."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.ado_errors import AdoError
from tests.sandbox.ado_rig import AdoRig
from tests.sandbox.wit_rig import BATCH, ITEMS, read_batch, read_item, read_stream, run_query, running_work

NODES = "Webshop/_apis/wit/classificationnodes"
SPRINTS = "Webshop/_apis/work/teamsettings/iterations"


@pytest.fixture
def ado() -> Iterator[AdoRig]:
    with running_work(0) as rig:
        rig.organization.add_area("Webshop", "Shop/Basket")
        rig.organization.add_iteration("Webshop", "2026/Sprint 1", start="2026-01-05", finish="2026-01-16")
        rig.organization.add_iteration("Webshop", "2027/Sprint 1")
        yield rig


def paths(node: dict[str, Any]) -> list[str]:
    return [node["path"], *(path for child in node.get("children", ()) for path in paths(child))]


def test_trees_are_shown_to_the_depth_asked_for(ado: AdoRig) -> None:
    areas, iterations = ado.get(NODES, query={"$depth": 9})["value"]
    assert paths(areas) == ["\\Webshop\\Area", "\\Webshop\\Area\\Shop", "\\Webshop\\Area\\Shop\\Basket"]
    assert paths(iterations)[-1] == "\\Webshop\\Iteration\\2027\\Sprint 1"
    flat = ado.get(f"{NODES}/Areas")
    assert (flat["hasChildren"], "children" in flat, flat["structureType"]) == (True, False, "area")
    assert paths(ado.get(f"{NODES}/areas", query={"$depth": 1}))[-1] == "\\Webshop\\Area\\Shop"


def test_only_some_iterations_have_dates(ado: AdoRig) -> None:
    dated = ado.get(f"{NODES}/Iterations/2026/Sprint%201")
    assert dated["attributes"] == {"startDate": "2026-01-05T00:00:00Z", "finishDate": "2026-01-16T00:00:00Z"}
    assert "attributes" not in ado.get(f"{NODES}/Iterations/2027/Sprint%201")


def test_nodes_are_found_by_id_and_missing_ones_may_be_omitted(ado: AdoRig) -> None:
    node = ado.get(f"{NODES}/Areas/shop")
    ids = f"{node['id']},99999"
    assert ado.call("GET", NODES, query={"ids": ids}).status_code == 404
    found = ado.get(NODES, query={"ids": ids, "errorPolicy": "omit"})["value"]
    assert [one and one["name"] for one in found] == ["Shop", None]


def test_a_path_that_is_not_there_is_404(ado: AdoRig) -> None:
    answer = ado.call("GET", f"{NODES}/Areas/Nowhere")
    assert answer.status_code == 404
    assert answer.json()["message"].startswith("VS402485")
    assert ado.call("GET", f"{NODES}/Colours/Red").status_code == 400


def test_work_items_follow_a_renamed_node_and_a_renamed_project(ado: AdoRig) -> None:
    ado.organization.create_work_item("Webshop", "Task", {"Title": "One", "Area Path": "webshop\\shop\\basket"})
    ado.control("rename_node", project="Webshop", kind="area", path="Shop", name="Store")
    assert read_item(ado, 1)["fields"]["System.AreaPath"] == "Webshop\\Store\\Basket"
    ado.control("rename_project", project="Webshop", name="Outlet")
    assert ado.get("Outlet/_apis/wit/workitems/1")["fields"]["System.AreaPath"] == "Outlet\\Store\\Basket"


@pytest.mark.parametrize("name", ["", "a:b", 'say "yes"', "x" * 256])
def test_names_that_a_path_cannot_hold_are_refused(ado: AdoRig, name: str) -> None:
    with pytest.raises(AdoError):
        ado.organization.work.add_node(ado.organization.work.root(ado.project, "area"), name)


def test_a_node_has_no_two_children_of_one_name(ado: AdoRig) -> None:
    with pytest.raises(AdoError, match="VS402371"):
        ado.organization.work.add_node(ado.organization.work.root(ado.project, "area"), "SHOP")


def test_dates_come_in_pairs(ado: AdoRig) -> None:
    with pytest.raises(AdoError, match="VS402360"):
        ado.organization.add_iteration("Webshop", "2028", start="2028-01-01")


def test_the_first_team_is_made_with_the_project(ado: AdoRig) -> None:
    default = ado.get("_apis/projects/Webshop")["defaultTeam"]
    assert [team["id"] for team in ado.get("_apis/projects/Webshop/teams")["value"]] == [default["id"]]
    ado.control("add_team", project="Webshop", name="Mobile", area="Shop", iterations=["2026/Sprint 1"])
    assert ado.get("_apis/projects/Webshop/teams/mobile")["name"] == "Mobile"
    assert ado.call("GET", "_apis/projects/Webshop/teams/nobody").status_code == 404
    names = [team["name"] for team in ado.get("_apis/teams", version="7.1-preview.3")["value"]]
    assert names == ["Webshop Team", "Mobile", "Platform Tools Team"]
    areas = ado.get("Webshop/Mobile/_apis/work/teamsettings/teamfieldvalues")
    assert areas["values"] == [{"value": "Webshop\\Shop", "includeChildren": True}]


def test_a_team_has_the_sprints_it_chose(ado: AdoRig) -> None:
    assert ado.get(SPRINTS)["value"] == []
    ado.control("choose_iteration", project="Webshop", path="2027/Sprint 1")
    ado.control("choose_iteration", project="Webshop", path="2026/Sprint 1")
    ado.organization.clock.source = lambda: datetime(2026, 1, 16, 12, tzinfo=UTC)
    first, second = ado.get(SPRINTS)["value"]
    assert (first["path"], first["attributes"]["timeFrame"]) == ("Webshop\\2026\\Sprint 1", "current")
    assert second["attributes"] == {"startDate": None, "finishDate": None, "timeFrame": "future"}
    assert ado.get(SPRINTS, query={"$timeframe": "current"})["value"] == [first]
    assert ado.call("GET", SPRINTS, query={"$timeframe": "past"}).status_code == 400
    ado.organization.clock.source = lambda: datetime(2026, 1, 17, tzinfo=UTC)
    assert ado.get(f"{SPRINTS}/{first['id']}")["attributes"]["timeFrame"] == "past"
    assert ado.call("GET", f"{SPRINTS}/{ado.project.id}").status_code == 404
    assert ado.call("GET", "Webshop/Nobody/_apis/work/teamsettings").status_code == 404


def test_a_sprint_lists_its_work_items(ado: AdoRig) -> None:
    made = ado.organization.create_work_item("Webshop", "Task", {"Title": "One"})
    ado.organization.create_work_item("Webshop", "Task", {"Title": "Two"})
    ado.organization.move_work_item(made.id, iteration="2026/Sprint 1")
    ado.control("choose_iteration", project="Webshop", path="2026/Sprint 1")
    (sprint,) = ado.get(SPRINTS)["value"]
    found = ado.get(f"{SPRINTS}/{sprint['id']}/workitems")["workItemRelations"]
    assert [one["target"]["id"] for one in found] == [1]


def test_what_is_below_a_hidden_area_does_not_exist_for_that_person(ado: AdoRig) -> None:
    organization = ado.organization
    organization.create_work_item("Webshop", "Task", {"Title": "Open"})
    organization.create_work_item("Webshop", "Task", {"Title": "Secret", "Area Path": "Webshop\\Shop\\Basket"})
    ado.control("deny_area", project="Webshop", path="Shop", user="Tomasz Baran")
    query = "SELECT [System.Id] FROM WorkItems"
    assert run_query(ado, query, token="no-hooks") == [1]
    assert run_query(ado, query) == [1, 2]
    assert ado.call("GET", f"{ITEMS}/2", token="no-hooks").status_code == 404
    omitted = ado.call("POST", BATCH, json={"ids": [1, 2], "errorPolicy": "omit"}, token="no-hooks").json()["value"]
    assert [one and one["id"] for one in omitted] == [1, None]
    stream = ado.get("Webshop/_apis/wit/reporting/workitemrevisions", token="no-hooks")["values"]
    assert {one["id"] for one in stream} == {1}
    ado.control("deny_area", project="Webshop", path="Shop", user="Tomasz Baran", denied=False)
    assert run_query(ado, query, token="no-hooks") == [1, 2]


def test_a_broken_item_is_listed_and_cannot_be_read(ado: AdoRig) -> None:
    for title in ("One", "Two"):
        ado.organization.create_work_item("Webshop", "Task", {"Title": title})
    ado.control("break_work_item", number=2)
    assert run_query(ado, "SELECT [System.Id] FROM WorkItems") == [1, 2]
    assert {one["id"] for one in read_stream(ado, "workitemrevisions")[0]} == {1, 2}
    assert ado.call("GET", f"{ITEMS}/2").status_code == 500
    read_batch(ado, [1, 2], status=500, errorPolicy="omit")
    ado.control("break_work_item", number=2, status=404)
    assert run_query(ado, "SELECT [System.Id] FROM WorkItems") == [1]
    ado.control("break_work_item", number=2, status=None)
    assert read_item(ado, 2)["fields"]["System.Title"] == "Two"
    ado.control("break_work_item", number=2, status=418, expect=400)
    ado.control("break_work_item", number=9, expect=404)

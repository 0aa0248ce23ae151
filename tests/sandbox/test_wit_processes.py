"""What the processes of the stand-in say: types, states, fields, categories, backlog levels, boards."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import pytest

from sandbox.wit_fields import all_fields
from sandbox.wit_templates import load_processes
from tests.sandbox.ado_rig import AdoRig
from tests.sandbox.wit_rig import running_work

CATEGORIES = ["Proposed", "InProgress", "Resolved", "Completed", "Removed"]
TEST_TYPES = {"Test Case", "Test Plan", "Test Suite", "Shared Steps", "Shared Parameter"}
TYPES = {
    "Agile": {"Epic", "Feature", "User Story", "Task", "Bug", "Issue"},
    "Scrum": {"Epic", "Feature", "Product Backlog Item", "Task", "Bug", "Impediment"},
    "CMMI": {"Epic", "Feature", "Requirement", "Task", "Bug", "Change Request", "Issue", "Review", "Risk"},
    "Basic": {"Epic", "Issue", "Task"},
    "Acme Agile": {"Initiative", "Epic", "Feature", "User Story", "Task", "Bug", "Issue", "Spike"},
}
STATES = {
    ("Agile", "User Story"): ["New", "Active", "Resolved", "Closed", "Removed"],
    ("Agile", "Task"): ["New", "Active", "Closed", "Removed"],
    ("Agile", "Bug"): ["New", "Active", "Resolved", "Closed"],
    ("Scrum", "Product Backlog Item"): ["New", "Approved", "Committed", "Done", "Removed"],
    ("Scrum", "Task"): ["To Do", "In Progress", "Done", "Removed"],
    ("CMMI", "Requirement"): ["Proposed", "Active", "Resolved", "Closed"],
    ("Basic", "Issue"): ["To Do", "Doing", "Done"],
    ("Acme Agile", "User Story"): ["New", "Active", "In Review", "Resolved", "Closed", "Removed"],
    ("Acme Agile", "Bug"): ["New", "Active", "Resolved", "Ready for QA", "Closed"],
}


@pytest.fixture(scope="module", params=list(TYPES))
def ado(request: pytest.FixtureRequest) -> Iterator[AdoRig]:
    with running_work(0, request.param) as rig:
        yield rig


def process_of(ado: AdoRig) -> str:
    return ado.organization.work.process_of(ado.project).name


def named(ado: AdoRig, path: str, **query: Any) -> dict[str, Any]:
    return {one["name"]: one for one in ado.get(f"Webshop/_apis/{path}", query=query)["value"]}


def test_a_project_says_which_process_it_has(ado: AdoRig) -> None:
    shown = ado.get("_apis/projects/Webshop", includeCapabilities="true")["capabilities"]["processTemplate"]
    listed = {one["id"]: one["name"] for one in ado.get("_apis/process/processes")["value"]}
    assert shown["templateName"] == listed[shown["templateTypeId"]] == process_of(ado)


def test_each_process_has_its_types(ado: AdoRig) -> None:
    shown = named(ado, "wit/workitemtypes")
    assert set(shown) == TYPES[process_of(ado)] | TEST_TYPES
    for kind in shown.values():
        names = {state["name"] for state in kind["states"]}
        assert set(kind["transitions"]) == names | {""}
        assert all({move["to"] for move in kind["transitions"][name]} == names - {name} for name in names)


def test_states_have_categories_in_the_order_of_the_work(ado: AdoRig) -> None:
    for name in TYPES[process_of(ado)]:
        found = ado.get(f"Webshop/_apis/wit/workitemtypes/{name}/states")["value"]
        order = [CATEGORIES.index(state["category"]) for state in found]
        assert order == sorted(order)
        wanted = STATES.get((process_of(ado), name))
        assert wanted is None or [state["name"] for state in found] == wanted


def test_fields_of_a_type_tell_what_is_allowed_and_required(ado: AdoRig) -> None:
    found = {
        one["referenceName"]: one
        for one in ado.get("Webshop/_apis/wit/workitemtypes/task/fields", query={"$expand": "all"})["value"]
    }
    assert found["System.Title"]["alwaysRequired"] is True
    assert found["Microsoft.VSTS.Common.Priority"]["allowedValues"] == [1, 2, 3, 4]
    assert found["System.State"]["defaultValue"] == found["System.State"]["allowedValues"][0]


def test_fields_of_a_project_are_those_its_types_use(ado: AdoRig) -> None:
    used = {one["referenceName"]: one for one in ado.get("Webshop/_apis/wit/fields")["value"]}
    assert used.keys() < all_fields().keys()
    assert used["System.AssignedTo"]["isIdentity"] is True
    assert (used["System.Description"]["type"], used["System.AreaPath"]["type"]) == ("html", "treePath")
    assert ("Custom.CustomerTier" in used) is (process_of(ado) == "Acme Agile")


def test_categories_set_test_artefacts_apart(ado: AdoRig) -> None:
    shown = named(ado, "wit/workitemtypecategories")
    types = {name: {kind["name"] for kind in one["workItemTypes"]} for name, one in shown.items()}
    assert types["TestCase Category"] == {"Test Case"}
    assert types["TestPlan Category"] == {"Test Plan"}
    everything = [name for names in types.values() for name in names]
    assert sorted(everything) == sorted(TYPES[process_of(ado)] | TEST_TYPES)


def test_backlog_levels_go_from_the_highest_to_tasks(ado: AdoRig) -> None:
    found = ado.get("Webshop/_apis/work/backlogconfiguration")
    ranks = [level["rank"] for level in found["portfolioBacklogs"]]
    assert ranks == sorted(ranks, reverse=True)
    assert min(ranks) > found["requirementBacklog"]["rank"] > found["taskBacklog"]["rank"]
    mapped = {one["workItemTypeName"]: one["states"] for one in found["workItemTypeMappedStates"]}
    assert set(mapped) == TYPES[process_of(ado)] | TEST_TYPES
    assert set(mapped["Task"].values()) <= set(CATEGORIES)
    shown = ado.get("Webshop/_apis/work/processconfiguration")
    assert shown["requirementBacklog"]["referenceName"] == found["requirementBacklog"]["id"]


def test_boards_stand_for_the_levels_above_tasks(ado: AdoRig) -> None:
    levels = ado.get("Webshop/_apis/work/backlogs")["value"]
    boards = ado.get("Webshop/_apis/work/boards")["value"]
    assert [board["name"] for board in boards] == [level["name"] for level in levels if level["type"] != "task"]
    columns = ado.get(f"Webshop/_apis/work/boards/{boards[-1]['id']}/columns")["value"]
    kinds = [kind for kind, _ in groupby(column["columnType"] for column in columns)]
    assert kinds == ["incoming", "inProgress", "outgoing"]
    board = ado.get(f"Webshop/_apis/work/boards/{boards[-1]['name']}")
    assert board["columns"] == columns
    assert [row["name"] for row in ado.get(f"Webshop/_apis/work/boards/{board['id']}/rows")["value"]] == [
        None,
        "Expedite",
    ]


def test_an_item_stands_in_a_column_of_its_board(ado: AdoRig) -> None:
    requirement = next(level for level in load_processes()[process_of(ado)].backlogs if level.kind == "requirement")
    fields: dict[str, object] = {"Title": "One"}
    if process_of(ado) == "Acme Agile":
        fields["Customer Tier"] = "Gold"
    made = ado.organization.create_work_item("Webshop", requirement.types[0], fields)
    shown = ado.get(f"Webshop/_apis/wit/workitems/{made.id}")["fields"]
    assert shown["System.BoardColumn"] == shown["System.State"]


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("wit/workitemtypes/Defect", "WorkItemTypeNotFoundException"),
        ("wit/workitemtypes/Task/fields/System.Nothing", "WorkItemTrackingFieldDefinitionNotFoundException"),
        ("wit/fields/Custom.Nothing", "WorkItemTrackingFieldDefinitionNotFoundException"),
        ("wit/workitemtypecategories/Microsoft.Nothing", "WorkItemTypeCategoryNotFoundException"),
        ("work/boards/Nothing", "BoardNotFoundException"),
    ],
)
def test_what_is_not_there_is_404_with_its_kind(path: str, key: str) -> None:
    with running_work(0) as ado:
        answer = ado.call("GET", f"Webshop/_apis/{path}")
        assert (answer.status_code, answer.json()["typeKey"]) == (404, key)


def test_an_inherited_process_tells_its_parent_its_lists_and_its_level() -> None:
    with running_work(0, "Acme Agile") as ado:
        processes = {one["name"]: one for one in ado.get("_apis/work/processes")["value"]}
        own = processes["Acme Agile"]
        assert own["customizationType"] == "inherited"
        assert own["parentProcessTypeId"] == processes["Agile"]["typeId"]
        path = f"_apis/work/processes/{own['typeId']}"
        types = {one["name"]: one for one in ado.get(f"{path}/workItemTypes", query={"$expand": "states"})["value"]}
        assert types["Issue"]["isDisabled"] is True
        assert types["User Story"]["inherits"] == "Microsoft.VSTS.WorkItemTypes.UserStory"
        assert types["Spike"]["customization"] == "custom"
        assert "In Review" in {state["name"] for state in types["User Story"]["states"]}
        assert ado.get(f"{path}/behaviors")["value"][0]["name"] == "Initiatives"
        tier = ado.get("_apis/wit/fields/Custom.CustomerTier")
        values = ado.get(f"_apis/work/processes/lists/{tier['picklistId']}")["items"]
        assert (tier["isPicklist"], values) == (True, ["Gold", "Silver", "Bronze"])
        required = ado.get("Webshop/_apis/wit/workitemtypes/User%20Story/fields/Custom.CustomerTier")
        assert required["alwaysRequired"] is True


def test_link_types_name_their_other_end() -> None:
    with running_work(0) as ado:
        found = {one["referenceName"]: one for one in ado.get("_apis/wit/workitemrelationtypes")["value"]}
        for ref, one in found.items():
            opposite = one["attributes"].get("oppositeEndReferenceName")
            assert opposite is None or found[opposite]["attributes"]["oppositeEndReferenceName"] == ref
        assert found["System.LinkTypes.Hierarchy-Reverse"]["name"] == "Parent"
        assert found["System.LinkTypes.Related"]["attributes"]["topology"] == "network"
        assert found["AttachedFile"]["attributes"]["usage"] == "resourceLink"
        assert ado.get("_apis/wit/workitemrelationtypes/System.LinkTypes.Related")["name"] == "Related"
        assert ado.call("GET", "_apis/wit/workitemrelationtypes/Nothing").status_code == 404
        kinds = {(one["artifactType"], one["linkType"]) for one in ado.get("_apis/wit/artifactlinktypes")["value"]}
        assert ("PullRequestId", "Pull Request") in kinds

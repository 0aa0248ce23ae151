"""Queries of the stand-in: what the language knows, its refusals, its limit."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from sandbox.ado_clock import stamp
from tests.sandbox.ado_rig import AdoRig
from tests.sandbox.wit_rig import read_batch, run_query, running_work

SELECT = "SELECT [System.Id] FROM WorkItems"


@pytest.fixture(scope="module")
def ado() -> Iterator[AdoRig]:
    with running_work(80) as rig:
        yield rig


@pytest.fixture
def fresh() -> Iterator[AdoRig]:
    with running_work(0) as rig:
        yield rig


@pytest.fixture(scope="module")
def items(ado: AdoRig) -> list[dict[str, object]]:
    return [one["fields"] for one in read_batch(ado, list(range(1, 81)), expand="fields")["value"]]


@pytest.mark.parametrize(
    ("condition", "field", "wanted"),
    [
        ("[System.WorkItemType] = 'bug'", "System.WorkItemType", {"Bug"}),
        ("[System.WorkItemType] IN ('Bug', 'Epic')", "System.WorkItemType", {"Bug", "Epic"}),
        ("[System.WorkItemType] NOT IN ('Task','User Story')", "System.WorkItemType", None),
        ("[System.State] <> 'Closed' AND [Work Item Type] = \"Task\"", "System.State", None),
        ("([System.Id] > 5 AND [System.Id] <= 9) OR System.Id = 70", "System.Id", {6, 7, 8, 9, 70}),
        ("NOT [System.Id] > 3", "System.Id", {1, 2, 3}),
        ("[System.Id] IN (4, 5)", "System.Id", {4, 5}),
        ("[System.Title] CONTAINS 'BASKET'", "System.Title", None),
        ("[Microsoft.VSTS.Common.Priority] < 2", "Microsoft.VSTS.Common.Priority", {1}),
    ],
)
def test_conditions_find_what_they_say(
    ado: AdoRig, items: list[dict[str, object]], condition: str, field: str, wanted: set[object] | None
) -> None:  # fmt: skip
    found = run_query(ado, f"{SELECT} WHERE {condition}")
    assert found == sorted(found)
    assert 0 < len(found) < 80
    values = {one[field] for one in items if one["System.Id"] in found}
    assert wanted is None or values == wanted


def test_area_and_iteration_are_searched_with_what_is_below(ado: AdoRig, items: list[dict[str, object]]) -> None:
    found = run_query(ado, f"{SELECT} WHERE [System.AreaPath] UNDER 'webshop\\Shop\\Checkout'")
    wanted = [one["System.Id"] for one in items if str(one["System.AreaPath"]).startswith("Webshop\\Shop\\Checkout")]
    assert found == wanted != []
    exact = run_query(ado, f"{SELECT} WHERE [System.AreaPath] = 'Webshop\\Shop\\Checkout'")
    assert exact == [one["System.Id"] for one in items if one["System.AreaPath"] == "Webshop\\Shop\\Checkout"]
    rest = run_query(ado, f"{SELECT} WHERE [System.IterationPath] NOT UNDER 'Webshop\\2026'")
    assert rest == [one["System.Id"] for one in items if "\\2026" not in str(one["System.IterationPath"])] != []


def test_tags_are_searched_whole(ado: AdoRig, items: list[dict[str, object]]) -> None:
    tagged = [one["System.Id"] for one in items if "Q4" in str(one.get("System.Tags", "")).split("; ")]
    assert run_query(ado, f"{SELECT} WHERE [System.Tags] CONTAINS 'q4'") == tagged != []
    assert run_query(ado, f"{SELECT} WHERE [System.Tags] CONTAINS 'Q'") == []


def test_people_are_found_by_name_address_and_me(ado: AdoRig, items: list[dict[str, object]]) -> None:
    by_name = run_query(ado, f"{SELECT} WHERE [System.AssignedTo] = 'Mara Lindqvist'")
    assert by_name == run_query(ado, f"{SELECT} WHERE [System.AssignedTo] = 'mara.lindqvist@acme.example'")
    assert by_name == run_query(ado, f"{SELECT} WHERE [System.AssignedTo] = @Me") != []
    free = run_query(ado, f"{SELECT} WHERE [System.AssignedTo] = ''")
    assert free == [one["System.Id"] for one in items if "System.AssignedTo" not in one]


def test_order_and_top(ado: AdoRig, items: list[dict[str, object]]) -> None:
    newest = run_query(ado, f"{SELECT} ORDER BY [System.ChangedDate] DESC", top=5)
    wanted = sorted(items, key=lambda one: str(one["System.ChangedDate"]), reverse=True)
    assert newest == [one["System.Id"] for one in wanted][:5]
    typed = run_query(ado, f"{SELECT} ORDER BY [System.WorkItemType], [System.Id] DESC")
    assert typed == [
        one["System.Id"]
        for one in sorted(items, key=lambda one: (str(one["System.WorkItemType"]), -int(str(one["System.Id"]))))
    ]


def test_days_are_compared_unless_times_count(fresh: AdoRig) -> None:
    organization = fresh.organization
    now = organization.clock.source()
    organization.create_work_item("Webshop", "Task", {"Title": "One"})
    day, later = f"{now:%Y-%m-%d}", stamp(now + timedelta(minutes=5))
    assert run_query(fresh, f"{SELECT} WHERE [System.ChangedDate] >= '{day}'") == [1]
    assert run_query(fresh, f"{SELECT} WHERE [System.ChangedDate] > '{day}'") == []
    assert run_query(fresh, f"{SELECT} WHERE [System.CreatedDate] >= @Today - 1") == [1]
    assert run_query(fresh, f"{SELECT} WHERE [System.ChangedDate] < '{later}'", timePrecision="true") == [1]
    refused = run_query(fresh, f"{SELECT} WHERE [System.ChangedDate] < '{later}'", status=400)
    assert refused.startswith("You cannot supply a time with the date when running a query using date precision.")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "SELECT"),
        ("SELECT [System.Id]", "TF51006"),
        (f"{SELECT} WHERE [System.Sprint] = 1", "TF51005: The query references a field that does not exist."),
        (f"{SELECT} WHERE [System.AreaPath] UNDER 'Webshop\\Nowhere'", "TF51011: The specified area path does"),
        (f"{SELECT} WHERE [System.AreaPath] > 'Webshop'", "TF51007"),
        (f"{SELECT} WHERE [System.Tags] = 'Q4'", "TF51007"),
        (f"{SELECT} WHERE [System.Id] = 'x'", "TF51012"),
        (f"{SELECT} WHERE [System.ChangedDate] > 'soon'", "TF51012"),
        (f"{SELECT} WHERE [System.Id] =", "TF51004"),
        (f"{SELECT} WHERE ([System.Id] = 1", "TF51004"),
        (f"{SELECT} WHERE [System.Id] ~ 1", "TF51004"),
        (f"{SELECT} WHERE [System.State] = @Nobody", "TF51010"),
        (f"{SELECT} WHERE [System.Title] = '{'x' * 32_000}'", "TF51009"),
    ],
)  # fmt: skip
def test_queries_are_refused_with_their_reason(ado: AdoRig, text: str, said: str) -> None:
    assert said in run_query(ado, text, status=400)


@pytest.mark.parametrize("text", ["SELECT [System.Id] FROM WorkItemLinks", f"{SELECT} WHERE [System.State] EVER 'New'"])
def test_what_the_stand_in_does_not_know_is_said(ado: AdoRig, text: str) -> None:
    assert "The stand-in does not" in run_query(ado, text, status=501)


def test_more_results_than_the_limit_fail_instead_of_being_cut(ado: AdoRig) -> None:
    ado.control("knobs", work_items={"query_limit": 50})
    assert run_query(ado, SELECT, status=400).startswith("VS402337: The number of work items returned exceeds the size")
    assert run_query(ado, f"{SELECT} WHERE [System.Id] > 30") == list(range(31, 81))
    assert run_query(ado, SELECT, top=10) == list(range(1, 11))
    ado.control("knobs", work_items={"query_limit": 50, "top_cuts": False})
    assert "VS402337" in run_query(ado, SELECT, status=400, top=10)
    ado.control("knobs", work_items=None)


def test_a_project_in_the_address_narrows_nothing(fresh: AdoRig) -> None:
    fresh.organization.create_work_item("Platform Tools", "Task", {"Title": "There"})
    fresh.organization.create_work_item("Webshop", "Task", {"Title": "Here"})
    assert run_query(fresh, SELECT) == [1, 2]
    assert run_query(fresh, f"{SELECT} WHERE [System.TeamProject] = @project") == [2]
    assert run_query(fresh, f"{SELECT} WHERE [System.TeamProject] = 'platform tools'", place="") == [1]
    assert "TF51013" in run_query(fresh, f"{SELECT} WHERE [System.TeamProject] = @project", place="", status=400)
    assert run_query(fresh, SELECT, place="Webshop/Webshop%20Team/") == [1, 2]
    run_query(fresh, SELECT, place="Webshop/Nobody/", status=404)


def test_the_past_can_be_asked(fresh: AdoRig) -> None:
    organization = fresh.organization
    organization.create_work_item("Webshop", "Task", {"Title": "Before"})
    then = stamp(organization.work.find(1).updates[-1].date)
    organization.edit_work_item(1, {"State": "Closed"})
    organization.delete_work_item(1)
    assert run_query(fresh, SELECT) == []
    assert run_query(fresh, f"{SELECT} WHERE [System.State] = 'New' ASOF '{then}'") == [1]


def test_the_index_lags_when_the_knob_says_so(fresh: AdoRig) -> None:
    organization = fresh.organization
    now: list[datetime] = [organization.clock.source()]
    organization.clock.source = lambda: now[0]
    organization.create_work_item("Webshop", "Task", {"Title": "Old"})
    now[0] += timedelta(seconds=60)
    organization.edit_work_item(1, {"Title": "New"})
    organization.create_work_item("Webshop", "Task", {"Title": "Young"})
    fresh.control("knobs", work_items={"query_lag": 10})
    assert run_query(fresh, f"{SELECT} WHERE [System.Title] = 'Old'") == [1]
    now[0] += timedelta(seconds=11)
    assert run_query(fresh, f"{SELECT} WHERE [System.Title] IN ('New', 'Young')") == [1, 2]


def test_saved_queries_run_by_id(fresh: AdoRig) -> None:
    organization = fresh.organization
    organization.create_work_item("Webshop", "Task", {"Title": "One"})
    made = fresh.control("save_query", project="Webshop", name="All", wiql=SELECT)
    (folder,) = fresh.get("Webshop/_apis/wit/queries", query={"$depth": 1})["value"]
    assert [(one["name"], one["path"]) for one in folder["children"]] == [("All", "Shared Queries/All")]
    shown = fresh.get("Webshop/_apis/wit/queries/Shared%20Queries/All", query={"$expand": "wiql"})
    assert shown["wiql"] == SELECT
    assert [one["id"] for one in fresh.get(f"Webshop/_apis/wit/wiql/{made['queryId']}")["workItems"]] == [1]
    assert fresh.call("GET", "Webshop/_apis/wit/queries/Nothing").status_code == 404

"""Test plans, suites and their cases, so far as a scan counts them: one plan holds one root suite with every case.

https://learn.microsoft.com/rest/api/azure/devops/testplan
"""

from sandbox.ado_clock import stamp
from sandbox.ado_errors import AdoError, not_found
from sandbox.ado_model import Json
from sandbox.ado_routes import Call, Page, Routes
from sandbox.ado_shapes import project_json
from sandbox.wit_model import WorkItem
from sandbox.wit_rows import View, read_rows
from sandbox.wit_shapes import person_json, wire_value
from sandbox.wit_store import require_field
from sandbox.wit_values import read_values

PLANS = "testplan/plans"
testplan_routes = Routes()


def items_of(call: Call, kind: str) -> list[WorkItem]:
    """All work items of a type in the project that the caller may see."""
    tracking = call.organization.work
    rows = read_rows(tracking, View(call.token.user))
    ids = [
        number
        for number, row in rows
        if row.value("System.TeamProject") is call.home and row.value("System.WorkItemType") == kind
    ]
    return [tracking.find(number) for number in ids]


@testplan_routes.get(PLANS, "testplan")
def list_plans(call: Call) -> Page:
    call.flag("includePlanDetails")
    active = call.flag("filterActivePlans")
    found = [p for p in items_of(call, "Test Plan") if not active or p.value("System.State") == "Active"]
    return call.page(found, lambda plan: plan_json(call, plan))


@testplan_routes.get(f"{PLANS}/{{planId}}", "testplan")
def show_plan(call: Call, plan_id: int) -> Json:
    return plan_json(call, find_plan(call, plan_id))


def find_plan(call: Call, number: int) -> WorkItem:
    found = next((plan for plan in items_of(call, "Test Plan") if plan.id == number), None)
    if found is None:
        raise not_found("TestObjectNotFoundException", f"Test plan {number} not found.")
    return found


def no_suite(number: int) -> AdoError:
    return not_found("TestObjectNotFoundException", f"Test suite {number} not found.")


def plan_json(call: Call, plan: WorkItem) -> Json:
    values = read_values(call.organization.work, plan)
    return {
        "id": plan.id,
        "name": values["System.Title"],
        "state": values["System.State"],
        "areaPath": values["System.AreaPath"].path,
        "iteration": values["System.IterationPath"].path,
        "revision": plan.rev,
        "updatedDate": stamp(values["System.ChangedDate"]),
        "updatedBy": person_json(values["System.ChangedBy"], call.organization),
        "project": project_json(call.home, call.base),
        "rootSuite": {"id": plan.id + 1, "name": values["System.Title"]},
    }


@testplan_routes.get(f"{PLANS}/{{planId}}/suites", "testplan")
def list_suites(call: Call, plan_id: int) -> Page:
    """The suites of the project belong to every plan here."""
    plan = find_plan(call, plan_id)
    call.flag("asTreeView")
    call.text("expand")
    return call.page(items_of(call, "Test Suite"), lambda suite: suite_json(call, plan, suite))


def suite_json(call: Call, plan: WorkItem, suite: WorkItem) -> Json:
    return {
        "id": suite.id,
        "name": suite.value("System.Title"),
        "suiteType": "staticTestSuite",
        "revision": suite.rev,
        "plan": {"id": plan.id, "name": plan.value("System.Title")},
        "project": project_json(call.home, call.base),
        "hasChildren": False,
    }


@testplan_routes.get(f"{PLANS}/{{planId}}/suites/{{suiteId}}/testcase", "testplan")
def list_cases(call: Call, plan_id: int, suite_id: int) -> Page:
    """Every test case of the project, with the fields that `witFields` names."""
    plan = find_plan(call, plan_id)
    suite = next((one for one in items_of(call, "Test Suite") if one.id == suite_id), None)
    if suite is None:
        raise no_suite(suite_id)
    names = [require_field(name) for name in (call.text("witFields") or "").split(",") if name]
    for ignored in ("returnIdentityRef", "expand", "isRecursive"):
        call.flag(ignored)
    return call.page(items_of(call, "Test Case"), lambda case: case_json(call, plan, suite, case, names))


def case_json(call: Call, plan: WorkItem, suite: WorkItem, case: WorkItem, names: list[str]) -> Json:
    values = read_values(call.organization.work, case)
    shown = [{name: wire_value(values[name], call.organization)} for name in names if name in values]
    return {
        "testPlan": {"id": plan.id, "name": plan.value("System.Title")},
        "testSuite": {"id": suite.id, "name": suite.value("System.Title")},
        "workItem": {"id": case.id, "name": case.value("System.Title"), "workItemFields": shown},
        "order": 0,
    }

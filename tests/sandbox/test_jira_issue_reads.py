"""Reading on the stand-in: issues, what can be set where, fields, people, components, rights."""

from typing import Any

import pytest

from sandbox.jira_migration import add_migration_project
from sandbox.jira_scheme import EPIC_LINK, RANK, SPRINT, TEAM_POINTS
from sandbox.jira_site import JiraSite
from tests.sandbox.issue_rig import SCOPES, IssueRig, text


def test_only_the_fields_asked_for_come(issues: IssueRig) -> None:
    key = issues.key(labels=["a"])
    assert issues.read(key, "labels", "summary") == {"labels": ["a"], "summary": "Weigh the parcel"}
    assert "comment" not in issues.read(key, "*navigable")
    assert "summary" not in issues.read(key, "*all", "-summary")
    found = issues.call("GET", f"/issue/{key}?fields=labels&expand=names,schema").json()
    assert (found["names"], found["schema"]["labels"]["items"]) == ({"labels": "Labels"}, "string")


def test_a_hundred_issues_come_at_once_without_those_that_cannot_be_seen(issues: IssueRig) -> None:
    keys = [issues.key() for _ in range(3)]
    hidden = issues.key("Task", "TEAM")
    issues.deny("BROWSE_PROJECTS", project="TEAM")
    wanted = [*keys[::-1], keys[0].lower(), hidden, "MIG-99999"]
    body = issues.call("POST", "/issue/bulkfetch", {"issueIdsOrKeys": wanted, "fields": ["summary"]}).json()
    assert [one["key"] for one in body["issues"]] == keys
    assert body["issueErrors"] == []
    assert body["issues"][0]["fields"] == {"summary": "Weigh the parcel"}


def test_what_does_not_fit_into_an_answer_is_named_beside_the_rest(issues: IssueRig) -> None:
    keys = [issues.key() for _ in range(3)]
    last = issues.site.issues[keys[-1]].id
    issues.rig.control("POST", "issue-limits", {"fetched": 2})
    body = issues.call("POST", "/issue/bulkfetch", {"issueIdsOrKeys": keys, "fields": ["summary"]}).json()
    assert [one["key"] for one in body["issues"]] == keys[:2]
    assert [one["id"] for one in body["issueErrors"]] == [str(last)]


@pytest.mark.parametrize("count", [0, 101])
def test_none_and_more_than_a_hundred_are_400(issues: IssueRig, count: int) -> None:
    body = {"issueIdsOrKeys": [f"MIG-{n}" for n in range(count)]}
    assert issues.call("POST", "/issue/bulkfetch", body).status_code == 400


def test_a_fetch_costs_a_point_for_each_issue(issues: IssueRig) -> None:
    keys = [issues.key() for _ in range(3)]
    issues.tracker.quota.forget()
    issues.call("POST", "/issue/bulkfetch", {"issueIdsOrKeys": keys})
    assert issues.tracker.quota.points == 4


def create_fields(issues: IssueRig, project: str, kind: str) -> dict[str, dict[str, Any]]:
    """The create metadata of a type, all pages, by field id."""
    types = issues.call("GET", f"/issue/createmeta/{project}/issuetypes").json()["issueTypes"]
    type_id = next(one["id"] for one in types if one["name"] == kind)
    found: dict[str, dict[str, Any]] = {}
    while True:
        path = f"/issue/createmeta/{project}/issuetypes/{type_id}?startAt={len(found)}&maxResults=10"
        page = issues.call("GET", path).json()
        found |= {one["fieldId"]: one for one in page["fields"]}
        if len(found) >= page["total"]:
            return found


def test_types_come_with_their_levels(issues: IssueRig) -> None:
    found = issues.call("GET", "/issue/createmeta/OLD/issuetypes?maxResults=200").json()["issueTypes"]
    levels = {one["name"]: (one["hierarchyLevel"], one["subtask"]) for one in found}
    assert levels == {
        "Initiative": (2, False), "Epic": (1, False), "Story": (0, False), "Task": (0, False), "Bug": (0, False),
        "Subtask": (-1, True),
    }  # fmt: skip
    team = issues.site.projects["TEAM"].id
    own = issues.call("GET", f"/issuetype/project?projectId={team}&level=1").json()
    assert [(one["name"], one["scope"]["project"]["id"]) for one in own] == [("Epic", team)]
    assert issues.call("GET", f"/project/{team}/hierarchy").json()["hierarchy"][0]["level"] == 1


def test_fields_come_by_page_with_schema_choices_and_whether_they_are_needed(issues: IssueRig) -> None:
    found = create_fields(issues, "OLD", "Bug")
    severity = found[issues.field("Severity")]
    assert (severity["required"], severity["schema"]["type"]) == (True, "option")
    assert severity["allowedValues"][0]["value"] == "1 - Critical"
    assert found[issues.field("Sprint")]["schema"]["custom"] == SPRINT
    assert found["priority"]["hasDefaultValue"] is True
    assert not create_fields(issues, "MIG", "Bug")[issues.field("Severity")]["required"]


def test_fields_without_the_right_to_set_them_are_not_offered(issues: IssueRig) -> None:
    rights = ("MODIFY_REPORTER", "ASSIGN_ISSUES", "SCHEDULE_ISSUES")
    gone = {"reporter", "assignee", "duedate", issues.field("Sprint")}
    assert gone <= set(create_fields(issues, "MIG", "Task"))
    issues.deny(*rights)
    assert not gone & set(create_fields(issues, "MIG", "Task"))
    issues.deny("CREATE_ISSUES")
    assert issues.call("GET", "/issue/createmeta/MIG/issuetypes").status_code == 400


def test_a_parent_is_offered_where_there_is_a_level_above(issues: IssueRig) -> None:
    assert create_fields(issues, "MIG", "Subtask")["parent"]["required"] is True
    assert create_fields(issues, "MIG", "Story")["parent"]["required"] is False
    assert "parent" not in create_fields(issues, "MIG", "Epic")
    assert "parent" in create_fields(issues, "OLD", "Epic")


def test_fields_are_found_by_schema_and_their_ids_differ_between_sites(issues: IssueRig) -> None:
    found = {one["schema"].get("custom"): one["id"] for one in issues.call("GET", "/field").json()}
    assert {SPRINT, RANK, TEAM_POINTS} <= set(found)
    assert EPIC_LINK not in found
    other = JiraSite.seeded(seed=2).tracker.catalogue
    assert other.field_by_custom(SPRINT).id != found[SPRINT]


def test_a_site_of_old_has_an_epic_link() -> None:
    site = JiraSite.seeded()
    add_migration_project(site, "MIG", epic_link=True)
    assert site.tracker.catalogue.field_by_custom(EPIC_LINK).name == "Epic Link"
    with pytest.raises(ValueError, match="taken"):
        add_migration_project(site, "MIG")


def test_field_search_pages_and_filters_and_leaves_team_managed_fields_out(issues: IssueRig) -> None:
    page = issues.call("GET", "/field/search?type=custom&query=sever").json()
    assert [one["name"] for one in page["values"]] == ["Severity"]
    first = issues.call("GET", "/field/search?maxResults=5&startAt=5").json()
    assert (first["startAt"], len(first["values"]), first["isLast"]) == (5, 5, False)
    one = issues.call("GET", "/field/search?id=summary&type=system").json()
    assert [found["id"] for found in one["values"]] == ["summary"]


def test_priorities_resolutions_statuses_and_settings_of_the_site(issues: IssueRig) -> None:
    priorities = issues.call("GET", "/priority/search").json()["values"]
    assert [one["name"] for one in priorities] == ["Highest", "High", "Medium", "Low", "Lowest"]
    assert [one["name"] for one in priorities if one["isDefault"]] == ["Medium"]
    assert issues.call("GET", "/priority/search?onlyDefault=true").json()["total"] == 1
    assert issues.call("GET", "/resolution/search").json()["total"] == 3
    assert {one["statusCategory"]["key"] for one in issues.call("GET", "/status").json()} == {
        "new", "indeterminate", "done",
    }  # fmt: skip
    assert issues.call("GET", "/configuration").json()["timeTrackingEnabled"] is True
    assert "Initiative" in [one["name"] for one in issues.call("GET", "/issuetype").json()]


def test_a_project_tells_its_types_components_and_style(issues: IssueRig) -> None:
    found = issues.call("GET", "/project/TEAM").json()
    assert (found["style"], found["simplified"]) == ("next-gen", True)
    assert [one["name"] for one in found["issueTypes"]] == ["Epic", "Story", "Task", "Bug", "Subtask"]


def test_people_are_found_by_name_or_by_a_mail_address_that_shows(issues: IssueRig) -> None:
    def names(query: str) -> list[str]:
        return [one["displayName"] for one in issues.call("GET", f"/user/search?query={query}").json()]

    assert names("mel") == names("mel@example.com") == ["Mel Member"]
    assert (names("hugo"), names("hugo@"), names("greta")) == (["Hidden Hugo"], [], [])
    assert names("mail") == ["Mail Robot"]
    hugo = issues.call("GET", "/user/search?query=hugo").json()[0]
    assert "emailAddress" not in hugo
    assert issues.call("GET", "/user/search").status_code == 400


def test_people_are_listed_by_account_ten_to_a_page(issues: IssueRig) -> None:
    greta = next(one.account_id for one in issues.site.people.values() if not one.active)
    accounts = "&accountId=".join([greta, issues.account, "nobody"])
    page = issues.call("GET", f"/user/bulk?accountId={accounts}").json()
    assert [(one["displayName"], one["active"]) for one in page["values"]] == [
        ("Gone Greta", False),
        ("Mel Member", True),
    ]
    assert page["maxResults"] == 10


def test_only_people_who_may_be_assigned_are_offered(issues: IssueRig) -> None:
    def names(query: str) -> list[str]:
        found = issues.call("GET", f"/user/assignable/search?{query}").json()
        return [one["displayName"] for one in found]

    assert (names("project=MIG&query=mel"), names("project=MIG&query=mail")) == (["Mel Member"], [])
    issues.tracker.permissions.deny(issues.account, issues.site.projects["MIG"].id, "ASSIGNABLE_USER")
    assert names("project=MIG&query=mel") == []
    assert names(f"issueKey={issues.key('Task', 'TEAM')}&query=mel") == ["Mel Member"]


def test_components_are_made_one_by_one_with_unique_names(issues: IssueRig) -> None:
    made = issues.call("POST", "/component", {"name": "Parcels", "project": "OLD", "description": "all of them"})
    assert made.status_code == 201
    twice = issues.call("POST", "/component", {"name": "parcels", "project": "OLD"})
    sentence = "A component with the name parcels already exists in this project."
    assert (twice.status_code, twice.json()["errors"]) == (400, {"name": sentence})
    too_long = issues.call("POST", "/component", {"name": "x" * 256, "project": "OLD"})
    assert (too_long.status_code, list(too_long.json()["errors"])) == (400, ["name"])
    key = issues.key("Task", "OLD", components=[{"id": made.json()["id"]}])
    page = issues.call("GET", "/project/OLD/component").json()
    assert [(one["name"], one["issueCount"]) for one in page["values"]] == [("Parcels", 1)]
    assert issues.call("DELETE", f"/component/{made.json()['id']}").status_code == 204
    assert issues.read(key, "components")["components"] == []
    assert issues.call("GET", "/project/OLD/components").json() == []


def test_versions_have_dates_in_order(issues: IssueRig) -> None:
    body = {"name": "1.0", "projectId": int(issues.site.projects["MIG"].id), "releaseDate": "2024-05-06"}
    made = issues.call("POST", "/version", body | {"startDate": "2024-05-01"}).json()
    assert (made["releaseDate"], made["released"]) == ("2024-05-06", False)
    late = issues.call("POST", "/version", body | {"name": "2.0", "startDate": "2024-05-07"})
    assert (late.status_code, list(late.json()["errors"])) == (400, ["startDate"])
    key = issues.key(fixVersions=[{"name": "1.0"}])
    assert issues.read(key, "fixVersions")["fixVersions"][0]["id"] == made["id"]
    assert issues.call("GET", "/project/MIG/version").json()["total"] == 1
    assert issues.call("DELETE", f"/version/{made['id']}").status_code == 204
    assert issues.read(key, "fixVersions")["fixVersions"] == []


def test_components_and_versions_need_their_right(issues: IssueRig) -> None:
    issues.deny("ADMINISTER_PROJECTS")
    assert issues.call("POST", "/component", {"name": "New", "project": "MIG"}).status_code == 403
    assert issues.call("POST", "/version", {"name": "3.0", "project": "MIG"}).status_code == 404
    assert issues.call("POST", "/component", {"name": "New", "project": "NOPE"}).status_code == 404


def test_rights_are_told_for_the_app_by_project_and_issue(issues: IssueRig) -> None:
    mig, team = (int(issues.site.projects[key].id) for key in ("MIG", "TEAM"))
    issue = int(issues.site.issues[issues.key()].id)
    issues.deny("LINK_ISSUES")
    wanted = {"permissions": ["LINK_ISSUES", "ADD_COMMENTS"], "projects": [mig, team, 1], "issues": [issue, 1]}
    found = issues.call("POST", "/permissions/check", {"projectPermissions": [wanted]}).json()["projectPermissions"]
    assert found == [
        {"permission": "LINK_ISSUES", "projects": [team], "issues": []},
        {"permission": "ADD_COMMENTS", "projects": [mig, team], "issues": [issue]},
    ]


def test_the_apps_own_rights_are_told_by_name(issues: IssueRig) -> None:
    issues.deny("LINK_ISSUES")
    path = "/mypermissions?permissions=LINK_ISSUES,ADMINISTER&projectKey="
    found = issues.call("GET", f"{path}MIG").json()["permissions"]
    assert {name: one["havePermission"] for name, one in found.items()} == {"LINK_ISSUES": False, "ADMINISTER": True}
    assert issues.call("GET", f"{path}NOPE").status_code == 404
    assert issues.call("GET", "/mypermissions").status_code == 400
    assert issues.call("GET", "/mypermissions?permissions=FLY").status_code == 400


def test_issues_near_a_limit_are_reported_to_administrators(issues: IssueRig) -> None:
    key = issues.key()
    for _ in range(2):
        issues.call("POST", f"/issue/{key}/comment", {"body": text("x")})
    issues.rig.control("POST", "issue-limits", {"comments": 2})
    report = issues.call("GET", "/issue/limit/report?isReturningKeys=true").json()
    assert (report["limits"]["comment"], report["issuesBreachingLimit"]["comment"][key]) == (2, 2)
    issues.rig.app.changes = issues.rig.app.changes | {"scopes": ["READ", "WRITE"]}
    issues.rig.install()
    try:
        assert issues.call("GET", "/issue/limit/report").status_code == 403
    finally:
        issues.rig.app.changes = issues.rig.app.changes | {"scopes": SCOPES}
        issues.rig.install()

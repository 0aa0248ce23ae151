"""Setting the stand-in up for a migration, by Python and by its handles, and counting what arrived."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.jira_migration import files_by_digest
from tests.sandbox.issue_rig import IssueRig, running_issues, text


@pytest.fixture(scope="module")
def rig() -> Iterator[IssueRig]:
    with running_issues() as rig:
        yield rig


def control(rig: IssueRig, method: str, path: str, json: Any = None) -> Any:
    return rig.rig.control(method, path, json)


def test_a_target_project_is_made_with_its_board_and_schemes(rig: IssueRig) -> None:
    wanted = {"key": "NEW", "style": "team", "levels": {}, "required": {"Bug": ["Severity"]}, "types": [["Bug", 0]]}
    made = control(rig, "POST", "migration-project", wanted).json()
    boards = rig.call("GET", "/rest/agile/1.0/board?projectKeyOrId=NEW").json()["values"]
    assert ([one["id"] for one in boards], boards[0]["type"]) == (made["boards"], "simple")
    refused = rig.call("POST", "/issue", {"fields": rig.fields("Bug", "NEW")}).json()["errors"]
    assert list(refused.values()) == ["Severity is required."]
    assert control(rig, "POST", "migration-project", {"key": "NEW"}).status_code == 400
    assert control(rig, "POST", "migration-project", {"key": "ODD", "flavour": "sweet"}).status_code == 400


def test_fields_may_be_missing_from_screens_or_on_the_edit_screen_only(rig: IssueRig) -> None:
    control(rig, "POST", "migration-project", {"key": "BARE", "removed": ["priority"], "edit_only": ["Effort"]})
    refused = rig.create("Task", "BARE", priority={"name": "High"}, Effort=3).json()["errors"]
    assert list(refused) == ["priority", rig.field("Effort")]
    key = rig.key("Task", "BARE")
    assert rig.call("PUT", f"/issue/{key}", {"fields": {rig.field("Effort"): 3}}).status_code == 204
    assert rig.read(key)[rig.field("Effort")] == 3


def test_a_project_may_do_without_a_board(rig: IssueRig) -> None:
    assert control(rig, "POST", "migration-project", {"key": "NOB", "board": None}).json()["boards"] == []


def test_people_are_added(rig: IssueRig) -> None:
    given = {"name": "New Nora", "email": "nora@example.com", "active": False}
    account = control(rig, "POST", "people", given).json()["account"]
    assert rig.site.people[account].active is False


def test_rights_are_taken_and_given_back(rig: IssueRig) -> None:
    control(rig, "POST", "app-rights", {"project": "MIG", "deny": ["CREATE_ISSUES"]})
    assert rig.create().status_code == 400
    control(rig, "POST", "app-rights", {"project": "MIG", "allow": ["CREATE_ISSUES"]})
    assert rig.create().status_code == 201
    assert control(rig, "POST", "app-rights", {"project": "MIG", "deny": ["FLY"]}).status_code == 404


def test_what_arrived_is_counted_and_what_came_twice_is_named(rig: IssueRig) -> None:
    source = {"key": "crosswalk.source", "value": {"id": 7}}
    keys = [
        rig.call("POST", "/issue", {"fields": rig.fields(), "properties": [source]}).json()["key"] for _ in range(2)
    ]
    rig.call("POST", f"/issue/{keys[0]}/comment", {"body": text("x")})
    rig.upload(keys[1], ("a.txt", b"hello"))
    found = control(rig, "GET", "census?project=MIG").json()
    assert (found["comments"], found["files"], found["bytes"]) == (1, 1, 5)
    assert found["issues"] == sum(key.startswith("MIG-") for key in rig.site.issues)
    doubled = control(rig, "GET", "sources?property=crosswalk.source&path=id").json()
    assert doubled == {"values": 1, "doubled": {"7": keys}}
    assert files_by_digest(rig.site, keys) == {hashlib.sha256(b"hello").hexdigest(): [keys[1]]}


def test_an_archived_project_and_an_unknown_knob(rig: IssueRig) -> None:
    control(rig, "POST", "archive", {"project": "OLD"})
    assert list(rig.create("Task", "OLD").json()["errors"]) == ["project"]
    assert control(rig, "POST", "keeping", {"colour": "red"}).status_code == 400
    assert control(rig, "POST", "archive", {"issue": "MIG-99999"}).status_code == 404


def test_issues_the_site_began_with_are_issues_like_all_others(rig: IssueRig) -> None:
    assert rig.read("SHOP-1", "summary")["summary"] == rig.site.issues["SHOP-1"].summary
    assert rig.call("PUT", "/issue/SHOP-1", {"fields": {"labels": ["old"]}}).status_code == 204
    found = rig.call("POST", "/search/jql", {"jql": "project = SHOP and labels = old", "fields": ["key"]}).json()
    assert [one["key"] for one in found["issues"]] == ["SHOP-1"]
    assert rig.site.violations == []


def test_a_link_to_a_full_issue_fails_alone_in_a_bulk_call(rig: IssueRig) -> None:
    full = rig.key()
    control(rig, "POST", "issue-limits", {"links": 0})
    link = {"add": {"type": {"name": "Blocks"}, "outwardIssue": {"key": full}}}
    before = len(rig.site.issues)
    sent = [{"fields": rig.fields(), "update": {"issuelinks": [link]}}, {"fields": rig.fields()}]
    answer = rig.call("POST", "/issue/bulk", {"issueUpdates": sent}).json()
    control(rig, "POST", "issue-limits", {"links": 2000})
    assert [one["failedElementNumber"] for one in answer["errors"]] == [0]
    assert len(rig.site.issues) == before + 1

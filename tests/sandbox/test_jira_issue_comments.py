"""Comments on the stand-in."""

import hashlib
from typing import Any

import orjson
import pytest

from sandbox.jira_issue_record import Digest
from tests.sandbox.issue_rig import IssueRig, text

TOO_LONG = "The entered text is too long. It exceeds the allowed limit of 32,767 characters."


def add(issues: IssueRig, key: str, body: Any = None, **more: Any) -> Any:
    return issues.call("POST", f"/issue/{key}/comment", {"body": text("hello") if body is None else body} | more)


def test_comments_are_kept_in_order_under_the_callers_name(issues: IssueRig) -> None:
    key = issues.key()
    first, second = add(issues, key, text("one")).json(), add(issues, key, text("two")).json()
    page = issues.call("GET", f"/issue/{key}/comment").json()
    assert ([one["id"] for one in page["comments"]], page["total"]) == ([first["id"], second["id"]], 2)
    assert (first["body"], first["author"]["accountType"]) == (text("one"), "app")
    newest = issues.call("GET", f"/issue/{key}/comment?orderBy=-created&maxResults=1").json()
    assert [one["id"] for one in newest["comments"]] == [second["id"]]


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("plain", {"errorMessages": [], "errors": {"comment": "Comment body is not valid!"}}),
        (text("x" * 32_767), {"errorMessages": [], "errors": {"comment": TOO_LONG}}),
        (text(""), {"errorMessages": ["INVALID_INPUT"], "errors": {}}),
    ],
)
def test_a_wrong_comment_is_400(issues: IssueRig, body: Any, answer: dict[str, Any]) -> None:
    key = issues.key()
    refused = add(issues, key, body)
    assert (refused.status_code, refused.json()) == (400, answer)
    assert issues.tracker.record(key).comments == []  # type: ignore[union-attr]


def test_properties_of_comments_are_found_again_by_their_ids(issues: IssueRig) -> None:
    key = issues.key()
    made = add(issues, key, properties=[{"key": "crosswalk.comment", "value": {"id": 5}}]).json()["id"]
    listed = issues.call("POST", "/comment/list?expand=properties", {"ids": [int(made)]}).json()["values"]
    assert listed[0]["properties"] == [{"key": "crosswalk.comment", "value": {"id": 5}}]
    path = f"/comment/{made}/properties/crosswalk.comment"
    assert issues.call("PUT", path, {"id": 6}).status_code == 200
    assert issues.call("GET", path).json() == {"key": "crosswalk.comment", "value": {"id": 6}}
    assert issues.call("GET", f"/comment/{made}/properties/other").status_code == 404


def test_comments_are_edited_and_deleted(issues: IssueRig) -> None:
    key = issues.key()
    made = add(issues, key).json()["id"]
    path = f"/issue/{key}/comment/{made}"
    assert issues.call("PUT", path, {"body": text("new")}).json()["body"] == text("new")
    assert issues.call("GET", path).json()["body"] == text("new")
    assert issues.call("GET", f"/issue/{issues.key()}/comment/{made}").status_code == 404
    assert issues.call("DELETE", path).status_code == 204
    assert issues.call("GET", path).status_code == 404


def test_one_comment_too_many_is_413(issues: IssueRig) -> None:
    key = issues.key()
    issues.rig.control("POST", "issue-limits", {"comments": 1})
    assert [add(issues, key).status_code for _ in range(2)] == [201, 413]
    assert len(issues.tracker.record(key).comments) == 1  # type: ignore[union-attr]


def test_rights_and_missing_issues(issues: IssueRig) -> None:
    key = issues.key()
    made = add(issues, key).json()["id"]
    issues.deny("ADD_COMMENTS", "DELETE_OWN_COMMENTS", "DELETE_ALL_COMMENTS")
    refused = add(issues, key)
    assert (refused.status_code, "do not have the permission to comment" in refused.text) == (400, True)
    assert issues.call("DELETE", f"/issue/{key}/comment/{made}").status_code == 400
    assert add(issues, "MIG-99999").status_code == 404
    issues.deny("BROWSE_PROJECTS")
    assert issues.call("GET", f"/issue/{key}/comment").status_code == 404


def test_a_long_text_can_be_kept_as_a_digest(issues: IssueRig) -> None:
    key = issues.key()
    issues.rig.control("POST", "keeping", {"whole_below": 100})
    try:
        add(issues, key, text("x" * 200))
    finally:
        issues.rig.control("POST", "keeping", {"whole_below": None})
    kept = issues.tracker.record(key).comments[0].body  # type: ignore[union-attr]
    sent = orjson.dumps(text("x" * 200))
    assert kept == Digest(hashlib.sha256(sent).hexdigest(), len(sent))

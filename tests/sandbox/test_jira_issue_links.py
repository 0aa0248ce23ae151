"""Links between issues and to elsewhere on the stand-in."""

from typing import Any

import pytest

from tests.sandbox.issue_rig import IssueRig, text


def link(issues: IssueRig, inward: str, outward: str, type_: str = "Blocks", **more: Any) -> Any:
    ends = {"inwardIssue": {"key": inward}, "outwardIssue": {"key": outward}}
    return issues.call("POST", "/issueLink", {"type": {"name": type_}} | ends | more)


def shown(issues: IssueRig, key: str) -> list[tuple[str, str, str]]:
    """What an issue shows of its links: type, side and key of the other end."""
    found = []
    for one in issues.read(key, "issuelinks")["issuelinks"]:
        side = "outwardIssue" if "outwardIssue" in one else "inwardIssue"
        found.append((one["type"]["name"], side, one[side]["key"]))
    return found


def test_a_link_is_seen_from_both_ends(issues: IssueRig) -> None:
    blocker, blocked = issues.key(), issues.key()
    assert link(issues, blocker, blocked).status_code == 201
    assert shown(issues, blocker) == [("Blocks", "outwardIssue", blocked)]
    assert shown(issues, blocked) == [("Blocks", "inwardIssue", blocker)]
    link_id = issues.read(blocker, "issuelinks")["issuelinks"][0]["id"]
    found = issues.call("GET", f"/issueLink/{link_id}").json()
    assert (found["inwardIssue"]["key"], found["outwardIssue"]["key"]) == (blocker, blocked)
    assert issues.call("DELETE", f"/issueLink/{link_id}").status_code == 204
    assert shown(issues, blocked) == []


def test_a_link_asked_for_twice_is_there_twice(issues: IssueRig) -> None:
    one, other = issues.key(), issues.key()
    assert [link(issues, one, other).status_code for _ in range(2)] == [201, 201]
    assert len(shown(issues, one)) == 2


def test_a_comment_comes_along_or_neither(issues: IssueRig) -> None:
    one, other = issues.key(), issues.key()
    assert link(issues, one, other, comment={"body": "plain"}).status_code == 400
    assert shown(issues, one) == []
    assert link(issues, one, other, comment={"body": text("see there")}).status_code == 201
    assert issues.read(other, "comment")["comment"]["total"] == 1


def test_a_link_to_itself_with_an_unknown_end_or_type_is_refused(issues: IssueRig) -> None:
    one, other = issues.key(), issues.key()
    assert link(issues, one, one).status_code == 400
    assert link(issues, one, "MIG-99999").status_code == 404
    refused = link(issues, one, other, "Kills")
    assert (refused.status_code, refused.json()["errorMessages"]) == (
        404,
        ["No issue link type with name 'Kills' found."],
    )
    assert issues.call("GET", "/issueLink/99999999").status_code == 404
    assert issues.call("GET", "/issueLink/x").status_code == 400
    assert shown(issues, one) == []


def test_only_the_outward_issue_needs_the_right_to_link(issues: IssueRig) -> None:
    one, other = issues.key(), issues.key("Task", "TEAM")
    issues.deny("LINK_ISSUES")
    refused = link(issues, other, one)
    assert (refused.status_code, refused.json()["errorMessages"]) == (
        404,
        [f"No Link Issue Permission for issue '{one}'"],
    )
    assert link(issues, one, other).status_code == 201


def test_one_link_too_many_on_either_end_is_413(issues: IssueRig) -> None:
    one, two, three = (issues.key() for _ in range(3))
    issues.rig.control("POST", "issue-limits", {"links": 1})
    assert [link(issues, one, two).status_code, link(issues, three, two).status_code] == [201, 413]
    assert shown(issues, three) == []


def remote(issues: IssueRig, key: str, title: str = "Work item 7", **more: Any) -> Any:
    body = {"object": {"url": "https://dev.example.com/7", "title": title}} | more
    return issues.call("POST", f"/issue/{key}/remotelink", body)


def test_a_remote_link_with_a_global_id_is_there_once(issues: IssueRig) -> None:
    key = issues.key()
    first, again = remote(issues, key, globalId="ado:7"), remote(issues, key, "Item 7", globalId="ado:7")
    assert (first.status_code, again.status_code, again.json()["id"]) == (201, 200, first.json()["id"])
    found = issues.call("GET", f"/issue/{key}/remotelink?globalId=ado%3A7").json()
    assert found["object"]["title"] == "Item 7"
    assert [remote(issues, key).status_code for _ in range(2)] == [201, 201]
    assert len(issues.call("GET", f"/issue/{key}/remotelink").json()) == 3
    assert issues.call("DELETE", f"/issue/{key}/remotelink?globalId=ado%3A7").status_code == 204
    assert issues.call("GET", f"/issue/{key}/remotelink?globalId=ado%3A7").status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"object": {"url": "dev.example.com", "title": "x"}},
        {"object": {"url": "https://dev.example.com", "title": " "}},
        {"object": {"url": "https://dev.example.com", "title": "x"}, "globalId": "x" * 256},
    ],
)
def test_a_wrong_remote_link_is_400(issues: IssueRig, body: dict[str, Any]) -> None:
    assert issues.call("POST", f"/issue/{issues.key()}/remotelink", body).status_code == 400


def test_remote_links_have_a_limit_and_a_right(issues: IssueRig) -> None:
    key = issues.key()
    issues.rig.control("POST", "issue-limits", {"remote_links": 1})
    assert [remote(issues, key, globalId=str(n)).status_code for n in (1, 1, 2)] == [201, 200, 413]
    issues.deny("LINK_ISSUES")
    assert remote(issues, key).status_code == 403


def test_the_types_of_links_are_listed(issues: IssueRig) -> None:
    found = issues.call("GET", "/issueLinkType").json()["issueLinkTypes"]
    blocks = next(one for one in found if one["name"] == "Blocks")
    assert (blocks["inward"], blocks["outward"]) == ("is blocked by", "blocks")

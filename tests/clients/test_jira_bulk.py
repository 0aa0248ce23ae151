"""Issues in bulk, what is on them, sprints, components: on the stand-in, which checks calls against the documents."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from clients.gates import Tally
from clients.jira import JiraClient
from clients.jira_bulk import BulkIssues, CreatedIssue, RefusedIssue, number_of
from clients.jira_issue_parts import CommentMark, IssueParts, files_from, links_from
from clients.jira_sprints import SprintsApi
from clients.uploads import FileUpload
from domain.errors import Forbidden, Rejected, Unavailable, Unreadable
from tests.sandbox.issue_rig import IssueRig, clean, running_issues, text
from tests.sandbox.jira_client import client_of

MARK = "crosswalk.comment"


@pytest.fixture(scope="module")
def rig() -> Iterator[IssueRig]:
    with running_issues() as rig:
        yield rig
        assert [one for one in rig.site.violations if one["side"] == "request"] == []


@pytest.fixture(autouse=True)
def healthy(rig: IssueRig) -> Iterator[None]:
    yield
    clean(rig)


@pytest.fixture(scope="module")
def jira(rig: IssueRig) -> JiraClient:
    return client_of(rig.rig)


@pytest.fixture
def tally() -> Tally:
    return Tally()


@pytest.fixture
def bulk(jira: JiraClient, tally: Tally) -> BulkIssues:
    return BulkIssues(jira, tally)


@pytest.fixture
def parts(jira: JiraClient, tally: Tally) -> IssueParts:
    return IssueParts(jira, tally, lambda issue_ids: None)


@pytest.fixture
def sprints(jira: JiraClient, tally: Tally) -> SprintsApi:
    return SprintsApi(jira, tally)


def body(rig: IssueRig, number: int = 0, **fields: Any) -> dict[str, Any]:
    source = {"key": "crosswalk.source", "value": {"id": number, "run": "r1"}}
    return {"fields": rig.fields(**fields), "properties": [source]}


def issue_of(rig: IssueRig) -> str:
    return str(rig.site.issues[rig.key()].id)


class TestMany:
    def test_what_was_made_and_what_was_refused_is_told_in_order(self, rig, bulk, tally):
        sent = [body(rig), body(rig, labels=["a b"]), body(rig) | {"transition": {"id": "21"}},
                body(rig) | {"transition": {"id": "777"}}]  # fmt: skip
        first, second, third, fourth = bulk.create_many(sent)
        assert isinstance(first, CreatedIssue) and first.moved is None
        assert rig.site.issues[first.key].id == first.id
        assert isinstance(second, RefusedIssue) and list(second.errors) == ["labels"]
        assert isinstance(third, CreatedIssue) and third.moved is True
        assert isinstance(fourth, CreatedIssue) and fourth.moved is False
        assert tally.take()[1] == 3  # beside the one that every call costs

    def test_when_none_was_made_each_is_told(self, rig, bulk):
        assert [list(one.errors) for one in bulk.create_many([body(rig, summary="")] * 2)] == [["summary"]] * 2

    def test_a_request_that_is_refused_as_a_whole_raises(self, rig, bulk):
        rig.rig.control("POST", "faults", {"path": "issue/bulk", "status": 400, "body": {"errorMessages": ["No."]}})
        with pytest.raises(Rejected, match="No"):
            bulk.create_many([body(rig)])

    @pytest.mark.parametrize(
        "answer",
        [
            {"issues": [], "errors": []},
            {"issues": [], "errors": [{"failedElementNumber": 7}]},
            {"issues": [{"id": "1"}], "errors": []},
            {"issues": "none"},
        ],
    )
    def test_an_answer_that_does_not_add_up_tells_nothing(self, rig, bulk, answer):
        rig.rig.control("POST", "faults", {"path": "issue/bulk", "status": 201, "body": answer})
        with pytest.raises(Unreadable):
            bulk.create_many([body(rig)])

    def test_issues_are_read_with_properties_and_unknown_ones_left_out(self, rig, bulk, tally):
        (made,) = bulk.create_many([body(rig, 41)])
        tally.take()
        found = bulk.fetch_many([made.key, "MIG-99999"], ["status"], ["crosswalk.source"])
        assert [(one["id"], one["properties"]["crosswalk.source"]["id"]) for one in found] == [(made.id, 41)]
        assert tally.take()[1] == 1

    def test_what_does_not_fit_into_one_answer_is_asked_for_again(self, rig, bulk):
        keys = [made.key for made in bulk.create_many([body(rig, 60 + n) for n in range(5)])]
        rig.rig.control("POST", "issue-limits", {"fetched": 2})
        found = bulk.fetch_many([*keys, "MIG-99999"], ["status"], ["crosswalk.source"])
        assert sorted(one["key"] for one in found) == sorted(keys)

    def test_an_issue_that_jira_does_not_give_is_not_told_to_be_gone(self, rig, bulk):
        keys = [made.key for made in bulk.create_many([body(rig, 70 + n) for n in range(2)])]
        rig.rig.control("POST", "issue-limits", {"fetched": 0})
        with pytest.raises(Unavailable, match="could not be read just now"):
            bulk.fetch_many(keys, ["status"])

    def test_issues_are_found_by_what_they_were_made_of_on_all_pages(self, rig, bulk, monkeypatch):
        monkeypatch.setattr("clients.jira_bulk.MOST_FETCHED", 2)
        bulk.create_many([body(rig, 500 + n) for n in range(5)])
        found = bulk.find_sources("MIG", [499, 500, 501, 502, 503, 504], ["status"])
        assert sorted(one["properties"]["crosswalk.source"]["id"] for one in found) == [500, 501, 502, 503, 504]
        assert bulk.find_sources("TEAM", [500], ["status"]) == ()

    def test_whether_anything_of_an_organization_is_there(self, rig, bulk):
        assert not bulk.has_sources("MIG", 'Con"toso')
        sent = body(rig)
        sent["properties"][0]["value"]["organization"] = 'Con"toso'
        bulk.create_many([sent])
        assert bulk.has_sources("MIG", 'Con"toso')
        assert not bulk.has_sources("TEAM", 'Con"toso')

    def test_the_last_number_of_a_project_is_known(self, rig, bulk):
        assert bulk.find_last_number("OLD") == 0
        (made,) = bulk.create_many([body(rig)])
        assert bulk.find_last_number("MIG") == number_of(made.key) > 0

    @pytest.mark.parametrize(("key", "number"), [("MIG-7", 7), ("A_1-12", 12), ("MIG", 0), ("MIG-x", 0), ("", 0)])
    def test_the_number_of_a_key(self, key, number):
        assert number_of(key) == number


class TestComments:
    def test_they_are_added_and_found_by_their_property(self, rig, parts, monkeypatch):
        monkeypatch.setattr("clients.jira_issue_parts.COMMENT_PAGE", 2)
        monkeypatch.setattr("clients.jira_issue_parts.MOST_LISTED", 2)
        issue, marked = issue_of(rig), {"id": 9, "version": 1}
        own = {"key": MARK, "value": marked}
        ids = [parts.add_comment(issue, {"body": text("x"), "properties": [own] * (n == 1)}) for n in range(3)]
        assert parts.list_marks(issue, MARK) == (
            CommentMark(ids[0], None), CommentMark(ids[1], marked), CommentMark(ids[2], None),
        )  # fmt: skip

    def test_an_issue_without_comments_has_none(self, rig, parts):
        issue = issue_of(rig)
        assert parts.list_marks(issue, MARK) == ()


class TestLinks:
    def test_a_link_is_seen_from_both_ends(self, rig, parts, bulk):
        inward, outward = issue_of(rig), issue_of(rig)
        ends = {"inwardIssue": {"id": inward}, "outwardIssue": {"id": outward}}
        parts.add_link({"type": {"id": "10000"}, **ends})
        there, back = bulk.fetch_many([inward, outward], ["issuelinks"])
        ((out,), (in_,)) = links_from(there), links_from(back)
        assert (out.type_id, out.other, out.goes_out) == ("10000", outward, True)
        assert (in_.type_id, in_.other, in_.goes_out, in_.id) == ("10000", inward, False, out.id)

    def test_a_remote_link_is_put_once_however_often_it_is_sent(self, rig, parts):
        issue = issue_of(rig)
        link = {"globalId": "crosswalk:1", "object": {"url": "https://example.com/1", "title": "One"}}
        assert parts.put_remote_link(issue, link) == parts.put_remote_link(issue, link)
        assert parts.list_remote_links(issue) == {"crosswalk:1"}

    def test_an_answer_without_ends_is_told(self):
        with pytest.raises(Unreadable):
            links_from({"fields": {"issuelinks": [{"id": "1", "type": {"id": "2"}}]}})


class TestFiles:
    def test_a_file_goes_through_in_pieces_with_its_name_size_and_digest(self, rig, parts, bulk):
        issue, pieces = issue_of(rig), [b"one ", b"two ", b"three"]
        upload = FileUpload('Größe "a"\n.txt', 13, iter(pieces), source="Azure DevOps")
        stored = parts.attach_file(issue, upload)
        (file,) = rig.tracker.record(issue).files
        assert (file.size, file.sha256) == (13, hashlib.sha256(b"one two three").hexdigest())
        assert (upload.sha256, upload.sent) == (file.sha256, 13)
        assert files_from(bulk.fetch_many([issue], ["attachment"])[0]) == (stored,)
        assert stored.name.startswith("Größe ")

    def test_an_empty_file_is_a_file(self, rig, parts):
        issue = issue_of(rig)
        assert parts.attach_file(issue, FileUpload("a", 0, iter([]), source="Azure DevOps")).size == 0


class TestEdits:
    def test_fields_and_properties_are_set_quietly_where_that_is_allowed(self, rig, parts):
        issue, mark = issue_of(rig), {"key": "crosswalk.fields", "value": {"summary": "d"}}
        parts.edit_issue(issue, {"summary": "New words"}, [mark], quietly=True)
        parts.put_property(issue, "crosswalk.source", {"id": 5})
        record = rig.tracker.record(issue)
        assert record.summary == "New words"
        assert set(record.state.properties) == {"crosswalk.fields", "crosswalk.source"}
        parts.edit_issue(issue, {"summary": "Aloud"}, [], quietly=False)
        assert record.summary == "Aloud"


class TestSprints:
    def test_a_sprint_is_made_started_and_closed(self, rig, sprints):
        board = rig.tracker.agile.of_project(rig.site.projects["MIG"].id)[0].id
        made = sprints.create_sprint(board, "Shop / Sprint 1", "2026-01-05", "2026-01-05")
        assert (made.name, made.state, made.start, made.finish) == (
            "Shop / Sprint 1", "future", "2026-01-05", "2026-01-05",
        )  # fmt: skip
        assert made in sprints.list_sprints(board)
        sprints.move_sprint(made.id, "active", "2026-01-05", "2026-01-16")
        assert (sprints.read_sprint(made.id).state, sprints.read_sprint(made.id).finish) == ("active", "2026-01-16")
        sprints.move_sprint(made.id, "closed")
        assert sprints.read_sprint(made.id).state == "closed"

    def test_a_sprint_without_days(self, rig, sprints):
        board = rig.tracker.agile.of_project(rig.site.projects["MIG"].id)[0].id
        assert sprints.create_sprint(board, "Someday", None, None).start is None

    def test_a_component_is_made_once(self, rig, sprints):
        made = sprints.create_component("MIG", "Backend")
        assert sprints.list_components("MIG")["Backend"] == made
        with pytest.raises(Rejected):
            sprints.create_component("MIG", "backend")
        rig.deny("ADMINISTER_PROJECTS")
        with pytest.raises(Forbidden):
            sprints.create_component("MIG", "Other")

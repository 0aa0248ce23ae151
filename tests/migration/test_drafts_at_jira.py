"""Drafts at the stand-in site: Jira takes them as they are, and gives back what was meant."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from clients.jira import JiraClient
from clients.jira_targets import read_target
from domain.comment_drafts import draft_comment
from domain.draft_records import FIELDS_PROPERTY, SOURCE_PROPERTY, Ancestor, DraftContext, IssueDraft, sprint_map
from domain.issue_comparisons import fields_to_read, verify_issue
from domain.issue_drafts import create_body, draft_issue
from domain.link_drafts import WorkItemLink, draft_link, link_body
from domain.mapping_records import FieldRow, IterationRow, LinkRow, Mapping, StateRow, TypeRow, ValueRow
from domain.remote_links import REMOTE, RemoteDraft, draft_remote_links
from domain.target_sites import TargetProject
from domain.work_items import (
    DESCRIPTION,
    HYPERLINK,
    ITERATION,
    PARENT,
    PRIORITY,
    STATE,
    TAGS,
    TITLE,
    FieldValue,
    Identity,
    Relation,
    WorkItem,
    WorkItemComment,
    WorkItemField,
)
from sandbox.wit_texts import repeat_to
from tests.sandbox.issue_rig import IssueRig, running_issues
from tests.sandbox.jira_client import client_of

JANE, SAM = Identity("jane-id", "Jane Doe"), Identity("sam-id", "Sam Roe")
ASSIGNED, CREATED_BY, CRITERIA = "System.AssignedTo", "System.CreatedBy", "Microsoft.VSTS.Common.AcceptanceCriteria"
NEXT = "System.LinkTypes.Dependency-Forward"
HTML = (
    "<h2>What</h2><div>One <b>two</b> <i>three</i> <code>four</code> <a href='https://e.com/a?b=1'>five</a></div>"
    "<ul><li>a<ol start=3><li>b</li></ol></li></ul><table><tr><th>c</th><td rowspan=2>d</td></tr><tr><td></td></tr>"
    "</table><pre><code class=language-python>if x &lt; 1:\n    y</code></pre><blockquote>e</blockquote><hr>f<br>g 🦊"
)


@pytest.fixture(scope="module")
def rig() -> Iterator[IssueRig]:
    with running_issues() as rig:
        yield rig
        assert rig.site.violations == []


@pytest.fixture(scope="module")
def jira(rig: IssueRig) -> JiraClient:
    return client_of(rig.rig)


@pytest.fixture(scope="module")
def target(rig: IssueRig, jira: JiraClient) -> TargetProject:
    rig.key("Story")  # a first issue shows the workflow
    return read_target(jira, "MIG")


@pytest.fixture(scope="module")
def mapping(rig: IssueRig, target: TargetProject) -> Mapping:
    types = {one.name: one.id for one in target.types}
    statuses = {one.name: one.id for one in next(one for one in target.types if one.name == "Story").statuses}
    rows = (
        (DESCRIPTION, "description", "rich_text"), (CRITERIA, None, "section"), (ASSIGNED, "assignee", "user"),
        (CREATED_BY, "reporter", "user"), (PRIORITY, "priority", "priority"),
        ("Custom.Points", rig.field("Story Points"), "number"), ("Custom.Due", "duedate", "date"),
        ("Custom.Notes", rig.field("Acceptance criteria"), "rich_text"),
        ("Custom.On", rig.field("Platforms"), "options"), ("Custom.Sev", rig.field("Severity"), "option"),
        ("Custom.Build", rig.field("Found in build"), "text"),
        ("Custom.Who", rig.field("Reviewer"), "user"), ("Custom.All", rig.field("Approvers"), "user"),
        ("Custom.Live", rig.field("Deployed at"), "datetime"), ("Custom.Words", rig.field("Tags"), "labels"),
        ("Custom.Url", rig.field("Source"), "text"),
    )  # fmt: skip
    return Mapping(
        plan="feature_as_epic",
        types=(
            TypeRow("Feature", types["Epic"]),
            TypeRow("User Story", types["Story"]),
            TypeRow("Task", types["Subtask"]),
        ),
        fields=tuple(FieldRow(source, to, rule) for source, to, rule in rows),  # type: ignore[arg-type]  # literals
        states=(StateRow("User Story", "New", statuses["To Do"]), StateRow("User Story", "Closed", statuses["Done"])),
        priorities=(ValueRow("1", target.priorities["Highest"]),),
        people=(ValueRow("jane-id", rig.account),),
        iterations=(IterationRow("Shop\\One", "new", name="One"),),
        links=(LinkRow(NEXT, target.link_types[0].id), LinkRow(HYPERLINK, REMOTE)),
        extra_labels=("from-ado",),
    )


@pytest.fixture(scope="module")
def context(rig: IssueRig, target: TargetProject, mapping: Mapping) -> DraftContext:
    sprint = rig.call("POST", "/rest/agile/1.0/sprint", {"name": "One", "originBoardId": target.board_id}).json()["id"]
    component = rig.call("POST", "/component", {"name": "Shop", "project": "MIG"}).json()["id"]
    long = {name: WorkItemField(name, name, "html") for name in (DESCRIPTION, CRITERIA, "Custom.Notes")}
    return DraftContext(
        organization="contoso", organization_url="https://dev.azure.com/contoso", project="guid", run="run-1",
        source_fields=long, accounts={"jane-id": rig.account}, sprints=sprint_map(mapping, {"Shop\\One": sprint}),
        components={"Shop": component},
    )  # fmt: skip


def work_item(number: int, parent: int | None = None, type_: str = "User Story", **more: FieldValue) -> WorkItem:
    names = {"Area": "System.AreaPath", "Iteration": ITERATION, "Tags": TAGS, "State": STATE,
             "Description": DESCRIPTION, "Criteria": CRITERIA,
             "Assigned": ASSIGNED, "By": CREATED_BY, "Priority": PRIORITY}  # fmt: skip
    fields = {names.get(name, f"Custom.{name}"): value for name, value in more.items()}
    links = (Relation(PARENT, "", parent),) if parent else ()
    return WorkItem(number, 2, type_, {TITLE: f"  Number  {number} ", STATE: "New"} | fields, links)


def make(rig: IssueRig, *drafts: IssueDraft) -> list[str]:
    """Issues of drafts in one call; their ids."""
    answer = rig.call("POST", "/issue/bulk", {"issueUpdates": [create_body(draft) for draft in drafts]})
    assert answer.json()["errors"] == []
    return [issue["id"] for issue in answer.json()["issues"]]


def read(rig: IssueRig, ids: list[str], fields: tuple[str, ...]) -> dict[str, Any]:
    body = {"issueIdsOrKeys": ids, "fields": list(fields), "properties": [SOURCE_PROPERTY, FIELDS_PROPERTY]}
    return {issue["id"]: issue for issue in rig.call("POST", "/issue/bulkfetch", body).json()["issues"]}


def test_jira_takes_every_draft_and_gives_back_what_was_meant(
    rig: IssueRig, target: TargetProject, mapping: Mapping, context: DraftContext
) -> None:
    feature = draft_issue(work_item(1, type_="Feature"), mapping, target, context)
    (epic,) = make(rig, feature)
    above = {1: Ancestor(1, "Feature", issue=epic)}
    items = [
        work_item(2, parent=1, Area="Shop", Iteration="Shop\\One", Tags="b b; a", State="Closed", Description=HTML,
                  Criteria=HTML, Assigned=JANE, By=JANE, Priority=1, Points=2.5, Due="2024-03-04T23:00:00Z",
                  Notes=HTML, Sev="2 - High", On="iOS;Web", Build="1.0", Who=JANE, All=JANE,
                  Live="2024-03-04T09:30:00Z", Words="x y;z", Url="https://e.com"),
        work_item(3, Assigned=SAM, By=SAM, Description=repeat_to("<p>long <b>text</b></p>", 60_000)),
        work_item(4, Description="<table><tr><td>" + "<ul><li>deep" * 30),
        work_item(5, Description=repeat_to("| 🦊 \" \\ ", 40_000)),
    ]  # fmt: skip
    drafts = [draft_issue(item, mapping, target, replace(context, ancestors=above)) for item in items]
    made = make(rig, *drafts)
    found = read(rig, made, fields_to_read(mapping, target))
    assert [verify_issue(found[issue], draft.hash) for issue, draft in zip(made, drafts, strict=True)] == [()] * 4
    full = found[made[0]]["fields"]
    assert (full["parent"]["id"], full["status"]["name"], full["duedate"]) == (epic, "Done", "2024-03-05")
    assert full["labels"] == ["from-ado", "b-b", "a"]
    assert found[made[1]]["fields"]["assignee"] is None


def test_what_people_change_afterwards_is_named(
    rig: IssueRig, target: TargetProject, mapping: Mapping, context: DraftContext
) -> None:
    draft = draft_issue(work_item(6, Points=3, Tags="a"), mapping, target, context)
    (issue,) = make(rig, draft)
    changed = {"fields": {"summary": "Other", rig.field("Story Points"): 5, "labels": ["a", "from-ado"]}}
    assert rig.call("PUT", f"/issue/{issue}", changed).status_code == 204
    found = read(rig, [issue], fields_to_read(mapping, target))[issue]
    assert set(verify_issue(found, draft.hash)) == {"summary", rig.field("Story Points")}


def test_comments_and_links_are_taken_too(
    rig: IssueRig, target: TargetProject, mapping: Mapping, context: DraftContext
) -> None:
    link = Relation(HYPERLINK, "https://e.com/a b", comment="see")
    items = [replace(work_item(7), relations=(link,)), work_item(8)]
    one, other = make(rig, *(draft_issue(item, mapping, target, context) for item in items))
    comment = WorkItemComment(5, HTML, "html", JANE, datetime(2024, 3, 4, tzinfo=UTC))
    assert rig.call("POST", f"/issue/{one}/comment", draft_comment(comment, context).body).status_code == 201
    drafted = draft_link(WorkItemLink(NEXT, 7, 8), mapping)
    assert drafted is not None
    assert rig.call("POST", "/issueLink", link_body(drafted, one, other)).status_code == 201
    (outward,) = rig.read(one, "issuelinks")["issuelinks"]
    assert (outward["type"]["outward"], outward["outwardIssue"]["id"]) == ("blocks", other)
    (remote,) = draft_remote_links(items[0], mapping, context)
    assert isinstance(remote, RemoteDraft)
    assert rig.call("POST", f"/issue/{one}/remotelink", remote.body).status_code == 201
    assert rig.call("POST", f"/issue/{one}/remotelink", remote.body).status_code == 200

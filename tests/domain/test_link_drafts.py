"""Relations of work items as links between issues."""

from dataclasses import replace

import pytest

from domain.link_drafts import WorkItemLink, canonical_link, draft_link, link_body
from domain.mapping_records import LinkRow
from domain.work_items import ARTIFACT, ATTACHMENT, CHILD, HYPERLINK, PARENT, Relation
from tests.domain.draft_rig import MAPPING, work_item
from tests.domain.jira_documents import check_body

NEXT, BEFORE = "System.LinkTypes.Dependency-Forward", "System.LinkTypes.Dependency-Reverse"
RELATED, COPY = "System.LinkTypes.Related", "System.LinkTypes.Duplicate-Forward"
LINKED = replace(MAPPING, links=(
    LinkRow(NEXT, "10000"), LinkRow(COPY, "10002", swap=True), LinkRow(RELATED, "10003"),
    LinkRow("Microsoft.VSTS.Common.Affects-Forward", None),
))  # fmt: skip


def to(kind, target, url=""):
    return Relation(kind, url, target)


@pytest.mark.parametrize(
    ("kind", "target", "link"),
    [
        (NEXT, 2, (NEXT, 5, 2)), (BEFORE, 2, (NEXT, 2, 5)), (RELATED, 2, (RELATED, 2, 5)),
        (RELATED, 9, (RELATED, 5, 9)),
        (PARENT, 2, None), (CHILD, 2, None), (ATTACHMENT, None, None), (HYPERLINK, None, None), (ARTIFACT, None, None),
        ("System.LinkTypes.Remote.Related", 7, None), ("System.LinkTypes.Remote.Dependency-Forward", 7, None),
        (NEXT, None, None), (RELATED, 5, None),
    ],
)  # fmt: skip
def test_a_link_has_one_form_whichever_end_names_it(kind, target, link):
    assert canonical_link(5, to(kind, target)) == (WorkItemLink(*link) if link else None)


def test_each_pair_is_linked_once():
    items = (
        work_item(id_=1, relations=(to(NEXT, 2), to(RELATED, 2), to(PARENT, 9))),
        work_item(id_=2, relations=(to(BEFORE, 1), to(RELATED, 1), to(RELATED, 1))),
    )
    named = [canonical_link(item.id, relation) for item in items for relation in item.relations]
    found = tuple(dict.fromkeys(filter(None, named)))
    assert found == (WorkItemLink(NEXT, 1, 2), WorkItemLink(RELATED, 1, 2))
    assert [link.part for link in found] == [f"{NEXT}:2", f"{RELATED}:2"]


@pytest.mark.parametrize(
    ("link", "drafted"),
    [
        (WorkItemLink(NEXT, 1, 2), ("10000", 1, 2)),
        (WorkItemLink(COPY, 1, 2), ("10002", 2, 1)),
        (WorkItemLink(RELATED, 1, 2), ("10003", 1, 2)),
        (WorkItemLink("Microsoft.VSTS.Common.Affects-Forward", 1, 2), None),
        (WorkItemLink("Custom.Link-Forward", 1, 2), None),
    ],
)
def test_links_become_what_the_mapping_says(link, drafted):
    found = draft_link(link, LINKED)
    assert (found and (found.type_id, found.inward, found.outward)) == drafted


def test_the_body_names_the_two_issues():
    drafted = draft_link(WorkItemLink(NEXT, 1, 2), LINKED)
    assert drafted is not None
    body = link_body(drafted, "10001", "10002")
    assert body == {"type": {"id": "10000"}, "inwardIssue": {"id": "10001"}, "outwardIssue": {"id": "10002"}}
    check_body("LinkIssueRequestJsonBean", body)

"""Addresses of work items as remote links of issues."""

from dataclasses import replace

import pytest

from domain.artifact_pages import ArtifactPage, artifact_page
from domain.mapping_records import LinkRow
from domain.remote_links import REMOTE, RemoteDraft, SkippedLink, draft_remote_links, remote_part
from domain.work_items import ARTIFACT, HYPERLINK, Relation
from tests.domain.draft_rig import CONTEXT, MAPPING, work_item
from tests.domain.jira_documents import check_body

BASE = "https://dev.azure.com/contoso"
ELSEWHERE, PRODUCES = "System.LinkTypes.Remote.Related", "System.LinkTypes.Remote.Dependency-Forward"
CONSUMES = PRODUCES.replace("Forward", "Reverse")
ALL = replace(MAPPING, links=tuple(LinkRow(kind, REMOTE) for kind in (HYPERLINK, ARTIFACT, ELSEWHERE, PRODUCES)))


def remote(*relations, mapping=ALL):
    return draft_remote_links(work_item(relations=relations), mapping, CONTEXT)


@pytest.mark.parametrize(
    ("address", "url", "title"),
    [
        ("vstfs:///Git/Commit/p%2Fr%2F0123456789abcdef", "p/_git/r/commit/0123456789abcdef", "Commit 01234567"),
        ("vstfs:///Git/Ref/p%2Fr%2FGBfeature%2Fone", "p/_git/r?version=GBfeature%2Fone", "Branch feature/one"),
        ("vstfs:///Git/Ref/p%2Fr%2FGTv1", "p/_git/r?version=GTv1", "Tag v1"),
        ("vstfs:///Git/PullRequestId/p%2fr%2f4711", "p/_git/r/pullrequest/4711", "Pull request 4711"),
        ("vstfs:///Build/Build/4711", "Web%20Shop/_build/results?buildId=4711", "Build 4711"),
        ("vstfs:///VersionControl/Changeset/17", "Web%20Shop/_versionControl/changeset/17", "Changeset 17"),
        ("vstfs:///Wiki/WikiPage/p%2Fw%2FHome%2FA", "p/_wiki/wikis/w?pagePath=%2FHome%2FA", "Wiki page Home/A"),
    ],
)  # fmt: skip
def test_artifacts_have_pages(address, url, title):
    page = artifact_page(address, BASE, "Web Shop")
    assert page == ArtifactPage(f"{BASE}/{url}", title)


@pytest.mark.parametrize(
    "address",
    [
        "vstfs:///Git/Commit/p%2Fr", "vstfs:///Git/PullRequestId/4711", "vstfs:///Git/Ref/p%2Fr%2FXXmain",
        "vstfs:///Git/Ref/p%2Fr%2FGB", "vstfs:///Git/Ref/p%2Fr", "vstfs:///Wiki/WikiPage/p%2Fw",
        "vstfs:///GitHub/PullRequest/guid%2F7", "vstfs:///TestManagement/TcmResult/1.2", "vstfs:///Git", "https://e.com",
    ],
)  # fmt: skip
def test_artifacts_whose_page_is_not_known_have_none(address):
    assert artifact_page(address, BASE, "Shop") is None


@pytest.mark.parametrize(
    ("relation", "url", "title"),
    [
        (Relation(HYPERLINK, "https://e.com/a b"), "https://e.com/a%20b", "https://e.com/a%20b"),
        (Relation(HYPERLINK, "HTTP://e.com", comment=" see\nhere "), "HTTP://e.com", "see here"),
        (Relation(HYPERLINK, "https://e.com", comment="x" * 300), "https://e.com", "x" * 254 + "…"),
        (Relation(ARTIFACT, "vstfs:///Build/Build/7", name="Build"),
         f"{BASE}/project-guid/_build/results?buildId=7", "Build 7"),
        (Relation(ELSEWHERE, "https://dev.azure.com/other/_apis/wit/workItems/7"),
         "https://dev.azure.com/other/_workitems/edit/7", "Work item 7"),
        (Relation(CONSUMES, "https://dev.azure.com/other/shop/_apis/wit/workItems/7"),
         "https://dev.azure.com/other/shop/_workitems/edit/7", "Work item 7"),
    ],
)  # fmt: skip
def test_remote_links(relation, url, title):
    (drafted,) = remote(relation)
    check_body("RemoteIssueLinkRequest", drafted.body)
    assert drafted.body["object"] == {"url": url, "title": title}
    assert drafted.body["globalId"] == f"crosswalk:{drafted.part}"
    assert len(drafted.body["globalId"]) <= 255
    assert drafted.body.get("relationship") == (relation.name or None)


@pytest.mark.parametrize(
    ("relation", "code"),
    [
        (Relation(HYPERLINK, "file://server/a"), "no_web_address"),
        (Relation(ARTIFACT, "vstfs:///GitHub/Commit/1"), "no_web_address"),
        (Relation(HYPERLINK, "https://e.com/" + "x" * 2000), "address_too_long"),
    ],
)
def test_what_is_no_address_for_jira_is_skipped_with_the_reason(relation, code):
    assert remote(relation) == (SkippedLink(remote_part(relation), code),)


@pytest.mark.parametrize("rows", [(), (LinkRow(HYPERLINK, None),)])
def test_what_is_not_mapped_is_skipped(rows):
    link = Relation(HYPERLINK, "https://e.com")
    assert remote(link, mapping=replace(MAPPING, links=rows)) == (SkippedLink(remote_part(link), "not_mapped"),)


def test_each_address_is_linked_once_and_other_relations_are_none_of_it():
    link = Relation(HYPERLINK, "https://e.com/\ud83e")
    found = remote(link, Relation("System.LinkTypes.Related", "", 2), link, Relation(HYPERLINK, "https://f.com"))
    assert [type(one) for one in found] == [RemoteDraft, RemoteDraft]
    assert len({one.part for one in found}) == 2

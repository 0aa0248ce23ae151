"""Addresses that a work item names (web pages, commits, builds, work items elsewhere) as remote links of its issue.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-remote-links/#api-rest-api-3-issue-issueidorkey-remotelink-post
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from domain.artifact_pages import ArtifactPage, artifact_page
from domain.draft_records import DraftContext
from domain.field_values import LINE_CHARACTERS, cut_line, one_line
from domain.link_drafts import REMOTE_KINDS
from domain.mapping_records import Mapping
from domain.rich_text_flow import clean_text
from domain.web_links import URL_CHARACTERS
from domain.work_items import ARTIFACT, HYPERLINK, Relation, WorkItem

REMOTE = "remote"  # the target of a link row whose relations become remote links
NOT_MAPPED, NO_PAGE, TOO_LONG = "not_mapped", "no_web_address", "address_too_long"
APPLICATION = {"type": "com.crosswalk.azure-devops", "name": "Azure DevOps"}
DIGEST_CHARACTERS = 40

_ITEM_ADDRESS = re.compile(r"(?i)(https?://.+?)/_apis/wit/workitems/(\d+)")


@dataclass(frozen=True, slots=True)
class RemoteDraft:
    """`part` tells it from the other links of its work item. `body` is all that Jira's call takes; sending it again
    changes nothing, for the `globalId` is the same.
    """

    part: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SkippedLink:
    """A relation that becomes nothing, and the word for why."""

    part: str
    code: str


def draft_remote_links(
    item: WorkItem, mapping: Mapping, context: DraftContext
) -> tuple[RemoteDraft | SkippedLink, ...]:
    """One for each address that a work item names, in its order."""
    drafted = (_draft_remote(relation, mapping, context) for relation in item.relations if is_remote(relation))
    return tuple({one.part: one for one in drafted}.values())


def is_remote(relation: Relation) -> bool:
    return relation.kind in {HYPERLINK, ARTIFACT} or relation.kind.startswith(REMOTE_KINDS)


def is_mapped(kind: str, mapping: Mapping) -> bool:
    """Whether addresses of a kind become remote links; a link type is mapped by its forward end."""
    forward = kind.removesuffix("-Reverse") + "-Forward" if kind.endswith("-Reverse") else kind
    return any(row.source == forward and row.target is not None for row in mapping.links)


def remote_part(relation: Relation) -> str:
    digest = hashlib.sha256(relation.url.encode(errors="replace")).hexdigest()[:DIGEST_CHARACTERS]
    return f"{relation.kind}:{digest}"


def remote_id(part: str) -> str:
    """The `globalId` by which Jira tells a remote link from the others of an issue."""
    return f"crosswalk:{part}"


def _draft_remote(relation: Relation, mapping: Mapping, context: DraftContext) -> RemoteDraft | SkippedLink:
    part = remote_part(relation)
    if not is_mapped(relation.kind, mapping):
        return SkippedLink(part, NOT_MAPPED)
    page = page_of(relation, context)
    if page is None:
        return SkippedLink(part, NO_PAGE)
    if len(page.url) > URL_CHARACTERS:
        return SkippedLink(part, TOO_LONG)
    return RemoteDraft(part, _remote_body(relation, part, page))


def page_of(relation: Relation, context: DraftContext) -> ArtifactPage | None:
    """The web page of an address, None when it has none."""
    written = clean_text(relation.url)
    if relation.kind == ARTIFACT:
        return artifact_page(written, context.organization_url, context.project)
    found = _ITEM_ADDRESS.fullmatch(written)
    if found:
        return ArtifactPage(f"{found[1]}/_workitems/edit/{found[2]}", f"Work item {found[2]}")
    address = written.strip().replace(" ", "%20")
    is_web = address.lower().startswith(("http://", "https://"))
    return ArtifactPage(address, address) if is_web else None


def _remote_body(relation: Relation, part: str, page: ArtifactPage) -> dict[str, Any]:
    title = one_line(relation.comment) or page.title
    named = {"relationship": cut_line(one_line(relation.name))} if relation.name else {}
    return {
        "globalId": remote_id(part),
        "application": dict(APPLICATION),
        **named,
        "object": {"url": page.url, "title": cut_line(title, LINE_CHARACTERS)},
    }

"""Links between work items as links between issues: each once, whichever end names it. Parents are no links here.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-links/#api-rest-api-3-issuelink-post
https://learn.microsoft.com/azure/devops/boards/queries/link-type-reference
"""

from dataclasses import dataclass
from typing import Any

from domain.mapping_records import Mapping
from domain.work_items import ARTIFACT, ATTACHMENT, CHILD, HYPERLINK, PARENT, Relation

REMOTE_KINDS = "System.LinkTypes.Remote."  # to a work item of another organization: its number is not one of ours
NO_LINKS = frozenset({PARENT, CHILD, ATTACHMENT, HYPERLINK, ARTIFACT})
_FORWARD, _REVERSE = "-Forward", "-Reverse"


@dataclass(frozen=True, slots=True)
class WorkItemLink:
    """A link in its one form: `kind` is the forward end of its type, `source` the work item that has this end.

    Where a type has no direction, the source is the smaller number.
    """

    kind: str
    source: int
    target: int

    @property
    def part(self) -> str:
        """What tells it from the other links of its source."""
        return f"{self.kind}:{self.target}"


@dataclass(frozen=True, slots=True)
class LinkDraft:
    """Work items by what their issues become in Jira's call: `inward` *blocks* `outward`."""

    type_id: str
    inward: int
    outward: int


def canonical_link(item_id: int, relation: Relation) -> WorkItemLink | None:
    """The link that a relation is one end of; None for what is no link between two work items of an organization."""
    target, kind = relation.target, relation.kind
    if kind in NO_LINKS or kind.startswith(REMOTE_KINDS) or target is None or target == item_id:
        return None
    if kind.endswith(_REVERSE):
        return WorkItemLink(kind.removesuffix(_REVERSE) + _FORWARD, target, item_id)
    if kind.endswith(_FORWARD):
        return WorkItemLink(kind, item_id, target)
    return WorkItemLink(kind, min(item_id, target), max(item_id, target))


def draft_link(link: WorkItemLink, mapping: Mapping) -> LinkDraft | None:
    """The link of Jira; None when the mapping makes none of this kind."""
    row = next((found for found in mapping.links if found.source == link.kind), None)
    if row is None or row.target is None:
        return None
    ends = (link.target, link.source) if row.swap else (link.source, link.target)
    return LinkDraft(row.target, *ends)


def link_body(draft: LinkDraft, inward_issue: str, outward_issue: str) -> dict[str, Any]:
    """What Jira's call takes, for the ids of the two issues. Viewed at `inward` it reads *blocks*: Jira names the issue
    a link goes out from its inward one.
    """
    return {
        "type": {"id": draft.type_id},
        "inwardIssue": {"id": inward_issue},
        "outwardIssue": {"id": outward_issue},
    }

"""A work item of Azure DevOps as a migration sees it, and the tree, type and relation words around it.

Names of fields, relations and types are Azure DevOps' own reference names.
https://learn.microsoft.com/azure/devops/boards/work-items/guidance/work-item-field
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

TITLE = "System.Title"
DESCRIPTION = "System.Description"
STATE = "System.State"
TYPE = "System.WorkItemType"
PROJECT = "System.TeamProject"
TAGS = "System.Tags"
AREA = "System.AreaPath"
ITERATION = "System.IterationPath"
CHANGED = "System.ChangedDate"
PARENT_ID = "System.Parent"
COMMENTS = "System.CommentCount"
PRIORITY = "Microsoft.VSTS.Common.Priority"

PARENT = "System.LinkTypes.Hierarchy-Reverse"
CHILD = "System.LinkTypes.Hierarchy-Forward"
ATTACHMENT = "AttachedFile"
HYPERLINK = "Hyperlink"
ARTIFACT = "ArtifactLink"

TextFormat = Literal["html", "markdown"]
StateCategory = Literal["Proposed", "InProgress", "Resolved", "Completed", "Removed"]


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as Azure DevOps tells one. `id` is kept (a GUID); name and address only pass through."""

    id: str
    name: str
    unique_name: str = ""  # mail address or user principal name, '' when it is not told


FieldValue = str | int | float | bool | Identity | None


@dataclass(frozen=True, slots=True)
class Relation:
    """One end of a link. `target` is a work item's id; None for files, hyperlinks and artifacts."""

    kind: str  # as `PARENT`, `ATTACHMENT`, or the reference name of a link type with its direction
    url: str
    target: int | None = None
    name: str = ""  # of a file
    size: int = 0  # of a file, bytes
    comment: str = ""

    @property
    def file_id(self) -> str:
        """The GUID of a file, '' for every other kind."""
        return self.url.rpartition("/")[2].partition("?")[0] if self.kind == ATTACHMENT else ""


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One revision of a work item. A value that is absent in Azure DevOps is absent in `fields`."""

    id: int
    revision: int
    type: str
    fields: Mapping[str, FieldValue]
    relations: tuple[Relation, ...] = ()
    formats: Mapping[str, TextFormat] = field(default_factory=dict)  # of long texts; html unless told

    def text(self, name: str) -> str:
        """A field as text, '' when it is absent or no text."""
        value = self.fields.get(name)
        return value if isinstance(value, str) else ""

    @property
    def parent(self) -> int | None:
        return next((relation.target for relation in self.relations if relation.kind == PARENT), None)

    @property
    def comment_count(self) -> int:
        value = self.fields.get(COMMENTS)
        return value if isinstance(value, int) else 0


@dataclass(frozen=True, slots=True)
class WorkItemComment:
    """A comment as it is now; `edited` is None when it never was."""

    id: int
    text: str
    format: TextFormat
    author: Identity
    made: datetime
    edited: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class TreeNode:
    """An area or an iteration. `path` as in the fields of work items: `Webshop\\Team A`. Days as ISO dates."""

    path: str
    name: str
    start: str | None = None
    finish: str | None = None


@dataclass(frozen=True, slots=True)
class LinkEnd:
    """One end of a kind of link, or with `is_link` False of files, hyperlinks and artifacts.

    `opposite`: what the other end is called, None where both are called the same. `is_remote`: to another organization.
    """

    name: str  # reference name
    label: str
    opposite: str | None = None
    is_link: bool = True
    is_remote: bool = False


@dataclass(frozen=True, slots=True)
class WorkItemState:
    """A state of a work item type."""

    name: str
    category: StateCategory


@dataclass(frozen=True, slots=True)
class WorkItemField:
    """A field of the organization; `kind` as Azure DevOps says: string, integer, double, dateTime, html, treePath, …"""

    name: str  # reference name
    label: str
    kind: str
    is_identity: bool = False
    is_picklist: bool = False
    values: tuple[str, ...] = ()  # what is allowed, where that is a closed list


@dataclass(frozen=True, slots=True)
class WorkItemType:
    """A type of the project's process. `level`: of its backlog, 0 for requirements, 1 features, 2 epics, -1 tasks;
    None for a type that is on no backlog.
    """

    name: str
    states: tuple[WorkItemState, ...]
    fields: tuple[str, ...]
    level: int | None = None
    is_test: bool = False  # test cases, suites, plans, shared steps


@dataclass(frozen=True, slots=True)
class SourceProject:
    """What a scan learns of a project's process."""

    id: str
    name: str
    types: tuple[WorkItemType, ...]
    fields: tuple[WorkItemField, ...]
    areas: tuple[TreeNode, ...] = ()
    iterations: tuple[TreeNode, ...] = ()

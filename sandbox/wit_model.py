"""What work item tracking holds: nodes, work items with every update, comments, files, teams. State only.

Values of fields are kept as they are meant: a person as User, a node as Node, a time as datetime, tags as a tuple, and
texts either as given or as `PlannedText`, which is made up anew at each reading. `BASE` in a text stands for the
address of the organization, whatever it is when the text is read.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from sandbox.ado_model import Project, User

TreeKind = Literal["area", "iteration"]
TextFormat = Literal["html", "markdown"]
Fields = dict[str, Any]
BASE = "\x02base\x03"
ATTACHED, HYPERLINK, ARTIFACT = "AttachedFile", "Hyperlink", "ArtifactLink"
CHILD, PARENT = "System.LinkTypes.Hierarchy-Forward", "System.LinkTypes.Hierarchy-Reverse"


class PlannedText(Protocol):
    """A text that is made up when it is read."""

    def text(self) -> str: ...


@dataclass(slots=True, eq=False)
class Node:
    """An area or iteration. The root has the name of its project."""

    id: int
    guid: str
    own_name: str
    kind: TreeKind
    project: Project
    parent: "Node | None" = None
    children: list["Node"] = field(default_factory=list)
    start: datetime | None = None
    finish: datetime | None = None

    @property
    def name(self) -> str:
        return self.own_name if self.parent else self.project.name

    def chain(self) -> list["Node"]:
        """From the root down to this node."""
        return [*(self.parent.chain() if self.parent else ()), self]

    @property
    def path(self) -> str:
        """As fields have it: `Webshop\\Checkout`."""
        return "\\".join(node.name for node in self.chain())

    @property
    def full_path(self) -> str:
        """As the node itself has it, with the level that fields leave out: `\\Webshop\\Area\\Checkout`."""
        root, *rest = (node.name for node in self.chain())
        return "\\" + "\\".join((root, self.kind.title(), *rest))

    def is_under(self, other: "Node") -> bool:
        return self is other or (self.parent is not None and self.parent.is_under(other))

    def walk(self) -> list["Node"]:
        """This node and everything below it."""
        return [self, *(below for child in self.children for below in child.walk())]

    def find_child(self, name: str) -> "Node | None":
        return next((child for child in self.children if child.name.casefold() == name.casefold()), None)


@dataclass(frozen=True, slots=True)
class Relation:
    """`target` is a work item's id, a file's id or an address. `name` is a file's name or an artifact link's."""

    rel: str
    target: int | str
    added: datetime
    name: str = ""
    comment: str = ""
    number: int = 0
    size: int = 0

    @property
    def links_items(self) -> bool:
        return isinstance(self.target, int)

    def is_same(self, other: "Relation") -> bool:
        return (self.rel, self.target) == (other.rel, other.target)


@dataclass(slots=True)
class Update:
    """One change. Links made from the other end give an update without a new revision, as the service does."""

    rev: int
    date: datetime
    user: User
    fields: Fields = field(default_factory=dict)  # None takes a value away
    added: tuple[Relation, ...] = ()
    removed: tuple[Relation, ...] = ()


@dataclass(frozen=True, slots=True)
class CommentVersion:
    number: int
    text: "str | PlannedText"
    user: User
    date: datetime
    format: TextFormat = "html"


@dataclass(slots=True)
class WorkComment:
    """A comment with all its versions; `rev` is the revision it was made in."""

    id: int
    work_item: int
    rev: int
    versions: list[CommentVersion]
    deleted: bool = False

    @property
    def first(self) -> CommentVersion:
        return self.versions[0]

    @property
    def last(self) -> CommentVersion:
        return self.versions[-1]


@dataclass(slots=True)
class WorkItem:
    """A work item is its updates. `formats` names the long texts that are Markdown."""

    id: int
    updates: list[Update]
    comments: list[WorkComment] = field(default_factory=list)
    formats: dict[str, TextFormat] = field(default_factory=dict)
    deleted: tuple[datetime, User] | None = None

    @property
    def rev(self) -> int:
        return self.updates[-1].rev

    @property
    def project(self) -> Project:
        found: Project = self.value("System.TeamProject")
        return found

    @property
    def type(self) -> str:
        return str(self.value("System.WorkItemType"))

    def value(self, ref: str) -> Any:
        """The present value of a stored field."""
        return next((update.fields[ref] for update in reversed(self.updates) if ref in update.fields), None)

    def fields_at(self, rev: int) -> Fields:
        """Stored fields as they were in a revision; the text of a comment belongs to its own revision only."""
        found: Fields = {}
        for update in self.updates:
            if update.rev > rev:
                break
            found.update(update.fields)
        found["System.History"] = self.opening(rev).fields.get("System.History")
        return {ref: value for ref, value in found.items() if value is not None}

    def relations_at(self, rev: int | None = None) -> list[Relation]:
        """Relations as they were at the end of a revision; now without one."""
        found: list[Relation] = []
        for update in self.updates:
            if rev is not None and update.rev > rev:
                break
            if update.removed:
                found = [one for one in found if not any(one.is_same(gone) for gone in update.removed)]
            found.extend(update.added)
        return found

    def opening(self, rev: int) -> Update:
        """The update that made a revision."""
        return next(update for update in self.updates if update.rev == rev)

    def ending(self, rev: int) -> datetime | None:
        """When a revision was followed by the next; None for the last one."""
        return next((update.date for update in self.updates if update.rev == rev + 1), None)

    def rev_at(self, moment: datetime) -> int:
        """The revision at a time; 0 before the item was made."""
        return max((update.rev for update in self.updates if update.date <= moment), default=0)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An uploaded file; without `content` its bytes are made up from its id and size."""

    id: str
    name: str
    size: int
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Tag:
    id: str
    name: str
    updated: datetime


@dataclass(slots=True)
class Team:
    id: str
    name: str
    project: Project
    area: Node
    iterations: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class SavedQuery:
    """A query or a folder (without `wiql`) below Shared Queries."""

    id: str
    name: str
    parent: "SavedQuery | None"
    wiql: str | None
    user: User
    created: datetime
    children: list["SavedQuery"] = field(default_factory=list)

    @property
    def path(self) -> str:
        return f"{self.parent.path}/{self.name}" if self.parent else self.name

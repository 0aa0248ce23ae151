"""What an Azure DevOps organization holds: people, tokens, projects, repositories and pull requests. State only."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, Literal

Json = dict[str, Any]
ZERO_ID = "0" * 40
FULL = "app_token"  # the scope of a token that may do everything its person may
REF_SUCCESSES = frozenset({"succeeded", "succeededNonExistentRef", "succeededCorruptRef"})
REF_STATUSES = REF_SUCCESSES | {
    "forcePushRequired", "staleOldObjectId", "invalidRefName", "unprocessed", "unresolvableToCommit",
    "writePermissionRequired", "manageNotePermissionRequired", "createBranchPermissionRequired",
    "createTagPermissionRequired", "rejectedByPlugin", "locked", "refNameConflict", "rejectedByPolicy",
}  # fmt: skip
ChangeKind = Literal["add", "edit", "delete", "rename"]
PullStatus = Literal["active", "abandoned", "completed"]
SourceControl = Literal["Git", "Tfvc", "Both"]


@dataclass(frozen=True, slots=True)
class User:
    id: str
    name: str
    mail: str
    descriptor: str


@dataclass(slots=True)
class Token:
    """A personal access token. `scopes` may hold `app_token`: full access. `expires` None means never."""

    secret: str
    user: User
    scopes: frozenset[str]
    expires: datetime | None = None
    is_global: bool = False


@dataclass(slots=True)
class Ambush:
    """What happens behind a client's back just before a call is answered: a method of the organization is called.

    `route` is as calls are counted, such as `POST wit/workitemsbatch`; `skip` calls of it go by first.
    """

    route: str
    action: str
    body: Json = field(default_factory=dict)
    skip: int = 0


@dataclass(slots=True)
class Project:
    id: str
    name: str
    description: str
    revision: int
    updated: datetime
    source_control: SourceControl = "Git"
    former_names: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FileChange:
    path: str  # with a leading slash
    kind: ChangeKind = "edit"
    old_path: str | None = None
    content: str | None = None  # the text after the change, where somebody gave it


@dataclass(frozen=True, slots=True)
class Commit:
    id: str
    message: str
    author_name: str
    author_mail: str
    date: datetime
    parents: tuple[str, ...]
    files: tuple[FileChange, ...]
    generation: int  # longest way down to a root; a parent's is always smaller


@dataclass(frozen=True, slots=True)
class RefUpdate:
    name: str
    old: str
    new: str


@dataclass(slots=True)
class Push:
    """`commits` are the ids new to the repository, newest first."""

    id: int
    user: User
    date: datetime
    updates: tuple[RefUpdate, ...]
    commits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BranchPolicy:
    """Refuses pushes to the refs that fit `pattern`; the name of what refuses may be told."""

    pattern: str
    message: str
    name: str | None = None

    def covers(self, ref: str) -> bool:
        return fnmatchcase(ref, self.pattern)


@dataclass(slots=True)
class Repository:
    """Refs are full names to commit ids."""

    id: str
    name: str
    project: Project
    default_branch: str | None = None
    disabled: bool = False
    commits: dict[str, Commit] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    creators: dict[str, User] = field(default_factory=dict)
    pushes: list[Push] = field(default_factory=list)
    push_of: dict[str, Push] = field(default_factory=dict)
    locks: dict[str, User] = field(default_factory=dict)  # ref -> who locked it
    policies: list[BranchPolicy] = field(default_factory=list)
    walks: OrderedDict[tuple[str, str | None], list[Commit]] = field(default_factory=OrderedDict)  # see ado_history


@dataclass(slots=True)
class Comment:
    id: int
    author: User
    content: str
    published: datetime
    updated: datetime
    parent: int = 0
    kind: Literal["text", "system"] = "text"
    deleted: bool = False


@dataclass(slots=True)
class Thread:
    id: int
    comments: list[Comment]
    published: datetime
    status: str = "active"


@dataclass(slots=True)
class Reviewer:
    user: User
    vote: int = 0
    required: bool = False


@dataclass(slots=True)
class PullRequest:
    """`merge_commit` is the preview Azure DevOps makes of every active pull request, then the real one."""

    id: int
    repository: Repository
    title: str
    description: str
    source: str
    target: str
    author: User
    created: datetime
    merge_id: str
    source_commit: str
    target_commit: str
    merge_commit: str
    commits: tuple[str, ...]  # newest first
    draft: bool = False
    status: PullStatus = "active"
    closed: datetime | None = None
    closed_by: User | None = None
    merge_strategy: str | None = None
    reviewers: list[Reviewer] = field(default_factory=list)
    threads: list[Thread] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)  # id -> name

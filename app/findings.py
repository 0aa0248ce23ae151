"""What a look-up in Azure DevOps found. Its texts pass through; they are never kept, logged or shown."""

from dataclasses import dataclass

from app.places import Place
from domain.changes import Kind
from domain.facts import Shipped
from domain.records import Person, PullRequest, Repository


@dataclass(frozen=True, slots=True)
class Finding:
    """A thing that Azure DevOps has. `texts`: what it says of itself; `shipped`: what it brings.

    `unread`: in words, which part of what was read in part; the rest may name issues too. `told_as`: further ids under
    which traces of events tell of it. `nothing`: in words, why there is nothing of it that Jira could show.
    """

    place: Place
    kind: Kind
    id: str
    repository: Repository | None
    texts: tuple[str, ...]
    author: Person | None = None
    branch: str | None = None
    pipeline: str | None = None
    pull_request: PullRequest | None = None
    shipped: tuple[Shipped, ...] = ()
    unread: str | None = None
    told_as: tuple[str, ...] = ()
    nothing: str | None = None

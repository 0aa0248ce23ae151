"""What a site keeps of one issue. A state is never changed but replaced, so that the search index can lag behind.

Rich text is kept as the bytes of its JSON, or only as a digest when a bench asks for that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Digest:
    """What is left of a long text: SHA-256 (hex) and length in characters of its JSON."""

    sha256: str
    length: int


Text = bytes | Digest


@dataclass(frozen=True, slots=True)
class State:
    """Fields by id in our own form (ids, tuples, Text); properties by key, as JSON. Times are seconds since 1970."""

    project: str  # id
    type: str  # id
    status: str  # id
    fields: Mapping[str, Any]
    properties: Mapping[str, bytes]
    updated: float


@dataclass(slots=True)
class Comment:
    id: str
    author: str
    body: Text
    created: float
    updated: float
    properties: Mapping[str, Any] = field(default_factory=dict)
    visibility: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class File:
    """An attachment; its bytes only where the site keeps them. `media` is its id at the media service."""

    id: str
    name: str
    size: int
    sha256: str
    mime: str
    author: str
    created: float
    media: str
    content: bytes | None = None


@dataclass(slots=True)
class Worklog:
    id: str
    author: str
    started: str
    seconds: int
    created: float
    comment: Text | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """`inward` is the source: "A blocks B" has A inward and B outward."""

    id: str
    type: str
    inward: str  # issue id
    outward: str  # issue id


@dataclass(frozen=True, slots=True)
class RemoteLink:
    id: int
    global_id: str
    body: Mapping[str, Any]  # application, relationship, object


@dataclass(frozen=True, slots=True)
class Item:
    """One field of a change: ids and words, before and after."""

    field: str
    before: str | None
    before_words: str | None
    after: str | None
    after_words: str | None


@dataclass(frozen=True, slots=True)
class Change:
    id: str
    author: str
    created: float
    items: tuple[Item, ...]
    metadata: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Record:
    """An issue with everything on it."""

    id: str
    created: float
    creator: str
    state: State
    rank: float = 0.0
    archived: bool = False
    comments: list[Comment] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    worklogs: list[Worklog] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    remote_links: list[RemoteLink] = field(default_factory=list)
    watchers: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    @property
    def parent(self) -> str | None:
        """The id of the issue above."""
        found: str | None = self.state.fields.get("parent")
        return found

    @property
    def summary(self) -> str:
        return str(self.state.fields["summary"])


def jira_time(seconds: float) -> str:
    """`2024-03-04T09:30:00.000+0000`, as Jira writes it."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"

"""History, read a page at a time and told as changes; what back-fill and reconciliation both stand on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.changes import Change
from domain.records import Repository
from domain.subscriptions import LinkKind
from jobs.devinfo import Road


@dataclass(frozen=True, slots=True)
class Reading:
    """One page. `cursor` continues it, None at the end; `seen` entries were looked at; `total` when it is known."""

    changes: tuple[Change, ...]
    cursor: str | None
    seen: int
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """What to read: of one repository, or of the whole project when it is None; what happened at or after `since`.

    `observed` (ms) becomes the sequence number of what is read.
    """

    repository: Repository | None
    since: datetime
    observed: int


Reader = Callable[[Road, Window, str | None], Reading]
READERS: Mapping[LinkKind, Reader] = {}

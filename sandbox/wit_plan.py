"""A plan: many work items that nobody keeps. Each is made up from its number whenever it is asked for.

What stands for all of them in memory is the order of their revisions and links, a few bytes each (`wit_log`).
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import NamedTuple
from uuid import UUID

from sandbox.ado_model import Project, User
from sandbox.wit_layout import Place, load_layout
from sandbox.wit_model import Node
from sandbox.wit_process import Process, WorkType

MASK = (1 << 64) - 1
LINK_STEPS = (1, 7, 13)  # work item n is linked to n + step: never a circle
RELATED, SUCCESSOR = "System.LinkTypes.Related", "System.LinkTypes.Dependency-Forward"
DUPLICATE, TESTED_BY = "System.LinkTypes.Duplicate-Forward", "Microsoft.VSTS.Common.TestedBy-Forward"
MOST_LIFE = 90 * 86_400_000  # milliseconds between the first and the last revision
CREATE, START, COMMENT, FINISH = range(4)


def mix(value: int) -> int:
    """64 well mixed bits of a number (splitmix64): more chance out of one draw."""
    value = (value + 0x9E3779B97F4A7C15) & MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


def moment_of(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


@dataclass(frozen=True, slots=True)
class Ground:
    """Where planned work items live. Sprints have dates and are in the order of time."""

    project: Project
    process: Process
    people: tuple[User, ...]
    areas: tuple[Node, ...]
    sprints: tuple[Node, ...]
    undated: tuple[Node, ...]
    tags: tuple[str, ...]
    artifacts: tuple[tuple[str, str], ...]  # address and name, of commits, pull requests and builds


@dataclass(frozen=True, slots=True)
class Amounts:
    """What each work item has. `attachments` is an average; `extras` adds images in texts and other kinds of links."""

    comments: int = 2
    links: int = 1
    attachments: float = 0.2
    extras: bool = False


class Core(NamedTuple):
    """What queries and lists need of a work item, without its texts. `times` are milliseconds, one a revision."""

    kind: WorkType
    role: str
    draw: int
    category: str
    times: tuple[int, ...]


class Plan:
    """`count` work items from the id `first` on, made between `start` and `until`."""

    def __init__(
        self, ground: Ground, amounts: Amounts, *, first: int, count: int, seed: int, start: datetime, until: datetime,
        comment_base: int,
    ) -> None:  # fmt: skip
        self.ground, self.amounts = ground, amounts
        self.first, self.count, self.comment_base = first, count, comment_base
        chance = Random(f"{seed}/{first}/{ground.project.name}")
        self._draws = array("Q", chance.randbytes(8 * count))
        self._start, self._until = int(start.timestamp() * 1000), int(until.timestamp() * 1000)
        self._step = (self._until - self._start) // (count + 1)
        self._jitter = max(self._step // 2, 1)
        self.layout = load_layout(ground.process.name)
        self._files = round(amounts.attachments * 1000)
        self._sprint_starts = [int(node.start.timestamp() * 1000) for node in ground.sprints if node.start]
        self._guid_high = chance.getrandbits(64) & ~0xF000 | 0x4000
        self._by_category = {kind.name: split_states(kind) for place in self.layout for kind in place.types}

    def holds(self, number: int) -> bool:
        return self.first <= number < self.first + self.count

    def draw(self, number: int) -> int:
        """64 bits of chance; each value takes some of them."""
        return self._draws[number - self.first]

    def place(self, number: int) -> Place:
        return self.layout[(number - self.first) % len(self.layout)]

    def created(self, number: int) -> int:
        """Milliseconds; grows with the id."""
        at = number - self.first
        return self._start + (at + 1) * self._step + self._draws[at] % self._jitter

    def core(self, number: int) -> Core:
        """Raises IndexError for a number that is not planned."""
        if not self.holds(number):
            raise IndexError(number)
        at = number - self.first
        block, within = divmod(at, len(self.layout))
        place = self.layout[within]
        kind = place.types[block % len(place.types)]
        draw = self._draws[at]
        category = self._category(kind, draw, at)
        steps = self.amounts.comments + 1 + (category != "Proposed") + (category not in {"Proposed", "InProgress"})
        created = self._start + (at + 1) * self._step + draw % self._jitter
        room = self._until - created
        life = min(MOST_LIFE, room) * ((draw >> 20) % 1000 + 1) // 1001
        pause = life // max(steps - 1, 1) + 1
        times = tuple(range(created, created + pause * steps, pause))
        return Core(kind, place.role, draw, category, times)

    def _category(self, kind: WorkType, draw: int, at: int) -> str:
        """Old ones are mostly done, young ones mostly not begun."""
        wish, age = (draw >> 8) % 100, 100 * at // self.count
        wanted = "Completed" if wish > age else ("InProgress" if wish > age // 2 else "Proposed")
        if wish % 37 == 36:
            wanted = "Removed"
        if wish % 17 == 16:
            wanted = "Resolved"
        groups = self._by_category[kind.name]
        return wanted if wanted in groups else ("Completed" if wanted in {"Resolved", "Removed"} else "InProgress")

    def states(self, core: Core) -> tuple[str, str, str]:
        """The state at creation, the one in between and the last one."""
        groups = self._by_category[core.kind.name]
        chosen = groups[core.category]
        final = chosen[(core.draw >> 32) % len(chosen)]
        first = final if core.category == "Proposed" else core.kind.states[0].name
        return first, (final if core.category == "InProgress" else groups["InProgress"][0]), final

    def steps(self, core: Core) -> Iterator[int]:
        """What each revision is about: CREATE, START, COMMENT or FINISH."""
        yield CREATE
        if core.category != "Proposed":
            yield START
        yield from [COMMENT] * self.amounts.comments
        if core.category not in {"Proposed", "InProgress"}:
            yield FINISH

    def parent(self, number: int) -> int | None:
        above = self.place(number).parent
        found = None if above is None else self._block_start(number) + above
        return found if found is not None and self.holds(found) else None

    def children(self, number: int) -> list[int]:
        start = self._block_start(number)
        return [start + place for place in self.place(number).children if self.holds(start + place)]

    def _block_start(self, number: int) -> int:
        return number - (number - self.first) % len(self.layout)

    def links_from(self, number: int) -> list[tuple[str, int]]:
        """Links to higher ids, as kind and target."""
        steps = LINK_STEPS[: self.amounts.links]
        return [(self._link_kind(number, step), number + step) for step in steps if self.holds(number + step)]

    def links_to(self, number: int) -> list[tuple[str, int]]:
        """Links from lower ids, as kind (seen from there) and source."""
        steps = LINK_STEPS[: self.amounts.links]
        return [(self._link_kind(number - step, step), number - step) for step in steps if self.holds(number - step)]

    def _link_kind(self, source: int, step: int) -> str:
        if step != 1:
            return RELATED if step == 7 else SUCCESSOR
        if self.place(source + 1).role == "test":
            return TESTED_BY
        wish = (self.draw(source) >> 40) % 20
        return DUPLICATE if wish == 0 else (SUCCESSOR if wish < 6 else RELATED)

    def area(self, core: Core) -> Node:
        return self.ground.areas[(core.draw >> 12) % len(self.ground.areas)]

    def iteration(self, core: Core) -> Node:
        """The sprint it was made in or one of the next two; what is older than all sprints has none."""
        at = bisect_right(self._sprint_starts, core.times[0]) - 1
        if at < 0 or (core.draw >> 16) % 13 == 0:
            return self.ground.undated[(core.draw >> 16) % len(self.ground.undated)]
        return self.ground.sprints[min(at + (core.draw >> 24) % 3, len(self.ground.sprints) - 1)]

    def person(self, draw: int, shift: int) -> User:
        return self.ground.people[(draw >> shift) % len(self.ground.people)]

    def assignee(self, core: Core) -> User | None:
        """One in four of those not begun has nobody yet."""
        free = core.category == "Proposed" and (core.draw >> 5) % 4 == 0
        return None if free else self.person(core.draw, 3)

    def tags(self, core: Core) -> tuple[str, ...]:
        """None, one or two."""
        known, wish = self.ground.tags, (core.draw >> 44) % 8
        if not known or wish < 4:
            return ()
        first = (core.draw >> 47) % len(known)
        return (known[first],) if wish < 7 else tuple(dict.fromkeys((known[first], known[(first + 1) % len(known)])))

    def file_count(self, number: int) -> int:
        at = number - self.first
        return (at + 1) * self._files // 1000 - at * self._files // 1000

    def has_image(self, number: int) -> bool:
        """Whether its description shows an image that is not among its relations."""
        return self.amounts.extras and (number - self.first) % 6 == 1

    def file_id(self, number: int, at: int) -> str:
        """`at` counts its files; 15 is the image of its description."""
        low = 0x8 << 60 | (number - self.first) << 4 | at
        return str(UUID(int=self._guid_high << 64 | low))

    def find_file(self, guid: str) -> tuple[int, int] | None:
        """The work item and the place of a file; None for one that is not planned."""
        value = UUID(guid).int
        if value >> 64 != self._guid_high:
            return None
        low = value & MASK & ~(0xF << 60)
        number, at = self.first + (low >> 4), low & 0xF
        known = self.holds(number) and (at < self.file_count(number) or (at == 15 and self.has_image(number)))
        return (number, at) if known else None

    def comment_at(self, comment: int) -> tuple[int, int] | None:
        """The work item and the place of a planned comment."""
        at = comment - self.comment_base
        number, place = divmod(at, max(self.amounts.comments, 1))
        return (self.first + number, place) if 0 <= at < self.count * self.amounts.comments else None


def split_states(kind: WorkType) -> dict[str, tuple[str, ...]]:
    return {category: kind.of_category(category) for category in {state.category for state in kind.states}}

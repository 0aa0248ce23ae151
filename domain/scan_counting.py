"""Counts work items into a scan report. Counts and structure only: no title, no text, no name of a person. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b

from domain.item_index import ItemIndex
from domain.scan_cursors import ScanMemory
from domain.scan_limits import count_images, find_excesses, tags_of, texts_of
from domain.scan_reports import FieldUse, FileCount, Over, ScanReport, TypeCount
from domain.work_items import (
    AREA,
    ATTACHMENT,
    ITERATION,
    STATE,
    FieldValue,
    Identity,
    Relation,
    SourceProject,
    WorkItem,
    WorkItemField,
)

EXAMPLES = 20  # ids that are kept of those over a limit
BIGGEST = 100  # files that are named
MOST_NESTED = 2_000  # work items that a circle of parents is looked for from
LONG_KINDS = frozenset({"html", "history"})
BOARD_FIELDS = "WEF_"  # columns of boards, a set of them for each team: System.BoardColumn tells the same
FORWARD, REVERSE = "-Forward", "-Reverse"
TAG_BYTES = 6  # of a hash: of 10,000 tags two are taken for one in one of five million projects
BETWEEN = -0.5  # types on no backlog, as bugs may be: they stand below requirements and above tasks


@dataclass(slots=True)
class _TypeTally:
    count: int = 0
    states: Counter[str] = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)
    parents: Counter[str] = field(default_factory=Counter)


class ScanCounter:
    """Goes on from a report. `index` tells of every work item in the scope whether it is one, and its type."""

    def __init__(
        self, source: SourceProject, index: ItemIndex, report: ScanReport | None = None,
        memory: ScanMemory | None = None,
    ) -> None:  # fmt: skip
        self._source, self._index = source, index
        self._fields = {one.name: one for one in source.fields}
        self._long = frozenset(one.name for one in source.fields if one.kind in LONG_KINDS)
        self._tests = frozenset(kind.name for kind in source.types if kind.is_test)
        self._levels = {kind.name: BETWEEN if kind.level is None else kind.level for kind in source.types}
        self._tags, self._nested = (set(memory.tags), list(memory.nested)) if memory else (set[str](), list[int]())
        self._resume(report or ScanReport())

    def _resume(self, report: ScanReport) -> None:
        self._items, self._comments, self._commented = report.items, report.comments, report.commented_items
        self._images, self._test_items = report.inline_images, report.test_items
        self._types = {
            kind.name: _TypeTally(kind.count, Counter(kind.states), Counter(kind.filled), Counter(kind.parents))
            for kind in report.types
        }
        self._values = {use.name: Counter(use.values) for use in report.fields}
        self._areas, self._iterations = Counter(report.area_items), Counter(report.iteration_items)
        self._people, self._links = Counter(report.people), Counter(report.links)
        self._people_examples = dict(report.people_examples)
        self._files, self._bytes, self._biggest = report.files.count, report.files.bytes, list(report.files.biggest)
        self._over = dict(report.over)

    def add_items(self, items: Iterable[WorkItem]) -> None:
        """Count each of these, once."""
        for item in items:
            self._add_item(item)
        self._biggest = sorted(self._biggest, key=lambda file: (-file[1], file[0]))[:BIGGEST]

    def note(self, code: str, ids: Iterable[int]) -> None:
        """Work items with something that `code` names."""
        for item_id in ids:
            known = self._over.get(code, Over(0))
            examples = known.examples if len(known.examples) >= EXAMPLES else (*known.examples, item_id)
            self._over[code] = Over(known.count + 1, examples)

    @property
    def memory(self) -> ScanMemory:
        return ScanMemory(frozenset(self._tags), tuple(self._nested))

    def report(self) -> ScanReport:
        """Everything counted so far, types and fields in the order of the project."""
        return ScanReport(
            items=self._items,
            types=tuple(self._type_counts()),
            fields=tuple(self._field_uses()),
            areas=self._source.areas,
            area_items=dict(self._areas),
            iterations=self._source.iterations,
            iteration_items=dict(self._iterations),
            people=dict(self._people),
            people_examples=dict(self._people_examples),
            tags=len(self._tags),
            comments=self._comments,
            commented_items=self._commented,
            links=dict(self._links),
            files=FileCount(self._files, self._bytes, tuple(self._biggest)),
            inline_images=self._images,
            test_items=self._test_items,
            over=dict(self._over),
        )

    def _type_counts(self) -> Iterable[TypeCount]:
        for name in _in_order(self._types, [kind.name for kind in self._source.types]):
            tally = self._types[name]
            yield TypeCount(name, tally.count, dict(tally.states), dict(tally.filled), dict(tally.parents))

    def _field_uses(self) -> Iterable[FieldUse]:
        filled = sum((tally.filled for tally in self._types.values()), Counter[str]())
        for name in _in_order(filled, self._fields):
            known = self._fields.get(name) or WorkItemField(name, name.rpartition(".")[2], "")
            yield FieldUse(name, known.label, known.kind, filled[name], dict(self._values.get(name, {})))

    def _add_item(self, item: WorkItem) -> None:
        self._items += 1
        self._test_items += item.type in self._tests
        self._comments += item.comment_count
        self._commented += item.comment_count > 0
        self._areas[item.text(AREA)] += 1
        self._iterations[item.text(ITERATION)] += 1
        self._add_people(item)
        self._tags.update(_mark_of(tag) for tag in tags_of(item))
        self._images += sum(count_images(text, kind) for text, kind in texts_of(item, self._long))
        self._add_fields(item)
        self._add_parent(item)
        for relation in item.relations:
            self._add_relation(item, relation)
        for code in find_excesses(item, self._long):
            self.note(code, (item.id,))

    def _add_people(self, item: WorkItem) -> None:
        named = {value.id for value in item.fields.values() if isinstance(value, Identity) and value.id}
        self._people.update(named)
        for identity in named:
            self._people_examples.setdefault(identity, item.id)

    def _add_fields(self, item: WorkItem) -> None:
        tally = self._types.setdefault(item.type, _TypeTally())
        tally.count += 1
        tally.states[item.text(STATE)] += 1
        for name, value in item.fields.items():
            if value == "" or name.startswith(BOARD_FIELDS):
                continue
            tally.filled[name] += 1
            shown = _listed_value(self._fields.get(name), value)
            if shown is not None:
                self._values.setdefault(name, Counter())[shown] += 1

    def _add_parent(self, item: WorkItem) -> None:
        parent = item.parent
        above = self._index.type_of(parent) if parent is not None else None
        self._types[item.type].parents[above or ""] += 1
        if parent is not None and above is None:
            self.note("parent_out_of_scope", (item.id,))
        if above is not None and self._level(above) <= self._level(item.type) and len(self._nested) < MOST_NESTED:
            self._nested.append(item.id)

    def _add_relation(self, item: WorkItem, relation: Relation) -> None:
        if relation.kind == ATTACHMENT:
            self._files += 1
            self._bytes += relation.size
            self._biggest.append((item.id, relation.size))
        elif relation.target is None:
            self._links[relation.kind] += 1
        elif self._counts_here(item.id, relation.kind, relation.target):
            self._links[forward_end(relation.kind)] += 1

    def _counts_here(self, item_id: int, kind: str, target: int) -> bool:
        """Both ends name a link. It counts at its forward end, without a direction at the lower id; at the only end in
        the scope when the other one is not in it.
        """
        first = kind.endswith(FORWARD) or (not kind.endswith(REVERSE) and item_id < target)
        return first or self._index.type_of(target) is None

    def _level(self, type_name: str) -> float:
        return self._levels.get(type_name, BETWEEN)


def forward_end(kind: str) -> str:
    """The name under which a kind of link is counted: its forward end, or its only one."""
    return kind.removesuffix(REVERSE) + FORWARD if kind.endswith(REVERSE) else kind


def _listed_value(known: WorkItemField | None, value: FieldValue) -> str | None:
    """A value that says no more than which one of a closed list it is; None for any other."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if known is None or not known.values or isinstance(value, Identity):
        return None
    shown = f"{value:.15g}" if isinstance(value, float) else str(value)
    return shown if shown in known.values else None


def _in_order(names: Iterable[str], order: Iterable[str]) -> list[str]:
    """Names in a given order, those that are not in it at the end by themselves."""
    wanted = set(names)
    known = [name for name in order if name in wanted]
    return known + sorted(wanted.difference(known))


def _mark_of(tag: str) -> str:
    """A tag without its words; tags differ in more than case."""
    return blake2b(tag.casefold().encode(), digest_size=TAG_BYTES).hexdigest()

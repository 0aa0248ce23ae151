"""What a run has put on issues, as its rows and maps tell it: what has to be there when they are read back."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from domain.run_states import RowKind, RowState
from migration.link_rows import Key, is_address, link_key, plan_link
from migration.made_parts import ARRIVED
from migration.road import Road
from store.item_map import MappedPart
from store.run_rows import RunRow

# what an earlier run had linked or posted is as people left it since
WRITTEN: tuple[RowState, ...] = ("created", "updated", "unchanged")


@dataclass(slots=True)
class Expected:
    """The issue of one work item. `item`: its row, None when it is not of this run; `links` with their keys; `files`
    with what the map knows of them; `comment_ids`: comments in Jira by their ids in Azure DevOps.
    """

    source: int
    issue_id: str
    item: RunRow | None
    links: list[tuple[RunRow, Key | None]] = field(default_factory=list)
    addresses: list[RunRow] = field(default_factory=list)
    files: list[tuple[RunRow, MappedPart | None]] = field(default_factory=list)
    comments: list[RunRow] = field(default_factory=list)
    comment_ids: dict[str, str] = field(default_factory=dict)

    @property
    def written(self) -> int:
        """How many comments this run wrote."""
        return sum(row.size for row in self.comments if row.state in WRITTEN)

    @property
    def known(self) -> int:
        """How many comments are of work items, those of earlier runs too."""
        return sum(row.size for row in self.comments)

    @property
    def has_more_ids(self) -> bool:
        """Whether the map knows comments that the rows do not tell of, such as of an issue that is gone."""
        return len(self.comment_ids) > self.known

    @property
    def rows(self) -> Iterable[RunRow]:
        """All that is lost with the issue."""
        yield from [self.item] if self.item else []
        yield from (row for row, _key in self.links)
        yield from self.addresses
        yield from (row for row, _part in self.files)
        yield from self.comments

    def comment_row(self, comment_id: str = "") -> RunRow | None:
        """The row that a comment of Azure DevOps belongs to: its own, else the main one."""
        parts = {row.part: row for row in self.comments}
        return parts.get(comment_id) or parts.get("") or next(iter(self.comments), None)


def expect_items(road: Road, rows: Sequence[RunRow]) -> list[Expected]:
    """Of rows of work items that have issues. Some queries, however many they are."""
    found = {row.source_id: Expected(row.source_id, row.issue_id, row) for row in rows if row.issue_id}
    _add_links(road, found, _arrived(road, "link", found))
    parts = road.services.part_map
    files = parts.find_many(road.place, "file", found)
    for row in _arrived(road, "file", found):
        found[row.source_id].files.append((row, files.get((row.source_id, row.part))))
    for row in _arrived(road, "comments", found):
        found[row.source_id].comments.append(row)
    for (source, part), mapped in parts.find_many(road.place, "comment", found, road.run.id).items():
        found[source].comment_ids[part] = mapped.target_id
    return list(found.values())


def expect_links(road: Road, rows: Sequence[RunRow]) -> list[Expected]:
    """Of rows of links that go out from work items of earlier runs: those of this one are among its work items."""
    items = road.services.run_rows.find_many(road.run.id, "item", {row.source_id for row in rows})
    own = {row.source_id for row in items if row.state in ARRIVED}
    strays = [row for row in rows if row.source_id not in own]
    issues = road.services.item_map.find_many(road.place, {row.source_id for row in strays})
    found = {source: Expected(source, one.issue_id, None) for source, one in issues.items()}
    _add_links(road, found, [row for row in strays if row.source_id in found and row.state in WRITTEN])
    return [one for one in found.values() if any(one.rows)]


def _arrived(road: Road, kind: RowKind, sources: Collection[int]) -> list[RunRow]:
    wanted = ARRIVED if kind == "comments" else WRITTEN
    rows = road.services.run_rows.find_many(road.run.id, kind, sources)
    return [row for row in rows if row.state in wanted]


def _add_links(road: Road, found: Mapping[int, Expected], rows: Sequence[RunRow]) -> None:
    plans = [plan_link(row, road.mapping) for row in rows if not is_address(row)]
    ends = {end for plan in plans for end in (plan.link.source, plan.link.target)}
    issues = {source: one.issue_id for source, one in road.services.item_map.find_many(road.place, ends).items()}
    for row in rows:
        if is_address(row):
            found[row.source_id].addresses.append(row)
    for plan in plans:
        if plan.draft is None:
            continue
        inward, outward = (issues.get(end) for end in (plan.draft.inward, plan.draft.outward))
        key = link_key(road.target, plan.draft.type_id, inward, outward) if inward and outward else None
        found[plan.row.source_id].links.append((plan.row, key))

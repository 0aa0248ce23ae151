"""The work items above those of a chunk: from the rows of the run, which know types, parents and issues."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from clients.ado_work_items import ITEM_PAGE
from domain.draft_records import Ancestor
from domain.parent_choices import choose_parent
from domain.run_states import OPEN_ROWS
from domain.work_items import PARENT_ID, TITLE, TYPE, WorkItem
from migration.road import Road


@dataclass(frozen=True, slots=True)
class Ancestry:
    """`open`: those that the run has still to make."""

    ancestors: Mapping[int, Ancestor]
    open: frozenset[int]

    def awaits(self, road: Road, item: WorkItem) -> bool:
        """Whether the parent of a work item is still to be made. It is on its level when types change with parents."""
        above = choose_parent(item.type, item.parent, self.ancestors, road.mapping, road.target).parent
        return above is not None and above.issue is None and above.id in self.open


def find_ancestry(road: Road, items: Sequence[WorkItem]) -> Ancestry:
    """Parents, their parents and so on. Titles are read only of those that become labels."""
    found: dict[int, Ancestor] = {}
    open_: set[int] = set()
    seen: set[int] = set()
    wanted = {item.parent for item in items if item.parent is not None}
    while wanted:
        rows = road.services.run_rows.find_many(road.run.id, "item", wanted)
        step = {row.source_id: Ancestor(row.source_id, row.type, "", row.parent_id, row.issue_id) for row in rows}
        open_ |= {row.source_id for row in rows if row.state in OPEN_ROWS}
        step |= _find_earlier(road, wanted - step.keys())
        found |= step
        seen |= wanted
        wanted = {above.parent for above in step.values() if above.parent is not None} - seen
    return Ancestry(_with_titles(road, items, found), frozenset(open_))


def _find_earlier(road: Road, ids: Collection[int]) -> dict[int, Ancestor]:
    """Those that an earlier run made: their kind is read once more."""
    made = road.services.item_map.find_many(road.place, ids) if ids else {}
    found = {}
    for item_id, values in _read_values(road, made, (TYPE, PARENT_ID)).items():
        above = values.get(PARENT_ID)
        parent = int(above) if isinstance(above, int | float) else None
        found[item_id] = Ancestor(item_id, str(values.get(TYPE) or ""), "", parent, made[item_id].issue_id)
    return found


def _with_titles(road: Road, items: Sequence[WorkItem], found: Mapping[int, Ancestor]) -> Mapping[int, Ancestor]:
    choices = (choose_parent(item.type, item.parent, found, road.mapping, road.target) for item in items)
    passed = {above.id for choice in choices for above in choice.passed}
    known = road.facts.find_titles(passed)
    values = _read_values(road, passed - known.keys(), (TITLE,))
    read = {one: str(named.get(TITLE) or "") for one, named in values.items()}
    road.facts.keep_titles(read)
    titles = known | read
    return {one: replace(above, title=titles.get(one, "")) for one, above in found.items()}


def _read_values(road: Road, ids: Iterable[int], names: tuple[str, ...]) -> dict[int, Mapping[str, object]]:
    listed = sorted(ids)
    found: dict[int, Mapping[str, object]] = {}
    for start in range(0, len(listed), ITEM_PAGE):
        found |= road.source.read_values(listed[start : start + ITEM_PAGE], names)
    return found

"""Plans a run: reads every work item of its scope once and writes a row for each thing that has to arrive in Jira.

A page of rows, what was read for it and the place after it are written in one transaction, so a page that was read
twice, or by a worker that died, counts once. No content is kept: a row has ids, counts and sizes.
"""

from collections.abc import Iterable, Iterator, Sequence

from clients.ado_work_items import ITEM_PAGE, ItemPage
from domain.records import Json
from domain.work_item_queries import scope_condition, type_condition
from migration.draft_ground import find_coming, read_ancestors
from migration.hands import read_at_once
from migration.plan_parts import plan_parts
from migration.plan_rows import plan_items
from migration.road import Road
from migration.steps import GO_ON, OVER, Step
from store.run_rows import PlannedRow
from store.run_turns import PlanPage

PAGE = 5 * ITEM_PAGE  # work items of one step, read in so many calls at once
SAMPLE = 10  # work items of each type
WAIT_MILLISECONDS = 1_000  # until the other slots look again


def plan_run(road: Road, slot: int) -> Step:
    """The next page. One slot does it, in order; the others wait."""
    cursor = road.run.cursor or {}
    if cursor.get("ended"):
        road.services.run_rows.analyze()  # many rows are new
        return OVER
    if slot:
        return Step(due=road.now() + WAIT_MILLISECONDS)
    if road.run.kind == "sample":
        page = plan_items(road, _read_sample(road))
        _write(road, [*page.rows, *plan_parts(road)], page.scanned, {"ended": True})
    elif ids := _next_ids(road, cursor.get("after", 0)):
        page = plan_items(road, read_pages(road, ids))
        _write(road, page.rows, page.scanned, {"after": ids[-1]})
    else:
        _write(road, plan_parts(road), {}, {"ended": True})
    return GO_ON


def read_pages(road: Road, ids: Sequence[int]) -> list[ItemPage]:
    """Work items by their ids, a call for each ITEM_PAGE, all at once."""
    portions = [ids[start : start + ITEM_PAGE] for start in range(0, len(ids), ITEM_PAGE)]
    return read_at_once(road.source.read_items, portions)


def _write(road: Road, rows: Iterable[PlannedRow], scanned: dict[str, int], cursor: Json) -> None:
    """Whoever was faster has written the same."""
    road.services.run_turns.plan_page(road.run, PlanPage(list(rows), scanned, cursor), road.now())


def _next_ids(road: Road, after: int) -> tuple[int, ...]:
    """Up to PAGE ids above `after`; a query lists many of them, which are kept until they are read."""
    facts = road.facts
    facts.ids = tuple(one for one in facts.ids if one > after)
    if not facts.ids and facts.has_more:
        found = road.source.list_ids(_condition(road), after=after)
        facts.ids, facts.has_more = found.ids, found.more
    return facts.ids[:PAGE]


def _read_sample(road: Road) -> list[ItemPage]:
    """The sample, and the work items above it that the full run takes too: so each issue is what it will be then."""
    ids = sorted(_sample_ids(road))
    pages = read_pages(road, ids)
    above = read_ancestors(road.source, (item for page in pages for item in page.items)).keys() - set(ids)
    return pages + read_pages(road, sorted(find_coming(road.source, road.migration.scope, sorted(above))))


def _sample_ids(road: Road) -> Iterator[int]:
    """The oldest SAMPLE work items of each type that is mapped."""
    scope = road.migration.scope
    for name in (row.source for row in road.mapping.types if row.target and scope.takes_type(row.source)):
        condition = f"{_condition(road)} AND {type_condition([name])}"
        yield from road.source.list_ids(condition, top=SAMPLE).ids[:SAMPLE]


def _condition(road: Road) -> str:
    scope = road.migration.scope
    return scope_condition(area_path=scope.area_path, types=scope.types, wiql=scope.wiql)

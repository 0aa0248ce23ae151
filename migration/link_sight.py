"""Which links are in Jira: read from the issues, which tell them without delay."""

from collections.abc import Collection

from clients.jira_bulk import MOST_FETCHED
from clients.jira_issue_parts import links_from
from migration.hands import read_at_once
from migration.issue_ends import find_ends
from migration.link_rows import Key, PlannedLink, is_address, link_key, plan_link
from migration.road import Road
from migration.waits import is_settled
from store.item_map import MappedPart
from store.run_turns import Chunk, Results, RowResult


def find_keys(road: Road, issues: Collection[str]) -> frozenset[Key]:
    """The links of some issues; MOST_FETCHED in a call. Raises the CallError of an answer."""
    listed = sorted(issues)
    portions = [listed[start : start + MOST_FETCHED] for start in range(0, len(listed), MOST_FETCHED)]
    pages = read_at_once(lambda some: road.bulk.fetch_many(some, ("issuelinks",)), portions)
    return frozenset(
        link_key(road.target, link.type_id, *((own, link.other) if link.goes_out else (link.other, own)))
        for page in pages
        for own, links in ((str(issue["id"]), links_from(issue)) for issue in page)
        for link in links
    )


def key_of(road: Road, plan: PlannedLink) -> Key:
    return link_key(road.target, plan.drafted.type_id, plan.inward, plan.outward)


def heal_links(road: Road, chunk: Chunk) -> None:
    """What became of links that a dead worker was making. Those of which nobody can know yet stay as they are until
    their lease ends. Addresses are sent again: Jira replaces one with the same `globalId`.
    """
    now = road.now()
    plans = [plan_link(row, road.mapping) for row in chunk.rows if not is_address(row)]
    ends = find_ends(road, {end for plan in plans for end in (plan.link.source, plan.link.target)})
    sent = [
        plan.between(ends.issues) for plan in plans
        if plan.draft and not (ends.missing(plan.link.source) or ends.missing(plan.link.target))
    ]  # fmt: skip
    there = find_keys(road, {plan.inward for plan in sent})
    arrived = [plan for plan in sent if key_of(road, plan) in there]
    rows = [RowResult(plan.row.id, "created", issue_id=plan.inward) for plan in arrived]
    found = {row.row_id for row in rows}
    for row in chunk.rows:
        if row.id not in found and (is_address(row) or is_settled(road, row.sent_at or now)):
            rows.append(RowResult(row.id, "planned", due_at=now))
    parts = [MappedPart("link", plan.row.source_id, plan.row.part, plan.far) for plan in arrived]
    road.services.run_turns.settle(chunk, road.place, Results(rows, parts=parts), road.now())

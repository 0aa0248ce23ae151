"""The rows of addresses as remote links. Addresses and their titles are content, so they are read again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from domain.errors import NotFound
from domain.remote_links import NO_PAGE, NOT_MAPPED, TOO_LONG, RemoteDraft, draft_remote_links, is_mapped
from migration.comment_posting import ISSUE_GONE
from migration.hands import read_at_once
from migration.issue_ends import IssueEnds, Missing
from migration.lost_items import judge_unread
from migration.plan import read_pages
from migration.road import Road
from store.run_rows import RunRow
from store.run_turns import RowResult

TAKEN_AWAY = "The work item does not name this address any more."
WHY_SKIPPED = {
    NOT_MAPPED: "The mapping makes no link of this kind.",
    NO_PAGE: "There is no web page of it that a link could lead to.",
    TOO_LONG: "Its address is longer than Jira takes. Shorten it there, or add it by hand.",
}


@dataclass(frozen=True, slots=True)
class PlannedAddress:
    """A remote link of an issue (its id). `is_there`: Jira has it already."""

    row: RunRow
    issue: str
    draft: RemoteDraft
    is_there: bool


def plan_addresses(road: Road, rows: Sequence[RunRow], ends: IssueEnds) -> list[PlannedAddress | RowResult]:
    """Remote links of work items that have issues, or how their rows end. Raises the CallError of an answer."""
    wanted = [row for row in rows if is_mapped(row.part.rpartition(":")[0], road.mapping)]
    drafts = _read_drafts(road, {row.source_id for row in wanted})
    old = sorted({ends.issues[row.source_id] for row in wanted if row.source_id not in ends.fresh})
    there = dict(zip(old, read_at_once(lambda issue: _list_there(road, issue), old), strict=True))
    found: list[PlannedAddress | RowResult] = [_skip(row, NOT_MAPPED) for row in rows if row not in wanted]
    for row in wanted:
        issue, draft = ends.issues[row.source_id], drafts[row.source_id](row)
        known = there.get(issue, frozenset())
        if known is None:
            found.append(RowResult(row.id, "failed", "issue_gone", ISSUE_GONE))
        elif isinstance(draft, RemoteDraft):
            found.append(PlannedAddress(row, issue, draft, draft.body["globalId"] in known))
        else:
            found.append(draft)
    return found


def _list_there(road: Road, issue: str) -> frozenset[str] | None:
    """What Jira has of an issue; None when the issue is gone."""
    try:
        return road.parts.list_remote_links(issue)
    except NotFound:
        return None


@dataclass(frozen=True, slots=True)
class _Drafts:
    """What the addresses of one work item become. `unread`: how its rows end when it cannot be read."""

    by_part: Mapping[str, RemoteDraft | str]
    unread: Missing | None = None

    def __call__(self, row: RunRow) -> RemoteDraft | RowResult:
        if self.unread is not None:
            return self.unread.end(row)
        found = self.by_part.get(row.part)
        if found is None:
            return RowResult(row.id, "skipped", "deleted", TAKEN_AWAY)
        return found if isinstance(found, RemoteDraft) else _skip(row, found)


def _read_drafts(road: Road, ids: Collection[int]) -> Mapping[int, _Drafts]:
    found: dict[int, _Drafts] = {}
    for page in read_pages(road, sorted(ids)):
        for item in page.items:
            drafts = draft_remote_links(item, road.mapping, road.facts.context)
            found[item.id] = _Drafts({one.part: one if isinstance(one, RemoteDraft) else one.code for one in drafts})
        found |= {number: _Drafts({}, unread=why) for number, why in judge_unread(road, page).items()}
    return found


def _skip(row: RunRow, code: str) -> RowResult:
    return RowResult(row.id, "skipped", code, WHY_SKIPPED[code])

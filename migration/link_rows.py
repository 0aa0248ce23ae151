"""The rows of links as what they become in Jira, and which of them become the very same link."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.link_drafts import REMOTE_KINDS, LinkDraft, WorkItemLink, draft_link, link_body
from domain.mapping_records import Mapping as WorkMapping
from domain.target_sites import TargetProject
from domain.work_items import ARTIFACT, HYPERLINK
from migration.road import Road
from store.run_rows import RunRow

Key = tuple[str, str, str]  # kind of link, and its two ends in Jira's order


@dataclass(frozen=True, slots=True)
class PlannedLink:
    """`draft` is None for a kind that the mapping makes no link of. `inward`, `outward`: ids of issues."""

    row: RunRow
    link: WorkItemLink
    draft: LinkDraft | None
    inward: str = ""
    outward: str = ""

    def between(self, issues: Mapping[int, str]) -> "PlannedLink":
        """With the issues of both ends, which must be there."""
        draft = self.drafted
        return replace(self, inward=issues[draft.inward], outward=issues[draft.outward])

    @property
    def drafted(self) -> LinkDraft:
        if self.draft is None:
            raise ValueError("the mapping makes no such link")
        return self.draft

    @property
    def far(self) -> str:
        """The id of the issue at the other end than the one that the row belongs to."""
        return self.outward if self.drafted.outward == self.link.target else self.inward

    @property
    def body(self) -> dict[str, Any]:
        return link_body(self.drafted, self.inward, self.outward)


def is_address(row: RunRow) -> bool:
    """Whether the row is of a web page, a commit or a work item elsewhere, which become remote links."""
    kind = row.part.rpartition(":")[0]
    return kind in {HYPERLINK, ARTIFACT} or kind.startswith(REMOTE_KINDS)


def plan_link(row: RunRow, mapping: WorkMapping) -> PlannedLink:
    kind, _, target = row.part.rpartition(":")
    link = WorkItemLink(kind, row.source_id, int(target))
    return PlannedLink(row, link, draft_link(link, mapping))


def link_key(target: TargetProject, type_id: str, inward: str, outward: str) -> Key:
    """The same for links that Jira shows alike: where both directions read the same, order does not count."""
    type_ = next((one for one in target.link_types if one.id == type_id), None)
    if type_ is not None and type_.inward == type_.outward:
        inward, outward = sorted((inward, outward))
    return type_id, inward, outward


def find_twins(road: Road, plans: Sequence[PlannedLink]) -> Collection[int]:
    """Ids of the rows beside which another one, planned before it, becomes the very same link."""
    counts = Counter(row.target for row in road.mapping.links if row.target)
    doubtful = [plan for plan in plans if plan.draft and counts[plan.draft.type_id] > 1]
    if not doubtful:
        return ()
    ends = {end for plan in doubtful for end in (plan.link.source, plan.link.target)}
    rows = road.services.run_rows.find_many(road.run.id, "link", ends)
    first = _first_of_each(road, (plan_link(row, road.mapping) for row in rows if not is_address(row)))
    return {plan.row.id for plan in doubtful if first.get(_key_between_items(road, plan)) != plan.row.id}


def _first_of_each(road: Road, plans: Iterable[PlannedLink]) -> Mapping[Key, int]:
    first: dict[Key, int] = {}
    for plan in plans:
        if plan.draft is not None:
            key = _key_between_items(road, plan)
            first[key] = min(first.get(key, plan.row.id), plan.row.id)
    return first


def _key_between_items(road: Road, plan: PlannedLink) -> Key:
    draft = plan.drafted
    return link_key(road.target, draft.type_id, str(draft.inward), str(draft.outward))

"""Links of issues, each once: whichever end names it, whoever dies, although Jira takes the same link twice.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-links/#api-rest-api-3-issuelink-post
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from functools import partial

from domain.errors import CallError, Conflict, Forbidden, IssueBusy, NotFound, Rejected, TooLarge
from domain.run_states import Phase, RowState
from migration.comments import COMMENTS
from migration.issue_ends import IssueEnds, find_ends, was_ended
from migration.link_rows import PlannedLink, find_twins, is_address, plan_link
from migration.link_sight import find_keys, heal_links, key_of
from migration.loads import LATEST_START, Job, LoadKind, carry_loads, plan_idle
from migration.remote_rows import PlannedAddress, plan_addresses
from migration.road import Road
from migration.steps import Step
from migration.waits import may_have_worked
from store.item_map import MappedPart
from store.run_rows import RunRow
from store.run_turns import Chunk, Results, RowResult

PHASE: Phase = "links"
ROWS = 100
ON_ONE_ISSUE = 15  # calls at once: Jira takes 20 in 2 s and 100 in 30 s
PAUSE = 5_000  # ms until the same issue has its turn again
NOT_MAPPED = "The mapping makes no link of this kind."
SAME_LINK = "Another link between the two work items becomes the very same one, and Jira has it once."
NO_PERMISSION = "The app may not link issues here. Grant it Link Issues in the project, then repair the run."
ISSUE_GONE = "Jira does not show one of its issues any more: it was deleted, or kept from the app."
AT_LIMIT = "One of its issues has as many links as Jira takes: 2,000. It stays in Azure DevOps."
REFUSED = "Jira refused it. Make it by hand, or map its kind to another one and start another run."
LINK_RIGHT = "LINK_ISSUES"
REFUSALS = (Rejected, Conflict, Forbidden, NotFound, TooLarge)


def link_issues(road: Road, slot: int) -> Step:
    """Some links, and comments beside them."""
    return carry_loads(road, (LINKS, COMMENTS))


class LinkLoad:
    """Links of some work items."""

    def __init__(self, road: Road, chunk: Chunk) -> None:
        self._road, self._chunk = road, chunk
        self._marked = road.now()
        self._results: list[RowResult] = []
        self._parts: list[MappedPart] = []
        self._mine: frozenset[int] = frozenset()  # rows marked as being sent
        self._begun: set[int] = set()
        self._again = road.now()  # when what is not sent may be taken

    def open(self) -> Sequence[Job]:
        rows = self._chunk.rows
        plans = [plan_link(row, self._road.mapping) for row in rows if not is_address(row)]
        sources = {row.source_id for row in rows}
        ends = find_ends(self._road, sources | {plan.link.target for plan in plans})
        made = self._find_made(plans, ends)
        here = [row for row in rows if self._is_open(row, ends, row.id in made)]
        open_ids = {row.id for row in here}
        links = self._choose_links([plan for plan in plans if plan.row.id in open_ids], ends)
        return self._mark(links, self._choose_addresses([row for row in here if is_address(row)], ends))

    def finish(self) -> None:
        turns = self._road.services.run_turns
        self._results += plan_idle(self._mine, self._begun, self._road.now())
        if self._results:
            turns.settle(self._chunk, self._road.place, Results(self._results, parts=self._parts), self._road.now())
        turns.give_back(self._chunk, self._again)

    # --- what is to be made ---

    def _find_made(self, plans: Sequence[PlannedLink], ends: IssueEnds) -> Collection[int]:
        """Ids of rows whose links earlier runs made. A link went with the issue at its other end when the work item
        there has another issue by now.
        """
        if was_ended(self._road):
            return ()
        rows = self._chunk.rows
        old = {row.source_id for row in rows} - ends.fresh
        known = self._road.services.part_map.find_many(self._road.place, "link", old)
        far = {plan.row.id: ends.issues.get(plan.link.target) for plan in plans}
        parts = {row.id: known.get((row.source_id, row.part)) for row in rows}
        return {row_id for row_id, part in parts.items() if part and part.target_id == far.get(row_id, part.target_id)}

    def _is_open(self, row: RunRow, ends: IssueEnds, is_known: bool) -> bool:
        """Whether the work item has an issue, and no earlier run made the link; else the row has ended."""
        missing = ends.missing(row.source_id)
        if missing:
            self._end(missing.end(row))
        elif is_known:
            self._end(RowResult(row.id, "adopted", issue_id=ends.issues[row.source_id]))
        return not missing and not is_known

    def _choose_links(self, plans: Sequence[PlannedLink], ends: IssueEnds) -> list[PlannedLink]:
        """Those that have to be made; the others have ended."""
        twins = find_twins(self._road, plans)
        wanted = []
        for plan in plans:
            row, missing = plan.row, ends.missing_other(plan.link.target)
            if plan.draft is None:
                self._end(RowResult(row.id, "skipped", "not_mapped", NOT_MAPPED))
            elif missing:
                self._end(missing.end(row))
            elif row.id in twins:
                self._end(RowResult(row.id, "skipped", "same_link", SAME_LINK))
            else:
                wanted.append(plan.between(ends.issues))
        return self._leave_there(wanted, ends)

    def _leave_there(self, plans: Sequence[PlannedLink], ends: IssueEnds) -> list[PlannedLink]:
        """Without those that Jira has. It is asked only where both issues were there before this run."""
        old = [plan for plan in plans if not {plan.link.source, plan.link.target} & ends.fresh]
        there = find_keys(self._road, {plan.inward for plan in old})
        found = [plan for plan in old if key_of(self._road, plan) in there]
        for plan in found:
            self._keep(plan.row, plan.inward, plan.far)
        return [plan for plan in plans if plan not in found]

    def _choose_addresses(self, rows: Sequence[RunRow], ends: IssueEnds) -> list[PlannedAddress]:
        planned = plan_addresses(self._road, rows, ends)
        made = [one for one in planned if isinstance(one, PlannedAddress)]
        self._results += [one for one in planned if isinstance(one, RowResult)]
        for one in made:
            if one.is_there:
                self._keep(one.row, one.issue)
        return [one for one in made if not one.is_there]

    def _mark(self, links: Sequence[PlannedLink], addresses: Sequence[PlannedAddress]) -> list[Job]:
        """The calls; of one issue only so many at once, the others stay for later."""
        counts: Counter[str] = Counter()
        calls: dict[int, Job] = {}
        for plan in links:
            if max(counts[plan.inward], counts[plan.outward]) < ON_ONE_ISSUE:
                counts.update((plan.inward, plan.outward))
                calls[plan.row.id] = partial(self._send_link, plan)
        for address in addresses:
            if counts[address.issue] < ON_ONE_ISSUE:
                counts[address.issue] += 1
                calls[address.row.id] = partial(self._send_address, address)
        if len(calls) < len(links) + len(addresses):
            self._again = self._road.now() + PAUSE
        self._marked = self._road.now()
        if calls:
            self._mine = self._road.services.run_turns.mark_sent(self._chunk, list(calls), self._marked)
        return [call for row_id, call in calls.items() if row_id in self._mine]

    # --- making it ---

    def _send_link(self, plan: PlannedLink) -> None:
        def make() -> str:
            self._road.parts.add_link(plan.body)
            return plan.far  # the answer does not tell the id of the link

        self._send(plan.row, plan.inward, make, is_repeatable=False)

    def _send_address(self, address: PlannedAddress) -> None:
        def make() -> str:
            return self._road.parts.put_remote_link(address.issue, address.draft.body)

        self._send(address.row, address.issue, make, is_repeatable=True)

    def _send(self, row: RunRow, issue: str, make: Callable[[], str], *, is_repeatable: bool) -> None:
        """One call. Raises what stops others too, once it is known what that means for the row."""
        now = self._road.now()
        if now - self._marked > LATEST_START or self._road.watch.has_stopped():
            return
        self._begun.add(row.id)
        try:
            target = make()
        except IssueBusy as error:
            self._end(RowResult(row.id, "planned", due_at=now + round(1000 * (error.retry_after or 1))))
        except REFUSALS as error:
            self._end(self._refusal(row, error))
        except CallError as error:
            if is_repeatable or not may_have_worked(error):
                self._end(RowResult(row.id, "planned", due_at=now))
            raise
        else:
            self._done(row, "updated" if row.issue_id else "created", issue, target)

    def _refusal(self, row: RunRow, error: CallError) -> RowResult:
        if isinstance(error, TooLarge):
            return RowResult(row.id, "skipped", "link_limit", AT_LIMIT)
        if isinstance(error, Forbidden) or LINK_RIGHT not in self._road.target.permissions:
            return RowResult(row.id, "failed", "no_permission", NO_PERMISSION)
        if isinstance(error, NotFound):
            return RowResult(row.id, "failed", "issue_gone", ISSUE_GONE)
        return RowResult(row.id, "failed", "jira_refused", REFUSED)

    def _keep(self, row: RunRow, issue: str, target: str = "") -> None:
        """Jira has it."""
        self._done(row, "unchanged" if row.issue_id else "adopted", issue, target)

    def _done(self, row: RunRow, state: RowState, issue: str, target: str) -> None:
        self._parts.append(MappedPart("link", row.source_id, row.part, target))
        self._end(RowResult(row.id, state, issue_id=issue))

    def _end(self, result: RowResult) -> None:
        self._results.append(result)


LINKS = LoadKind(PHASE, ROWS, heal_links, LinkLoad)

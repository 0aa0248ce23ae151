"""Looks for work items that are their own ancestors. Azure DevOps refuses to make such a circle (TF201035).

Each has one that does not stand below a higher level of the backlog; only from those it is looked for: they are few.
"""

from collections.abc import Sequence

from clients.ado_work_items import ITEM_PAGE, WorkItemsApi
from domain.work_items import PARENT_ID

MOST_STEPS = 64  # upward; no tree of work items is that deep


def find_cycles(api: WorkItemsApi, starts: Sequence[int]) -> tuple[int, ...]:
    """Those of `starts` that come back to themselves on the way upward. One call for 200 of them and each step."""
    parents: dict[int, int | None] = {}
    at = {start: start for start in starts}
    found: list[int] = []
    for _step in range(MOST_STEPS):
        _learn_parents(api, parents, sorted(set(at.values()).difference(parents)))
        above = {start: parent for start, here in at.items() if (parent := parents[here]) is not None}
        found += [start for start, parent in above.items() if start == parent]
        at = {start: parent for start, parent in above.items() if start != parent}
        if not at:
            break
    return tuple(sorted(found))


def _learn_parents(api: WorkItemsApi, parents: dict[int, int | None], ids: Sequence[int]) -> None:
    for start in range(0, len(ids), ITEM_PAGE):
        page = ids[start : start + ITEM_PAGE]
        values = api.read_values(page, [PARENT_ID])
        for item_id in page:
            parent = values.get(item_id, {}).get(PARENT_ID)
            parents[item_id] = parent if isinstance(parent, int) else None

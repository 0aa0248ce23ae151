"""Work items that were listed when a run was planned, and that Azure DevOps does not show when their turn comes.

It does not say why. Those in its recycle bin were deleted on purpose and are left out; of the others nobody can know,
so they have failed, and a repair reads them again.
"""

from collections.abc import Collection, Mapping
from threading import Lock

from clients.ado_work_items import ItemPage
from migration.issue_ends import Missing
from migration.plan_rows import BROKEN
from migration.road import Road

DELETED = Missing(
    "skipped", "deleted",
    "The work item was deleted since the run was planned: it is in the recycle bin of Azure DevOps. To take it along, "
    "restore it there and start another run.",
)  # fmt: skip
GONE = Missing(
    "failed", "gone",
    "Azure DevOps does not show this work item any more: it was moved to another project or deleted for good, or "
    "whoever this migration reads as may not see it. Move it back or let them see it; then repair the run.",
)  # fmt: skip
UNREADABLE = Missing("failed", "unreadable", BROKEN)


class LostItems:
    """Of the work items of a chunk, how the rows of those end that are not shown. The recycle bin is asked once for all
    of them, and only when one is missing. Safe for several threads.
    """

    def __init__(self, road: Road, ids: Collection[int]) -> None:
        self._road, self._ids = road, ids
        self._deleted: frozenset[int] | None = None
        self._lock = Lock()

    def judge(self, number: int) -> Missing:
        """Raises the CallError of an answer."""
        with self._lock:
            if self._deleted is None:
                self._deleted = self._road.source.list_deleted(sorted(self._ids))
        return DELETED if number in self._deleted else GONE


def judge_unread(road: Road, page: ItemPage) -> Mapping[int, Missing]:
    """How the rows of those work items end that were asked for and are not on a page. Raises the CallError of an
    answer.
    """
    lost = LostItems(road, page.missing)
    missing = {number: lost.judge(number) for number in page.missing}
    return missing | dict.fromkeys(page.broken, UNREADABLE)

"""What a scan must know before it reads the first work item: the project's process, and which work items there are.

Kept by a process as long as it works on the scan. Another process, or this one after a restart, asks again.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from clients.ado_work_items import WorkItemsApi
from domain.errors import BadInput
from domain.item_index import ItemIndex
from domain.work_item_queries import scope_condition, type_condition
from domain.work_items import SourceProject
from store.migrations import Scope

MOST_GROUNDS = 8  # of scans that a process works on in turn
OTHERS = ""  # types that the process of the project does not name


@dataclass(frozen=True, slots=True)
class Ground:
    source: SourceProject
    index: ItemIndex


class GroundReader:
    """Reads a ground step by step, so that one that takes longer than a turn goes on in the next. One thread at a
    time.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._source: SourceProject | None = None
        self._answers: dict[object, Any] = {}  # until the source is complete
        self._index = ItemIndex()
        self._listed: set[str] = set()

    def read(self, api: WorkItemsApi, scope: Scope, is_over: Callable[[], bool]) -> Ground | None:
        """The ground; None when the turn is over before. A question that was answered is not asked again.

        Raises the CallError of an answer, BadInput for a scope that cannot be asked for.
        """
        with self._lock:
            source = self._source = self._source or api.read_source(self._answers)
            self._answers.clear()
            for name, condition in conditions_of(source, scope).items():
                while name not in self._listed:
                    if is_over():
                        return None
                    page = api.list_ids(condition, after=self._index.last(name))
                    self._index.add(name, page.ids)
                    if not page.more:
                        self._listed.add(name)
            return Ground(source, self._index)


def conditions_of(source: SourceProject, scope: Scope) -> Mapping[str, str]:
    """For each type of the scope the condition of its work items. Raises BadInput for a type the project has not."""
    whole = scope_condition(area_path=scope.area_path, wiql=scope.wiql)
    names = {kind.name.casefold(): kind.name for kind in source.types}
    unknown = [name for name in scope.types if name.casefold() not in names]
    if unknown:
        raise BadInput(
            f"The project has no work item type {', '.join(unknown)}. Take it out of the scope.", code="types"
        )
    chosen = [names[name.casefold()] for name in scope.types] or list(names.values())
    found = {name: f"{whole} AND {type_condition([name])}" for name in chosen}
    others = f"{whole} AND {type_condition(chosen, others=True)}"
    return found if scope.types else found | {OTHERS: others}


class KeptGrounds:
    """The readers of this process, by scan. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._readers: OrderedDict[str, GroundReader] = OrderedDict()

    def find(self, scan_id: str) -> GroundReader:
        with self._lock:
            reader = self._readers.setdefault(scan_id, GroundReader())
            self._readers.move_to_end(scan_id)
            if len(self._readers) > MOST_GROUNDS:
                self._readers.popitem(last=False)
            return reader

    def drop(self, scan_id: str) -> None:
        with self._lock:
            self._readers.pop(scan_id, None)

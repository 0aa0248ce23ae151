"""What is asked of Azure Boards for a migration: which work items there are, what is in them, of what kinds they are.

Reads only. https://learn.microsoft.com/rest/api/azure/devops/wit/
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import structlog

from clients.ado import AdoClient, listed, read_answer
from clients.ado_processes import Answers, read_fields, read_source
from clients.http import Download
from clients.project_names import ProjectNames
from clients.work_item_answers import comments_from, deleted_from, item_from, link_end_from, values_from
from domain.errors import BadEvent, Forbidden, NotFound, Rejected, Unavailable
from domain.json_fields import number, records
from domain.records import Json
from domain.work_item_queries import ids_query
from domain.work_items import PROJECT, FieldValue, LinkEnd, SourceProject, WorkItem, WorkItemComment, WorkItemField

log = structlog.get_logger("crosswalk.work_items")

ITEM_PAGE = (
    200  # ids of one call: https://learn.microsoft.com/rest/api/azure/devops/wit/work-items/get-work-items-batch
)
QUERY_PAGE = 19_999  # a query of 20,000 fails: https://learn.microsoft.com/azure/devops/organizations/settings/work/object-limits
COMMENT_PAGE = 200
LAST_ID = 2**31 - 1  # ids are 32 bits wide
# Whether a long text is HTML or Markdown is told from 7.2 on, of which there are previews only. Azure DevOps Server has
# no such version and no Markdown. https://devblogs.microsoft.com/devops/markdown-support-arrives-for-work-items/
BATCH_VERSION, OLDER_BATCH_VERSION = "7.2-preview.1", "7.1"
NO_SUCH_VERSION = "REST API version"
COMMENTS_VERSION = "7.1-preview.4"  # never left preview
# too many results, or a query that took over 30 seconds
TOO_LARGE = ("VS402337", "VS402335")
BROKEN_STATUS = 500
MOST_BROKEN = 5  # of one call; when more cannot be read it is no fault of theirs


@dataclass(frozen=True, slots=True)
class IdPage:
    """Some ids, the lowest first; with `more` the next page begins after the last of them."""

    ids: tuple[int, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class ItemPage:
    """Work items by id, and the ids asked for that are not there (deleted, moved to another project, or kept from
    whoever reads), and those that Azure DevOps fails to read.
    """

    items: tuple[WorkItem, ...]
    missing: tuple[int, ...] = ()
    broken: tuple[int, ...] = ()


class WorkItemsApi:
    """The work items of one project (its GUID, and a name it has or had). Every method raises the CallError of the
    answer.

    Ids of work items are those of the organization, and nothing that Microsoft documents keeps those of other projects
    out of a read by ids. So it is looked where each of them is.
    """

    def __init__(self, client: AdoClient, project_id: str, project_name: str) -> None:
        self._client = client
        self._project_id = project_id
        self._names = ProjectNames(client, project_id, project_name)
        self._version = BATCH_VERSION
        self._span = QUERY_PAGE  # ids of a window that is known to hold not too many work items

    def read_source(self, kept: dict[object, Any] | None = None) -> SourceProject:
        """The project's process: types, states, fields with their closed lists, areas and iterations. Some calls, and
        one for each type. What is answered stands in `kept` then: asked again with it, it goes on after a failure.
        """
        return read_source(Answers(self._client, {} if kept is None else kept), self._project_id)

    def read_fields(self) -> tuple[WorkItemField, ...]:
        """The fields of the project's types, without the values of lists; one call."""
        return read_fields(self._client, self._project_id)

    def list_link_ends(self) -> tuple[LinkEnd, ...]:
        """Every kind of relation of the organization.

        https://learn.microsoft.com/rest/api/azure/devops/wit/work-item-relation-types/list
        """
        answer = self._client.get("_apis", "wit", "workitemrelationtypes")
        return tuple(read_answer(link_end_from, shape) for shape in read_answer(listed, answer))

    def list_ids(self, condition: str, *, after: int = 0, top: int = QUERY_PAGE) -> IdPage:
        """The ids above `after` that fit a condition (`domain/work_item_queries.py`), `top` at most.

        A query that would find too many fails, `$top` or not; then windows of ids are asked for, half as wide until
        one works. https://learn.microsoft.com/rest/api/azure/devops/wit/wiql/query-by-wiql
        """
        try:
            found = self._query(ids_query(condition, after=after), top)
        except Rejected as error:
            if not _is_too_large(error):
                raise
            found = self._search_windows(condition, after, top)
            return IdPage(found, more=bool(found))
        return IdPage(found, more=len(found) >= top)

    def read_items(self, ids: Sequence[int]) -> ItemPage:
        """Up to ITEM_PAGE work items with their relations and the formats of their texts, in one call; in some more
        when one of them cannot be read.
        """
        return _by_halves(self._read_batch, ids)

    def read_values(self, ids: Sequence[int], names: Sequence[str]) -> Mapping[int, Mapping[str, FieldValue]]:
        """Some fields of up to ITEM_PAGE work items; who is not there, or in another project, is left out."""
        shapes = self._batch({"ids": list(ids), "fields": list(dict.fromkeys([*names, PROJECT]))})
        found = {read_answer(_id_from, shape): read_answer(values_from, shape) for shape in shapes}
        homes = {number_: str(values.get(PROJECT, "")) for number_, values in found.items()}
        own = self._names.find_own(set(homes.values()))
        return {
            number_: {name: value for name, value in values.items() if name in names}
            for number_, values in found.items()
            if homes[number_] in own
        }

    def list_deleted(self, ids: Sequence[int]) -> frozenset[int]:
        """Those of up to ITEM_PAGE work items that are in the project's recycle bin, as far as it is shown; one call.
        What is hidden, in another project or deleted for good is not in it.

        https://learn.microsoft.com/rest/api/azure/devops/wit/recyclebin/get-deleted-work-items
        """
        wanted = ",".join(map(str, ids))
        try:
            answer = self._client.get(self._project_id, "_apis", "wit", "recyclebin", ids=wanted)
        except (Forbidden, NotFound, Rejected):  # the bin is closed to whoever asks, who knows of none then
            return frozenset()
        found = (read_answer(deleted_from, shape) for shape in read_answer(listed, answer))
        return frozenset(number_ for number_ in found if number_ is not None)

    def list_comments(self, item_id: int) -> Iterator[WorkItemComment]:
        """The comments of a work item that are not deleted, the oldest first; a page of them in memory at a time.

        https://learn.microsoft.com/rest/api/azure/devops/wit/comments/get-comments
        """
        token: str | None = None
        query: dict[str, Any] = {"$top": COMMENT_PAGE, "order": "asc"}
        path = (self._project_id, "_apis", "wit", "workItems", item_id, "comments")
        while True:
            answer = self._client.get(*path, version=COMMENTS_VERSION, continuationToken=token, **query)
            found, token = read_answer(comments_from, answer)
            yield from found
            if not token:
                return

    @contextmanager
    def open_file(self, file_id: str) -> Iterator[Download]:
        """The bytes of an attachment (its GUID), read while they come. Raises NotFound when it is gone.

        https://learn.microsoft.com/rest/api/azure/devops/wit/attachments/get
        """
        path = (self._project_id, "_apis", "wit", "attachments", file_id)
        with self._client.stream(*path, download="true") as found:
            yield found

    def _query(self, wiql: str, top: int) -> tuple[int, ...]:
        paging: dict[str, Any] = {"$top": top}
        answer = self._client.post(self._project_id, "_apis", "wit", "wiql", json={"query": wiql}, **paging)
        return read_answer(_ids_from, answer)

    def _search_windows(self, condition: str, after: int, top: int) -> tuple[int, ...]:
        """The ids of the first window that has any. The query without a window found too many, so one has, unless they
        were deleted since.
        """
        while after < LAST_ID:
            until = min(after + self._span, LAST_ID)
            try:
                found = self._query(ids_query(condition, after=after, until=until), top)
            except Rejected as error:
                if not _is_too_large(error) or self._span == 1:
                    raise
                self._span //= 2
                continue
            if found:
                return found
            after, self._span = until, self._span * 2
        return ()

    def _read_batch(self, ids: Sequence[int]) -> ItemPage:
        shapes = self._batch({"ids": list(ids), "$expand": "relations"})
        items, broken = [], []
        for shape in shapes:
            try:
                items.append(item_from(shape))
            except BadEvent as error:
                number_ = read_answer(_id_from, shape)
                log.warning("work_item.unreadable", work_item=number_, error=type(error).__name__)
                broken.append(number_)
        own = self._names.find_own({item.text(PROJECT) for item in items})
        here = tuple(item for item in items if item.text(PROJECT) in own)
        seen = {item.id for item in here} | set(broken)
        return ItemPage(here, tuple(one for one in ids if one not in seen), tuple(broken))

    def _batch(self, wish: Mapping[str, Any]) -> list[Json]:
        """What is there of a batch. With the policy `omit` null, or nothing at all, stands for what is not.

        https://learn.microsoft.com/rest/api/azure/devops/wit/work-items/get-work-items-batch
        """
        body = {**wish, "errorPolicy": "omit"}
        path = (self._project_id, "_apis", "wit", "workitemsbatch")
        try:
            answer = self._client.post(*path, json=body, version=self._version)
        except Rejected as error:
            if self._version == OLDER_BATCH_VERSION or NO_SUCH_VERSION not in error.detail:
                raise
            self._version = OLDER_BATCH_VERSION
            answer = self._client.post(*path, json=body, version=self._version)
        return [shape for shape in read_answer(listed, answer) if shape is not None]


def _by_halves(read: Callable[[Sequence[int]], ItemPage], ids: Sequence[int]) -> ItemPage:
    """Read work items; where one makes the call fail, those beside it all the same. The first such one is asked
    for again: it may have been the call.

    Raises Unavailable when more than MOST_BROKEN fail by themselves.
    """
    found: list[WorkItem] = []
    missing: list[int] = []
    broken: list[int] = []
    waiting = [list(ids)] if ids else []
    doubted: set[int] = set()
    while waiting:
        part = waiting.pop()
        try:
            page = read(part)
        except Unavailable as error:
            if error.status != BROKEN_STATUS:
                raise
            if len(part) > 1:
                middle = len(part) // 2
                waiting += [part[middle:], part[:middle]]
                continue
            if len(broken) >= MOST_BROKEN:
                raise
            if not (broken or part[0] in doubted):
                doubted.add(part[0])
                waiting.append(part)
                continue
            log.warning("work_item.broken", work_item=part[0])
            page = ItemPage((), broken=(part[0],))
        found += page.items
        missing += page.missing
        broken += page.broken
    return ItemPage(tuple(found), tuple(missing), tuple(broken))


def _is_too_large(error: Rejected) -> bool:
    return any(code in error.detail for code in TOO_LARGE)


def _ids_from(answer: Json) -> tuple[int, ...]:
    return tuple(_ids_of(records(answer, "workItems")))


def _ids_of(shapes: Iterable[Json]) -> Iterator[int]:
    return (number(shape, "id") for shape in shapes)


def _id_from(answer: Json) -> int:
    return number(answer, "id")

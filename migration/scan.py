"""Scans a project of Azure DevOps: reads every work item once and keeps counts. Reads only.

A page is at most 200 work items, in one call. Its counts and the place after it are written in one transaction, by
whoever read the newest place: a page that was read twice, or by a worker that died, counts once. In memory are one
page, the counts, and four bytes for each work item of the scope (`domain/item_index.py`).
"""

from collections.abc import Callable
from dataclasses import replace

import structlog

from clients.ado_work_items import ITEM_PAGE, WorkItemsApi
from domain.records import Json
from domain.scan_counting import ScanCounter
from domain.scan_cursors import ScanCursor, read_cursor, write_cursor
from domain.scan_reports import ScanReport
from migration.scan_cycles import find_cycles
from migration.scan_grounds import Ground, GroundReader
from migration.source import OpenSource
from services import Services
from store.connections import Connection
from store.migrations import Migration
from store.scans import Scan, ScanPage

log = structlog.get_logger("crosswalk.scan")


def read_on(
    services: Services, scan: Scan, *, migration: Migration, connection: Connection, reader: GroundReader,
    open_source: OpenSource, is_over: Callable[[], bool],
) -> bool:  # fmt: skip
    """Read pages until the turn is over; False when the last one was written.

    Raises what stops it: the CallError of an answer, BadInput for a scope that cannot be asked for.
    """
    if scan.state == "queued":  # so that everybody sees that it runs
        cursor = write_cursor(read_cursor(scan.cursor))
        services.scans.put_page(
            scan, ScanPage(cursor, scan.report or ScanReport(), scan.done, scan.total), services.now()
        )
        return True
    api = WorkItemsApi(open_source(connection, migration), migration.project_id, migration.project_name)
    ground = reader.read(api, migration.scope, is_over)
    if ground is None:
        return True
    reading = Reading(services, api, ground, scan)
    while not (is_over() or reading.ended):
        reading.take_page()
    return not reading.finished


class Reading:
    """The pages of one turn. `finished`: the last one was written; `ended`: it was, or the scan is not ours any more
    because it was cancelled or another worker wrote this page.
    """

    def __init__(self, services: Services, api: WorkItemsApi, ground: Ground, scan: Scan) -> None:
        self._services, self._api, self._ground, self._scan = services, api, ground, scan
        cursor = read_cursor(scan.cursor)
        self._place, self._done = cursor.place, scan.done
        self._counter = ScanCounter(ground.source, ground.index, scan.report, cursor.memory)
        self.finished = self.ended = False

    def take_page(self) -> None:
        """Read, count and write one page; behind the last one the circles, and that the scan is done."""
        ids, self._place = self._ground.index.page(self._place, ITEM_PAGE)
        if not ids:
            self._counter.note("cycle", find_cycles(self._api, self._counter.memory.nested))
            self.finished = self._write(None)
            self.ended = True
            return
        page = self._api.read_items(ids)
        self._counter.add_items(page.items)
        self._counter.note("missing", page.missing)
        self._counter.note("broken", page.broken)
        self._done += len(ids)
        self.ended = not self._write(write_cursor(ScanCursor(self._place, self._counter.memory)))

    def _write(self, cursor: Json | None) -> bool:
        total = self._done if cursor is None else max(self._done, len(self._ground.index))
        page = ScanPage(cursor, self._counter.report(), self._done, total)
        kept = self._services.scans.put_page(self._scan, page, self._services.now())
        log.info("scan.page", scan=self._scan.id, done=self._done, total=total, last=cursor is None, kept=kept)
        self._scan = replace(self._scan, turn=self._scan.turn + 1)
        return kept

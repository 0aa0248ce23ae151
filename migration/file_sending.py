"""Sends files from Azure DevOps to Jira while they are read: of each a piece is in memory at a time.

Intent, call, result: a file whose call got no answer is looked for on its issue and never sent again blindly.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock

from clients.ado import SYSTEM
from clients.http import Download
from clients.uploads import FileUpload
from domain.errors import CallError, IssueBusy, Unavailable
from domain.file_names import attach_name
from migration.file_healing import heal_rows
from migration.file_verdicts import end_early, judge_source, judge_target
from migration.road import Road
from migration.stored_files import FilesGround
from migration.waits import may_have_worked
from store.item_map import MappedPart
from store.run_rows import RunRow
from store.run_turns import Chunk, Results, RowResult

MARK_SECONDS = 5.0  # how often a file that takes long is marked as being sent: much less than a lease


@dataclass(slots=True)
class FileSender:
    """The files of one chunk. Safe for several threads, each with the files of other issues. `sent` in bytes."""

    road: Road
    chunk: Chunk
    ground: FilesGround
    sent: int = 0
    _lock: Lock = field(default_factory=Lock)

    def send_files(self, rows: Sequence[RunRow]) -> None:
        """The files of one issue, one after the other; the first of them in any turn of a run that goes on. Raises what
        stops the run.
        """
        for place, row in enumerate(rows):
            if self.road.watch.has_stopped() or (place and self.road.is_over()):
                return
            there = self.ground.find_there(row)
            if there is not None:
                self._settle(*self.ground.arrive(row, "unchanged", there))
            elif result := end_early(row, self.ground, self.road.target):
                self._settle(result)
            elif not self._send(row):
                return

    def _send(self, row: RunRow) -> bool:
        """Whether its issue may be written on now."""
        has_begun = False
        try:
            with self.road.source.open_file(row.part) as download:
                has_begun = True
                self._pass_on(row, download)
        except CallError as error:
            self._judge(row, error, has_begun=has_begun)
            return not isinstance(error, IssueBusy)
        return True

    def _pass_on(self, row: RunRow, download: Download) -> None:
        size = length_of(download, row.size)
        if size != row.size:  # the work item told another size: it counts as it is, and is known before it is sent
            result = RowResult(row.id, "planned", size=size, due_at=self.road.now())
            self._settle(result, bytes=size - row.size)
            return
        if not self._mark(row):
            return
        issue_id, relation = self.ground.issue_of(row), self.ground.relation_of(row)
        name = attach_name(relation.name if relation else "")
        upload = FileUpload(name, size, self._watch(row, download), source=SYSTEM)
        stored = self.road.parts.attach_file(issue_id or "", upload)
        self.ground.taken.add(stored.id)
        part = MappedPart("file", row.source_id, row.part, stored.id, bytes=upload.sent, hash=upload.sha256)
        self._settle(RowResult(row.id, "created", issue_id=issue_id, hash=upload.sha256), part)
        with self._lock:
            self.sent += upload.sent

    def _watch(self, row: RunRow, download: Download) -> Iterator[bytes]:
        """The pieces of a file, whose row is kept meanwhile. Who lost it to another worker breaks off, and so does
        everybody when the run has stopped: then Jira has no whole file and takes none.
        """
        marked = time.monotonic()
        for chunk in download.chunks:
            if self.road.watch.has_stopped():
                raise Unavailable(SYSTEM, None, "the run was stopped while a file was on its way")
            if time.monotonic() - marked > MARK_SECONDS:
                if not self._mark(row):
                    raise Unavailable(SYSTEM, None, "reading a file took so long that another worker has it now")
                marked = time.monotonic()
            yield chunk

    def _mark(self, row: RunRow) -> bool:
        """Note that it is being sent now; whoever finds it later waits from here on until it is settled."""
        return bool(self.road.services.run_turns.mark_sent(self.chunk, [row.id], self.road.now()))

    def _judge(self, row: RunRow, error: CallError, *, has_begun: bool) -> None:
        now = self.road.now()
        if error.system == SYSTEM and has_begun and self.road.watch.has_stopped():
            result: RowResult | None = RowResult(row.id, "planned", due_at=now)  # no attempt that failed
        elif error.system == SYSTEM:
            result = judge_source(row, error, has_begun=has_begun, now=now)
        else:
            result = judge_target(row, error, upload_limit=self.road.target.upload_limit, now=now)
        if result is not None:
            self._settle(result)
            return
        if error.system != SYSTEM and may_have_worked(error):
            heal_rows(self.road, self.chunk, self.ground, [replace(row, sent_at=now)])
        else:
            self._settle(RowResult(row.id, "planned", due_at=now))
        raise error

    def _settle(self, result: RowResult, part: MappedPart | None = None, **scanned: int) -> None:
        results = Results([result], parts=[part] if part else [], scanned=scanned)
        self.road.services.run_turns.settle(self.chunk, self.road.place, results, self.road.now())


def length_of(download: Download, told: int) -> int:
    """How long a file is, in bytes; what the work item told where the answer does not say."""
    length = download.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else told

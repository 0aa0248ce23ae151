"""The rows of a run that are not perfect, as CSV: failed, skipped, arrived with a loss, found different."""

import csv
import io
from collections.abc import Iterator, Sequence

from domain.spreadsheets import safe_cell
from services import Services
from store.run_rows import RunRow
from store.runs import Run

HEADINGS = (
    "work item", "type", "kind", "part", "state", "reason", "detail", "issue", "differs", "size", "attempts",
)  # fmt: skip
ROWS_AT_ONCE = 1000


def write_rows(services: Services, run: Run) -> Iterator[str]:
    """The lines, page by page: a run may have a million rows. Cells that a spreadsheet would run are quoted."""
    yield _lines([HEADINGS])
    after = 0
    while rows := services.run_rows.page(run.id, imperfect=True, after=after, limit=ROWS_AT_ONCE):
        yield _lines([_cells(row) for row in rows])
        after = rows[-1].id


def _cells(row: RunRow) -> Sequence[object]:
    words = (row.type, row.kind, row.part, row.state, row.reason, row.detail, row.issue_key, row.difference)
    return (row.source_id, *(safe_cell(word or "") for word in words), row.size, row.attempts)


def _lines(rows: Sequence[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()

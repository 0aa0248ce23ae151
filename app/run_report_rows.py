"""The rows of a run that are not perfect, as CSV: failed, skipped, arrived with a loss, found different."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence

from domain.path_digests import digest_path
from domain.run_states import RowKind
from domain.spreadsheets import safe_cell
from services import Services
from store.run_rows import RunRow
from store.runs import Run

HEADINGS = (
    "work item", "type", "kind", "part", "state", "reason", "detail", "issue", "differs", "size", "attempts",
)  # fmt: skip
ROWS_AT_ONCE = 1000
PLACES: tuple[RowKind, ...] = ("sprint", "component", "close")
TREES = ("iterations", "areas")  # tables of a mapping


def write_rows(services: Services, run: Run) -> Iterator[str]:
    """The lines, page by page: a run may have a million rows. Cells that a spreadsheet would run are quoted.

    A sprint or component belongs to no work item; its `part` is the path of its iteration or area, by the mapping of
    the run, and the digest of that path where the migration was deleted since.
    """
    yield _lines([HEADINGS])
    paths = _list_paths(services, run)
    after = 0
    while rows := services.run_rows.page(run.id, imperfect=True, after=after, limit=ROWS_AT_ONCE):
        yield _lines([_cells(row, paths) for row in rows])
        after = rows[-1].id


def _list_paths(services: Services, run: Run) -> Mapping[str, str]:
    """Iterations and areas of the mapping that the run used, by the digests that name them in rows."""
    document = services.mappings.read(run.migration_id, run.mapping_version) or {}
    return {digest_path(row["source"]): row["source"] for name in TREES for row in document.get(name, ())}


def _cells(row: RunRow, paths: Mapping[str, str]) -> Sequence[object]:
    part = paths.get(row.part, row.part) if row.kind in PLACES else row.part
    words = (row.type, row.kind, part, row.state, row.reason, row.detail, row.issue_key, row.difference)
    number = "" if row.kind in PLACES else row.source_id
    return (number, *(safe_cell(word or "") for word in words), row.size, row.attempts)


def _lines(rows: Sequence[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()

"""Fields of work items that a mapping leaves out on purpose: told once in the report, not of each work item. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from domain.issue_sheet import DESCRIPTION_FIELD, LABELS_FIELD
from domain.issue_texts import leaves_out
from domain.mapping_records import FieldRow

SEVERAL = frozenset({DESCRIPTION_FIELD, LABELS_FIELD})  # each of the rows for them adds to them


@dataclass(frozen=True, slots=True)
class LeftField:
    """The reference name of a field, the work item types of which it is left out (all when empty), and the field that
    comes before it in the same field of Jira: then it is left out where that has a value; '' for always.
    """

    source: str
    types: tuple[str, ...] = ()
    behind: str = ""


def list_left(rows: Iterable[FieldRow]) -> tuple[LeftField, ...]:
    """In the order of the mapping."""
    return tuple(_find_left(tuple(rows)))


def tell_left(field: LeftField) -> str:
    """When it is left out, in words; '' for always."""
    words = [f"of {' and '.join(field.types)}"] if field.types else []
    return ", ".join([*words, f"where {field.behind} has a value"] if field.behind else words)


def _find_left(rows: tuple[FieldRow, ...]) -> Iterator[LeftField]:
    for place, row in enumerate(rows):
        if leaves_out(row):
            yield LeftField(row.source, row.types)
        elif row.rule != "section" and row.target not in SEVERAL:
            first = next((one for one in rows[:place] if _comes_before(one, row)), None)
            if first is not None:
                yield LeftField(row.source, row.types, first.source)


def _comes_before(first: FieldRow, row: FieldRow) -> bool:
    is_same = first.target == row.target and not leaves_out(first) and first.rule != "section"
    return is_same and (not first.types or not row.types or not {*first.types}.isdisjoint(row.types))

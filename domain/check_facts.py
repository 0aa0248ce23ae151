"""What every check looks at: scan, process, target, mapping, options; and what follows from them once for all."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Protocol

from domain.mapping_records import FieldRow, TypeRow
from domain.mapping_records import Mapping as WorkMapping
from domain.scan_reports import ScanReport, TypeCount
from domain.target_sites import TargetProject, TargetType
from domain.work_items import SourceProject


class Taken(Protocol):
    """What is taken along with the work items."""

    @property
    def comments(self) -> bool: ...

    @property
    def attachments(self) -> bool: ...

    @property
    def links(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """`accounts`: those of the mapping that are there and active; None where nobody looked."""

    report: ScanReport
    source: SourceProject
    target: TargetProject
    mapping: WorkMapping
    options: Taken
    accounts: Collection[str] | None = None

    def find_type(self, name: str) -> tuple[int, TypeRow] | None:
        """The row of a work item type, with its place."""
        return next(((place, row) for place, row in enumerate(self.mapping.types) if row.source == name), None)

    def moved(self) -> Iterator[tuple[TypeCount, TypeRow]]:
        """The types with work items that become issues of a type of the project."""
        for count in self.report.types:
            found = self.find_type(count.name)
            if count.count and found and self.targets_of(found[1]):
                yield count, found[1]

    def targets_of(self, row: TypeRow) -> tuple[TargetType, ...]:
        """The issue types that work items of a type may become."""
        wanted = (self.target.type_of(type_id) for type_id in (row.target, row.without_parent) if type_id)
        return tuple(found for found in wanted if found is not None)

    def fills(self, row: FieldRow, count: TypeCount) -> int:
        """How many work items of a type a row of the field table gives a value."""
        return count.filled.get(row.source, 0) if applies(row, count.name) else 0


def applies(row: FieldRow, type_name: str) -> bool:
    return row.rule != "drop" and (not row.types or type_name in row.types)

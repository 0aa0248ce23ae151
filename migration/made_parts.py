"""Sprints and components that a run made: which iteration or area each belongs to. Rows name it by its digest."""

from dataclasses import dataclass, field

from domain.mapping_records import Mapping
from domain.path_digests import digest_path
from domain.run_states import RowKind, RowState
from services import Services

SOURCE = 0  # they belong to no work item: rows of one number are in one hand, one after the other
ARRIVED: tuple[RowState, ...] = ("created", "adopted", "updated", "unchanged")


@dataclass(frozen=True, slots=True)
class MadeParts:
    """Ids by the digests of paths."""

    by_kind: dict[RowKind, dict[str, str]] = field(default_factory=dict)

    def sprints(self, mapping: Mapping) -> dict[str, int]:
        """Ids of new sprints by iteration."""
        made = self.by_kind.get("sprint", {})
        digests = {row.source: digest_path(row.source) for row in mapping.iterations if row.action == "new"}
        return {path: int(made[digest]) for path, digest in digests.items() if digest in made}

    def components(self, mapping: Mapping) -> dict[str, str]:
        """Ids of new components by area."""
        made = self.by_kind.get("component", {})
        digests = {row.source: digest_path(row.source) for row in mapping.areas if row.action == "new"}
        return {path: made[digest] for path, digest in digests.items() if digest in made}


def find_made(services: Services, run_id: str) -> MadeParts:
    """What there is by now."""
    kinds: tuple[RowKind, ...] = ("sprint", "component")
    return MadeParts(
        {
            kind: {
                row.part: row.issue_id
                for row in services.run_rows.find_many(run_id, kind, [SOURCE])
                if row.issue_id and row.state in ARRIVED
            }
            for kind in kinds
        }
    )

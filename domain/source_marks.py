"""What an issue says of the work item it was made of: its property `crosswalk.source`. Pure."""

from dataclasses import dataclass

from domain.draft_records import FIELDS_PROPERTY, SOURCE_PROPERTY
from domain.issue_comparisons import STATUS, different_fields, hash_of, read_back
from domain.records import Json

MARKS = (SOURCE_PROPERTY, FIELDS_PROPERTY)


@dataclass(frozen=True, slots=True)
class SourceMark:
    """`digests` of what was mapped, None when that is not told. `is_settled`: the issue is in the status it was made
    for, so nothing is left to be done.
    """

    organization: str
    project: str
    id: int
    revision: int
    run: str
    digests: Json | None
    is_settled: bool

    @property
    def hash(self) -> str:
        return "" if self.digests is None else hash_of(self.digests)

    def is_of(self, organization: str, run: str, project: str = "") -> bool:
        """Whether the work item is one of this organization, and of a project (its id) where one is given. One that
        this run made is, whatever the organization is named now. By its name alone a collection of Azure DevOps Server
        cannot be told from another one of that name.
        """
        if self.run == run:
            return True
        own = not project or self.project.casefold() == project.casefold()
        return own and self.organization.casefold() == organization.casefold()


def read_mark(issue: Json) -> SourceMark | None:
    """The mark of an issue that was read with MARKS and its status; None for an issue that nobody migrated."""
    properties = issue.get("properties") or {}
    told = properties.get(SOURCE_PROPERTY)
    if not isinstance(told, dict) or not isinstance(told.get("id"), int):
        return None
    digests = properties.get(FIELDS_PROPERTY)
    kept = digests if isinstance(digests, dict) else None
    wanted = {STATUS: kept[STATUS]} if kept and STATUS in kept else {}
    revision = told.get("revision")
    return SourceMark(
        organization=str(told.get("organization") or ""),
        project=str(told.get("project") or ""),
        id=told["id"],
        revision=revision if isinstance(revision, int) else 0,
        run=str(told.get("run") or ""),
        digests=kept,
        is_settled=not different_fields(wanted, read_back(issue, wanted)),
    )

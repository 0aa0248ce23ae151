"""What a work item is drafted with and into: the facts a draft needs, and the draft."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.mapping_records import AreaRow
from domain.mapping_records import Mapping as WorkMapping
from domain.work_items import WorkItemField

SOURCE_PROPERTY = "crosswalk.source"
FIELDS_PROPERTY = "crosswalk.fields"
LONG_KINDS = frozenset({"html", "history"})  # of fields whose texts are HTML unless the work item tells otherwise


@dataclass(frozen=True, slots=True)
class Note:
    """Why a field holds what it holds, or what of it is lost: then `code` is a word that stays the same.

    `field` is the id of a Jira field, or the reference name of one of Azure DevOps that reaches none; `name` is what
    people call it. Never content.
    """

    field: str
    reason: str
    code: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Ancestor:
    """A work item above another. `issue`: id of its issue, once there is one; `planned`: a run will make it first."""

    id: int
    type: str
    title: str = ""
    parent: int | None = None
    issue: str | None = None
    planned: bool = False


@dataclass(frozen=True, slots=True)
class DraftContext:
    """What the drafts of one run share.

    `organization` and `project` are told in the property of every issue, `organization_url` has no slash at its end.
    `source_fields` by reference name; `accounts`: identity id -> account id; `sprints`: iteration -> id; `components`:
    area -> id, '' for none; `ancestors`: every parent, grandparent and so on of the work items drafted; `names` of
    people by identity id, in lower case, for mentions. `is_preview`: what a run makes first is not made yet.
    """

    organization: str
    organization_url: str
    project: str
    run: str
    source_fields: Mapping[str, WorkItemField]
    accounts: Mapping[str, str]
    sprints: Mapping[str, int]
    components: Mapping[str, str]
    ancestors: Mapping[int, Ancestor] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    is_preview: bool = False

    def is_long(self, name: str) -> bool:
        """Whether the texts of a field are HTML or Markdown."""
        known = self.source_fields.get(name)
        return known is not None and known.kind in LONG_KINDS


@dataclass(frozen=True, slots=True)
class IssueDraft:
    """An issue before it is made. `fields` as Jira takes them; `transitions`: ids, the first goes with the create and
    the others after it; `status`: id of where the issue belongs, None where that is not mapped or cannot be reached.

    `attachments`: GUIDs of files of Azure DevOps that its texts point to. `hash` is of what is mapped.
    """

    type_id: str
    fields: Mapping[str, Any]
    transitions: tuple[str, ...]
    status: str | None
    properties: tuple[Mapping[str, Any], ...]
    notes: tuple[Note, ...]
    attachments: tuple[str, ...]
    hash: str


def account_map(mapping: WorkMapping) -> dict[str, str]:
    """Account ids by identity id."""
    return {row.source: row.target for row in mapping.people if row.target}


def sprint_map(mapping: WorkMapping, made: Mapping[str, int]) -> dict[str, int]:
    """Sprint ids by iteration; `made` are those of new ones."""
    found = {
        row.source: row.sprint if row.action == "existing" else made.get(row.source)
        for row in mapping.iterations
        if row.action != "none"
    }
    return {path: sprint for path, sprint in found.items() if sprint is not None}


def component_map(mapping: WorkMapping, made: Mapping[str, str]) -> dict[str, str]:
    """Component ids by area, '' for none; `made` are those of new ones."""
    rows = {row.source: row for row in mapping.areas}
    return {path: _component_of(path, rows, made) for path in rows}


def _component_of(path: str, rows: Mapping[str, AreaRow], made: Mapping[str, str]) -> str:
    row = deciding_area(path, rows)
    if row is None or row.action == "none":
        return ""
    return (row.component if row.action == "existing" else made.get(row.source)) or ""


def deciding_area(path: str, rows: Mapping[str, AreaRow]) -> AreaRow | None:
    """The row that says which component an area has: its own, or the nearest above that does not hand it upward."""
    while path:
        row = rows.get(path)
        if row is not None and row.action != "parent":
            return row
        path = path.rpartition("\\")[0]
    return None

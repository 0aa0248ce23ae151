"""Is an issue what was meant? Each field in one form, whether as it is sent or as Jira gives it back, and told by a
digest: so differences name the field, and no content has to be kept to find them.

What makes no difference: order in lists, blanks in rows, how a moment or a number is written, names beside ids, and
what Jira adds to documents.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from domain.draft_records import FIELDS_PROPERTY, IssueDraft
from domain.field_values import as_moment, jira_moment
from domain.issue_parts import COMPONENTS_FIELD, PARENT_FIELD, SPRINT_SCHEMA
from domain.issue_sheet import DESCRIPTION_FIELD, LABELS_FIELD
from domain.issue_texts import SUMMARY
from domain.mapping_records import Mapping as WorkMapping
from domain.records import Json
from domain.rich_text_form import normal_document
from domain.target_sites import TargetProject

DIGEST_CHARACTERS = 16
STATUS = "status"
ALWAYS_READ = (
    "project", "issuetype", STATUS, SUMMARY, DESCRIPTION_FIELD, LABELS_FIELD, COMPONENTS_FIELD, PARENT_FIELD,
)  # fmt: skip
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)")


def fields_to_read(mapping: WorkMapping, target: TargetProject) -> tuple[str, ...]:
    """The ids of all fields that issues of a mapping may have to be compared in."""
    mapped = (row.target for row in mapping.fields if row.target)
    sprints = (field.id for type_ in target.types for field in type_.fields if field.schema == SPRINT_SCHEMA)
    return tuple(dict.fromkeys((*ALWAYS_READ, *mapped, *sprints)))


def comparable(draft: IssueDraft) -> dict[str, str]:
    """Digests by field id, of all that a draft sets, its status included."""
    return comparable_fields(draft.fields, draft.status)


def comparable_fields(fields: Mapping[str, Any], status: str | None) -> dict[str, str]:
    """The same for fields in the form Jira takes, and the id of a status."""
    found = {name: digest_of(value) for name, value in fields.items()}
    return found if status is None else {**found, STATUS: digest_of({"id": status})}


def read_back(issue: Json, wanted: Iterable[str]) -> dict[str, str]:
    """The digests of the wanted fields of an issue as Jira answers it."""
    fields = issue.get("fields") or {}
    return {name: digest_of(fields.get(name)) for name in wanted}


def different_fields(wanted: Mapping[str, str], found: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(name for name in wanted if wanted[name] != found.get(name))


def verify_issue(issue: Json, expected: str) -> tuple[str, ...]:
    """The fields of an issue that differ from what was sent; `expected` is the hash of its draft.

    `issue` needs the property `crosswalk.fields` and the fields it names. Where that property is not the one that was
    sent, its name is the answer.
    """
    wanted = (issue.get("properties") or {}).get(FIELDS_PROPERTY)
    if not isinstance(wanted, dict) or hash_of(wanted) != expected:
        return (FIELDS_PROPERTY,)
    return different_fields(wanted, read_back(issue, wanted))


def hash_of(digests: Mapping[str, str]) -> str:
    """One SHA-256 for all fields, 64 hexadecimal digits."""
    return hashlib.sha256(_written(digests)).hexdigest()


def digest_of(value: Any) -> str:
    return hashlib.sha256(_written(normal_value(value))).hexdigest()[:DIGEST_CHARACTERS]


def normal_value(value: Any) -> Any:
    """A value in the one form. A list of one is that one, because a sprint is sent as a number and comes as a list."""
    if isinstance(value, Mapping):
        return _normal_record(value)
    if isinstance(value, list | tuple):
        found = sorted((normal_value(one) for one in value), key=_written)
        return found[0] if len(found) == 1 else found or None
    if isinstance(value, str):
        return _normal_text(value)
    return None if value is None else f"{float(value):.15g}"


def _normal_record(value: Mapping[str, Any]) -> Any:
    if value.get("type") == "doc":
        return normal_document(value) or None
    named = value.get("accountId", value.get("id"))
    return None if named is None else str(named)


def _normal_text(value: str) -> Any:
    moment = as_moment(value) if _MOMENT.fullmatch(value) else None
    return " ".join(value.split()) or None if moment is None else jira_moment(moment)


def _written(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)

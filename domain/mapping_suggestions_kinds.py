"""Which kinds of fields fit which, by which rule, and which values of a list mean the same.

https://learn.microsoft.com/azure/devops/boards/work-items/work-item-fields (data types)
https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-fields/ (schemas)
"""

import re
from collections.abc import Iterable, Mapping
from typing import Literal

from domain.mapping_records import FieldRule
from domain.name_matching import find_named, group_of
from domain.scan_reports import FieldUse
from domain.target_sites import TargetField
from domain.work_items import WorkItemField

SourceClass = Literal["long", "text", "number", "date", "flag", "person"]
TargetClass = Literal[
    "long", "text", "number", "date", "datetime", "option", "options", "labels", "user", "priority", "other"
]  # fmt: skip
LONG_KINDS = frozenset({"html", "history"})
DOCUMENTS = frozenset({"description", "environment"})
TARGET_KINDS: Mapping[tuple[str, str], TargetClass] = {
    ("string", ""): "text",
    ("number", ""): "number",
    ("date", ""): "date",
    ("datetime", ""): "datetime",
    ("option", ""): "option",
    ("array", "option"): "options",
    ("array", "string"): "labels",
    ("user", ""): "user",
    ("array", "user"): "user",
    ("priority", ""): "priority",
}
# how well a value fits into a field, and the rule that puts it there
FITS: Mapping[tuple[SourceClass, TargetClass], tuple[FieldRule, float]] = {
    ("long", "long"): ("rich_text", 1.0),
    ("long", "text"): ("text", 0.5),
    ("text", "text"): ("text", 1.0),
    ("text", "long"): ("text", 0.8),
    ("text", "option"): ("option", 0.9),
    ("text", "options"): ("options", 0.9),
    ("text", "labels"): ("labels", 0.6),
    ("number", "number"): ("number", 1.0),
    ("number", "text"): ("text", 0.6),
    ("number", "option"): ("option", 0.8),
    ("date", "date"): ("date", 1.0),
    ("date", "datetime"): ("datetime", 1.0),
    ("date", "text"): ("text", 0.5),
    ("flag", "option"): ("option", 0.9),
    ("flag", "options"): ("options", 0.8),
    ("flag", "text"): ("text", 0.6),
    ("person", "user"): ("user", 1.0),
    ("person", "text"): ("text", 0.5),
}
# which rules a field takes: what a check holds a mapping to
TAKES: Mapping[TargetClass, frozenset[FieldRule]] = {
    "long": frozenset({"rich_text", "text", "section"}),
    "text": frozenset({"text", "rich_text"}),
    "number": frozenset({"number"}),
    "date": frozenset({"date"}),
    "datetime": frozenset({"datetime"}),
    "option": frozenset({"option"}),
    "options": frozenset({"options"}),
    "labels": frozenset({"labels"}),
    "user": frozenset({"user"}),
    "priority": frozenset({"priority"}),
    "other": frozenset(),
}
SAME_VALUES = (
    ("Critical", "Blocker", "Highest", "Urgent"),
    ("High", "Major"),
    ("Medium", "Moderate", "Normal"),
    ("Low", "Minor"),
    ("Yes", "True"),
    ("No", "False"),
)
FLAGS = {"true": "Yes", "false": "No"}  # how a scan counts them, and how a draft reads them
_NUMBERED = re.compile(r"^\s*\d+\s*[-.:)]\s*")


def source_class(kind: str, *, is_identity: bool) -> SourceClass:
    """What values of a field of Azure DevOps are; of an unknown kind they are taken for text."""
    if is_identity or kind == "identity":
        return "person"
    if kind in LONG_KINDS:
        return "long"
    lowered = kind.lower()
    if lowered.endswith(("integer", "double")):
        return "number"
    classes: Mapping[str, SourceClass] = {"datetime": "date", "boolean": "flag"}
    return classes.get(lowered, "text")


def target_class(field: TargetField) -> TargetClass:
    if field.id in DOCUMENTS or field.schema.endswith(":textarea"):
        return "long"
    return TARGET_KINDS.get((field.kind, field.items), "other")


def listed_values(use: FieldUse, known: WorkItemField | None) -> dict[str, int]:
    """The values of a closed list as drafts read them, and how often each occurs."""
    found = dict.fromkeys(known.values if known else (), 0) | dict(use.values)
    return {FLAGS.get(value, value) if use.kind == "boolean" else value: count for value, count in found.items()}


def match_values(values: Iterable[str], options: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Values with the ids of the options that mean the same: by name, without a number in front, by other words."""
    bare = {_NUMBERED.sub("", name): found for name, found in options.items()}
    matched = []
    for value in values:
        plain = _NUMBERED.sub("", value)
        found = find_named((value,), options) or find_named(group_of(plain, SAME_VALUES), bare)
        if found:
            matched.append((value, found[1]))
    return tuple(matched)

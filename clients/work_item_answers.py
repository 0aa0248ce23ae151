"""What Azure DevOps answers about work items, as records of `domain/work_items.py`.

The functions raise BadEvent with the name of a field that is missing; `ado.read_answer` makes that a CallError.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast, get_args

from domain.errors import BadEvent
from domain.json_fields import (
    flag,
    moment,
    number,
    optional_number,
    optional_record,
    optional_text,
    parse_records,
    record,
    records,
    text,
)
from domain.link_drafts import REMOTE_KINDS
from domain.records import Json
from domain.work_items import (
    AREA,
    ATTACHMENT,
    ITERATION,
    PROJECT,
    STATE,
    TYPE,
    FieldValue,
    Identity,
    LinkEnd,
    Relation,
    StateCategory,
    TextFormat,
    TreeNode,
    WorkItem,
    WorkItemComment,
    WorkItemField,
    WorkItemState,
    WorkItemType,
)

# https://learn.microsoft.com/rest/api/azure/devops/wit/work-item-type-categories
TEST_CATEGORIES = frozenset(
    f"Microsoft.{name}Category" for name in ("TestCase", "TestPlan", "TestSuite", "SharedStep", "SharedParameter")
)
LISTED_KINDS = frozenset({"string", "integer", "double", "picklistString", "picklistInteger", "picklistDouble"})
FOUND = 200  # of one entry of a list
NO_LISTS = frozenset({STATE, TYPE, AREA, ITERATION, PROJECT})  # told elsewhere


# --- work items ----------------------------------------------------------------------------------------------------


def item_from(answer: Json) -> WorkItem:
    """A work item; formats are told by version 7.2 and later only."""
    fields = values_from(answer)
    kind, project = fields.get(TYPE), fields.get(PROJECT)
    if not isinstance(kind, str) or not isinstance(project, str):
        raise BadEvent(f"fields.{PROJECT if isinstance(kind, str) else TYPE} is missing")
    return WorkItem(
        id=number(answer, "id"),
        revision=number(answer, "rev"),
        type=kind,
        fields=fields,
        relations=parse_records(relation_from, answer, "relations"),
        formats=_formats_from(optional_record(answer, "multilineFieldsFormat") or {}),
    )


def values_from(answer: Json) -> dict[str, FieldValue]:
    """The fields of a work item that have a value."""
    found = ((name, value_from(value)) for name, value in record(answer, "fields").items())
    return {name: value for name, value in found if value is not None}


def value_from(value: Any) -> FieldValue:
    """People become identities, texts are made fit for UTF-8; None for what no field holds."""
    if isinstance(value, Mapping):
        return identity_from(value)
    if isinstance(value, str):
        return text({"value": value}, "value")
    return value if isinstance(value, int | float) else None


def identity_from(answer: Json) -> Identity:
    """Who was never a member of the organization may have a name only."""
    name = optional_text(answer, "displayName") or ""
    return Identity(optional_text(answer, "id") or "", name, optional_text(answer, "uniqueName") or "")


def relation_from(answer: Json) -> Relation:
    kind, url = text(answer, "rel"), text(answer, "url")
    attributes = optional_record(answer, "attributes") or {}
    is_file = kind == ATTACHMENT
    return Relation(
        kind=kind,
        url=url,
        target=_target_of(kind, url),
        name=optional_text(attributes, "name") or "",
        size=(optional_number(attributes, "resourceSize") or 0) if is_file else 0,
        comment=optional_text(attributes, "comment") or "",
    )


def _target_of(kind: str, url: str) -> int | None:
    """The number of the work item that a link leads to, when it is one of this organization."""
    place, _, last = url.rpartition("/")
    linked = place.lower().endswith("/_apis/wit/workitems") and last.isdecimal()
    return int(last) if linked and not kind.startswith(REMOTE_KINDS) else None


def _formats_from(answer: Json) -> dict[str, TextFormat]:
    return {name: "markdown" for name, value in answer.items() if str(value).lower() == "markdown"}


def deleted_from(answer: Json) -> int | None:
    """The id of a work item in the recycle bin, which an example shows as text; None where a refusal is in its place.

    https://learn.microsoft.com/rest/api/azure/devops/wit/recyclebin/get-deleted-work-items
    """
    code = optional_number(answer, "code")
    if code is not None and code != FOUND:
        return None
    given = answer.get("id")
    return int(given) if isinstance(given, str) and given.isdecimal() else number(answer, "id")


# --- comments ------------------------------------------------------------------------------------------------------


def comments_from(answer: Json) -> tuple[tuple[WorkItemComment, ...], str | None]:
    """A page of comments without deleted ones, and the token of the next page."""
    shapes = records(answer, "comments")
    found = tuple(comment_from(shape) for shape in shapes if not flag(shape, "isDeleted"))
    return found, optional_text(answer, "continuationToken") or None


def comment_from(answer: Json) -> WorkItemComment:
    made, changed = moment(answer, "createdDate"), moment(answer, "modifiedDate")
    version = optional_number(answer, "version") or 1
    return WorkItemComment(
        id=number(answer, "id"),
        text=optional_text(answer, "text") or "",
        format="markdown" if (optional_text(answer, "format") or "").lower() == "markdown" else "html",
        author=identity_from(optional_record(answer, "createdBy") or {}),
        made=made,
        edited=changed if version > 1 and changed > made else None,
        version=version,
    )


# --- the process ---------------------------------------------------------------------------------------------------


def type_from(answer: Json, levels: Mapping[str, int], tests: Iterable[str]) -> WorkItemType:
    """A type of the project; `levels` from `levels_from`, `tests` from `testing_types_from`."""
    name = text(answer, "name")
    fields = records(answer, "fieldInstances") or records(answer, "fields")
    return WorkItemType(
        name=name,
        states=parse_records(state_from, answer, "states"),
        fields=tuple(dict.fromkeys(text(field, "referenceName") for field in fields)),
        level=levels.get(name),
        is_test=name in tests,
    )


def state_from(answer: Json) -> WorkItemState:
    category = optional_text(answer, "category") or ""
    known = category if category in get_args(StateCategory) else "InProgress"
    return WorkItemState(text(answer, "name"), cast("StateCategory", known))


def levels_from(answer: Json) -> dict[str, int]:
    """Of each type on a backlog its level, by the backlog configuration: tasks -1, requirements 0, above that 1, 2."""
    portfolios = sorted(records(answer, "portfolioBacklogs"), key=lambda level: optional_number(level, "rank") or 0)
    steps = [(optional_record(answer, "taskBacklog"), -1), (optional_record(answer, "requirementBacklog"), 0)]
    steps += [(backlog, step) for step, backlog in enumerate(portfolios, 1)]
    return {
        text(kind, "name"): step for backlog, step in steps if backlog for kind in records(backlog, "workItemTypes")
    }


def testing_types_from(categories: Iterable[Json]) -> frozenset[str]:
    """The types that belong to test plans."""
    found = (one for one in categories if text(one, "referenceName") in TEST_CATEGORIES)
    return frozenset(text(kind, "name") for one in found for kind in records(one, "workItemTypes"))


def field_from(answer: Json) -> WorkItemField:
    return WorkItemField(
        name=text(answer, "referenceName"),
        label=text(answer, "name"),
        kind=text(answer, "type"),
        is_identity=flag(answer, "isIdentity"),
        is_picklist=flag(answer, "isPicklist"),
    )


def is_open_list(answer: Json) -> bool:
    """Of a field whether its list only suggests, so that people may have typed anything."""
    return flag(answer, "isPicklistSuggested")


def may_be_listed(field: WorkItemField) -> bool:
    """Whether a field's allowed values may be kept: never those of people, whose values are their names."""
    return not field.is_identity and field.kind in LISTED_KINDS and field.name not in NO_LISTS


def allowed_values_from(answer: Json) -> tuple[str, tuple[str, ...]]:
    """A field of a type and the values it allows."""
    given = answer.get("allowedValues")
    values: Sequence[Any] = given if isinstance(given, list) else ()
    return text(answer, "referenceName"), tuple(str(value) for value in values if isinstance(value, str | int | float))


# --- trees and links -----------------------------------------------------------------------------------------------


def nodes_from(answer: Json) -> tuple[TreeNode, ...]:
    """A tree, each node before those below it. Paths are as in the fields of work items: without the tree's name."""
    return tuple(_walk_nodes(answer, ""))


def _walk_nodes(answer: Json, above: str) -> Iterator[TreeNode]:
    name = text(answer, "name")
    path = f"{above}\\{name}" if above else name
    days = optional_record(answer, "attributes") or {}
    yield TreeNode(path, name, _day_from(days, "startDate"), _day_from(days, "finishDate"))
    for child in records(answer, "children"):
        yield from _walk_nodes(child, path)


def _day_from(answer: Json, name: str) -> str | None:
    """Iterations begin and end on days; the time of the day is midnight."""
    given = optional_text(answer, name)
    return given[:10] if given else None


def link_end_from(answer: Json) -> LinkEnd:
    attributes = optional_record(answer, "attributes") or {}
    return LinkEnd(
        name=text(answer, "referenceName"),
        label=text(answer, "name"),
        opposite=optional_text(attributes, "oppositeEndReferenceName"),
        is_link=optional_text(attributes, "usage") == "workItemLink",
        is_remote=flag(attributes, "remote"),
    )

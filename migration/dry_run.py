"""Shows what a run would send: some work items, read and drafted with the code of the run. Writes nothing anywhere."""

from collections import abc
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from clients.ado_projects import read_project
from clients.ado_work_items import ItemPage, WorkItemsApi
from clients.jira_targets import read_target
from domain.draft_records import DraftContext, IssueDraft
from domain.errors import BadInput, MappingError
from domain.issue_drafts import create_body, draft_issue
from domain.lanes import Lane
from domain.mapping_records import Mapping
from domain.target_sites import TargetProject
from domain.work_item_queries import scope_condition
from domain.work_items import STATE, TITLE, FieldValue, Identity, WorkItem
from migration.draft_ground import draft_context, find_coming, place_ancestors, read_ancestors
from migration.mapping_ground import Say, say_nothing
from migration.source import OpenSource
from services import Services
from store.connections import Connection
from store.installations import Installation
from store.item_map import MapPlace
from store.migrations import Migration, Scope

PER_TYPE = 2
LANE: Lane = "live"  # some dozens of calls for which a person waits
MOST_SHOWN = 100  # work items of one preview: nobody reads more
PREVIEW_RUN = "preview"  # in place of a run's id
MISSING, BROKEN = "missing_item", "unreadable_item"
WORDS = {
    MISSING: "There is no such work item in the project, or whoever this migration reads as may not see it.",
    BROKEN: "Azure DevOps fails to show this work item.",
}

Json = dict[str, Any]
Names = abc.Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Wish:
    """Which work items: those named, else so many of each type that becomes something."""

    per_type: int = PER_TYPE
    ids: tuple[int, ...] = ()


def dry_run(
    services: Services, migration: Migration, mapping: Mapping, *, installation: Installation, connection: Connection,
    open_source: OpenSource, wish: Wish = Wish(), say: Say = say_nothing,
) -> Json:  # fmt: skip
    """`{items: [{source, issue, issueType, names, notes: [{field, reason, code}]}]}`; `issue` is the body of Jira's
    create call, None for a work item that becomes none, which the note tells. `issueType`, `names` (by field id) and
    `values` (by field id, then id) say what the ids of the body are called in Jira. `say` is told what is being done.

    Raises the CallError of an answer, BadInput for too many ids and for a scope that cannot be asked for.
    """
    if len(wish.ids) > MOST_SHOWN:
        raise BadInput(f"A preview shows {MOST_SHOWN} work items at most. Name fewer.", code="too_many_ids")
    say("reading the Jira project")
    client = services.jira(installation, LANE)
    target = read_target(client, migration.jira_project_id, board=migration.board_id)
    say("reading work items")
    source = open_source(connection, migration)
    name = read_project(source, migration.project_id).name  # a person may ask for any ids
    api = WorkItemsApi(source, migration.project_id, name)
    page = read_page(api, wish.ids or pick_ids(api, migration.scope, mapping, wish.per_type))
    say("reading the work items above")
    place = MapPlace(migration.installation_id, migration.connection_id, migration.jira_project_id)
    above = read_ancestors(api, page.items)
    issues = {one.source_id: one.issue_id for one in services.item_map.find_many(place, above).values()}
    coming = find_coming(api, migration.scope, sorted(above))
    context = draft_context(connection, migration, mapping, api.read_fields(), PREVIEW_RUN)
    context = replace(context, ancestors=place_ancestors(above, issues, coming), is_preview=True)
    return {"items": show_page(page, mapping, target, context)}


def pick_ids(api: WorkItemsApi, scope: Scope, mapping: Mapping, per_type: int) -> tuple[int, ...]:
    """The first work items of each type of the scope that becomes an issue type."""
    types = [row.source for row in mapping.types if row.target and scope.takes_type(row.source)]
    conditions = (scope_condition(area_path=scope.area_path, types=(name,), wiql=scope.wiql) for name in types)
    pages = (api.list_ids(condition, top=per_type) for condition in conditions)
    return tuple(item_id for page in pages for item_id in page.ids[:per_type])[:MOST_SHOWN]


def read_page(api: WorkItemsApi, ids: Sequence[int]) -> ItemPage:
    """Work items in the order of their ids as given."""
    page = api.read_items(tuple(dict.fromkeys(ids)))
    return replace(page, items=tuple(sorted(page.items, key=lambda item: ids.index(item.id))))


def show_page(page: ItemPage, mapping: Mapping, target: TargetProject, context: DraftContext) -> list[Json]:
    shown = [show_item(item, mapping, target, context) for item in page.items]
    unread = [*((item_id, MISSING) for item_id in page.missing), *((item_id, BROKEN) for item_id in page.broken)]
    return shown + [_without_issue({"id": item_id}, WORDS[code], code) for item_id, code in unread]


def show_item(item: WorkItem, mapping: Mapping, target: TargetProject, context: DraftContext) -> Json:
    """One work item beside the issue it becomes."""
    source = show_source(item, context)
    try:
        draft = draft_issue(item, mapping, target, context)
    except MappingError as error:
        return _without_issue(source, str(error), error.code or "")
    notes = [{"field": note.field, "reason": note.reason, "code": note.code} for note in draft.notes]
    return {"source": source, "issue": create_body(draft), "notes": notes} | name_parts(draft, target)


def name_parts(draft: IssueDraft, target: TargetProject) -> Json:
    """What the issue type, the fields and the chosen values of a draft are called in Jira."""
    type_ = target.type_of(draft.type_id)
    told = {*draft.fields, *(note.field for note in draft.notes)}
    fields = [field for field in type_.fields if field.id in told] if type_ else []
    values = {field.id: name_values(draft.fields.get(field.id), field.options) for field in fields}
    return {
        "issueType": type_.name if type_ else "",
        "names": {field.id: field.name for field in fields},
        "values": {field: names for field, names in values.items() if names},
    }


def name_values(value: object, options: Names) -> dict[str, str]:
    """The names of the options that a value of a draft chooses, by id; `options`: ids by name."""
    chosen = value if isinstance(value, list) else [value]
    ids = {one["id"] for one in chosen if isinstance(one, dict) and "id" in one}
    return {option: name for name, option in options.items() if option in ids}


def _without_issue(source: Json, reason: str, code: str) -> Json:
    return {"source": source, "issue": None, "notes": [{"field": "", "reason": reason, "code": code}]}


def show_source(item: WorkItem, context: DraftContext) -> Json:
    """A work item as it is; people by name."""
    return {
        "id": item.id,
        "revision": item.revision,
        "type": item.type,
        "title": item.text(TITLE),
        "state": item.text(STATE),
        "url": f"{context.organization_url}/_workitems/edit/{item.id}",
        "fields": {name: _plain(value) for name, value in sorted(item.fields.items())},
    }


def _plain(value: FieldValue) -> str | int | float | bool | None:
    return value.name if isinstance(value, Identity) else value

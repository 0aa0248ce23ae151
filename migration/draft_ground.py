"""What drafts need and a work item does not tell: the work items above it, and what the mapping's rows have become.

The preview and the run draft from the same ground.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from clients.ado_work_items import ITEM_PAGE, WorkItemsApi
from domain.draft_records import Ancestor, DraftContext, account_map, component_map, sprint_map
from domain.mapping_records import Mapping as WorkMapping
from domain.work_item_queries import scope_condition
from domain.work_items import PARENT_ID, TITLE, TYPE, FieldValue, WorkItem, WorkItemField
from store.connections import Connection
from store.migrations import Migration, Scope

ABOVE = (TITLE, TYPE, PARENT_ID)


def draft_context(
    connection: Connection, migration: Migration, mapping: WorkMapping, fields: Iterable[WorkItemField], run_id: str,
    *, sprints: Mapping[str, int] | None = None, components: Mapping[str, str] | None = None,
) -> DraftContext:  # fmt: skip
    """What all drafts of a run share, but for the work items above. `sprints` and `components`: ids of those that the
    run made, by iteration and area.
    """
    return DraftContext(
        organization=connection.organization,
        organization_url=connection.organization_url,
        project=migration.project_id,
        run=run_id,
        source_fields={field.name: field for field in fields},
        accounts=account_map(mapping),
        sprints=sprint_map(mapping, sprints or {}),
        components=component_map(mapping, components or {}),
    )


def read_ancestors(api: WorkItemsApi, items: Iterable[WorkItem]) -> dict[int, Ancestor]:
    """Every work item above some others, by id; a call for each step up, and ITEM_PAGE of them.

    Those that are not there, or not of this project, are left out. Raises the CallError of an answer.
    """
    found: dict[int, Ancestor] = {}
    seen: set[int] = set()
    wanted = {item.parent for item in items if item.parent is not None}
    while wanted:
        seen |= wanted
        step = dict(_read_step(api, sorted(wanted)))
        found |= step
        wanted = {above.parent for above in step.values() if above.parent is not None} - seen
    return found


def _read_step(api: WorkItemsApi, ids: Sequence[int]) -> Iterator[tuple[int, Ancestor]]:
    for start in range(0, len(ids), ITEM_PAGE):
        for item_id, values in api.read_values(ids[start : start + ITEM_PAGE], ABOVE).items():
            yield item_id, _ancestor_from(item_id, values)


def _ancestor_from(item_id: int, values: Mapping[str, FieldValue]) -> Ancestor:
    above = values.get(PARENT_ID)
    parent = int(above) if isinstance(above, int | float) else None
    return Ancestor(item_id, str(values.get(TYPE) or ""), str(values.get(TITLE) or ""), parent)


def find_coming(api: WorkItemsApi, scope: Scope, ids: Sequence[int]) -> frozenset[int]:
    """Those of some work items that a run of this scope takes; one call. Raises the CallError of an answer."""
    if not ids:
        return frozenset()
    condition = scope_condition(area_path=scope.area_path, types=scope.types, wiql=scope.wiql)
    return frozenset(api.list_ids(f"{condition} AND [System.Id] IN ({', '.join(map(str, ids))})").ids)


def place_ancestors(
    ancestors: Mapping[int, Ancestor], issues: Mapping[int, str], coming: Collection[int]
) -> dict[int, Ancestor]:
    """Those that have an issue (its id) or will get one in the run; the others are not part of the migration."""
    return {
        item_id: replace(one, issue=issues.get(item_id), planned=item_id in coming)
        for item_id, one in ancestors.items()
        if item_id in issues or item_id in coming
    }

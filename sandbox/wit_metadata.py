"""What a project's process says: work item types, states, fields, categories, and the organization's kinds of links.

https://learn.microsoft.com/rest/api/azure/devops/wit/work-item-types
https://learn.microsoft.com/rest/api/azure/devops/wit/fields
https://learn.microsoft.com/rest/api/azure/devops/wit/work-item-relation-types
"""

from urllib.parse import quote

from sandbox.ado_errors import not_found
from sandbox.ado_model import Json, Project
from sandbox.ado_routes import Call, Page, Routes
from sandbox.wit_errors import no_field, no_type
from sandbox.wit_fields import (
    CUSTOM_FIELDS,
    DEFAULT_VALUES,
    FieldSpec,
    all_fields,
    allowed_values,
    find_field,
)
from sandbox.wit_process import WorkType
from sandbox.wit_relations import ARTIFACT_TYPES, RESOURCE_TYPES, LinkType, link_ends, opposite_end

ALWAYS_SET = frozenset({"System.AreaId", "System.IterationId", "System.State"})
CATEGORY_NAMES = {
    "Custom.InitiativeCategory": "Initiative Category",
    "Microsoft.SharedStepCategory": "Shared Step Category",
}
OPERATIONS = (("Equals", "="), ("NotEquals", "<>"), ("GreaterThan", ">"), ("LessThan", "<"), ("In", "In"))
metadata_routes = Routes()


@metadata_routes.get("wit/workitemtypes", "wit")
def list_types(call: Call) -> Page:
    """All of the project's process, disabled ones too, test types too."""
    types = call.organization.work.process_of(call.home).types
    return Page([type_json(call, kind) for kind in types.values()])


@metadata_routes.get("wit/workitemtypes/{type}", "wit")
def show_type(call: Call, type: str) -> Json:
    return type_json(call, find_type(call, type))


@metadata_routes.get("wit/workitemtypes/{type}/states", "wit")
def list_states(call: Call, type: str) -> Page:
    return Page(states_json(find_type(call, type)))


@metadata_routes.get("wit/workitemtypes/{type}/fields", "wit")
def list_type_fields(call: Call, type: str) -> Page:
    """With `$expand` also the values that a list offers."""
    kind = find_type(call, type)
    return Page([type_field_json(call, kind, all_fields()[ref]) for ref in kind.fields])


@metadata_routes.get("wit/workitemtypes/{type}/fields/{field}", "wit")
def show_type_field(call: Call, type: str, field: str) -> Json:
    kind, found = find_type(call, type), find_field(field)
    if found is None or found.ref not in kind.fields:
        raise no_field(field)
    return type_field_json(call, kind, found)


def find_type(call: Call, name: str) -> WorkType:
    """Raises AdoError (404)."""
    found = call.organization.work.process_of(call.home).find_type(name)
    if found is None:
        raise no_type(name, call.home.id)
    return found


def type_url(base: str, project: Project, name: str) -> str:
    return f"{base}/{project.id}/_apis/wit/workItemTypes/{quote(name)}"


def type_json(call: Call, kind: WorkType) -> Json:
    """From every state every other can be reached, as in processes of today."""
    icon = f"{call.base}/_apis/wit/workItemIcons/{kind.icon}?color={kind.color}&v=2"
    names = [state.name for state in kind.states]
    moves = {name: [{"to": other, "actions": None} for other in names if other != name] for name in names}
    return {
        "name": kind.name,
        "referenceName": kind.ref,
        "description": f"{kind.name} of the process {call.organization.work.process_of(call.home).name}.",
        "color": kind.color,
        "icon": {"id": kind.icon, "url": icon},
        "isDisabled": kind.disabled,
        "xmlForm": "",
        "fields": [field_instance(call, kind, all_fields()[ref]) for ref in kind.fields],
        "fieldInstances": [field_instance(call, kind, all_fields()[ref]) for ref in kind.fields],
        "transitions": {"": [{"to": names[0]}]}
        | {name: [{"to": move["to"]} for move in to] for name, to in moves.items()},
        "states": states_json(kind),
        "url": type_url(call.base, call.home, kind.name),
    }


def states_json(kind: WorkType) -> list[Json]:
    return [{"name": state.name, "color": state.color, "category": state.category} for state in kind.states]


def field_instance(call: Call, kind: WorkType, field: FieldSpec) -> Json:
    found: Json = {
        "alwaysRequired": field.ref in kind.required or field.ref in ALWAYS_SET,
        "referenceName": field.ref,
        "name": field.name,
        "url": field_url(call, field.ref),
    }
    default = kind.states[0].name if field.ref == "System.State" else DEFAULT_VALUES.get(field.ref)
    return found | ({"defaultValue": default} if default else {})


def type_field_json(call: Call, kind: WorkType, field: FieldSpec) -> Json:
    expand = (call.text("$expand") or "none").lower()
    found: Json = {"defaultValue": None} | field_instance(call, kind, field)
    if expand in {"allowedvalues", "all"}:
        values = [state.name for state in kind.states] if field.ref == "System.State" else allowed_values(field)
        found["allowedValues"] = [int(value) if field.type == "integer" else value for value in values]
    if expand in {"dependentfields", "all"}:
        found["dependentFields"] = []
    return found


def field_url(call: Call, ref: str) -> str:
    home = f"{call.base}/{call.project.id}" if call.project else call.base
    return f"{home}/_apis/wit/fields/{ref}"


@metadata_routes.get("wit/fields", "wit", project="optional")
def list_fields(call: Call) -> Page:
    """All of the organization; with a project those that its types use."""
    call.text("$expand")
    if call.project is None:
        return Page([field_json(call, field) for field in all_fields().values()])
    used = call.organization.work.process_of(call.project).field_refs()
    return Page([field_json(call, field) for ref, field in all_fields().items() if ref in used])


@metadata_routes.get("wit/fields/{field}", "wit", project="optional")
def show_field(call: Call, field: str) -> Json:
    found = find_field(field)
    if found is None:
        raise no_field(field)
    return field_json(call, found)


def field_json(call: Call, field: FieldSpec) -> Json:
    """Markdown leaves no trace here: a field that holds it is still `html`."""
    found: Json = {
        "name": field.name,
        "referenceName": field.ref,
        "description": f"{field.name}, made by the company" if field in CUSTOM_FIELDS else None,
        "type": field.type,
        "usage": "workItem",
        "readOnly": field.read_only,
        "canSortBy": field.type not in {"html", "history", "plainText"},
        "isQueryable": True,
        "supportedOperations": [
            {"referenceName": f"SupportedOperations.{ref}", "name": name} for ref, name in OPERATIONS
        ],
        "isIdentity": field.identity,
        "isPicklist": field.picklist is not None,
        "isPicklistSuggested": field.suggested,
        "url": field_url(call, field.ref),
    }
    found = {name: value for name, value in found.items() if value is not None}
    return found | ({"picklistId": field.picklist} if field.picklist else {})


@metadata_routes.get("wit/workitemtypecategories", "wit")
def list_categories(call: Call) -> Page:
    """Which types are requirements, bugs, tasks, or belong to test plans."""
    groups = call.organization.work.process_of(call.home).categories()
    return Page([category_json(call, ref, types) for ref, types in groups.items()])


@metadata_routes.get("wit/workitemtypecategories/{category}", "wit")
def show_category(call: Call, category: str) -> Json:
    for ref, types in call.organization.work.process_of(call.home).categories().items():
        if ref.casefold() == category.casefold():
            return category_json(call, ref, types)
    raise not_found("WorkItemTypeCategoryNotFoundException", f"VS402800: The category {category} does not exist.")


def category_json(call: Call, ref: str, types: list[WorkType]) -> Json:
    shown = [{"name": kind.name, "url": type_url(call.base, call.home, kind.name)} for kind in types]
    words = ref.removeprefix("Microsoft.").removesuffix("Category")
    return {
        "name": CATEGORY_NAMES.get(ref, f"{words} Category"),
        "referenceName": ref,
        "defaultWorkItemType": shown[0],
        "workItemTypes": shown,
        "url": f"{call.base}/{call.home.id}/_apis/wit/workItemTypeCategories/{ref}",
    }


@metadata_routes.get("wit/workitemrelationtypes", "wit", project="none")
def list_relation_types(call: Call) -> Page:
    return Page(relation_types(call))


def relation_types(call: Call) -> list[Json]:
    """Both ends of each kind of link, then files and addresses."""
    ends = [end_json(call, ref, kind, name) for ref, (kind, name) in link_ends().items()]
    return ends + [resource_json(call, ref, name) for ref, name in RESOURCE_TYPES.items()]


@metadata_routes.get("wit/workitemrelationtypes/{relation}", "wit", project="none")
def show_relation_type(call: Call, relation: str) -> Json:
    for shown in relation_types(call):
        if shown["referenceName"].casefold() == relation.casefold():
            return shown
    raise not_found("WorkItemRelationTypeNotFoundException", f"VS402801: The relation type {relation} does not exist.")


def relation_type_url(call: Call, ref: str) -> str:
    return f"{call.base}/_apis/wit/workItemRelationTypes/{ref}"


def end_json(call: Call, ref: str, kind: LinkType, name: str) -> Json:
    remote = ref.startswith("System.LinkTypes.Remote.")
    attributes: Json = {
        "usage": "workItemLink", "editable": kind.editable, "enabled": True, "acyclic": kind.topology != "network",
        "directional": kind.topology != "network", "singleTarget": kind.topology != "tree",
        "topology": kind.topology, "remote": remote,
    }  # fmt: skip
    if kind.topology != "network":
        attributes |= {"isForward": ref.endswith("-Forward"), "oppositeEndReferenceName": opposite_end(ref)}
    return {"attributes": attributes, "referenceName": ref, "name": name, "url": relation_type_url(call, ref)}


def resource_json(call: Call, ref: str, name: str) -> Json:
    attributes = {"usage": "resourceLink", "editable": False, "enabled": True}
    return {"attributes": attributes, "referenceName": ref, "name": name, "url": relation_type_url(call, ref)}


@metadata_routes.get("wit/artifactlinktypes", "wit", project="none")
def list_artifact_types(call: Call) -> Page:
    return Page([{"toolType": tool, "artifactType": kind, "linkType": link} for tool, kind, link in ARTIFACT_TYPES])

"""The processes of an organization, and what an inherited one adds.

https://learn.microsoft.com/rest/api/azure/devops/core/processes
https://learn.microsoft.com/rest/api/azure/devops/processes
"""

from sandbox.ado_errors import not_found
from sandbox.ado_model import Json
from sandbox.ado_routes import Call, Page, Routes
from sandbox.wit_fields import PICKLISTS, all_fields
from sandbox.wit_process import Process, WorkType
from sandbox.wit_templates import load_processes

process_routes = Routes()


@process_routes.get("process/processes", "process", project="none")
def list_processes(call: Call) -> Page:
    return Page([core_json(call, process) for process in load_processes().values()])


@process_routes.get("process/processes/{processId}", "process", project="none")
def show_process(call: Call, process_id: str) -> Json:
    return core_json(call, find_process(process_id))


def core_json(call: Call, process: Process) -> Json:
    return {
        "id": process.id,
        "description": f"The process {process.name}.",
        "isDefault": process.name == "Agile",
        "type": "inherited" if process.parent else "system",
        "url": f"{call.base}/_apis/process/processes/{process.id}",
        "name": process.name,
    }


def find_process(guid: str) -> Process:
    """Raises AdoError (404)."""
    found = next((one for one in load_processes().values() if one.id == guid.lower()), None)
    if found is None:
        raise not_found("ProcessNotFoundByTypeIdException", f"VS402362: The process {guid} does not exist.")
    return found


@process_routes.get("work/processes", "processes", project="none")
def list_work_processes(call: Call) -> Page:
    return Page([work_json(process) for process in load_processes().values()])


def work_json(process: Process) -> Json:
    return {
        "typeId": process.id,
        "name": process.name,
        "referenceName": process.ref,
        "description": f"The process {process.name}.",
        "parentProcessTypeId": process.parent or "00000000-0000-0000-0000-000000000000",
        "isEnabled": True,
        "isDefault": process.name == "Agile",
        "customizationType": "inherited" if process.parent else "system",
    }


@process_routes.get("work/processes/{processId}/workItemTypes", "processes", project="none")
def list_process_types(call: Call, process_id: str) -> Page:
    """With `$expand=states` also their states."""
    process = find_process(process_id)
    states = "states" in (call.text("$expand") or "").lower()
    return Page([process_type_json(process, kind, states=states) for kind in process.types.values()])


def process_type_json(process: Process, kind: WorkType, *, states: bool) -> Json:
    own = kind.ref.startswith("AcmeAgile.") and kind.inherits is None
    found: Json = {
        "referenceName": kind.ref,
        "name": kind.name,
        "description": "",
        "color": kind.color,
        "icon": kind.icon,
        "isDisabled": kind.disabled,
        "inherits": kind.inherits,
        "customization": "custom" if own else "inherited" if kind.inherits else "system",
    }
    if states:
        found["states"] = [
            {"name": state.name, "color": state.color, "stateCategory": state.category, "order": order}
            for order, state in enumerate(kind.states, 1)
        ]
    return found


@process_routes.get("work/processes/{processId}/behaviors", "processes", project="none")
def list_behaviors(call: Call, process_id: str) -> Page:
    """The backlog levels of a process."""
    found = find_process(process_id).backlogs
    return Page([
        {"referenceName": level.id, "name": level.name, "rank": level.rank * 10, "color": "009CCC",
         "customization": "custom" if level.id.startswith("Custom.") else "system"}
        for level in found
    ])  # fmt: skip


@process_routes.get("work/processes/lists", "processes", project="none")
def list_picklists(call: Call) -> Page:
    return Page([picklist_json(call, guid) for guid in PICKLISTS])


@process_routes.get("work/processes/lists/{listId}", "processes", project="none")
def show_picklist(call: Call, list_id: str) -> Json:
    if list_id not in PICKLISTS:
        raise not_found("PicklistNotFoundException", f"VS402833: The picklist {list_id} does not exist.")
    return picklist_json(call, list_id) | {"items": list(PICKLISTS[list_id][1])}


def picklist_json(call: Call, guid: str) -> Json:
    suggested = any(field.picklist == guid and field.suggested for field in all_fields().values())
    url = f"{call.base}/_apis/work/processes/lists/{guid}"
    return {"id": guid, "name": PICKLISTS[guid][0], "type": "String", "isSuggested": suggested, "url": url}

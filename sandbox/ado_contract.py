"""Checks calls to the Azure DevOps stand-in, and its answers, against the official documents; records what is wrong."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from flask import Response, request

from sandbox.ado_errors import bad_request
from sandbox.ado_state import OrganizationState
from sandbox.contract import Contract

VIOLATIONS_KEPT = 1_000


@cache
def load_contract(path: Path) -> Contract:
    return Contract.load(path, patch=PATCHES.get(path.name))


def add_probation(document: Any) -> None:
    """Real answers have a number and a status that the document does not know."""
    document["definitions"]["Subscription"]["properties"]["probationRetries"] = {"type": "integer"}
    document["definitions"]["Notification"]["properties"]["status"]["enum"].append("queuedForRetry")


def loosen_change(document: Any) -> None:
    """`item` is described as text and sent as an object."""
    document["definitions"]["Change"]["properties"]["item"] = {"type": "object"}


def loosen_work_items(document: Any) -> None:
    """Values of fields and attributes are described as objects, entries of streams as text; what was left out of a
    batch is null."""
    known: Any = document["definitions"]
    anything: dict[str, Any] = {}
    known["WorkItem"]["properties"]["fields"] = {"type": "object"}
    known["WorkItemFieldUpdate"]["properties"] = {"oldValue": anything, "newValue": anything}
    known["StreamedBatch"]["properties"]["values"]["items"] = {"type": "object"}
    known["WorkItemTypeFieldWithReferences"]["properties"]["allowedValues"]["items"] = anything
    known["WorkItemTypeFieldWithReferences"]["properties"]["defaultValue"] = anything
    for name in ("Link", "WorkItemClassificationNode", "WorkItemRelationType"):
        known[name]["properties"]["attributes"] = {"type": "object"}
    known["WorkItem"]["x-nullable"] = known["WorkItemClassificationNode"]["x-nullable"] = True


def loosen_boards(document: Any) -> None:
    """The default lane has no name, an iteration perhaps no dates, and work items of a sprint no source."""
    known = document["definitions"]
    known["BoardRow"]["properties"]["name"]["x-nullable"] = True
    for name in ("startDate", "finishDate"):
        known["TeamIterationAttributes"]["properties"][name]["x-nullable"] = True
    known["WorkItemLink"]["properties"]["rel"]["x-nullable"] = True
    known["WorkItemLink"]["properties"]["source"] = {}


PATCHES: Mapping[str, Callable[[Any], None]] = {
    "serviceHooks.json": add_probation,
    "git.json": loosen_change,
    "workItemTracking.json": loosen_work_items,
    "work.json": loosen_boards,
}


def check_request(organization: OrganizationState, contract: Contract, path: str, version: str) -> None:
    """Refuse and record what the document does not allow."""
    query = request.args.to_dict(flat=False) | {"api-version": [version]}
    reasons = contract.check_request(request.method, path, query, dict(request.headers), request.get_data())
    if reasons:
        record(organization, "request", reasons)
        raise bad_request("; ".join(reasons), "VssPropertyValidationException")


def check_answer(organization: OrganizationState, contract: Contract, path: str, response: Response) -> None:
    """Record where this stand-in itself goes astray."""
    if response.status_code in {200, 201}:
        reasons = contract.check_response(request.method, path, 200, response.get_data())
        if reasons:
            record(organization, "answer", reasons)


def record(organization: OrganizationState, side: str, reasons: list[str]) -> None:
    with organization.lock:
        organization.violations.append(
            {"side": side, "method": request.method, "path": request.full_path.rstrip("?"), "reasons": reasons}
        )
        del organization.violations[:-VIOLATIONS_KEPT]

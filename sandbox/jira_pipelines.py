"""Builds 0.1 and deployments 0.1: the same calls for two kinds of record.

developer.atlassian.com/cloud/jira/software/rest/api-group-builds and api-group-deployments
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, request

from sandbox.jira_access import Access, Caller, Refused
from sandbox.jira_calls import Answer, Calls, judging, message_list, sent_body
from sandbox.jira_contract import JiraContract
from sandbox.jira_devinfo import said_of, wanted_properties
from sandbox.jira_rules import BATCH, BUILD, DEPLOYMENT, entity_faults, issue_references, property_faults
from sandbox.jira_shape import Shape
from sandbox.jira_store import Kind, Record

BUILD_RULE = "/pipelines/<pipeline>/builds/<int:number>"
DEPLOYMENT_RULE = "/pipelines/<pipeline>/environments/<environment>/deployments/<int:number>"


@dataclass(frozen=True, slots=True)
class Api:
    """One of the two APIs: the words it uses and how a body names its record."""

    kind: Kind
    module: str
    items: str  # the list in the request
    words: str  # its name in the answer: accepted..., rejected...
    shape: Shape
    rule: str
    key_of: Callable[[Mapping[str, Any]], dict[str, Any]]


def build_key(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"pipelineId": body.get("pipelineId"), "buildNumber": body.get("buildNumber")}


def deployment_key(body: Mapping[str, Any]) -> dict[str, Any]:
    pipeline, environment = body.get("pipeline"), body.get("environment")
    return {
        "pipelineId": pipeline.get("id") if isinstance(pipeline, dict) else None,
        "environmentId": environment.get("id") if isinstance(environment, dict) else None,
        "deploymentSequenceNumber": body.get("deploymentSequenceNumber"),
    }


BUILDS = Api("build", "jiraBuildInfoProvider", "builds", "Builds", BUILD, BUILD_RULE, build_key)
DEPLOYMENTS = Api(
    "deployment",
    "jiraDeploymentInfoProvider",
    "deployments",
    "Deployments",
    DEPLOYMENT,
    DEPLOYMENT_RULE,
    deployment_key,
)


def pipelines_blueprint(
    name: str, api: Api, access: Access, contract: JiraContract, *, prefix: str, document_path: Callable[[str], str]
) -> Blueprint:
    """The calls of one API below `prefix`."""
    blueprint = Blueprint(name, __name__, url_prefix=prefix)
    calls = Calls(blueprint, access, contract, error_form=message_list, document_path=document_path)
    calls.add("POST", "/bulk", judging(lambda caller: store_items(caller, api)), scope="WRITE", module=api.module)
    calls.add("GET", api.rule, lambda caller, **path: read_item(caller, api, path), scope="READ", module=api.module)
    calls.add(
        "DELETE", api.rule, lambda caller, **path: delete_item(caller, api, path), scope="DELETE", module=api.module
    )
    calls.add(
        "DELETE", "/bulkByProperties", lambda caller: delete_by_properties(caller, api),
        scope="DELETE", module=api.module,
    )  # fmt: skip
    if api.kind == "deployment":
        calls.add("GET", f"{api.rule}/gating-status", read_gating, scope="READ", module=api.module)
    return blueprint


def path_id(path: Mapping[str, Any]) -> str:
    names = ("pipeline", "environment", "number")
    return "/".join(str(path[name]) for name in names if name in path)


def store_items(caller: Caller, api: Api) -> Answer:
    """Store what is valid; say which were rejected, also those whose every issue is unknown."""
    body = sent_body()
    items = check_request(body, api)
    outcome = Outcome(caller, api, body.get("properties", {}), said_of(body))
    for item in items:
        outcome.take(item)
    if g.spec_faults and not outcome.malformed:
        raise Refused(400, *g.spec_faults)
    caller.site.development.submit(outcome.records)
    return outcome.answer(), 202


class Outcome:
    """What becomes of the items of one bulk request: records to store and the lists of the answer."""

    def __init__(
        self, caller: Caller, api: Api, properties: Mapping[str, str], said: Mapping[str, Any]
    ) -> None:  # fmt: skip
        self.records: list[Record] = []
        self.malformed = False
        self._caller, self._api, self._properties, self._said = caller, api, properties, said
        self._accepted: list[dict[str, Any]] = []
        self._rejected: list[dict[str, Any]] = []
        self._unknown: dict[str, None] = {}
        self._unassociated: dict[str, dict[str, None]] = {}

    def take(self, item: Mapping[str, Any]) -> None:
        """A malformed item, and one whose every issue is unknown, is rejected; its neighbours are stored."""
        key = self._api.key_of(item)
        reasons = entity_faults(self._api.shape, item)
        if reasons:
            self.malformed = True
            self._caller.site.violate("entity", request.method, request.path, reasons)
            self._reject(printable_key(key), reasons)
            return
        known, unknown = self._caller.site.known_issues(issue_references(item))
        self._note_unknown(item, unknown)
        if not known:
            self._reject(key, ["No valid issues are associated."])
            return
        name = "/".join(str(value) for value in key.values())
        record = Record(
            self._caller.provider, self._api.kind, name, item["updateSequenceNumber"], item, known,
            properties=self._properties, **self._said,
        )  # fmt: skip
        self.records.append(record)
        self._accepted.append(key)

    def answer(self) -> dict[str, Any]:
        words = self._api.words
        listed: dict[str, Any] = {f"accepted{words}": self._accepted, f"rejected{words}": self._rejected}
        listed["unknownIssueKeys"] = list(self._unknown)
        if self._api.kind == "deployment":
            listed["unknownAssociations"] = [
                {"associationType": kind, "values": list(values)} for kind, values in self._unassociated.items()
            ]
        return listed

    def _reject(self, key: dict[str, Any], reasons: list[str]) -> None:
        self._rejected.append({"key": key, "errors": message_list(tuple(reasons))})

    def _note_unknown(self, item: Mapping[str, Any], unknown: tuple[str, ...]) -> None:
        self._unknown |= dict.fromkeys(name for name in unknown if "-" in name)
        for association in item.get("associations", ()):
            values = [value for value in association["values"] if value in unknown]
            if values:
                self._unassociated.setdefault(association["associationType"], {}).update(dict.fromkeys(values))


def check_request(body: Any, api: Api) -> list[dict[str, Any]]:
    """The items of a request. Raises Refused when the request is wrong as a whole."""
    items = body.get(api.items) if isinstance(body, dict) else None
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise Refused(400, f"{api.items}: a list of 1 to {BATCH} objects is required")
    if len(items) > BATCH:
        raise Refused(413, f"Data is too large. Submit fewer {api.items} in each payload.")
    reasons = list(property_faults(body.get("properties", {})))
    if reasons:
        raise Refused(400, *reasons)
    return items


def printable_key(key: Mapping[str, Any]) -> dict[str, Any]:
    """The key of a rejected item, whatever was wrong with it, in the types the document asks for."""
    return {
        name: (value if isinstance(value, int) else 0) if name.endswith("Number") else str(value)[:255]
        for name, value in key.items()
    }


def find_item(caller: Caller, api: Api, path: Mapping[str, Any]) -> Record:
    place = (caller.provider, api.kind, "", path_id(path))
    found = caller.site.development.find(lambda record: record.place == place)
    if not found:
        raise Refused(404, "No data found for this key.")
    return found[0]


def read_item(caller: Caller, api: Api, path: Mapping[str, Any]) -> Answer:
    return dict(find_item(caller, api, path).body), 200


def read_gating(caller: Caller, **path: Any) -> Answer:
    """Nothing gates deployments on this site."""
    body = find_item(caller, DEPLOYMENTS, path).body
    key = deployment_key(body)
    return key | {"updatedTimestamp": body["lastUpdated"], "gatingStatus": "allowed", "details": []}, 200


def delete_item(caller: Caller, api: Api, path: Mapping[str, Any]) -> Answer:
    """Delete one record; `_updateSequenceNumber` is no longer supported and ignored."""
    place = (caller.provider, api.kind, "", path_id(path))
    caller.site.development.remove(lambda record: record.place == place)
    return None, 202


def delete_by_properties(caller: Caller, api: Api) -> Answer:
    """Delete the records that have ALL the properties."""
    wanted = wanted_properties()
    caller.site.development.remove(
        lambda record: (
            record.provider == caller.provider
            and record.kind == api.kind
            and wanted.items() <= record.properties.items()
        )
    )
    return None, 202

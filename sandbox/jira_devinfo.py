"""Development information 0.10: repositories with their commits, branches and pull requests.

developer.atlassian.com/cloud/jira/software/rest/api-group-development-information
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flask import Blueprint, g, request

from sandbox.jira_access import Access, Caller, Refused
from sandbox.jira_calls import Answer, Calls, judging, message_object, sent_body
from sandbox.jira_contract import JiraContract
from sandbox.jira_rules import (
    BRANCH,
    COMMIT,
    ENTITIES,
    ENTITIES_OF_A_KIND,
    PULL_REQUEST,
    REPOSITORIES,
    REPOSITORY,
    entity_faults,
    issue_references,
    property_faults,
)
from sandbox.jira_shape import Shape, faults_of
from sandbox.jira_store import DEVINFO, Kind, Record, within_repository

MODULE = "jiraDevelopmentTool"
LISTS: Mapping[str, tuple[Kind, Shape]] = {
    "commits": ("commit", COMMIT),
    "branches": ("branch", BRANCH),
    "pullRequests": ("pull_request", PULL_REQUEST),
}
READ_BACK = 400  # entities


def devinfo_blueprint(
    name: str, access: Access, contract: JiraContract, *, prefix: str, document_path: Callable[[str], str]
) -> Blueprint:
    """The calls of development information below `prefix`."""
    blueprint = Blueprint(name, __name__, url_prefix=prefix)
    calls = Calls(blueprint, access, contract, error_form=message_object, document_path=document_path)
    repository = "/repository/<repository>"
    calls.add("POST", "/bulk", judging(store_devinfo), scope="WRITE", module=MODULE)
    calls.add("GET", repository, read_repository, scope="READ", module=MODULE)
    calls.add("DELETE", repository, delete_repository, scope="DELETE", module=MODULE)
    calls.add("DELETE", f"{repository}/<kind>/<entity>", delete_entity, scope="DELETE", module=MODULE)
    calls.add("DELETE", "/bulkByProperties", delete_by_properties, scope="DELETE", module=MODULE)
    calls.add("GET", "/existsByProperties", exists_by_properties, scope="READ", module=MODULE)
    return blueprint


def store_devinfo(caller: Caller) -> Answer:
    """Store what is valid and say what is not; only a request wrong as a whole is refused."""
    body = sent_body()
    check_request(body)
    intake = Intake(caller, body.get("properties", {}), said_of(body))
    for repository in body["repositories"]:
        intake.take(repository)
    if g.spec_faults and not intake.failed:
        raise Refused(400, *g.spec_faults)
    caller.site.development.submit(intake.records)
    return {
        "acceptedDevinfoEntities": intake.accepted,
        "failedDevinfoEntities": intake.failed,
        "unknownIssueKeys": list(intake.unknown),
    }, 202


def said_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """What the request says of all its records, as fields of Record."""
    return {
        "operation": body.get("operationType", "NORMAL"), "prevents": bool(body.get("preventTransitions")),
    }  # fmt: skip


def check_request(body: Any) -> None:
    """What makes the whole request wrong. Raises Refused with 400 or 413."""
    repositories = body.get("repositories") if isinstance(body, dict) else None
    if not isinstance(repositories, list) or not repositories:
        raise Refused(400, "No repositories or development information entities were provided.")
    reasons = list(property_faults(body.get("properties", {})))
    if body.get("operationType", "NORMAL") not in {"NORMAL", "BACKFILL"}:
        reasons.append("operationType is NORMAL or BACKFILL")
    if not all(isinstance(one, dict) for one in repositories):
        reasons.append("repositories: every one must be an object")
    if not reasons:
        check_size(repositories)
        reasons = list(duplicate_faults(repositories))
    if reasons:
        raise Refused(400, *reasons)


def check_size(repositories: list[dict[str, Any]]) -> None:
    counts = [len(entities) for one in repositories for entities in entity_lists(one).values()]
    if len(repositories) > REPOSITORIES or sum(counts) > ENTITIES or max(counts, default=0) > ENTITIES_OF_A_KIND:
        raise Refused(413, "Data is too large. Submit fewer devinfo entities in each payload.")


def entity_lists(repository: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {name: list(repository.get(name) or ()) for name in LISTS}


def duplicate_faults(repositories: list[dict[str, Any]]) -> Iterator[str]:
    if has_duplicates([one.get("id") for one in repositories]):
        yield "repositories: must not contain duplicates"
    for one in repositories:
        for name, entities in entity_lists(one).items():
            if has_duplicates([entity.get("id") for entity in entities if isinstance(entity, dict)]):
                yield f"{name}: must not contain duplicate entity ids"


def has_duplicates(ids: list[Any]) -> bool:
    return len({str(one) for one in ids}) < len(ids)


class Intake:
    """The outcome of one bulk request: records to store, and the lists of the answer."""

    def __init__(self, caller: Caller, properties: Mapping[str, str], said: Mapping[str, Any]) -> None:
        self.records: list[Record] = []
        self.accepted: dict[str, Any] = {}
        self.failed: dict[str, Any] = {}
        self.unknown: dict[str, None] = {}
        self._caller, self._properties, self._said = caller, properties, said

    def take(self, body: Mapping[str, Any]) -> None:
        """One repository; when it is wrong itself, nothing in it is stored."""
        name = str(body.get("id"))
        reasons = list(faults_of(REPOSITORY, body))
        if reasons:
            self._fail(name, "errorMessages", message_object(tuple(reasons))["errorMessages"], reasons)
            return
        bare = {key: value for key, value in body.items() if key not in LISTS}
        sequence = body["updateSequenceId"]
        provider = self._caller.provider
        self.records.append(
            Record(provider, "repository", name, sequence, bare, properties=self._properties, **self._said)
        )
        accepted: dict[str, list[str]] = {listed: [] for listed in LISTS}
        for listed, (kind, shape) in LISTS.items():
            for entity in body.get(listed, ()):
                if self._take_entity(name, listed, kind, shape, entity):
                    accepted[listed].append(entity["id"])
        self.accepted[name] = accepted

    def _take_entity(self, repository: str, listed: str, kind: Kind, shape: Shape, body: Any) -> bool:
        reasons = entity_faults(shape, body)
        if reasons:
            failure = {"id": str(body.get("id") if isinstance(body, dict) else None)}
            self._fail(repository, listed, [failure | message_object(tuple(reasons))], reasons)
            return False
        known, unknown = self._caller.site.known_issues(issue_references(body))
        self.unknown |= dict.fromkeys(unknown)
        if known:
            record = Record(
                self._caller.provider, kind, body["id"], body["updateSequenceId"], body, known, repository, **self._said
            )  # fmt: skip
            self.records.append(record)
        return True

    def _fail(self, repository: str, listed: str, failures: list[Any], reasons: list[str]) -> None:
        self.failed.setdefault(repository, {}).setdefault(listed, []).extend(failures)
        self._caller.site.violate("entity", request.method, request.path, reasons)


def read_repository(caller: Caller, repository: str) -> Answer:
    """The repository with its newest 400 entities, as stored now."""
    records = caller.site.development.find(within_repository(caller.provider, repository, None))
    found = next((record for record in records if record.kind == "repository"), None)
    if found is None:
        raise Refused(404, "No data found for this repository.")
    newest = [record for record in records if record.kind in DEVINFO][:READ_BACK]
    lists = {name: [record.body for record in newest if record.kind == kind] for name, (kind, _) in LISTS.items()}
    return dict(found.body) | lists, 200


def sequence_limit() -> int | None:
    """`_updateSequenceId` of the query. Raises Refused with 400."""
    given = request.args.get("_updateSequenceId")
    try:
        return None if given is None else int(given)
    except ValueError:
        raise Refused(400, "_updateSequenceId is not an integer") from None


def delete_repository(caller: Caller, repository: str) -> Answer:
    caller.site.development.remove(within_repository(caller.provider, repository, sequence_limit()))
    return None, 202


def delete_entity(caller: Caller, repository: str, kind: str, entity: str) -> Answer:
    if kind not in DEVINFO:
        raise Refused(400, f"{kind} is not one of {', '.join(DEVINFO)}")
    limit = sequence_limit()
    place = (caller.provider, kind, repository, entity)
    caller.site.development.remove(lambda record: record.place == place and (limit is None or record.sequence <= limit))
    return None, 202


def wanted_properties() -> dict[str, str]:
    """The properties of the query. Raises Refused with 400 without any, and for one with several values."""
    wanted = {name: request.args.getlist(name) for name in request.args if not name.startswith("_")}
    if not wanted:
        raise Refused(400, "At least one property is required.")
    several = [name for name, values in wanted.items() if len(values) > 1]
    if several:
        raise Refused(400, f"Only one value is allowed for the property {several[0]}.")
    return {name: values[0] for name, values in wanted.items()}


def repositories_with(caller: Caller, wanted: Mapping[str, str]) -> Callable[[Record], bool]:
    """Fits the caller's repositories that have all these properties."""
    return lambda record: (
        record.kind == "repository"
        and record.provider == caller.provider
        and wanted.items() <= record.properties.items()
    )


def delete_by_properties(caller: Caller) -> Answer:
    """Delete repositories that have ALL the properties, with everything in them; a sequence number is ignored."""
    caller.site.development.remove_repositories(repositories_with(caller, wanted_properties()))
    return None, 202


def exists_by_properties(caller: Caller) -> Answer:
    limit = sequence_limit()
    found = caller.site.development.find(repositories_with(caller, wanted_properties()))
    exists = any(limit is None or record.sequence <= limit for record in found)
    return {"hasDataMatchingProperties": exists}, 200

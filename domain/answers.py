"""What Jira answers to a bulk submission: 202 is not success, the lists inside are.

Source: https://developer.atlassian.com/cloud/jira/software/rest/ (development information, builds, deployments).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.bulk import Request
from domain.changes import Entity, Identity, Kind, identity_of
from domain.records import Json

DEVINFO_LISTS: Mapping[str, Kind] = {"commits": "commit", "branches": "branch", "pullRequests": "pull_request"}


@dataclass(frozen=True, slots=True)
class Reading:
    """`failed`: changes Jira refused, with its words. `unknown`: issue keys that do not exist on the site."""

    accepted: int
    failed: Mapping[Identity, str]
    unknown: frozenset[str]


def read_answer(request: Request, body: Json | None) -> Reading:
    """Read the answer to one request; a removal is answered without a body and counts as accepted.

    A build or deployment that is refused only because none of its keys exists is no failure: nobody can mend it.
    """
    answer = body or {}
    unknown = frozenset(str(key) for key in answer.get("unknownIssueKeys") or ())
    refused = dict(_devinfo_failures(request, answer) if request.api == "devinfo" else _rejections(answer))
    orphans = {identity_of(c) for c in request.changes if isinstance(c, Entity) and set(c.keys) <= unknown}
    failed = {who: why for who, why in refused.items() if who not in orphans}
    return Reading(accepted=len(request.changes) - len(refused), failed=failed, unknown=unknown)


def _devinfo_failures(request: Request, answer: Json) -> Iterable[tuple[Identity, str]]:
    for repository_id, errors in (answer.get("failedDevinfoEntities") or {}).items():
        general = _sentence(errors.get("errorMessages"))
        if general:
            for change in request.changes:
                if change.repository_id == repository_id:
                    yield identity_of(change), general
        for plural, kind in DEVINFO_LISTS.items():
            for entity in errors.get(plural) or ():
                yield (kind, repository_id, str(entity["id"])), _sentence(entity.get("errorMessages"))


def _rejections(answer: Json) -> Iterable[tuple[Identity, str]]:
    for row in answer.get("rejectedBuilds") or ():
        key = row["key"]
        yield ("build", None, f"{key['pipelineId']}/{key['buildNumber']}"), _sentence(row.get("errors"))
    for row in answer.get("rejectedDeployments") or ():
        key = row["key"]
        path = f"{key['pipelineId']}/{key['environmentId']}/{key['deploymentSequenceNumber']}"
        yield ("deployment", None, path), _sentence(row.get("errors"))


def _sentence(errors: Any) -> str:
    return "; ".join(str(error.get("message", "")) for error in errors or ())

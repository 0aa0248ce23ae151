"""Builds and deployments as Jira has them.

Sources: https://developer.atlassian.com/cloud/jira/software/rest/api-group-builds/ and api-group-deployments
"""

from dataclasses import dataclass
from urllib.parse import quote

from clients.jira import Api, JiraClient
from domain.errors import BadEvent, Unreadable
from domain.json_fields import optional_text, text
from domain.records import Json


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A build, or a deployment to `environment` (None of a build); `state` in Jira's word."""

    name: str
    url: str
    state: str
    environment: str | None


def read_build(client: JiraClient, path: str) -> StoredRun:
    """The build of a ledger's id, `pipeline/number`. Raises NotFound when Jira has none."""
    pipeline, number = path.split("/")
    return _read(client, "builds", f"/pipelines/{quote(pipeline)}/builds/{number}")


def read_deployment(client: JiraClient, path: str) -> StoredRun:
    """The deployment of a ledger's id, `pipeline/environment/number`. Raises NotFound when Jira has none."""
    pipeline, environment, number = path.split("/")
    place = f"/pipelines/{quote(pipeline)}/environments/{quote(environment)}/deployments/{number}"
    return _read(client, "deployments", place)


def _read(client: JiraClient, api: Api, path: str) -> StoredRun:
    answer = client.send("GET", api, path)
    try:
        return _run_from(answer)
    except BadEvent as error:
        raise Unreadable("Jira", None, f"its answer cannot be read: {error}") from None


def _run_from(answer: Json) -> StoredRun:
    environment = optional_text(answer, "environment", "displayName")
    return StoredRun(text(answer, "displayName"), text(answer, "url"), text(answer, "state"), environment)

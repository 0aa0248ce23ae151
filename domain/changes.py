"""What Jira shall hold, or hold no longer, because of an event; made by `devinfo`, `builds` and `deployments`."""

from dataclasses import dataclass
from typing import Literal

from domain.records import Json

Kind = Literal["repository", "commit", "branch", "pull_request", "build", "deployment"]


@dataclass(frozen=True, slots=True)
class Entity:
    """One thing Jira shall hold, with the exact body of the bulk call.

    `id` is the path of the thing below its API: commit, branch or pull request id; `pipeline/number` of a build;
    `pipeline/environment/number` of a deployment; the repository id itself for a repository.
    `repository` is the repository object without entities, for devinfo kinds only.
    """

    kind: Kind
    id: str
    sequence: int  # event time in ms
    keys: tuple[str, ...]
    body: Json
    repository_id: str | None = None
    repository: Json | None = None
    dropped_keys: int = 0  # found but over Jira's cap


@dataclass(frozen=True, slots=True)
class Removal:
    """One thing Jira shall no longer hold. A removed repository takes its builds and deployments with it."""

    kind: Kind
    id: str
    sequence: int
    repository_id: str | None = None


Change = Entity | Removal


@dataclass(frozen=True, slots=True)
class Source:
    """Where an event came from; decides addresses and the properties by which Jira can find what we sent."""

    connection_id: str
    organization_url: str  # https://dev.azure.com/acme, no trailing slash
    project_id: str


Identity = tuple[Kind, str | None, str]


def identity_of(change: Change) -> Identity:
    """What a change is about: kind, repository and id.

    Without repository for builds and deployments: their ids are unique on the site, and the repository of a run may
    become known late.
    """
    within = None if change.kind in {"build", "deployment"} else change.repository_id
    return change.kind, within, change.id

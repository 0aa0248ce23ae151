"""Changes as requests to Jira: the newest of each thing, packed within every limit of the bulk calls.

Sources: https://developer.atlassian.com/cloud/jira/software/rest/ (groups development information, builds,
deployments). What was sent is found again by the properties that go with each request.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote

from domain.changes import Change, Entity, Kind, Removal, Source, identity_of
from domain.records import Json

Api = Literal["devinfo", "builds", "deployments"]
DEVINFO_REPOSITORIES = 100  # per request, each once
DEVINFO_ENTITIES = 1000  # per request, over all its repositories
REPOSITORY_ENTITIES = 400  # of one kind, per repository and request
LISTED_ENTITIES = 100  # builds or deployments per request
BODY_BYTES = 900_000  # ours: Jira answers 413 but names no number
PRODUCT = "Azure DevOps"
LISTS: Mapping[Kind, str] = {"commit": "commits", "branch": "branches", "pull_request": "pullRequests"}
LISTED: Mapping[Kind, Literal["builds", "deployments"]] = {"build": "builds", "deployment": "deployments"}


@dataclass(frozen=True, slots=True)
class Request:
    """One call to Jira: `path` is quoted and relative to its API. `changes` are told when all their requests are."""

    method: Literal["POST", "DELETE"]
    api: Api
    path: str
    query: Mapping[str, str]
    body: Json | None
    changes: tuple[Change, ...]


def coalesce(changes: Iterable[Change]) -> tuple[Change, ...]:
    """The newest change of each thing, in the order things first appear; of equal ones the later.

    What is not newer than the removal of its repository is left out, for that removal takes it along.
    """
    newest: dict[tuple[Kind, str | None, str], Change] = {}
    for change in changes:
        known = newest.get(identity_of(change))
        if known is None or change.sequence >= known.sequence:
            newest[identity_of(change)] = change
    gone = {change.id: change.sequence for change in newest.values() if _is_repository_removal(change)}
    return tuple(change for change in newest.values() if not _is_swept(change, gone))


def pack_requests(changes: Iterable[Change], source: Source, *, backfill: bool = False) -> tuple[Request, ...]:
    """The requests that tell Jira `changes`, to be sent in this order: whole repositories that went, what is there
    now, single things that went. With `backfill` Jira starts no transition and allows a higher rate.
    """
    fresh = coalesce(changes)
    removals = [change for change in fresh if isinstance(change, Removal)]
    entities = [change for change in fresh if isinstance(change, Entity)]
    return (
        *(request for change in removals if change.kind == "repository" for request in _remove_repository(change)),
        *_pack_devinfo([entity for entity in entities if entity.kind not in LISTED], source, backfill),
        *_pack_listed([entity for entity in entities if entity.kind == "build"], source),
        *_pack_listed([entity for entity in entities if entity.kind == "deployment"], source),
        *(_remove_entity(change) for change in removals if change.kind != "repository"),
    )


def split_request(request: Request) -> tuple[Request, Request]:
    """Two bulk requests with half of the entities each, to find the one Jira refuses. Raises ValueError below two."""
    entities = [change for change in request.changes if isinstance(change, Entity)]
    if request.body is None or len(entities) < 2:
        raise ValueError("only a bulk request with two entities or more can be split")
    middle = len(entities) // 2
    first, second = (_rebuild(request, request.body, half) for half in (entities[:middle], entities[middle:]))
    return first, second


def body_size(body: Json) -> int:
    """The bytes of a body as it is sent: compact UTF-8."""
    return len(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())


def _is_repository_removal(change: Change) -> bool:
    return isinstance(change, Removal) and change.kind == "repository"


def _is_swept(change: Change, gone: Mapping[str, int]) -> bool:
    if change.repository_id is None or _is_repository_removal(change):
        return False
    return change.sequence <= gone.get(change.repository_id, change.sequence - 1)


# --- removals ------------------------------------------------------------------------------------------------------


def _remove_repository(removal: Removal) -> tuple[Request, ...]:
    """Builds and deployments know their repository by the property only."""
    query = {"_updateSequenceId": str(removal.sequence)}
    by_property = {"repositoryId": removal.id}
    return (
        Request("DELETE", "devinfo", _path("repository", removal.id), query, None, (removal,)),
        Request("DELETE", "builds", "/bulkByProperties", by_property, None, (removal,)),
        Request("DELETE", "deployments", "/bulkByProperties", by_property, None, (removal,)),
    )


def _remove_entity(removal: Removal) -> Request:
    if removal.kind == "build":
        pipeline, number = removal.id.rsplit("/", 1)
        return Request("DELETE", "builds", _path("pipelines", pipeline, "builds", number), {}, None, (removal,))
    if removal.kind == "deployment":
        pipeline, _, rest = removal.id.partition("/")  # the environment in the middle may have a slash of its own
        environment, _, number = rest.rpartition("/")
        path = _path("pipelines", pipeline, "environments", environment, "deployments", number)
        return Request("DELETE", "deployments", path, {}, None, (removal,))
    path = _path("repository", removal.repository_id or "", removal.kind, removal.id)
    return Request("DELETE", "devinfo", path, {"_updateSequenceId": str(removal.sequence)}, None, (removal,))


def _path(*segments: str) -> str:
    return "".join("/" + quote(segment, safe="") for segment in segments)


# --- bulk calls ----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Load:
    """A devinfo request while it is filled."""

    entities: list[Entity] = field(default_factory=list)
    counts: dict[tuple[str | None, Kind], int] = field(default_factory=dict)
    repositories: set[str | None] = field(default_factory=set)
    size: int = 0

    def takes(self, entity: Entity, size: int) -> bool:
        new = entity.repository_id not in self.repositories
        return (
            len(self.repositories) + new <= DEVINFO_REPOSITORIES
            and len(self.entities) < DEVINFO_ENTITIES
            and self.counts.get((entity.repository_id, entity.kind), 0) < REPOSITORY_ENTITIES
            and self.size + size <= BODY_BYTES
        )

    def add(self, entity: Entity, size: int) -> None:
        of_kind = (entity.repository_id, entity.kind)
        self.entities.append(entity)
        self.repositories.add(entity.repository_id)
        self.counts[of_kind] = self.counts.get(of_kind, 0) + 1
        self.size += size


def _pack_devinfo(entities: list[Entity], source: Source, backfill: bool) -> Iterator[Request]:
    load = _Load()
    for entity in _by_repository(entities):
        size = _entity_size(entity)
        if load.entities and not load.takes(entity, size):
            yield _devinfo_request(load.entities, _properties(source), backfill)
            load = _Load()
        load.add(entity, size)
    if load.entities:
        yield _devinfo_request(load.entities, _properties(source), backfill)


def _pack_listed(entities: list[Entity], source: Source) -> Iterator[Request]:
    """Builds or deployments; properties hold for a whole request, so each has those of one repository only."""
    for repository_id, group in _grouped(entities).items():
        held: list[Entity] = []
        size = 0
        for entity in group:
            more = body_size(entity.body)
            if held and (len(held) == LISTED_ENTITIES or size + more > BODY_BYTES):
                yield _listed_request(held, _properties(source, repository_id))
                held, size = [], 0
            held.append(entity)
            size += more
        yield _listed_request(held, _properties(source, repository_id))


def _devinfo_request(entities: list[Entity], properties: Json, backfill: bool) -> Request:
    body = {
        "preventTransitions": backfill,
        "operationType": "BACKFILL" if backfill else "NORMAL",
        "repositories": [_repository_with(group) for group in _grouped(entities).values()],
        "properties": properties,
        "providerMetadata": {"product": PRODUCT},
    }
    return Request("POST", "devinfo", "/bulk", {}, body, tuple(entities))


def _listed_request(entities: list[Entity], properties: Json) -> Request:
    api = LISTED[entities[0].kind]
    body = {
        "properties": properties,
        api: [entity.body for entity in entities],
        "providerMetadata": {"product": PRODUCT},
    }
    return Request("POST", api, "/bulk", {}, body, tuple(entities))


def _rebuild(request: Request, body: Json, entities: list[Entity]) -> Request:
    if request.api == "devinfo":
        return _devinfo_request(entities, body["properties"], body["operationType"] == "BACKFILL")
    return _listed_request(entities, body["properties"])


def _repository_with(entities: list[Entity]) -> Json:
    """One repository of a devinfo request, as its newest entity knows it."""
    newest = max(entities, key=lambda entity: entity.sequence)
    lists = {name: [entity.body for entity in entities if entity.kind == kind] for kind, name in LISTS.items()}
    return dict(newest.repository or {}) | {name: bodies for name, bodies in lists.items() if bodies}


def _properties(source: Source, repository_id: str | None = None) -> Json:
    properties = {"connectionId": source.connection_id, "projectId": source.project_id}
    return properties | ({"repositoryId": repository_id} if repository_id else {})


def _entity_size(entity: Entity) -> int:
    return body_size(entity.body) + body_size(entity.repository or {})


def _by_repository(entities: list[Entity]) -> Iterator[Entity]:
    for group in _grouped(entities).values():
        yield from group


def _grouped(entities: list[Entity]) -> dict[str | None, list[Entity]]:
    groups: dict[str | None, list[Entity]] = {}
    for entity in entities:
        groups.setdefault(entity.repository_id, []).append(entity)
    return groups

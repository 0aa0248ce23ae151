"""Entities of every kind with as little in them as packing needs."""

from typing import Any

from domain.bulk import Request
from domain.changes import Change, Entity, Kind, Source

AT = Source("c-1", "https://dev.azure.com/larkspur", "p-1")


def repository(repository_id: str, sequence: int, name: str = "shelf") -> dict[str, Any]:
    return {"id": repository_id, "name": name, "url": "https://x.example", "updateSequenceId": sequence}


def entity(kind: Kind, name: str, sequence: int = 5, repository_id: str = "r-1", text: str = "") -> Entity:
    body = {"id": name, "updateSequenceId": sequence, "text": text}
    above = repository(repository_id, sequence, f"name at {sequence}")
    return Entity(kind, name, sequence, ("OPS-1",), body, repository_id, above)


def listed(kind: Kind, name: str, sequence: int = 5, repository_id: str | None = "r-1", text: str = "") -> Entity:
    return Entity(kind, name, sequence, ("OPS-1",), {"name": name, "text": text}, repository_id)


def commits(count: int, repository_id: str = "r-1") -> list[Entity]:
    return [entity("commit", f"{repository_id}-{number}", repository_id=repository_id) for number in range(count)]


def sent(requests: tuple[Request, ...]) -> list[Change]:
    return [change for request in requests for change in request.changes]

"""Entities under the keys their issues have now, after Jira did not know the keys they had."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from domain.changes import Change, Entity
from domain.records import Json

LATER = 1  # ms; Jira takes an entity again only with a higher number than it just took
ISSUE_ASSOCIATIONS = frozenset({"issueIdOrKeys", "issueKeys"})
SEQUENCES = frozenset({"updateSequenceId", "updateSequenceNumber"})


def readdress(changes: Iterable[Change], moved: Mapping[str, str]) -> tuple[Entity, ...]:
    """Those of `changes` that name an issue that `moved` leads to another key, with that key; each a millisecond later.

    Keys stand in `issueKeys` and in `associations`, see the bulk calls in
    https://developer.atlassian.com/cloud/jira/software/rest/
    """
    entities = (change for change in changes if isinstance(change, Entity))
    return tuple(_readdressed(entity, moved) for entity in entities if not moved.keys().isdisjoint(entity.keys))


def _readdressed(entity: Entity, moved: Mapping[str, str]) -> Entity:
    keys = tuple(_present(entity.keys, moved))
    body: Json = {name: _renewed(name, value, moved) for name, value in entity.body.items()}
    return replace(entity, keys=keys, body=body, sequence=entity.sequence + LATER)


def _renewed(name: str, value: Any, moved: Mapping[str, str]) -> Any:
    if name in SEQUENCES:
        return value + LATER
    if name == "issueKeys":
        return _present(value, moved)
    if name == "associations":
        return [_association(one, moved) for one in value]
    if isinstance(value, Mapping):  # the last commit of a branch
        return {inner: _renewed(inner, held, moved) for inner, held in value.items()}
    return value


def _association(shape: Json, moved: Mapping[str, str]) -> Json:
    names_issues = shape.get("associationType") in ISSUE_ASSOCIATIONS  # others hold commits
    return dict(shape) | {"values": _present(shape["values"], moved)} if names_issues else shape


def _present(keys: Iterable[str], moved: Mapping[str, str]) -> list[str]:
    return list(dict.fromkeys(moved.get(key, key) for key in keys))

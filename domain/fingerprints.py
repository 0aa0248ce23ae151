"""Fingerprints: equal for two entities that show the same in Jira, whenever each of them was sent.

Each covers the name and address of its repository too, because the addresses of all that is in it begin with them.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from domain.changes import Entity, Kind
from domain.records import Json

# numbers and times of the event that told of it
TIMES = frozenset({"updateSequenceId", "updateSequenceNumber", "lastUpdate", "lastUpdated"})


def fingerprint_of(entity: Entity) -> str:
    """64 hexadecimal digits. Of a commit and a branch only what can change of it counts, because history shows less of
    it than an event does.
    """
    shown = [SHOWN[entity.kind](entity), sorted(entity.keys), _name_repository(entity.repository or {})]
    text = json.dumps(shown, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _show_commit(entity: Entity) -> Any:
    return None  # its text never changes


def _show_branch(entity: Entity) -> Any:
    body = entity.body
    return [body.get("name"), body.get("url"), body.get("lastCommit", {}).get("id")]


def _show_repository(entity: Entity) -> Any:
    return _name_repository(entity.body)


def _show_all(entity: Entity) -> Any:
    return {name: value for name, value in entity.body.items() if name not in TIMES | {"issueKeys"}}


def _name_repository(repository: Json) -> Any:
    return [repository.get("name"), repository.get("url")]


SHOWN: Mapping[Kind, Callable[[Entity], Any]] = {
    "repository": _show_repository,
    "commit": _show_commit,
    "branch": _show_branch,
    "pull_request": _show_all,
    "build": _show_all,
    "deployment": _show_all,
}

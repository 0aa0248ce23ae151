"""Strict, typed reading of decoded JSON: every reader names the field that is missing or of the wrong kind.

Errors carry the path of a field and never its value, because values are titles, names and messages.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from domain.errors import BadEvent
from domain.records import Json

Read = TypeVar("Read")


def decode_body(body: bytes) -> Json:
    """The object in a JSON body of UTF-8 bytes. Raises BadEvent for anything else."""
    try:
        decoded = json.loads(body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BadEvent("the body is not UTF-8") from None
    except (ValueError, RecursionError):
        raise BadEvent("the body is not JSON") from None
    if not isinstance(decoded, dict):
        raise BadEvent("the body is not a JSON object")
    return decoded


def text(body: Json, *path: str) -> str:
    """The string at `path`, which may be empty. Raises BadEvent."""
    found = _find(body, path)
    if not isinstance(found, str):
        raise _wrong(path, found, "text")
    return _encodable(found)


def optional_text(body: Json, *path: str) -> str | None:
    """The string at `path`, None when it is absent or null. Raises BadEvent for another kind."""
    return None if _find(body, path) is None else text(body, *path)


def number(body: Json, *path: str) -> int:
    """The whole number at `path`. Raises BadEvent."""
    found = _find(body, path)
    if not isinstance(found, int) or isinstance(found, bool):
        raise _wrong(path, found, "a whole number")
    return found


def optional_number(body: Json, *path: str) -> int | None:
    """The whole number at `path`, None when it is absent or null. Raises BadEvent for another kind."""
    return None if _find(body, path) is None else number(body, *path)


def flag(body: Json, *path: str) -> bool:
    """The boolean at `path`, False when it is absent or null. Raises BadEvent for another kind."""
    found = _find(body, path)
    if found is not None and not isinstance(found, bool):
        raise _wrong(path, found, "true or false")
    return bool(found)


def moment(body: Json, *path: str) -> datetime:
    """The point in time at `path`, aware and in UTC. Raises BadEvent."""
    try:
        return parse_moment(text(body, *path))
    except (ValueError, OverflowError):
        raise BadEvent(f"{_name(path)} is not a date") from None


def optional_moment(body: Json, *path: str) -> datetime | None:
    """The point in time at `path`; None when it is absent, null or .NET's smallest date, which means not set."""
    if _find(body, path) is None:
        return None
    found = moment(body, *path)
    return None if found.year == 1 else found


def record(body: Json, *path: str) -> Json:
    """The object at `path`. Raises BadEvent."""
    found = _find(body, path)
    if not isinstance(found, dict):
        raise _wrong(path, found, "an object")
    return found


def optional_record(body: Json, *path: str) -> Json | None:
    """The object at `path`, None when it is absent or null. Raises BadEvent for another kind."""
    return None if _find(body, path) is None else record(body, *path)


def records(body: Json, *path: str) -> tuple[Json, ...]:
    """The objects of the list at `path`, nothing when it is absent or null. Raises BadEvent for another kind."""
    found = _find(body, path)
    if found is None:
        return ()
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise _wrong(path, found, "a list of objects")
    return tuple(found)


def parse_record(parse: Callable[[Json], Read], body: Json, *path: str) -> Read:
    """The object at `path`, read by `parse`, whose errors are told with the whole path."""
    return _parse_within(_name(path), parse, record(body, *path))


def parse_records(parse: Callable[[Json], Read], body: Json, *path: str) -> tuple[Read, ...]:
    """The objects of the list at `path`, each read by `parse`, whose errors are told with path and place."""
    shapes = enumerate(records(body, *path))
    return tuple(_parse_within(f"{_name(path)}[{place}]", parse, shape) for place, shape in shapes)


def parse_moment(written: str) -> datetime:
    """An aware time in UTC from an ISO 8601 text. Raises ValueError or OverflowError.

    .NET writes seven digits of a second, which are cut to six, and leaves the zone out of dates that it made itself.
    """
    parsed = datetime.fromisoformat(written)
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def _parse_within(name: str, parse: Callable[[Json], Read], shape: Json) -> Read:
    try:
        return parse(shape)
    except BadEvent as error:
        raise BadEvent(f"{name}.{error}") from None


def _find(body: Json, path: tuple[str, ...]) -> object:
    found: object = body
    for name in path:
        if not isinstance(found, dict):
            return None
        found = found.get(name)
    return found


def _wrong(path: tuple[str, ...], found: object, kind: str) -> BadEvent:
    return BadEvent(f"{_name(path)} is missing" if found is None else f"{_name(path)} is not {kind}")


def _name(path: tuple[str, ...]) -> str:
    return ".".join(path)


def _encodable(found: str) -> str:
    """JSON can carry half of a surrogate pair, which no UTF-8 answer can: such a half becomes a question mark."""
    return found if found.isascii() else found.encode("utf-8", "replace").decode("utf-8")

"""A small vocabulary to write down the limits of a request body: fields with a length, a range, a choice.

Used where the official documents say it only in prose, and everywhere when there are no documents.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

Check = Callable[[Any], Iterator[str]]
INT64 = 2**63


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a body: what it may hold and whether it must be there."""

    check: Check
    required: bool = True


Shape = dict[str, Field]


def faults_of(shape: Shape, body: Any) -> Iterator[str]:
    """Reasons against a body, each with the name of its field."""
    if not isinstance(body, dict):
        yield "must be an object"
        return
    for name, field in shape.items():
        if name not in body:
            if field.required:
                yield f"{name} is required"
            continue
        yield from (f"{name}: {reason}" for reason in field.check(body[name]))


def text(longest: int, *, required: bool = True, pattern: str | None = None) -> Field:
    """Text of 1 to `longest` characters that matches the pattern."""

    def check(value: Any) -> Iterator[str]:
        if not isinstance(value, str):
            yield "must be text"
        elif len(value) > longest:
            yield f"is longer than {longest} characters"
        elif pattern and not re.fullmatch(pattern, value):
            yield f"has characters outside {pattern}"

    return Field(check, required)


def choice(*allowed: str, required: bool = True) -> Field:
    def check(value: Any) -> Iterator[str]:
        if value not in allowed:
            yield f"is not one of {', '.join(allowed)}"

    return Field(check, required)


def whole(least: int = -INT64, *, required: bool = True) -> Field:
    """An integer that fits 64 bits and is not below `least`."""

    def check(value: Any) -> Iterator[str]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield "must be an integer"
        elif not least <= value < INT64:
            yield f"must be an integer from {least} to {INT64 - 1}"

    return Field(check, required)


def link(longest: int = 2000, *, required: bool = True) -> Field:
    """An absolute http address."""

    def check(value: Any) -> Iterator[str]:
        parts = urlsplit(value) if isinstance(value, str) else None
        if parts is None or parts.scheme not in {"http", "https"} or not parts.netloc or " " in value:
            yield "must be an absolute http address"
        elif len(value) > longest:
            yield f"is longer than {longest} characters"

    return Field(check, required)


def moment(*, required: bool = True) -> Field:
    """An ISO 8601 time with its zone."""

    def check(value: Any) -> Iterator[str]:
        try:
            zone = datetime.fromisoformat(value).tzinfo
        except (TypeError, ValueError):
            yield "must be an ISO 8601 time"
            return
        if zone is None:
            yield "must name its time zone"

    return Field(check, required)


def part(shape: Shape, *, required: bool = True) -> Field:
    return Field(lambda value: faults_of(shape, value), required)


def many(item: Field, least: int, most: int, *, required: bool = True) -> Field:
    """A list of `least` to `most` items."""

    def check(value: Any) -> Iterator[str]:
        if not isinstance(value, list):
            yield "must be a list"
        elif not least <= len(value) <= most:
            yield f"must have {least} to {most} items"
        else:
            yield from (f"{index}: {reason}" for index, one in enumerate(value) for reason in item.check(one))

    return Field(check, required)

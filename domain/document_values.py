"""Values of documents that people write, in JSON or YAML: each reader takes one kind, and says what is allowed."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.errors import Fault

NEEDED = object()  # in place of a default: the value has to be there
TEXT_CHARACTERS = 4_000  # paths of areas are the longest: 14 levels of 255
LIST_ENTRIES = 10_000


class Wrong(Exception):
    """A value that is not allowed. `str(error)` says what is; `place` is where below the value, as a JSON pointer."""

    def __init__(self, detail: str, place: str = "") -> None:
        super().__init__(detail)
        self.place = place


@dataclass(frozen=True, slots=True)
class Slot:
    """A value of a record by its name in a document."""

    read: Callable[[object], Any]
    default: Any = NEEDED


def read_text(value: object) -> str:
    """Text that is not empty. YAML makes a number of an id that stands there without quotes; that is taken too."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise Wrong("Enter text.")
    return read_words(value)


def read_words(value: object) -> str:
    """Text, which may be empty."""
    if not isinstance(value, str):
        raise Wrong("Enter text.")
    if len(value) > TEXT_CHARACTERS:
        raise Wrong(f"Shorten it to {TEXT_CHARACTERS:,} characters.")
    return value.encode("utf-8", "replace").decode()


def read_number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Wrong("Enter a whole number.")
    return value


def read_share(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise Wrong("Enter a number from 0 to 1.")
    return float(value)


def read_flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise Wrong("Enter true or false.")
    return value


def read_day(value: object) -> str:
    """An ISO date; YAML makes a date of one that stands there without quotes."""
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise Wrong("Enter a day like 2026-01-31.") from None


def read_word(*allowed: str) -> Callable[[object], str]:
    """One of these words."""

    def read(value: object) -> str:
        if value not in allowed:
            raise Wrong(f"Enter one of: {', '.join(allowed)}.")
        return str(value)

    return read


def optional(read: Callable[[object], Any]) -> Callable[[object], Any]:
    """The same or nothing (null)."""
    return lambda value: None if value is None else read(value)


def read_texts(value: object) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, list) or len(value) > LIST_ENTRIES:
        raise Wrong(f"Enter a list of at most {LIST_ENTRIES:,} texts.")
    found = []
    for number, entry in enumerate(value):
        try:
            found.append(read_text(entry))
        except Wrong as error:
            raise Wrong(str(error), f"/{number}") from None
    return tuple(found)


def read_pairs(value: object) -> tuple[tuple[str, str], ...]:
    """Texts by text, as pairs."""
    if not isinstance(value, Mapping) or len(value) > LIST_ENTRIES:
        raise Wrong(f"Enter at most {LIST_ENTRIES:,} values with what becomes of each.")
    found = []
    for name, entry in value.items():
        try:
            found.append((read_text(name), read_text(entry)))
        except Wrong as error:
            raise Wrong(str(error), f"/{escape_pointer(str(name))}") from None
    return tuple(found)


def read_slots(
    value: object, slots: Mapping[str, Slot], place: str, faults: list[Fault], ignored: Collection[str] = ()
) -> dict[str, Any]:
    """The values of a record by name. What is wrong is added to `faults`, and the value left out."""
    if not isinstance(value, Mapping):
        faults.append(Fault(place, f"Enter an object with {', '.join(slots)}."))
        return {}
    for name in value:
        if name not in slots and name not in ignored:
            known = ", ".join(slots)
            faults.append(Fault(f"{place}/{escape_pointer(str(name))}", f"There is no such entry. There are: {known}."))
    found = {}
    for name, slot in slots.items():
        if name not in value and slot.default is NEEDED:
            faults.append(Fault(f"{place}/{name}", "This entry is missing."))
            continue
        try:
            found[name] = slot.read(value[name]) if name in value else slot.default
        except Wrong as error:
            faults.append(Fault(f"{place}/{name}{error.place}", str(error)))
    return found


def escape_pointer(part: str) -> str:
    """One part of a JSON pointer: https://www.rfc-editor.org/rfc/rfc6901"""
    return part.replace("~", "~0").replace("/", "~1")

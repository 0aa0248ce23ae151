"""The `update` half of an edit: lists that grow and shrink, and comments, worklogs and links that come along."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.jira_issue_record import Text
from sandbox.jira_issue_references import read_value
from sandbox.jira_issue_values import BadValue, Place, check_document, not_settable, read_duration
from sandbox.jira_scheme import LISTS, Field, LinkType, find_named

ADDED = frozenset({"comment", "worklog", "issuelinks"})
STARTED = "%Y-%m-%dT%H:%M:%S.%f%z"
Note = Callable[[str, BadValue], None]


@dataclass(frozen=True, slots=True)
class NewWorklog:
    started: str
    seconds: int
    comment: Text | None


@dataclass(slots=True)
class Additions:
    """`links`: type, the other issue's id, and whether this issue is the source."""

    comments: list[Text] = field(default_factory=list)
    worklogs: list[NewWorklog] = field(default_factory=list)
    links: list[tuple[LinkType, str, bool]] = field(default_factory=list)


def check_update(fields: Mapping[str, Any], update: Mapping[str, Any], errors: dict[str, str]) -> None:
    """A field may be named once."""
    for name in set(fields) & set(update):
        errors[name] = f"Field '{name}' cannot appear in both 'fields' and 'update'"


def read_additions(place: Place, update: Mapping[str, Any], allowed: frozenset[str], note: Note) -> Additions:
    """What is added beside fields; faults go to `note`."""
    found = Additions()
    readers: Mapping[str, Callable[[Any], None]] = {
        "comment": lambda value: found.comments.append(read_body(place, value)),
        "worklog": lambda value: found.worklogs.append(read_worklog(place, value)),
        "issuelinks": lambda value: found.links.append(read_new_link(place, value)),
    }
    for name in ADDED & set(update):
        for operation in update[name]:
            try:
                if name not in allowed or "add" not in operation:
                    raise BadValue(not_settable(name))
                readers[name](operation["add"])
            except BadValue as error:
                note(name, error)
    return found


def read_body(place: Place, value: Any) -> Text:
    """The document of a comment. Raises BadValue."""
    if not place.allows("ADD_COMMENTS"):
        raise BadValue("You do not have the permission to comment on this issue.")
    body = value.get("body") if isinstance(value, Mapping) else None
    if not isinstance(body, Mapping):
        raise BadValue("Comment body is not valid!")
    check_document(place.tracker.texts, body)
    return place.tracker.texts.keep(body)


def read_worklog(place: Place, value: Any) -> NewWorklog:
    """`started`, `timeSpent` or `timeSpentSeconds`, `comment`. Raises BadValue."""
    if not isinstance(value, Mapping):
        raise BadValue("data was not an object")
    seconds = value.get("timeSpentSeconds")
    if seconds is None:
        seconds = read_duration(value.get("timeSpent", "")) if value.get("timeSpent") else 0
    if not isinstance(seconds, int) or seconds < 60:
        raise BadValue("Worklog must not be null and must have a time of at least one minute.")
    started = value.get("started")
    if started is not None:
        check_started(started)
    comment = value.get("comment")
    if comment is not None:
        check_document(place.tracker.texts, comment)
        comment = place.tracker.texts.keep(comment)
    return NewWorklog(started or "", seconds, comment)


def check_started(value: Any) -> None:
    """`2024-03-04T09:30:00.000+0000` and nothing else. Raises BadValue."""
    try:
        datetime.strptime(value, STARTED)
    except (TypeError, ValueError):
        raise BadValue(f"Can not deserialize value of type java.util.Date from '{value}'") from None


def read_new_link(place: Place, value: Any) -> tuple[LinkType, str, bool]:
    """A link from or to this issue; `outwardIssue` makes this issue the source. Raises BadValue."""
    type_ = value.get("type") if isinstance(value, Mapping) else None
    wanted = (type_.get("id") or type_.get("name")) if isinstance(type_, Mapping) else None
    found = find_named(place.tracker.catalogue.link_types, str(wanted))
    if found is None:
        raise BadValue(f"No issue link type with name '{wanted}' found.")
    source = "outwardIssue" in value
    end = value.get("outwardIssue" if source else "inwardIssue") or {}
    other = place.tracker.record(str(end.get("id") or end.get("key")))
    if other is None:
        raise BadValue("Could not find issue by id or key.")
    if not place.allows("LINK_ISSUES"):
        raise BadValue(not_settable("issuelinks"))
    return found, other.id, source


def apply_operations(place: Place, found: Field, current: Any, operations: list[Mapping[str, Any]]) -> Any:
    """The value of a field after `set`, `add` and `remove`. Raises BadValue."""
    for operation in operations:
        for verb, value in operation.items():
            if verb == "set" and found.id == "parent" and value == {"none": True}:
                current = None
            elif verb == "set":
                current = read_value(place, found, value)
            elif verb in {"add", "remove"} and found.kind in LISTS:
                taken = set(read_value(place, found, [value]))
                kept = tuple(one for one in current or () if one not in taken)
                current = kept if verb == "remove" else tuple(dict.fromkeys((*(current or ()), *taken)))
            else:
                raise BadValue(f"Field does not support operation '{verb}'")
    return current

"""Plain values of an issue's fields: texts, numbers, dates, labels; and the words Jira refuses them with.

developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from sandbox.jira_issue_record import Record
from sandbox.jira_issue_text import LONGEST, TextKeeper, too_long
from sandbox.jira_scheme import Field, IssueType, Scheme
from sandbox.jira_tracker import IssueTracker

SUMMARY = LABEL = LINE = 255
NO_DOCUMENT = "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
DURATION = re.compile(r"\s*(\d+)\s*([wdhm])\s*")
SECONDS = {"w": 5 * 8 * 3600, "d": 8 * 3600, "h": 3600, "m": 60}


class BadValue(Exception):
    """A value that is not taken: Jira's sentence, and the field it is told of where that is another one."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


class BadDocument(BadValue):
    """A document against the format; Jira answers it without naming the field."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value goes: project id, scheme and type of the issue, and who writes."""

    tracker: IssueTracker
    project: str
    scheme: Scheme
    type: IssueType
    actor: str

    def allows(self, permission: str) -> bool:
        return self.tracker.allows(self.actor, permission, self.project)


def place_of(tracker: IssueTracker, record: Record, actor: str) -> Place:
    """Where values of this issue go."""
    scheme = tracker.scheme(record.state.project)
    type_ = scheme.type(record.state.type) or scheme.types[0]
    return Place(tracker, record.state.project, scheme, type_, actor)


Reader = Callable[[Place, Field, Any], Any]


def read_line(place: Place, field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise BadValue("Operation value must be a string")
    if field.id == "summary":
        return read_summary(value)
    if len(value) > LINE:
        raise BadValue(f"The entered text is too long. It exceeds the allowed limit of {LINE} characters.")
    return value


def read_summary(value: str) -> str:
    if not value.strip():
        raise BadValue("You must specify a summary of the issue.")
    if "\n" in value or "\r" in value:
        raise BadValue("The summary is invalid because it contains newline characters.")
    if len(value) > SUMMARY:
        raise BadValue(f"Summary can't exceed {SUMMARY} characters.")
    return value.strip()


def read_link(place: Place, field: Field, value: Any) -> str:
    text = read_line(place, field, value)
    if urlsplit(text).scheme not in {"http", "https", "ftp"} or not urlsplit(text).netloc:
        raise BadValue("The URL is not valid.")
    return text


def read_text(place: Place, field: Field, value: Any) -> Any:
    check_document(place.tracker.texts, value)
    return place.tracker.texts.keep(value)


def check_document(texts: TextKeeper, value: Any) -> None:
    """Raises BadValue when it is none or too long, BadDocument when it breaks the format."""
    if not isinstance(value, Mapping) or value.get("type") != "doc":
        raise BadValue(NO_DOCUMENT)
    if texts.faults(value):
        raise BadDocument("INVALID_INPUT")
    if too_long(value):
        raise BadValue(f"The entered text is too long. It exceeds the allowed limit of {LONGEST:,} characters.")


def read_number(place: Place, field: Field, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadValue("Operation value must be a number")
    return value


def read_date(place: Place, field: Field, value: Any) -> str:
    if field.id == "duedate" and not place.allows("SCHEDULE_ISSUES"):
        raise BadValue(not_settable(field.id))
    if not isinstance(value, str):
        raise BadValue("Operation value must be a string")
    try:
        return date.fromisoformat(value).isoformat() if len(value) == 10 else refuse_date(value)
    except ValueError:
        return refuse_date(value)


def refuse_date(value: str) -> str:
    raise BadValue(f"Error parsing date string: {value}")


def read_moment(place: Place, field: Field, value: Any) -> str:
    """ISO 8601 with its zone: `2024-03-04T09:30:00.000+0000`."""
    if not isinstance(value, str):
        raise BadValue("Operation value must be a string")
    try:
        zone = datetime.fromisoformat(value).tzinfo
    except ValueError:
        zone = None
    if zone is None:
        raise BadValue(f"Error parsing time: {value}")
    return value


def read_list(read: Reader) -> Reader:
    """Each item of a list once, in the order given."""

    def reader(place: Place, field: Field, value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise BadValue("data was not an array")
        return tuple(dict.fromkeys(read(place, field, one) for one in value))

    return reader


def read_label(place: Place, field: Field, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise BadValue("Operation value must be a string")
    if re.search(r"\s", value):
        raise BadValue(f"The label '{value}' contains spaces which is invalid.")
    if len(value) > LABEL:
        raise BadValue(f"The label '{value[:20]}...' exceeds the maximum length of {LABEL} characters.")
    return value


def read_tracking(place: Place, field: Field, value: Any) -> tuple[int | None, int | None]:
    """Original and remaining estimate in seconds."""
    if not isinstance(value, Mapping):
        raise BadValue("data was not an object")
    given = value.get("originalEstimate"), value.get("remainingEstimate")
    original, remaining = (None if one is None else read_duration(one) for one in given)
    return original, original if remaining is None else remaining


def read_duration(value: Any) -> int:
    """`2d 4h` in seconds; a number alone is minutes. Raises BadValue."""
    text = str(value).strip()
    parts = DURATION.findall(text)
    if text.isdigit():
        return int(text) * 60
    if not parts or DURATION.sub("", text):
        raise BadValue(f"'{value}' is not a valid duration. Use the format: 2w 4d 6h 45m")
    return sum(int(count) * SECONDS[unit] for count, unit in parts)


def read_fixed(place: Place, field: Field, value: Any) -> Any:
    raise BadValue(not_settable(field.id))


def not_settable(field_id: str) -> str:
    return f"Field '{field_id}' cannot be set. It is not on the appropriate screen, or unknown."

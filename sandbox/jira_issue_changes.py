"""What a change of an issue looks like in its history: ids and words, before and after."""

from collections.abc import Mapping
from typing import Any

from sandbox.jira_issue_record import Digest, Item, Link, Record
from sandbox.jira_scheme import Field, Kind
from sandbox.jira_tracker import IssueTracker

LONGEST = 200  # characters of a text that are kept in the history


def field_items(tracker: IssueTracker, before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Item, ...]:
    """One item for each field whose value changed."""
    found = []
    for name in sorted({**before, **after}):
        old, new = before.get(name), after.get(name)
        if old != new:
            field = tracker.catalogue.fields[name]
            found.append(Item(name, *words(tracker, field, old), *words(tracker, field, new)))
    return tuple(found)


def status_item(tracker: IssueTracker, before: str, after: str) -> Item:
    statuses = tracker.catalogue.statuses
    return Item("status", before, statuses[before].name, after, statuses[after].name)


def link_item(tracker: IssueTracker, record: Record, link: Link) -> Item:
    """A new link as one of its ends tells it."""
    kind = next(one for one in tracker.catalogue.link_types if one.id == link.type)
    other, word = (link.outward, kind.outward) if link.inward == record.id else (link.inward, kind.inward)
    key = tracker.issue(tracker.records[other]).key
    return Item("issuelinks", None, None, key, f"This work item {word} {key}")


def words(tracker: IssueTracker, field: Field, value: Any) -> tuple[str | None, str | None]:
    """A value as the history tells it: its id or ids, and its words."""
    if value is None or value == ():
        return None, None
    if field.kind == "text":
        return None, text_words(value)
    if field.kind not in NAMED:
        return None, " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    ids = [str(one) for one in (value if isinstance(value, tuple) else (value,))]
    return ", ".join(ids), ", ".join(name_of(tracker, field, one) for one in ids)


def text_words(value: Any) -> str:
    return f"(sha256 {value.sha256})" if isinstance(value, Digest) else value[:LONGEST].decode(errors="ignore")


NAMED: frozenset[Kind] = frozenset(
    {"option", "options", "user", "users", "components", "versions", "priority", "resolution", "parent", "sprint"}
)


def name_of(tracker: IssueTracker, field: Field, value: str) -> str:
    """The name behind an id; the id itself when the thing is gone."""
    catalogue = tracker.catalogue
    several: Mapping[Kind, Any] = {
        "option": field.options,
        "options": field.options,
        "priority": catalogue.priorities,
        "resolution": catalogue.resolutions,
        "components": tracker.components.values(),
        "versions": tracker.versions.values(),
        "sprint": tracker.agile.sprints.values(),
    }
    if field.kind in several:
        return next((str(one.name) for one in several[field.kind] if str(one.id) == value), value)
    if field.kind == "parent":
        above = tracker.records.get(value)
        return tracker.issue(above).key if above else value
    person = tracker.site.people.get(value)
    return person.name if person else value.removeprefix("app-")

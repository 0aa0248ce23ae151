"""Values of an issue's fields that name something else: people, options, components, parents, sprints; and all readers.

A value in our own form: ids for things with ids, tuples for lists, Text for documents, text and numbers as they are.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.jira_issue_values import (
    BadValue,
    Place,
    Reader,
    not_settable,
    read_date,
    read_fixed,
    read_label,
    read_line,
    read_link,
    read_list,
    read_moment,
    read_number,
    read_text,
    read_tracking,
)
from sandbox.jira_scheme import Field, IssueType, Kind, Scheme, find_named
from sandbox.jira_tracker import IssueTracker, Part


def read_value(place: Place, field: Field, value: Any) -> Any:
    """The value in our form; None clears the field. Raises BadValue."""
    if value is None:
        return None
    return READERS[field.kind](place, field, value)


def read_option(place: Place, field: Field, value: Any) -> str:
    if not isinstance(value, Mapping):
        raise BadValue(f"Specify a valid 'id' or 'name' for {field.name}")
    for word in ("id", "value"):
        if word in value:
            found = next((one for one in field.options if getattr(one, OPTION_WORDS[word]) == value[word]), None)
            if found is None:
                raise BadValue(f"Option {word} '{value[word]}' is not valid")
            return found.id
    raise BadValue(f"Specify a valid 'id' or 'name' for {field.name}")


OPTION_WORDS = {"id": "id", "value": "name"}


def read_user(place: Place, field: Field, value: Any) -> str | None:
    """`accountId` or `id`; an assignee must be active and may be assigned issues."""
    account = (value.get("accountId") or value.get("id")) if isinstance(value, Mapping) else None
    if field.id == "assignee" and isinstance(value, Mapping) and account is None:
        return None  # {"accountId": null} and {} unassign
    person = place.tracker.site.people.get(str(account))
    if field.id == "assignee":
        takes = person is not None and person.active and person.kind == "atlassian"
        if not takes or not place.tracker.allows(str(account), "ASSIGNABLE_USER", place.project):
            raise BadValue(f"User '{account}' cannot be assigned issues.")
    elif person is None and account != place.actor:
        word = "The reporter specified is not a user." if field.id == "reporter" else "User does not exist."
        raise BadValue(word)
    return str(account)


def read_part(word: str, parts: Callable[[IssueTracker], Mapping[str, Part]]) -> Reader:
    """A component or version of this project, by id or name."""

    def reader(place: Place, field: Field, value: Any) -> str:
        if not isinstance(value, Mapping) or not ({"id", "name"} & set(value)):
            raise BadValue(f"Specify a valid 'id' or 'name' for {word}")
        own = (one for one in parts(place.tracker).values() if one.project == place.project)
        key = "id" if "id" in value else "name"
        found = next((one for one in own if getattr(one, key) == str(value[key])), None)
        if found is None:
            raise BadValue(f"{word} {key} '{value[key]}' is not valid")
        return found.id

    return reader


def read_named(word: str) -> Reader:
    """A priority or a resolution, by id or name."""

    def reader(place: Place, field: Field, value: Any) -> str:
        known = place.tracker.catalogue.priorities if word == "Priority" else place.tracker.catalogue.resolutions
        key = "id" if isinstance(value, Mapping) and "id" in value else "name"
        wanted = value.get(key) if isinstance(value, Mapping) else None
        found = next((one for one in known if getattr(one, key) == str(wanted)), None)
        if found is None:
            raise BadValue(f"{word} {key} '{wanted}' is not valid")
        return found.id

    return reader


def read_type(place: Place, field: Field, value: Any) -> str:
    return type_of(place.scheme, value).id


def type_of(scheme: Scheme, value: Any) -> IssueType:
    """By id or name. Raises BadValue."""
    wanted = (value.get("id") or value.get("name")) if isinstance(value, Mapping) else None
    found = find_named(scheme.types, str(wanted))
    if found is None:
        raise BadValue("Specify a valid issue type" if wanted else "Specify an issue type")
    return found


def read_parent(place: Place, field: Field, value: Any) -> str:
    """By id or key; one level above, and in the same project where Jira asks for that."""
    wanted = (value.get("id") or value.get("key")) if isinstance(value, Mapping) else None
    found = place.tracker.record(str(wanted)) if wanted else None
    if found is None or not place.tracker.sees(place.actor, found):
        raise BadValue("Could not find issue by id or key.")
    above = place.tracker.scheme(found.state.project).type(found.state.type)
    if above is None or above.level != place.type.level + 1:
        raise BadValue("Given parent work item does not belong to appropriate hierarchy.")
    if found.state.project != place.project and (place.type.subtask or place.scheme.style == "team"):
        raise BadValue("Sub-tasks must be created in the same project as the parent.", "project")
    return found.id


def read_sprint(place: Place, field: Field, value: Any) -> tuple[int, ...]:
    """The id of a sprint that is not closed."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadValue("Number value expected as the Sprint id.")
    if not place.allows("SCHEDULE_ISSUES"):
        raise BadValue(not_settable(field.id))
    sprint = place.tracker.agile.sprints.get(value)
    if sprint is None:
        raise BadValue(f"Sprint with id '{value}' does not exist or you do not have permission to see it.")
    if sprint.state == "closed":
        raise BadValue("Issue can be assigned only active or future sprints.")
    return (value,)


READERS: Mapping[Kind, Reader] = {
    "string": read_line,
    "url": read_link,
    "text": read_text,
    "number": read_number,
    "date": read_date,
    "datetime": read_moment,
    "option": read_option,
    "options": read_list(read_option),
    "user": read_user,
    "users": read_list(read_user),
    "labels": read_list(read_label),
    "components": read_list(read_part("Component", lambda tracker: tracker.components)),
    "versions": read_list(read_part("Version", lambda tracker: tracker.versions)),
    "priority": read_named("Priority"),
    "resolution": read_named("Resolution"),
    "issuetype": read_type,
    "project": read_fixed,
    "parent": read_parent,
    "sprint": read_sprint,
    "timetracking": read_tracking,
    "fixed": read_fixed,
}

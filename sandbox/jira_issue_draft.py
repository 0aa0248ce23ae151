"""An issue before it is made: everything Jira checks of one create request, all faults told at once.

developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues (Create issue, Bulk create issue)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.jira_issue_calls import FieldsRefused
from sandbox.jira_issue_references import read_value, type_of
from sandbox.jira_issue_text import packed
from sandbox.jira_issue_updates import Additions, check_update, read_additions
from sandbox.jira_issue_values import BadDocument, BadValue, Place, not_settable
from sandbox.jira_scheme import Field
from sandbox.jira_tracker import IssueTracker

LONGEST_VALUE, LONGEST_KEY = 32_768, 255  # of a property, in characters
NO_PARENT = "Issue type is a sub-task but parent issue key or id not specified."
ADDED_ON_CREATE = frozenset({"worklog", "issuelinks"})


@dataclass(slots=True)
class Draft:
    """What will be made. `fields` in our own form; `transition` is the id asked for."""

    project_key: str
    place: Place
    fields: dict[str, Any]
    properties: dict[str, bytes]
    transition: str = ""
    additions: Additions = field(default_factory=Additions)


@dataclass(slots=True)
class Faults:
    """Sentences by field, and those that are told without a field."""

    errors: dict[str, str] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)

    def note(self, field_id: str, error: BadValue) -> None:
        if isinstance(error, BadDocument):
            self.messages.append(str(error))
        else:
            self.errors.setdefault(error.field or field_id, str(error))

    def end(self) -> None:
        """Raises FieldsRefused when there is any fault; a document that cannot be read hides the others, as in Jira."""
        if self.messages:
            raise FieldsRefused({}, *dict.fromkeys(self.messages))
        if self.errors:
            raise FieldsRefused(self.errors)


def check_draft(tracker: IssueTracker, actor: str, sent: Mapping[str, Any]) -> Draft:
    """Read one create request. Raises FieldsRefused."""
    given = dict(sent.get("fields") or {})
    key, place = find_place(tracker, actor, given)
    faults = Faults()
    update = {name: operations for name, operations in (sent.get("update") or {}).items() if operations}
    check_update(given, update, faults.errors)
    given |= {
        name: found for name, operations in update.items() if (found := plain_value(name, operations)) is not None
    }
    fields = read_fields(place, given, faults)
    check_parent(place, fields, faults)
    check_needed(place, fields, faults)
    additions = read_additions(place, update, ADDED_ON_CREATE, faults.note)
    faults.end()
    properties = read_properties(sent.get("properties") or ())
    transition = str((sent.get("transition") or {}).get("id") or "")
    return Draft(key, place, fields, properties, transition, additions)


def plain_value(name: str, operations: list[Mapping[str, Any]]) -> Any:
    """What `update` gives a new issue: the value set, or the list of those added."""
    if name in ADDED_ON_CREATE:
        return None
    put = [one["set"] for one in operations if "set" in one]
    return put[-1] if put else [one["add"] for one in operations if "add" in one] or None


def find_place(tracker: IssueTracker, actor: str, given: Mapping[str, Any]) -> tuple[str, Place]:
    """Project and type, without which nothing else can be checked. Raises FieldsRefused."""
    wanted = given.get("project")
    name = (wanted.get("id") or wanted.get("key")) if isinstance(wanted, Mapping) else None
    project = tracker.site.find_project(str(name)) if name else None
    if project is None or not tracker.allows(actor, "BROWSE_PROJECTS", project.id):
        raise FieldsRefused({"project": "Specify a valid project ID or key"})
    if not tracker.allows(actor, "CREATE_ISSUES", project.id):
        raise FieldsRefused({"project": "You do not have permission to create issues in this project."})
    if project.id in tracker.archived_projects:
        raise FieldsRefused({"project": "The project is archived. You cannot create issues in it."})
    scheme = tracker.scheme(project.id)
    try:
        type_ = type_of(scheme, given.get("issuetype"))
    except BadValue as error:
        raise FieldsRefused({"issuetype": str(error)}) from None
    return project.key, Place(tracker, project.id, scheme, type_, actor)


def read_fields(place: Place, given: Mapping[str, Any], faults: Faults) -> dict[str, Any]:
    """The values that are taken, with defaults for those not given."""
    screen = place.scheme.screens[place.type.id]
    found: dict[str, Any] = {}
    defaults = {name: value for name, value in place.scheme.defaults.items() if name in screen}
    for field_id, value in {**defaults, **given}.items():
        if field_id in {"project", "issuetype"}:
            continue
        try:
            if field_id not in screen or not may_set(place, field_id, value):
                raise BadValue(not_settable(field_id))
            read = read_value(place, place.tracker.catalogue.fields[field_id], value)
            if read is not None:
                found[field_id] = read
        except BadValue as error:
            faults.note(field_id, error)
    if "reporter" in screen and "reporter" not in given:
        found["reporter"] = place.actor
    assignee = place.tracker.default_assignees.get(place.project)
    if assignee and "assignee" not in given:
        found["assignee"] = assignee
    return found


def may_set(place: Place, field_id: str, value: Any) -> bool:
    """People fields need permissions of their own."""
    if field_id == "reporter":
        account = (value.get("accountId") or value.get("id")) if isinstance(value, Mapping) else None
        return account == place.actor or place.allows("MODIFY_REPORTER")
    return field_id != "assignee" or value is None or place.allows("ASSIGN_ISSUES")


def check_parent(place: Place, fields: Mapping[str, Any], faults: Faults) -> None:
    if place.type.subtask and "parent" not in fields and "parent" not in faults.errors:
        faults.errors.setdefault("issuetype", NO_PARENT)


def check_needed(place: Place, fields: Mapping[str, Any], faults: Faults) -> None:
    """Required fields without a value."""
    for field_id, needed in place.scheme.screens[place.type.id].items():
        if needed and field_id not in {"project", "issuetype"} and not fields.get(field_id):
            missing = place.tracker.catalogue.fields[field_id]
            faults.errors.setdefault(field_id, missing_sentence(missing))


def missing_sentence(field: Field) -> str:
    return "You must specify a summary of the issue." if field.id == "summary" else f"{field.name} is required."


def read_properties(sent: Any) -> dict[str, bytes]:
    """Properties of a new issue as JSON. Raises FieldsRefused."""
    found: dict[str, bytes] = {}
    for one in sent:
        if not isinstance(one.get("key"), str) or "value" not in one:
            raise FieldsRefused({}, "A property needs a key and a value.")
        found[one["key"]] = check_property(one["key"], one["value"])
    return found


def check_property(key: str, value: Any) -> bytes:
    """A property's value as JSON. Raises FieldsRefused with 400."""
    if not key or len(key) > LONGEST_KEY:
        raise FieldsRefused({}, f"The property key must be 1 to {LONGEST_KEY} characters long.")
    sent = packed(value)
    if len(sent.decode()) > LONGEST_VALUE:
        raise FieldsRefused({}, f"The property value is too long. The maximum length is {LONGEST_VALUE} characters.")
    return sent

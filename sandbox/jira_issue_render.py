"""Issues as answers hold them. Only the fields asked for are made."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from sandbox.jira_issue_parts import (
    comment_body,
    file_body,
    link_body,
    linked_body,
    option_body,
    part_body,
    priority_body,
    resolution_body,
    sprint_body,
    status_body,
    tracking_body,
    type_body,
    user_body,
    worklog_body,
)
from sandbox.jira_issue_record import Record, jira_time
from sandbox.jira_issue_text import shown_text
from sandbox.jira_scheme import Field, Kind
from sandbox.jira_tracker import IssueTracker

if TYPE_CHECKING:
    from sandbox.jira_site import JiraSite

NOT_NAVIGABLE = frozenset({"comment", "attachment", "worklog"})
FIRST_WORKLOGS = 20


@dataclass(frozen=True, slots=True)
class Selection:
    """Which fields: all, the navigable ones, or those named; `without` takes fields away again."""

    every: bool = False
    navigable: bool = False
    named: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()

    def takes(self, field_id: str) -> bool:
        if field_id in self.without:
            return False
        if self.every or field_id in self.named:
            return True
        return self.navigable and field_id not in NOT_NAVIGABLE


def select_fields(given: Iterable[str], usual: str) -> Selection:
    """From words like `*all`, `summary` and `-description`; `usual` counts when no field is named."""
    words = {word.strip() for text in given for word in text.split(",")} - {""}
    without = frozenset(word[1:] for word in words if word.startswith("-"))
    kept = {word for word in words if not word.startswith("-")} or set(usual.split(","))
    return Selection("*all" in kept, "*navigable" in kept, frozenset(kept), without)


def issue_body(site: "JiraSite", record: Record, chosen: Selection, properties: Iterable[str] = ()) -> dict[str, Any]:
    """An issue with the fields and the properties chosen."""
    issue = site.tracker.issue(record)
    found: dict[str, Any] = {
        "expand": "renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations",
        "id": record.id,
        "self": f"{site.base_url}/rest/api/3/issue/{record.id}",
        "key": issue.key,
        "fields": issue_fields(site, record, chosen),
    }
    wanted = set(properties)
    if wanted:
        held = record.state.properties
        taken = (set(held) if "*all" in wanted else wanted & set(held)) - {one[1:] for one in wanted if one[0] == "-"}
        found["properties"] = {name: orjson.Fragment(held[name]) for name in taken}
    return found


def issue_fields(site: "JiraSite", record: Record, chosen: Selection) -> dict[str, Any]:
    """Fields with a value of their own, then those on the project's screens, then what the issue has anyway."""
    tracker, state = site.tracker, record.state
    screens = tracker.scheme(state.project).screens.get(state.type, {})
    found = {}
    for field_id in {**dict.fromkeys(screens), **dict.fromkeys(state.fields)}:
        field = tracker.catalogue.fields.get(field_id)
        if field is not None and field_id not in GIVEN and chosen.takes(field_id):
            value = state.fields.get(field_id)
            found[field_id] = None if value is None else SHOWN[field.kind](site, field, value)
            if value is None and field.kind in EMPTY_LISTS:
                found[field_id] = []
    return found | {name: make(site, record) for name, make in GIVEN.items() if chosen.takes(name)}


EMPTY_LISTS: frozenset[Kind] = frozenset({"labels", "components", "versions"})
Show = Callable[["JiraSite", Field, Any], Any]


def show_each(show: Show) -> Show:
    return lambda site, field, value: [show(site, field, one) for one in value]


def show_part(which: Callable[[IssueTracker], Mapping[str, Any]]) -> Show:
    """Components and versions that still exist."""
    return lambda site, field, value: [
        part_body(site, which(site.tracker)[one]) for one in value if one in which(site.tracker)
    ]


def show_sprints(site: "JiraSite", field: Field, value: Any) -> Any:
    known = site.tracker.agile.sprints
    return [sprint_body(known[one]) for one in value if one in known] or None


def show_parent(site: "JiraSite", field: Field, value: Any) -> Any:
    above = site.tracker.records.get(value)
    return linked_body(site, above) if above else None


SHOWN: Mapping[Kind, Show] = {
    **dict.fromkeys(("string", "url", "number", "date", "datetime"), lambda site, field, value: value),
    "text": lambda site, field, value: shown_text(value),
    "option": option_body,
    "options": show_each(option_body),
    "user": lambda site, field, value: user_body(site, value),
    "users": show_each(lambda site, field, value: user_body(site, value)),
    "labels": lambda site, field, value: list(value),
    "components": show_part(lambda tracker: tracker.components),
    "versions": show_part(lambda tracker: tracker.versions),
    "priority": lambda site, field, value: priority_body(site, value),
    "resolution": lambda site, field, value: resolution_body(site, value),
    "parent": show_parent,
    "sprint": show_sprints,
    "timetracking": lambda site, field, value: tracking_body(*value),
}


def show_project(site: "JiraSite", record: Record) -> dict[str, Any]:
    project = site.projects[site.tracker.issue(record).project]
    team = site.tracker.scheme(project.id).style == "team"
    return {
        "self": f"{site.base_url}/rest/api/3/project/{project.id}",
        "id": project.id,
        "key": project.key,
        "name": project.name,
        "projectTypeKey": "software",
        "simplified": team,
    }


def show_comments(site: "JiraSite", record: Record) -> dict[str, Any]:
    listed = [comment_body(site, record, one) for one in record.comments]
    address = f"{site.base_url}/rest/api/3/issue/{record.id}/comment"
    return {"comments": listed, "self": address, "maxResults": len(listed), "total": len(listed), "startAt": 0}


def show_worklogs(site: "JiraSite", record: Record) -> dict[str, Any]:
    """The first twenty."""
    listed = [worklog_body(site, record, one) for one in record.worklogs[:FIRST_WORKLOGS]]
    return {"startAt": 0, "maxResults": FIRST_WORKLOGS, "total": len(record.worklogs), "worklogs": listed}


def show_watches(site: "JiraSite", record: Record) -> dict[str, Any]:
    address = f"{site.base_url}/rest/api/3/issue/{record.id}/watchers"
    return {"self": address, "watchCount": len(record.watchers), "isWatching": False}


def show_type(site: "JiraSite", record: Record) -> dict[str, Any]:
    type_ = site.tracker.scheme(record.state.project).type(record.state.type)
    return type_body(site, type_) if type_ else {}


def show_status(site: "JiraSite", record: Record) -> dict[str, Any]:
    return status_body(site, site.tracker.catalogue.statuses[record.state.status])


def show_subtasks(site: "JiraSite", record: Record) -> list[dict[str, Any]]:
    tracker = site.tracker
    types = tracker.scheme(record.state.project)
    below = [one for one in tracker.children(record) if (found := types.type(one.state.type)) and found.subtask]
    return [linked_body(site, one) for one in below]


GIVEN: Mapping[str, Callable[["JiraSite", Record], Any]] = {
    "project": show_project,
    "issuetype": show_type,
    "status": show_status,
    "created": lambda site, record: jira_time(record.created),
    "updated": lambda site, record: jira_time(record.state.updated),
    "creator": lambda site, record: user_body(site, record.creator) if record.creator else None,
    "comment": show_comments,
    "attachment": lambda site, record: [file_body(site, one) for one in record.files],
    "issuelinks": lambda site, record: [link_body(site, record, one) for one in record.links],
    "subtasks": show_subtasks,
    "worklog": show_worklogs,
    "watches": show_watches,
}

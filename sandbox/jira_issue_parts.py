"""The pieces of an issue as answers hold them: people, types, statuses, options, links, comments, files."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sandbox.jira_agile_model import Sprint
from sandbox.jira_issue_record import Comment, File, Link, Record, Worklog, jira_time
from sandbox.jira_issue_text import shown_text
from sandbox.jira_scheme import CATEGORIES, Field, IssueType, LinkType, Option, Status
from sandbox.jira_tracker import Part

if TYPE_CHECKING:
    from sandbox.jira_site import JiraSite

API = "/rest/api/3"


def user_body(site: "JiraSite", account: str) -> dict[str, Any]:
    """A person or an app. The mail address only where its owner shows it."""
    person = site.people.get(account)
    found: dict[str, Any] = {
        "self": f"{site.base_url}{API}/user?accountId={account}",
        "accountId": account,
        "accountType": "app" if account.startswith("app-") else person.kind if person else "unknown",
        "displayName": person.name if person else account.removeprefix("app-"),
        "active": person.active if person else True,
        "timeZone": "Etc/UTC",
    }
    if person and person.shows_email and person.email:
        found["emailAddress"] = person.email
    return found


def type_body(site: "JiraSite", type_: IssueType) -> dict[str, Any]:
    found: dict[str, Any] = {
        "self": f"{site.base_url}{API}/issuetype/{type_.id}",
        "id": type_.id,
        "description": "",
        "iconUrl": f"{site.base_url}/images/types/{type_.id}.svg",
        "name": type_.name,
        "subtask": type_.subtask,
        "hierarchyLevel": type_.level,
    }
    if type_.scope:
        found["scope"] = {"type": "PROJECT", "project": {"id": type_.scope}}
    return found


def category_body(site: "JiraSite", status: Status) -> dict[str, Any]:
    number, name, color = CATEGORIES[status.category]
    address = f"{site.base_url}{API}/statuscategory/{number}"
    return {"self": address, "id": number, "key": status.category, "colorName": color, "name": name}


def status_body(site: "JiraSite", status: Status) -> dict[str, Any]:
    return {
        "self": f"{site.base_url}{API}/status/{status.id}",
        "description": "",
        "iconUrl": f"{site.base_url}/images/statuses/{status.category}.png",
        "name": status.name,
        "id": status.id,
        "statusCategory": category_body(site, status),
    }


def option_body(site: "JiraSite", field: Field, option_id: str) -> dict[str, Any]:
    name = next((one.name for one in field.options if one.id == option_id), "")
    return {"self": f"{site.base_url}{API}/customFieldOption/{option_id}", "value": name, "id": option_id}


def priority_body(site: "JiraSite", priority_id: str) -> dict[str, Any]:
    found = next(one for one in site.tracker.catalogue.priorities if one.id == priority_id)
    icon = f"{site.base_url}/images/priorities/{found.id}.svg"
    return {"self": f"{site.base_url}{API}/priority/{found.id}", "iconUrl": icon, "name": found.name, "id": found.id}


def resolution_body(site: "JiraSite", resolution_id: str) -> dict[str, Any]:
    found = next(one for one in site.tracker.catalogue.resolutions if one.id == resolution_id)
    return named_body(site, "resolution", found)


def named_body(site: "JiraSite", kind: str, found: Option) -> dict[str, Any]:
    return {
        "self": f"{site.base_url}{API}/{kind}/{found.id}",
        "id": found.id,
        "description": "",
        "name": found.name,
    }


def part_body(site: "JiraSite", part: Part) -> dict[str, Any]:
    """A component or a version in short."""
    kind = "version" if "released" in part.details else "component"
    return {"self": f"{site.base_url}{API}/{kind}/{part.id}", "id": part.id, "name": part.name} | dict(part.details)


def sprint_body(sprint: Sprint) -> dict[str, Any]:
    """A sprint in the Sprint field of an issue."""
    found = {"id": sprint.id, "name": sprint.name, "state": sprint.state, "boardId": sprint.board, "goal": sprint.goal}
    dates = {"startDate": sprint.start, "endDate": sprint.end, "completeDate": sprint.completed}
    return found | {name: date for name, date in dates.items() if date}


def tracking_body(original: int | None, remaining: int | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, seconds in (("originalEstimate", original), ("remainingEstimate", remaining)):
        if seconds is not None:
            found |= {name: f"{seconds // 60}m", f"{name}Seconds": seconds}
    return found


def linked_body(site: "JiraSite", record: Record) -> dict[str, Any]:
    """An issue in short, as others refer to it."""
    state, tracker = record.state, site.tracker
    type_ = tracker.scheme(state.project).type(state.type)
    fields: dict[str, Any] = {
        "summary": record.summary,
        "status": status_body(site, tracker.catalogue.statuses[state.status]),
    }
    if type_:
        fields["issuetype"] = type_body(site, type_)
    if state.fields.get("priority"):
        fields["priority"] = priority_body(site, state.fields["priority"])
    address = f"{site.base_url}{API}/issue/{record.id}"
    return {"id": record.id, "key": tracker.issue(record).key, "self": address, "fields": fields}


def link_type_body(site: "JiraSite", found: LinkType) -> dict[str, Any]:
    return {
        "id": found.id,
        "name": found.name,
        "inward": found.inward,
        "outward": found.outward,
        "self": f"{site.base_url}{API}/issueLinkType/{found.id}",
    }


def link_body(site: "JiraSite", record: Record, link: Link) -> dict[str, Any]:
    """A link as one of its ends shows it: the other end, inward or outward."""
    kind = next(one for one in site.tracker.catalogue.link_types if one.id == link.type)
    end, other = ("outwardIssue", link.outward) if link.inward == record.id else ("inwardIssue", link.inward)
    return {
        "id": link.id,
        "self": f"{site.base_url}{API}/issueLink/{link.id}",
        "type": link_type_body(site, kind),
        end: linked_body(site, site.tracker.records[other]),
    }


def comment_body(site: "JiraSite", record: Record, comment: Comment) -> dict[str, Any]:
    author = user_body(site, comment.author)
    found: dict[str, Any] = {
        "self": f"{site.base_url}{API}/issue/{record.id}/comment/{comment.id}",
        "id": comment.id,
        "author": author,
        "body": shown_text(comment.body),
        "updateAuthor": author,
        "created": jira_time(comment.created),
        "updated": jira_time(comment.updated),
        "jsdPublic": True,
    }
    if comment.visibility:
        found["visibility"] = dict(comment.visibility)
    return found


def file_body(site: "JiraSite", file: File) -> dict[str, Any]:
    return {
        "self": f"{site.base_url}{API}/attachment/{file.id}",
        "id": file.id,
        "filename": file.name,
        "author": user_body(site, file.author),
        "created": jira_time(file.created),
        "size": file.size,
        "mimeType": file.mime,
        "content": f"{site.base_url}{API}/attachment/content/{file.id}",
    }


def worklog_body(site: "JiraSite", record: Record, worklog: Worklog) -> dict[str, Any]:
    author = user_body(site, worklog.author)
    found: dict[str, Any] = {
        "self": f"{site.base_url}{API}/issue/{record.id}/worklog/{worklog.id}",
        "id": worklog.id,
        "issueId": record.id,
        "author": author,
        "updateAuthor": author,
        "created": jira_time(worklog.created),
        "updated": jira_time(worklog.created),
        "started": worklog.started,
        "timeSpent": f"{worklog.seconds // 60}m",
        "timeSpentSeconds": worklog.seconds,
    }
    if worklog.comment is not None:
        found["comment"] = shown_text(worklog.comment)
    return found


def properties_of(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Properties as comments list them."""
    return [{"key": key, "value": value} for key, value in found.items()]

"""Worklogs and watchers of issues.

developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-worklogs, .../api-group-issue-watchers
"""

from collections.abc import Mapping

from flask import request

from sandbox.jira_access import Caller, Refused
from sandbox.jira_calls import Answer, sent_body
from sandbox.jira_issue_calls import (
    FieldsRefused,
    PlatformCalls,
    actor,
    note_objects,
    page_of,
    sent_object,
    tracker_of,
    visible,
    writable,
)
from sandbox.jira_issue_parts import user_body, worklog_body
from sandbox.jira_issue_record import Record
from sandbox.jira_issue_updates import read_worklog
from sandbox.jira_issue_values import BadDocument, BadValue, Place, place_of, read_duration

NO_WATCH = "You do not have permission to manage the watcher list."


def add_worklog_calls(calls: PlatformCalls) -> None:
    calls.add("POST", "/issue/<issue>/worklog", add_worklog, scope="WRITE")
    calls.add("GET", "/issue/<issue>/worklog", list_worklogs, scope="READ")
    calls.add("POST", "/issue/<issue>/watchers", add_watcher, scope="WRITE")
    calls.add("GET", "/issue/<issue>/watchers", list_watchers, scope="READ")
    calls.add("DELETE", "/issue/<issue>/watchers", remove_watcher, scope="DELETE")


def add_worklog(caller: Caller, issue: str) -> Answer:
    """Raises Refused with 400 or 404, and LimitReached."""
    denied = Refused(400, "You do not have the permission to associate a worklog to this issue.")
    record, tracker = writable(caller, issue, "WORK_ON_ISSUES", denied), tracker_of(caller)
    if request.args.get("overrideEditableFlag") == "true" and not tracker.administers(actor(caller)):
        raise Refused(403, "Only apps whose user has the Administer Jira permission can override the editable flag.")
    place = place_of(tracker, record, actor(caller))
    try:
        sent = read_worklog(place, sent_object())
        left = remaining(record, sent.seconds)
    except BadDocument as error:
        raise FieldsRefused({}, str(error)) from None
    except BadValue as error:
        raise FieldsRefused({"worklog": str(error)}) from None
    with caller.site.lock:
        made = tracker.add_worklog(
            record, place.actor, started=sent.started, seconds=sent.seconds, comment=sent.comment
        )
        keep_estimate(place, record, left)
    return worklog_body(caller.site, record, made), 201


def remaining(record: Record, seconds: int) -> int | None:
    """The remaining estimate afterwards, as `adjustEstimate` says. Raises BadValue."""
    way, query = request.args.get("adjustEstimate", "auto"), request.args
    before = (record.state.fields.get("timetracking") or (None, None))[1]
    if way == "new":
        return read_duration(query.get("newEstimate", ""))
    if way == "manual":
        return max(0, (before or 0) - read_duration(query.get("reduceBy", "")))
    return before if way == "leave" or before is None else max(0, before - seconds)


def keep_estimate(place: Place, record: Record, left: int | None) -> None:
    tracking = record.state.fields.get("timetracking") or (None, None)
    if left != tracking[1]:
        fields: Mapping[str, object] = {**record.state.fields, "timetracking": (tracking[0], left)}
        place.tracker.write(record, place.actor, fields=fields)


def list_worklogs(caller: Caller, issue: str) -> Answer:
    """A page, the oldest first."""
    record = visible(caller, issue)
    most = tracker_of(caller).limits.worklogs
    start, size = page_of(usual=most, most=most)
    listed = [worklog_body(caller.site, record, one) for one in record.worklogs[start : start + size]]
    note_objects(len(listed))
    return {"startAt": start, "maxResults": size, "total": len(record.worklogs), "worklogs": listed}, 200


def list_watchers(caller: Caller, issue: str) -> Answer:
    """The people themselves only for somebody who may see them."""
    record, tracker = visible(caller, issue), tracker_of(caller)
    seen = tracker.allows(actor(caller), "VIEW_VOTERS_AND_WATCHERS", record.state.project)
    note_objects(len(record.watchers), cost=2)
    return {
        "self": f"{caller.site.base_url}/rest/api/3/issue/{record.id}/watchers",
        "isWatching": actor(caller) in record.watchers,
        "watchCount": len(record.watchers),
        "watchers": [user_body(caller.site, one) for one in record.watchers] if seen else [],
    }, 200


def watched(caller: Caller, issue: str, account: str) -> Record:
    """The issue, if the caller may change whether this person watches it. Raises Refused."""
    permission = "BROWSE_PROJECTS" if account == actor(caller) else "MANAGE_WATCHERS"
    record = writable(caller, issue, permission, Refused(403, NO_WATCH))
    person = caller.site.people.get(account)
    if account != actor(caller) and person is None:
        raise Refused(404, f"The user with account id '{account}' does not exist.")
    if person is not None and not tracker_of(caller).allows(account, "BROWSE_PROJECTS", record.state.project):
        raise Refused(400, f"The user '{person.name}' does not have permission to view this issue.")
    return record


def add_watcher(caller: Caller, issue: str) -> Answer:
    """The body is a JSON text, the account id; without a body the caller. Raises Refused with 400, 403 or 404."""
    account = sent_body() if request.get_data().strip() else actor(caller)
    record = watched(caller, issue, str(account))
    with caller.site.lock:
        if account not in record.watchers:
            record.watchers.append(str(account))
    return None, 204


def remove_watcher(caller: Caller, issue: str) -> Answer:
    account = request.args.get("accountId")
    if not account:
        raise Refused(400, "accountId is required.")
    record = watched(caller, issue, account)
    with caller.site.lock:
        if account in record.watchers:
            record.watchers.remove(account)
    return None, 204

"""Finding people of a site. Mail addresses only where their owners show them; searches find active people only.

developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users, .../api-group-user-search
"""

from typing import TYPE_CHECKING

from flask import request

from sandbox.jira_access import Caller, Refused
from sandbox.jira_calls import Answer
from sandbox.jira_issue_calls import PlatformCalls, note_objects, page_body, page_of, tracker_of, visible
from sandbox.jira_issue_meta import find_browsable
from sandbox.jira_issue_parts import user_body

if TYPE_CHECKING:
    from sandbox.jira_site import Person

PAGE, BULK, FIRST = 50, 10, 1000
MOST_IDS = 200


def add_people_calls(calls: PlatformCalls) -> None:
    calls.add("GET", "/user/search", search_users, scope="READ")
    calls.add("GET", "/user/bulk", list_users, scope="READ")
    calls.add("GET", "/user/assignable/search", search_assignable, scope="READ")


def matching(caller: Caller) -> "list[Person]":
    """Active people whose name or visible mail address begins with `query`, or the one of `accountId`."""
    query, account = request.args.get("query"), request.args.get("accountId")
    if (query is None) == (account is None):
        raise Refused(400, "Specify either query or accountId.")
    people = [one for one in caller.site.people.values() if one.active]
    if query is None:
        return [one for one in people if one.account_id == account]
    return [one for one in people if fits(one, query.casefold())]


def fits(person: "Person", text: str) -> bool:
    words = [person.name.casefold(), *person.name.casefold().split()]
    if person.shows_email:
        words.append(person.email.casefold())
    return any(word.startswith(text) for word in words)


def search_users(caller: Caller) -> Answer:
    """Up to the thousandth user."""
    start, size = page_of(usual=PAGE, most=FIRST)
    found = matching(caller)[:FIRST][start : start + size]
    note_objects(len(found), cost=2)
    return [user_body(caller.site, one.account_id) for one in found], 200


def list_users(caller: Caller) -> Answer:
    """Those of the account ids given, ten to a page unless `maxResults` says more; unknown ones are left out."""
    wanted = request.args.getlist("accountId")
    if len(wanted) > MOST_IDS:
        raise Refused(400, f"A maximum of {MOST_IDS} account ids can be given.")
    start, size = page_of(usual=BULK, most=MOST_IDS)
    found = [account for account in dict.fromkeys(wanted) if account in caller.site.people]
    page = page_body(found, start, size, show=lambda account: user_body(caller.site, account))
    note_objects(len(page["values"]), cost=2)
    return page, 200


def search_assignable(caller: Caller) -> Answer:
    """Of the people of a page those that issues of a project can be assigned to."""
    project, issue = request.args.get("project"), request.args.get("issueKey") or request.args.get("issueId")
    if issue:
        project_id = visible(caller, issue).state.project
    elif project:
        project_id = find_browsable(caller, project).id
    else:
        raise Refused(400, "Either project, issueKey or issueId is required.")
    start, size = page_of(usual=PAGE, most=FIRST)
    tracker = tracker_of(caller)
    found = [
        one
        for one in matching(caller)[:FIRST][start : start + size]
        if one.kind == "atlassian" and tracker.allows(one.account_id, "ASSIGNABLE_USER", project_id)
    ]
    note_objects(len(found), cost=2)
    return [user_body(caller.site, one.account_id) for one in found], 200

"""The people of a site as the platform API tells of them.

developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users
"""

from typing import Any

from flask import request

from sandbox.jira_access import Caller, Refused
from sandbox.jira_calls import Answer
from sandbox.jira_issue_calls import PlatformCalls
from sandbox.jira_site import JiraSite, Person

NO_USER = "Specified user does not exist or you do not have required permissions"


def add_person_calls(calls: PlatformCalls) -> None:
    calls.add("GET", "/user", read_user, scope="READ")


def read_user(caller: Caller) -> Answer:
    """By account id. The mail address comes only where a person shows it. Raises Refused with 400 or 404."""
    account = request.args.get("accountId", "")
    if not account:
        raise Refused(400, "The query parameter 'accountId' must be provided.")
    person = caller.site.people.get(account)
    if person is None:
        raise Refused(404, NO_USER)
    return person_body(caller.site, person), 200


def person_body(site: JiraSite, person: Person) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "self": f"{site.base_url}/rest/api/3/user?accountId={person.account_id}",
        "accountId": person.account_id,
        "accountType": person.kind,
        "displayName": person.name,
        "active": person.active,
        "timeZone": "Etc/UTC",
    }
    return shown | ({"emailAddress": person.email} if person.shows_email else {})

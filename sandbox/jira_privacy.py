"""Reports of the accounts an app holds personal data of, and what Atlassian answers.

https://developer.atlassian.com/cloud/jira/platform/user-privacy-developer-guide/ (the gateway, for Bearer tokens) and
https://community.developer.atlassian.com/t/28679 (the site, for Connect apps)
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, Response

from sandbox.jira_access import Access, Refused
from sandbox.jira_calls import as_json, error_collection, sent_body
from sandbox.jira_register import AccountRegister

MOST = 90


def report_blueprint(access: Access) -> Blueprint:
    """`POST /rest/atlassian-connect/latest/report-accounts` of a site, for Connect apps."""
    blueprint = Blueprint("privacy", __name__, url_prefix="/rest/atlassian-connect/latest")

    @blueprint.post("/report-accounts")
    def report() -> Response:
        try:
            caller = access.caller("NONE", None)
            return answer_report([caller.site.accounts], sent_body())
        except Refused as error:
            return as_json(error_collection(error.messages), error.status)

    return blueprint


def answer_report(registers: Iterable[AccountRegister], body: Any) -> Response:
    """200 with the accounts that are closed or changed, 204 when there are none. Raises Refused with 400."""
    every, held = list(registers), read_report(body)
    found = []
    for register in every:
        register.reported += held
        told = {account: register.status(account, since) for account, since in held.items()}
        found += [{"accountId": account, "status": status} for account, status in told.items() if status]
    response = as_json({"accounts": found}, 200) if found else as_json(None, 204)
    cycle = next((register.cycle for register in every if register.cycle), None)
    if cycle:
        response.headers["Cycle-Period"] = cycle
    return response


def read_report(body: Any) -> Mapping[str, datetime]:
    """Accounts and since when something of them is held. Raises Refused with 400."""
    accounts = body.get("accounts") if isinstance(body, dict) else None
    if not isinstance(accounts, list) or not 0 < len(accounts) <= MOST:
        raise Refused(400, f"A report names 1 to {MOST} accounts.")
    try:
        held = {str(one["accountId"]): datetime.fromisoformat(one["updatedAt"]) for one in accounts}
    except (KeyError, TypeError, ValueError):
        raise Refused(400, "An account has an accountId and an updatedAt as RFC 3339 says.") from None
    if len(held) < len(accounts) or not all(held) or any(moment.tzinfo is None for moment in held.values()):
        raise Refused(400, "An account is named once, with an offset in updatedAt.")
    return held

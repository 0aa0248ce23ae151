"""Which issue a person's request is about, and whether that person may see it in Jira."""

from collections.abc import Collection

from app.access import current_caller
from clients.jira_issues import BROWSE, Issue, find_issue, held_permissions
from domain.errors import UnknownObject
from services import Services


def require_issue(services: Services, key: str) -> Issue:
    """The issue known as `key`, asked of Jira now. Raises UnknownObject when the caller may not see it."""
    issue, _held = require_held(services, key, ())
    return issue


def require_held(services: Services, key: str, wanted: Collection[str]) -> tuple[Issue, frozenset[str]]:
    """The same, with those of the `wanted` permissions that the caller has for it."""
    caller = current_caller()
    jira = services.jira(caller.installation)
    issue = find_issue(jira, key)
    held = held_permissions(jira, caller.account_id, issue.id, {BROWSE, *wanted}) if issue else frozenset()
    if issue is None or BROWSE not in held:
        raise UnknownObject(f"There is no issue {key}, or you may not see it in Jira.")
    services.kept_issues.keep(caller.installation.id, caller.account_id, key, issue.project)
    return issue, held


def require_project(services: Services, key: str) -> str:
    """The key of an issue's project; Jira's word that the caller may see it counts for a minute.

    Raises UnknownObject when the caller may not.
    """
    caller = current_caller()
    kept = services.kept_issues.find_project(caller.installation.id, caller.account_id, key)
    return kept or require_issue(services, key).project

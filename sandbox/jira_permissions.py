"""Who may do what in which project. Everybody may do everything but administer, unless it is taken away.

confluence.atlassian.com/x/yodKLg (project permissions)
"""

from collections.abc import Iterable, Mapping

GLOBAL: Mapping[str, bool] = {  # name -> for administrators only
    "ADMINISTER": True,
    "SYSTEM_ADMIN": True,
    "USER_PICKER": False,
    "CREATE_SHARED_OBJECTS": False,
    "MANAGE_GROUP_FILTER_SUBSCRIPTIONS": False,
    "BULK_CHANGE": False,
}
PROJECT: Mapping[str, bool] = dict.fromkeys(
    (
        "BROWSE_PROJECTS", "CREATE_ISSUES", "EDIT_ISSUES", "DELETE_ISSUES", "MOVE_ISSUES", "SCHEDULE_ISSUES",
        "LINK_ISSUES", "ASSIGN_ISSUES", "ASSIGNABLE_USER", "RESOLVE_ISSUES", "CLOSE_ISSUES", "TRANSITION_ISSUES",
        "MODIFY_REPORTER", "SET_ISSUE_SECURITY", "MANAGE_WATCHERS", "VIEW_VOTERS_AND_WATCHERS", "ADD_COMMENTS",
        "EDIT_ALL_COMMENTS", "EDIT_OWN_COMMENTS", "DELETE_ALL_COMMENTS", "DELETE_OWN_COMMENTS", "CREATE_ATTACHMENTS",
        "DELETE_ALL_ATTACHMENTS", "DELETE_OWN_ATTACHMENTS", "WORK_ON_ISSUES", "EDIT_OWN_WORKLOGS", "EDIT_ALL_WORKLOGS",
        "DELETE_OWN_WORKLOGS", "DELETE_ALL_WORKLOGS", "MANAGE_SPRINTS_PERMISSION", "VIEW_DEV_TOOLS",
        "VIEW_READONLY_WORKFLOW",
    ),
    False,
) | {"ADMINISTER_PROJECTS": True}  # fmt: skip
APPS = "*apps"  # stands for every app, as the project role for add-ons does


class Permissions:
    """What was taken away, by account (or `APPS`), project id and permission."""

    def __init__(self) -> None:
        self._denied: set[tuple[str, str, str]] = set()
        self._hidden: set[tuple[str, str]] = set()

    def deny(self, account: str, project_id: str, *permissions: str) -> None:
        """Raises KeyError for a permission that Jira does not have."""
        self._denied |= {(account, project_id, one) for one in known(permissions)}

    def allow(self, account: str, project_id: str, *permissions: str) -> None:
        """Give back what was denied."""
        self._denied -= {(account, project_id, one) for one in known(permissions)}

    def denied(self, account: str, project_id: str, permission: str) -> bool:
        return (account, project_id, permission) in self._denied

    def hide_issue(self, account: str, issue_id: str, *, hidden: bool = True) -> None:
        """Keep one issue from a person, as its security level does, or show it again."""
        (self._hidden.add if hidden else self._hidden.discard)((account, issue_id))

    def hides(self, account: str, issue_id: str) -> bool:
        return (account, issue_id) in self._hidden


def known(permissions: Iterable[str]) -> list[str]:
    """The same names. Raises KeyError."""
    listed = list(permissions)
    for one in listed:
        PROJECT[one]
    return listed

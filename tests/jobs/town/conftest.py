"""Duties over a whole town: its fixtures are those of the API."""

from tests.app.conftest import (
    added,
    connected,
    connection,
    jira,
    link,
    linked,
    open_town,
    projects,
    run,
    settings_changes,
    site,
    town,
    webshop,
)

__all__ = [
    "added", "connected", "connection", "jira", "link", "linked", "open_town", "projects", "run", "settings_changes",
    "site", "town", "webshop",
]  # fmt: skip

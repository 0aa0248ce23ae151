"""A stand-in site with projects to migrate into, and short ways to make issues on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from sandbox.jira_migration import add_migration_project, add_person
from sandbox.jira_permissions import APPS, Permissions
from sandbox.jira_scheme_seed import Wanted
from tests.sandbox.jira_rig import JiraRig, running_rig

API, AGILE = "/rest/api/3", "/rest/agile/1.0"
SCOPES = ["READ", "WRITE", "DELETE", "PROJECT_ADMIN", "ADMIN"]
SOURCE = {
    "key": "source",
    "name": {"value": "Source"},
    "entityType": "issue",
    "keyConfigurations": [
        {
            "propertyKey": "crosswalk.source",
            "extractions": [
                {"objectName": "id", "type": "number", "alias": "adoId"},
                {"objectName": "run", "type": "string", "alias": "adoRun"},
                {"objectName": "organization", "type": "string", "alias": "adoOrganization"},
            ],
        }
    ],
}


def text(*lines: str) -> dict[str, Any]:
    """An Atlassian document with a paragraph for each line."""
    paragraphs = [{"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in lines]
    return {"type": "doc", "version": 1, "content": paragraphs}


class IssueRig:
    """Calls of an app on three projects: MIG (company-managed), TEAM (team-managed), OLD (step-by-step, Premium)."""

    def __init__(self, rig: JiraRig) -> None:
        self.rig, self.site, self.tracker = rig, rig.site, rig.site.tracker
        self.account = self.site.member.account_id

    def call(self, method: str, path: str, json: Any = None) -> requests.Response:
        return self.rig.call(method, path if path.startswith("/rest") else API + path, json)

    def field(self, name: str) -> str:
        """The id of a field by its name."""
        return self.tracker.catalogue.field_named(name).id

    def fields(self, kind: str = "Task", project: str = "MIG", **more: Any) -> dict[str, Any]:
        """The fields of a create request; names of custom fields become their ids."""
        named = {
            name if name in self.tracker.catalogue.fields else self.field(name): value for name, value in more.items()
        }
        return {"project": {"key": project}, "issuetype": {"name": kind}, "summary": "Weigh the parcel"} | named

    def create(self, kind: str = "Task", project: str = "MIG", **more: Any) -> requests.Response:
        return self.call("POST", "/issue", {"fields": self.fields(kind, project, **more)})

    def key(self, kind: str = "Task", project: str = "MIG", **more: Any) -> str:
        """The key of a new issue."""
        answer = self.create(kind, project, **more)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["key"])

    def read(self, key: str, *names: str) -> Any:
        """The fields of an issue."""
        query = f"?fields={','.join(names)}" if names else ""
        return self.call("GET", f"/issue/{key}{query}").json()["fields"]

    def upload(self, key: str, *files: tuple[str, bytes], headers: dict[str, str] | None = None) -> requests.Response:
        """Attach files as `multipart/form-data`."""
        path = f"{API}/issue/{key}/attachments"
        sent = {"Authorization": f"JWT {self.rig.token('POST', path)}", "X-Atlassian-Token": "no-check"}
        parts = [("file", file) for file in files]
        return self.rig.http.post(self.rig.site_url + path, files=parts, headers=sent | (headers or {}))

    def deny(self, *permissions: str, project: str = "MIG") -> None:
        """Take permissions from every app until the test ends."""
        self.tracker.permissions.deny(APPS, self.site.projects[project].id, *permissions)


@contextmanager
def running_issues() -> Iterator[IssueRig]:
    """The three projects and a few people more, on a running site."""
    with running_rig() as rig:
        rig.app.changes = {
            "scopes": SCOPES,
            "modules": rig.app.descriptor()["modules"] | {"jiraEntityProperties": [SOURCE]},
        }
        assert rig.install().status_code == 201
        add_migration_project(rig.site, "MIG")
        add_migration_project(rig.site, "TEAM", wanted=Wanted(style="team"))
        old = Wanted(levels={"Initiative": 2}, classic=("Bug",), hidden=("Close",), required={"Bug": ("Severity",)})
        add_migration_project(rig.site, "OLD", wanted=old, board="kanban")
        add_person(rig.site, "Gone Greta", "greta@example.com", active=False)
        add_person(rig.site, "Hidden Hugo", "hugo@example.com", shows_email=False)
        add_person(rig.site, "Mail Robot", "robot@example.com", kind="app")
        yield IssueRig(rig)


def clean(rig: IssueRig) -> None:
    """What every test leaves behind for the next: nothing that refuses, lags or is broken."""
    tracker = rig.tracker
    tracker.permissions = Permissions()
    tracker.limits = type(tracker.limits)()
    tracker.index.lag_seconds = 0
    tracker.quota.rates = None
    tracker.quota.forget()
    tracker.archived_projects.clear()
    tracker.default_assignees.clear()

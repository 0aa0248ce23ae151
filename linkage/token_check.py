"""Checks a token of Azure DevOps: whose it is, what it opens, and which feature would miss a right. Reads only."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import SecretStr

from clients.ado import AdoClient
from clients.ado_hooks import HooksApi
from clients.ado_projects import Project, first_projects
from domain.errors import BadInput, CallError, Fault, Forbidden, NotFound, Permanent, Unauthorized, Unreadable
from linkage.code_rights import read_code_rights
from services import Services

PROBED_PROJECTS = 3  # a right may be missing in one project alone
PROFILE_URL = "https://app.vssps.visualstudio.com"
GLOBAL_END = "1 December 2026"  # https://learn.microsoft.com/azure/devops/release-notes/ (sprint 270)
READ_SCOPES = "Code (Read), Build (Read) and Release (Read)"
ONE: Mapping[str, Any] = {"$top": 1}
NO_SCOPE = (Unauthorized, Forbidden)  # Azure DevOps answers a missing scope with 401 and a missing permission with 403


@dataclass(frozen=True, slots=True)
class Problem:
    """What does not work with a token, or will not for long. `code` stays the same, `detail` is for people."""

    code: str
    severity: Literal["error", "warning"]
    detail: str

    def as_record(self) -> dict[str, Any]:
        return {"code": self.code, "severity": self.severity, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class TokenReport:
    """An accepted token: who it is, the organization's GUID, and what it cannot do."""

    user_name: str
    instance_id: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Probe:
    """A cheap read that needs one right, and what will not appear in Jira without it."""

    problem: Problem
    read: Callable[[AdoClient, Project], object]


PROBES = (
    Probe(
        Problem("no_code", "warning", "The token cannot read code, so no commits, branches and pull requests will "
                "appear in Jira. Give it the scope Code (Read)."),
        lambda client, project: client.get(project.id, "_apis", "git", "repositories"),
    ),
    Probe(
        Problem("no_builds", "warning", "The token cannot read pipelines, so no builds and no deployments of pipelines "
                "will appear in Jira. Give it the scope Build (Read)."),
        lambda client, project: client.get(project.id, "_apis", "build", "builds", **ONE),
    ),
    Probe(
        Problem("no_releases", "warning", "The token cannot read classic releases, so their deployments will not "
                "appear in Jira. Give it the scope Release (Read)."),
        lambda client, project: client.get(project.id, "_apis", "release", "releases", service="release", **ONE),
    ),
)  # fmt: skip
NO_HOOKS = Problem(
    "no_hooks", "error", "The token may not see service hooks, so linking a project will be refused. Give it the scope "
    "Code (Read), and let a project administrator grant its owner View subscriptions and Edit subscriptions.",
)  # fmt: skip
NO_PROJECTS = Problem("no_projects", "error", "The token sees no project. Add its owner to the projects to be linked.")
ALL_ORGANIZATIONS = Problem(
    "all_organizations", "warning", "This token opens all organizations of its owner. Azure DevOps stops accepting "
    f"such tokens on {GLOBAL_END}: make one for this organization alone and replace it here.",
)  # fmt: skip
CAN_WRITE = Problem(
    "token_can_write", "warning", "This token may change code, and Crosswalk only reads with it: branches are made by "
    "people who sign in as themselves. Make a token with the scope Code (Read) in place of Code (Read & write), and "
    "replace it here.",
)  # fmt: skip


def check_token(services: Services, organization_url: str, token: SecretStr) -> TokenReport:
    """What a token is worth. Raises BadInput with a fault for `/token` when it is refused or opens nothing,
    for `/organizationUrl` when there is no such organization, and Retryable when Azure DevOps cannot say now.
    """
    client = services.ado_with(organization_url, token)
    user_name, instance_id = _read_identity(client)
    projects = _read_projects(client)
    missing = [probe.problem for probe in PROBES if projects and not _is_allowed(client, probe, projects)]
    if len(missing) == len(PROBES):
        raise _bad_token(f"The token opens nothing that Jira could show. Give it the scopes {READ_SCOPES}.")
    if not projects:
        missing.append(NO_PROJECTS)
    if not _may_see_hooks(client):
        missing.append(NO_HOOKS)
    if _opens_everything(services, organization_url, token):
        missing.append(ALL_ORGANIZATIONS)
    if read_code_rights(client, [project.id for project in projects])[1]:
        missing.append(CAN_WRITE)
    return TokenReport(user_name, instance_id, tuple(missing))


def _read_identity(client: AdoClient) -> tuple[str, str]:
    try:
        found = client.read_connection()
    except Unauthorized:
        text = "Azure DevOps does not accept this token: it is wrong, has expired or was made for another organization."
        raise _bad_token(f"{text} Make a new one.") from None
    except Forbidden as error:
        raise _bad_token(f"Azure DevOps refuses this token: {error.detail}") from None
    except NotFound:
        raise _bad_address("Azure DevOps knows no organization of this name.") from None
    except Unreadable:
        raise _bad_address("What answers at this address is not Azure DevOps.") from None
    return found.user_name, found.instance_id


def _read_projects(client: AdoClient) -> Sequence[Project]:
    try:
        return first_projects(client, PROBED_PROJECTS)
    except NO_SCOPE:
        text = "The token may not list projects, so none can be linked. Give it the scope Project and Team (Read)"
        raise _bad_token(f"{text} beside {READ_SCOPES}.") from None


def _is_allowed(client: AdoClient, probe: Probe, projects: Sequence[Project]) -> bool:
    return any(_is_readable(lambda project=project: probe.read(client, project)) for project in projects)  # type: ignore[misc]  # bound now


def _may_see_hooks(client: AdoClient) -> bool:
    return _is_readable(lambda: HooksApi(client).list_publisher("tfs"))


def _is_readable(read: Callable[[], object]) -> bool:
    """False when the right is missing. Any other refusal says nothing about rights. Raises Retryable."""
    try:
        read()
    except NO_SCOPE:
        return False
    except Permanent:
        return True
    return True


def _opens_everything(services: Services, organization_url: str, token: SecretStr) -> bool:
    """Whether the token reaches its owner's profile, which lies outside of every organization.

    A token for one organization is refused there. A global one without the profile scope is refused as well: then
    it cannot be told. https://learn.microsoft.com/rest/api/azure/devops/profile/profiles/get
    """
    parts = urlsplit(organization_url)
    own_host = services.ado_http.hosts.is_extra(organization_url)
    base = f"{parts.scheme}://{parts.netloc}" if own_host else PROFILE_URL
    try:
        found = services.ado_with(base, token).get("_apis", "profile", "profiles", "me")
    except CallError:
        return False
    return isinstance(found, dict) and "id" in found


def _bad_token(detail: str) -> BadInput:
    return BadInput(detail, (Fault("/token", detail),))


def _bad_address(detail: str) -> BadInput:
    return BadInput(detail, (Fault("/organizationUrl", detail),))

"""Who may call what: tokens, their scopes, permissions in projects, and the api-version every call must name."""

import base64
import binascii
import re

from flask import Request

from sandbox.ado_bearer import read_bearer
from sandbox.ado_clock import utc_now
from sandbox.ado_errors import (
    AdoError,
    SignInNeeded,
    bad_request,
    no_git_right,
    no_permission,
    no_project,
    no_repository,
)
from sandbox.ado_model import FULL, Project, Repository, Token, User
from sandbox.ado_state import OrganizationState

HOOK_RESOURCE = "PublisherSecurity"
HIDDEN = 404  # a repository that is refused with this is not listed either
PERMISSION_WORDS = {
    "ViewSubscriptions": "View Subscriptions",
    "EditSubscriptions": "Edit Subscription",
    "DeleteSubscriptions": "Delete Subscriptions",
}
# a wider scope holds the narrower: https://learn.microsoft.com/azure/devops/integrate/get-started/authentication/oauth
WIDER = {
    "vso.code": {"vso.code_write", "vso.code_manage", "vso.code_full"},
    "vso.code_write": {"vso.code_manage", "vso.code_full"},
    "vso.build": {"vso.build_execute"},
    "vso.release": {"vso.release_execute", "vso.release_manage"},
    "vso.work": {"vso.work_write", "vso.work_full"},
    "vso.project": {"vso.project_write", "vso.project_manage"},
    "vso.test": {"vso.test_write"},
    "vso.profile": {"vso.profile_write"},
}
GA_VERSIONS = frozenset({"5.0", "5.1", "6.0", "7.0", "7.1"})
NEWEST = "7.2"  # preview only
VERSION = re.compile(r"(\d+\.\d+)(-preview(?:\.\d+)?)?")


def read_token(organization: OrganizationState, request: Request) -> Token:
    """The token of a call: Basic with any user name, or a Bearer token of Entra. Raises SignInNeeded."""
    kind, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return read_bearer(organization, encoded.strip())
    if kind.lower() != "basic":
        raise SignInNeeded("TF400813: The user '' is not authorized to access this resource.")
    try:
        secret = base64.b64decode(encoded, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        secret = ""
    token = organization.tokens.get(secret)
    if token is None or token.user.id in organization.removed_users:
        raise SignInNeeded("TF400813: The user '' is not authorized to access this resource.")
    if token.expires and token.expires <= utc_now():
        raise SignInNeeded("Access Denied: The Personal Access Token used has expired.")
    return token


def require_scope(token: Token, scopes: frozenset[str]) -> None:
    """One of `scopes` is enough; none asked means any token. Raises AdoError (401, as the service answers)."""
    enough = scopes.union(*(WIDER.get(scope, set()) for scope in scopes))
    if scopes and not token.scopes & (enough | {FULL}):
        text = f"TF400813: The user '{token.user.id}' is not authorized to access this resource."
        raise AdoError(401, "UnauthorizedRequestException", text)


def may(organization: OrganizationState, user: User, project_id: str, permission: str) -> bool:
    return (user.id, project_id, permission) not in organization.denied


def sees_project(organization: OrganizationState, user: User, project: Project) -> bool:
    return (user.id, project.id) not in organization.hidden_projects


def require_project(organization: OrganizationState, user: User, project: Project, name: str) -> Project:
    """Whoever is no member of a project is told that there is none. Raises AdoError (404)."""
    if not sees_project(organization, user, project):
        raise no_project(name)
    return project


def require_permission(organization: OrganizationState, user: User, project_id: str, permission: str) -> None:
    """Raises AdoError (403) that names the resource and the right."""
    if not may(organization, user, project_id, permission):
        resource = f"{HOOK_RESOURCE}/{project_id}"
        raise no_permission(user.name, resource, PERMISSION_WORDS.get(permission, permission))


def deny_permission(
    organization: OrganizationState, user: User, project: Project, permission: str, *, denied: bool = True
) -> None:  # fmt: skip
    """Take a right in a project from a person, or give it back. Raises AdoError for a right that is not known."""
    if permission not in PERMISSION_WORDS:
        raise bad_request(f"A permission is one of {', '.join(PERMISSION_WORDS)}.")
    entry = (user.id, project.id, permission)
    (organization.denied.add if denied else organization.denied.discard)(entry)


def repository_refusal(
    organization: OrganizationState, user: User, repository: Repository, name: str
) -> AdoError | None:  # fmt: skip
    """How reading a repository (called `name` by the caller) is refused to a person; None when it is not."""
    status = organization.denied_repositories.get((user.id, repository.id))
    if status is None:
        return None
    return no_repository(name) if status == HIDDEN else no_git_right(user.id, "GenericRead")


def is_hidden(organization: OrganizationState, user: User, repository: Repository) -> bool:
    return organization.denied_repositories.get((user.id, repository.id)) == HIDDEN


def read_version(request: Request) -> str | None:
    """From the query or from the Accept header."""
    found = re.search(r"api-version=([^;,\s]+)", request.headers.get("Accept", ""))
    return request.args.get("api-version") or (found.group(1) if found else None)


def require_version(method: str, version: str | None, *, preview_only: bool, newest_only: bool) -> None:
    """`preview_only` resources never left preview; `newest_only` ones exist in 7.2 only. Raises AdoError (400)."""
    if version is None:
        raise bad_request(
            f'No api-version was supplied for the "{method}" request. The version must be supplied either as part of '
            'the Accept header (e.g. "application/json; api-version=1.0") or as a query parameter (e.g. '
            '"?api-version=1.0").',
            "VssVersionNotSpecifiedException",
        )
    found = VERSION.fullmatch(version)
    number = found.group(1) if found else ""
    if number not in {NEWEST, *GA_VERSIONS} or (newest_only and number != NEWEST):
        raise bad_request(
            f"The requested REST API version of {version} is out of range for this server. The latest REST API version "
            f"this server supports is {NEWEST}.",
            "VssVersionOutOfRangeException",
        )
    if (preview_only or number == NEWEST) and found is not None and found.group(2) is None:
        raise bad_request(
            f'The requested version "{version}" of the resource is under preview. The -preview flag must be supplied '
            f'in the api-version for such requests. For example: "{version}-preview"',
            "VssInvalidPreviewVersionException",
        )

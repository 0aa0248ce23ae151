"""What somebody pasted to learn why it is not in Jira: an address of Azure DevOps, a commit, a number, or any text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

from domain.addresses import CLOUD_HOST, OLD_CLOUD_SUFFIX, read_organization
from domain.errors import BadInput

PastedKind = Literal["commit", "pull_request", "build", "branch", "number", "text"]
FULL_SHA = 40
OLD_COLLECTION = "defaultcollection"  # stands before the project in old addresses, and means nothing
# Digits are 0 to 9 everywhere: \d and isdigit() take those of other scripts too, and even ²
_SHA = re.compile(r"[0-9a-fA-F]{7,40}")
_PULL = re.compile(r"(?:!|(?:pr|pull request)\s*[#!]?\s*)([0-9]{1,18})", re.IGNORECASE)
_BUILD = re.compile(r"(?:build|run)\s*#?\s*([0-9]{1,18})", re.IGNORECASE)
_NUMBER = re.compile(r"#?([0-9]{1,18})")
_DIGITS = re.compile(r"[0-9]{1,18}")
_NAME = r"[^\s\x00-\x20\x7f~^:?*\[\\]{1,512}"  # as https://git-scm.com/docs/git-check-ref-format allows, about
_BRANCH = re.compile(rf"refs/heads/({_NAME})")
_BRANCH_VERSION = re.compile(rf"GB({_NAME})")
_COMMIT_VERSION = re.compile(r"GC([0-9a-fA-F]{7,40})")
# https://learn.microsoft.com/azure/devops/ : addresses of commits, pull requests and builds as people copy them
_IN_REPOSITORY = re.compile(r"^(.*?)/_git/([^/]+)(?:/(commit|pullrequest)/([0-9a-f]+))?/?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pasted:
    """What it looks like. `id`: a commit's hash (whole or its beginning), a number, a branch name; '' for plain text.

    What an address says beyond that: `organization`, its address as a connection has it but in lower case; `project`
    and `repository`, names or GUIDs.
    """

    kind: PastedKind
    id: str = ""
    organization: str | None = None
    project: str | None = None
    repository: str | None = None


def read_pasted(text: str) -> Pasted:
    """What `text` looks like, by its form alone."""
    plain = text.strip()
    if plain.startswith(("https://", "http://")):
        return _read_address(plain)
    if _SHA.fullmatch(plain) and not plain.isdigit():
        return Pasted("commit", plain.lower())
    for kind, pattern in FORMS:
        if match := pattern.fullmatch(plain):
            return Pasted(kind, match.group(1))
    if len(plain) == FULL_SHA and _SHA.fullmatch(plain):
        return Pasted("commit", plain)
    return Pasted("text")


FORMS: tuple[tuple[PastedKind, re.Pattern[str]], ...] = (
    ("pull_request", _PULL), ("build", _BUILD), ("number", _NUMBER), ("branch", _BRANCH),
)  # fmt: skip


def _read_address(address: str) -> Pasted:
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        others = frozenset() if host == CLOUD_HOST or host.endswith(OLD_CLOUD_SUFFIX) else {parts.netloc.lower()}
        organization = read_organization(address, frozenset(others)).url.lower()
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    except (ValueError, BadInput):  # an address of something else, or of nothing
        return Pasted("text")
    path = _below_organization(parts.path, is_old=host.endswith(OLD_CLOUD_SUFFIX))
    if match := _IN_REPOSITORY.match(path):
        return _read_repository(organization, match, query)
    return _read_build(organization, path, query)


def _below_organization(path: str, *, is_old: bool) -> str:
    """What follows the organization, which old addresses have in their host."""
    first, _slash, rest = path.removeprefix("/").partition("/")
    return path if is_old and first.lower() != OLD_COLLECTION else f"/{rest}"


def _project_in(above: str) -> str | None:
    """The project in what stands before `/_git` or `/_build`; a team may follow it."""
    return unquote(above.removeprefix("/").partition("/")[0]) or None


def _read_build(organization: str, path: str, query: Mapping[str, str]) -> Pasted:
    above, found, _page = path.partition("/_build")
    project, number = _project_in(above), query.get("buildId", "")
    if found and project and _DIGITS.fullmatch(number):
        return Pasted("build", number, organization, project)
    return Pasted("text")


def _read_repository(organization: str, match: re.Match[str], query: Mapping[str, str]) -> Pasted:
    above, name, page, identity = match.groups()
    repository = unquote(name)
    # an address leaves out a project that is called like its repository
    place = (organization, _project_in(above) or repository, repository)
    if page is None:
        return _read_version(query.get("version", ""), place)
    if page.lower() == "commit" and _SHA.fullmatch(identity):
        return Pasted("commit", identity.lower(), *place)
    if page.lower() == "pullrequest" and _DIGITS.fullmatch(identity):
        return Pasted("pull_request", identity, *place)
    return Pasted("text", "", *place)


def _read_version(version: str, place: tuple[str, str, str]) -> Pasted:
    """`version` says which branch or commit of a repository is looked at."""
    if branch := _BRANCH_VERSION.fullmatch(version):
        return Pasted("branch", branch.group(1), *place)
    if commit := _COMMIT_VERSION.fullmatch(version):
        return Pasted("commit", commit.group(1).lower(), *place)
    return Pasted("text", "", *place)

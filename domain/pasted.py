"""What somebody pasted to learn why it is not in Jira: an address of Azure DevOps, a commit, a number, or any text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

from domain.addresses import CLOUD_HOST, OLD_CLOUD_SUFFIX, read_organization
from domain.errors import BadInput

PastedKind = Literal[
    "commit", "pull_request", "build", "branch", "number", "release", "environment", "deployment", "text"
]
FULL_SHA = 40
OLD_COLLECTION = "defaultcollection"  # stands before the project in old addresses, and means nothing
# Digits are 0 to 9 everywhere: \d and isdigit() take those of other scripts too, and even ²
_SHA = re.compile(r"[0-9a-fA-F]{7,40}")
_PULL = re.compile(r"(?:!|(?:pr|pull request)\s*[#!]?\s*)([0-9]{1,18})", re.IGNORECASE)
_BUILD = re.compile(r"(?:build|run)\s*#?\s*([0-9]{1,18})", re.IGNORECASE)
_RELEASE = re.compile(r"release\s*#?\s*([0-9]{1,18})", re.IGNORECASE)
_ENVIRONMENT = re.compile(r"environment\s*#?\s*([0-9]{1,18})", re.IGNORECASE)
_DEPLOYMENT = re.compile(r"deployment\s*#?\s*([0-9]{1,18})", re.IGNORECASE)
# a name, when the number that stands beside the word is none; it may as well be the beginning of a sentence
_RELEASE_NAME = re.compile(r"release\s+(\S{1,256})", re.IGNORECASE)
_ENVIRONMENT_NAME = re.compile(r"environment\s+(\S{1,256})", re.IGNORECASE)
_NUMBER = re.compile(r"#?([0-9]{1,18})")
_DIGITS = re.compile(r"[0-9]{1,18}")
_NAME = r"[^\s\x00-\x20\x7f~^:?*\[\\]{1,512}"  # as https://git-scm.com/docs/git-check-ref-format allows, about
_BRANCH = re.compile(rf"refs/heads/({_NAME})")
_BRANCH_VERSION = re.compile(rf"GB({_NAME})")
_COMMIT_VERSION = re.compile(r"GC([0-9a-fA-F]{7,40})")
# https://learn.microsoft.com/azure/devops/ : addresses as people copy them from the pages of a commit and the like
_ENVIRONMENT_PAGE = re.compile(r"^(.*?)/_environments/([0-9]{1,18})(?:/.*)?$", re.IGNORECASE)
_IN_REPOSITORY = re.compile(r"^(.*?)/_git/([^/]+)(?:/(commit|pullrequest)/([0-9a-f]+))?/?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pasted:
    """What it looks like. `id`: a commit's hash (whole or its beginning), a number, a branch name, of a release or an
    environment also its name; '' for plain text.

    What an address says beyond that: `organization`, its address as a connection has it but in lower case; `project`
    and `repository`, names or GUIDs; `stage`, the number of one environment of a release.
    """

    kind: PastedKind
    id: str = ""
    organization: str | None = None
    project: str | None = None
    repository: str | None = None
    stage: str | None = None

    @property
    def is_guess(self) -> bool:
        """Whether it may as well be plain text: a word that would be a name."""
        return self.kind in {"release", "environment"} and not self.id.isdigit()


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
    ("pull_request", _PULL), ("build", _BUILD), ("release", _RELEASE), ("environment", _ENVIRONMENT),
    ("deployment", _DEPLOYMENT), ("number", _NUMBER), ("branch", _BRANCH), ("release", _RELEASE_NAME),
    ("environment", _ENVIRONMENT_NAME),
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
    return _read_pipeline(organization, path, query)


def _below_organization(path: str, *, is_old: bool) -> str:
    """What follows the organization, which old addresses have in their host."""
    first, _slash, rest = path.removeprefix("/").partition("/")
    return path if is_old and first.lower() != OLD_COLLECTION else f"/{rest}"


def _project_in(above: str) -> str | None:
    """The project in what stands before `/_git` or `/_build`; a team may follow it."""
    return unquote(above.removeprefix("/").partition("/")[0]) or None


def _read_pipeline(organization: str, path: str, query: Mapping[str, str]) -> Pasted:
    if (page := _ENVIRONMENT_PAGE.match(path)) and (project := _project_in(page.group(1))):
        return Pasted("environment", page.group(2), organization, project)
    for kind, mark, name in PAGES:
        above, found, _rest = path.partition(mark)
        project, number = _project_in(above), query.get(name, "")
        if found and project and _DIGITS.fullmatch(number):
            stage = query.get("environmentId", "")
            return Pasted(kind, number, organization, project, stage=stage if _DIGITS.fullmatch(stage) else None)
    return Pasted("text")


# `/_release` begins the other page of releases too, `/_releaseProgress`
PAGES: tuple[tuple[PastedKind, str, str], ...] = (
    ("build", "/_build", "buildId"),
    ("release", "/_release", "releaseId"),
)


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

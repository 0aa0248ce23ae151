"""What somebody pasted to learn why it is not in Jira: an address of Azure DevOps, a commit, a number, or any text."""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

PastedKind = Literal["commit", "pull_request", "build", "branch", "number", "text"]
FULL_SHA = 40
_SHA = re.compile(r"[0-9a-fA-F]{7,40}")
_PULL = re.compile(r"(?:!|(?:pr|pull request)\s*[#!]?\s*)(\d{1,18})", re.IGNORECASE)
_BUILD = re.compile(r"(?:build|run)\s*#?\s*(\d{1,18})", re.IGNORECASE)
_NUMBER = re.compile(r"#?(\d{1,18})")
_BRANCH = re.compile(r"(?:refs/heads/)([^\s~^:?*\[\\]{1,512})")
# https://learn.microsoft.com/azure/devops/ : addresses of commits, pull requests and builds as people copy them
_IN_REPOSITORY = re.compile(r"^(.*?)/_git/([^/]+)(?:/(commit|pullrequest)/([0-9a-fA-F]+))?/?$")


@dataclass(frozen=True, slots=True)
class Pasted:
    """What it looks like. `id`: a commit's hash (whole or its beginning), a number, a branch name; '' for plain text.

    `project` and `repository` are names or GUIDs, when an address says them.
    """

    kind: PastedKind
    id: str = ""
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
    parts = urlsplit(address)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    project = unquote(parts.path.partition("/_build")[0].rpartition("/")[2])
    if "/_build" in parts.path and query.get("buildId", "").isdigit():
        return Pasted("build", query["buildId"], project or None)
    match = _IN_REPOSITORY.match(parts.path)
    if match is None:
        return Pasted("text")
    return _read_repository_address(match, query.get("version", ""))


def _read_repository_address(match: re.Match[str], version: str) -> Pasted:
    above, repository, page, identity = match.groups()
    place = (unquote(above.rpartition("/")[2]) or None, unquote(repository))
    if page == "commit" and _SHA.fullmatch(identity):
        return Pasted("commit", identity.lower(), *place)
    if page == "pullrequest" and identity.isdigit():
        return Pasted("pull_request", identity, *place)
    if version.startswith("GB"):
        return Pasted("branch", version[2:], *place)
    if version.startswith("GC") and _SHA.fullmatch(version[2:]):
        return Pasted("commit", version[2:].lower(), *place)
    return Pasted("text", "", *place)

"""The web page of an artifact that a work item names as `vstfs:///…`, and what to call it.

https://learn.microsoft.com/rest/api/azure/devops/wit/artifact-link-types/list ; the pages are those of the web portal.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote

_ADDRESS = re.compile(r"(?i)vstfs:///([a-z]+)/([a-z]+)/(.+)")
_VERSIONS = {"GB": "Branch", "GT": "Tag", "GC": "Commit"}
SHORT_SHA = 8


@dataclass(frozen=True, slots=True)
class ArtifactPage:
    url: str
    title: str


def artifact_page(address: str, organization_url: str, project: str) -> ArtifactPage | None:
    """The page of an artifact; `project` of the work item, for artifacts that name none. None for one that has no page
    which its address tells: those of GitHub, test results, unknown ones.
    """
    found = _ADDRESS.fullmatch(address)
    make = PAGES.get((found[1].lower(), found[2].lower())) if found else None
    if found is None or make is None:
        return None
    page = make([*unquote(found[3]).split("/")], quote(project, safe=""))
    return ArtifactPage(f"{organization_url}/{page.url}", page.title) if page else None


def _commit(parts: list[str], project: str) -> ArtifactPage | None:
    if len(parts) != 3:
        return None
    return ArtifactPage(f"{_repository(parts)}/commit/{_quoted(parts[2])}", f"Commit {parts[2][:SHORT_SHA]}")


def _pull_request(parts: list[str], project: str) -> ArtifactPage | None:
    if len(parts) != 3:
        return None
    return ArtifactPage(f"{_repository(parts)}/pullrequest/{_quoted(parts[2])}", f"Pull request {parts[2]}")


def _ref(parts: list[str], project: str) -> ArtifactPage | None:
    version = "/".join(parts[2:])
    kind = _VERSIONS.get(version[:2])
    if kind is None or len(version) == 2:
        return None
    return ArtifactPage(f"{_repository(parts)}?version={_quoted(version)}", f"{kind} {version[2:]}")


def _build(parts: list[str], project: str) -> ArtifactPage | None:
    return ArtifactPage(f"{project}/_build/results?buildId={_quoted(parts[0])}", f"Build {parts[0]}")


def _changeset(parts: list[str], project: str) -> ArtifactPage | None:
    return ArtifactPage(f"{project}/_versionControl/changeset/{_quoted(parts[0])}", f"Changeset {parts[0]}")


def _wiki_page(parts: list[str], project: str) -> ArtifactPage | None:
    if len(parts) < 3:
        return None
    path = "/".join(parts[2:])
    place = f"{_quoted(parts[0])}/_wiki/wikis/{_quoted(parts[1])}"
    return ArtifactPage(f"{place}?pagePath={_quoted(f'/{path}')}", f"Wiki page {path}")


def _repository(parts: list[str]) -> str:
    return f"{_quoted(parts[0])}/_git/{_quoted(parts[1])}"


def _quoted(text: str) -> str:
    return quote(text, safe="")


PAGES: Mapping[tuple[str, str], Callable[[list[str], str], ArtifactPage | None]] = {
    ("git", "commit"): _commit,
    ("git", "pullrequestid"): _pull_request,
    ("git", "ref"): _ref,
    ("build", "build"): _build,
    ("versioncontrol", "changeset"): _changeset,
    ("wiki", "wikipage"): _wiki_page,
}

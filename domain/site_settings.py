"""What the administrators of a site may choose, with what holds until they do, and the document it is kept as.

Who checks a document from outside is `app.site_settings`; here it is read as it was kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from domain.environments import EnvironmentType
from domain.json_fields import optional_record, records, text
from domain.records import Json
from domain.subscriptions import ALL_KINDS

PartialMeans = Literal["failed", "successful"]


@dataclass(frozen=True, slots=True)
class Choice:
    """Names that count: every one that some of `only` matches (all when it is empty) and none of `never` does.

    Globs: `*` and `?`, case does not count.
    """

    only: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RepositoryProjects:
    """Which Jira projects the repositories that match a glob may link to."""

    repositories: str
    projects: frozenset[str]  # keys in upper case


@dataclass(frozen=True, slots=True)
class PathFilter:
    """Of a pipeline in a monorepo: only commits that touch one of these paths count as shipped."""

    pipelines: str  # glob of the pipeline's name
    paths: tuple[str, ...]  # globs and folders below the root


@dataclass(frozen=True, slots=True)
class TypeTemplate:
    """The template of branch names for issues whose type's name matches a glob."""

    issue_type: str
    template: str


@dataclass(frozen=True, slots=True)
class BranchSettings:
    """Who may make branches from an issue, and of which names. `name_rule` None: every name Azure DevOps takes."""

    enabled: bool = True
    off_projects: frozenset[str] = frozenset()  # keys in upper case
    name_rule: Choice | None = None
    templates: tuple[TypeTemplate, ...] = ()  # the first that matches counts; none: SiteSettings.branch_template
    draft_pull_request: bool = True  # whether one is offered


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """The choices of one site.

    A partial success of a run counts as a failure, as test reports have it; one of a deployment as a success, because
    the software arrived.
    """

    kinds: frozenset[str] | None = None  # None: every kind a link sends
    repositories: Choice = Choice()  # by name, or by project/name
    pipelines: Choice = Choice()  # names of pipelines and of classic release definitions
    repository_projects: tuple[RepositoryProjects, ...] = ()  # the first that matches counts
    ignored_branches: tuple[str, ...] = ()
    ignored_authors: tuple[str, ...] = ()  # globs of names and mail addresses: bots
    partial_build_is: PartialMeans = "failed"
    partial_deployment_is: PartialMeans = "successful"
    path_filters: tuple[PathFilter, ...] = ()  # of those that match a pipeline, all count
    environments: Mapping[EnvironmentType, tuple[str, ...]] = field(default_factory=dict)  # the first match counts
    branch_template: str = "feature/{key}-{summary}"
    branches: BranchSettings = BranchSettings()


DEFAULTS = SiteSettings()


def read_document(document: Json) -> SiteSettings:
    """The settings of a kept document; what it does not name is as it is by default. Raises BadEvent."""
    mapping = optional_record(document, "environmentMapping") or {}
    kinds = document.get("kinds")
    return SiteSettings(
        kinds=None if kinds is None else frozenset(_texts(document, "kinds")),
        repositories=_read_choice(document, "repositories"),
        pipelines=_read_choice(document, "pipelines"),
        repository_projects=tuple(
            RepositoryProjects(text(row, "repositories"), frozenset(key.upper() for key in _texts(row, "projects")))
            for row in records(document, "repositoryProjects")
        ),
        ignored_branches=_texts(document, "ignoredBranches"),
        ignored_authors=_texts(document, "ignoredAuthors"),
        partial_build_is=_read_means(document, "partialBuildIs", DEFAULTS.partial_build_is),
        partial_deployment_is=_read_means(document, "partialDeploymentIs", DEFAULTS.partial_deployment_is),
        path_filters=tuple(
            PathFilter(text(row, "pipelines"), _texts(row, "paths")) for row in records(document, "pathFilters")
        ),
        environments={cast("EnvironmentType", kind): _texts(mapping, kind) for kind in mapping},
        branch_template=str(document.get("branchTemplate") or DEFAULTS.branch_template),
        branches=_read_branches(optional_record(document, "branches") or {}),
    )


def write_document(settings: SiteSettings) -> dict[str, Any]:
    """The document that `read_document` reads back; its parts in the order people see them."""
    kinds = settings.kinds
    return {
        "kinds": None if kinds is None else [kind for kind in ALL_KINDS if kind in kinds],
        "repositories": _write_choice(settings.repositories),
        "pipelines": _write_choice(settings.pipelines),
        "repositoryProjects": [
            {"repositories": row.repositories, "projects": sorted(row.projects)} for row in settings.repository_projects
        ],
        "ignoredBranches": list(settings.ignored_branches),
        "ignoredAuthors": list(settings.ignored_authors),
        "partialBuildIs": settings.partial_build_is,
        "partialDeploymentIs": settings.partial_deployment_is,
        "pathFilters": [{"pipelines": row.pipelines, "paths": list(row.paths)} for row in settings.path_filters],
        "environmentMapping": {kind: list(globs) for kind, globs in settings.environments.items()},
        "branchTemplate": settings.branch_template,
        "branches": _write_branches(settings.branches),
    }


def _read_branches(document: Json) -> BranchSettings:
    rule = optional_record(document, "nameRule")
    return BranchSettings(
        enabled=document.get("enabled") is not False,
        off_projects=frozenset(key.upper() for key in _texts(document, "offProjects")),
        name_rule=None if rule is None else _read_choice(document, "nameRule"),
        templates=tuple(
            TypeTemplate(text(row, "issueType"), text(row, "template")) for row in records(document, "templates")
        ),
        draft_pull_request=document.get("draftPullRequest") is not False,
    )


def _write_branches(branches: BranchSettings) -> dict[str, Any]:
    rule = branches.name_rule
    return {
        "enabled": branches.enabled,
        "offProjects": sorted(branches.off_projects),
        "nameRule": None if rule is None else _write_choice(rule),
        "templates": [{"issueType": row.issue_type, "template": row.template} for row in branches.templates],
        "draftPullRequest": branches.draft_pull_request,
    }


def _read_choice(document: Json, name: str) -> Choice:
    found = optional_record(document, name) or {}
    return Choice(_texts(found, "only"), _texts(found, "never"))


def _write_choice(choice: Choice) -> dict[str, list[str]]:
    return {"only": list(choice.only), "never": list(choice.never)}


def _read_means(document: Json, name: str, default: PartialMeans) -> PartialMeans:
    return cast("PartialMeans", document.get(name) or default)


def _texts(document: Json, name: str) -> tuple[str, ...]:
    found = document.get(name)
    return tuple(str(entry) for entry in found) if isinstance(found, list | tuple) else ()

"""What the administrators of a site may choose, with what holds until they do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

PartialMeans = Literal["failed", "successful"]
MappedType = Literal["development", "testing", "staging", "production"]


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
    projects: frozenset[str]


@dataclass(frozen=True, slots=True)
class PathFilter:
    """Of a pipeline in a monorepo: only commits that touch one of these paths count as shipped."""

    pipelines: str  # glob of the pipeline's name
    paths: tuple[str, ...]  # globs below the root, without a leading slash


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """The choices of one site."""

    kinds: frozenset[str] | None = None  # None: every kind a link sends
    repositories: Choice = Choice()
    pipelines: Choice = Choice()
    repository_projects: tuple[RepositoryProjects, ...] = ()
    ignored_branches: tuple[str, ...] = ()
    ignored_authors: tuple[str, ...] = ()  # globs of names and mail addresses: bots
    partial_is: PartialMeans = "failed"
    path_filters: tuple[PathFilter, ...] = ()
    environments: Mapping[MappedType, tuple[str, ...]] = field(default_factory=dict)  # globs by type, first match wins
    branch_template: str = "feature/{key}-{summary}"

"""/api/settings: what the administrators of a site chose to see, as one document that is replaced as a whole."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import structlog
from flask import Blueprint
from pydantic import AfterValidator, Field, StringConstraints

from app.access import admit_admins, current_site
from app.api import ApiModel, api_view, read_body
from app.dead_letters import moment
from domain.branch_templates import TEMPLATE_CHARACTERS, template_fault
from domain.environments import EnvironmentType
from domain.errors import BadInput, Fault, Forbidden
from domain.site_settings import DEFAULTS, PartialMeans, read_document, write_document
from domain.subscriptions import LinkKind
from services import Services
from store.installations import Installation
from store.site_settings import KeptSettings

log = structlog.get_logger("crosswalk.settings")

GLOB_CHARACTERS = 200
STARS = 6
MARKS = 20
LIST_GLOBS = 100
ROWS = 100
EFFECT = (
    "These choices hold for everything that happens from now on, within seconds. To have them hold for what happened"
    " before, start the import of history again: it adds what is chosen now. What was sent before and is left out now"
    " stays in Jira until its project is unlinked."
)


def require_one(chosen: tuple[str, ...]) -> tuple[str, ...]:
    """For pydantic: a row without any would say nothing."""
    if not chosen:
        raise ValueError("name at least one, or leave out the row")
    return chosen


def require_template(value: str) -> str:
    """For pydantic: a template that makes branches which link themselves."""
    fault = template_fault(value)
    if fault:
        raise ValueError(fault)
    return value


def require_modest(value: str) -> str:
    """For pydantic: a pattern that is quickly tried on many names."""
    if value.count("*") > STARS or value.count("?") > MARKS:
        raise ValueError(f"has more than {STARS} times * or {MARKS} times ?; write a simpler pattern")
    return value


Glob = Annotated[
    str,
    AfterValidator(require_modest),
    StringConstraints(strip_whitespace=True, min_length=1, max_length=GLOB_CHARACTERS, pattern=r"^[^\x00-\x1f\x7f]*$"),
]
Globs = Annotated[tuple[Glob, ...], Field(max_length=LIST_GLOBS)]
Key = Annotated[str, StringConstraints(to_upper=True, min_length=2, max_length=255, pattern=r"^[A-Za-z][A-Za-z0-9_]+$")]
Switch = Annotated[bool, Field(strict=True)]
Template = Annotated[str, Field(max_length=TEMPLATE_CHARACTERS), AfterValidator(require_template)]


class ChoicePart(ApiModel):
    """Names that one of `only` matches (all when it is empty) and none of `never`. `*` and `?`; case does not count."""

    only: Globs = ()
    never: Globs = ()


class RepositoryRow(ApiModel):
    """Repositories like this may link to these Jira projects; the first row that matches counts."""

    repositories: Glob
    projects: Annotated[tuple[Key, ...], Field(max_length=ROWS), AfterValidator(require_one)]


class PathRow(ApiModel):
    """Of pipelines like this only commits that touch one of these paths count; a folder means all below it."""

    pipelines: Glob
    paths: Annotated[Globs, AfterValidator(require_one)]


class TemplateRow(ApiModel):
    """Issues whose type is named like this get branches of this template; the first row that matches counts."""

    issue_type: Glob
    template: Template


class BranchesPart(ApiModel):
    """Who may make branches from an issue. `nameRule`: null means every name that Azure DevOps takes."""

    enabled: Switch = True
    off_projects: Annotated[tuple[Key, ...], Field(max_length=ROWS)] = ()
    name_rule: ChoicePart | None = None
    templates: Annotated[tuple[TemplateRow, ...], Field(max_length=ROWS)] = ()
    draft_pull_request: Switch = True


class SettingsBody(ApiModel):
    """What is left out is as it is by default. `changedAt` and `effect` are what a GET tells and change nothing.

    `kinds`: null means every kind a project sends. `environmentMapping`: patterns by type; the first match counts.
    """

    kinds: Annotated[tuple[LinkKind, ...], Field(max_length=5)] | None = None
    repositories: ChoicePart = ChoicePart()
    pipelines: ChoicePart = ChoicePart()
    repository_projects: Annotated[tuple[RepositoryRow, ...], Field(max_length=ROWS)] = ()
    ignored_branches: Globs = ()
    ignored_authors: Globs = ()
    partial_build_is: PartialMeans = DEFAULTS.partial_build_is
    partial_deployment_is: PartialMeans = DEFAULTS.partial_deployment_is
    path_filters: Annotated[tuple[PathRow, ...], Field(max_length=ROWS)] = ()
    environment_mapping: dict[EnvironmentType, Globs] = Field(default_factory=dict)
    branch_template: Template = DEFAULTS.branch_template
    branches: BranchesPart = BranchesPart()
    changed_at: datetime | None = None
    effect: str | None = None


class SettingsView(SettingsBody):
    """The whole document. `changedAt` is null while nobody has changed anything."""

    effect: str = EFFECT


def routes(services: Services) -> Blueprint:
    """The blueprint with `/api/settings`."""
    blueprint = Blueprint("site_settings", __name__, url_prefix="/api/settings")
    admit_admins(blueprint, services)
    blueprint.add_url_rule("", view_func=services.bind(show_settings), methods=["GET"])
    blueprint.add_url_rule("", view_func=services.bind(put_settings), methods=["PUT"])
    return blueprint


@api_view(answer=SettingsView)
def show_settings(services: Services) -> SettingsView:
    """Show the settings of the site, with the defaults for what nobody has chosen."""
    return read_settings(services, current_site())


@api_view(body=SettingsBody, answer=SettingsView)
def put_settings(services: Services) -> SettingsView:
    """Replace the settings of the site. Workers go by them within seconds."""
    return save_settings(services, current_site(), read_body(SettingsBody))


def read_settings(services: Services, site: Installation) -> SettingsView:
    return show(services.settings_book.read(site.id))


def save_settings(services: Services, site: Installation, body: SettingsBody) -> SettingsView:
    """Put a document in place of the settings of a site. Raises BadInput for Jira projects that are not there."""
    check_projects(services, site, named_projects(body))
    chosen = read_document(body.model_dump(mode="json", by_alias=True))
    services.settings_book.save(site.id, chosen, services.now())
    log.info("settings.changed", installation=site.id)
    return read_settings(services, site)


def named_projects(body: SettingsBody) -> Mapping[str, str]:
    """The Jira project keys in a document, each by where it stands (JSON pointer)."""
    rows = {
        f"/repositoryProjects/{number}/projects/{place}": key
        for number, row in enumerate(body.repository_projects)
        for place, key in enumerate(row.projects)
    }
    return rows | {f"/branches/offProjects/{place}": key for place, key in enumerate(body.branches.off_projects)}


def check_projects(services: Services, site: Installation, named: Mapping[str, str]) -> None:
    """Raise BadInput for Jira projects that are not there. A site that cannot list its projects is believed."""
    if not named or site.kind == "oauth":
        return
    try:
        known = services.jira(site).list_project_keys()
    except Forbidden:
        return
    faults = tuple(Fault(place, f"the site has no project {key}") for place, key in named.items() if key not in known)
    if faults:
        raise BadInput("Some of these Jira projects do not exist, or Crosswalk may not see them.", faults)


def show(kept: KeptSettings) -> SettingsView:
    changed = None if kept.changed_at is None else moment(kept.changed_at)
    return SettingsView.model_validate(write_document(kept.settings) | {"changedAt": changed})

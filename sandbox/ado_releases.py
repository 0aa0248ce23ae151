"""The classic release API. The public service answers it at a host of its own, Azure DevOps Server at the same one."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from sandbox.ado_build_shapes import without_nulls
from sandbox.ado_errors import bad_request
from sandbox.ado_model import Json
from sandbox.ado_pipeline_model import Deployment, Release
from sandbox.ado_release_shapes import definition_json, deployment_json, release_json
from sandbox.ado_routes import Call, Page, Routes

Numbered = TypeVar("Numbered", Release, Deployment)
DEPLOYMENT_FILTERS = ("definitionId", "definitionEnvironmentId", "deploymentStatus", "operationStatus", "sourceBranch")
PEOPLE_FILTERS = ("createdBy", "createdFor")
release_routes = Routes()


def page_by_id(call: Call, items: list[Numbered], show: Callable[[Numbered], Json], default: int) -> Page:
    """Newest first unless asked otherwise; the token is the id where the next page starts."""
    descending = call.text("queryOrder") != "ascending"
    ordered = sorted(items, key=lambda item: item.id, reverse=descending)
    token = call.number("continuationToken", 0)
    if token:
        ordered = [item for item in ordered if (item.id <= token if descending else item.id >= token)]
    size = call.number("$top", default)
    rest = ordered[size:]
    return Page([without_nulls(show(item)) for item in ordered[:size]], str(rest[0].id) if rest else None)


@release_routes.get("release/releases", "release")
def list_releases(call: Call) -> Page:
    """Environments and artifacts only come with `$expand`."""
    expand = call.text("$expand") or ""
    start, end = call.time("minCreatedTime"), call.time("maxCreatedTime")
    definition, status, branch = call.text("definitionId"), call.text("statusFilter"), call.text("sourceBranchFilter")
    words = (call.text("searchText") or "").casefold()
    found = [
        release
        for release in call.organization.releases.values()
        if release.definition.project is call.home
        and definition in {None, str(release.definition.id)}
        and status in {None, release.status}
        and branch in {None, release.run.ref}
        and words in release.name.casefold()
        and (start is None or release.created >= start)
        and (end is None or release.created <= end)
    ]

    def show(release: Release) -> Json:
        return release_json(release, call.base, environments="environments" in expand, artifacts="artifacts" in expand)

    return page_by_id(call, found, show, 50)


@release_routes.get("release/releases/{releaseId}", "release")
def show_release(call: Call, release_id: int) -> Json:
    found: Json = without_nulls(release_json(call.organization.find_release(release_id), call.base))
    return found


@release_routes.get("release/deployments", "release")
def list_deployments(call: Call) -> Page:
    """At most 100 in a page."""
    if call.number("$top", 50) > 100:
        raise bad_request("VS402854: $top must not be above 100.")
    start, end = call.time("minModifiedTime"), call.time("maxModifiedTime")
    first, last = call.time("minStartedTime"), call.time("maxStartedTime")
    wanted = {name: call.text(name) for name in (*DEPLOYMENT_FILTERS, *PEOPLE_FILTERS)}
    found = [
        deployment
        for deployment in call.organization.deployments.values()
        if deployment.release.definition.project is call.home
        and fits_deployment(deployment, wanted)
        and (start is None or deployment.modified >= start)
        and (end is None or deployment.modified <= end)
        and (first is None or deployment.started >= first)
        and (last is None or deployment.started <= last)
    ]
    if call.flag("latestAttemptsOnly"):
        found = list({(d.release.id, d.environment.id): d for d in found}.values())
    return page_by_id(call, found, lambda deployment: deployment_json(deployment, call.base), 50)


def fits_deployment(deployment: Deployment, wanted: Mapping[str, str | None]) -> bool:
    values = {
        "definitionId": str(deployment.release.definition.id),
        "definitionEnvironmentId": str(deployment.environment.definition_environment_id),
        "deploymentStatus": deployment.status,
        "operationStatus": deployment.operation,
        "sourceBranch": deployment.release.run.ref,
    }
    people = {None, deployment.user.id, deployment.user.name, deployment.user.mail}
    return all(
        text in people if name in PEOPLE_FILTERS else text in {None, "all", values[name]}
        for name, text in wanted.items()
    )


@release_routes.get("release/definitions", "release")
def list_release_definitions(call: Call) -> Page:
    """Environments only come with `$expand`."""
    whole = "environments" in (call.text("$expand") or "")
    found = [d for d in call.organization.release_definitions.values() if d.project is call.home]
    return call.page(found, lambda one: without_nulls(definition_json(one, call.base, environments=whole)))

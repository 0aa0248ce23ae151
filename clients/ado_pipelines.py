"""What is asked of Azure DevOps about builds, YAML environments and classic releases; reads only.

Each answer becomes one of the records of `pipeline_answers`.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from itertools import chain, islice
from typing import Any

from clients.ado import AdoClient, iso_seconds, read_answer
from clients.pipeline_answers import (
    Build,
    BuildChange,
    Deployment,
    Environment,
    EnvironmentRecord,
    Release,
    ReleaseStage,
    build_from,
    change_from,
    deployment_from,
    environment_from,
    environment_record_from,
    listed,
    names_of,
    release_from,
    release_stages_from,
    shape_of,
    sum_tests,
)
from domain.errors import Forbidden, NotFound, Unauthorized
from domain.facts import TestCounts
from domain.records import Json

# Environments are in 7.1 too, but only there `vso.build` is not enough and a token must be able to manage them.
ENVIRONMENTS_VERSION = "7.2-preview.1"
CHANGES_LIMIT = 2000  # commits of one run or between two: what GitLab looks through for a deployment, too
PAGE_SIZE = 100
ENVIRONMENTS_PAGE = 1000
RECORDS_PAGE = 50


class PipelinesApi:
    """Typed questions about pipelines, with the client's token. `project` is an id or a name."""

    def __init__(self, client: AdoClient) -> None:
        self._client = client

    @property
    def organization_url(self) -> str:
        return self._client.organization_url

    def read_build(self, project: str, build_id: int) -> Build:
        """One build. https://learn.microsoft.com/rest/api/azure/devops/build/builds/get"""
        return read_answer(build_from, self._client.get(project, "_apis", "build", "builds", build_id))

    def list_build_changes(self, project: str, build_id: int, limit: int = CHANGES_LIMIT) -> tuple[BuildChange, ...]:
        """The commits since the build before, newest first, `limit` at most.

        https://learn.microsoft.com/rest/api/azure/devops/build/builds/get-build-changes
        """
        path = (project, "_apis", "build", "builds", build_id, "changes")
        top: dict[str, Any] = {"$top": PAGE_SIZE}
        entries = chain.from_iterable(self._client.pages(*path, **top))
        return tuple(read_answer(change_from, entry) for entry in islice(entries, limit))

    def list_changes_between(self, project: str, from_build: int, to_build: int) -> tuple[BuildChange, ...]:
        """The commits that came after `from_build` up to `to_build`, 2,000 at most; NotFound when one is deleted.

        https://learn.microsoft.com/rest/api/azure/devops/build/builds/get-changes-between-builds
        """
        query: dict[str, Any] = {"fromBuildId": from_build, "toBuildId": to_build, "$top": CHANGES_LIMIT}
        answer = self._client.get(project, "_apis", "build", "changes", **query)
        return tuple(read_answer(change_from, entry) for entry in read_answer(listed, answer))

    def read_test_counts(self, project: str, build_id: int) -> TestCounts | None:
        """The outcomes of all test runs of a build, summed; None when there are none or the token may not see them.

        Needs `vso.test`. https://learn.microsoft.com/rest/api/azure/devops/test/runs/list
        """
        try:
            runs = tuple(self._test_runs(project, build_id))
        except (Forbidden, Unauthorized):
            return None
        return read_answer(sum_tests, runs) if runs else None

    def read_stage_shape(self, project: str, build_id: int, stage: str) -> str | None:
        """A digest of the jobs and tasks that ran in a stage; None when there is no timeline.

        It is the same from run to run until somebody edits the stage: a job that becomes a deployment job loses its
        automatic checkout. https://learn.microsoft.com/rest/api/azure/devops/build/timeline/get
        """
        try:
            timeline = self._client.get(project, "_apis", "build", "builds", build_id, "timeline")
        except NotFound:
            return None
        return read_answer(partial(shape_of, stage=stage), timeline) if timeline else None

    def list_environments(self, project: str) -> tuple[Environment, ...]:
        """Every YAML environment of a project.

        https://learn.microsoft.com/rest/api/azure/devops/environments/environments/list
        """
        path = (project, "_apis", "pipelines", "environments")
        top: dict[str, Any] = {"$top": ENVIRONMENTS_PAGE}
        pages = self._client.pages(*path, version=ENVIRONMENTS_VERSION, **top)
        return tuple(read_answer(environment_from, entry) for page in pages for entry in page)

    def read_environment(self, project: str, environment_id: int) -> Environment:
        """One YAML environment. Raises NotFound when it is gone.

        https://learn.microsoft.com/rest/api/azure/devops/environments/environments/get
        """
        path = (project, "_apis", "pipelines", "environments", environment_id)
        return read_answer(environment_from, self._client.get(*path, version=ENVIRONMENTS_VERSION))

    def list_environment_records(
        self, project: str, environment_id: int, top: int = RECORDS_PAGE
    ) -> Iterator[EnvironmentRecord]:
        """The deployments to an environment, newest first, `top` for each call; there is no filter by date or run.

        https://learn.microsoft.com/rest/api/azure/devops/environments/environmentdeploymentrecords/list
        """
        path = (project, "_apis", "pipelines", "environments", environment_id, "environmentdeploymentrecords")
        for page in self._client.pages(*path, version=ENVIRONMENTS_VERSION, top=top):
            yield from (read_answer(environment_record_from, entry) for entry in page)

    def read_release(self, project: str, release_id: int) -> Release:
        """A classic release. https://learn.microsoft.com/rest/api/azure/devops/release/releases/get-release"""
        answer = self._client.get(project, "_apis", "release", "releases", release_id, service="release")
        return read_answer(release_from, answer)

    def find_releases(self, project: str, name: str) -> tuple[int, ...]:
        """The ids of the classic releases of just that name, the newest first.

        https://learn.microsoft.com/rest/api/azure/devops/release/releases/list
        """
        query: dict[str, Any] = {"searchText": name, "queryOrder": "descending", "$top": PAGE_SIZE}
        found = self._client.get(project, "_apis", "release", "releases", service="release", **query)
        named = read_answer(names_of, found)
        return tuple(number for number, shown in named if shown.casefold() == name.casefold())

    def list_deployments(
        self, project: str, definition_id: int, definition_environment_id: int, *, status: str = "all",
        until: datetime | None = None,
    ) -> Iterator[Deployment]:  # fmt: skip
        """The deployments of a release definition to one of its environments, newest first.

        `until`: only those that changed last at this time or before.

        https://learn.microsoft.com/rest/api/azure/devops/release/deployments/list
        """
        query: dict[str, Any] = {
            "definitionId": definition_id, "definitionEnvironmentId": definition_environment_id,
            "deploymentStatus": status, "queryOrder": "descending", "$top": PAGE_SIZE,
            "maxModifiedTime": iso_seconds(until),
        }  # fmt: skip
        for page in self._client.pages(project, "_apis", "release", "deployments", service="release", **query):
            yield from (read_answer(deployment_from, entry) for entry in page)

    def find_last_success(
        self, project: str, definition_id: int, definition_environment_id: int, *, before: int, release_id: int,
        statuses: tuple[str, ...] = ("succeeded",), until: datetime | None = None,
    ) -> Deployment | None:  # fmt: skip
        """The newest deployment before `before` that ended as one of `statuses` (one call or more for each) and
        deployed another release than `release_id`.
        """
        newest: Deployment | None = None
        for status in statuses:
            place = (project, definition_id, definition_environment_id)
            found = self.list_deployments(*place, status=status, until=until)
            other = next((entry for entry in found if entry.id < before and entry.release_id != release_id), None)
            newest = max((entry for entry in (newest, other) if entry), key=lambda entry: entry.id, default=None)
        return newest

    def list_release_stages(self, project: str) -> Iterator[ReleaseStage]:
        """The environments of every classic release definition of a project, page by page.

        https://learn.microsoft.com/rest/api/azure/devops/release/definitions/list
        """
        query: dict[str, Any] = {"$expand": "environments", "$top": PAGE_SIZE}
        for page in self._client.pages(project, "_apis", "release", "definitions", service="release", **query):
            for entry in page:
                yield from read_answer(release_stages_from, entry)

    def _test_runs(self, project: str, build_id: int) -> Iterator[Json]:
        query: dict[str, Any] = {"buildUri": f"vstfs:///Build/Build/{build_id}", "includeRunDetails": "true"}
        query |= {"$top": PAGE_SIZE, "$skip": 0}
        while True:
            page = read_answer(listed, self._client.get(project, "_apis", "test", "runs", **query))
            yield from page
            if len(page) < PAGE_SIZE:
                return
            query["$skip"] += PAGE_SIZE

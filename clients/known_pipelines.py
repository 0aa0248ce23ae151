"""Questions about pipelines while a page of history is mapped: what the page showed already is not asked again."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from clients.ado import AdoClient
from clients.ado_pipelines import PipelinesApi
from clients.history_answers import ListedDeployment
from clients.pipeline_answers import Build, Deployment, Release
from domain.facts import TestCounts

ROUNDING = timedelta(seconds=1)  # times in questions are cut to seconds


class KnownPipelines(PipelinesApi):
    """For one page only: what it knows of a run or a release never grows old. Safe to share between threads."""

    def __init__(
        self, client: AdoClient, builds: Iterable[Build] = (), deployments: Iterable[ListedDeployment] = ()
    ) -> None:
        super().__init__(client)
        self._builds = {build.id: build for build in builds if _is_whole(build)}
        self._releases: dict[int, Release] = {}
        self._changed = {entry.deployment.id: entry.modified for entry in deployments}

    def read_build(self, project: str, build_id: int) -> Build:
        if build_id not in self._builds:
            self._builds[build_id] = super().read_build(project, build_id)
        return self._builds[build_id]

    def read_release(self, project: str, release_id: int) -> Release:
        if release_id not in self._releases:
            self._releases[release_id] = super().read_release(project, release_id)
        return self._releases[release_id]

    def read_test_counts(self, project: str, build_id: int) -> TestCounts | None:
        """None: most runs name no issue, so whoever maps one that does asks for its tests then."""
        return None

    def find_last_success(
        self, project: str, definition_id: int, definition_environment_id: int, *, before: int, release_id: int,
        statuses: tuple[str, ...] = ("succeeded",), until: datetime | None = None,
    ) -> Deployment | None:  # fmt: skip
        """Looks no further than to the time when deployment `before` changed last, so that old ones are found at once.

        What ended later was not there yet.
        """
        changed = self._changed.get(before)
        return super().find_last_success(
            project, definition_id, definition_environment_id, before=before, release_id=release_id, statuses=statuses,
            until=changed + ROUNDING if changed else until,
        )  # fmt: skip


def _is_whole(build: Build) -> bool:
    """Lists may show less of a repository than its name and address, which links are made of."""
    return build.repository is None or build.repository.url is not None

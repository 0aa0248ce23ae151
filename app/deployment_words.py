"""Deployments of a release or to an environment, with what they say that may name an issue. As they are mapped, but
with fewer calls: of what came since the last success in an environment only the run's own changes are read.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from app.build_words import read_build
from app.findings import Finding
from app.places import Place
from clients.ado_history import HistoryApi
from clients.ado_pipelines import PAGE_SIZE, PipelinesApi
from clients.history_answers import ListedRecord
from clients.pipeline_answers import Artifact, Deployment, Release, ReleaseEnvironment
from domain.builds import pipeline_key
from domain.deployments import environment_key, release_environment_key, release_pipeline_key
from domain.errors import Forbidden, NotFound

STAGES_READ = 10  # environments of a release
ARTIFACTS_READ = 3  # builds that a release brings
RELEASES_READ = 3  # of one name
DEPLOYMENTS_SHOWN = 5  # the newest to an environment
RECORDS_READ = 50
NOT_STARTED = "notstarted"
SINCE = "of what came since the last success in its environment only the changes of the run itself"


@dataclass(frozen=True, slots=True)
class Cargo:
    """What deployments bring: a run of their place, None when none can be read, and words of their own."""

    run: Finding | None
    words: tuple[str, ...] = ()


def read_release(place: Place, number: int, stage: int | None = None) -> tuple[Finding, ...]:
    """The newest deployment of a classic release to each environment, or to the one with the id `stage`. Raises the
    CallError of a look-up.
    """
    api = PipelinesApi(place.client)
    release = api.read_release(place.link.project_id, number)
    stages = [one for one in release.environments if stage in {None, one.id} and one.status.lower() != NOT_STARTED]
    deployed = [(one, _newest(api, place, release, one)) for one in stages[:STAGES_READ]]
    found = [(one, deployment) for one, deployment in deployed if deployment]
    if not found:
        words = f"{release.name} was not deployed there yet, so there is no deployment that Jira could show."
        return (Finding(place, "deployment", f"release/{release.id}", None, (), nothing=words),)
    cargo = Cargo(_read_artifacts(place, release.artifacts), release.words)
    pipeline = release_pipeline_key(place.link.project_id, release.definition_id)
    return tuple(
        _find(
            place, f"{pipeline}/{release_environment_key(place.link.project_id, one.name)}/{deployment.id}", cargo,
            release.definition, f"release:{release.id}",
        )
        for one, deployment in found
    )  # fmt: skip


def find_releases(place: Place, name: str) -> tuple[Finding, ...]:
    """The same of the releases of that name."""
    ids = PipelinesApi(place.client).find_releases(place.link.project_id, name)
    return tuple(finding for number in ids[:RELEASES_READ] for finding in read_release(place, number))


def read_environment(place: Place, number: int) -> tuple[Finding, ...]:
    """The newest deployments to a YAML environment. Raises the CallError of a look-up."""
    project = place.link.project_id
    page = HistoryApi(place.client).list_environment_records(project, number, top=RECORDS_READ)
    groups = islice(_by_stage(page.entries), DEPLOYMENTS_SHOWN)
    environment = environment_key(project, number)
    return tuple(_find_stage(place, environment, group) for group in groups)


def find_environment(place: Place, name: str) -> tuple[Finding, ...]:
    """The same of the environment of that name, in any case."""
    every = PipelinesApi(place.client).list_environments(place.link.project_id)
    named = [one.id for one in every if one.name.casefold() == name.casefold()]
    return tuple(finding for number in named[:1] for finding in read_environment(place, number))


def _newest(api: PipelinesApi, place: Place, release: Release, stage: ReleaseEnvironment) -> Deployment | None:
    listed = api.list_deployments(place.link.project_id, release.definition_id, stage.definition_id)
    own = (one for one in islice(listed, PAGE_SIZE) if (one.release_id, one.environment_id) == (release.id, stage.id))
    return next(own, None)


def _read_artifacts(place: Place, artifacts: Sequence[Artifact]) -> Finding | None:
    """Its builds as one, the primary one first."""
    ordered = sorted(artifacts, key=lambda artifact: not artifact.primary)
    builds = [one for one in ordered if one.kind == "Build" and (one.version or "").isdigit()]
    runs = [_read_run(place, int(one.version or 0), one.project_id) for one in builds[:ARTIFACTS_READ]]
    found = [run for run in runs if run]
    if not found:
        return None
    texts = tuple(text for run in found for text in run.texts)
    return replace(found[0], texts=texts, shipped=tuple(part for run in found for part in run.shipped))


def _read_run(place: Place, number: int, project_id: str | None = None) -> Finding | None:
    """None when it was deleted or the token may not see it."""
    try:
        return read_build(place, number, project_id)
    except (NotFound, Forbidden):
        return None


def _by_stage(entries: Iterable[ListedRecord]) -> Iterator[tuple[ListedRecord, ...]]:
    """Records of one attempt of one stage are one deployment; the newest first."""
    groups: dict[tuple[int, str, int], list[ListedRecord]] = {}
    for entry in entries:
        record = entry.record
        groups.setdefault((record.run_id, record.stage_name, record.stage_attempt), []).append(entry)
    return iter([tuple(group) for group in groups.values()])


def _find_stage(place: Place, environment: str, group: Sequence[ListedRecord]) -> Finding:
    first = group[0]
    pipeline = pipeline_key(place.link.project_id, first.record.pipeline_id)
    identity = f"{pipeline}/{environment}/{min(entry.record.id for entry in group)}"
    run = first.record.run_id
    return _find(place, identity, Cargo(_read_run(place, run)), first.pipeline, f"build:{run}")


def _find(place: Place, identity: str, cargo: Cargo, pipeline: str, told_as: str) -> Finding:
    run = cargo.run
    return Finding(
        place, "deployment", identity, run.repository if run else None, (*cargo.words, *(run.texts if run else ())),
        pipeline=pipeline, shipped=run.shipped if run else (), unread=SINCE, told_as=(told_as,),
    )  # fmt: skip

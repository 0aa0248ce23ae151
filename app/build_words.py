"""Everything a run says that may name an issue, as it is mapped, but with fewer calls: what is long is read in part."""

from collections.abc import Sequence

from app.findings import Finding
from app.places import Place
from clients.ado_git import WHOLE_DESCRIPTION, GitApi, MergedPull
from clients.ado_pipelines import PipelinesApi
from clients.pipeline_answers import Build, BuildChange
from clients.run_origins import PULL_REQUEST_PREFIX, azure_repository, describe_origin
from domain.errors import Forbidden, NotFound
from domain.facts import Shipped
from domain.records import Repository

CHANGES_READ = 100  # one page


def read_build(place: Place, number: int, project_id: str | None = None) -> Finding:
    """A run with its branch or tag, tags, variables, pull request, changes and the pull requests behind them. It may be
    of another project than the linked one.

    Raises the CallError of a look-up.
    """
    api, git = PipelinesApi(place.client), GitApi(place.client)
    build = api.read_build(project_id or place.link.project_id, number)
    origin, repository = describe_origin(build, git), azure_repository(build, api.organization_url)
    changes = _read_changes(api, build)
    pulls = _read_pulls(git, build, repository, changes)
    return Finding(
        place, "build", str(build.id), repository, (*origin.texts, *build.words), branch=origin.branch,
        pipeline=build.pipeline, shipped=(*_shipped_commits(build, repository, changes),
                                          *_shipped_pulls(build, repository, pulls)),
        unread=_why_in_part(changes, pulls),
    )  # fmt: skip


def _read_changes(api: PipelinesApi, build: Build) -> tuple[BuildChange, ...]:
    try:
        return api.list_build_changes(build.project_id, build.id, CHANGES_READ)
    except NotFound:
        return ()


def _read_pulls(
    git: GitApi, build: Build, repository: Repository | None, changes: Sequence[BuildChange]
) -> dict[str, tuple[MergedPull, ...]]:
    """The pull requests that made the changes, by commit; a run that checks a pull request knows that one already."""
    if repository is None or not changes or (build.branch or "").startswith(PULL_REQUEST_PREFIX):
        return {}
    try:
        return dict(git.find_merged(repository.id, [change.id for change in changes]))
    except (NotFound, Forbidden):
        return {}


def _shipped_commits(
    build: Build, repository: Repository | None, changes: Sequence[BuildChange]
) -> tuple[Shipped, ...]:
    return tuple(
        Shipped((change.message,), change.id, change.author, repository, pipeline=build.pipeline) for change in changes
    )


def _shipped_pulls(
    build: Build, repository: Repository | None, pulls: dict[str, tuple[MergedPull, ...]]
) -> tuple[Shipped, ...]:
    return tuple(
        Shipped((pull.title, pull.source_branch, pull.description), sha, pull.author, repository, pull.source_branch,
                build.pipeline)
        for sha, found in pulls.items() for pull in found
    )  # fmt: skip


def _why_in_part(changes: Sequence[BuildChange], pulls: dict[str, tuple[MergedPull, ...]]) -> str | None:
    if len(changes) >= CHANGES_READ:
        return f"of its changes the newest {CHANGES_READ} only"
    if any(change.truncated for change in changes):
        return "of long messages of its changes the beginning only"
    if any(len(pull.description) >= WHOLE_DESCRIPTION for found in pulls.values() for pull in found):
        return "of long descriptions of its pull requests the beginning only"
    return None

"""A run, and which changes are in it or in a pair of runs. Where it comes from: `clients.run_origins`.

Shared by builds, YAML stages and classic releases; knows nothing of Jira.
"""

from clients.ado_pipelines import PipelinesApi
from clients.pipeline_answers import Build, BuildChange
from domain.changes import Source
from domain.errors import NotFound


def source_of(pipelines: PipelinesApi, project_id: str) -> Source:
    """The source for addresses; the connection does not matter to them."""
    return Source("", pipelines.organization_url, project_id)


def find_build(pipelines: PipelinesApi, project: str, build_id: int) -> Build | None:
    """A build; None when it was deleted (retention) or is of a kind the API does not show (XAML)."""
    try:
        return pipelines.read_build(project, build_id)
    except NotFound:
        return None


def own_changes(pipelines: PipelinesApi, project: str, build_id: int) -> tuple[BuildChange, ...]:
    """The changes of a run since the one before; none when the run is gone."""
    try:
        return pipelines.list_build_changes(project, build_id)
    except NotFound:
        return ()


def changes_since(pipelines: PipelinesApi, project: str, base: int | None, build_id: int) -> tuple[BuildChange, ...]:
    """The changes since the run `base`; the run's own when there is no such run (any more)."""
    if base is None:
        return own_changes(pipelines, project, build_id)
    try:
        return pipelines.list_changes_between(project, base, build_id)
    except NotFound:
        return own_changes(pipelines, project, build_id)

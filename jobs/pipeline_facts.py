"""What an event of a pipeline does not say and Jira needs, looked up in Azure DevOps.

Builds are here, deployments in `stage_facts` (YAML) and `release_facts` (classic).
"""

from clients.ado_git import GitApi
from clients.ado_pipelines import PipelinesApi
from clients.run_origins import azure_repository, describe_origin
from domain.facts import BuildFacts
from domain.pipeline_events import build_result
from domain.records import BuildChanged
from domain.web_links import branch_url, repository_url
from jobs.run_facts import find_build, own_changes, source_of
from jobs.shipments import BUILD_QUESTIONS, ship_changes

NOTHING = BuildFacts(None, None, None, None, None, ())


def gather_build(event: BuildChanged, pipelines: PipelinesApi, git: GitApi) -> BuildFacts:
    """Branch, commit, words and test counts of a run; no words at all when the run is gone.

    Raises the CallError of a look-up that may succeed later.
    """
    build = find_build(pipelines, event.project_id, event.build_id)
    if build is None:
        return NOTHING
    origin = describe_origin(build, git)
    changes = own_changes(pipelines, event.project_id, event.build_id)
    repository = azure_repository(build, pipelines.organization_url)
    source = source_of(pipelines, event.project_id)
    ended = event.state == "completed"
    return BuildFacts(
        repository_id=repository.id if repository else None,
        repository_url=repository_url(source, repository) if repository else None,
        branch=origin.branch,
        commit=origin.commit,
        number=build.number,
        texts=(*origin.texts, *build.words),
        tests=pipelines.read_test_counts(event.project_id, event.build_id) if ended else None,
        branch_url=branch_url(source, repository, origin.branch) if repository and origin.branch else None,
        result=build_result(build.result),
        shipped=ship_changes(changes, build, repository, git, questions=BUILD_QUESTIONS),
        repository=repository,
    )

"""What the control endpoints tell about an organization: short JSON for tests and for the page of the sandbox."""

from functools import singledispatch
from itertools import islice

from sandbox.ado_clock import stamp
from sandbox.ado_model import Comment, Json, Project, PullRequest, Push, Repository, Token, User
from sandbox.ado_organization import AdoOrganization
from sandbox.ado_pipeline_model import Deployment, Release, Run, StageRun
from sandbox.ado_subscriptions import Notification, Subscription

DELIVERIES_SHOWN = 500
HEADS, TAGS = "refs/heads/", "refs/tags/"


@singledispatch
def summarize(result: object) -> Json:
    """The ids and the state of what an action made or changed."""
    raise TypeError(f"no summary of {type(result).__name__}")


@summarize.register
def _(result: Push) -> Json:
    update = result.updates[0]
    return {
        "pushId": result.id,
        "ref": update.name,
        "oldObjectId": update.old,
        "newObjectId": update.new,
        "commits": list(result.commits),
    }


@summarize.register
def _(result: PullRequest) -> Json:
    return {
        "pullRequestId": result.id,
        "repositoryId": result.repository.id,
        "repository": result.repository.name,
        "title": result.title,
        "status": result.status,
        "draft": result.draft,
        "source": result.source.removeprefix(HEADS),
        "target": result.target.removeprefix(HEADS),
        "mergeCommit": result.merge_commit,
        "commits": list(result.commits),
        "votes": {reviewer.user.name: reviewer.vote for reviewer in result.reviewers},
        "comments": sum(len(thread.comments) for thread in result.threads),
    }


@summarize.register
def _(result: Comment) -> Json:
    return {"commentId": result.id, "author": result.author.name}


@summarize.register
def _(result: StageRun) -> Json:
    return {
        "stage": result.spec.name,
        "environment": result.spec.environment,
        "state": result.state,
        "result": result.result,
    }


@summarize.register
def _(result: Run) -> Json:
    return {
        "runId": result.id,
        "number": result.number,
        "pipelineId": result.pipeline.id,
        "pipeline": result.pipeline.name,
        "ref": result.ref,
        "commit": result.commit,
        "state": result.state,
        "result": result.result,
        "stages": [summarize(stage) for stage in result.stages],
    }


@summarize.register
def _(result: Release) -> Json:
    return {
        "releaseId": result.id,
        "name": result.name,
        "definition": result.definition.name,
        "runId": result.run.id,
        "status": result.status,
        "environments": {environment.name: environment.status for environment in result.environments},
    }


@summarize.register
def _(result: Deployment) -> Json:
    return {
        "deploymentId": result.id,
        "releaseId": result.release.id,
        "environment": result.environment.name,
        "attempt": result.attempt,
        "status": result.status,
    }


@summarize.register
def _(result: Repository) -> Json:
    def named(prefix: str) -> Json:
        return {ref.removeprefix(prefix): commit for ref, commit in result.refs.items() if ref.startswith(prefix)}

    return {
        "repositoryId": result.id,
        "name": result.name,
        "projectId": result.project.id,
        "project": result.project.name,
        "disabled": result.disabled,
        "defaultBranch": (result.default_branch or "").removeprefix(HEADS) or None,
        "commits": len(result.commits),
        "branches": named(HEADS),
        "tags": named(TAGS),
    }


@summarize.register
def _(result: Project) -> Json:
    return {"projectId": result.id, "name": result.name, "sourceControl": result.source_control}


@summarize.register
def _(result: User) -> Json:
    return {"userId": result.id, "name": result.name}


@summarize.register
def _(result: Token) -> Json:
    return {"user": result.user.name, "expires": stamp(result.expires) if result.expires else None}


@summarize.register
def _(result: str) -> Json:
    return {"name": result}


@summarize.register
def _(result: Subscription) -> Json:
    return {
        "subscriptionId": result.id,
        "projectId": result.project_id,
        "eventType": result.event_type,
        "resourceVersion": result.version,
        "url": result.consumer_inputs["url"],
        "owner": result.owner.name,
        "status": result.status,
        "probationRetries": result.probation_retries,
        "issued": result.issued,
        "lost": result.lost,
    }


@summarize.register
def _(result: Notification) -> Json:
    return {
        "subscriptionId": result.subscription.id,
        "notificationId": result.id,
        "eventId": result.event.id,
        "eventType": result.event.draft.event_type,
        "createdDate": stamp(result.event.created),
        "status": result.status,
        "result": result.result,
        "attempts": result.attempts,
        "answer": result.answer,
        "error": result.error,
    }


def summarize_state(organization: AdoOrganization) -> Json:
    """Everything a test or a page asks for; of the deliveries the newest."""
    with organization.lock:
        newest = sorted(organization.notifications(), key=lambda n: n.event.created, reverse=True)
        return {
            "organization": organization.name,
            "url": organization.base_url,
            "users": [{"id": u.id, "name": u.name, "mail": u.mail} for u in organization.users.values()],
            "projects": [{"id": p.id, "name": p.name} for p in organization.projects.values()],
            "repositories": [summarize(repository) for repository in organization.repositories.values()],
            "pullRequests": [summarize(pull) for pull in organization.pull_requests.values()],
            "pipelines": summarize_pipelines(organization),
            "runs": [summarize(run) for run in organization.runs.values()],
            "environments": summarize_environments(organization),
            "releaseDefinitions": [
                {"id": d.id, "name": d.name, "projectId": d.project.id, "environments": list(d.environments)}
                for d in organization.release_definitions.values()
            ],
            "releases": [summarize(release) for release in organization.releases.values()],
            "deployments": [summarize(deployment) for deployment in organization.deployments.values()],
            "subscriptions": [summarize(subscription) for subscription in organization.subscriptions.values()],
            "rate": summarize_budget(organization),
            "deliveries": [summarize(notification) for notification in islice(newest, DELIVERIES_SHOWN)],
        }


def summarize_budget(organization: AdoOrganization) -> list[Json]:
    """What each person has used of the budget; nothing without one."""
    budget = organization.knobs.budget
    return [
        {
            "user": organization.users[person].name,
            "remaining": round(account.left, 3),
            "calls": account.calls,
            "refused": account.refused,
            "early": account.early,
        }
        for person, account in (budget.accounts.items() if budget else ())
    ]


def summarize_pipelines(organization: AdoOrganization) -> list[Json]:
    return [
        {
            "pipelineId": pipeline.id,
            "name": pipeline.name,
            "projectId": pipeline.project.id,
            "repository": pipeline.repository.name,
            "stages": [
                {"name": spec.name, "environment": spec.environment, "approval": spec.approval}
                for spec in pipeline.stages
            ],
        }
        for pipeline in organization.pipelines.values()
    ]


def summarize_environments(organization: AdoOrganization) -> list[Json]:
    return [
        {
            "environmentId": environment.id,
            "name": environment.name,
            "projectId": environment.project.id,
            "records": [
                {"id": record.id, "runId": record.run.id, "stage": record.stage.spec.name, "result": record.result}
                for record in environment.records
            ],
        }
        for environment in organization.environments.values()
    ]

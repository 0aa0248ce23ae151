"""What people do in Azure DevOps, the same every time for the same seed."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from sandbox.ado_organization import AdoOrganization

START = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
STEP = timedelta(milliseconds=250)


def story_clock() -> Callable[[], datetime]:
    """Time that passes only when it is read, so that two runs give the same times."""
    moments = (START + STEP * count for count in range(10**9))
    return lambda: next(moments)


def tell_story(organization: AdoOrganization, *, events: int, seed: int = 7) -> Iterator[int]:
    """Act until at least `events` notifications were sent; yields their number after each action."""
    chance = random.Random(seed)
    acts = (push_commits, push_commits, push_commits, push_branch, handle_pull_request, run_pipeline)
    sent = 0
    number = 0
    while sent < events:
        chance.choice(acts)(organization, chance, number)
        number += 1
        sent = sum(1 for _ in organization.notifications())
        yield sent


def repository_name(organization: AdoOrganization, chance: random.Random) -> str:
    return chance.choice(sorted(repository.name for repository in organization.repositories.values()))


def issue_key(chance: random.Random) -> str:
    return f"{chance.choice(('SHOP', 'OPS'))}-{chance.randint(1, 20)}"


def push_commits(organization: AdoOrganization, chance: random.Random, number: int) -> None:
    commits = [
        {"message": f"{issue_key(chance)} change {number}.{part}", "files": [f"src/{number}-{part}.py"]}
        for part in range(chance.randint(1, 3))
    ]
    organization.push(repository_name(organization, chance), commits)


def push_branch(organization: AdoOrganization, chance: random.Random, number: int) -> None:
    """A branch with a key; every third is deleted again at once."""
    name, repository = f"feature/{issue_key(chance)}-{number}", repository_name(organization, chance)
    organization.push(repository, [{"message": f"start {number}"}], branch=name)
    if number % 3 == 0:
        organization.delete_branch(repository, name)


def handle_pull_request(organization: AdoOrganization, chance: random.Random, number: int) -> None:
    branch, repository = f"topic-{number}", repository_name(organization, chance)
    organization.push(repository, [{"message": f"topic {number}"}], branch=branch)
    pull = organization.open_pull_request(repository, branch, f"{issue_key(chance)} topic {number}")
    organization.vote(pull.id, chance.choice((10, 5, -5)), user="Tomasz Baran")
    organization.update_pull_request(pull.id, status=chance.choice(("completed", "abandoned")))


def run_pipeline(organization: AdoOrganization, chance: random.Random, number: int) -> None:
    pipelines = [pipeline for pipeline in organization.pipelines.values() if len(pipeline.stages) > 1]
    run = organization.run_pipeline(chance.choice(pipelines).id, tests={"passed": 3, "failed": number % 2})
    if any(stage.state == "waiting" for stage in run.stages):
        organization.approve_stage(run.id)

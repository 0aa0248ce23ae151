"""A made-up company for the Azure DevOps stand-in: people, tokens, projects, history. Reproducible at any size."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sandbox.ado_access import deny_permission
from sandbox.ado_clock import ticking
from sandbox.ado_model import FULL, Project, Repository
from sandbox.ado_past import BUILD_STAGES, PastActions
from sandbox.ado_pipeline_model import StageSpec

HISTORY_END = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
STEP = timedelta(minutes=7)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
PEOPLE = (
    ("Mara Lindqvist", "mara.lindqvist@acme.example"),
    ("Tomasz Baran", "tomasz.baran@acme.example"),
    ("Yuki Onodera", "yuki.onodera@acme.example"),
    ("Build Service", "build.service@acme.example"),
)
PROJECTS = (("Webshop", "SHOP"), ("Platform Tools", "OPS"))
REPOSITORIES = ("web", "api", "infra", "mobile", "jobs", "docs")
VERBS = ("Add", "Fix", "Tidy", "Speed up", "Test", "Rename", "Document")
THINGS = ("the basket", "the login form", "price rounding", "the export", "retries", "the start page", "caching")
FOLDERS = ("src", "tests", "deploy")
READ_SCOPES = frozenset({"vso.code", "vso.build", "vso.release", "vso.work", "vso.project", "vso.test", "vso.profile"})
CODE_SCOPES = frozenset({"vso.code", "vso.code_write"})
ROUNDS = 40  # of a long past: a little more than a month each in five years

# what a person may paste on the first day; the reader's owner may not edit subscriptions
TOKENS = {
    "full": "acme-full-0000000000000000000000000000000000000000",  # reads like `read`: two to replace one by the other
    "write": "acme-write-000000000000000000000000000000000000000",  # whatever its owner may do
    "read": "acme-read-0000000000000000000000000000000000000000",
    "no-hooks": "acme-nohooks-000000000000000000000000000000000000",
    "code-only": "acme-codeonly-00000000000000000000000000000000000",
    "expired": "acme-expired-000000000000000000000000000000000000",
    "global": "acme-global-0000000000000000000000000000000000000",
    # of one's own, Code (Read & Write): for an organization of personal accounts
    "mara-code": "acme-mara-code-0000000000000000000000000000000000",
    "tomasz-code": "acme-tomasz-code-00000000000000000000000000000000",
    "yuki-code": "acme-yuki-code-0000000000000000000000000000000000",
}


def plant(
    organization: PastActions,
    *,
    seed: int,
    projects: int,
    repositories: int,
    commits: int,
    until: datetime = HISTORY_END,
    since: datetime | None = None,
) -> None:
    """Fill an empty organization with history up to `until`. Nothing is sent: nobody has subscribed yet.

    With `since` the first repository of each project has a past from then on.
    """
    chance = random.Random(seed)
    # readings of the clock, at least: one or two for each commit, some for each repository and pipeline
    total = projects * (repositories * (commits * 3 + 20) + 80) + 50
    start = until - STEP * total
    with history(organization, start):
        for name, mail in PEOPLE:
            organization.add_user(name, mail)
        for number in range(projects):
            name, key = PROJECTS[number] if number < len(PROJECTS) else (f"Project {number + 1}", f"P{number + 1}")
            project = Project(organization.new_guid(), name, f"All about {name}", 11, organization.clock.now())
            organization.projects[project.id] = project
            if since and repositories:
                first = organization.add_repository(repository_name(key, 0), project)
                organization.plant_past(first, since=since, until=start, rounds=ROUNDS, key=key)
            plant_project(organization, project, key, chance, repositories=repositories, commits=commits)
        plant_tokens(organization)


@contextmanager
def history(organization: PastActions, start: datetime) -> Iterator[None]:
    """The clock runs through the past, seven minutes at a reading; after that it is what it was."""
    source = organization.clock.source
    organization.clock.source = ticking(start, STEP)
    try:
        yield
    finally:
        organization.clock.source = source
        organization.events.clear()


def plant_tokens(organization: PastActions) -> None:
    people = list(organization.users.values())
    names = {kind: secret.replace("acme", organization.name, 1) for kind, secret in TOKENS.items()}
    organization.add_token(names["full"], people[0], READ_SCOPES)
    organization.add_token(names["write"], people[0], frozenset({FULL}))
    organization.add_token(names["read"], people[0], READ_SCOPES)
    organization.add_token(names["no-hooks"], people[1], READ_SCOPES)
    organization.add_token(names["code-only"], people[0], frozenset({"vso.code"}))
    organization.add_token(names["expired"], people[0], READ_SCOPES, expires=LONG_AGO)
    organization.add_token(names["global"], people[0], READ_SCOPES, is_global=True)
    organization.add_token(names["mara-code"], people[0], CODE_SCOPES)
    organization.add_token(names["tomasz-code"], people[1], CODE_SCOPES)
    organization.add_token(names["yuki-code"], people[2], CODE_SCOPES)
    for project in organization.projects.values():
        deny_permission(organization, people[1], project, "EditSubscriptions")


def plant_project(
    organization: PastActions, project: Project, key: str, chance: random.Random, *, repositories: int, commits: int
) -> None:  # fmt: skip
    for number in range(repositories):
        name = repository_name(key, number)
        known = (
            found for found in organization.repositories.values() if (found.name, found.project) == (name, project)
        )
        repository = next(known, None) or organization.add_repository(name, project)
        plant_history(organization, repository, key, chance, commits)
        if number == 0 and commits:
            plant_pipelines(organization, repository, key)


def repository_name(key: str, number: int) -> str:
    kind = REPOSITORIES[number] if number < len(REPOSITORIES) else f"service-{number + 1}"
    return f"{key.lower()}-{kind}"


def plant_history(
    organization: PastActions, repository: Repository, key: str, chance: random.Random, commits: int
) -> None:  # fmt: skip
    """Pushes of one to three commits to main, then a branch with an open pull request."""
    left = commits
    while left > 0:
        size = min(left, chance.randint(1, 3))
        user = chance.choice(list(organization.users.values()))
        organization.push(repository, [made_commit(key, chance) for _ in range(size)], branch="main", user=user)
        left -= size
    if commits:
        number = chance.randint(1, 20)
        branch = f"feature/{key}-{number}-small-change"
        organization.push(repository, [made_commit(key, chance, number)], branch=branch)
        organization.open_pull_request(repository, branch, f"{key}-{number}: a small change", description="As agreed.")


def made_commit(key: str, chance: random.Random, number: int | None = None) -> dict[str, object]:
    text = f"{chance.choice(VERBS)} {chance.choice(THINGS)}"
    words = chance.choice(THINGS).split()[-1]
    files = [
        {
            "path": f"/{folder}/{words}_{chance.randint(1, 40)}.py",
            "kind": chance.choice(("add", "edit", "edit", "delete")),
        }
        for folder in chance.sample(FOLDERS, chance.randint(1, 3))
    ]
    # one in five says nothing of an issue
    mention = f"{key}-{number or chance.randint(1, 20)} " if number or chance.random() < 0.8 else ""
    return {"message": mention + text, "files": files}


def plant_pipelines(organization: PastActions, repository: Repository, key: str) -> None:
    """Two YAML pipelines with a finished run each, and for the first project a classic release."""
    deploying = organization.add_pipeline(f"{key.lower()}-deploy", repository, BUILD_STAGES)
    testing = organization.add_pipeline(f"{key.lower()}-tests", repository, (StageSpec("Build"), StageSpec("Test")))
    run = organization.run_pipeline(deploying, reason="individualCI")
    organization.approve_stage(run.id)
    organization.run_pipeline(testing, reason="individualCI", tests={"passed": 40, "failed": 0, "skipped": 2})
    if not organization.release_definitions:
        organization.add_release_definition(f"{key.lower()}-classic", testing, ("Staging", "Production"))
        organization.deploy_release(f"{key.lower()}-classic")

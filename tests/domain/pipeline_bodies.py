"""The event bodies of pipelines and releases that the tests use, with what a look-up would have found for them."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from domain.builds import map_build, pipeline_key
from domain.bulk import pack_requests
from domain.changes import Change, Source
from domain.deployments import (
    environment_key,
    pending_number,
    release_environment_key,
    release_pipeline_key,
    tell_deployment,
)
from domain.facts import BuildFacts, DeploymentFacts, TestCounts
from domain.issue_keys import KeyRules, find_keys
from domain.records import BuildChanged, Event, ReleaseAbandoned, ReleaseDeployed, StageChanged
from domain.site_settings import DEFAULTS, SiteSettings
from domain.web_links import build_url, pipeline_url, release_definition_url, release_environment_url
from tests.domain.event_reading import parse_event

BODIES = Path(__file__).parents[1] / "bodies" / "ado"
GOLDEN = Path(__file__).parent / "golden"
RULES = KeyRules(projects=frozenset({"OPS", "LED"}))
PROJECT = "0b7a2f7e-51c3-4d55-8a0c-6e1f2d3c4b5a"
REPOSITORY = "5d1e6c0a-7c1f-4b6e-9f0e-3a2b1c4d5e6f"
SOURCE = Source("connection-7", "https://dev.azure.com/larkspur", PROJECT)
REPOSITORY_URL = "https://dev.azure.com/larkspur/Ledger/_git/ledger"
SHA = "73cb24f0db5c4c93af3b53a312104380e9c5c5cd"
MESSAGES = ("ops-12 led-3: keep the rounding of half cents\n\nSee UTF-8 and OPS-12 again.", "Tidy the imports")


def facts_of_build(event: BuildChanged) -> BuildFacts:
    """The run of main has tests, the pull request a title and a source branch, the cancelled one only its branch."""
    if event.build_id == 9102:
        branch, texts, result = "feature/led-3-rounding", ("feature/led-3-rounding", "Round half cents"), event.result
        return build_facts(branch, "b" * 40, texts, result="partiallySucceeded" if result else None)
    if event.build_id == 9101:
        tests = TestCounts(120, 115, 2, 3) if event.state == "completed" else None
        return build_facts("main", SHA, ("main", *MESSAGES), tests=tests)
    return build_facts("feature/led-3-rounding", "c" * 40, ("feature/led-3-rounding",))


def build_facts(branch: str, commit: str, texts: tuple[str, ...], **others: Any) -> BuildFacts:
    return BuildFacts(
        repository_id=REPOSITORY,
        repository_url=REPOSITORY_URL,
        branch=branch,
        commit=commit,
        number=None,
        texts=texts,
        branch_url=f"{REPOSITORY_URL}?version=GB{branch.replace('/', '%2F')}",
        **others,
    )


def stage_facts(event: StageChanged, **changes: Any) -> DeploymentFacts:
    """The deployment of a stage to the environment `prod-eu`; record 71 once there is a record."""
    waits = event.state == "waiting"
    states = {"waiting": "pending", "running": "in_progress", "completed": "successful"}
    facts: dict[str, Any] = {
        "pipeline_key": pipeline_key(PROJECT, event.pipeline_id),
        "pipeline": event.pipeline,
        "pipeline_url": pipeline_url(SOURCE, PROJECT, event.pipeline_id),
        "environment_key": environment_key(PROJECT, 4),
        "environment": "prod-eu",
        "sequence_number": pending_number(event.run_id, event.attempt) if waits else 71,
        "name": event.run,
        "url": build_url(SOURCE, PROJECT, event.run_id),
        "state": states[event.state],
        "older_than_last_success": False,
        "repository_id": REPOSITORY,
        "texts": ("main", *MESSAGES),
        "commits": (SHA, "392451d790d97ac7eed705adfa44c74854f6da1a"),
    }
    return DeploymentFacts(**(facts | changes))


def release_facts(event: ReleaseDeployed | ReleaseAbandoned) -> DeploymentFacts:
    """Deployment 640 of Release-31 to the environment `Live EU`; it brings back an older release."""
    states = {"inProgress": "in_progress", "succeeded": "successful"}
    state: Any = states[event.state] if isinstance(event, ReleaseDeployed) else "cancelled"
    return DeploymentFacts(
        pipeline_key=release_pipeline_key(PROJECT, 5),
        pipeline="Ledger CD",
        pipeline_url=release_definition_url(SOURCE, PROJECT, 5),
        environment_key=release_environment_key(PROJECT, "Live EU"),
        environment="Live EU",
        sequence_number=640,
        name="Release-31",
        url=release_environment_url(SOURCE, PROJECT, 31, 88),
        state=state,
        older_than_last_success=True,
        repository_id=None,
        texts=("release/7", "LED-8 Statements by mail"),
    )


def map_deployment(
    facts: DeploymentFacts, happened: datetime, settings: SiteSettings = DEFAULTS, rules: KeyRules = RULES
) -> tuple[Change, ...]:
    return tell_deployment(facts, find_keys(rules, *facts.words), happened, settings)


def map_event(event: Event) -> tuple[Change, ...]:
    match event:
        case BuildChanged():
            return map_build(event, facts_of_build(event), RULES, SOURCE)
        case StageChanged():
            changes = map_deployment(stage_facts(event), event.happened)
            return changes + withdrawn(event) if event.state == "running" else changes
        case ReleaseDeployed() | ReleaseAbandoned():
            return map_deployment(release_facts(event), event.happened)
    raise AssertionError(f"no pipeline event: {type(event).__name__}")


def withdrawn(event: StageChanged) -> tuple[Change, ...]:
    number = pending_number(event.run_id, event.attempt)
    facts = stage_facts(event, sequence_number=number, state="withdrawn")
    return map_deployment(facts, event.happened)


def requests_of(name: str) -> list[dict[str, Any]]:
    """What Jira gets for one body, as plain JSON."""
    event = parse_event((BODIES / f"{name}.json").read_bytes())
    return [
        {"method": request.method, "api": request.api, "path": request.path, "query": dict(request.query)}
        | ({} if request.body is None else {"body": request.body})
        for request in pack_requests(map_event(event), SOURCE)
    ]


def read_golden(name: str) -> Any:
    return json.loads((GOLDEN / f"{name}.json").read_bytes())

"""A pipeline run as Jira shall hold it: one build per run, from its beginning to its end.

Limits: https://developer.atlassian.com/cloud/jira/software/rest/api-group-builds/
"""

from collections.abc import Mapping
from typing import Any, Literal

from domain.changes import Change, Entity, Source
from domain.facts import BuildFacts, TestCounts
from domain.issue_keys import KeyRules, find_keys
from domain.jira_limits import cut_text, iso_time, sequence_of
from domain.records import BuildChanged
from domain.site_settings import PartialMeans
from domain.web_links import build_url, fitting

BUILD_KEYS = 100  # `issueKeys`: other providers send up to 500, the specification refuses more than 100
NAME_CHARACTERS = 255  # `pipelineId`, `displayName`, `label`, `description`, names of references
SCHEMA_VERSION = "1.0"
JiraState = Literal["pending", "in_progress", "successful", "failed", "cancelled", "unknown"]

RUNNING_STATES: Mapping[str, JiraState] = {
    "pending": "pending", "inProgress": "in_progress", "canceling": "in_progress",
}  # fmt: skip
END_STATES: Mapping[str, JiraState] = {"succeeded": "successful", "failed": "failed", "canceled": "cancelled"}


def map_build(
    event: BuildChanged, facts: BuildFacts, rules: KeyRules, source: Source, *, partial_is: PartialMeans = "failed"
) -> tuple[Change, ...]:
    """The build of one run, or nothing when no text of the run has a key.

    `partial_is`: what a partially succeeded run counts as, because Jira has no such state.
    """
    found = find_keys(rules, *facts.words)
    if not found:
        return ()
    kept = found[:BUILD_KEYS]
    pipeline, sequence = pipeline_key(event.project_id, event.pipeline_id), sequence_of(event.happened)
    body: dict[str, Any] = {
        "schemaVersion": SCHEMA_VERSION,
        "pipelineId": pipeline,
        "buildNumber": event.build_id,  # the number people see is free text and may repeat
        "updateSequenceNumber": sequence,
        "displayName": join_names(event.pipeline, facts.number or event.number),
        "url": build_url(source, event.project_id, event.build_id),
        "state": build_state(event, facts, partial_is),
        "lastUpdated": iso_time(event.updated or event.happened),
        "issueKeys": list(kept),
    }
    body |= test_info(facts.tests) | references(facts)
    path, dropped = f"{pipeline}/{event.build_id}", len(found) - len(kept)
    return (Entity("build", path, sequence, kept, body, facts.repository_id, dropped_keys=dropped),)


def build_state(event: BuildChanged, facts: BuildFacts, partial_is: PartialMeans) -> JiraState:
    """Jira's word for how the run is. The build's own result counts: run events call a partial success a success."""
    if event.state != "completed":
        return RUNNING_STATES[event.state]
    result = facts.result or event.result
    return partial_is if result == "partiallySucceeded" else END_STATES.get(result or "", "unknown")


def test_info(tests: TestCounts | None) -> dict[str, Any]:
    """`testInfo` when tests ran."""
    if tests is None or tests.total == 0:
        return {}
    counts = {"totalNumber": tests.total, "numberPassed": tests.passed, "numberFailed": tests.failed}
    return {"testInfo": counts | {"numberSkipped": tests.skipped}}


def references(facts: BuildFacts) -> dict[str, Any]:
    """`references` (Jira takes 5): the commit and branch that were built; a part whose address is too long is left out.

    Jira joins them to what it knows of the repository when the addresses are the very same.
    """
    reference: dict[str, Any] = {}
    if facts.commit and facts.repository_url and fitting(facts.repository_url):
        reference["commit"] = {"id": facts.commit, "repositoryUri": facts.repository_url}
    if facts.branch and facts.branch_url and fitting(facts.branch_url):
        reference["ref"] = {"name": cut_text(facts.branch, NAME_CHARACTERS), "uri": facts.branch_url}
    return {"references": [reference]} if reference else {}


def pipeline_key(project_id: str, pipeline_id: int) -> str:
    """The pipeline's id in Jira, the same for its builds and its deployments; GUIDs make it unique on the site."""
    return f"{project_id}-{pipeline_id}"


def join_names(first: str, second: str) -> str:
    """`first second`, at most 255 characters; the first gives way, because the second tells one run from another."""
    second = cut_text(second, NAME_CHARACTERS)
    room = max(0, NAME_CHARACTERS - len(second.encode("utf-16-le")) // 2 - 1)
    return f"{cut_text(first, room)} {second}".strip()

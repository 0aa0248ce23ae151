"""A deployment as Jira shall hold it: stages of YAML runs and classic releases in one shape.

Limits: https://developer.atlassian.com/cloud/jira/software/rest/api-group-deployments/
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from domain.builds import NAME_CHARACTERS, SCHEMA_VERSION, join_names
from domain.changes import Change, Entity, Removal
from domain.environments import environment_type
from domain.facts import DeploymentFacts
from domain.jira_limits import cut_text, iso_time, sequence_of
from domain.site_settings import DEFAULTS, PartialMeans, SiteSettings

ASSOCIATION_VALUES = 500  # `associations`: summed over all types, issue keys and commits together
DESCRIPTION_CHARACTERS = 255
# A stage that waits for approval has no deployment record yet, hence no number. It gets one of its own until the real
# one is known: above every record id, so that Jira shows it as the newest, and below 2^53, so that no reader rounds it.
PENDING_NUMBERS = 8_000_000_000_000_000
ATTEMPTS = 1000  # attempts of one stage in one run that stay apart

DESCRIPTIONS: Mapping[str, str] = {
    "pending": "is waiting to be deployed to",
    "in_progress": "is being deployed to",
    "successful": "was deployed to",
    "rolled_back": "was deployed again, after a newer one, to",
    "failed": "failed to deploy to",
    "cancelled": "was cancelled on its way to",
    "unknown": "was deployed with unknown outcome to",
}


def tell_deployment(
    facts: DeploymentFacts, found: Sequence[str], happened: datetime, settings: SiteSettings = DEFAULTS
) -> tuple[Change, ...]:
    """The deployment that `facts` tell of, as of `happened`, on the issues `found`; nothing when there are none.

    A withdrawn one is removed, whatever its keys.
    """
    sequence = sequence_of(happened)
    path = f"{facts.pipeline_key}/{facts.environment_key}/{facts.sequence_number}"
    if facts.state == "withdrawn":
        return (Removal("deployment", path, sequence),)
    if not found:
        return ()
    kept = tuple(found[:ASSOCIATION_VALUES])
    body = deployment_body(facts, kept, happened, settings)
    dropped = len(found) - len(kept)
    return (Entity("deployment", path, sequence, kept, body, facts.repository_id, dropped_keys=dropped),)


def deployment_body(
    facts: DeploymentFacts, keys: tuple[str, ...], happened: datetime, settings: SiteSettings
) -> dict[str, Any]:
    """The deployment in the bulk call. `associations` stand in place of the deprecated `issueKeys`: one must be there.

    https://developer.atlassian.com/cloud/jira/software/rest/api-group-deployments/
    """
    state = jira_state(facts, settings.partial_deployment_is)
    return {
        "schemaVersion": SCHEMA_VERSION,
        "deploymentSequenceNumber": facts.sequence_number,
        "updateSequenceNumber": sequence_of(happened),
        "displayName": join_names(facts.pipeline, facts.name),
        "url": facts.url,
        "description": cut_text(f"{facts.name} {DESCRIPTIONS[state]} {facts.environment}", DESCRIPTION_CHARACTERS),
        "lastUpdated": iso_time(facts.updated or happened),
        "label": cut_text(facts.name, NAME_CHARACTERS),
        "state": state,
        "pipeline": pipeline_body(facts),
        "environment": environment_body(facts, settings),
        "associations": associations(keys, facts),
    }


def jira_state(facts: DeploymentFacts, partial_is: PartialMeans = DEFAULTS.partial_deployment_is) -> str:
    """Jira's word; a success that brings back an older run or release is a roll-back."""
    state = partial_is if facts.state == "partially_successful" else facts.state
    return "rolled_back" if state == "successful" and facts.older_than_last_success else state


def pipeline_body(facts: DeploymentFacts) -> dict[str, Any]:
    """`pipeline`."""
    return {
        "id": facts.pipeline_key,
        "displayName": cut_text(facts.pipeline, NAME_CHARACTERS),
        "url": facts.pipeline_url,
    }


def environment_body(facts: DeploymentFacts, settings: SiteSettings) -> dict[str, Any]:
    """`environment`; its id is shared by all pipelines that deploy there."""
    return {
        "id": facts.environment_key,
        "displayName": cut_text(facts.environment, NAME_CHARACTERS),
        "type": environment_type(facts.environment, settings.environments),
    }


def associations(keys: tuple[str, ...], facts: DeploymentFacts) -> list[dict[str, Any]]:
    """`associations`: the issue keys, then as many commits as there is room for."""
    found: list[dict[str, Any]] = [{"associationType": "issueIdOrKeys", "values": list(keys)}]
    commits = tuple(dict.fromkeys(facts.commits))[: ASSOCIATION_VALUES - len(keys)]
    if facts.repository_id and commits:
        values = [{"commitHash": commit, "repositoryId": facts.repository_id} for commit in commits]
        found.append({"associationType": "commit", "values": values})
    return found


def pending_number(run_id: int, attempt: int) -> int:
    """The sequence number of a stage that waits; every later event of the same attempt leads to the same one."""
    return PENDING_NUMBERS + run_id * ATTEMPTS + attempt % ATTEMPTS


def release_pipeline_key(project_id: str, definition_id: int) -> str:
    """The id of a classic release definition in Jira; apart from the builds' pipelines, which count on their own."""
    return f"{project_id}-release-{definition_id}"


def environment_key(project_id: str, environment_id: int) -> str:
    """The id of a YAML environment in Jira."""
    return f"{project_id}-environment-{environment_id}"


def release_environment_key(project_id: str, name: str) -> str:
    """The id of a classic environment in Jira.

    Every release definition has environments of its own; those of one project that have the same name, whatever its
    case and spacing, are one place. A hash, because a name may hold anything and the id is part of an address.
    """
    normalized = " ".join(name.casefold().split())
    return f"{project_id}-release-{sha256(normalized.encode()).hexdigest()[:32]}"

"""The limits of development information, builds and deployments, as the documents and their prose give them.

developer.atlassian.com/cloud/jira/software/rest (groups Development Information, Builds, Deployments)
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.jira_shape import Field, Shape, choice, faults_of, link, many, moment, part, text, whole

REPOSITORIES = 100
ENTITIES = 1000
ENTITIES_OF_A_KIND = 400
BATCH = 100  # builds or deployments in one request
PROPERTIES = 5
PROPERTY_LENGTH = 255
ASSOCIATED = 500
PIPELINE_KEYS = 100
ID = r"[A-Za-z0-9~.\-_]+"
# Jira writes \p{L}[\p{L}\p{Digit}_]{1,255}-\p{Digit}{1,255}; the standard library has no \p classes
DEVINFO_KEY = r"[^\W\d_]\w{1,255}-\d{1,255}"
PIPELINE_KEY = r"(?a:\w{1,255}-\d{1,255})"
ID_OR_KEY = r"(?a:\w{1,255}-\d{1,255}|\d{1,255})"

AUTHOR: Shape = {
    "name": text(255, required=False),
    "email": text(255, required=False),
    "username": text(255, required=False),
    "url": text(2000, required=False),
    "avatar": text(2000, required=False),
}
FILE: Shape = {
    "path": text(1024),
    "url": link(),
    "changeType": choice("ADDED", "COPIED", "DELETED", "MODIFIED", "MOVED", "UNKNOWN"),
    "linesAdded": whole(0),
    "linesRemoved": whole(0),
}
REVIEWER: Shape = {
    "name": text(255, required=False),
    "email": text(254, required=False),
    "accountId": text(128, required=False),
    "url": link(required=False),
    "avatar": link(required=False),
    "approvalStatus": choice("APPROVED", "UNAPPROVED", required=False),
}
ENTITY: Shape = {
    "id": text(1024, pattern=ID),
    "issueKeys": many(text(511, pattern=DEVINFO_KEY), 1, ASSOCIATED, required=False),
    "updateSequenceId": whole(),
}
REPOSITORY: Shape = {
    "id": text(1024, pattern=ID),
    "name": text(255),
    "url": link(),
    "updateSequenceId": whole(),
    "description": text(1024, required=False),
    "forkOf": text(1024, required=False),
    "avatar": link(required=False),
    "avatarDescription": text(1024, required=False),
}
COMMIT: Shape = ENTITY | {
    "message": text(1024),
    "author": part(AUTHOR),
    "fileCount": whole(0),
    "url": link(),
    "authorTimestamp": moment(),
    "displayId": text(255),
    "hash": text(255, required=False),
    "flags": many(choice("MERGE_COMMIT"), 0, 1, required=False),
    "files": many(part(FILE), 0, 10, required=False),
}
BRANCH: Shape = ENTITY | {
    "name": text(512),
    "url": link(),
    "createPullRequestUrl": link(required=False),
    "lastCommit": part(COMMIT | {"issueKeys": many(text(511, pattern=DEVINFO_KEY), 1, ASSOCIATED)}),
}
PULL_REQUEST: Shape = ENTITY | {
    "status": choice("OPEN", "MERGED", "DECLINED", "UNKNOWN"),
    "title": text(1024),
    "author": part(AUTHOR),
    "commentCount": whole(),
    "sourceBranch": text(255),
    "sourceBranchUrl": link(required=False),
    "destinationBranch": text(255, required=False),
    "destinationBranchUrl": link(required=False),
    "lastUpdate": moment(),
    "url": link(),
    "displayId": text(255),
    "reviewers": many(part(REVIEWER), 0, 10_000, required=False),
}
REFERENCE: Shape = {
    "commit": part({"id": text(255), "repositoryUri": text(2000)}, required=False),
    "ref": part({"name": text(255), "uri": text(2000)}, required=False),
}
TESTS: Shape = {
    "totalNumber": whole(0),
    "numberPassed": whole(0),
    "numberFailed": whole(0),
    "numberSkipped": whole(0, required=False),
}
PIPELINE_KEYS_FIELD: Field = many(text(511, pattern=PIPELINE_KEY), 1, PIPELINE_KEYS, required=False)
BUILD: Shape = {
    "schemaVersion": choice("1.0", required=False),
    "pipelineId": text(255),
    "buildNumber": whole(),
    "updateSequenceNumber": whole(),
    "displayName": text(255),
    "description": text(255, required=False),
    "label": text(255, required=False),
    "url": link(),
    "state": choice("pending", "in_progress", "successful", "failed", "cancelled", "unknown"),
    "lastUpdated": moment(),
    "issueKeys": PIPELINE_KEYS_FIELD,
    "testInfo": part(TESTS, required=False),
    "references": many(part(REFERENCE), 1, 5, required=False),
}
DEPLOYMENT: Shape = {
    "schemaVersion": choice("1.0", required=False),
    "deploymentSequenceNumber": whole(),
    "updateSequenceNumber": whole(),
    "displayName": text(255),
    "url": link(),
    "description": text(255),
    "label": text(255, required=False),
    "lastUpdated": moment(),
    "state": choice("unknown", "pending", "in_progress", "cancelled", "failed", "rolled_back", "successful"),
    "pipeline": part({"id": text(255), "displayName": text(255), "url": link()}),
    "environment": part(
        {
            "id": text(255),
            "displayName": text(255),
            "type": choice("unmapped", "development", "testing", "staging", "production"),
        }
    ),
    "issueKeys": PIPELINE_KEYS_FIELD,
}
COMMIT_VALUE: Shape = {"commitHash": text(255), "repositoryId": text(255)}
ASSOCIATION_VALUES: Mapping[str, Field] = {
    "issueKeys": text(511, pattern=PIPELINE_KEY),
    "issueIdOrKeys": text(511, pattern=ID_OR_KEY),
    "serviceIdOrKeys": text(255),
    "commit": part(COMMIT_VALUE),
}


def entity_faults(shape: Shape, body: Any) -> list[str]:
    """Reasons against one entity; empty when Jira takes it."""
    found = list(faults_of(shape, body))
    if isinstance(body, dict):
        found += association_faults(body)
    return found


def association_faults(body: Mapping[str, Any]) -> Iterator[str]:
    """An entity needs issue keys or associations: three kinds at most, 500 values in all."""
    associations = body.get("associations")
    if associations is None:
        if "issueKeys" not in body:
            yield "issueKeys or associations is required"
        return
    if not isinstance(associations, list) or not 1 <= len(associations) <= 3:
        yield "associations: must have 1 to 3 items"
        return
    total = 0
    for association in associations:
        kind = association.get("associationType") if isinstance(association, dict) else None
        value = ASSOCIATION_VALUES.get(kind or "")
        if value is None:
            yield f"associations: {kind!r} is not a type of association"
            continue
        listed = association.get("values")
        total += len(listed) if isinstance(listed, list) else 0
        yield from (f"associations: {reason}" for reason in many(value, 1, ASSOCIATED).check(listed))
    if total > ASSOCIATED:
        yield f"associations: more than {ASSOCIATED} values in all"


def property_faults(properties: Any) -> Iterator[str]:
    """At most five, text of 255 characters, keys without `:` and without a leading `_`."""
    if not isinstance(properties, dict):
        yield "properties: must be an object"
        return
    if len(properties) > PROPERTIES:
        yield f"properties: more than {PROPERTIES}"
    for key, value in properties.items():
        if key.startswith("_") or ":" in key or len(key) > PROPERTY_LENGTH:
            yield f"properties: {key!r} begins with _, has a : or is too long"
        if not isinstance(value, str) or len(value) > PROPERTY_LENGTH:
            yield f"properties: the value of {key!r} must be text of at most {PROPERTY_LENGTH} characters"


def issue_references(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Every issue key or id an entity names, in order, once."""
    named = list(body.get("issueKeys", ()))
    for association in body.get("associations", ()):
        if association["associationType"] in {"issueKeys", "issueIdOrKeys"}:
            named += association["values"]
    return tuple(dict.fromkeys(named))

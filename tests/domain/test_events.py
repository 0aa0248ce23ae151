import json
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.errors import BadEvent
from domain.events import read_envelope
from domain.records import Ignored, PullRequestChanged, Push
from tests.domain.event_reading import parse_event
from tests.domain.git_bodies import BODIES, REPOSITORY_ID, read_body
from tests.domain.official import reference_bodies

WHEN = "2026-03-02T09:15:00.1234567Z"


def event(event_type: str, **resource: Any) -> dict[str, Any]:
    return {"id": "e-1", "eventType": event_type, "createdDate": WHEN, "resource": resource}


def encoded(body: Any) -> bytes:
    return json.dumps(body).encode()


def test_an_envelope_has_what_filing_needs():
    envelope = read_envelope(read_body("git.push"))
    assert envelope.event_type == "git.push"
    assert envelope.subscription_id == json.loads(read_body("git.push"))["subscriptionId"]
    assert envelope.notification_id == json.loads(read_body("git.push"))["notificationId"]
    assert envelope.inbox == REPOSITORY_ID
    assert envelope.happened == datetime(2026, 3, 2, 9, 15, 0, 123456, UTC)


@pytest.mark.parametrize("missing", ["subscriptionId", "notificationId"])
def test_a_body_without_its_delivery_is_told_apart_by_its_event_id(missing):
    body = {"subscriptionId": "s-1", "notificationId": 5} | event("git.push")
    del body[missing]
    envelope = read_envelope(encoded(body))
    assert (envelope.subscription_id, envelope.notification_id, envelope.event_id) == ("", -1, "e-1")


GUID = "5D1E6C0A-7C1F-4B6E-9F0E-3A2B1C4D5E6F"


@pytest.mark.parametrize(
    ("body", "inbox"),
    [
        (event("git.push", repository={"id": GUID}), GUID.lower()),
        (event("git.pullrequest.created", repository={"id": GUID}), GUID.lower()),
        (
            event("ms.vss-code.git-pullrequest-comment-event", pullRequest={"repository": {"id": GUID}}),
            GUID.lower(),
        ),
        (event("git.repo.deleted", repositoryId=GUID), GUID.lower()),
        (event("git.push", repository={"id": "no/guid:at all"}), "project"),
        (event("git.repo.forked", sourceRepository={"id": GUID}), "project"),
        (event("build.complete", definition={"id": 12}, repository={"id": GUID}), "pipeline-12"),
        (event("build.complete"), "project"),
        (event("ms.vss-pipelines.run-state-changed-event", pipeline={"id": 12}), "pipeline-12"),
        (event("ms.vss-pipelines.run-state-changed-event", run={"pipeline": {"id": 12}}), "pipeline-12"),
        (event("ms.vss-pipelines.stage-state-changed-event", pipeline={"id": 12}), "pipeline-12"),
        (event("ms.vss-pipelines.stage-state-changed-event", pipeline={"id": 0}), "project"),
        (
            event("ms.vss-release.deployment-started-event", environment={"release": {"id": 4}}, release={"id": 0}),
            "release-4",
        ),
        (event("ms.vss-release.deployment-completed-event", environment={"releaseId": 4}), "release-4"),
        (event("ms.vss-release.deployment-completed-event", deployment={"release": {"id": 4}}), "release-4"),
        (event("ms.vss-release.release-abandoned-event", release={"id": 4}), "release-4"),
        (event("workitem.created", id=3), "project"),
    ],
)
def test_events_that_must_keep_their_order_share_an_inbox(body, inbox):
    assert read_envelope(encoded(body)).inbox == inbox


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\xff", "the body is not UTF-8"),
        (b"<html>", "the body is not JSON"),
        (b"[]", "the body is not a JSON object"),
        (b"{}", "eventType is missing"),
        (encoded({"eventType": "git.push", "createdDate": WHEN}), "id is missing"),
        (encoded({"eventType": "git.push", "id": "e", "createdDate": "soon"}), "createdDate is not a date"),
        (encoded({"eventType": "git.push", "id": "e"}), "createdDate is missing"),
        (encoded({"eventType": 5, "id": "e", "createdDate": WHEN}), "eventType is not text"),
        (encoded(event("git.push") | {"notificationId": "x"}), "notificationId is not a whole number"),
        (encoded(event("git.push", repository={"id": 5})), "resource.repository.id is not text"),
        (encoded(event("build.complete", definition={"id": "x"})), "resource.definition.id is not a whole number"),
    ],
)
def test_a_body_that_cannot_be_filed_says_why(body, reason):
    with pytest.raises(BadEvent) as refused:
        read_envelope(body)
    assert str(refused.value) == reason


def test_an_event_is_read_by_its_type():
    assert isinstance(parse_event(read_body("git.push")), Push)
    assert isinstance(parse_event(read_body("git.pullrequest.comment")), PullRequestChanged)


def test_an_event_of_an_unknown_type_is_ignored():
    happened = datetime(2026, 3, 2, 9, 15, 0, 123456, UTC)
    assert parse_event(encoded(event("workitem.created"))) == Ignored("unknown event type", happened)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "the body is not JSON"),
        (encoded(event("git.push")), "resource.repository is missing"),
        (encoded({"eventType": "git.push", "createdDate": WHEN, "resource": []}), "resource.repository is missing"),
        (encoded({"eventType": ["git.push"], "createdDate": WHEN}), "eventType is not text"),
    ],
)
def test_an_event_that_cannot_be_read_says_why(body, reason):
    with pytest.raises(BadEvent) as refused:
        parse_event(body)
    assert str(refused.value) == reason


@pytest.mark.parametrize("cut", range(0, 4000, 97))
def test_a_body_cut_anywhere_is_refused_and_nothing_else_happens(cut):
    body = read_body("git.pullrequest.updated")[:cut]
    for read in (read_envelope, parse_event):
        with pytest.raises(BadEvent):
            read(body)


@pytest.mark.parametrize("path", sorted(BODIES.glob("git.*.json")), ids=lambda path: path.stem)
@pytest.mark.parametrize("junk", [None, 7, "x", [], {}, True])
def test_a_body_with_any_field_of_the_wrong_kind_is_read_or_refused(path, junk):
    body = json.loads(path.read_bytes())
    for holder, name in list(walk(body)):
        kept = holder[name]
        holder[name] = junk
        for read in (read_envelope, parse_event):
            try:
                read(encoded(body))
            except BadEvent as refused:
                assert str(refused)
        holder[name] = kept


def walk(body: Any) -> Any:
    items = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for name, value in items:
        yield body, name
        yield from walk(value)


REPOSITORY = "c2c2c2c2-dddd-eeee-ffff-a3a3a3a3a3a3"
SAMPLE_INBOXES = {
    "git.push": "278d5cd2-584d-4b63-824a-2ba458937249",
    "git.pullrequest.created": "4bc14d40-c903-45e2-872e-0462c7748079",
    "git.pullrequest.updated": "4bc14d40-c903-45e2-872e-0462c7748079",
    "git.pullrequest.merged": REPOSITORY,
    "git.repo.created": REPOSITORY,
    "git.repo.deleted": REPOSITORY,
    "git.repo.renamed": REPOSITORY,
    "git.repo.statuschanged": REPOSITORY,
    "ms.vss-code.git-pullrequest-comment-event": REPOSITORY,
    "build.complete": "pipeline-4658",
    "build.complete.resourceVersion-1.0-legacy-xaml": "pipeline-2",
    "ms.vss-pipelines.run-state-changed-event": "pipeline-11",
    "ms.vss-pipelines.stage-state-changed-event": "pipeline-2",
    "ms.vss-pipelines.job-state-changed-event": "pipeline-2",
    "ms.vss-release.deployment-started-event": "release-5",
    "ms.vss-release.deployment-completed-event": "release-1",
    "ms.vss-release.release-created-event": "release-4",
    "ms.vss-release.release-abandoned-event": "release-4",
}


@pytest.mark.specs
def test_every_sample_of_the_documentation_can_be_filed():
    paths = [path for path in reference_bodies().glob("*.json") if not path.name.startswith("_")]
    found = {path.stem: read_envelope(path.read_bytes()).inbox for path in paths}
    assert {name: found[name] for name in SAMPLE_INBOXES} == SAMPLE_INBOXES

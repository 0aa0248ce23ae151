import json
import re
from pathlib import Path

import pytest

from domain.changes import Entity
from domain.devinfo import map_pull_request, map_push
from domain.facts import PullRequestFacts, PushFacts
from domain.records import Push
from tests.domain.devinfo_rig import (
    ANY,
)
from tests.domain.event_reading import parse_event
from tests.domain.git_bodies import BODIES, SOURCE, map_event, read_body, requests_of
from tests.domain.official import check_devinfo_of_old, check_request, read_reference

GOLDEN = Path(__file__).parent / "golden"
NAMES = sorted(path.stem for path in BODIES.glob("git.*.json"))


@pytest.mark.parametrize("name", NAMES)
def test_jira_gets_exactly_the_recorded_requests(name):
    assert requests_of(read_body(name)) == json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


def test_every_recorded_request_has_its_event():
    assert sorted(path.stem for path in GOLDEN.glob("git.*.json")) == NAMES


@pytest.mark.specs
@pytest.mark.parametrize("name", NAMES)
def test_the_official_specification_takes_every_request(name):
    for request in requests_of(read_body(name)):
        check_request(request["method"], request["api"], request["path"], request.get("body"))


@pytest.mark.specs
@pytest.mark.parametrize("name", NAMES)
def test_the_older_specification_takes_every_body(name):
    for request in requests_of(read_body(name)):
        if "body" in request:
            check_devinfo_of_old(request["body"])


@pytest.mark.parametrize("name", NAMES)
def test_the_limits_that_are_only_prose_are_kept(name):
    for request in requests_of(read_body(name)):
        for repository in request.get("body", {}).get("repositories", ()):
            assert re.fullmatch(r"[A-Za-z0-9~._-]{1,1024}", repository["id"])
            for kind in ("commits", "branches", "pullRequests"):
                ids = [entity["id"] for entity in repository.get(kind, ())]
                assert len(ids) == len(set(ids))
                assert all(re.fullmatch(r"[A-Za-z0-9~._-]{1,1024}", one) for one in ids)
                for entity in repository.get(kind, ()):
                    assert all(
                        re.fullmatch(r"[A-Z][A-Z0-9_]{1,255}-[1-9][0-9]{0,254}", key) for key in entity["issueKeys"]
                    )


SAMPLE_PULL_REQUEST = "/repository/{}/pull_request/1"
FABRIKAM = "4bc14d40-c903-45e2-872e-0462c7748079"
CONTOSO = "c2c2c2c2-dddd-eeee-ffff-a3a3a3a3a3a3"


@pytest.mark.specs
@pytest.mark.parametrize(
    ("name", "calls"),
    [
        ("git.push", []),
        ("git.pullrequest.created", [("DELETE", "devinfo", SAMPLE_PULL_REQUEST.format(FABRIKAM))]),
        ("git.pullrequest.updated", [("DELETE", "devinfo", SAMPLE_PULL_REQUEST.format(FABRIKAM))]),
        ("git.pullrequest.merged", [("DELETE", "devinfo", SAMPLE_PULL_REQUEST.format(CONTOSO))]),
        (
            "ms.vss-code.git-pullrequest-comment-event",
            [("DELETE", "devinfo", SAMPLE_PULL_REQUEST.format(CONTOSO))],
        ),
        ("git.repo.renamed", [("POST", "devinfo", "/bulk")]),
        (
            "git.repo.deleted",
            [
                ("DELETE", "devinfo", f"/repository/{CONTOSO}"),
                ("DELETE", "builds", "/bulkByProperties"),
                ("DELETE", "deployments", "/bulkByProperties"),
            ],
        ),
        ("git.repo.created", []),
        ("git.repo.forked", []),
        ("git.repo.statuschanged", []),
    ],
)
def test_the_samples_of_the_documentation_name_no_issue(name, calls):
    requests = requests_of(json.dumps(read_reference(f"ado_events/{name}.json")).encode())
    assert [(request["method"], request["api"], request["path"]) for request in requests] == calls
    for request in requests:
        check_request(request["method"], request["api"], request["path"], request.get("body"))


@pytest.mark.specs
@pytest.mark.parametrize(
    ("name", "key", "kind"),
    [
        ("git.push", "FIB-33", "commit"),
        ("git.pullrequest.created", "FIB-33", "pull_request"),
        ("git.pullrequest.updated", "FIB-33", "pull_request"),
        ("git.pullrequest.merged", "FIB-33", "pull_request"),
    ],
)
def test_the_samples_with_a_key_put_in_reach_the_issue(name, key, kind):
    body = read_reference(f"ado_events/{name}.json")
    if kind == "commit":
        body["resource"]["commits"][0]["comment"] += f" {key}"
    else:
        body["resource"]["title"] += f" {key}"
    event = parse_event(json.dumps(body).encode())
    changes = (
        map_push(event, PushFacts(event.commits), ANY, SOURCE)
        if isinstance(event, Push)
        else map_pull_request(event, PullRequestFacts(), ANY, SOURCE)  # type: ignore[arg-type]  # the table says which
    )
    assert [(change.kind, change.keys) for change in changes if isinstance(change, Entity)] == [(kind, (key,))]


def test_the_same_events_read_twice_give_equal_changes():
    for name in NAMES:
        assert map_event(parse_event(read_body(name))) == map_event(parse_event(read_body(name)))

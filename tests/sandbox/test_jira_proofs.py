"""How a sender can prove what Jira holds, how it was sent, and how often Jira listens."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.jira_limits import BurstLimits
from tests.sandbox.jira_rig import KEY, JiraRig, build, commit, deployment, repository, running_rig

EXISTS = "/rest/devinfo/0.10/existsByProperties"
BY_PROPERTIES = "/rest/devinfo/0.10/bulkByProperties"
ONE_BUILD = "/rest/builds/0.1/pipelines/p1/builds/12"
ONE_DEPLOYMENT = "/rest/deployments/0.1/pipelines/p1/environments/live/deployments/3"


@pytest.fixture(scope="module")
def running() -> Iterator[JiraRig]:
    with running_rig() as rig:
        yield rig


@pytest.fixture
def rig(running: JiraRig) -> Iterator[JiraRig]:
    running.site.development.forget(KEY)
    running.site.violations.clear()
    yield running
    running.site.limits, running.site.lag_ms = None, 0


def exists(rig: JiraRig, query: str) -> bool:
    answer = rig.call("GET", f"{EXISTS}?{query}")
    assert answer.status_code == 200, answer.text
    return bool(answer.json()["hasDataMatchingProperties"])


def store(rig: JiraRig, **more: Any) -> None:
    sent = {"repositories": [repository(commits=[commit()])], "properties": {"link": "7", "site": "a"}} | more
    assert rig.send("devinfo", **sent).status_code == 202


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("link=7", True),
        ("link=7&site=a", True),
        ("link=7&site=b", False),
        ("link=8", False),
        ("link=7&_updateSequenceId=10", True),
        ("link=7&_updateSequenceId=9", False),
    ],
)
def test_existence_asks_for_all_properties_up_to_a_sequence(rig: JiraRig, query: str, found: bool) -> None:
    store(rig)
    assert exists(rig, query) is found
    assert rig.site.violations == []


@pytest.mark.parametrize("query", ["", "_updateSequenceId=1", "link=7&link=8", "link=7&_updateSequenceId=x"])
def test_a_question_that_is_not_one_is_refused(rig: JiraRig, query: str) -> None:
    assert rig.call("GET", f"{EXISTS}?{query}").status_code == 400


def test_what_was_stored_and_deleted_is_seen_only_after_the_lag(rig: JiraRig) -> None:
    rig.site.lag_ms = 60_000
    store(rig)
    assert exists(rig, "link=7") is False
    rig.site.development.settle(everything=True)
    assert exists(rig, "link=7") is True
    assert rig.call("DELETE", f"{BY_PROPERTIES}?link=7").status_code == 202
    assert exists(rig, "link=7") is True
    rig.site.development.settle(everything=True)
    assert exists(rig, "link=7") is False


def test_single_entities_are_read_back_until_they_are_deleted(rig: JiraRig) -> None:
    store(rig)
    rig.send("builds", builds=[build()])
    rig.send("deployments", deployments=[deployment()])
    addresses = ("/rest/devinfo/0.10/repository/repo-1", ONE_BUILD, ONE_DEPLOYMENT)
    assert [rig.call("GET", address).status_code for address in addresses] == [200, 200, 200]
    assert rig.call("GET", ONE_BUILD).json()["buildNumber"] == 12
    assert [rig.call("DELETE", address).status_code for address in addresses] == [202, 202, 202]
    assert [rig.call("GET", address).status_code for address in addresses] == [404, 404, 404]


def test_how_a_record_was_sent_can_be_seen_but_does_not_make_runs_differ(rig: JiraRig) -> None:
    store(rig, operationType="BACKFILL", preventTransitions=True)
    filled = rig.site.snapshot()
    said = rig.control("GET", "operations").json()
    history = {"operationType": "BACKFILL", "preventTransitions": True}
    assert said == {"repository": {"repo-1": history}, "commit": {f"repo-1/{1:040x}": history}}
    rig.site.development.forget(KEY)
    store(rig)
    assert rig.site.snapshot() == filled
    assert rig.site.development.operations()["commit"] == {
        f"repo-1/{1:040x}": {"operationType": "NORMAL", "preventTransitions": False}
    }
    assert rig.control("GET", "operations?provider=other").json() == {}


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_taken_up_to_the_limit_and_again_after_the_wait() -> None:
    clock = Clock()
    limits = BurstLimits(per_second=2, clock=clock)
    answers = [limits.take("POST /bulk", backfill=False) for _ in range(3)]
    assert answers[:2] == [None, None]
    assert answers[2] is not None
    assert (answers[2]["Retry-After"], answers[2]["RateLimit-Reason"]) == ("1", "jira-burst-based")
    assert limits.take("GET /x", backfill=False) is None
    clock.now = 0.9
    assert limits.take("POST /bulk", backfill=False) is None  # early, though something has come back
    clock.now = 2.0
    assert limits.take("POST /bulk", backfill=False) is None
    assert (limits.refused, limits.early) == (1, 1)


def test_filling_history_has_a_higher_limit_of_its_own(rig: JiraRig) -> None:
    rig.control("POST", "limits", {"per_second": 0.001, "backfill_per_second": 3})
    bodies = [{"repositories": [repository(updateSequenceId=20 + number)]} for number in range(4)]
    live = [rig.send("devinfo", **body).status_code for body in bodies[:2]]
    filled = [rig.send("devinfo", operationType="BACKFILL", **body).status_code for body in bodies[:3]]
    assert (live, filled) == ([202, 429], [202, 202, 202])


def test_a_refused_call_says_why_in_jiras_words_and_stores_nothing(rig: JiraRig) -> None:
    rig.control("POST", "limits", {"per_second": 0.001})
    rig.send("builds", builds=[build(issueKeys=["SHOP-2"])])
    refused = rig.send("builds", builds=[build()])
    names = ("Retry-After", "RateLimit-Reason", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-NearLimit")
    assert refused.status_code == 429
    assert [refused.headers[name] for name in names] == ["1000", "jira-burst-based", "0.001", "0", "true"]
    assert rig.site.panel("SHOP-1")["builds"] == []
    assert rig.control("GET", "limits").json() == {"refused": 1, "early": 0}
    assert rig.site.violations == []
    rig.control("POST", "limits", {})
    assert rig.send("builds", builds=[build()]).status_code == 202


def test_a_gateway_may_leave_the_wait_out(rig: JiraRig) -> None:
    rig.control("POST", "limits", {"per_second": 0.001, "retry_after": False})
    rig.send("builds", builds=[build()])
    refused = rig.send("builds", builds=[build()])
    assert (refused.status_code, "Retry-After" in refused.headers) == (429, False)

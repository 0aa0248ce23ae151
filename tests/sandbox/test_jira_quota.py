"""Rates of the stand-in: points an hour, bursts a second, writes on one issue; and faults by chance."""

from typing import Any

import pytest

from sandbox.control import Faults
from sandbox.jira_quota import Quota, Rates
from tests.sandbox.issue_rig import IssueRig, text

POST = "POST /rest/api/3/issue/<issue>/comment"


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def quota(**rates: Any) -> tuple[Quota, Clock]:
    made, clock = Quota(), Clock()
    made.clock = clock
    made.rates = Rates(**rates)
    return made, clock


def test_without_rates_nothing_is_refused_but_everything_counted() -> None:
    made = Quota()
    assert [made.admit("POST", POST, ["1"]) for _ in range(1000)] == [None] * 1000
    made.spend(POST, 3)
    assert (made.points, made.headers()) == (3, {})


def test_points_are_gone_until_the_hour_turns() -> None:
    made, clock = quota(points=10, bursts=None)
    for _ in range(10):
        assert made.admit("POST", POST, []) is None
        made.spend(POST, 1)
    refusal = made.admit("POST", POST, [])
    assert refusal is not None
    assert (refusal.reason, refusal.limit) == ("jira-quota-global-based", 10)
    assert made.headers(refusal)["Retry-After"] == str(refusal.wait)
    clock.now += refusal.wait - 1
    assert made.admit("POST", POST, []) is not None
    assert made.early == 1
    clock.now += 1
    assert made.admit("POST", POST, []) is None


def test_a_tenants_own_quota_is_told_as_such() -> None:
    made, _ = quota(points=None, tenant_points=1, bursts=None)
    made.spend(POST, 1)
    assert getattr(made.admit("POST", POST, []), "reason", None) == "jira-quota-tenant-based"


def test_bursts_are_counted_by_endpoint() -> None:
    made, clock = quota()
    assert [made.admit("PUT", "PUT /a", []) for _ in range(50)] == [None] * 50
    refusal = made.admit("PUT", "PUT /a", [])
    assert (getattr(refusal, "reason", None), getattr(refusal, "limit", None)) == ("jira-burst-based", 50)
    assert made.admit("PUT", "PUT /b", []) is None
    clock.now += 1
    assert made.admit("PUT", "PUT /a", []) is None


@pytest.mark.parametrize(("count", "pause", "refused_at"), [(25, 0.0, 20), (120, 0.2, 100)])
def test_writes_on_one_issue_are_limited_in_two_windows(count: int, pause: float, refused_at: int) -> None:
    made, clock = quota(bursts=None)
    found, taken = made.admit("POST", POST, ["7"]), 0
    while found is None and taken < count:
        taken, clock.now = taken + 1, clock.now + pause
        found = made.admit("POST", POST, ["7"])
    assert (taken, getattr(found, "reason", None)) == (refused_at, "jira-per-issue-on-write")
    assert made.admit("POST", POST, ["8"]) is None
    clock.now += getattr(found, "wait", 0)
    assert made.admit("POST", POST, ["7"]) is None


def test_the_answers_tell_what_is_left(issues: IssueRig) -> None:
    issues.rig.control("POST", "rates", {"points": 10})
    key = issues.key()
    headers = issues.call("GET", f"/issue/{key}").headers
    assert (headers["X-RateLimit-Limit"], headers["X-RateLimit-Remaining"]) == ("10", "7")
    assert (headers["X-RateLimit-NearLimit"], headers["RateLimit-Policy"]) == (
        "false",
        '"global-app-quota";q=10;w=3600',
    )
    for _ in range(6):
        issues.call("POST", f"/issue/{key}/comment", {"body": text("x")})
    assert issues.call("GET", "/configuration").headers["X-RateLimit-NearLimit"] == "true"
    refused = issues.call("POST", f"/issue/{key}/comment", {"body": text("x")})
    assert (refused.status_code, refused.headers["RateLimit-Reason"]) == (429, "jira-quota-global-based")
    assert int(refused.headers["Retry-After"]) > 0
    assert refused.headers["X-RateLimit-Reset"].endswith("Z")
    assert len(issues.tracker.record(key).comments) == 6  # type: ignore[union-attr]


def test_writes_on_one_issue_are_refused_by_their_own_reason(issues: IssueRig) -> None:
    one, other = issues.key(), issues.key()
    issues.rig.control("POST", "rates", {"per_issue": [[2, 60]]})
    ends = {"inwardIssue": {"key": one}, "outwardIssue": {"key": other}, "type": {"name": "Relates"}}
    answers = [
        issues.call("POST", f"/issue/{one}/comment", {"body": text("x")}),
        issues.call("POST", "/issueLink", ends),
        issues.call("POST", f"/issue/{one}/comment", {"body": text("y")}),
        issues.call("POST", f"/issue/{other}/comment", {"body": text("y")}),
        issues.call("GET", f"/issue/{one}"),
        issues.call("POST", "/issueLink", ends),
    ]
    assert [one_.status_code for one_ in answers] == [201, 201, 429, 201, 200, 429]
    assert answers[2].headers["RateLimit-Reason"] == "jira-per-issue-on-write"
    assert issues.rig.control("GET", "meter").json()["refused"] == {"jira-per-issue-on-write": 2}


def test_gateways_may_leave_the_wait_out(issues: IssueRig) -> None:
    issues.rig.control("POST", "rates", {"points": 0, "retry_after": False})
    refused = issues.call("GET", "/configuration")
    assert (refused.status_code, "Retry-After" in refused.headers) == (429, False)


def test_the_meter_counts_calls_points_and_refusals(issues: IssueRig) -> None:
    key = issues.key()
    issues.rig.control("DELETE", "meter")
    issues.call("GET", f"/issue/{key}")
    issues.call("GET", "/user/search?query=mel")
    issues.call("POST", f"/issue/{key}/comment", {"body": "wrong"})
    meter = issues.rig.control("GET", "meter").json()
    assert meter["calls"] == {"GET /rest/api/3/issue/<issue>": 1, "GET /rest/api/3/user/search": 1, POST: 1}
    assert (meter["total"], meter["points"], meter["statuses"]) == (3, 2 + 3 + 1, {"200": 2, "400": 1})


def test_a_rule_may_work_for_a_share_of_the_calls_only() -> None:
    faults = Faults()
    faults.add({"path": "x", "times": None, "percent": 20, "status": 503})
    hits = sum(faults.take("GET", "/x") is not None for _ in range(1000))
    assert 150 < hits < 250


def test_a_rule_that_chance_spares_leaves_room_for_the_next() -> None:
    faults = Faults()
    faults.add({"path": "x", "times": None, "percent": 0, "status": 500})
    faults.add({"path": "x", "status": 503})
    assert getattr(faults.take("GET", "/x"), "status", None) == 503


def test_a_storm_ends_by_itself() -> None:
    faults = Faults()
    faults.add({"path": "x", "times": None, "seconds": 3600, "status": 429})
    assert faults.take("GET", "/x") is not None
    faults.add({"path": "y", "times": None, "seconds": 0, "status": 429})
    assert faults.take("GET", "/y") is None
    assert len(faults.rules()) == 1


def test_a_gateway_may_answer_504_after_the_work_was_done(issues: IssueRig) -> None:
    before = len(issues.site.issues)
    issues.rig.control("POST", "faults", {"path": "issue/bulk", "status": 504, "late": True})
    answer = issues.call("POST", "/issue/bulk", {"issueUpdates": [{"fields": issues.fields()}]})
    assert (answer.status_code, answer.content) == (504, b"")
    assert len(issues.site.issues) == before + 1


def test_an_answer_can_be_lost_after_the_work_was_done(issues: IssueRig) -> None:
    before = len(issues.site.issues)
    issues.rig.control("POST", "faults", {"path": "issue/bulk", "method": "POST", "drop": "after", "after_ms": 1})
    with pytest.raises(OSError, match="Connection"):
        issues.call("POST", "/issue/bulk", {"issueUpdates": [{"fields": issues.fields()}]})
    assert len(issues.site.issues) == before + 1

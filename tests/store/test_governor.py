import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial

import pytest
from redis import Redis
from redis.exceptions import RedisError

from domain.errors import RateLimited
from domain.lanes import LANES
from domain.rates import JIRA_LIMITS, PATIENCE, policy_of
from store.governor import Governor
from store.rate_credits import CREDIT_SECONDS, Credits

NOW = 1_800_000_000_000
POST = "POST devinfo"  # 50 per second
LOW = ("reconcile", "backfill", "migration")
LEFT = {"X-RateLimit-Limit": "200", "X-RateLimit-Remaining": "40", "X-RateLimit-Reset": str(NOW // 1000 + 60)}
SENTENCES = [
    (
        "core", 200, {"Retry-After": "30"},
        "Azure DevOps is left alone until 08:00:30 UTC: it asked for a pause (Retry-After).",
    ),
    (
        "core", 429, {"Retry-After": "5"},
        "Azure DevOps is left alone until 08:00:05 UTC: it refused a call with 429.",
    ),
    (
        POST, 429, {"RateLimit-Reason": "jira-quota-tenant-based", "Retry-After": "600"},
        "Jira is left alone until 08:10:00 UTC: the hourly quota of the app is used up.",
    ),
    (
        POST, 429, {"RateLimit-Reason": "jira-burst-based"},
        "Jira is left alone until 08:00:01 UTC: there were too many calls in one second.",
    ),
    (
        "core", 200, {"X-RateLimit-Delay": "2.5"},
        "Calls to Azure DevOps go slower for a few minutes: it delayed calls, because much was used.",
    ),
    (
        "core", 200, LEFT,
        "Azure DevOps has 40 of 200 units left for this identity; history waits before events do. "
        "All are back at 08:01:00 UTC.",
    ),
    (
        POST, 202, {"X-RateLimit-NearLimit": "true"},
        "Jira says that a limit is near; history goes slower, events do not.",
    ),
]  # fmt: skip


class Blocked(Exception):
    """Somebody would have waited so many seconds."""


def refuse_sleep(seconds):
    raise Blocked(seconds)


@pytest.fixture
def governor(redis, clock):
    """Its waits are told, not slept."""
    return Governor(redis, clock=clock, sleep=refuse_sleep)


def goes(gate, group=POST):
    try:
        gate.enter(group)
    except (Blocked, RateLimited):
        return False
    return True


def count_going(gate, tries, group=POST):
    return sum(goes(gate, group) for _try in range(tries))


def wait_of(gate, group=POST):
    """Seconds until this gate opens, 0 when it is open; an open gate is passed."""
    try:
        gate.enter(group)
    except Blocked as blocked:
        return blocked.args[0]
    except RateLimited as error:
        return error.retry_after
    return 0


def state_of(governor, scope="site", group=POST):
    (found,) = [state for state in governor.read(scope) if state.group == group]
    return found


def use_from_process(url, _number):
    governor = Governor(Redis.from_url(url), clock=lambda: NOW, sleep=refuse_sleep)
    return count_going(governor.gate("site", "live"), 30)


class TestRate:
    def test_after_a_rest_a_second_of_calls_may_go_and_then_the_rate_holds(self, governor, clock):
        gate = governor.gate("site", "live")
        assert count_going(gate, 60) == 50
        clock.now += 100
        assert count_going(gate, 20) == 5
        clock.now += 10_000
        assert count_going(gate, 60) == 50

    def test_no_second_sees_more_than_the_limit(self, governor, clock):
        gate = governor.gate("site", "live")
        passed = []
        for _step in range(400):
            clock.now += 10
            passed += [clock.now] * count_going(gate, 3)
        busiest = max(sum(start <= moment < start + 1000 for moment in passed) for start in passed)
        assert 90 <= busiest <= 100

    def test_four_threads_get_what_one_gets(self, governor, clock):
        with ThreadPoolExecutor(4) as threads:
            given = threads.map(lambda _n: count_going(governor.gate("site", "live"), 30), range(4))
            assert sum(given) == 50

    def test_four_processes_get_what_one_gets(self, redis, redis_server):
        with multiprocessing.get_context("spawn").Pool(4) as processes:
            assert sum(processes.map(partial(use_from_process, redis_server.url), range(4))) == 50

    def test_without_a_clock_of_its_own_the_time_of_redis_counts(self, redis):
        gate = Governor(redis, sleep=refuse_sleep).gate("site", "live")
        assert 50 <= count_going(gate, 60) <= 60

    @pytest.mark.parametrize(
        ("group", "rate"),
        [
            ("GET platform", 50),
            ("PUT platform", 25),
            ("DELETE devinfo", 25),
            ("core", 1000),
            ("POST platform/comment", 90),
        ],
    )
    def test_each_group_has_the_rate_of_its_policy(self, governor, group, rate):
        policy = policy_of(group)
        assert policy.per_second == rate
        assert count_going(governor.gate("site", "live"), rate + 10, group) == rate * policy.burst_seconds

    def test_groups_do_not_use_each_others_rate(self, governor):
        gate = governor.gate("site", "live")
        count_going(gate, 60, "POST devinfo")
        assert goes(gate, "POST builds")

    def test_tenants_do_not_touch_each_other(self, governor):
        count_going(governor.gate("site", "live"), 60)
        governor.gate("site", "live").note(
            POST, 429, {"RateLimit-Reason": "jira-quota-tenant-based", "Retry-After": "60"}
        )
        assert count_going(governor.gate("other", "live"), 60) == 50

    def test_the_lane_waits_by_itself_for_a_short_time(self, redis, clock):
        def sleep(seconds):
            slept.append(seconds)
            clock.now += round(seconds * 1000)

        slept: list[float] = []
        gate = Governor(redis, clock=clock, sleep=sleep).gate("site", "live")
        for _call in range(60):
            gate.enter(POST)
        assert slept == [0.02] * 10

    @pytest.mark.parametrize("lane", LANES)
    def test_a_wait_beyond_its_patience_is_told_and_not_waited(self, governor, lane):
        gate = governor.gate("site", lane)
        gate.note("core", 200, {"Retry-After": f"{PATIENCE[lane] / 1000 + 1}"})
        with pytest.raises(RateLimited, match=r"Azure DevOps: calls to it go on in \d+ s") as caught:
            gate.enter("core")
        assert caught.value.status is None
        assert (caught.value.retry_after or 0) >= PATIENCE[lane] / 1000 + 1

    def test_redis_away_is_said_before_a_call_and_never_after_it(self, redis_server):
        gate = Governor(Redis.from_url("redis://127.0.0.1:1/0")).gate("site", "live")
        with pytest.raises(RedisError):
            gate.enter(POST)
        gate.note(POST, 429, {"Retry-After": "5"})  # the answer that came with it is not lost


class TestLanes:
    def test_each_lane_may_use_less_than_the_one_before(self, governor):
        parts = [count_going(governor.gate(lane, lane), 60) for lane in LANES]
        assert parts == sorted(parts, reverse=True)
        assert len(set(parts)) == len(parts)
        assert parts[-1] >= 1

    @pytest.mark.parametrize("lane", LOW)
    def test_live_passes_while_a_lower_lane_is_blocked(self, governor, lane):
        while goes(governor.gate("site", lane)):
            pass
        assert count_going(governor.gate("site", "live"), 60) >= 25
        assert not goes(governor.gate("site", lane))

    @pytest.mark.parametrize("lane", LOW)
    def test_a_lower_lane_holds_live_up_by_nothing_even_when_it_never_stops(self, governor, clock, lane):
        live, low = governor.gate("site", "live"), governor.gate("site", lane)
        waited = []
        for _step in range(200):
            clock.now += 40  # 25 live calls per second, half of the rate
            while goes(low):
                pass
            waited.append(wait_of(live))
        assert set(waited) == {0}

    def test_while_live_uses_all_of_it_nobody_else_goes(self, governor, clock):
        live = governor.gate("site", "live")
        while goes(live):
            pass
        for _step in range(50):
            clock.now += 20
            assert goes(live)
            assert not any(goes(governor.gate("site", lane)) for lane in LOW)

    @pytest.mark.parametrize(("lane", "rate"), [("reconcile", 25), ("backfill", 12.5), ("migration", 6.25)])
    def test_a_lower_lane_alone_has_its_share_of_the_rate(self, governor, clock, lane, rate):
        gate, passed = governor.gate("site", lane), 0
        for _step in range(250):
            clock.now += 40
            passed += count_going(gate, 2)
        assert passed / 10 == pytest.approx(rate, rel=0.15)


class TestAnswers:
    def test_a_success_with_retry_after_pauses_every_worker_and_every_service(self, redis, clock):
        one, other = (
            Governor(redis, clock=clock, sleep=refuse_sleep).gate("connection", "live") for _worker in range(2)
        )
        one.note("core", 200, {"Retry-After": "30"})
        assert wait_of(other, "core") == wait_of(other, "release") == 30
        clock.now += 29_999
        assert not goes(other, "core")
        clock.now += 1
        assert goes(other, "core")

    def test_a_refusal_met_by_one_worker_is_known_to_another(self, redis, clock):
        one, other = (Governor(redis, clock=clock, sleep=refuse_sleep).gate("site", "live") for _worker in range(2))
        one.note(POST, 429, {"Retry-After": "5", "RateLimit-Reason": "jira-burst-based"})
        assert wait_of(other) == 5
        assert goes(other, "POST builds")

    @pytest.mark.parametrize("reason", ["jira-quota-global-based", "jira-quota-tenant-based"])
    def test_a_used_up_quota_pauses_the_whole_site(self, governor, reason):
        gate = governor.gate("site", "live")
        gate.note(POST, 429, {"Retry-After": "600", "RateLimit-Reason": reason})
        assert wait_of(gate, "GET platform") == 600

    def test_refusals_without_a_time_double_the_pause(self, governor, clock):
        gate, waits = governor.gate("site", "live"), []
        for _refusal in range(8):
            gate.note(POST, 429, {})
            waits.append(wait_of(gate))
            clock.now += round(waits[-1] * 1000)
        assert waits == [1, 2, 4, 8, 16, 32, 60, 60]

    def test_refusals_of_calls_that_were_out_together_are_one(self, governor, clock):
        gate = governor.gate("site", "live")
        for _call in range(10):
            gate.note(POST, 429, {})
            clock.now += 20
        assert state_of(governor).allowed == 25

    def test_a_refusal_halves_the_rate_and_a_quiet_minute_forgives_it(self, governor, clock):
        gate = governor.gate("site", "live")
        gate.note(POST, 429, {"Retry-After": "1"})
        clock.now += 1_000
        assert state_of(governor).allowed == 25
        assert count_going(gate, 60) == 25
        clock.now += 60_000
        assert state_of(governor).allowed == 50
        assert count_going(gate, 60) == 50

    def test_a_shorter_pause_does_not_end_a_longer_one(self, governor):
        gate = governor.gate("connection", "live")
        gate.note("core", 200, {"Retry-After": "60"})
        gate.note("core", 200, {"Retry-After": "2"})
        assert wait_of(gate, "core") == 60

    def test_one_issue_written_too_often_holds_the_others_up_for_a_second_only(self, governor, clock):
        gate = governor.gate("site", "live")
        gate.note("PUT platform", 429, {"RateLimit-Reason": "jira-per-issue-on-write", "Retry-After": "20"})
        clock.now += 1_000
        assert goes(gate, "PUT platform")
        assert state_of(governor, group="PUT platform").allowed == 25

    def test_after_a_pause_the_lanes_come_back_in_order(self, governor, clock):
        governor.gate("connection", "live").note("core", 200, {"Retry-After": "10"})
        back = {}
        for second in range(20):
            for lane in LANES:
                if lane not in back and goes(governor.gate("connection", lane), "core"):
                    back[lane] = second
            clock.now += 1_000
        assert back == {"live": 10, "reconcile": 11, "backfill": 12, "migration": 14}

    @pytest.mark.parametrize(
        ("left", "going"),
        [(150, LANES), (110, LANES[:3]), (99, LANES[:2]), (60, LANES[:2]), (49, LANES[:1]), (0, LANES[:1])],
    )
    def test_the_less_is_left_the_fewer_lanes_go(self, governor, left, going):
        answer = {
            "X-RateLimit-Limit": "200",
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": str(NOW // 1000 + 300),
        }
        governor.gate("connection", "live").note("core", 200, answer)
        assert tuple(lane for lane in LANES if goes(governor.gate("connection", lane), "release")) == going

    def test_a_lane_goes_on_when_enough_is_back(self, governor, clock):
        answer = {"X-RateLimit-Limit": "200", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(NOW // 1000 + 300)}
        gates = {lane: governor.gate("connection", lane) for lane in LANES}
        gates["live"].note("core", 200, answer)
        assert {lane: wait_of(gate, "core") for lane, gate in gates.items()} == {
            "live": 0, "reconcile": 75, "backfill": 150, "migration": 180
        }  # fmt: skip
        clock.now += 150_000
        assert goes(gates["backfill"], "core")

    def test_near_its_floor_a_lane_goes_slower(self, governor, clock):
        def passed(left):
            governor.forget("connection")
            clock.now += 1_000_000
            reset = str(clock.now // 1000 + 3000)
            answer = {"X-RateLimit-Limit": "200", "X-RateLimit-Remaining": left, "X-RateLimit-Reset": reset}
            gate, count = governor.gate("connection", "backfill"), 0
            gate.note("core", 200, answer)
            for _step in range(500):
                clock.now += 10
                count += goes(gate, "core")
            return count

        plenty, some, little = passed("199"), passed("125"), passed("101")
        assert plenty > 1.5 * some > 3 * little > 0

    def test_a_near_limit_slows_what_nobody_waits_for(self, governor, clock):
        gates = {lane: governor.gate(lane, lane) for lane in LANES}
        for gate in gates.values():
            gate.note(POST, 202, {"X-RateLimit-NearLimit": "true"})
        passed = dict.fromkeys(LANES, 0)
        for _step in range(250):  # half of the time it counts
            clock.now += 20
            for lane, gate in gates.items():
                passed[lane] += goes(gate)
        assert passed["live"] == 250
        assert passed["reconcile"] < 75
        assert passed["backfill"] < 25
        clock.now += 5_001
        assert count_going(gates["backfill"], 60) == 3

    def test_an_answer_that_tells_nothing_costs_no_call_to_redis(self, redis, governor):
        def commands():
            return redis.info("stats")["total_commands_processed"]

        gate = governor.gate("site", "live")
        before = commands()
        for status in (200, 202, 404, 500):
            gate.note(POST, status, {"Content-Type": "application/json"})
        assert commands() == before + 1  # the question itself


class TestStates:
    def test_a_scope_never_used_has_none(self, governor):
        assert governor.read("nobody") == ()

    def test_it_tells_calls_of_the_last_minute_and_the_rate(self, governor, clock):
        gate = governor.gate("site", "live")
        assert count_going(gate, 7) == 7
        clock.now += 30_000
        assert count_going(gate, 5) == 5
        state = state_of(governor)
        assert (state.system, state.calls, state.allowed, state.paused_until) == ("Jira", 12, 50, None)
        assert state.why == "Nothing slows calls to Jira down."
        clock.now += 35_000
        assert state_of(governor).calls == 5
        clock.now += 60_000
        assert state_of(governor).calls == 0

    def test_it_tells_waits_by_lane_for_an_hour(self, governor, clock):
        count_going(governor.gate("site", "live"), 52)
        goes(governor.gate("site", "backfill"))
        waits = {one.lane: (one.count, one.milliseconds) for one in state_of(governor).waits}
        assert waits["live"] == (2, 40)
        assert waits["backfill"][0] == 1
        assert waits["migration"] == (0, 0)
        clock.now += 3_600_000
        goes(governor.gate("site", "live"))
        assert {one.count for one in state_of(governor).waits} == {0}

    def test_a_wait_in_parts_is_one_wait(self, redis, clock):
        def oversleep(seconds):
            clock.now += max(1, round(seconds * 500))

        gate = Governor(redis, clock=clock, sleep=oversleep).gate("site", "live")
        for _call in range(51):
            gate.enter(POST)
        (live, *_rest) = state_of(Governor(redis, clock=clock)).waits
        assert live.count == 1

    @pytest.mark.parametrize(("group", "status", "headers", "words"), SENTENCES)
    def test_it_says_why(self, governor, group, status, headers, words):
        gate = governor.gate("site", "live")
        gate.enter(group)
        gate.note(group, status, headers)
        assert state_of(governor, group=group).why == words

    def test_it_tells_what_azure_devops_has_left_until_all_is_back(self, governor, clock):
        gate = governor.gate("site", "live")
        gate.enter("core")
        gate.note("core", 200, LEFT)
        assert (state_of(governor, group="core").remaining, state_of(governor, group="core").limit) == (40, 200)
        clock.now += 60_000
        assert state_of(governor, group="core").remaining is None

    def test_a_paused_group_tells_until_when(self, governor, clock):
        gate = governor.gate("site", "live")
        gate.enter("GET platform")
        gate.note(POST, 429, {"RateLimit-Reason": "jira-quota-tenant-based", "Retry-After": "60"})
        assert state_of(governor, group="GET platform").paused_until == NOW + 60_000
        clock.now += 60_000
        assert state_of(governor, group="GET platform").paused_until is None

    @pytest.mark.parametrize("strikes", [0, 1, 3, 5, 7])
    def test_the_rate_told_is_the_rate_given(self, governor, clock, strikes):
        gate = governor.gate("site", "live")
        for _strike in range(strikes):
            gate.note(POST, 429, {"Retry-After": "1"})
            clock.now += 1_000
        while goes(gate):  # the burst
            pass
        passed = 0
        for _step in range(200):
            clock.now += 40
            passed += count_going(gate, 3)
        assert passed / 8 == pytest.approx(state_of(governor).allowed, rel=0.15)

    def test_what_is_known_ends_by_itself(self, redis, governor):
        gate = governor.gate("site", "live")
        gate.enter(POST)
        assert 0 < redis.ttl("crosswalk:rate:site") <= 7_200
        gate.note(POST, 429, {"Retry-After": "3600"})
        assert 3_600 < redis.ttl("crosswalk:rate:site") <= 7_200

    def test_a_forgotten_scope_leaves_nothing(self, redis, governor):
        governor.gate("site", "live").enter(POST)
        governor.forget("site")
        assert redis.keys("*") == []

    def test_it_stores_numbers_and_names_of_groups_alone(self, governor):
        governor.gate("site", "live").enter(POST)
        assert set(asdict(state_of(governor))) == {
            "scope", "group", "system", "calls", "allowed", "paused_until", "remaining", "limit", "waits", "why"
        }  # fmt: skip


class TestLeaveForSomeCalls:
    """A busy process asks for leave for sixteen calls to Azure DevOps at once."""

    def test_calls_in_a_row_ask_redis_seldom(self, redis, governor):
        gate = governor.gate("org", "live")
        redis.config_resetstat()
        assert count_going(gate, 81, "core") == 81
        assert redis.info("commandstats")["cmdstat_evalsha"]["calls"] <= 6

    def test_what_two_threads_took_at_once_is_there_for_both(self):
        now = [0.0]
        credits, place = Credits(lambda: now[0]), ("org", "core", "live")
        credits.put(place, 2)
        credits.put(place, 3)
        assert [credits.spend(place) for _call in range(6)] == [True] * 5 + [False]
        credits.put(place, 2)
        now[0] = CREDIT_SECONDS
        credits.put(place, 1)  # what was not used in time is gone
        assert [credits.spend(place) for _call in range(2)] == [True, False]

    def test_every_call_is_counted(self, governor):
        gate = governor.gate("org", "live")
        count_going(gate, 17, "core")
        assert state_of(governor, "org", "core").calls == 17

    def test_jira_is_asked_for_one_call_at_a_time(self, redis, governor):
        gate = governor.gate("site", "live")
        redis.config_resetstat()
        count_going(gate, 20)
        assert redis.info("commandstats")["cmdstat_evalsha"]["calls"] == 20

    def test_a_pause_ends_what_was_taken(self, governor):
        gate = governor.gate("org", "live")
        count_going(gate, 3, "core")
        gate.note("core", 429, {"Retry-After": "30"})
        assert wait_of(gate, "core") == 30

    def test_what_was_taken_is_for_its_scope_and_lane_alone(self, governor):
        taken = governor.gate("org", "live")
        count_going(taken, 3, "core")
        governor.gate("other", "live").note("core", 429, {"Retry-After": "30"})
        governor.gate("org", "backfill").note("release", 200, {})
        assert goes(taken, "core")
        assert wait_of(governor.gate("other", "live"), "core") == 30


def test_no_second_sees_more_than_the_limit_of_an_endpoint_that_only_migrations_call():
    for method, limit in JIRA_LIMITS.items():
        policy = policy_of(f"{method} platform/comment")
        assert policy.per_second * (1 + policy.burst_seconds) <= limit

"""The budget of throughput units: when headers come, when answers say to wait, when calls are refused."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.ado_budget import Budgets
from tests.sandbox.ado_rig import AdoRig, running_ado


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ado() -> Iterator[AdoRig]:
    with running_ado() as rig:
        yield rig


def test_a_call_costs_and_time_gives_back(clock: Clock) -> None:
    budget = Budgets(units=10, window=100, clock=clock)
    assert [budget.spend("mara").left for _ in range(3)] == [9, 8, 7]
    clock.now = 10
    assert budget.spend("mara").left == 7
    clock.now = 1000
    assert budget.spend("mara").left == 9
    assert budget.spend("tomasz").left == 9


def test_who_waits_as_long_as_told_is_served_and_who_does_not_is_counted(clock: Clock) -> None:
    budget = Budgets(units=4, window=40, slow=0.0, clock=clock)
    readings = [budget.spend("mara") for _ in range(5)]
    assert [reading.refused for reading in readings] == [False, False, False, False, True]
    assert [reading.wait for reading in readings] == [0, 0, 0, 10, 10]
    clock.now = 10
    assert budget.spend("mara").refused is False
    account = budget.accounts["mara"]
    assert (account.calls, account.refused, account.early) == (6, 1, 1)


def turn(ado: AdoRig, **budget: Any) -> None:
    ado.control("knobs", budget=budget or None)


def test_far_from_the_limit_nothing_is_said(ado: AdoRig) -> None:
    turn(ado, units=100, window=100_000)
    assert "X-RateLimit-Limit" not in ado.call("GET", "_apis/projects").headers


def test_near_the_limit_headers_tell_what_is_left(ado: AdoRig) -> None:
    turn(ado, units=10, window=100_000, cost=3, near=0.5)
    answers = [ado.call("GET", "_apis/projects") for _ in range(2)]
    assert ["X-RateLimit-Remaining" in answer.headers for answer in answers] == [False, True]
    assert answers[1].headers["X-RateLimit-Remaining"] == "4"
    assert answers[1].headers["X-RateLimit-Limit"] == "10"
    assert "Retry-After" not in answers[1].headers


def test_below_the_slow_share_a_200_says_how_long_to_wait_and_was_held_back(ado: AdoRig) -> None:
    turn(ado, units=10, window=100, cost=5, slow=0.6, delay=0.2)
    answer = ado.call("GET", "_apis/projects")
    assert (answer.status_code, answer.headers["Retry-After"]) == (200, "10")
    assert answer.headers["X-RateLimit-Delay"] == "0.200"
    assert answer.elapsed.total_seconds() >= 0.2


def test_without_units_a_call_is_refused_for_that_person_only(ado: AdoRig) -> None:
    turn(ado, units=2, window=10_000)
    answers = [ado.call("GET", "_apis/projects") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json()["message"].startswith("TF400733")
    assert (answers[2].headers["Retry-After"], answers[2].headers["X-RateLimit-Remaining"]) == ("5000", "0")
    assert ado.call("GET", "_apis/projects", token="no-hooks").status_code == 200
    shown = {entry["user"]: (entry["calls"], entry["refused"]) for entry in ado.state()["rate"]}
    assert shown == {"Mara Lindqvist": (3, 1), "Tomasz Baran": (1, 0)}
    turn(ado)
    assert ado.call("GET", "_apis/projects").status_code == 200


def test_a_budget_with_unknown_fields_is_refused(ado: AdoRig) -> None:
    assert ado.control("knobs", expect=400, budget={"coins": 1})["message"]

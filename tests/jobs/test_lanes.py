"""The lanes of a worker: what each of them takes first, and how sites share one."""

import dataclasses
from itertools import count

import pytest
from pydantic import SecretStr

from jobs.backfills import work_backfills
from jobs.lanes import MIGRATIONS, ORDERS, WORKS, run_duty

NOBODY = "00000000-0000-4000-8000-000000000000"
FIRST, SECOND = (order for order in ORDERS if order != MIGRATIONS)
KINDS = ("reconcile", "guard", "backfill", "erase")


@pytest.fixture
def done(services, monkeypatch):
    """One duty of each kind is due; the kinds in the order in which they are worked on."""
    worked = []
    for kind in KINDS:
        services.duties.want(kind, NOBODY, services.now())
        monkeypatch.setitem(WORKS, kind, lambda _services, _name, kind=kind: worked.append(kind))
    return worked


@pytest.mark.parametrize(
    ("order", "first"),
    [(FIRST, ["guard", "reconcile", "erase", "backfill"]), (SECOND, ["erase", "backfill", "guard", "reconcile"])],
    ids=["first lane", "second lane"],
)
def test_a_link_that_is_read_for_long_holds_up_neither_proof_nor_history(services, done, order, first):
    while run_duty(services, order):
        pass
    assert done == first


def test_every_kind_of_duty_has_a_lane_and_work():
    assert {kind for order in ORDERS for kind in order} == set(WORKS)


def test_sites_whose_history_is_long_take_turns_in_a_lane(services, monkeypatch):
    """The time of a turn is over before its first page, so what is left is the order of the turns."""
    monkeypatch.setattr("jobs.backfills.TURN_SECONDS", 0.0)
    clock, worked = count(1_800_000_000_000), []
    patient = dataclasses.replace(services, now=lambda: next(clock))
    names = {}
    for key in ("river", "meadow"):
        site = services.installations.save_connect(key, f"https://{key}.atlassian.net", SecretStr("s"), services.now())
        names[f"{site.id}#0"] = key
        services.duties.want("backfill", f"{site.id}#0", next(clock))

    def work(told, name):
        worked.append(names[name])
        return work_backfills(told, name)

    monkeypatch.setitem(WORKS, "backfill", work)
    for _turn in range(6):
        assert run_duty(patient, SECOND)
    assert worked == ["river", "meadow"] * 3

"""What is lost when hooks are refused, and what people do to subscriptions by hand."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.ado_rig import AdoRig, running_ado, wait_for

MINUTE, HOUR = 60, 3600


@pytest.fixture
def ado() -> Iterator[AdoRig]:
    with running_ado() as rig:
        yield rig


def push(ado: AdoRig, number: int) -> None:
    ado.organization.push("shop-web", [f"SHOP-1 change {number}"])


def subscription(ado: AdoRig, name: str) -> dict[str, Any]:
    return next(dict(found) for found in ado.state()["subscriptions"] if found["subscriptionId"] == name)


def begin_outage(ado: AdoRig, status: int) -> str:
    """The first event after hooks are refused puts the subscription on probation."""
    made = ado.subscribe("git.push")
    ado.control("knobs", refuse_hooks=status)
    push(ado, 0)
    ado.control("advance", seconds=4 * MINUTE)
    assert subscription(ado, made)["status"] == "onProbation"
    return made


@pytest.mark.parametrize("status", [500, 503])
def test_an_hour_of_refused_hooks_loses_every_event_but_the_first(ado: AdoRig, status: int) -> None:
    made = begin_outage(ado, status)
    for number in range(1, 501):
        push(ado, number)
    ado.control("advance", seconds=HOUR)
    ado.control("knobs", refuse_hooks=None)
    assert (subscription(ado, made)["lost"], ado.receiver.bodies) == (500, [])
    ado.control("advance", seconds=2 * HOUR)
    assert (subscription(ado, made)["status"], subscription(ado, made)["lost"]) == ("enabled", 500)
    push(ado, 501)
    ado.settle()
    comments = [body["resource"]["commits"][0]["comment"] for body in ado.receiver.of("git.push")]
    assert comments == ["SHOP-1 change 0", "SHOP-1 change 501"]


def test_probation_tries_after_20_40_and_80_minutes(ado: AdoRig) -> None:
    made = begin_outage(ado, 500)
    tries = []
    for _ in range(8):
        ado.control("advance", seconds=20 * MINUTE)
        tries.append(subscription(ado, made)["probationRetries"])
    # 4 of the first 20 minutes have passed already: tries fall due at 16, 56 and 136 minutes
    assert tries == [1, 1, 2, 2, 2, 2, 3, 3]


def test_an_outage_shorter_than_the_resends_loses_nothing(ado: AdoRig) -> None:
    made = ado.subscribe("git.push")
    ado.control("knobs", refuse_hooks=503)
    for number in range(3):
        push(ado, number)
    ado.control("advance", seconds=100)
    ado.control("knobs", refuse_hooks=None)
    ado.control("advance", seconds=100)
    assert len(ado.receiver.bodies) == 3
    assert (subscription(ado, made)["lost"], subscription(ado, made)["status"]) == (0, "enabled")


def test_of_several_failed_events_probation_resends_one_and_the_others_are_lost(ado: AdoRig) -> None:
    made = ado.subscribe("git.push")
    ado.control("knobs", refuse_hooks=503)
    for number in range(5):
        push(ado, number)
    ado.control("advance", seconds=4 * MINUTE)
    ado.control("knobs", refuse_hooks=None)
    ado.control("advance", seconds=HOUR)
    assert (len(ado.receiver.bodies), subscription(ado, made)["lost"]) == (1, 4)


def test_36_hours_of_refusal_disable_the_subscription_and_lose_all(ado: AdoRig) -> None:
    made = begin_outage(ado, 500)
    push(ado, 1)
    ado.control("advance", seconds=48 * HOUR)
    assert subscription(ado, made)["status"] == "disabledBySystem"
    push(ado, 2)
    assert subscription(ado, made)["lost"] == 3


@pytest.mark.parametrize("status", ["disabledByUser", "disabledBySystem", "disabledByInactiveIdentity", "onProbation"])
def test_a_status_set_by_hand_stops_deliveries_and_counts_what_is_lost(ado: AdoRig, status: str) -> None:
    made = ado.subscribe("git.push")
    ado.control("edit_subscription", subscription=made, status=status)
    push(ado, 1)
    ado.settle()
    assert (ado.status_of(made), ado.receiver.bodies, subscription(ado, made)["lost"]) == (status, [], 1)
    ado.control("edit_subscription", subscription=made, status="enabled")
    push(ado, 2)
    ado.settle()
    assert len(ado.receiver.bodies) == 1


def test_an_unknown_status_is_refused(ado: AdoRig) -> None:
    made = ado.subscribe("git.push")
    assert ado.control("edit_subscription", expect=400, subscription=made, status="asleep")["message"]


def test_an_edited_subscription_shows_what_was_changed(ado: AdoRig) -> None:
    made = ado.subscribe("git.push")
    ado.control(
        "edit_subscription", subscription=made, url="https://elsewhere.example/hook",
        filters={"repository": ado.repository.id}, consumer={"resourceDetailsToSend": "none"}, user="Yuki Onodera",
    )  # fmt: skip
    shown = ado.get(f"_apis/hooks/subscriptions/{made}")
    assert shown["consumerInputs"]["url"] == "https://elsewhere.example/hook"
    assert shown["consumerInputs"]["basicAuthUsername"] == "hook"
    assert shown["publisherInputs"]["repository"] == ado.repository.id
    assert shown["createdBy"]["displayName"] == "Yuki Onodera"


def test_a_deleted_subscription_is_gone_and_its_copy_is_another_one(ado: AdoRig) -> None:
    made = ado.subscribe("git.push")
    copy = ado.control("copy_subscription", subscription=made, user="Tomasz Baran")["subscriptionId"]
    push(ado, 1)
    ado.settle()
    assert {body["subscriptionId"] for body in ado.receiver.bodies} == {made, copy}
    ado.control("delete_subscription", subscription=made)
    assert ado.call("GET", f"_apis/hooks/subscriptions/{made}").status_code == 404
    assert [found["id"] for found in ado.get("_apis/hooks/subscriptions")["value"]] == [copy]
    assert ado.control("delete_subscription", expect=404, subscription=made)["message"]


def test_time_that_passes_sends_what_falls_due_and_nothing_else(ado: AdoRig) -> None:
    ado.subscribe("git.push")
    ado.receiver.answers = [503]
    push(ado, 1)
    wait_for(lambda: len(ado.receiver.bodies) == 1, "the first try")
    ado.organization.advance(2)
    assert len(ado.receiver.bodies) == 2
    ado.organization.advance(HOUR)
    assert len(ado.receiver.bodies) == 2

"""How the Azure DevOps stand-in delivers: retries, probation, disabling, duplicates. Hours pass in a second."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from sandbox.ado import AdoOrganization
from tests.sandbox.ado_rig import AdoRig, running_ado, wait_for

FAST = 200_000.0  # 15 hours take 0.3 s
HOOKS = "_apis/hooks/subscriptions"


@pytest.fixture
def ado() -> Iterator[AdoRig]:
    with running_ado() as rig:
        yield rig


def push(ado: AdoRig, text: str = "SHOP-1") -> None:
    ado.control("push", repository="shop-web", commits=[text])


def first_delivery(ado: AdoRig) -> dict[str, object]:
    return dict(ado.state()["deliveries"][-1])


def test_one_event_has_one_id_and_each_subscription_counts_for_itself(ado: AdoRig) -> None:
    for _ in range(2):
        ado.subscribe("git.push")
    push(ado)
    push(ado)
    ado.settle()
    assert len({body["id"] for body in ado.receiver.bodies}) == 2
    by_subscription: dict[str, list[int]] = {}
    for body in ado.receiver.of("git.push"):
        by_subscription.setdefault(body["subscriptionId"], []).append(body["notificationId"])
    assert list(by_subscription.values()) == [[1, 2], [1, 2]]


@pytest.mark.parametrize("status", [408, 502, 503, 504])
def test_a_transient_answer_is_resent_until_it_works(ado: AdoRig, status: int) -> None:
    made = ado.subscribe("git.push")
    ado.control("knobs", time_scale=FAST)
    ado.receiver.answers = [status] * 8
    push(ado)
    ado.settle()
    found = first_delivery(ado)
    assert (found["attempts"], found["result"], ado.status_of(made)) == (9, "succeeded", "enabled")
    assert {body["notificationId"] for body in ado.receiver.bodies} == {1}


def test_resends_wait_1_2_4_seconds_of_simulated_time(ado: AdoRig) -> None:
    made = ado.subscribe("git.push")
    ado.receiver.answers = [503, 503]
    push(ado)
    wait_for(lambda: len(ado.receiver.bodies) == 1, "the first try")
    wait_for(lambda: first_delivery(ado)["status"] == "queuedForRetry", "the retry is planned")
    assert ado.organization.wait_idle(0.3) is False
    ado.control("knobs", time_scale=100)
    ado.settle()
    assert (len(ado.receiver.bodies), ado.status_of(made)) == (3, "enabled")


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 302])
def test_any_other_answer_puts_the_subscription_on_probation_and_new_events_are_lost(
    ado: AdoRig, status: int
) -> None:  # fmt: skip
    made = ado.subscribe("git.push")
    ado.receiver.answers = [status]
    push(ado, "SHOP-1 kept")
    wait_for(lambda: ado.status_of(made) == "onProbation", "probation")
    push(ado, "SHOP-2 lost")
    ado.control("knobs", time_scale=FAST)
    ado.settle()
    push(ado, "SHOP-3 after")
    ado.settle()
    assert ado.status_of(made) == "enabled"
    comments = [body["resource"]["commits"][0]["comment"] for body in ado.receiver.of("git.push")]
    assert comments == ["SHOP-1 kept", "SHOP-1 kept", "SHOP-3 after"]
    assert [one["lost"] for one in ado.state()["subscriptions"]] == [1]


def test_a_transient_answer_that_stays_counts_as_enduring(ado: AdoRig) -> None:
    made = ado.subscribe("git.push")
    ado.control("knobs", time_scale=FAST)
    ado.receiver.status = 503
    push(ado)
    wait_for(lambda: len(ado.receiver.bodies) >= 9, "eight resends")
    ado.settle()
    assert (len(ado.receiver.bodies), ado.status_of(made)) == (1 + 8 + 7, "disabledBySystem")


def test_seven_failures_on_probation_disable_the_subscription(ado: AdoRig) -> None:
    made = ado.subscribe("git.push")
    ado.control("knobs", time_scale=FAST)
    ado.receiver.status = 500
    push(ado)
    ado.settle()
    shown = ado.get(f"{HOOKS}/{made}")
    assert (shown["status"], shown["probationRetries"], len(ado.receiver.bodies)) == ("disabledBySystem", 7, 8)
    ado.receiver.status = 202
    push(ado, "SHOP-2 not seen")
    ado.settle()
    assert len(ado.receiver.bodies) == 8


def test_410_disables_at_once_and_a_put_enables_again(ado: AdoRig) -> None:
    made = ado.subscribe("git.push")
    ado.receiver.answers = [410]
    push(ado)
    ado.settle()
    assert (ado.status_of(made), len(ado.receiver.bodies)) == ("disabledBySystem", 1)
    body = ado.get(f"{HOOKS}/{made}") | {"status": "enabled"}
    assert ado.call("PUT", f"{HOOKS}/{made}", json=body).json()["status"] == "enabled"
    push(ado, "SHOP-2")
    ado.settle()
    assert len(ado.receiver.bodies) == 2


def test_a_put_ends_probation_and_the_failed_notification_is_given_up(ado: AdoRig) -> None:
    made = ado.subscribe("git.push")
    ado.receiver.answers = [500]
    push(ado)
    wait_for(lambda: ado.status_of(made) == "onProbation", "probation")
    body = ado.get(f"{HOOKS}/{made}") | {"status": "enabled"}
    shown = ado.call("PUT", f"{HOOKS}/{made}", json=body).json()
    ado.settle()
    assert (shown["status"], shown["probationRetries"], first_delivery(ado)["result"]) == ("enabled", 0, "failed")


def test_no_answer_at_all_is_tried_again(ado: AdoRig) -> None:
    ado.receiver.url, working = "http://127.0.0.1:1/hook", ado.receiver.url
    made = ado.subscribe("git.push")
    push(ado)
    wait_for(lambda: first_delivery(ado)["status"] == "queuedForRetry", "the first try fails")
    assert first_delivery(ado)["error"] == "ConnectionError"
    ado.organization.subscriptions[made].consumer_inputs["url"] = working
    ado.control("knobs", time_scale=FAST)
    ado.settle()
    assert len(ado.receiver.bodies) == 1


def test_a_duplicate_is_the_same_notification_again(ado: AdoRig) -> None:
    made = ado.subscribe("git.push")
    push(ado)
    ado.settle()
    ado.control("redeliver", subscriptionId=made, notificationId=1)
    ado.settle()
    first, second = ado.receiver.bodies
    assert first == second
    assert ado.control("redeliver", expect=404, subscriptionId=made, notificationId=9)["message"]


@pytest.mark.parametrize(
    ("inputs", "message", "resource"),
    [
        ({}, {"text", "html", "markdown"}, {"commits", "refUpdates", "repository", "pushedBy", "pushId"}),
        ({"messagesToSend": "none", "resourceDetailsToSend": "all"}, set(), {"commits", "pushId"}),
        ({"messagesToSend": "text", "resourceDetailsToSend": "minimal"}, {"text"}, {"pushId", "url", "repository"}),
        ({"resourceDetailsToSend": "none"}, {"text", "html", "markdown"}, set()),
    ],
)
def test_a_subscription_chooses_how_much_is_sent(
    ado: AdoRig, inputs: dict[str, str], message: set[str], resource: set[str]
) -> None:
    ado.subscribe("git.push", consumerInputs={"url": ado.receiver.url} | inputs)
    push(ado)
    ado.settle()
    body = ado.receiver.bodies[0]
    assert set(body["message"] or {}) == message
    assert resource <= set(body["resource"] or {})
    assert inputs.get("resourceDetailsToSend") != "minimal" or "commits" not in body["resource"]


def test_own_headers_are_sent_and_no_password_means_no_authorization(ado: AdoRig) -> None:
    ado.subscribe("git.push", consumerInputs={"url": ado.receiver.url, "httpHeaders": "X-One: 1\nX-Two:2"})
    push(ado)
    ado.settle()
    headers = ado.receiver.headers[0]
    assert (headers["X-One"], headers["X-Two"], "Authorization" in headers) == ("1", "2", False)


def test_events_have_times_that_differ_by_a_millisecond_even_when_the_clock_stands() -> None:
    frozen = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    organization = AdoOrganization.seeded(clock=lambda: frozen)
    for _ in range(5):
        organization.push("shop-web", ["SHOP-1"])
    times = [event.created for event in organization.events]
    assert all((later - earlier).total_seconds() >= 0.001 for earlier, later in pairwise(times))


def test_stopping_leaves_nothing_running() -> None:
    with running_ado() as ado:
        ado.subscribe("git.push")
        ado.receiver.status = 503
        push(ado)
        ado.organization.stop()
        names = {thread.name for thread in threading.enumerate()}
        assert not any(name.startswith(("ado-scheduler", "ado-delivery")) for name in names)

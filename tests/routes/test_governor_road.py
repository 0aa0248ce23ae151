"""The governor against the stand-ins: what they tell one worker all workers heed, and no storm of refusals comes."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from clients.ado_git import GitApi
from domain.errors import RateLimited
from sandbox.ado_budget import Budgets
from services import build_services
from tests.routes.test_event_road import KEY, healthy, link_webshop
from tests.routes.test_troubles import commits, jira_fails, letters, push

THREADS = 4


@pytest.fixture
def linked_town(open_town):
    link_webshop(open_town)
    return open_town


@pytest.fixture
def other_services(linked_town):
    """What another worker process has."""
    other = build_services(linked_town.services.settings)
    yield other
    other.redis.close()
    other.engine.dispose()


def repositories(town, services, lane):
    """A call that reads from Azure DevOps in a lane."""
    installation = services.installations.list_all()[0]
    (connection,) = services.connections.list_for(installation.id)
    git = GitApi(services.ado(connection, lane))
    repository = town.organization.find_repository("shop-web")
    return lambda: git.list_push_commits(repository.id, 1)


def call_on_and_on(call, ends):
    """As a duty does: again and again, and away when it is told to wait long. Returns how many calls went."""
    went = 0
    while time.monotonic() < ends:
        try:
            call()
        except RateLimited as error:
            if error.status is None:  # the governor's own word
                return went
        went += 1
    return went


def run_threads(call, seconds=2.0):
    ends = time.monotonic() + seconds
    with ThreadPoolExecutor(THREADS) as threads:
        return sum(threads.map(lambda _n: call_on_and_on(call, ends), range(THREADS)))


def set_budget(town, **budget):
    """Azure DevOps forgets what was used before."""
    town.organization.knobs.budget = Budgets(**budget)
    return town.organization.knobs.budget


def account(budget):
    (found,) = budget.accounts.values()
    return found


def bulk_calls(town):
    calls = requests.get(f"{town.jira}/_control/calls", timeout=5).json()
    return [call["status"] for call in calls if call["path"].endswith("/bulk")]


def test_history_stops_long_before_azure_devops_refuses_and_events_go_on(linked_town):
    town = linked_town
    budget = set_budget(town, units=60, window=300)
    went = run_threads(repositories(town, town.services, "backfill"))
    assert 25 <= went <= 30 + 2 * THREADS
    assert (account(budget).refused, account(budget).early) == (0, 0)
    push(town)
    town.work()
    assert commits(town) == [f"{KEY} round prices"]
    assert account(budget).refused == 0
    healthy(town)


def test_lanes_stop_one_after_the_other(linked_town):
    town = linked_town
    budget = set_budget(town, units=60, window=300, clock=lambda: 0.0)  # nothing comes back between two lanes
    left = []
    for lane in ("migration", "backfill", "reconcile"):
        run_threads(repositories(town, town.services, lane), 5.0)
        left.append(account(budget).left)
    assert 30 - 2 * THREADS <= left[1] <= left[0] <= 60
    assert 15 - 2 * THREADS <= left[2] <= 20
    assert account(budget).refused == 0


def test_events_that_use_up_everything_meet_a_few_refusals_and_no_storm(linked_town):
    town = linked_town
    budget = set_budget(town, units=40, window=20)
    went = run_threads(repositories(town, town.services, "live"), 4.0)
    assert went >= 36  # down to the part where it asks for a pause
    assert account(budget).refused <= THREADS
    assert account(budget).early <= THREADS  # those that were on their way when the pause was told


def test_a_success_that_asks_for_a_pause_is_heeded_by_another_worker(linked_town, other_services):
    town = linked_town
    rate = {"remaining": 0, "delay": 0.5, "retry_after": 20}
    url = f"{town.ado}/_control/{town.organization.name}/knobs"
    assert requests.post(url, json={"rate": rate}, timeout=5).ok
    repositories(town, town.services, "live")()
    with pytest.raises(RateLimited) as caught:
        repositories(town, other_services, "live")()
    assert 19 < (caught.value.retry_after or 0) <= 20
    (state,) = [state for state in other_services.governor.read(connection_id(town)) if state.group == "core"]
    assert "Retry-After" in state.why
    assert (state.remaining, state.limit) == (0, 200)


def connection_id(town):
    return town.call("GET", "/api/connections").json()["items"][0]["id"]


def test_one_refusal_of_jira_holds_every_inbox(linked_town):
    town = linked_town
    jira_fails(town, times=None, status=429, headers={"Retry-After": "60", "RateLimit-Reason": "jira-burst-based"})
    for number in range(6):
        town.organization.push("shop-web" if number % 2 else "shop-api", [{"message": f"{KEY} change {number}"}])
    requests.delete(f"{town.jira}/_control/calls", timeout=5)
    town.work(rounds=3)
    assert bulk_calls(town) == [429]
    assert letters(town) == []
    assert town.services.redis.keys("crosswalk:attempts:*") == []  # to wait is no failure


def test_after_the_pause_everything_arrives(linked_town):
    town = linked_town
    body = {"times": 1, "retry_after": 1, "reason": "jira-quota-tenant-based"}
    assert requests.post(f"{town.jira}/_control/throttle", json=body, timeout=5).ok
    push(town)
    town.work()
    assert commits(town) == [f"{KEY} round prices"]
    healthy(town)


def test_an_admin_is_told_to_come_back_and_nothing_is_called(linked_town):
    town = linked_town
    town.services.governor.gate(connection_id(town), "live").note("core", 200, {"Retry-After": "30"})
    answer = town.call("GET", f"/api/connections/{connection_id(town)}/projects")
    assert answer.status_code == 503
    assert "go on in 30 s" in answer.json()["detail"]
    assert "Retry-After" in answer.headers


def test_another_tenants_pause_holds_nobody_else_up(linked_town):
    town = linked_town
    town.services.governor.gate("another-connection", "live").note("core", 200, {"Retry-After": "60"})
    town.services.governor.gate("another-site", "live").note("POST devinfo", 429, {"Retry-After": "60"})
    push(town)
    town.work()
    assert commits(town) == [f"{KEY} round prices"]

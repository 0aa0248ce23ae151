from dataclasses import replace

import pytest

from app import health
from domain.subscriptions import PUBLISHERS
from store.queue import Entry
from tests.app.actions import add_fault, kept_link, list_calls, only_site, push_commit

EMPTY = {"depth": 0, "oldestAgeSeconds": None, "waitsFor": None}
MINUTE = 60_000  # ms


def read_health(site):
    answer = site.call("GET", "/api/health")
    assert answer.status_code == 200
    return answer.json()["items"]


def test_a_site_without_connections_is_empty(site):
    assert read_health(site) == []


def test_a_new_link_has_its_subscriptions_and_no_signs_of_life_yet(site, connection, linked, webshop):
    (shown,) = read_health(site)
    (link,) = shown["links"]

    assert (shown["id"], shown["organization"], shown["deadLetters"]) == (connection["id"], "acme", 0)
    assert shown["credential"] == {"state": "ok", "expiresAt": None, "problems": []}
    assert (shown["light"]["color"], shown["light"]["word"]) == ("green", "Working")
    assert link["projectId"] == webshop
    assert link["subscriptions"] == linked["subscriptions"]
    assert link["inbox"] == EMPTY
    assert (link["lastEvent"], link["lastAnswer"]) == (None, None)
    assert link["latency"] == {"count": 0, "p50Milliseconds": None, "p95Milliseconds": None}
    assert link["backfill"]["state"] == "queued"
    assert link["reconciled"]["found"] == 0
    assert link["toSendAgain"] == 0


def test_the_time_to_jira_is_shown(site, linked, webshop):
    push_commit(site, webshop, "SHOP-1 is mended")

    latency = read_health(site)[0]["links"][0]["latency"]

    assert latency["count"] == 1
    assert 0 < latency["p50Milliseconds"] <= latency["p95Milliseconds"] < 60_000


def test_calls_to_both_systems_are_shown_with_their_rate(site, linked, webshop):
    push_commit(site, webshop, "SHOP-1 is mended")

    answer = site.call("GET", "/api/health").json()

    jira = {rate["group"]: rate for rate in answer["jira"]}
    assert jira["POST devinfo"]["callsLastMinute"] >= 1
    assert all(rate["why"] and rate["perSecond"] > 0 for rate in answer["items"][0]["rates"])


@pytest.mark.parametrize(
    ("state", "color"), [("enabled", "green"), ("onProbation", "yellow"), ("disabledByUser", "red")]
)
def test_the_light_follows_the_subscriptions(site, linked, state, color):
    next(iter(site.organization.subscriptions.values())).status = state

    assert read_health(site)[0]["light"]["color"] == color


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("disabledBySystem", "1 subscription switched off. Azure DevOps no longer sends"),
        ("disabledByUser", "Crosswalk leaves that alone. Switch them on in the project's service hooks"),
        ("disabledByInactiveIdentity", "Have the account made active"),
    ],
)
@pytest.mark.usefixtures("linked")
def test_the_light_promises_help_only_where_the_guard_gives_it(site, state, words):
    broken = next(iter(site.organization.subscriptions.values()))
    broken.status = state

    sentence = read_health(site)[0]["light"]["sentence"]

    assert words in sentence
    assert ("Crosswalk looks after it" in sentence) == (state == "disabledBySystem")
    assert (broken.event_type in sentence) == (state != "disabledBySystem")


def let_history_stand(site, minutes=11):
    """As if nothing of the import had moved for so long."""
    with site.services.engine.begin() as database:
        then = site.services.now() - minutes * 60_000
        database.exec_driver_sql(f"UPDATE backfills SET state = 'running', changed_at = {then}")


def test_an_import_that_does_not_move_changes_the_light(site, linked):
    let_history_stand(site, minutes=9)
    assert read_health(site)[0]["light"]["color"] == "green"
    let_history_stand(site)

    (shown,) = read_health(site)

    assert (shown["light"]["color"], shown["light"]["word"]) == ("yellow", "Stalled")
    assert "Look whether a worker runs" in shown["light"]["sentence"]
    assert shown["links"][0]["backfill"] | {"done": 0} == {
        "state": "running", "done": 0, "total": 1, "failed": 0, "incomplete": 0, "stalled": True, "waitsFor": None,
    }  # fmt: skip


def test_what_an_import_waits_for_is_in_the_sentence(site, connection, linked, webshop):
    services, now = site.services, site.services.now()
    claim = services.backfill_turns.claim(kept_link(site, connection, webshop).installation_id, now)
    due = now + 60_000
    services.backfill_turns.wait(claim, "waiting", "Jira is away.", due=due, attempts=1, now=now, every=True)
    let_history_stand(site)

    assert read_health(site)[0]["light"]["sentence"].endswith("or longer. Jira is away.")


def test_a_refused_token_is_red_with_what_to_do(site, connection, linked):
    site.services.connections.set_token_state(connection["id"], "refused")

    light = read_health(site)[0]["light"]

    assert light["color"] == "red"
    assert "Make a new token" in light["sentence"]


def test_a_delivered_event_shows_what_came_and_what_jira_said(site, linked, webshop):
    push_commit(site, webshop, "SHOP-1 and NOPE-1 are mended")

    (link,) = read_health(site)[0]["links"]

    assert link["inbox"] == EMPTY
    assert link["lastEvent"]["type"] == "git.push"
    assert link["lastEvent"]["at"].endswith("Z")
    assert link["lastAnswer"]["words"] == "accepted"
    assert link["lastAnswer"]["accepted"] >= 1
    assert link["lastAnswer"]["failed"] == 0


def test_waiting_events_show_their_number_and_age(site, connection, linked, webshop):
    services = site.services
    kept = kept_link(site, connection, webshop)
    for number, age in ((1, 90_000), (2, 5_000)):
        services.queue.put(
            kept.id, f"repo{number}", identity=str(number), event_type="git.push", body=b"{}", now=services.now() - age
        )

    inbox = read_health(site)[0]["links"][0]["inbox"]

    assert inbox["depth"] == 2
    assert 90 <= inbox["oldestAgeSeconds"] < 120


def light_after(site, minutes):
    """The light as it would be so much later if nobody worked until then."""
    later = replace(site.services, now=lambda: site.services.now() + minutes * MINUTE)
    return health.read_health(later, only_site(site.services).id).items[0].light


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (("ado", "/commits/", 403), "403"),
        (("ado", "/commits/", 500), "Azure DevOps answered 500"),
        (("jira", "/project/search", 401), "Jira answered 401"),
        (("jira", "/project/search", 302), "Jira answered 302"),
        (("jira", "/bulk", 503), "Jira answered 503"),
    ],
)
@pytest.mark.usefixtures("linked")
def test_the_light_names_what_really_holds_events_up(site, connection, webshop, fault, why):
    kept = kept_link(site, connection, webshop)
    site.services.pulses.note_answer(kept.id, "an old refusal", 1, accepted=0, failed=1, unknown=0)
    add_fault(getattr(site, fault[0]), *fault[1:])
    repository = next(one for one in site.organization.repositories.values() if one.project.id == webshop)
    site.organization.push(repository, [{"message": "SHOP-1 is mended"}])
    site.work(rounds=2)

    slow, stuck, idle = light_after(site, 3), light_after(site, 31), light_after(site, 90)

    assert (slow.color, slow.word, why in slow.sentence) == ("yellow", "Delayed", True)
    assert (stuck.color, stuck.word, why in stuck.sentence) == ("red", "Stuck", True)
    assert "an old refusal" not in stuck.sentence
    assert idle.sentence.endswith("Look whether a worker runs.")


def test_a_reason_of_long_ago_is_not_told_of_events_that_came_since(site, connection, linked, webshop):
    services, kept = site.services, kept_link(site, connection, webshop)
    services.pulses.note_wait(kept.id, "Jira answered 503: away", services.now() - 3 * MINUTE)
    came = services.now() - 2 * MINUTE
    services.queue.put(kept.id, "repo", identity="1", event_type="git.push", body=b"{}", now=came)

    assert "Jira or Azure DevOps is slow" in light_after(site, 1).sentence


def test_dead_letters_are_counted_where_they_belong(site, connection, link, webshop):
    tools = list(site.organization.projects)[1]
    for project in (webshop, tools):
        link(project=project)
        kept = kept_link(site, connection, project)
        letter = Entry("1-0", b"", 1, "git.push")
        site.services.dead_letters.bury(kept.installation_id, f"{kept.id}/r", letter, "no", site.services.now())

    assert [item["deadLetters"] for item in read_health(site)] == [2]


@pytest.mark.parametrize(("days", "color"), [(6, "yellow"), (8, "green")])
@pytest.mark.usefixtures("linked")
def test_a_refusal_is_forgotten_with_its_dead_letter(site, connection, webshop, days, color):
    then, kept = site.services.now() - days * 24 * 60 * MINUTE, kept_link(site, connection, webshop)
    site.services.pulses.note_answer(kept.id, "a field is too long", then, accepted=0, failed=1, unknown=0)

    (shown,) = read_health(site)

    assert shown["light"]["color"] == color
    assert shown["links"][0]["lastAnswer"]["words"] == "a field is too long"


@pytest.mark.usefixtures("linked")
def test_what_reconciliation_cannot_read_for_hours_is_told(site, connection, webshop):
    services, kept = site.services, kept_link(site, connection, webshop)
    for minutes in (300, 0):
        then = services.now() - minutes * MINUTE
        services.readings.note_failure(kept.id, "builds", "", "Azure DevOps answered 403: no", then)

    (shown,) = read_health(site)

    assert [problem["code"] for problem in shown["links"][0]["problems"]] == ["not_compared"]
    assert (shown["light"]["color"], shown["light"]["word"]) == ("yellow", "Needs attention")
    assert "could not read builds" in shown["light"]["sentence"]


def test_a_refused_token_and_its_problems_are_shown(site, connection):
    site.services.connections.set_token_state(connection["id"], "refused")

    assert read_health(site)[0]["credential"]["state"] == "refused"


def states_of(site):
    return {entry["id"]: entry["status"] for entry in read_health(site)[0]["links"][0]["subscriptions"]}


@pytest.mark.parametrize("state", ["onProbation", "disabledBySystem"])
def test_what_azure_devops_did_to_a_subscription_is_shown(site, linked, state):
    broken = next(iter(site.organization.subscriptions.values()))
    broken.status = state

    assert states_of(site)[broken.id] == state
    assert sorted(states_of(site).values())[:-1].count("enabled") >= len(linked["subscriptions"]) - 2


def test_azure_devops_is_asked_once_a_minute(site, connection, linked):
    before = len(list_calls(site.ado, "GET", "hooks/subscriptions"))
    for _ in range(3):
        read_health(site)
    asked = len(list_calls(site.ado, "GET", "hooks/subscriptions")) - before
    left = site.services.redis.ttl(f"crosswalk:subscriptions-read:{connection['id']}")

    assert asked == len(PUBLISHERS)
    assert 0 < left <= 60


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 403}, {"status": 200, "body": {"hello": "world"}}])
def test_a_read_that_fails_keeps_the_states_that_are_known(site, linked, fault):
    next(iter(site.organization.subscriptions.values())).status = "disabledBySystem"
    add_fault(site.ado, "hooks/subscriptions", **fault)

    assert set(states_of(site).values()) == {"enabled"}


def test_an_organization_that_hangs_does_not_hold_the_request(site, linked, monkeypatch):
    """What comes late is noted for the next one who looks."""
    monkeypatch.setattr(health, "STATES_SECONDS", 0.1)
    broken = next(iter(site.organization.subscriptions.values()))
    broken.status = "disabledBySystem"
    add_fault(site.ado, "hooks/subscriptions", None, delay_ms=1_500)

    assert states_of(site)[broken.id] == "enabled"


@pytest.mark.usefixtures("linked")
def test_what_jira_still_has_of_an_unlinked_project_is_shown_as_long_as_that_is_so(
    site, projects, webshop, monkeypatch
):
    monkeypatch.setattr("linkage.erasing.PROOF_SECONDS", 0.0)
    push_commit(site, webshop, "SHOP-1 is mended")
    site.site.lag_ms = 60_000
    site.call("DELETE", f"{projects}/{webshop}")

    (shown,) = read_health(site)
    assert [problem["code"] for problem in shown["credential"]["problems"]] == ["erasing"]
    assert "Jira was told to delete" in shown["light"]["sentence"]

    site.services.erasures.forget_tenant(only_site(site.services).id)
    assert read_health(site)[0]["credential"]["problems"] == []

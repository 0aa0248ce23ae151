"""What ends, is revoked, loses a right or changes its name: told in time, paused once, and gone on with."""

import dataclasses
from datetime import UTC, date, datetime, timedelta

import pytest
import requests

from jobs.guard import guard_connection
from sandbox.ado_seed import READ_SCOPES, TOKENS
from store.backfills import slot_names
from tests.app.actions import add_fault, add_token, list_calls, only_site, pointers, push_commit

DAY = 24 * 3_600_000
FULL = TOKENS["full"]


@pytest.fixture
def guard(site, connection):
    """Let the guard look, so many days from now."""

    def look(days=0.0):
        now = site.services.now() + int(days * DAY)
        return guard_connection(dataclasses.replace(site.services, now=lambda: now), connection["id"])

    return look


@pytest.fixture
def shown(site, connection):
    """The connection as the API shows it: state of the token and problems."""

    def read():
        answer = site.call("GET", f"/api/connections/{connection['id']}").json()
        return answer["tokenState"], [(problem["code"], problem["severity"]) for problem in answer["problems"]]

    return read


@pytest.fixture
def put_token(site, connection):
    return lambda **body: site.call("PUT", f"/api/connections/{connection['id']}/token", {"token": FULL} | body)


@pytest.fixture
def kept(site, connection):
    """The only link of the connection."""
    return lambda: site.services.links.list_connection(connection["id"])[0]


def in_days(days):
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


def forget_duties(site):
    for kind in ("guard", "reconcile", "backfill"):
        site.services.redis.delete(f"crosswalk:duties:{kind}")


def test_the_day_a_token_ends_is_kept_and_shown(site, put_token, connection):
    answer = put_token(expiresOn=in_days(90))

    assert (answer.status_code, answer.json()["expiresOn"], answer.json()["problems"]) == (200, in_days(90), [])
    assert put_token().json()["expiresOn"] is None


def test_a_new_connection_may_name_the_day_too(site):
    body = {"organizationUrl": site.organization_url, "token": FULL, "expiresOn": in_days(10)}

    answer = site.call("POST", "/api/connections", body).json()

    assert answer["expiresOn"] == in_days(10)
    assert [problem["code"] for problem in answer["problems"]] == ["token_expires"]


@pytest.mark.parametrize("day", ["2026-02-30", "tomorrow", 5])
def test_a_day_that_is_none_is_a_wrong_value(put_token, day):
    answer = put_token(expiresOn=day)

    assert (answer.status_code, pointers(answer)) == (422, ["/expiresOn"])


def test_a_day_that_is_over_is_refused(put_token):
    answer = put_token(expiresOn=(date.fromisoformat(in_days(0)) - timedelta(days=2)).isoformat())

    assert (answer.status_code, pointers(answer)) == (422, ["/expiresOn"])


@pytest.mark.parametrize(
    ("days_left", "told"),
    [
        (15.5, []),
        (13.5, [("token_expires", "warning")]),
        (3.5, [("token_expires", "warning")]),
        (2.5, [("token_expires", "error")]),
        (-1.5, [("token_expires", "warning")]),  # it was extended at Azure DevOps
    ],
)
def test_the_end_of_a_token_is_told_ahead(guard, put_token, shown, days_left, told):
    put_token(expiresOn=in_days(100))
    midday = datetime.now(UTC).hour / 24

    guard(days=100 - days_left - midday)

    assert shown() == ("ok", told)


def test_the_api_says_why_the_day_must_be_entered(site):
    document = requests.get(f"{site.app_url}/api/openapi.json", timeout=5).json()

    words = document["components"]["schemas"]["NewToken"]["properties"]["expiresOn"]["description"]
    assert "Azure DevOps tells it to nobody" in words


def test_rights_are_looked_at_once_a_day(site, guard, shown):
    token = site.organization.tokens[FULL]
    site.organization.tokens[FULL] = dataclasses.replace(token, scopes=frozenset({"vso.project", "vso.code"}))

    guard()
    assert shown() == ("ok", [])  # it was looked at when it was entered

    site.services.redis.delete(*site.services.redis.keys("crosswalk:token-checked:*"))
    guard()
    assert shown() == ("ok", [("no_builds", "warning"), ("no_releases", "warning")])
    probes = len(list_calls(site.ado, "GET", "build/builds"))
    guard()
    assert len(list_calls(site.ado, "GET", "build/builds")) == probes
    assert shown()[1] == [("no_builds", "warning"), ("no_releases", "warning")]


def test_a_token_that_lost_every_right_is_told(site, guard, shown):
    token = site.organization.tokens[FULL]
    site.organization.tokens[FULL] = dataclasses.replace(token, scopes=frozenset({"vso.project"}))
    site.services.redis.delete(*site.services.redis.keys("crosswalk:token-checked:*"))

    guard()

    assert ("token_powerless", "error") in shown()[1]


def test_a_dead_token_pauses_with_one_problem_and_costs_one_call_a_look(site, linked, guard, shown):
    site.organization.tokens.clear()

    guard()

    assert shown() == ("refused", [("token_refused", "error")])
    before = len(list_calls(site.ado, "GET", ""))
    guard()
    assert len(list_calls(site.ado, "GET", "")) - before == 1
    assert shown() == ("refused", [("token_refused", "error")])


def push_one(site, project):
    found = next(one for one in site.organization.repositories.values() if one.project.id == project)
    site.organization.push(found, [{"message": "SHOP-1 Mend"}], branch="main")
    site.work(rounds=2)


def test_an_event_that_met_a_dead_token_sends_the_guard_at_once(site, connection, linked, webshop, shown):
    site.organization.tokens.clear()
    forget_duties(site)

    push_one(site, webshop)

    assert site.services.duties.list_due("guard")[connection["id"]] <= site.services.now()
    site.work_slow()
    assert shown() == ("refused", [("token_refused", "error")])


def test_a_missing_scope_pauses_nothing(site, linked, webshop, shown):
    """Azure DevOps answers it with 401, as it answers a dead token."""
    add_fault(site.ado, "/_apis/git", 401)

    push_one(site, webshop)
    site.work_slow()

    assert shown() == ("ok", [])
    requests.delete(f"{site.ado}/_control/faults", timeout=5)
    site.work()
    assert len(site.site.panel("SHOP-1")["commits"]) == 1


@pytest.mark.usefixtures("linked")
def test_a_new_token_goes_on_with_everything(site, guard, shown, put_token, kept):
    site.organization.tokens.clear()
    guard()
    forget_duties(site)
    site.organization.add_token("fresh", site.organization.find_user(None), READ_SCOPES)

    answer = put_token(token="fresh")

    assert (answer.status_code, shown()) == (200, ("ok", []))
    due, now = site.services.duties.list_due, site.services.now()
    assert due("guard")[kept().connection_id] <= now
    assert due("reconcile")[kept().id] <= now
    assert set(due("backfill")) == set(slot_names(kept().installation_id))
    guard()
    assert shown() == ("ok", [])


def test_a_token_that_works_again_by_itself_goes_on_too(site, linked, guard, shown, kept):
    token = site.organization.tokens.pop(FULL)
    guard()
    forget_duties(site)
    site.organization.tokens[FULL] = token

    guard()

    assert shown() == ("ok", [])
    assert kept().id in site.services.duties.list_due("reconcile")


def test_a_network_that_refuses_us_is_told_and_over_when_it_is_over(site, guard, shown):
    add_fault(site.ado, "connectionData", 403)
    guard()
    assert shown() == ("ok", [("access_refused", "error")])

    requests.delete(f"{site.ado}/_control/faults", timeout=5)
    guard()
    assert shown() == ("ok", [])


def test_a_token_that_may_not_see_hooks_any_more_is_told(site, linked, guard, shown):
    token = site.organization.tokens[FULL]
    site.organization.tokens[FULL] = dataclasses.replace(token, scopes=frozenset({"vso.project", "vso.release"}))

    guard()

    assert shown() == ("ok", [("no_hooks", "error")])


# --- an organization gets another name ------------------------------------------------------------------------------


@pytest.fixture
def renamed(site, linked):
    """The organization has another name, and its old address answers 404."""
    site.organization.rename_organization("zenith")
    return f"{site.ado}/zenith"


def test_an_organization_that_is_not_found_is_told_and_paused(renamed, guard, shown):
    guard()

    assert shown() == ("gone", [("organization_gone", "error")])


def test_another_organization_of_the_old_name_gets_nothing_from_us(site, linked, guard, shown):
    site.organization.id = site.organization.new_guid()

    guard()

    assert shown() == ("gone", [("organization_gone", "error")])


def test_the_new_address_goes_on_with_everything(site, renamed, put_token, shown, kept):
    guard_connection(site.services, kept().connection_id)
    forget_duties(site)

    answer = put_token(organizationUrl=renamed)

    assert (answer.status_code, answer.json()["organization"], answer.json()["id"]) == (
        200,
        "zenith",
        kept().connection_id,
    )
    assert answer.json()["organizationUrl"] == renamed
    assert shown() == ("ok", [])
    assert kept().id in site.services.duties.list_due("reconcile")
    push_commit(site, kept().project_id, "SHOP-5 Mend the basket")
    (commit,) = site.site.panel("SHOP-5")["commits"]
    assert commit["url"].startswith(f"{renamed}/")
    guard_connection(site.services, kept().connection_id)
    assert shown() == ("ok", [])


def test_events_of_a_renamed_organization_wait_for_its_new_address(site, renamed, guard, put_token, webshop):
    guard()
    push_commit(site, webshop, "SHOP-6 Mend the basket")
    letters = site.services.dead_letters
    assert (site.site.panel("SHOP-6")["commits"], letters.count(only_site(site.services).id)) == ([], 0)

    put_token(organizationUrl=renamed)
    site.work()

    assert len(site.site.panel("SHOP-6")["commits"]) == 1


def test_connecting_the_renamed_organization_again_is_the_same_connection(site, renamed, connection):
    body = {"organizationUrl": renamed, "token": FULL}

    answer = site.call("POST", "/api/connections", body)

    assert (answer.status_code, answer.json()["id"]) == (201, connection["id"])
    assert len(site.call("GET", "/api/connections").json()["items"]) == 1


def test_a_token_alone_does_not_move_an_organization_that_is_gone(renamed, put_token):
    answer = put_token()

    assert (answer.status_code, pointers(answer)) == (422, ["/organizationUrl"])


def test_another_organization_is_no_new_address(site, put_token, connection, shown):
    site.organization.id = site.organization.new_guid()

    answer = put_token(organizationUrl=site.organization_url)

    assert (answer.status_code, pointers(answer)) == (422, ["/organizationUrl"])
    assert shown()[0] == "ok"


def test_a_name_that_another_connection_still_has_is_told(site, connection):
    site.organization.id = site.organization.new_guid()

    answer = site.call("POST", "/api/connections", {"organizationUrl": site.organization_url, "token": FULL})

    assert answer.status_code == 409
    assert "new address" in answer.json()["detail"]


def test_a_bad_new_token_keeps_the_old_address(site, renamed, put_token, connection):
    answer = put_token(token=add_token(site, {"vso.project"}), organizationUrl=renamed)

    assert answer.status_code == 422
    shown = site.call("GET", f"/api/connections/{connection['id']}").json()
    assert shown["organizationUrl"] == site.organization_url

"""The app is uninstalled and comes back, and the site gets another name: the panels are right afterwards."""

from datetime import UTC, datetime, timedelta

import pytest

from jobs.guard import guard_connection
from sandbox.ado_seed import TOKENS
from sandbox.jira import create_jira
from sandbox.jira_apps import uninstall_app
from sandbox.server import serve
from tests.app.actions import list_calls, only_site, push_commit
from tests.town import APP_KEY

LONG_AGO = datetime.now(UTC) - timedelta(days=500)


@pytest.fixture
def filled(site, connection, projects, webshop):
    """A linked project with old history, newer commits, builds and deployments in Jira; the link."""
    repository = site.organization.find_repository("shop-web")
    site.organization.plant_commits(
        repository, 6, template="SHOP-{issue} Planted", since=LONG_AGO, until=LONG_AGO + timedelta(days=30)
    )
    since = (LONG_AGO - timedelta(days=5)).date().isoformat()
    assert site.call("PUT", f"{projects}/{webshop}", {"backfillSince": since}).status_code == 200
    push_commit(site, webshop, "SHOP-1 Mend the basket")
    pipeline = next(one for one in site.organization.pipelines.values() if one.repository.name == "shop-web")
    site.organization.push("shop-web", [{"message": "SHOP-1 Ship it"}])
    site.organization.run_pipeline(pipeline.id)
    site.work()
    site.work_slow()
    (link,) = site.services.links.list_connection(connection["id"])
    return link


@pytest.fixture
def before(site, filled):
    """What Jira has before the app is uninstalled."""
    return shown(site)


@pytest.fixture
def returned(site, connection, before):
    """The app was uninstalled, commits were pushed, and it was installed again; a new token was entered."""
    uninstall_app(site.site, APP_KEY)
    assert site.site.snapshot() == {}
    site.organization.push("shop-web", [{"message": "SHOP-2 Pushed while it was away"}])
    site.organization.wait_idle(5)
    site.services.redis.delete(*site.services.redis.keys("crosswalk:closed:*"))  # fifteen seconds later
    site.install()
    assert site.call("GET", f"/api/connections/{connection['id']}").json()["tokenState"] == "erased"

    def enter():
        body = {"token": TOKENS["full"]}
        assert site.call("PUT", f"/api/connections/{connection['id']}/token", body).status_code == 200

    return enter


def shown(site):
    """What Jira has, by kind; without what changes with every sending."""
    return {kind: set(entries) for kind, entries in site.site.snapshot()[APP_KEY].items()}


def messages(site, key):
    return {commit["message"] for commit in site.site.panel(key)["commits"]}


def test_after_a_return_everything_is_in_jira_again_and_what_was_missed_too(site, filled, before, returned):
    services = site.services
    assert services.ledger.count_states(filled.id).keys() == {"stale"}
    recent = datetime.now(UTC) - timedelta(days=100)
    services.links.set_since(filled.id, recent.date().isoformat())  # the planted commits are older

    returned()
    site.work()
    site.work_slow()
    by_backfill = messages(site, "SHOP-3")
    services.duties.want("reconcile", filled.id, services.now())  # an hour later
    site.work_slow()

    assert "SHOP-3 Planted" not in by_backfill
    assert messages(site, "SHOP-3") == {"SHOP-3 Planted"}
    assert "SHOP-2 Pushed while it was away" in messages(site, "SHOP-2")
    now = shown(site)
    assert {kind: before[kind] - now[kind] for kind in before} == {kind: set() for kind in before}
    assert "stale" not in services.ledger.count_states(filled.id)
    assert site.site.violations == []


def test_after_a_return_the_subscriptions_are_repaired(site, connection, filled, returned):
    push = next(one for one in site.organization.subscriptions.values() if one.event_type == "git.push")
    push.status = "disabledBySystem"

    returned()
    guard_connection(site.services, connection["id"])

    assert {one.status for one in site.organization.subscriptions.values()} == {"enabled"}
    push_commit(site, filled.project_id, "SHOP-4 Mend the basket")
    assert "SHOP-4 Mend the basket" in [one["message"] for one in site.site.panel("SHOP-4")["commits"]]


def test_until_a_token_is_entered_the_loss_is_told_and_nothing_is_asked(site, connection, filled, returned):
    problems = site.call("GET", f"/api/connections/{connection['id']}").json()["problems"]

    assert [problem["code"] for problem in problems] == ["token_erased"]
    assert set(site.services.ledger.count_states(filled.id)) == {"stale"}
    assert guard_connection(site.services, connection["id"]) is not None


def test_an_update_of_the_app_loses_nothing(site, filled):
    before = site.services.ledger.count_states(filled.id)

    site.install()

    assert site.services.ledger.count_states(filled.id) == before
    assert "stale" not in before


def test_under_a_secret_that_was_not_told_events_wait_and_the_panel_is_right_once_it_is(site, filled):
    """Jira installed the app under another secret and its call never came: every call of ours is refused."""
    site.site.installations[APP_KEY].shared_secret = "another-secret-that-nobody-told-the-app-of"
    site.organization.push("shop-web", [{"message": "SHOP-6 Pushed under another secret"}])
    site.work(rounds=1)

    assert "SHOP-6 Pushed under another secret" not in messages(site, "SHOP-6")
    assert {call["status"] for call in list_calls(site.jira, "POST", "/bulk")[-1:]} == {401}
    assert site.services.queue.has_waiting(filled.id)
    assert "401" in site.services.pulses.read(filled.id).held

    site.install()
    site.work()

    assert "SHOP-6 Pushed under another secret" in messages(site, "SHOP-6")
    assert site.services.dead_letters.count(filled.installation_id) == 0
    assert set(site.services.ledger.count_states(filled.id)) == {"accepted"}


class TestAnotherNameOfTheSite:
    """The site answers at another address; the old one is dead."""

    @pytest.fixture
    def new_home(self, town):
        server = serve(create_jira(town.site))
        yield server
        server.stop()

    @pytest.fixture
    def settings_changes(self, town, new_home):
        changes = dict(town.settings())
        return changes | {"jira_hosts": changes["jira_hosts"] | {new_home.url.removeprefix("http://")}}

    def test_the_panel_is_right_once_jira_said_the_new_address(self, site, filled, new_home):
        site.site.base_url = new_home.url
        site.servers[0].stop()

        site.install()
        push_commit(site, filled.project_id, "SHOP-5 Mend the basket")

        assert only_site(site.services).base_url == new_home.url
        assert "SHOP-5 Mend the basket" in [one["message"] for one in site.site.panel("SHOP-5")["commits"]]
        assert site.call("GET", "/api/connections").status_code == 200
        assert set(site.services.ledger.count_states(filled.id)) == {"accepted"}


def test_a_name_of_the_site_does_not_matter_to_oauth_credentials(run, connected, town, services):
    town.open(services)
    assert run("link-project", town.jira, connected, "Webshop").exit_code == 0
    town.site.base_url = "https://renamed.atlassian.net"
    town.servers[0].stop()

    town.organization.push("shop-web", [{"message": "SHOP-1 Mend the basket"}])
    town.work()

    assert "SHOP-1 Mend the basket" in [one["message"] for one in town.site.panel("SHOP-1")["commits"]]

import dataclasses

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from domain.errors import StoreUnavailable
from domain.site_settings import SiteSettings
from jobs.uninstall import PURGE_DAYS, purge_installations
from store.db import metadata
from store.item_map import MappedItem, MappedPart, MapPlace
from store.known_repositories import KnownRepository
from store.ledger import SentRow
from store.links import Subscription
from store.migrations import NewMigration
from store.queue import Entry
from store.run_rows import PlannedRow
from store.run_turns import PlanPage
from store.runs import NewRun
from store.secrets import SecretError
from tests.store.ledger_rig import put_rows
from tests.store.maps import map_items, map_parts

START = 1_800_000_000_000
DAY = 24 * 3600 * 1000


@pytest.fixture
def days_later(services):
    """The same services when that many days have passed."""
    return lambda days: dataclasses.replace(services, now=lambda: START + int(days * DAY))


@pytest.fixture
def settle(services):
    """Makes a site with a connection, a link, a subscription, a waiting event, a dead letter, a token, all that is
    known of its history, and a migration with a run.
    """

    def make(client_key):
        site = services.installations.save_connect(
            client_key, f"https://{client_key}.atlassian.net", SecretStr("a shared secret"), START
        )
        connection = services.connections.add(
            site.id, organization="fernhill", organization_url="https://dev.azure.com/fernhill",
            instance_id="0f1e", token=SecretStr("a token"), problems=[], now=START,
        )  # fmt: skip
        link = services.links.add(site.id, connection.id, "7d1c", ["commits"], START)
        services.links.save_subscription(Subscription(f"sub-{client_key}", link.id, "git.push", "enabled"))
        services.queue.put(link.id, "repo", identity="1", event_type="git.push", body=b"{}", now=START)
        services.dead_letters.bury(site.id, f"{link.id}/repo", Entry("1-1", b"{}", START, "git.push"), "no", START)
        reference = services.tokens.put(site.id, "sign-in", SecretStr("a person's token"))
        services.people.save(
            site.id, connection.id, "712020:fern", ado_id="a1", method="token", reference=reference, now=START
        )
        services.browser_sessions.open(site.id, "712020:fern", START)
        fill_history(services, site, link)
        fill_migration(services, site, connection)
        return site

    return make


def fill_history(services, site, link):
    row = SentRow(
        0, link.id, "commit", "repo", "0a1b", "repo", ("SHOP-1",), START, "print", "accepted", None, (), "live", START
    )
    put_rows(services.engine, site.id, [row])
    services.marks.start(link.id, ("pushes",), START)
    services.known_repositories.save(link.id, "repo", KnownRepository("print"))
    services.backfills.start(site.id, link.id, "2026-05-01", START)
    services.settings_book.save(site.id, SiteSettings(), START)
    services.erasures.add(site.id, {"connectionId": link.connection_id}, [link.id], START)


def fill_migration(services, site, connection):
    made = services.migrations.add(site.id, NewMigration(connection.id, "7d1c", "Webshop", "SHOP", "10001"), START)
    services.mappings.put(made.id, {"plan": "levels"}, START)
    services.scans.start(made.id, START)
    run = services.runs.start(NewRun(site.id, made.id, connection.id, "10001", "full", 1), START)
    services.runs.move(run, "begin", START)
    page = PlanPage([PlannedRow("item", 1, type="Bug")], {"item:Bug": 1}, None)
    services.run_turns.plan_page(services.runs.find(run), page, START)
    place = MapPlace(site.id, connection.id, "10001")
    map_items(services.engine, place, [MappedItem(1, "10005", "SHOP-5", 1, "hash")], run, START)
    map_parts(services.engine, place, [MappedPart("comment", 1, "7", "20001")], run, START)


@pytest.fixture
def gone(services, settle):
    """A site that was uninstalled at START."""
    site = settle("gone")
    services.installations.mark_uninstalled(site.id, START)
    return site


def rows(services):
    with services.engine.connect() as connection:
        return {t.name: connection.execute(select(t)).all() for t in metadata.sorted_tables}


def living_keys(services):
    """Redis keys that nobody drops by themselves."""
    return [key for key in services.redis.keys("crosswalk:*") if services.redis.ttl(key) == -1]


def test_purge_deletes_every_trace_of_an_old_uninstall(services, gone, days_later):
    assert purge_installations(days_later(PURGE_DAYS + 1)) == 1
    assert all(not found for found in rows(services).values())
    assert living_keys(services) == []


def test_purge_comes_well_before_the_promised_sixty_days():
    assert PURGE_DAYS < 60


def test_purge_waits_for_the_date(services, gone, days_later):
    assert purge_installations(days_later(PURGE_DAYS - 1)) == 0
    assert services.installations.find(gone.id).state == "uninstalled"


def test_purge_a_second_time_finds_nothing(gone, days_later):
    later = days_later(PURGE_DAYS + 1)
    assert [purge_installations(later), purge_installations(later)] == [1, 0]


def test_purge_leaves_the_neighbour_whole(services, gone, settle, days_later):
    stays = settle("stays")
    purge_installations(days_later(PURGE_DAYS + 1))
    (connection,), (link,) = services.connections.list_for(stays.id), services.links.list_for(stays.id)
    assert {name: len(found) for name, found in rows(services).items()} == dict.fromkeys(rows(services), 1)
    assert services.connections.read_token(connection).get_secret_value() == "a token"
    assert services.queue.depth(link.id)[0] == 1
    assert services.dead_letters.count(stays.id) == 1


def test_site_that_came_back_is_not_purged(services, gone, days_later):
    services.installations.save_connect("gone", gone.base_url, SecretStr("a new secret"), START + DAY)
    before = rows(services)
    assert purge_installations(days_later(PURGE_DAYS + 1)) == 0
    assert rows(services) == before


def test_waiting_site_is_stopped_once_more(services, gone, days_later):
    """The uninstall call may have met a Redis that was away."""
    purge_installations(days_later(1))
    (link,) = services.links.list_for(gone.id)
    (connection,) = services.connections.list_for(gone.id)
    assert services.queue.depth(link.id) == (0, None)
    assert services.dead_letters.count(gone.id) == 0
    assert services.connections.read_token(connection) is None


class BrokenTokens:
    """A keeper that is away for one tenant."""

    def __init__(self, keeper, tenant):
        self._keeper, self._tenant = keeper, tenant

    def forget_tenant(self, tenant):
        if tenant == self._tenant:
            raise StoreUnavailable("Secrets Manager cannot be reached")
        self._keeper.forget_tenant(tenant)


def test_site_that_cannot_be_purged_now_stops_no_other(services, settle, days_later):
    stuck, free = settle("stuck"), settle("free")
    for site in (stuck, free):
        services.installations.mark_uninstalled(site.id, START)
    later = days_later(PURGE_DAYS + 1)
    half = dataclasses.replace(later, tokens=BrokenTokens(services.tokens, stuck.id))
    assert purge_installations(half) == 1
    assert [site.id for site in services.installations.list_all()] == [stuck.id]
    assert purge_installations(later) == 1


def test_purged_secrets_never_open_again(services, gone, days_later):
    sealed = services.vault.seal(gone.id, "field", SecretStr("a word"))
    purge_installations(days_later(PURGE_DAYS + 1))
    with pytest.raises(SecretError, match="gone"):
        services.vault.open(gone.id, "field", sealed)

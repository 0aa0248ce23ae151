"""What is held of people goes when it should: with the connection, with the site, and when they ask for it."""

import pytest
import requests
from pydantic import SecretStr
from sqlalchemy import text

from sandbox.ado_seed import TOKENS
from store.migrations import NewMigration
from tests.routes.sign_in_rig import Window, connection_of, site_of
from tests.routes.test_event_road import link_webshop


@pytest.fixture
def town(open_town):
    """Two people are signed in, one by Entra and one by a token of their own; the latter's window is open."""
    link_webshop(open_town)
    Window(open_town, open_town.site.admin.account_id).sign_in(connection_of(open_town))
    return open_town


@pytest.fixture
def window(town):
    window = Window(town)
    window.sign_in(connection_of(town))
    return window


def held(town):
    """People, secrets and sessions that are held."""
    with town.services.engine.connect() as database:
        counts = [database.execute(text(f"SELECT count(*) FROM {table}")).scalar() for table in ("people", "tokens")]
    return [*counts, len(town.services.redis.keys("crosswalk:session:*"))]


def test_removing_a_connection_forgets_its_people(town, window):
    assert held(town) == [2, 2, 2]
    connection = connection_of(town)
    assert town.call("DELETE", f"/api/connections/{connection.id}").status_code == 200
    assert held(town) == [0, 0, 2]
    assert window.call("GET", "/api/me").json()["organizations"] == []
    assert window.start(connection).status_code == 404


def test_a_sign_in_that_comes_back_to_a_removed_connection_keeps_nothing(town, window):
    connection = connection_of(town)
    there = window.come_back(connection)
    town.call("DELETE", f"/api/connections/{connection.id}")
    assert window.get(there).status_code == 404
    assert held(town)[:2] == [0, 0]


def test_uninstalling_forgets_everybody_at_once(town, window):
    there = window.come_back(connection_of(town))
    requests.post(f"{town.jira}/_control/uninstall", json={}, timeout=20).raise_for_status()
    assert held(town) == [0, 0, 0]
    assert window.call("GET", "/api/me").status_code == 401
    assert window.get(there).status_code == 401
    assert held(town) == [0, 0, 0]


def test_uninstalling_forgets_as_whom_a_migration_reads(town):
    services, connection = town.services, connection_of(town)
    wanted = NewMigration(connection.id, "p", "Webshop", "SHOP", "10001", reader=town.site.admin.account_id)
    made = services.migrations.add(connection.installation_id, wanted, 1)
    requests.post(f"{town.jira}/_control/uninstall", json={}, timeout=20).raise_for_status()
    found = services.migrations.find(made.id)
    assert (found.read_as, found.reader) == ("person", None)


def test_a_site_that_comes_back_finds_nobody_signed_in(town, window):
    requests.post(f"{town.jira}/_control/uninstall", json={}, timeout=20).raise_for_status()
    town.install()
    assert window.call("GET", "/api/me").status_code == 401
    assert Window(town).call("GET", "/api/me").json()["organizations"][0]["state"] == "signed_out"


def test_who_asks_for_it_is_forgotten_alone(town, window):
    assert window.call("DELETE", "/api/me/ado").status_code == 204
    assert held(town) == [1, 1, 2]


def test_another_site_is_left_alone(town, window):
    services = town.services
    other = services.installations.save_connect("other", "https://other.atlassian.net", SecretStr("o" * 40), 1)
    services.tokens.put(other.id, "person", SecretStr(TOKENS["mara-code"]))
    Window(town, site=other)
    services.stop_site(site_of(town).id)
    assert held(town) == [0, 1, 1]

"""Installations: one row per Jira site through install, re-install, uninstall and purge."""

import pytest
from pydantic import SecretStr
from sqlalchemy import update

from store.installations import Installations
from store.installations import installations as table
from store.secrets import SecretError

NOW = 1_800_000_000_000
SITE = "https://acme.atlassian.net"


@pytest.fixture
def installations(engine, vault):
    return Installations(engine, vault)


@pytest.fixture
def acme(installations):
    return installations.save_connect("client-acme", SITE, SecretStr("first-secret"), NOW)


def secret_of(installations, installation):
    found = installations.shared_secret(installation.id)
    return found.get_secret_value() if found else None


def test_an_installed_site_is_found_by_id_client_and_address(installations, acme):
    assert (acme.kind, acme.state, acme.client_key, acme.base_url) == ("connect", "installed", "client-acme", SITE)
    assert installations.find(acme.id) == acme
    assert installations.find_client("client-acme") == acme
    assert installations.list_site(SITE + "/") == [acme]
    assert secret_of(installations, acme) == "first-secret"


def test_an_unknown_site_is_not_found(installations, acme):
    assert installations.find("none") is None
    assert installations.find_client("client-beta") is None
    assert installations.list_site("https://beta.atlassian.net") == []
    assert installations.shared_secret("none") is None


def test_a_secret_never_shows_in_a_repr(installations, acme):
    assert "first-secret" not in repr(acme) + repr(installations.shared_secret(acme.id))


def test_a_re_install_replaces_secret_and_address_and_keeps_the_id(installations, acme):
    again = installations.save_connect("client-acme", "https://renamed.atlassian.net/", SecretStr("second"), NOW + 1)
    assert again.id == acme.id
    assert again.base_url == "https://renamed.atlassian.net"
    assert secret_of(installations, acme) == "second"
    assert [site.id for site in installations.list_all()] == [acme.id]


def test_an_uninstalled_site_keeps_its_secret_and_its_place(installations, acme):
    installations.mark_uninstalled(acme.id, NOW + 5)
    found = installations.find_client("client-acme")
    assert (found.id, found.state, found.uninstalled_at) == (acme.id, "uninstalled", NOW + 5)
    assert secret_of(installations, acme) == "first-secret"


def test_a_re_install_revives_an_uninstalled_site(installations, acme):
    installations.mark_uninstalled(acme.id, NOW + 5)
    again = installations.save_connect("client-acme", SITE, SecretStr("second"), NOW + 9)
    assert (again.id, again.state, again.uninstalled_at) == (acme.id, "installed", None)


def test_a_deleted_site_leaves_neither_row_nor_key(installations, acme, engine, vault):
    sealed = vault.seal(acme.id, "shared_secret", SecretStr("first-secret"))
    installations.delete(acme.id)
    assert installations.find(acme.id) is None
    with pytest.raises(SecretError):
        vault.open(acme.id, "shared_secret", sealed)


def test_a_secret_of_one_site_moved_to_another_does_not_open(installations, acme, engine):
    beta = installations.save_connect("client-beta", "https://beta.atlassian.net", SecretStr("beta-secret"), NOW + 1)
    with engine.begin() as connection:
        query = "UPDATE installations SET shared_secret = (SELECT shared_secret FROM installations WHERE client_key = "
        connection.exec_driver_sql(query + "'client-acme')")
    with pytest.raises(SecretError):
        installations.shared_secret(beta.id)


def test_a_site_with_its_own_credentials_is_found_by_cloud_id(installations):
    made = installations.save_oauth(SITE, "cloud-1", "client-id-1", "reference-1", NOW)
    assert (made.kind, made.cloud_id, made.oauth_client_id) == ("oauth", "cloud-1", "client-id-1")
    assert made.oauth_secret_reference == "reference-1"
    assert installations.find_client("cloud-1") == made
    assert installations.list_site(SITE) == [made]
    assert installations.shared_secret(made.id) is None


def test_new_credentials_of_a_site_replace_the_old_ones(installations):
    made = installations.save_oauth(SITE, "cloud-1", "client-id-1", "reference-1", NOW)
    again = installations.save_oauth(SITE, "cloud-1", "client-id-2", "reference-2", NOW + 1)
    assert (again.id, again.oauth_client_id, again.oauth_secret_reference) == (made.id, "client-id-2", "reference-2")


def test_sites_are_listed_oldest_first(installations, acme):
    older = installations.save_connect("client-old", "https://old.atlassian.net", SecretStr("s"), NOW - 5)
    assert [site.id for site in installations.list_all()] == [older.id, acme.id]


def test_the_apps_of_some_sites_are_known_by_cloud_id_and_without_one_by_address(installations, acme):
    installations.save_oauth("https://beta.atlassian.net", "cloud-beta", "id", "reference", NOW)
    gone = installations.save_connect("client-gone", "https://gone.atlassian.net", SecretStr("s"), NOW)
    installations.mark_uninstalled(gone.id, NOW)
    addresses = [SITE, "https://beta.atlassian.net", "https://gone.atlassian.net"]
    assert installations.list_apps(["cloud-acme", "cloud-beta"], addresses) == [acme]
    assert installations.list_apps([], [SITE + ".example"]) == []


def test_an_address_proves_nothing_for_a_site_whose_cloud_id_is_known(installations, engine, acme):
    with engine.begin() as connection:
        connection.execute(update(table).values(cloud_id="cloud-acme"))
    assert installations.list_apps(["cloud-other"], [SITE]) == []
    assert [site.id for site in installations.list_apps(["cloud-acme"], [])] == [acme.id]

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from domain.errors import UnknownObject
from store.connections import connections
from store.installations import installations
from store.queue import Entry
from tests.conftest import PUBLIC_URL
from tests.descriptor.tokens import DROP, bearer


def secret_of(services, site):
    found = services.installations.find_client(site.client_key)
    return services.installations.shared_secret(found.id).get_secret_value()


@pytest.fixture
def connection(services, installed):
    return services.connections.add(
        installed.id, organization="fernhill", organization_url="https://dev.azure.com/fernhill",
        instance_id="0f1e2d3c", token=SecretStr("a token for fernhill"), problems=[], now=1,
    )  # fmt: skip


@pytest.fixture
def link(services, installed, connection):
    return services.links.add(installed.id, connection.id, "7d1c", ["commits"], 1)


@pytest.fixture
def waiting_event(services, link):
    services.queue.put(link.id, "repo", identity="1", event_type="git.push", body=b"{}", now=1)
    return link


@pytest.fixture
def dead_letter(services, installed, link):
    entry = Entry("1-1", b"{}", 1, "git.push")
    services.dead_letters.bury(installed.id, f"{link.id}/repo", entry, "refused", services.now())


def test_install_stores_the_site_with_its_secret_sealed(services, river, installed):
    assert (installed.kind, installed.state, installed.base_url) == ("connect", "installed", river.base_url)
    assert secret_of(services, river) == river.secret
    with services.engine.connect() as database:
        assert river.secret not in str(database.execute(select(installations)).all())


def test_reinstall_replaces_secret_and_address_of_the_same_site(services, river, installed, send_install):
    fresh = "a quite different secret, long enough too."
    assert send_install(river, sharedSecret=fresh, baseUrl="https://renamed.atlassian.net").status_code == 204
    found = services.installations.find_client(river.client_key)
    assert (found.id, found.base_url) == (installed.id, "https://renamed.atlassian.net")
    assert secret_of(services, river) == fresh


def test_old_secret_is_refused_after_a_reinstall(client, river, installed, send_install):
    send_install(river, sharedSecret="a quite different secret, long enough too.")
    headers = bearer(river.token("POST", "/connect/enabled"))
    assert client.post("/connect/enabled", headers=headers).status_code == 401


@pytest.mark.parametrize("event", ["enabled", "disabled"])
def test_enabled_and_disabled_are_answered_204(client, river, installed, event):
    headers = bearer(river.token("POST", f"/connect/{event}"))
    assert client.post(f"/connect/{event}", json=river.body(event), headers=headers).status_code == 204


def test_uninstall_marks_the_site_and_leaves_its_neighbour(services, river, meadow, installed, send_install):
    assert send_install(river, "uninstalled").status_code == 204
    found = services.installations.find_client(river.client_key)
    assert found.state == "uninstalled"
    assert found.uninstalled_at is not None
    assert services.installations.find_client(meadow.client_key).state == "installed"


def test_uninstall_erases_every_token_at_once(services, river, installed, connection, send_install):
    reference = services.tokens.put(installed.id, "sign-in", SecretStr("a person's token"))
    send_install(river, "uninstalled")
    with services.engine.connect() as database:
        assert database.execute(select(connections.c.token)).scalars().all() == [None]
    with pytest.raises(UnknownObject):
        services.tokens.read(installed.id, reference)


@pytest.mark.usefixtures("dead_letter")
def test_uninstall_drops_what_waits(services, river, installed, waiting_event, send_install):
    send_install(river, "uninstalled")
    assert services.queue.depth(waiting_event.id) == (0, None)
    assert services.dead_letters.count(installed.id) == 0


def test_uninstall_twice_keeps_the_first_date(services, river, installed, send_install):
    send_install(river, "uninstalled")
    first = services.installations.find_client(river.client_key).uninstalled_at
    assert send_install(river, "uninstalled").status_code == 204
    assert services.installations.find_client(river.client_key).uninstalled_at == first


def test_uninstall_of_an_unknown_site_is_fine(services, river, send_install):
    assert send_install(river, "uninstalled").status_code == 204
    assert services.installations.find_client(river.client_key) is None


def test_reinstall_after_uninstall_revives_the_site(services, client, river, installed, send_install):
    send_install(river, "uninstalled")
    assert send_install(river).status_code == 204
    found = services.installations.find_client(river.client_key)
    assert (found.id, found.state, found.uninstalled_at) == (installed.id, "installed", None)
    headers = bearer(river.token("POST", "/connect/enabled"))
    assert client.post("/connect/enabled", headers=headers).status_code == 204


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"sharedSecret": DROP}, "/sharedSecret"),
        ({"sharedSecret": ""}, "/sharedSecret"),
        ({"clientKey": DROP}, "/clientKey"),
        ({"baseUrl": 7}, "/baseUrl"),
        ({"productType": "confluence"}, "/productType"),
    ],
)
def test_bad_install_body_is_422_names_the_field_and_stores_nothing(river, send_install, snapshot, changes, pointer):
    before = snapshot()
    answer = send_install(river, **changes)
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json["errors"]] == [pointer]
    assert river.secret not in answer.text
    assert snapshot() == before


def test_body_that_is_no_json_is_422(client, river, install_key):
    token = install_key.token(river, "/connect/installed", PUBLIC_URL)
    answer = client.post("/connect/installed", data=b"{", headers=bearer(token))
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "audience", [PUBLIC_URL, PUBLIC_URL + "/", [PUBLIC_URL + "/"], ["https://other.example.com", PUBLIC_URL]]
)
def test_audience_holds_our_address_with_or_without_a_slash(client, river, install_key, audience):
    token = install_key.token(river, "/connect/installed", PUBLIC_URL, aud=audience)
    answer = client.post("/connect/installed", json=river.body("installed"), headers=bearer(token))
    assert answer.status_code == 204


class TestBelowAPathPrefix:
    """PUBLIC_URL has a path: Jira hashes the path below it, whether the proxy cuts the prefix off or passes it on."""

    address = "https://crosswalk.example.com/apps/ado"

    @pytest.fixture
    def settings_changes(self, atlassian):
        hosts = frozenset({atlassian.host})
        return {"public_url": self.address, "connect_keys_url": f"http://{atlassian.host}", "jira_hosts": hosts}

    @pytest.mark.parametrize("inner", ["http://127.0.0.1:8000", address])
    def test_install_and_enable_work(self, client, river, install_key, inner):
        signed = bearer(install_key.token(river, "/connect/installed", self.address))
        answer = client.post("/connect/installed", base_url=inner, json=river.body("installed"), headers=signed)
        assert answer.status_code == 204
        signed = bearer(river.token("POST", "/connect/enabled"))
        assert client.post("/connect/enabled", base_url=inner, headers=signed).status_code == 204

"""Two Jira sites, Atlassian's install key, and a way to see everything that is stored."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from services import Services
from store.db import metadata
from store.installations import Installation
from tests.conftest import PUBLIC_URL
from tests.descriptor.stand import AtlassianStand
from tests.descriptor.tokens import InstallKey, Site

Snapshot = Callable[[], dict[str, Any]]


@pytest.fixture(scope="session")
def install_key() -> InstallKey:
    return InstallKey("5b1f9a52-7c1e-4d0a-9a3e-2f6f5e1b0c11")


@pytest.fixture(scope="session")
def stranger_key(install_key: InstallKey) -> InstallKey:
    """Another key pair under the id of Atlassian's."""
    return InstallKey(install_key.id)


@pytest.fixture
def atlassian(install_key: InstallKey) -> Iterator[AtlassianStand]:
    stand = AtlassianStand(install_key)
    yield stand
    stand.stop()


@pytest.fixture
def settings_changes(atlassian: AtlassianStand) -> Mapping[str, Any]:
    return {"connect_keys_url": f"http://{atlassian.host}", "jira_hosts": frozenset({atlassian.host})}


@pytest.fixture
def river(atlassian: AtlassianStand) -> Site:
    site = Site("river-0001", "a shared secret of forty-two characters ##", f"http://{atlassian.host}")
    atlassian.site = site
    return site


@pytest.fixture
def meadow() -> Site:
    return Site("meadow-0002", "another shared secret, as long as the one ", "https://meadow.atlassian.net")


@pytest.fixture
def send_install(client: FlaskClient, install_key: InstallKey) -> Callable[..., TestResponse]:
    """Sends `installed` or `uninstalled` as Atlassian does."""

    def send(site: Site, event: str = "installed", **changes: Any) -> TestResponse:
        path = f"/connect/{event}"
        token = install_key.token(site, path, PUBLIC_URL)
        return client.post(path, json=site.body(event, **changes), headers={"Authorization": f"JWT {token}"})

    return send


@pytest.fixture
def installed(services: Services, send_install: Callable[..., TestResponse], river: Site, meadow: Site) -> Installation:
    """Both sites have the app; this is the record of `river`."""
    assert send_install(meadow).status_code == 204
    assert send_install(river).status_code == 204
    found = services.installations.find_client(river.client_key)
    assert found is not None
    return found


@pytest.fixture
def snapshot(services: Services) -> Snapshot:
    """Every row of the database and every key of Redis with its content."""

    def take() -> dict[str, Any]:
        with services.engine.connect() as connection:
            rows = {t.name: sorted(map(repr, connection.execute(select(t)).all())) for t in metadata.sorted_tables}
        return rows | {f"redis {key!r}": services.redis.dump(key) for key in services.redis.keys("*")}

    return take


@pytest.fixture
def assert_refused(client: FlaskClient, snapshot: Snapshot) -> Callable[..., TestResponse]:
    """The call is answered 401 and neither database nor Redis changed."""

    def check(method: str, path: str, **call: Any) -> TestResponse:
        before = snapshot()
        answer = client.open(path, method=method, **call)
        assert answer.status_code == 401
        assert snapshot() == before
        return answer

    return check

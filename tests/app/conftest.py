import pytest

from sandbox.ado_seed import TOKENS
from tests.town import Town


@pytest.fixture
def town():
    town = Town()
    yield town
    town.close()


@pytest.fixture
def settings_changes(town):
    return town.settings()


@pytest.fixture
def site(town, services):
    """The installed app on a Jira site, over a real socket."""
    town.open(services)
    town.install()
    return town


@pytest.fixture
def connection(site):
    """A connected organization, as the API shows it."""
    body = {"organizationUrl": site.organization_url, "token": TOKENS["full"]}
    answer = site.call("POST", "/api/connections", body)
    assert answer.status_code == 201, answer.text
    return answer.json()

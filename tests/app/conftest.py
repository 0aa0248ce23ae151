import pytest
from structlog.testing import capture_logs

from sandbox.ado_seed import TOKENS
from tests.app.actions import OAUTH_CLIENT, OAUTH_SECRET
from tests.town_fixtures import open_town, settings_changes, town

__all__ = ["open_town", "settings_changes", "town"]


@pytest.fixture
def site(open_town):
    """The installed app on a Jira site, over a real socket."""
    return open_town


@pytest.fixture
def connection(site):
    """A connected organization, as the API shows it."""
    body = {"organizationUrl": site.organization_url, "token": TOKENS["full"]}
    answer = site.call("POST", "/api/connections", body)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
def projects(connection, site):
    """The address of the connection's projects."""
    return f"/api/connections/{connection['id']}/projects"


@pytest.fixture
def webshop(site):
    """The id of the project to be linked."""
    return next(iter(site.organization.projects))


@pytest.fixture
def link(site, projects, webshop):
    """Link the project with a body; returns the answer."""
    return lambda body=None, project=webshop: site.call("PUT", f"{projects}/{project}", body or {})


@pytest.fixture
def linked(link):
    answer = link()
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
def run(app):
    """Run `crosswalk` with arguments; `typed` answers its prompts. Log lines are kept apart."""
    with capture_logs():
        runner = app.test_cli_runner()
        yield lambda *arguments, typed="": runner.invoke(args=["crosswalk", *arguments], input=typed)


@pytest.fixture
def jira(town, services):
    """The address of a Jira site whose administrator made OAuth credentials."""
    town.site.credentials[OAUTH_CLIENT] = OAUTH_SECRET
    town.services = services
    return town.jira


@pytest.fixture
def added(run, jira):
    result = run("add-site", jira, "--client-id", OAUTH_CLIENT, typed=OAUTH_SECRET)
    assert result.exit_code == 0, result.output
    return jira


@pytest.fixture
def connected(run, added, town):
    result = run("connect-organization", added, town.organization_url, typed=TOKENS["full"])
    assert result.exit_code == 0, result.output
    return town.organization_url

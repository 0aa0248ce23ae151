import dataclasses
import os
import subprocess
import sys

import pytest
from pydantic import SecretStr
from redis import Redis
from structlog.testing import capture_logs

from app import create_app
from domain.subscriptions import ALL_KINDS, EVENT_TYPES
from sandbox.ado_seed import TOKENS
from services import Services
from store.db import metadata
from tests.app.actions import add_fault, push_commit

CLIENT, SECRET = "client-4711", "stand-in-secret-0815"


@pytest.fixture
def run(app):
    """Run `crosswalk` with arguments; `typed` answers its prompts. Log lines are kept apart."""
    with capture_logs():
        runner = app.test_cli_runner()
        yield lambda *arguments, typed="": runner.invoke(args=["crosswalk", *arguments], input=typed)


@pytest.fixture
def jira(town, services):
    """The address of a Jira site whose administrator made OAuth credentials."""
    town.site.credentials[CLIENT] = SECRET
    town.services = services
    return town.jira


@pytest.fixture
def added(run, jira):
    result = run("add-site", jira, "--client-id", CLIENT, typed=SECRET)
    assert result.exit_code == 0, result.output
    return jira


@pytest.fixture
def connected(run, added, town):
    result = run("connect-organization", added, town.organization_url, typed=TOKENS["full"])
    assert result.exit_code == 0, result.output
    return town.organization_url


def site_of(services: Services):
    (site,) = services.installations.list_all()
    return site


def links_of(services):
    return services.links.list_for(site_of(services).id)


def refused(result, *words):
    """One sentence, no traceback."""
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in result.stderr
    return True


def test_the_database_is_brought_up_to_date(run, services):
    metadata.drop_all(services.engine)
    with services.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")
    assert refused(run("status"), "upgrade-database")

    result = run("upgrade-database")

    assert (result.exit_code, result.output) == (0, "The database is at the newest schema.\n")
    assert run("status").exit_code == 0
    assert run("upgrade-database").exit_code == 0


def test_a_site_is_added_with_credentials_that_were_tried(run, jira, services, town):
    result = run("add-site", f"{jira}/jira/your-work", typed=f"{CLIENT}\n{SECRET}\n")

    assert result.exit_code == 0, result.output
    assert SECRET not in result.output
    site = site_of(services)
    assert (site.kind, site.base_url, site.cloud_id) == ("oauth", jira, town.site.cloud_id)
    assert services.tokens.read(site.id, site.oauth_secret_reference) == SecretStr(SECRET)


def test_a_secret_comes_from_standard_input_for_programs(run, jira, services):
    result = run("add-site", jira, "--client-id", CLIENT, "--secret-stdin", typed=f"{SECRET}\n")

    assert (result.exit_code, site_of(services).oauth_client_id) == (0, CLIENT)


def test_adding_a_site_again_replaces_its_credentials(run, added, services, town):
    before = site_of(services)
    town.site.credentials["another"] = "other-secret"

    assert run("add-site", added, "--client-id", "another", typed="other-secret").exit_code == 0

    site = site_of(services)
    assert (site.id, site.oauth_client_id) == (before.id, "another")
    assert services.tokens.read(site.id, site.oauth_secret_reference) == SecretStr("other-secret")
    with pytest.raises(Exception, match="token"):
        services.tokens.read(site.id, before.oauth_secret_reference)


def test_wrong_credentials_are_refused_and_nothing_is_kept(run, jira, services):
    result = run("add-site", jira, "--client-id", CLIENT, typed="wrong")

    assert refused(result, "Atlassian refuses these credentials", "OAuth credentials")
    assert services.installations.list_all() == []


@pytest.mark.parametrize(("site", "word"), [("https://evil.example", "Jira site"), ("acme", "Jira site")])
def test_an_address_that_is_no_site_is_refused(run, site, word):
    assert refused(run("add-site", site, "--client-id", CLIENT, typed=SECRET), word)


def test_an_address_without_a_cloud_id_is_refused(run, jira, town):
    add_fault(town.jira, "tenant_info", 200, body={})

    assert refused(run("add-site", jira, "--client-id", CLIENT, typed=SECRET), "not a Jira Cloud site")


def test_a_site_that_installed_the_app_needs_no_credentials(run, jira, services):
    services.installations.save_connect("key", jira, SecretStr("s"), 1)

    assert refused(run("add-site", jira, "--client-id", CLIENT, typed=SECRET), "has installed the app")


def test_a_gateway_that_is_away_is_no_refusal_of_the_credentials(run, jira, town):
    add_fault(town.atlassian, "oauth/token", 503)

    assert refused(run("add-site", jira, "--client-id", CLIENT, typed=SECRET), "503")


@pytest.mark.parametrize(
    "arguments",
    [
        ("add-site",),
        ("add-site", "https://acme.atlassian.net", "--secret-stdin"),
        ("link-project", "a", "b", "c", "--kind", "wikis"),
        ("no-such-command",),
    ],
)
def test_wrong_usage_ends_with_two(run, arguments):
    assert run(*arguments).exit_code == 2


def test_an_empty_input_is_wrong_usage(run, added, town):
    assert run("connect-organization", added, town.organization_url, "--token-stdin").exit_code == 2


def test_an_organization_is_connected(run, added, town, services):
    result = run(
        "connect-organization", added, f"{town.organization_url}/Webshop", "--token-stdin", typed=TOKENS["full"]
    )

    assert result.exit_code == 0, result.output
    assert result.output == f"Connected {town.organization_url} as Mara Lindqvist.\n"
    (connection,) = services.connections.list_for(site_of(services).id)
    assert services.connections.read_token(connection) == SecretStr(TOKENS["full"])


def test_what_a_token_cannot_do_is_told(run, added, town):
    town.organization.add_token("few", town.organization.find_user(None), frozenset({"vso.project", "vso.code"}))

    result = run("connect-organization", added, town.organization_url, typed="few")

    assert result.exit_code == 0
    assert "warning: The token cannot read pipelines" in result.output


def test_a_bad_token_is_refused_once(run, added, town):
    result = run("connect-organization", added, town.organization_url, typed="wrong")

    assert refused(result, "does not accept this token")
    assert result.output.count("does not accept") == 1


def test_an_organization_off_the_list_is_refused_before_the_token_is_asked_for(run, added):
    result = run("connect-organization", added, "https://evil.example/acme")

    assert refused(result, "https://dev.azure.com/your-organization")
    assert result.stdout == ""


def test_a_site_that_was_not_added_is_refused(run, town):
    assert refused(run("connect-organization", town.jira, "acme"), "add-site")


@pytest.mark.parametrize("name", ["Webshop", "webshop", "id"])
def test_a_project_is_linked_by_name_or_id(run, connected, town, services, name):
    added = town.jira
    project = next(iter(town.organization.projects))

    result = run("link-project", added, connected, project if name == "id" else name, "--jira-project", "shop")

    assert (result.exit_code, result.output) == (
        0, f"Linked Webshop: {', '.join(ALL_KINDS)}; {len(EVENT_TYPES)} subscriptions.\n",
    )  # fmt: skip
    (link,) = links_of(services)
    assert (link.project_id, link.jira_projects) == (project, ("SHOP",))
    assert len(town.organization.subscriptions) == len(EVENT_TYPES)


def test_only_the_named_kinds_are_linked(run, added, connected, town, services):
    result = run("link-project", added, connected, "Webshop", "--kind", "builds", "--kind", "commits")

    assert result.exit_code == 0
    assert links_of(services)[0].kinds == ("commits", "builds")


def test_linking_again_changes_nothing(run, added, connected, town):
    run("link-project", added, connected, "Webshop")
    before = set(town.organization.subscriptions)

    assert run("link-project", added, connected, "Webshop").exit_code == 0
    assert set(town.organization.subscriptions) == before


def test_an_unknown_project_is_refused_with_those_there_are(run, added, connected):
    assert refused(run("link-project", added, connected, "Webshoop"), "Platform Tools, Webshop")


def test_an_organization_that_is_not_connected_is_refused(run, added, town):
    assert refused(run("link-project", added, town.organization_url, "Webshop"), "is not connected")


def test_a_missing_right_is_refused_with_who_must_grant_what(run, added, connected, services, town):
    run("connect-organization", added, connected, typed=TOKENS["no-hooks"])

    assert refused(run("link-project", added, connected, "Webshop"), "Tomasz Baran", "grant View, Edit and Delete")
    assert list(links_of(services)) == []


def test_the_road_of_a_site_without_the_app_ends_in_jira_as_well(run, added, connected, town, services):
    town.open(services)
    run("link-project", added, connected, "Webshop", "--jira-project", "SHOP")

    push_commit(town, next(iter(town.organization.projects)), "SHOP-6 Mend the basket")

    assert len(town.site.development.panel("SHOP-6")["commits"]) == 1
    assert town.organization.violations == town.site.violations == []


@pytest.mark.parametrize("name", ["Webshop", "id"])
def test_a_project_is_unlinked(run, connected, town, services, name):
    added = town.jira
    run("link-project", added, connected, "Webshop")
    project = next(iter(town.organization.projects))

    result = run("unlink-project", added, connected, project if name == "id" else name)

    assert result.exit_code == 0, result.output
    assert town.organization.subscriptions == {}
    assert list(links_of(services)) == []


def test_unlinking_tells_what_had_to_be_left(run, added, connected, town):
    run("link-project", added, connected, "Webshop")
    project = next(iter(town.organization.projects))
    town.organization.tokens.clear()

    result = run("unlink-project", added, connected, project)

    assert result.exit_code == 0
    assert "warning: Delete them in the project's service hooks" in result.output


def test_unlinking_what_is_not_linked_is_refused(run, added, connected):
    assert refused(run("unlink-project", added, connected, "Webshop"), "is not linked")


def test_status_without_a_site_says_how_to_begin(run):
    assert "add-site" in run("status").output


@pytest.mark.parametrize("named", [True, False])
def test_status_shows_whether_events_flow(run, connected, town, services, named):
    added = town.jira
    town.open(services)
    run("link-project", added, connected, "Webshop")
    push_commit(town, next(iter(town.organization.projects)))

    result = run("status", *([added] if named else []))

    assert result.exit_code == 0
    for words in (f"{added} (oauth)", "acme: token ok, 0 dead letters", "13 of 13 enabled", "git.push at", "accepted"):
        assert words in result.output
    assert "waiting events: 0" in result.output


def test_status_shows_what_is_wrong_with_a_token(run, added, town):
    town.organization.add_token("few", town.organization.find_user(None), frozenset({"vso.project", "vso.code"}))
    run("connect-organization", added, town.organization_url, typed="few")

    assert "warning: The token cannot read pipelines" in run("status").output


def test_rotated_keys_open_what_was_sealed_before(run, connected, services):
    before = services.vault.used_master_keys()

    result = run("rotate-keys")

    assert (result.exit_code, result.output.splitlines()[0]) == (0, "Wrapped 1 data keys anew.")
    assert not before & services.vault.used_master_keys()
    (connection,) = services.connections.list_for(site_of(services).id)
    assert services.connections.read_token(connection) == SecretStr(TOKENS["full"])
    assert run("rotate-keys", "--drop-old").output == "Dropped 1 old master keys.\n"
    assert services.connections.read_token(connection) == SecretStr(TOKENS["full"])


def test_the_commands_run_from_a_shell_with_log_lines_apart(added, services, town):
    settings = {name.upper(): str(value) for name, value in services.settings if name.endswith(("_url", "_file"))}
    hosts = {name.upper(): ",".join(getattr(services.settings, name)) for name in ("ado_hosts", "jira_hosts")}
    arguments = ["connect-organization", added, town.organization_url, "--token-stdin"]

    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "crosswalk", *arguments],
        input=TOKENS["full"], env=os.environ | settings | hosts, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert done.stdout == f"Connected {town.organization_url} as Mara Lindqvist.\n"
    assert "connection.added" in done.stderr
    assert TOKENS["full"] not in done.stderr
    assert done.returncode == 0


def test_redis_being_away_is_one_sentence(services, added, connected):
    away = Redis(port=1, socket_connect_timeout=1)
    broken = create_app(dataclasses.replace(services, redis=away)).test_cli_runner()

    assert refused(
        broken.invoke(args=["crosswalk", "link-project", added, connected, "Webshop"]), "Redis cannot be used"
    )
    away.close()


def test_a_broken_database_is_one_sentence(run, services):
    metadata.drop_all(services.engine)

    assert refused(run("status"), "The database cannot be used")

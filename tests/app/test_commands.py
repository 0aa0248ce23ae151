import dataclasses
import os
import subprocess
import sys

import pytest
from pydantic import SecretStr
from redis import Redis

from app import create_app
from sandbox.ado_seed import TOKENS
from store.db import metadata
from tests.app.actions import OAUTH_CLIENT, OAUTH_SECRET, add_fault, only_site, push_commit, refused


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
    result = run("add-site", f"{jira}/jira/your-work", typed=f"{OAUTH_CLIENT}\n{OAUTH_SECRET}\n")

    assert result.exit_code == 0, result.output
    assert OAUTH_SECRET not in result.output
    site = only_site(services)
    assert (site.kind, site.base_url, site.cloud_id) == ("oauth", jira, town.site.cloud_id)
    assert services.tokens.read(site.id, site.oauth_secret_reference) == SecretStr(OAUTH_SECRET)


def test_a_secret_comes_from_standard_input_for_programs(run, jira, services):
    result = run("add-site", jira, "--client-id", OAUTH_CLIENT, "--secret-stdin", typed=f"{OAUTH_SECRET}\n")

    assert (result.exit_code, only_site(services).oauth_client_id) == (0, OAUTH_CLIENT)


def test_adding_a_site_again_replaces_its_credentials(run, added, services, town):
    before = only_site(services)
    town.site.credentials["another"] = "other-secret"

    assert run("add-site", added, "--client-id", "another", typed="other-secret").exit_code == 0

    site = only_site(services)
    assert (site.id, site.oauth_client_id) == (before.id, "another")
    assert services.tokens.read(site.id, site.oauth_secret_reference) == SecretStr("other-secret")
    with pytest.raises(Exception, match="token"):
        services.tokens.read(site.id, before.oauth_secret_reference)


def test_wrong_credentials_are_refused_and_nothing_is_kept(run, jira, services):
    result = run("add-site", jira, "--client-id", OAUTH_CLIENT, typed="wrong")

    assert refused(result, "Atlassian refuses these credentials", "OAuth credentials")
    assert services.installations.list_all() == []


@pytest.mark.parametrize(("site", "word"), [("https://evil.example", "Jira site"), ("acme", "Jira site")])
def test_an_address_that_is_no_site_is_refused(run, site, word):
    assert refused(run("add-site", site, "--client-id", OAUTH_CLIENT, typed=OAUTH_SECRET), word)


def test_an_address_without_a_cloud_id_is_refused(run, jira, town):
    add_fault(town.jira, "tenant_info", 200, body={})

    assert refused(run("add-site", jira, "--client-id", OAUTH_CLIENT, typed=OAUTH_SECRET), "not a Jira Cloud site")


def test_a_site_that_installed_the_app_needs_no_credentials(run, jira, services):
    services.installations.save_connect("key", jira, SecretStr("s"), 1)

    assert refused(run("add-site", jira, "--client-id", OAUTH_CLIENT, typed=OAUTH_SECRET), "has installed the app")


def test_a_gateway_that_is_away_is_no_refusal_of_the_credentials(run, jira, town):
    add_fault(town.atlassian, "oauth/token", 503)

    assert refused(run("add-site", jira, "--client-id", OAUTH_CLIENT, typed=OAUTH_SECRET), "503")


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
    (connection,) = services.connections.list_for(only_site(services).id)
    assert services.connections.read_token(connection) == SecretStr(TOKENS["full"])
    assert run("rotate-keys", "--drop-old").output == "Dropped 1 old master keys.\n"
    assert services.connections.read_token(connection) == SecretStr(TOKENS["full"])


def test_a_lost_key_file_is_made_anew_only_when_the_loss_is_accepted(run, connected, services, town):
    services.settings.local_key_file.unlink()

    assert refused(run("rotate-keys"), "--accept-loss", str(services.settings.local_key_file))
    accepted = run("rotate-keys", "--accept-loss")
    again = run("connect-organization", town.jira, connected, typed=TOKENS["full"])

    assert (accepted.exit_code, accepted.output.splitlines()[0][:19]) == (0, "Gave up 1 data keys")
    assert again.exit_code == 0, again.output
    (connection,) = services.connections.list_for(only_site(services).id)
    assert services.connections.read_token(connection) == SecretStr(TOKENS["full"])


def test_the_commands_run_from_a_shell_with_log_lines_apart(added, services, town):
    settings = {name.upper(): str(value) for name, value in services.settings if name.endswith(("_url", "_file"))}
    hosts = {name.upper(): ",".join(getattr(services.settings, name)) for name in ("ado_hosts", "jira_hosts")}
    arguments = ["connect-organization", added, town.organization_url, "--token-stdin"]

    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "crosswalk", *arguments],
        input=TOKENS["full"], env=os.environ | settings | hosts, capture_output=True, text=True, timeout=60,
        check=False,
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

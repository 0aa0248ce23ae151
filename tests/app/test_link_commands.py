from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from domain.subscriptions import ALL_KINDS, EVENT_TYPES
from sandbox.ado_seed import TOKENS
from tests.app.actions import only_site, push_commit, refused


def links_of(services):
    return services.links.list_for(only_site(services).id)


def test_an_empty_input_is_wrong_usage(run, added, town):
    assert run("connect-organization", added, town.organization_url, "--token-stdin").exit_code == 2


def test_an_organization_is_connected(run, added, town, services):
    result = run(
        "connect-organization", added, f"{town.organization_url}/Webshop", "--token-stdin", typed=TOKENS["full"]
    )

    assert result.exit_code == 0, result.output
    assert result.output == f"Connected {town.organization_url} as Mara Lindqvist.\n"
    (connection,) = services.connections.list_for(only_site(services).id)
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


def test_a_token_is_replaced_with_the_day_it_ends(run, added, connected, town, services):
    (before,) = services.connections.list_for(only_site(services).id)
    services.connections.set_token_state(before.id, "refused")
    ends = datetime.now(UTC).date() + timedelta(days=10)

    result = run("replace-token", added, connected, "--expires-on", ends.isoformat(), typed=TOKENS["read"])

    assert result.exit_code == 0, result.output
    assert f"ends on {ends}" in result.output
    (after,) = services.connections.list_for(only_site(services).id)
    assert (after.id, after.token_state) == (before.id, "ok")
    assert services.connections.read_token(after) == SecretStr(TOKENS["read"])


def test_a_renamed_organization_gets_its_new_address(run, added, connected, town, services):
    town.organization.name = "acme-new"
    address = f"{town.ado}/acme-new"

    result = run("replace-token", added, connected, "--new-address", address, "--token-stdin", typed=TOKENS["full"])

    assert result.exit_code == 0, result.output
    assert [one.organization_url for one in services.connections.list_for(only_site(services).id)] == [address]


def test_a_token_of_what_is_not_connected_is_not_asked_for(run, added, town):
    result = run("replace-token", added, town.organization_url)

    assert refused(result, "is not connected")
    assert result.stdout == ""


def test_an_organization_is_removed_with_all_that_it_sent(run, added, connected, town, services):
    town.open(services)
    run("link-project", added, connected, "Webshop", "--jira-project", "SHOP")
    push_commit(town, next(iter(town.organization.projects)), "SHOP-6 Mend the basket")
    assert town.site.development.panel("SHOP-6")["commits"]

    result = run("disconnect-organization", added, connected)

    assert result.exit_code == 0, result.output
    assert result.output == f"Removed {connected}.\n"
    assert services.connections.list_for(only_site(services).id) == []
    assert town.organization.subscriptions == {}
    assert not town.site.development.panel("SHOP-6")["commits"]

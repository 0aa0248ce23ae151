"""Connections: an organization with its sealed token, seen by its own Jira site alone."""

import pytest
from pydantic import SecretStr
from sqlalchemy.exc import IntegrityError

from store.connections import Connections
from store.installations import Installations
from store.links import Links
from store.secrets import SecretError

NOW = 1_800_000_000_000
PROBLEM = {"code": "missing_right", "severity": "error", "detail": "grant Code (read)"}


@pytest.fixture
def connections(engine, vault):
    return Connections(engine, vault)


@pytest.fixture
def sites(engine, vault):
    """Two Jira sites: acme and beta."""
    installations = Installations(engine, vault)
    return [
        installations.save_connect(f"client-{name}", f"https://{name}.atlassian.net", SecretStr("s"), NOW)
        for name in ("acme", "beta")
    ]


def add(connections, site, organization="fabrikam", *, token="fictitious-pat", problems=(), now=NOW):
    return connections.add(
        site.id, organization=organization, organization_url=f"https://dev.azure.com/{organization}",
        instance_id="7f1f7f1f-0000-4000-8000-000000000001", token=SecretStr(token), problems=problems, now=now,
    )  # fmt: skip


def token_of(connections, connection):
    found = connections.read_token(connection)
    return found.get_secret_value() if found else None


def test_a_connection_is_found_by_id_and_address_with_its_token(connections, sites):
    acme, _ = sites
    made = add(connections, acme, problems=[PROBLEM])
    assert made.token_state == "ok"
    assert [dict(problem) for problem in made.problems] == [PROBLEM]
    assert connections.find(acme.id, made.id).id == made.id
    assert connections.find_organization(acme.id, "https://dev.azure.com/fabrikam").id == made.id
    assert token_of(connections, made) == "fictitious-pat"


def test_what_is_added_is_what_is_found(connections, sites):
    acme, _ = sites
    made = add(connections, acme, problems=[PROBLEM])
    found = connections.find(acme.id, made.id)
    assert {name: getattr(found, name) for name in found.__slots__ if name != "problems"} == {
        name: getattr(made, name) for name in made.__slots__ if name != "problems"
    }
    assert list(found.problems) == list(made.problems)


def test_another_site_does_not_see_a_connection(connections, sites):
    acme, beta = sites
    made = add(connections, acme)
    assert connections.find(beta.id, made.id) is None
    assert connections.find_organization(beta.id, made.organization_url) is None
    assert connections.list_for(beta.id) == []


def test_two_sites_may_connect_the_same_organization(connections, sites):
    acme, beta = sites
    first, second = add(connections, acme, token="one"), add(connections, beta, token="two")
    assert (token_of(connections, first), token_of(connections, second)) == ("one", "two")


def test_a_site_connects_an_organization_once(connections, sites):
    acme, _ = sites
    add(connections, acme)
    with pytest.raises(IntegrityError):
        add(connections, acme)


def test_connections_are_listed_oldest_first(connections, sites):
    acme, _ = sites
    add(connections, acme, "later", now=NOW + 1)
    add(connections, acme, "first", now=NOW)
    assert [found.organization for found in connections.list_for(acme.id)] == ["first", "later"]


def test_a_replaced_token_clears_state_and_problems(connections, sites):
    acme, _ = sites
    made = add(connections, acme, problems=[PROBLEM])
    connections.set_token_state(made.id, "refused")
    assert connections.find(acme.id, made.id).token_state == "refused"
    connections.replace_token(made, SecretStr("fictitious-new"), [])
    found = connections.find(acme.id, made.id)
    assert (found.token_state, found.problems) == ("ok", ())
    assert token_of(connections, found) == "fictitious-new"


def test_the_end_of_a_token_is_kept_until_the_next_token(connections, sites):
    acme, _ = sites
    made = add(connections, acme)
    connections.replace_token(made, SecretStr("fictitious-new"), [], NOW + 5)
    assert connections.find(acme.id, made.id).token_expires_at == NOW + 5
    connections.replace_token(made, SecretStr("fictitious-newer"), [])
    assert connections.find(acme.id, made.id).token_expires_at is None


@pytest.mark.parametrize(("state", "is_paused"), [("ok", False), ("refused", True), ("erased", True), ("gone", True)])
def test_all_states_but_one_pause(connections, sites, state, is_paused):
    made = add(connections, sites[0])
    connections.set_token_state(made.id, state)
    assert connections.find_any(made.id).is_paused == is_paused


def test_an_organization_is_found_by_its_lasting_id_after_a_move(connections, sites):
    acme, beta = sites
    made = add(connections, acme)
    connections.move(made.id, "zenith", "https://dev.azure.com/zenith")
    found = connections.find_instance(acme.id, made.instance_id)
    assert (found.id, found.organization, found.organization_url) == (
        made.id,
        "zenith",
        "https://dev.azure.com/zenith",
    )
    assert connections.find_instance(beta.id, made.instance_id) is None


def test_problems_are_replaced_as_a_whole(connections, sites):
    made = add(connections, sites[0], problems=[PROBLEM])
    connections.set_problems(made.id, [])
    assert connections.find_any(made.id).problems == ()


def test_erased_tokens_are_gone_for_this_site_only(connections, sites):
    acme, beta = sites
    ours, theirs = add(connections, acme), add(connections, beta)
    connections.erase_tokens(acme.id)
    assert token_of(connections, ours) is None
    assert connections.find(acme.id, ours.id).token_state == "erased"
    assert token_of(connections, theirs) == "fictitious-pat"


def test_a_deleted_connection_is_gone(connections, sites):
    acme, _ = sites
    made = add(connections, acme)
    connections.delete(made.id)
    assert connections.find(acme.id, made.id) is None
    assert connections.read_token(made) is None


def test_a_connection_with_links_is_not_deleted(connections, sites, engine, vault):
    acme, _ = sites
    made = add(connections, acme)
    Links(engine, vault).add(acme.id, made.id, "project-1", ["commits"], NOW)
    with pytest.raises(IntegrityError):
        connections.delete(made.id)
    assert connections.find(acme.id, made.id) is not None


def test_a_token_moved_between_rows_does_not_open(connections, sites, engine):
    acme, _ = sites
    first, second = add(connections, acme), add(connections, acme, "other")
    with engine.begin() as connection:
        query = f"UPDATE connections SET token = (SELECT token FROM connections WHERE id = '{first.id}')"
        connection.exec_driver_sql(query)
    assert token_of(connections, first) == "fictitious-pat"
    with pytest.raises(SecretError):
        connections.read_token(second)


def test_a_token_never_shows_in_a_repr(connections, sites):
    made = add(connections, sites[0])
    assert "fictitious-pat" not in repr(made) + repr(connections.read_token(made))

"""Repositories a link knows: kept by link and id, replaced, gone with their link."""

import pytest
from pydantic import SecretStr

from store.connections import Connections
from store.installations import Installations
from store.known_repositories import KnownRepositories, KnownRepository
from store.links import Links

NOW = 1_800_000_000_000
HERE = KnownRepository("a" * 64)


@pytest.fixture
def link(engine, vault):
    site = Installations(engine, vault).save_connect("client-acme", "https://acme.atlassian.net", SecretStr("s"), NOW)
    organization = Connections(engine, vault).add(
        site.id, organization="fabrikam", organization_url="https://dev.azure.com/fabrikam",
        instance_id="7f1f7f1f-0000-4000-8000-000000000001", token=SecretStr("t"), problems=[], now=NOW,
    )  # fmt: skip
    return Links(engine, vault).add(site.id, organization.id, "project-1", ["commits"], NOW)


@pytest.fixture
def known(engine):
    return KnownRepositories(engine)


def test_a_repository_is_kept_as_it_was_saved_last(known, link):
    known.save(link.id, "repository-1", HERE)
    known.save(link.id, "repository-2", HERE)
    known.save(link.id, "repository-1", KnownRepository("b" * 64, missing_since=NOW))
    assert known.read(link.id) == {"repository-1": KnownRepository("b" * 64, NOW), "repository-2": HERE}


def test_one_that_left_is_forgotten_alone(known, link):
    known.save(link.id, "repository-1", HERE)
    known.save(link.id, "repository-2", HERE)
    known.forget(link.id, "repository-1")
    assert known.read(link.id) == {"repository-2": HERE}


def test_they_go_with_their_link_and_one_that_is_gone_keeps_none(known, link, engine, vault):
    known.save(link.id, "repository-1", HERE)
    Links(engine, vault).delete(link.id)
    known.save(link.id, "repository-2", HERE)
    assert known.read(link.id) == {}

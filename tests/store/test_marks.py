"""Marks: set once, moved forward only, gone with their link."""

import pytest
from pydantic import SecretStr

from store.connections import Connections
from store.installations import Installations
from store.links import Links
from store.marks import Marks

NOW = 1_800_000_000_000


@pytest.fixture
def link(engine, vault):
    site = Installations(engine, vault).save_connect("client-acme", "https://acme.atlassian.net", SecretStr("s"), NOW)
    organization = Connections(engine, vault).add(
        site.id, organization="fabrikam", organization_url="https://dev.azure.com/fabrikam",
        instance_id="7f1f7f1f-0000-4000-8000-000000000001", token=SecretStr("t"), problems=[], now=NOW,
    )  # fmt: skip
    return Links(engine, vault).add(site.id, organization.id, "project-1", ["commits"], NOW)


@pytest.fixture
def marks(engine):
    return Marks(engine)


def test_a_mark_is_set_for_a_kind_and_a_part(marks, link):
    marks.move(link.id, "pushes", "repository-1", NOW)
    marks.move(link.id, "builds", "", NOW + 1)
    assert marks.read(link.id) == {("pushes", "repository-1"): NOW, ("builds", ""): NOW + 1}


@pytest.mark.parametrize(("then", "stands"), [(NOW + 1, NOW + 1), (NOW, NOW), (NOW - 1, NOW)])
def test_a_mark_moves_forward_and_never_back(marks, link, then, stands):
    marks.move(link.id, "pushes", "repository-1", NOW)
    marks.move(link.id, "pushes", "repository-1", then)
    assert marks.read(link.id) == {("pushes", "repository-1"): stands}


def test_starting_leaves_marks_that_are_there(marks, link):
    marks.start(link.id, ["pushes"], NOW)
    marks.start(link.id, ["pushes", "builds"], NOW + 5)
    assert marks.read(link.id) == {("pushes", ""): NOW, ("builds", ""): NOW + 5}


def test_a_repository_that_left_is_forgotten_alone(marks, link):
    for part in ("repository-1", "repository-2"):
        marks.move(link.id, "pushes", part, NOW)
    marks.forget_part(link.id, "repository-1")
    assert marks.read(link.id) == {("pushes", "repository-2"): NOW}


def test_marks_go_with_their_link_and_one_that_is_gone_gets_none(marks, link, engine, vault):
    marks.move(link.id, "pushes", "", NOW)
    Links(engine, vault).delete(link.id)
    marks.move(link.id, "pushes", "", NOW + 1)
    assert marks.read(link.id) == {}

"""The lean Azure DevOps tells what it holds as the strict one does, and counts what a migration has to make."""

from collections.abc import Iterator

import pytest

from bench import migration_ado
from bench.migration_ado import Story, list_ids, read_story
from bench.migration_counts import count_source
from domain.work_item_queries import ids_query, scope_condition, type_condition
from sandbox.ado import create_ado
from sandbox.ado_organization import AdoOrganization
from sandbox.ado_seed import TOKENS
from sandbox.server import serve

TREE, ROUNDS = 20, 3  # work items of one tree of the plan; how many trees the story has
PROJECT, WHOLE = "Webshop", scope_condition()


@pytest.fixture(scope="module")
def organization() -> Iterator[AdoOrganization]:
    organization = AdoOrganization.seeded(repositories=1, commits=4)
    organization.seed_work_items(PROJECT, TREE * ROUNDS)
    yield organization
    organization.stop()


@pytest.fixture(scope="module")
def story(organization) -> Story:
    """As many work items as the strict stand-in has, made of a third of them."""
    with serve(create_ado(organization)) as server, pytest.MonkeyPatch.context() as patch:
        patch.setattr(migration_ado, "SAMPLES", TREE)
        base = f"{server.url}/{organization.name}/{organization.find_project(PROJECT).id}/_apis/wit"
        return read_story(base, TOKENS["full"], first=1, count=TREE * ROUNDS)


def test_a_story_counts_what_the_strict_stand_in_would(organization, story):
    there = dict(count_source(organization.count_work_items(PROJECT)))
    there["files"] = there.pop("attachments")
    assert story.count_things() == there
    assert all(there.values())


def test_a_query_finds_the_work_items_of_its_types_and_no_other(story):
    types = {number: story.type_of(number) for number in range(1, TREE * ROUNDS + 1)}
    for name in {*types.values(), "Shared Steps"}:
        assert found(story, type_condition([name])) == [number for number, own in types.items() if own == name]
    others = [number for number, own in types.items() if own not in {"Bug", "User Story"}]
    assert found(story, type_condition(["Bug", "User Story"], others=True)) == others


def test_a_query_finds_a_page_above_an_id(story):
    assert found(story, WHOLE, after=7, top=5) == [8, 9, 10, 11, 12]
    assert found(story, WHOLE, after=7, until=9) == [8, 9]


def found(story, condition, *, after=0, until=None, top=1_000):
    query = ids_query(condition, after=after, until=until)
    return [one["id"] for one in list_ids(story, f"/_apis/wit/wiql?%24top={top}", query)]

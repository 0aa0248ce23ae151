"""What became of what: found by work item, replaced by the newest, each site its own."""

from dataclasses import replace

import pytest

from store.item_map import AT_ONCE, ItemMap, MappedItem, MappedPart, PartKind, PartMap
from tests.store.maps import map_items, map_parts
from tests.store.run_rig import NOW, PLACE

ELSEWHERE = replace(PLACE, jira_project_id="10002")
OTHER_SITE = replace(PLACE, installation_id="site-2")
KINDS: tuple[PartKind, ...] = ("comment", "file", "link")


def item(source_id):
    return MappedItem(source_id, f"1{source_id}", f"SHOP-{source_id}", 1, "h")


@pytest.fixture
def issues(engine):
    return ItemMap(engine)


@pytest.fixture
def parts(engine):
    return PartMap(engine)


def test_work_items_are_found(issues, engine):
    map_items(engine, PLACE, [item(1), item(2)], "run-1", NOW)
    assert issues.find_many(PLACE, [1, 3]) == {1: item(1)}
    assert issues.find_many(PLACE, []) == {}


def test_more_than_one_statement_takes(issues, engine):
    some = [item(number) for number in range(1, AT_ONCE + 3)]
    map_items(engine, PLACE, some, "run-1", NOW)
    assert len(issues.find_many(PLACE, range(1, AT_ONCE + 3))) == AT_ONCE + 2


def test_the_newest_replaces(issues, engine):
    map_items(engine, PLACE, [item(1)], "run-1", NOW)
    newer = replace(item(1), revision=5, hash="h5")
    map_items(engine, PLACE, [newer], "run-2", NOW + 1)
    assert issues.find_many(PLACE, [1]) == {1: newer}


def test_what_was_on_an_issue_is_forgotten_when_another_one_takes_its_place(issues, parts, engine):
    kept = [MappedPart(kind, source, "77", "20001") for kind in KINDS for source in (1, 2)]
    for place in (PLACE, ELSEWHERE, OTHER_SITE):
        map_items(engine, place, [item(1), item(2)], "run-1", NOW)
        map_parts(engine, place, kept, "run-1", NOW)

    map_items(engine, PLACE, [replace(item(1), issue_id="99"), replace(item(2), revision=2)], "run-2", NOW + 1)

    def sources(place):
        return {kind: [source for source, _part in parts.find_many(place, kind, [1, 2])] for kind in KINDS}

    assert sources(PLACE) == {kind: [2] for kind in KINDS}
    assert sources(ELSEWHERE) == sources(OTHER_SITE) == {kind: [1, 2] for kind in KINDS}


@pytest.mark.parametrize("place", [ELSEWHERE, OTHER_SITE])
def test_another_place_knows_nothing_of_it(issues, parts, place, engine):
    map_items(engine, PLACE, [item(1)], "run-1", NOW)
    map_parts(engine, PLACE, [MappedPart("file", 1, "guid", "30001")], "run-1", NOW)
    assert issues.find_many(place, [1]) == {}
    assert parts.find_many(place, "file", [1]) == {}


def test_parts_are_found_by_kind_and_work_item(parts, engine):
    comment = MappedPart("comment", 1, "77", "20001", version=2)
    file = MappedPart("file", 1, "guid", "30001", bytes=700, hash="sha")
    map_parts(engine, PLACE, [comment, file], "run-1", NOW)
    assert parts.find_many(PLACE, "comment", [1]) == {(1, "77"): comment}
    assert parts.find_many(PLACE, "file", [1, 2]) == {(1, "guid"): file}

    newer = replace(comment, version=3)
    map_parts(engine, PLACE, [newer], "run-1", NOW)
    assert parts.find_many(PLACE, "comment", [1]) == {(1, "77"): newer}


def test_what_one_run_wrote_is_told_from_what_earlier_ones_did(parts, engine):
    first, second = MappedPart("comment", 1, "77", "20001"), MappedPart("comment", 1, "78", "20002")
    map_parts(engine, PLACE, [first], "run-1", NOW)
    map_parts(engine, PLACE, [second], "run-2", NOW)
    assert parts.find_many(PLACE, "comment", [1], "run-2") == {(1, "78"): second}


def test_a_site_that_is_gone_takes_its_own_along(issues, parts, engine):
    for place in (PLACE, OTHER_SITE):
        map_items(engine, place, [item(1)], "run-1", NOW)
        map_parts(engine, place, [MappedPart("link", 1, "Related:2", "40001")], "run-1", NOW)
    issues.forget_tenant(PLACE.installation_id)
    assert [len(issues.find_many(place, [1])) for place in (PLACE, OTHER_SITE)] == [0, 1]
    assert [len(parts.find_many(place, "link", [1])) for place in (PLACE, OTHER_SITE)] == [0, 1]

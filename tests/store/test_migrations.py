"""Migrations and their mappings: each site sees its own, every version that differs is kept."""

import pytest

from domain.errors import UnknownObject, WrongState
from store.item_map import ItemMap, MappedItem
from store.mappings import VERSIONS_KEPT, Mappings
from store.migrations import NewMigration, Options, Scope
from store.scans import Scans
from tests.store.maps import map_items
from tests.store.run_rig import NOW, OTHER_SITE, PLACE, SITE, RunRig, items

FERN, MOSS = "712020:fern", "712020:moss"


@pytest.fixture
def rig(engine):
    return RunRig(engine)


@pytest.fixture
def mappings(engine):
    return Mappings(engine)


def test_a_migration_is_kept_as_it_was_asked_for(rig):
    scope, options = Scope("Webshop\\Shop", ("Bug", "Task"), None), Options(comments=False, history=True)
    wanted = NewMigration("c", "p", "Webshop", "SHOP", "10001", 7, scope, options)

    made = rig.migrations.add(SITE, wanted, NOW)

    assert (made.scope, made.options, made.board_id, made.mapping_version) == (scope, options, 7, 0)
    assert rig.migrations.find(made.id) == rig.migrations.find_own(SITE, made.id) == made


def test_another_site_finds_none_of_it(rig):
    assert rig.migrations.find_own(OTHER_SITE, rig.migration.id) is None
    assert rig.migrations.list_for(OTHER_SITE) == []
    assert rig.migrations.list_for(SITE) == [rig.migration]


class TestMapping:
    def test_there_is_none_at_first(self, rig, mappings):
        assert (mappings.read(rig.migration.id), mappings.list_versions(rig.migration.id)) == (None, [])

    def test_each_change_is_a_version(self, rig, mappings):
        versions = [mappings.put(rig.migration.id, {"plan": plan}, NOW + at) for at, plan in enumerate("abb")]

        assert versions == [1, 2, 2]
        assert rig.migrations.find(rig.migration.id).mapping_version == 2
        assert [(one.version, one.at) for one in mappings.list_versions(rig.migration.id)] == [(2, NOW + 1), (1, NOW)]
        assert mappings.read(rig.migration.id) == mappings.read(rig.migration.id, 2) == {"plan": "b"}
        assert mappings.read(rig.migration.id, 1) == {"plan": "a"}
        assert mappings.read(rig.migration.id, 9) is None

    def test_old_versions_go_but_for_those_that_runs_use(self, rig, mappings):
        mappings.put(rig.migration.id, {"plan": 0}, NOW)
        rig.start()  # of version 1

        for number in range(VERSIONS_KEPT + 2):
            mappings.put(rig.migration.id, {"plan": number + 1}, NOW)

        kept = [one.version for one in mappings.list_versions(rig.migration.id)]
        assert kept == [*range(VERSIONS_KEPT + 3, 3, -1), 1]

    def test_none_is_put_on_a_migration_that_is_gone(self, rig, mappings):
        with pytest.raises(UnknownObject):
            mappings.put("gone", {}, NOW)


class TestDeleting:
    def test_scan_and_mapping_go_with_it(self, rig, mappings, engine):
        mappings.put(rig.migration.id, {"plan": "a"}, NOW)
        Scans(engine).start(rig.migration.id, NOW)

        rig.runs.delete_migration(rig.migration.id)

        assert rig.migrations.find(rig.migration.id) is None
        assert mappings.read(rig.migration.id) is None
        assert Scans(engine).find_newest(rig.migration.id) is None

    def test_not_while_a_run_has_not_ended(self, rig):
        rig.start()
        with pytest.raises(WrongState, match="Cancel it"):
            rig.runs.delete_migration(rig.migration.id)
        assert rig.migrations.find(rig.migration.id) is not None

    def test_records_of_runs_stay_where_issues_were_made(self, rig, engine):
        made, idle = rig.running(), None
        map_items(engine, PLACE, [MappedItem(5, "10005", "SHOP-5", 1, "h")], made, NOW)
        assert rig.turns.finish(made, {"balanced": True}, NOW)
        idle = rig.running()
        assert rig.turns.finish(idle, {}, NOW)

        rig.runs.delete_migration(rig.migration.id)

        assert rig.runs.find(made).ledger == {"balanced": True}
        assert rig.runs.find(idle) is None
        assert list(ItemMap(engine).find_many(PLACE, [5])) == [5]

    def test_a_run_with_rows_is_left_until_these_are_forgotten(self, rig):
        run_id = rig.running(*items(1))
        rig.settle(rig.turns.claim(run_id, "items", 0, 1, NOW))
        assert rig.turns.finish(run_id, {}, NOW)
        assert rig.runs.list_left() == []

        rig.runs.delete_migration(rig.migration.id)

        assert rig.runs.list_left() == [run_id]
        rig.rows.forget(run_id)
        assert rig.runs.list_left() == [run_id]
        rig.runs.forget_left(run_id)
        assert (rig.runs.list_left(), rig.runs.find(run_id)) == ([], None)

    @pytest.mark.parametrize("call", ["verify", "repair"])
    def test_no_run_is_opened_again_when_it_is_gone(self, rig, engine, call):
        made = rig.running(*items(5))
        map_items(engine, PLACE, [MappedItem(5, "10005", "SHOP-5", 1, "h")], made, NOW)
        rig.settle(rig.turns.claim(made, "items", 0, 1, NOW))
        assert rig.turns.finish(made, {}, NOW)
        rig.runs.delete_migration(rig.migration.id)
        with pytest.raises(UnknownObject, match="migration is gone"):
            rig.runs.move(made, call, NOW)
        assert rig.runs.find(made).state == "done"

    def test_one_that_is_gone(self, rig):
        with pytest.raises(UnknownObject):
            rig.runs.delete_migration("gone")


def test_a_site_that_is_gone_takes_its_own_along(rig):
    other = rig.add_migration(OTHER_SITE)
    rig.migrations.forget_tenant(SITE)
    assert rig.migrations.find(rig.migration.id) is None
    assert rig.migrations.list_for(OTHER_SITE) == [other]


class TestReader:
    def test_it_reads_with_the_token_of_the_connection_unless_it_is_told_otherwise(self, rig):
        assert (rig.migration.read_as, rig.migration.reader) == ("connection", None)
        made = rig.migrations.add(SITE, NewMigration("c", "p", "Webshop", "SHOP", "10001", reader=FERN), NOW)
        assert (made.read_as, made.reader) == ("person", FERN)

    def test_it_is_chosen_anew_and_set_back(self, rig):
        for reader, read_as in ((FERN, "person"), (MOSS, "person"), (None, "connection")):
            rig.migrations.set_reader(rig.migration.id, reader, NOW + 1)
            found = rig.migrations.find(rig.migration.id)
            assert (found.read_as, found.reader, found.changed_at) == (read_as, reader, NOW + 1)

    def test_who_is_forgotten_leaves_one_that_asks_for_somebody_else(self, rig):
        rig.migrations.set_reader(rig.migration.id, FERN, NOW)
        rig.migrations.forget_reader(MOSS)
        assert rig.migrations.find(rig.migration.id).reader == FERN
        rig.migrations.forget_reader(FERN)
        found = rig.migrations.find(rig.migration.id)
        assert (found.read_as, found.reader) == ("person", None)

    def test_a_site_forgets_its_own_readers_alone(self, rig):
        there = rig.migrations.add(OTHER_SITE, NewMigration("c", "p", "W", "SHOP", "10001", reader=FERN), NOW)
        rig.migrations.set_reader(rig.migration.id, FERN, NOW)
        rig.migrations.forget_readers(SITE)
        assert rig.migrations.find(rig.migration.id).reader is None
        assert rig.migrations.find(there.id).reader == FERN

    def test_whether_anything_reads_as_somebody_is_told_by_connection(self, rig):
        rig.migrations.add(SITE, NewMigration("c", "p", "Webshop", "SHOP", "10001", reader=FERN), NOW)
        assert rig.migrations.has_reader("c", FERN)
        assert not rig.migrations.has_reader("c", MOSS)
        assert not rig.migrations.has_reader("another", FERN)

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
    def lend(self, rig, account=FERN, ado_id="ado-1", connection="c", site=SITE):
        wanted = NewMigration(connection, "p", "Webshop", "SHOP", "10001", reader=account, reader_ado_id=ado_id)
        return rig.migrations.add(site, wanted, NOW)

    def read_by(self, rig, migration):
        found = rig.migrations.find(migration.id)
        return found.read_as, found.reader, found.reader_ado_id

    def test_it_reads_with_the_token_of_the_connection_unless_it_is_told_otherwise(self, rig):
        assert self.read_by(rig, rig.migration) == ("connection", None, None)
        assert self.read_by(rig, self.lend(rig)) == ("person", FERN, "ado-1")

    def test_it_is_chosen_anew_and_set_back(self, rig):
        for reader, ado_id, read_as in (
            (FERN, "ado-1", "person"),
            (MOSS, "ado-2", "person"),
            (None, None, "connection"),
        ):
            rig.migrations.set_reader(rig.migration.id, reader, NOW + 1, ado_id=ado_id)
            assert self.read_by(rig, rig.migration) == (read_as, reader, ado_id)
            assert rig.migrations.find(rig.migration.id).changed_at == NOW + 1

    def test_its_scan_goes_with_who_read_it_and_no_other(self, rig, engine):
        scans, other = Scans(engine), rig.add_migration()
        mine, others = scans.start(rig.migration.id, NOW), scans.start(other.id, NOW)
        rig.migrations.set_reader(rig.migration.id, FERN, NOW + 1, ado_id="ado-1")
        assert (scans.find(mine), scans.list_open()) == (None, [others])

    @pytest.mark.parametrize(
        ("calls", "may_change"),
        [
            ([], False),  # queued
            (["begin"], False),
            (["begin", "pause"], False),  # pausing: something is on its way
            (["begin", "pause", "halt"], True),
            (["pause"], True),
            (["pause", "resume"], False),
            (["begin", "cancel"], True),
        ],
    )
    def test_it_does_not_change_under_a_run_that_works(self, rig, engine, calls, may_change):
        run_id, scan_id = rig.start(), Scans(engine).start(rig.migration.id, NOW)
        for call in calls:
            rig.runs.move(run_id, call, NOW)
        if may_change:
            rig.migrations.set_reader(rig.migration.id, FERN, NOW, ado_id="ado-1")
        else:
            with pytest.raises(WrongState, match="Pause it, or cancel it") as caught:
                rig.migrations.set_reader(rig.migration.id, FERN, NOW, ado_id="ado-1")
            assert caught.value.code == "run_open"
        assert self.read_by(rig, rig.migration)[1] == (FERN if may_change else None)
        assert (Scans(engine).find(scan_id) is None) == may_change

    def test_it_changes_despite_a_run_where_that_is_asked_for(self, rig):
        rig.running()
        rig.migrations.set_reader(rig.migration.id, FERN, NOW, ado_id="ado-1", despite_run=True)
        assert self.read_by(rig, rig.migration) == ("person", FERN, "ado-1")

    def test_a_run_of_another_migration_is_in_nobodys_way(self, rig):
        rig.start(rig.add_migration())
        rig.migrations.set_reader(rig.migration.id, FERN, NOW, ado_id="ado-1")
        assert rig.migrations.find(rig.migration.id).reader == FERN

    def test_one_that_is_gone_is_told(self, rig):
        with pytest.raises(UnknownObject):
            rig.migrations.set_reader("gone", FERN, NOW)

    def test_who_is_forgotten_leaves_one_that_asks_for_somebody_else(self, rig):
        lent = self.lend(rig)
        rig.migrations.forget_reader(MOSS)
        assert self.read_by(rig, lent) == ("person", FERN, "ado-1")
        rig.migrations.forget_reader(FERN)
        assert self.read_by(rig, lent) == ("person", None, None)

    def test_a_site_forgets_its_own_readers_alone(self, rig):
        here, there = self.lend(rig), self.lend(rig, site=OTHER_SITE)
        rig.migrations.forget_readers(SITE)
        assert (self.read_by(rig, here), self.read_by(rig, there)[1]) == (("person", None, None), FERN)

    def test_a_connection_forgets_its_own_readers_alone(self, rig):
        here, there = self.lend(rig), self.lend(rig, connection="another")
        rig.migrations.forget_lenders("c")
        assert (self.read_by(rig, here), self.read_by(rig, there)[1]) == (("person", None, None), FERN)

    def test_somebody_takes_back_what_they_lent_and_nothing_else(self, rig):
        lent = [self.lend(rig), self.lend(rig, MOSS), self.lend(rig, connection="another")]
        rig.migrations.take_back("c", FERN)
        assert [self.read_by(rig, one)[1] for one in lent] == [None, MOSS, FERN]

    @pytest.mark.parametrize(("ado_id", "stays"), [("ado-1", True), ("ado-2", False), (None, False)])
    def test_who_is_the_same_there_goes_on_lending(self, rig, ado_id, stays):
        lent = self.lend(rig, ado_id=ado_id)
        rig.migrations.take_back("c", FERN, but_for="ado-1")
        assert self.read_by(rig, lent)[1:] == ((FERN, "ado-1") if stays else (None, None))

    def test_what_reads_as_somebody_is_told_by_connection(self, rig):
        lent = self.lend(rig)
        assert rig.migrations.list_lent("c", FERN) == rig.migrations.list_connection("c") == [lent.id]
        assert rig.migrations.list_lent("c", MOSS) == rig.migrations.list_lent("another", FERN) == []

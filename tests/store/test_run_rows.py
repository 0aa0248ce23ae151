"""The outbox: what is planned once, how far it is, and what changes many rows."""

from functools import partial

import pytest
from sqlalchemy import select, text

from store.outbox import is_mendable, run_rows
from store.run_rows import PlannedRow, RowCount
from store.run_turns import Results, RowResult
from tests.store.run_rig import NOW, PLACE, RunRig, items

LACKING = "sprint_missing,cut,unmapped_person"  # a repair can mend the first


def skip_open(rig, run_id):
    """One row of a cancelled run; how many were left."""
    return rig.rows.skip_open(
        run_id, "cancelled", "The run was cancelled.", NOW, arrived="Its issue is there.", limit=1
    )


def flawed_run(rig):
    """A run of which one work item failed, one was found different, one lacks its sprint and one is perfect."""
    run_id = rig.running(*items(1, 2, 3, 4))
    failed, different, lacking, same = (rig.turns.claim(run_id, "items", 0, 1, NOW) for _row in range(4))
    rig.settle(failed, "failed", reason="refused", detail="Jira refuses it.")
    rig.settle(different, issue_id="10001")
    rig.settle(lacking, issue_id="10001", reason=LACKING, detail="Its sprint was not made.")
    rig.settle(same, issue_id="10001")
    found = {different: "status", lacking: "", same: ""}
    rig.rows.note_verified(run_id, {chunk.rows[0].id: codes for chunk, codes in found.items()})
    return run_id


@pytest.fixture
def rig(engine):
    return RunRig(engine)


def test_a_row_is_planned_once(rig):
    run_id = rig.running(*items(1, 2, revision=3, level=1, parent_id=9))
    rig.plan(run_id, *items(2, 3))
    rows = rig.rows.page(run_id)
    assert [(row.source_id, row.revision, row.level, row.parent_id) for row in rows] == [
        (1, 3, 1, 9), (2, 3, 1, 9), (3, 0, 0, None),
    ]  # fmt: skip


def test_a_row_may_have_ended_before_it_began(rig):
    run_id = rig.running(*items(1, state="skipped", reason="type_not_mapped", detail="Its type is left out."))
    assert rig.rows.find_level(run_id, "items") is None
    assert rig.rows.count_ended(run_id, "items", NOW) == 1
    assert rig.rows.page(run_id)[0].detail == "Its type is left out."


def test_the_highest_level_with_open_rows_is_next(rig):
    run_id = rig.running(*items(1, level=1), *items(2, level=0), *items(3, level=-1))
    seen = []
    while (level := rig.rows.find_level(run_id, "items")) is not None:
        seen.append(level)
        rig.settle(rig.turns.claim(run_id, "items", level, 9, NOW))
    assert seen == [1, 0, -1]
    assert rig.rows.find_level(run_id, "links") is None


def test_when_the_next_row_is_due(rig):
    run_id = rig.running(*items(1), *items(2, level=1))
    rig.settle(rig.turns.claim(run_id, "items", 0, 1, NOW), "planned", due_at=NOW + 700)
    rig.turns.claim(run_id, "items", 1, 1, NOW)
    assert rig.rows.next_due(run_id, "items") == NOW + 700
    assert rig.rows.next_due(run_id, "links") is None


class TestCounting:
    def test_by_phase_and_state(self, rig):
        run_id = rig.running(*items(1, 2, 3), PlannedRow("link", 1, "a"), PlannedRow("sprint", 1))
        rig.settle(rig.turns.claim(run_id, "items", 0, 2, NOW))
        assert rig.rows.count_states(run_id) == {
            "items": {"created": 2, "planned": 1}, "links": {"planned": 1}, "prepare": {"planned": 1},
        }  # fmt: skip

    def test_pages_of_the_newest_verifying_only(self, rig):
        run_id = rig.running(PlannedRow("verify", 1, "9:items"), PlannedRow("verify", 1, "9:links"))
        rig.settle(rig.turns.claim(run_id, "verify", 0, 2, NOW), "unchanged")
        assert rig.rows.count_states(run_id) == {"verify": {"unchanged": 2}}
        rig.plan(run_id, PlannedRow("verify", 1, "10:items"), PlannedRow("verify", 2, "10:items"))
        rig.settle(rig.turns.claim(run_id, "verify", 0, 1, NOW), "unchanged")
        assert rig.rows.count_states(run_id) == {"verify": {"unchanged": 1, "planned": 1}}

    def test_by_what_a_ledger_asks(self, rig):
        run_id = rig.running(*items(1, 2), *items(3, type="Task"), PlannedRow("file", 1, "guid", size=700))
        chunk = rig.turns.claim(run_id, "items", 0, 1, NOW)
        rig.settle(chunk, "failed", reason="field_refused", detail="Jira refuses it.")
        assert sorted(rig.rows.count_reasons(run_id), key=lambda count: (count.kind, count.type, count.state)) == [
            RowCount("file", "", "planned", None, 1, 700),
            RowCount("item", "Bug", "failed", "field_refused", 1, 0),
            RowCount("item", "Bug", "planned", None, 1, 0),
            RowCount("item", "Task", "planned", None, 1, 0),
        ]

    def test_by_minute(self, rig):
        run_id = rig.running(*items(1, 2, 3))
        for seconds in (0, 59, 61):
            rig.settle(rig.turns.claim(run_id, "items", 0, 1, NOW), now=NOW + seconds * 1000)
        first = NOW - NOW % 60_000
        assert rig.rows.count_minutes(run_id) == [(first, "items", 2), (first + 60_000, "items", 1)]
        assert rig.rows.count_ended(run_id, "items", NOW + 59_000) == 2

    def test_nothing_of_another_run(self, rig):
        run_id = rig.running(*items(1))
        rig.turns.finish(run_id, {}, NOW)
        other = rig.running(*items(7))
        assert rig.rows.count_states(other) == {"items": {"planned": 1}}
        assert [row.source_id for row in rig.rows.page(other)] == [7]


class TestFinding:
    def test_rows_of_some_work_items(self, rig):
        run_id = rig.running(*items(1, 2), PlannedRow("link", 1, "a"))
        assert [row.source_id for row in rig.rows.find_many(run_id, "item", [2, 1, 8])] == [1, 2]
        assert [row.part for row in rig.rows.find_many(run_id, "link", [1])] == ["a"]

    def test_page_by_page(self, rig):
        run_id = rig.running(*items(*range(1, 6)))
        first = rig.rows.page(run_id, limit=2)
        second = rig.rows.page(run_id, after=first[-1].id, limit=9)
        assert [row.source_id for row in (*first, *second)] == [1, 2, 3, 4, 5]
        assert rig.rows.page(run_id, phase="links") == []
        assert rig.rows.page(run_id, states=("created",)) == []

    def test_what_is_not_perfect(self, rig):
        run_id = rig.running(*items(1, 2), *items(3, state="skipped", reason="test_item"))
        chunk = rig.turns.claim(run_id, "items", 0, 2, NOW)
        rig.settle(chunk)
        rig.rows.note_verified(run_id, {chunk.rows[0].id: "status,parent", chunk.rows[1].id: ""})

        found = [(row.source_id, row.state, row.difference) for row in rig.rows.page(run_id, imperfect=True)]

        assert found == [(1, "created", "status,parent"), (3, "skipped", None)]
        assert rig.rows.count_differences(run_id) == {"status,parent": 1}


class TestChangingMany:
    def test_what_is_left_of_a_cancelled_run_is_skipped_in_portions(self, rig):
        run_id = rig.running(*items(1, 2, 3, level=1), PlannedRow("link", 1, "a"))
        sending = rig.turns.claim(run_id, "items", 1, 1, NOW)
        portions = list(iter(partial(skip_open, rig, run_id), 0))
        assert portions == [1, 1, 1]
        assert rig.states(run_id) == ["sending", "skipped", "skipped", "skipped"]
        rig.settle(sending)

    def test_what_has_an_issue_already_is_told_as_made(self, rig):
        run_id = rig.running(*items(1, 2))
        chunk = rig.turns.claim(run_id, "items", 0, 1, NOW)
        there = RowResult(chunk.rows[0].id, "planned", issue_id="10001", issue_key="P-1", due_at=NOW)
        rig.turns.settle(chunk, PLACE, Results([there]), NOW)
        assert list(iter(partial(skip_open, rig, run_id), 0)) == [1, 1]
        told = [(row.source_id, row.state, row.reason, row.detail) for row in rig.rows.page(run_id)]
        assert sorted(told) == [
            (1, "created", "cancelled", "Its issue is there."), (2, "skipped", "cancelled", "The run was cancelled."),
        ]  # fmt: skip

    def test_what_failed_or_differs_or_lacks_what_failed_is_planned_again(self, rig):
        run_id = flawed_run(rig)

        assert list(iter(lambda: rig.rows.replan(run_id, NOW + 5), 0)) == [1, 1, 1]

        failed, different, lacking, same = rig.rows.page(run_id)
        assert (failed.state, failed.reason, failed.attempts, failed.due_at) == ("planned", "refused", 0, NOW + 5)
        assert (different.state, different.difference, different.issue_id) == ("planned", "status", "10001")
        assert (lacking.state, lacking.reason, lacking.issue_id) == ("planned", LACKING, "10001")
        assert (same.state, same.difference) == ("created", "")

    def test_what_a_repair_mends_is_found_without_reading_every_row(self, rig, engine):
        run_id = flawed_run(rig)
        query = select(run_rows.c.id).where(run_rows.c.run_id == run_id, is_mendable)
        command = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN"}[engine.dialect.name]
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":  # it reads a table as small as this one whole
                connection.execute(text("SET LOCAL enable_seqscan = off"))
            told = connection.execute(
                text(f"{command} {query.compile(engine, compile_kwargs={'literal_binds': True})}")
            )
            assert "ix_run_rows_mendable" in str(told.all())

    def test_what_it_was_planned_again_for_counts_until_it_has_ended_anew(self, rig):
        run_id = flawed_run(rig)
        sum(iter(lambda: rig.rows.replan(run_id, NOW), 0))
        chunk = rig.turns.claim(run_id, "items", 0, 9, NOW)
        assert [(row.reason, row.difference) for row in chunk.rows] == [
            ("refused", None), (None, "status"), (LACKING, "")
        ]  # fmt: skip
        rig.settle(chunk, "updated")
        rows = rig.rows.page(run_id, phase="items", states=["updated"])
        assert {(row.reason, row.detail, row.difference) for row in rows} == {(None, None, None)}
        assert rig.rows.replan(run_id, NOW) == 0

    def test_what_a_cancelled_repair_did_not_come_to_is_as_it_was(self, rig):
        run_id = flawed_run(rig)
        before = [(row.reason, row.detail, row.difference) for row in rig.rows.page(run_id, phase="items")]
        sum(iter(lambda: rig.rows.replan(run_id, NOW), 0))

        assert list(iter(lambda: rig.rows.put_back(run_id, NOW, 2), 0)) == [2, 1]

        rows = rig.rows.page(run_id, phase="items")
        assert [row.state for row in rows] == ["failed", "unchanged", "unchanged", "created"]
        assert [(row.reason, row.detail, row.difference) for row in rows] == before
        assert sum(iter(lambda: rig.rows.replan(run_id, NOW), 0)) == 3

    def test_a_run_is_forgotten_alone(self, rig):
        gone = rig.running(*items(1, 2))
        rig.turns.finish(gone, {}, NOW)
        stays = rig.running(*items(1))
        rig.rows.forget(gone)
        assert (rig.rows.page(gone), len(rig.rows.page(stays))) == ([], 1)

    def test_the_database_may_look_at_the_table_again(self, rig):
        run_id = rig.running(*items(1))
        rig.rows.analyze()
        assert rig.states(run_id) == ["planned"]

"""Chunks of a run: one worker at a time has a row, and nothing that was sent is guessed about or lost."""

import threading

import pytest

from store.item_map import ItemMap, MappedItem, MappedPart, PartMap
from store.run_rows import PlannedRow
from store.run_turns import LEASE_MILLISECONDS, Results, RowResult, SplitRow
from tests.store.run_rig import NOW, PLACE, RunRig, items

LATER = NOW + LEASE_MILLISECONDS


@pytest.fixture
def rig(engine):
    return RunRig(engine)


def links(*sources, part="other"):
    return [PlannedRow("link", source, f"{part}-{number}") for number, source in enumerate(sources)]


def sources(chunk):
    return [row.source_id for row in chunk.rows] if chunk else None


class TestClaiming:
    def test_chunks_come_in_order_and_no_row_comes_twice(self, rig):
        run_id = rig.running(*items(5, 3, 9))
        taken = [sources(rig.turns.claim(run_id, "items", 0, 2, NOW)) for _chunk in range(3)]
        assert taken == [[5, 3], [9], None]
        assert rig.states(run_id) == ["sending"] * 3

    def test_only_one_level(self, rig):
        run_id = rig.running(*items(1, level=1), *items(2, level=0))
        assert sources(rig.turns.claim(run_id, "items", 0, 9, NOW)) == [2]
        assert sources(rig.turns.claim(run_id, "items", 1, 9, NOW)) == [1]

    @pytest.mark.parametrize("call", ["pause", "cancel"])
    def test_nothing_of_a_run_that_stops(self, rig, call):
        run_id = rig.running(*items(1), *links(1))
        rig.runs.move(run_id, call, NOW)
        assert rig.turns.claim(run_id, "items", 0, 1, NOW) is None
        assert rig.turns.claim_issues(run_id, "links", 1, NOW) is None

    def test_nothing_before_its_time(self, rig):
        run_id = rig.running(*items(1))
        rig.settle(rig.turns.claim(run_id, "items", 0, 1, NOW), "planned", due_at=NOW + 500, attempts=1)
        assert rig.turns.claim(run_id, "items", 0, 1, NOW + 499) is None
        assert rig.turns.claim(run_id, "items", 0, 1, NOW + 500).rows[0].attempts == 1

    def test_many_at_once_share_the_rows(self, rig):
        run_id = rig.running(*items(*range(1, 61)))
        taken = []

        def work():
            while chunk := rig.turns.claim(run_id, "items", 0, 7, NOW):
                taken.extend(sources(chunk))

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(taken) == list(range(1, 61))


class TestClaimingIssues:
    def test_all_rows_of_a_work_item_are_in_one_hand(self, rig):
        run_id = rig.running(*links(1, 2, 1, 3))
        assert sources(rig.turns.claim_issues(run_id, "links", 2, NOW)) == [1, 1]
        assert sources(rig.turns.claim_issues(run_id, "links", 9, NOW)) == [2, 3]

    def test_each_kind_of_a_work_item_is_in_a_hand_of_its_own(self, rig):
        """Sprints are made in one order, however many there are and whoever makes components meanwhile."""
        parts = [PlannedRow("sprint", 0, f"sprint-{number}") for number in range(3)]
        run_id = rig.running(*parts, PlannedRow("component", 0, "shop"))
        first = rig.turns.claim_issues(run_id, "prepare", 1, NOW)
        second = rig.turns.claim_issues(run_id, "prepare", 9, NOW)
        assert [[row.part for row in chunk.rows] for chunk in (first, second)] == [["sprint-0"], ["shop"]]
        assert rig.turns.claim_issues(run_id, "prepare", 9, NOW) is None

    def test_a_work_item_that_did_not_fit_waits_for_its_first_rows(self, rig):
        run_id = rig.running(*links(1, 1, 1))
        first = rig.turns.claim_issues(run_id, "links", 2, NOW)
        assert rig.turns.claim_issues(run_id, "links", 2, NOW) is None

        rig.settle(first)

        assert [row.part for row in rig.turns.claim_issues(run_id, "links", 2, NOW).rows] == ["other-2"]

    def test_what_is_put_off_holds_up_what_comes_after_it(self, rig):
        run_id = rig.running(*links(1, 1))
        chunk = rig.turns.claim_issues(run_id, "links", 1, NOW)
        rig.settle(chunk, "planned", due_at=NOW + 500)
        assert rig.turns.claim_issues(run_id, "links", 9, NOW) is None
        assert len(rig.turns.claim_issues(run_id, "links", 9, NOW + 500).rows) == 2

    def test_a_row_put_off_in_the_middle_ends_the_chunk(self, rig):
        run_id = rig.running(*links(1, 1, 1))
        chunk = rig.turns.claim_issues(run_id, "links", 9, NOW)
        results = [
            RowResult(row.id, "planned", due_at=NOW + 500 * (number == 1)) for number, row in enumerate(chunk.rows)
        ]
        rig.turns.settle(chunk, PLACE, Results(results), NOW)
        assert [row.part for row in rig.turns.claim_issues(run_id, "links", 9, NOW).rows] == ["other-0"]

    def test_many_at_once_never_share_a_work_item(self, rig):
        run_id = rig.running(*links(*(source for source in range(1, 21) for _row in range(3))))
        held: set[int] = set()
        clashes: list[int] = []
        lock = threading.Lock()

        def work():
            while chunk := rig.turns.claim_issues(run_id, "links", 5, NOW):
                mine = set(sources(chunk))
                with lock:
                    clashes.extend(mine & held)
                    held.update(mine)
                with lock:
                    held.difference_update(mine)
                    rig.settle(chunk)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        while chunk := rig.turns.claim_issues(run_id, "links", 50, NOW):
            rig.settle(chunk)
        assert (clashes, set(rig.states(run_id))) == ([], {"created"})


class TestKeyFloor:
    def test_it_does_not_rise_over_issues_that_a_dead_worker_may_have_made(self, rig):
        run_id = rig.running(*items(1))
        rig.runs.raise_floor(run_id, 12)
        chunk = rig.turns.claim(run_id, "items", 0, 1, NOW)
        rig.runs.raise_floor(run_id, 20)
        assert rig.runs.find(run_id).key_floor == 12

        rig.settle(chunk)

        rig.runs.raise_floor(run_id, 30)
        assert rig.runs.find(run_id).key_floor == 30


class TestSending:
    def test_only_what_is_still_held_may_be_sent(self, rig):
        run_id = rig.running(*items(1, 2))
        chunk = rig.turns.claim(run_id, "items", 0, 2, NOW)
        one, two = (row.id for row in chunk.rows)
        assert rig.turns.mark_sent(chunk, [one], NOW) == {one}

        lost = rig.turns.take_lost(run_id, "items", 9, LATER)  # `two` was not sent, so it is planned again

        assert [row.id for row in lost.rows] == [one]
        assert rig.turns.mark_sent(chunk, [one, two], LATER) == frozenset()
        assert rig.states(run_id) == ["sending", "planned"]

    def test_a_lease_that_is_renewed_is_not_lost(self, rig):
        run_id = rig.running(*items(1))
        chunk = rig.turns.claim(run_id, "items", 0, 1, NOW)
        rig.turns.mark_sent(chunk, [chunk.rows[0].id], NOW)
        assert rig.turns.renew(chunk, LATER - 1) == 1
        assert rig.turns.take_lost(run_id, "items", 9, LATER) is None

    @pytest.mark.parametrize("level", [0, 1])
    def test_a_living_worker_keeps_its_rows_on_every_level(self, rig, level):
        """A query over two levels at once finds them on SQLite, once it knows how few rows there are."""
        run_id = rig.running(*items(1, 2, level=1), *items(3, 4, level=0), *links(1), PlannedRow("sprint", 0))
        assert rig.turns.claim(run_id, "items", level, 1, NOW)
        rig.rows.analyze()
        assert rig.turns.take_lost(run_id, "items", 9, NOW) is None
        assert rig.states(run_id).count("sending") == 1

    def test_what_was_lost_is_found_on_every_level_the_highest_first(self, rig):
        run_id = rig.running(*items(1, 2, level=0), *items(3, level=1))
        for level in (0, 1):
            chunk = rig.turns.claim(run_id, "items", level, 9, NOW)
            rig.turns.mark_sent(chunk, [row.id for row in chunk.rows], NOW)
        assert sources(rig.turns.take_lost(run_id, "items", 2, LATER)) == [1, 3]
        assert sources(rig.turns.take_lost(run_id, "items", 2, LATER)) == [2]

    def test_what_was_looked_up_in_vain_is_there_for_anybody_before_its_lease_ends(self, rig):
        run_id = rig.running(*items(1, 2))
        chunk = rig.turns.claim(run_id, "items", 0, 2, NOW)
        rig.turns.mark_sent(chunk, [row.id for row in chunk.rows], NOW)
        done = RowResult(chunk.rows[0].id, "created", issue_id="1", issue_key="P-1")
        rig.turns.settle(chunk, PLACE, Results([done]), NOW)
        rig.turns.put_off(chunk, NOW + 7)
        assert rig.turns.take_lost(run_id, "items", 9, NOW + 6) is None
        assert sources(rig.turns.take_lost(run_id, "items", 9, NOW + 7)) == [2]
        rig.turns.put_off(chunk, NOW)  # too late: it is another's by now
        assert rig.turns.take_lost(run_id, "items", 9, NOW + 8) is None

    def test_what_was_not_sent_is_given_back(self, rig):
        run_id = rig.running(*items(1, 2))
        chunk = rig.turns.claim(run_id, "items", 0, 2, NOW)
        rig.turns.mark_sent(chunk, [chunk.rows[0].id], NOW)
        rig.turns.give_back(chunk, NOW + 5)
        assert rig.states(run_id) == ["sending", "planned"]
        assert rig.turns.claim(run_id, "items", 0, 2, NOW + 5).rows[0].source_id == 2

    @pytest.mark.parametrize("call", ["pause", "cancel"])
    def test_what_was_lost_is_found_whatever_the_state(self, rig, call):
        run_id = rig.running(*items(1))
        chunk = rig.turns.claim(run_id, "items", 0, 1, NOW)
        rig.turns.mark_sent(chunk, [chunk.rows[0].id], NOW)
        rig.runs.move(run_id, call, NOW)
        (row,) = rig.turns.take_lost(run_id, "items", 9, LATER).rows
        assert row.sent_at == NOW


class TestSettling:
    def test_rows_and_map_are_written_together(self, rig, engine):
        run_id = rig.running(*items(1, 2))
        chunk = rig.turns.claim(run_id, "items", 0, 2, NOW)
        results = Results(
            [RowResult(chunk.rows[0].id, "created", issue_id="10001", issue_key="SHOP-1", hash="h1"),
             RowResult(chunk.rows[1].id, "failed", reason="field_refused", detail="Jira refuses jane@example.com.")],
            [MappedItem(1, "10001", "SHOP-1", 4, "h1")], [MappedPart("comment", 1, "77", "20001", version=2)],
        )  # fmt: skip

        assert rig.turns.settle(chunk, PLACE, results, NOW + 3) == 2

        created, failed = rig.rows.page(run_id)
        assert (created.state, created.issue_key, created.hash) == ("created", "SHOP-1", "h1")
        assert (failed.state, failed.reason, failed.detail) == ("failed", "field_refused", "Jira refuses ***.")
        assert ItemMap(engine).find_many(PLACE, [1, 2]) == {1: MappedItem(1, "10001", "SHOP-1", 4, "h1")}
        assert PartMap(engine).find_many(PLACE, "comment", [1])[1, "77"].target_id == "20001"
        assert rig.runs.find(run_id).changed_at == NOW + 3

    def test_a_success_counts_whoever_holds_the_row(self, rig):
        run_id = rig.running(*items(1))
        slow = rig.turns.claim(run_id, "items", 0, 1, NOW)
        rig.turns.mark_sent(slow, [slow.rows[0].id], NOW)
        finder = rig.turns.take_lost(run_id, "items", 9, LATER)

        assert rig.settle(slow, "created", issue_id="10001") == 1

        assert rig.settle(finder, "planned", due_at=LATER) == 0
        assert rig.rows.page(run_id)[0].issue_id == "10001"

    def test_also_when_it_was_planned_again(self, rig):
        run_id = rig.running(*items(1))
        slow = rig.turns.claim(run_id, "items", 0, 1, NOW)
        rig.turns.mark_sent(slow, [slow.rows[0].id], NOW)
        rig.settle(rig.turns.take_lost(run_id, "items", 9, LATER), "planned", due_at=LATER)
        assert rig.settle(slow, "created") == 1
        assert rig.turns.claim(run_id, "items", 0, 1, LATER) is None

    @pytest.mark.parametrize("state", ["failed", "skipped", "planned"])
    def test_anything_else_only_by_whoever_has_it(self, rig, state):
        run_id = rig.running(*items(1))
        slow = rig.turns.claim(run_id, "items", 0, 1, NOW)
        rig.turns.mark_sent(slow, [slow.rows[0].id], NOW)
        rig.turns.take_lost(run_id, "items", 9, LATER)
        assert rig.settle(slow, state, due_at=NOW) == 0
        assert rig.states(run_id) == ["sending"]

    def test_a_success_that_goes_with_such_a_row_likewise(self, rig):
        """Rows whose comments are counted in another one: neither of the two without the other."""
        run_id = rig.running(*items(1))
        slow = rig.turns.claim(run_id, "items", 0, 1, NOW)
        rig.turns.mark_sent(slow, [slow.rows[0].id], NOW)
        finder = rig.turns.take_lost(run_id, "items", 9, LATER)
        assert rig.settle(slow, "unchanged", needs_lease=True) == 0
        assert rig.settle(finder, "unchanged", needs_lease=True) == 1

    def test_what_has_ended_stays(self, rig):
        run_id = rig.running(*items(1))
        chunk = rig.turns.claim(run_id, "items", 0, 1, NOW)
        rig.settle(chunk, "adopted")
        assert rig.settle(chunk, "created") == 0
        assert rig.states(run_id) == ["adopted"]

    def test_a_row_that_is_tried_again_was_not_sent(self, rig):
        run_id = rig.running(*items(1))
        chunk = rig.turns.claim(run_id, "items", 0, 1, NOW)
        rig.turns.mark_sent(chunk, [chunk.rows[0].id], NOW)
        rig.settle(chunk, "planned", due_at=NOW, attempts=1)
        assert rig.rows.page(run_id)[0].sent_at is None

    def test_a_batch_of_comments_is_split_when_one_of_them_failed(self, rig):
        run_id = rig.running(PlannedRow("comments", 1, "70", size=10))
        chunk = rig.turns.claim_issues(run_id, "comments", 1, NOW)
        (row,) = chunk.rows
        split = SplitRow(row.id, "74", 1, "failed", "too_long", "It is longer than Jira takes.")
        rig.turns.settle(chunk, PLACE, Results([RowResult(row.id, "created")], splits=[split]), NOW)

        rows = [(row.part, row.size, row.state, row.reason) for row in rig.rows.page(run_id)]
        assert rows == [("70", 9, "created", None), ("74", 1, "failed", "too_long")]

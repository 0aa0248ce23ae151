"""A pause and a cancel take effect in the middle of a chunk; what was not begun does not wait, and nothing is lost."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from clients.jira_issue_parts import IssueParts
from migration import file_sending, hands
from migration.run_watch import LOOK_EVERY
from store.migrations import Options
from store.run_turns import LEASE_MILLISECONDS, RunTurns
from tests.migration.parts_rig import (
    BOTH,
    COMMENTS,
    LINKS,
    PLAIN,
    failing,
    ledger_of,
    make_items,
    only,
    record_of,
    work_until,
)
from tests.migration.run_rig import RunRig, running_run_rig
from tests.migration.run_ways import settle

FILES = Options(comments=False, attachments=True, links=False)
RELATED = "System.LinkTypes.Related"
POST_COMMENT, POST_LINK = r"/issue/\d+/comment$", "/rest/api/3/issueLink$"

pytestmark = pytest.mark.usefixtures("short_pauses")


@pytest.fixture(scope="module")
def rig(redis_server, migrated_file, tmp_path_factory) -> Iterator[RunRig]:
    """With one thread, so that what is stopped comes in one order."""
    folder = tmp_path_factory.mktemp("stops")
    with (
        ThreadPoolExecutor(1) as alone,
        pytest.MonkeyPatch.context() as patch,
        running_run_rig(redis_server, migrated_file, folder, count=5, links=1, attachments=0.5, comments=1) as rig,
    ):
        patch.setattr(hands, "_threads", lambda: alone)
        yield rig
        assert rig.site.violations == []


def say(rig, number, count):
    return [rig.organization.comment_work_item(number, f"<p>Word {word}</p>").id for word in range(count)]


def start(rig, numbers, options, phase):
    """A run that is about to begin a phase, and its project."""
    project = rig.project()
    run_id = rig.start(project, options=options, mapping=PLAIN, scope=only(numbers))
    work_until(rig, run_id, phase)
    return run_id, project


def stop_after(rig, monkeypatch, name, run_id, call):
    """Somebody pauses or cancels the run right after the first call of this name was answered."""
    write, calls = getattr(IssueParts, name), list[str]()

    def write_and_stop(*given, **named):
        found = write(*given, **named)
        calls.append(name)
        if len(calls) == 1:
            rig.services.runs.move(run_id, call, rig.clock.now)
            rig.clock.now += LOOK_EVERY
        return found

    monkeypatch.setattr(IssueParts, name, write_and_stop)


def said(rig, project, number):
    return [one.properties["crosswalk.comment"]["id"] for one in record_of(rig, project, number).comments]


def outcomes(rig, run_id, kind):
    return sorted((row.state, row.reason, row.size) for row in rig.rows(run_id, kind))


def resume(rig, run_id):
    rig.services.runs.move(run_id, "resume", rig.clock.now)
    rig.work(run_id)


class TestComments:
    @pytest.fixture
    def talks(self, rig):
        """Two work items with comments, and their ids."""
        first, second = make_items(rig, 2)
        return {first: say(rig, first, 3), second: say(rig, second, 1)}

    def test_a_pause_takes_effect_between_two_of_them(self, rig, talks, monkeypatch):
        run_id, project = start(rig, list(talks), COMMENTS, "links")
        stop_after(rig, monkeypatch, "add_comment", run_id, "pause")
        assert settle(rig, run_id).state == "paused"
        (longer, ids), (shorter, _ids) = talks.items()
        assert (said(rig, project, longer), said(rig, project, shorter)) == (ids[:1], [])
        assert outcomes(rig, run_id, "comments") == [("created", None, 1), ("planned", None, 1), ("planned", None, 2)]

        resume(rig, run_id)
        assert {number: said(rig, project, number) for number in talks} == talks
        assert ledger_of(rig, run_id, "comments") == {"scanned": 4, "created": 4}

    def test_a_cancel_takes_effect_between_two_of_them(self, rig, talks, monkeypatch):
        run_id, project = start(rig, list(talks), COMMENTS, "links")
        stop_after(rig, monkeypatch, "add_comment", run_id, "cancel")
        assert settle(rig, run_id).state == "cancelled"
        longer = next(iter(talks))
        assert said(rig, project, longer) == talks[longer][:1]
        assert outcomes(rig, run_id, "comments") == [
            ("created", None, 1), ("skipped", "cancelled", 1), ("skipped", "cancelled", 2),
        ]  # fmt: skip
        assert rig.ledger(run_id)["balanced"]

    @pytest.mark.parametrize("call", ["pause", "cancel"])
    def test_a_repair_of_rows_that_were_split_may_be_stopped(self, rig, talks, monkeypatch, call):
        """Their issues were deleted; an earlier run had brought some of the comments."""
        first, project = start(rig, list(talks), COMMENTS, "links")
        rig.work(first)
        for number in talks:
            talks[number] += say(rig, number, 2)
        run_id = rig.start(project, options=COMMENTS, mapping=PLAIN, scope=only(list(talks)))
        rig.work(run_id)
        for number in talks:
            rig.site.tracker.remove(record_of(rig, project, number))
        rig.services.runs.move(run_id, "verify", rig.clock.now)
        rig.work(run_id)
        rig.services.runs.move(run_id, "repair", rig.clock.now)
        work_until(rig, run_id, "links")
        with monkeypatch.context() as patch:
            stop_after(rig, patch, "add_comment", run_id, call)
            assert settle(rig, run_id).state == {"pause": "paused", "cancel": "done"}[call]
        assert sorted(len(said(rig, project, number)) for number in talks) == [0, 1]
        if call == "cancel":
            assert rig.ledger(run_id)["balanced"]
            rig.services.runs.move(run_id, "verify", rig.clock.now)
            rig.work(run_id)
            rig.services.runs.move(run_id, "repair", rig.clock.now)
            rig.work(run_id)
        else:
            resume(rig, run_id)
        assert {number: said(rig, project, number) for number in talks} == talks
        told = ledger_of(rig, run_id, "comments")
        assert told.pop("scanned") == sum(told.values()) == sum(map(len, talks.values()))

    def test_they_are_not_read_any_more(self, rig, monkeypatch):
        """Azure DevOps tells those of one work item page by page, and may delay each."""
        (number,) = make_items(rig, 1)
        ids = say(rig, number, 2)
        run_id, project = start(rig, [number], COMMENTS, "links")
        mark_sent, marks = RunTurns.mark_sent, list[int]()

        def mark_and_stop(own, chunk, row_ids, now):
            found = mark_sent(own, chunk, row_ids, now)
            if not marks:
                rig.services.runs.move(run_id, "pause", rig.clock.now)
                rig.clock.now += LOOK_EVERY
            marks.append(now)
            return found

        monkeypatch.setattr(RunTurns, "mark_sent", mark_and_stop)
        assert settle(rig, run_id).state == "paused"
        assert said(rig, project, number) == []
        assert [(row.state, row.sent_at) for row in rig.rows(run_id, "comments")] == [("planned", None)]
        resume(rig, run_id)
        assert said(rig, project, number) == ids

    def test_a_worker_that_ends_leaves_nothing_on_its_way(self, rig, talks, monkeypatch):
        run_id, project = start(rig, list(talks), COMMENTS, "links")
        add = IssueParts.add_comment

        def add_and_end(*given):
            rig.services.stopping.set()
            return add(*given)

        with monkeypatch.context() as patch:
            patch.setattr(IssueParts, "add_comment", add_and_end)
            rig.turn(run_id)
        rig.services.stopping.clear()
        assert [row.state for row in rig.rows(run_id, "comments")].count("planned") == 2
        rig.work(run_id)
        assert {number: said(rig, project, number) for number in talks} == talks


class TestLinks:
    def test_a_pause_takes_effect_between_two_of_them(self, rig, monkeypatch):
        hub, *others = make_items(rig, 4)
        for other in others:
            rig.organization.link_work_items(hub, RELATED, other)
        run_id, project = start(rig, [hub, *others], LINKS, "links")
        stop_after(rig, monkeypatch, "add_link", run_id, "pause")
        assert settle(rig, run_id).state == "paused"
        assert rig.count(project)["links"] == 1
        assert [row.state for row in rig.rows(run_id, "link")].count("planned") == 2
        resume(rig, run_id)
        assert rig.count(project)["links"] == 3
        assert ledger_of(rig, run_id, "links") == {"scanned": 3, "created": 3}

    def test_they_do_not_wait_when_comments_beside_them_cannot_be_looked_up(self, rig):
        first, second = make_items(rig, 2)
        rig.organization.link_work_items(first, RELATED, second)
        ids = say(rig, first, 1)
        run_id, project = start(rig, [first, second], BOTH, "links")
        busy = {"RateLimit-Reason": "jira-per-issue-on-write", "Retry-After": "1"}
        with failing(rig, POST_COMMENT, drop="after"), failing(rig, POST_LINK, status=429, headers=busy):
            rig.turn(run_id)
        assert [row.state for row in rig.rows(run_id, "comments")] == ["sending"]
        rig.clock.now += LEASE_MILLISECONDS
        with failing(rig, r"/issue/\d+/comment$", method="GET", status=503, times=None):
            rig.turn(run_id)
        assert [(row.state, row.sent_at) for row in rig.rows(run_id, "link")] == [("planned", None)]
        rig.work(run_id)
        assert rig.count(project)["links"] == 1
        assert said(rig, project, first) == ids


class TestFiles:
    def test_a_pause_takes_effect_between_two_of_an_issue(self, rig, monkeypatch):
        (number,) = make_items(rig, 1)
        for name in ("a.txt", "b.txt"):
            rig.organization.attach_file(number, name, size=100)
        run_id, project = start(rig, [number], FILES, "files")
        stop_after(rig, monkeypatch, "attach_file", run_id, "pause")
        assert settle(rig, run_id).state == "paused"
        assert len(record_of(rig, project, number).files) == 1
        assert outcomes(rig, run_id, "file") == [("created", None, 100), ("planned", None, 100)]
        resume(rig, run_id)
        assert len(record_of(rig, project, number).files) == 2
        assert ledger_of(rig, run_id, "attachments") == {"scanned": 2, "created": 2}

    @pytest.mark.parametrize("call", ["pause", "cancel"])
    def test_a_long_one_is_broken_off_and_no_half_of_it_arrives(self, rig, monkeypatch, call):
        (number,) = make_items(rig, 1)
        rig.organization.attach_file(number, "long.bin", size=300_000)
        run_id, project = start(rig, [number], FILES, "files")
        monkeypatch.setattr(file_sending, "MARK_SECONDS", -1.0)
        mark_sent, marks = RunTurns.mark_sent, list[int]()

        def mark_and_stop(own, chunk, row_ids, now):
            marks.append(now)
            if len(marks) == 2:  # the first piece has passed
                rig.services.runs.move(run_id, call, rig.clock.now)
                rig.clock.now += LOOK_EVERY
            return mark_sent(own, chunk, row_ids, now)

        monkeypatch.setattr(RunTurns, "mark_sent", mark_and_stop)
        run = settle(rig, run_id)
        assert record_of(rig, project, number).files == []
        if call == "cancel":
            assert (run.state, rig.ledger(run_id)["balanced"]) == ("cancelled", True)
            assert outcomes(rig, run_id, "file") == [("skipped", "cancelled", 300_000)]
            return
        assert run.state == "paused"
        assert [(row.state, row.attempts) for row in rig.rows(run_id, "file")] == [("planned", 0)]
        resume(rig, run_id)
        assert [one.size for one in record_of(rig, project, number).files] == [300_000]

"""Runs by command: started, looked at, told what to do, reported; and how each of these ends."""

import csv
import io
from typing import Any

import pytest

from app.exit_codes import ExitCode, code_of_error
from app.following import tell_pace, tell_seconds
from app.run_views import Tally, view_run
from domain.errors import Ambiguous, Forbidden, RateLimited, StoreUnavailable, Unavailable, WrongState
from linkage.run_numbers import count_numbers
from store.item_map import MapPlace
from store.run_rows import PlannedRow
from store.run_turns import Results, RowResult
from store.runs import Waiting
from tests.app.command_rig import (
    desk,
    flask,
    known_migrations,
    meanwhile,
    press_ctrl_c,
    said,
    shared_migrations,
    written_file,
)
from tests.app.migration_rig import items, problem

__all__ = ["desk", "flask", "shared_migrations", "written_file"]

CREATED = {"state": "created", "issue_key": "SHOP-1"}
FAILED = {"state": "failed", "reason": "field_refused", "detail": "Jira refuses a field."}
SKIPPED = {"state": "skipped", "reason": "type_left_out"}
NO_RUN = "11111111-2222-4333-8444-555555555555"


def two_bugs(desk, *results, scanned=2):
    """A run of two bugs of which these things became."""
    run = desk.running(*items(7, 8), scanned={"item:Bug": scanned})
    desk.settle(run, *results)
    return run


def end(desk, run):
    """A worker ends it."""
    assert desk.services.run_turns.finish(run, count_numbers(desk.services, desk.services.runs.find(run)), desk.now)
    return run


def whole(desk):
    return end(desk, two_bugs(desk, CREATED, SKIPPED))


def with_failures(desk):
    return end(desk, two_bugs(desk, CREATED, FAILED))


def with_differences(desk):
    run = two_bugs(desk, CREATED, CREATED)
    first, *_others = desk.services.run_rows.page(run)
    desk.services.run_rows.note_verified(run, {first.id: "status"})
    return end(desk, run)


def with_a_failed_sprint(desk):
    """No work item of its iteration is in scope, so nothing but the sprint itself tells of it."""
    sprint = PlannedRow("sprint", 0, "digest", state="failed", reason="no_permission")
    run = desk.running(*items(7, 8), sprint, scanned={"item:Bug": 2})
    desk.settle(run, CREATED, CREATED)
    return end(desk, run)


def with_an_issue_in_no_sprint(desk):
    return end(desk, two_bugs(desk, CREATED, CREATED | {"reason": "sprint_missing"}))


def short_of_one(desk):
    return end(desk, two_bugs(desk, CREATED, FAILED, scanned=3))


def failed(desk):
    run = two_bugs(desk, CREATED, CREATED)
    assert desk.services.run_turns.fail(run, "unauthorized", "The token has expired.", desk.now)
    return close(desk, run)


def cancelled(desk):
    run = two_bugs(desk, CREATED, CREATED)
    desk.services.runs.move(run, "cancel", desk.now)
    return close(desk, run)


def cancelled_and_short_of_one(desk):
    """Why it was ended tells more than its numbers."""
    run = two_bugs(desk, CREATED, CREATED, scanned=3)
    desk.services.runs.move(run, "cancel", desk.now)
    return close(desk, run)


def cancelled_while_planned(desk):
    run = desk.start()
    desk.services.runs.move(run, "cancel", desk.now)
    return close(desk, run)


def paused(desk):
    run = desk.start()
    desk.services.runs.move(run, "pause", desk.now)
    return run


def close(desk, run):
    assert desk.services.run_turns.close(run, count_numbers(desk.services, desk.services.runs.find(run)), desk.now)
    return run


ENDS = [
    (whole, 0, "The ledger balances"),
    (with_failures, 4, "Failed: field_refused 1"),
    (with_differences, 4, "Differs: status 1"),
    (with_a_failed_sprint, 4, "1 sprint was not made."),
    (with_an_issue_in_no_sprint, 4, "1 issue is in no sprint"),
    (short_of_one, 5, "The ledger does not balance."),
    (failed, 6, "The token has expired."),
    (cancelled, 6, "cancelled"),
    (cancelled_and_short_of_one, 6, "The ledger does not balance."),
    (cancelled_while_planned, 6, "Not everything in scope was read"),
    (paused, 6, "The run has not ended"),
]


class TestEnds:
    @pytest.mark.parametrize(("arrange", "code", "words"), ENDS, ids=[row[0].__name__ for row in ENDS])
    def test_the_exit_code_tells_how_well_it_went(self, desk, flask, arrange, code, words):
        run = arrange(desk)
        for command in ("watch", "report"):
            result = flask(command, run)
            assert (command, result.exit_code) == (command, code)
            assert words in result.stdout
            assert said(flask(command, run, "--json"), code)["id"] == run

    @pytest.mark.parametrize(
        ("error", "code"),
        [(WrongState("x"), 1), (Forbidden("Jira", 403, "x"), 1), (StoreUnavailable("x"), 7),
         (RateLimited("Jira", 429, "x"), 7), (Unavailable("Jira", 503, "x"), 7), (Ambiguous("Jira", None, "x"), 7)],
    )  # fmt: skip
    def test_trying_again_later_helps_or_not(self, error, code):
        assert code_of_error(error) == code

    def test_no_code_is_wrong_usage(self, flask):
        assert 2 not in set(ExitCode)
        assert flask("run").exit_code == 2

    @pytest.mark.parametrize("command", ["watch", "status", "report", "pause", "resume", "cancel", "verify", "repair"])
    def test_a_run_that_is_not_there(self, flask, command):
        result = flask(command, NO_RUN)
        assert (result.exit_code, f"There is no run {NO_RUN}" in result.stderr) == (1, True)


class TestStart:
    @pytest.fixture
    def scanned(self, desk, flask, written_file):
        path = written_file()
        flask("scan", path, "--no-wait")
        desk.scan(known_migrations(desk)[0].id)
        return path

    @pytest.mark.parametrize(("options", "kind"), [((), "full"), (("--sample",), "sample")])
    def test_a_run_begins_with_the_mapping_of_the_file_after_a_check(self, desk, flask, scanned, options, kind):
        with desk.worker(check={"problems": []}) as asked:
            shown = said(flask("run", scanned, "--no-wait", "--json", *options))
        run = desk.services.runs.find(shown["id"])
        assert (run.state, run.kind, run.mapping_version) == ("queued", kind, 1)
        assert asked[0][0] == "check"

    def test_with_an_error_in_the_check_there_is_none(self, desk, flask, scanned):
        with desk.worker(check={"problems": [problem("no_board", advice="Choose one.")]}):
            result = flask("run", scanned)
        assert (result.exit_code, result.stdout) == (3, "")
        assert "Choose one." in result.stderr
        assert desk.services.runs.list_for(known_migrations(desk)[0].id) == []

    def test_a_program_is_told_the_check_as_the_api_gives_it(self, desk, flask, scanned):
        with desk.worker(check={"problems": [problem("no_board", advice="Choose one.")]}):
            checked = said(flask("run", scanned, "--json"), ExitCode.CHECK_FAILED)
        assert (checked["ready"], [one["code"] for one in checked["problems"]]) == (False, ["no_board"])

    def test_without_a_mapping_there_is_none(self, flask, desk, scanned, written_file):
        result = flask("run", written_file(mapping=None))
        assert (result.exit_code, "There is no mapping yet" in result.stderr) == (1, True)

    def test_ctrl_c_leaves_it_going_and_tells_how_to_come_back(self, desk, flask, scanned, monkeypatch):
        with desk.worker(check={"problems": []}), meanwhile(desk, monkeypatch, press_ctrl_c):
            result = flask("run", scanned)
        (run,) = desk.services.runs.list_for(known_migrations(desk)[0].id)
        assert (result.exit_code, run.state) == (130, "queued")
        assert f"flask migration watch {run.id}" in result.stderr
        assert f"flask migration cancel {run.id}" in result.stderr


class TestLookingOn:
    def test_until_it_has_ended(self, desk, flask, monkeypatch):
        run = two_bugs(desk, CREATED)

        def work():
            desk.settle(run, CREATED)
            end(desk, run)

        with meanwhile(desk, monkeypatch, work):
            result = flask("watch", run)

        assert result.exit_code == 0, result.output
        assert "Run: 1 of 2, items" in result.stderr
        assert "Run: 2 of 2, done" in result.stderr
        assert [line.split() for line in result.stdout.splitlines()[1:3]] == [
            ["read", "created", "adopted", "updated", "unchanged", "skipped", "failed"],
            ["Bug", "2", "2", "0", "0", "0", "0", "0"],
        ]

    def test_what_was_on_its_way_is_waited_for(self, desk, flask, monkeypatch):
        run, turns = desk.running(*items(1), scanned={"item:Bug": 1}), desk.services.run_turns
        chunk = turns.claim(run, "items", 0, 1, desk.now)
        turns.fail(run, "unauthorized", "The token has expired.", desk.now)

        def work():
            found = desk.services.runs.find(run)
            place = MapPlace(found.installation_id, found.connection_id, found.target)
            turns.settle(chunk, place, Results([RowResult(chunk.rows[0].id, "created")]), desk.now)
            close(desk, run)

        with meanwhile(desk, monkeypatch, work):
            result = flask("watch", run)
        assert "failed, what was on its way is looked after" in result.stderr
        assert ["Bug", "1", "1", "0", "0", "0", "0", "0"] in [line.split() for line in result.stdout.splitlines()]

    def test_how_far_it_is(self, desk, flask):
        run = two_bugs(desk, CREATED)
        desk.services.runs.put_waiting(run, Waiting("Jira asks for a pause.", 1_800_000_000_000))
        words = "waits until 08:00:00 UTC: Jira asks for a pause.; 1 created, 1 planned"
        assert words in flask("status", run).stdout
        assert said(flask("status", run, "--json"))["counts"] == {"created": 1, "planned": 1}

    def test_a_migration_that_is_deleted_meanwhile(self, desk, flask, monkeypatch):
        with meanwhile(desk, monkeypatch, desk.forget):
            result = flask("watch", two_bugs(desk, CREATED))
        assert (result.exit_code, "was deleted" in result.stderr) == (1, True)

    @pytest.mark.parametrize(("seconds", "words"), [(5, "5 s"), (150, "2 min"), (7200, "2.0 h")])
    def test_a_time_in_the_unit_that_fits(self, seconds, words):
        assert tell_seconds(seconds) == words

    def test_how_fast_it_goes(self, desk):
        run = desk.services.runs.find(desk.running())
        counts: Any = {"items": {"created": 100, "planned": 300}}
        view = view_run(run, Tally(counts, ended=100, seconds=60.0))
        assert tell_pace(view) == "100 a minute, about 3 min left"


class TestTelling:
    @pytest.mark.parametrize(
        ("commands", "state"),
        [(("pause",), "pausing"), (("pause", "resume"), "running"), (("cancel",), "cancelled")],
    )
    def test_a_run_does_as_it_is_told(self, desk, flask, commands, state):
        run = two_bugs(desk, CREATED)
        for command in commands:
            options = ("--no-wait",) if command == "resume" else ()
            assert flask(command, run, *options).exit_code == 0
        assert desk.services.runs.find(run).state == state

    @pytest.mark.parametrize("command", ["verify", "repair"])
    def test_a_run_that_is_done_works_once_more(self, desk, flask, command):
        run = whole(desk)
        assert said(flask(command, run, "--no-wait", "--json"))["state"] == "queued"
        assert (desk.services.runs.find(run).phase, len(desk.wanted())) == (command, 8)

    @pytest.mark.parametrize("command", ["resume", "verify", "repair"])
    def test_in_the_wrong_state_it_is_told_so(self, desk, flask, command):
        run = two_bugs(desk, CREATED)
        result = flask(command, run)
        assert (result.exit_code, "this run is running" in result.stderr) == (1, True)


class TestReport:
    def test_all_that_is_not_perfect_for_a_spreadsheet(self, desk, flask):
        result = flask("report", with_failures(desk), "--csv")
        (row,) = csv.DictReader(io.StringIO(result.stdout))
        assert (row["work item"], row["reason"], row["detail"]) == ("8", "field_refused", "Jira refuses a field.")
        assert result.exit_code == 0

    def test_not_as_csv_and_json_at_once(self, desk, flask):
        result = flask("report", whole(desk), "--csv", "--json")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "leave out --csv or --json" in result.stderr

    def test_sizes_and_reasons(self, desk, flask):
        files = PlannedRow("file", 7, "a", size=5_000, state="skipped", reason="too_large")
        run = desk.running(*items(7), files, scanned={"item:Bug": 1, "attachments": 1, "bytes": 5_000})
        desk.settle(run, CREATED)
        words = flask("report", end(desk, run)).stdout
        assert "Skipped: too_large 1\n" in words
        assert ["Bytes", "5,000", "0", "0", "0", "0", "5,000", "0"] in [line.split() for line in words.splitlines()]

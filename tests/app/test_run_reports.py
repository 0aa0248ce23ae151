"""The report of a run: numbers that add up or say that they do not; as JSON, as CSV, as a page to print."""

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app import run_reports
from app.run_charts import HEIGHT, WIDTH, draw_ledger, draw_pace
from app.run_report_rows import ROWS_AT_ONCE
from app.run_report_views import BucketView, LedgerView, read_report
from domain.errors import Unavailable
from domain.path_digests import digest_path
from domain.run_ledger import make_ledger, write_ledger
from domain.run_states import RowKind
from linkage.run_numbers import count_numbers
from store.item_map import MapPlace
from store.run_rows import PlannedRow, RunRows
from store.run_turns import Results, RowResult
from store.runs import Counters, RunProblem
from tests.app.migration_fixtures import desk, shared_migrations
from tests.app.migration_rig import MAPPING, items

__all__ = ["desk", "shared_migrations"]

SCANNED = {"item:Bug": 3, "item:Task": 1, "comments": 4}


@pytest.fixture
def run(desk):
    """Three bugs of which one failed, a task that was left out, four comments still open."""
    left_out = items(4, type="Task", state="skipped", reason="type_left_out", detail="Its type is left out.")
    made = desk.running(*items(1, 2, 3), *left_out, PlannedRow("comments", 1, "70", size=4), scanned=SCANNED)
    failed = {"state": "failed", "reason": "field_refused", "detail": "Jira refuses a field."}
    desk.settle(made, {"state": "created", "issue_key": "SHOP-1"}, {"state": "created", "issue_key": "SHOP-2"}, failed)
    return made


def finish(desk, run):
    """The comments end too, and the run is done."""
    found, turns = desk.services.runs.find(run), desk.services.run_turns
    chunk = turns.claim_issues(run, "comments", 9, desk.now)
    place = MapPlace(found.installation_id, found.connection_id, found.target)
    turns.settle(chunk, place, Results([RowResult(row.id, "created") for row in chunk.rows]), desk.now)
    assert turns.finish(run, {}, desk.now)


def end(services, run):
    """A worker ends it, with its numbers."""
    assert services.run_turns.finish(run, count_numbers(services, services.runs.find(run)), services.now())


def report(desk, run):
    answer = desk.call("GET", f"/api/runs/{run}/report")
    assert answer.status_code == 200, answer.text
    return answer.json()


class TestCounting:
    def test_a_report_on_very_many_rows_is_not_counted_for_each_who_looks(self, desk, run, monkeypatch):
        monkeypatch.setattr("app.count_memory.FEW_ROWS", 1)
        monkeypatch.setattr("app.count_memory.SHARE", 1e9)
        count, counted = RunRows.count_reasons, []

        def note_and_count(rows, of):
            counted.append(of)
            return count(rows, of)

        monkeypatch.setattr(RunRows, "count_reasons", note_and_count)
        seen = [report(desk, run)["ledger"] for _look in range(2)]
        assert seen[0] == seen[1]
        assert counted == [run]

        finish(desk, run)
        assert report(desk, run)["state"] == "done"

    def test_one_on_few_rows_is_as_new_as_can_be(self, desk, run):
        assert report(desk, run)["ledger"]["comments"]["open"] == 4
        chunk = desk.services.run_turns.claim_issues(run, "comments", 9, desk.now)
        done = Results([RowResult(row.id, "created") for row in chunk.rows])
        desk.services.run_turns.settle(chunk, MapPlace("a", "b", "c"), done, desk.now)
        assert report(desk, run)["ledger"]["comments"]["open"] == 0


class TestNumbers:
    def test_everything_is_accounted_for(self, desk, run):
        finish(desk, run)

        shown = report(desk, run)

        assert shown["balanced"] is True
        assert shown["complete"] is True
        assert shown["ledger"]["types"] == {
            "Bug": {
                "scanned": 3, "created": 2, "adopted": 0, "updated": 0, "unchanged": 0, "skipped": {},
                "failed": {"field_refused": 1}, "open": 0,
            },
            "Task": {
                "scanned": 1, "created": 0, "adopted": 0, "updated": 0, "unchanged": 0,
                "skipped": {"type_left_out": 1}, "failed": {}, "open": 0,
            },
        }  # fmt: skip
        assert (shown["ledger"]["comments"]["scanned"], shown["ledger"]["comments"]["created"]) == (4, 4)

    def test_it_does_not_balance_while_something_is_open(self, desk, run):
        shown = report(desk, run)
        assert (shown["balanced"], shown["ledger"]["comments"]["open"]) == (False, 4)

    def test_what_was_read_and_never_accounted_for_makes_it_red(self, desk):
        made = desk.running(*items(1), scanned={"item:Bug": 2})
        desk.settle(made, {"state": "created"})
        desk.services.run_turns.finish(made, {}, desk.now)
        shown = report(desk, made)
        assert (shown["state"], shown["balanced"]) == ("done", False)
        assert "does not balance" in desk.send("GET", f"/api/runs/{made}/report", headers={"Accept": "text/html"}).text

    def test_a_run_that_ended_while_it_was_planned_is_not_complete(self, desk):
        made = desk.start()
        desk.services.runs.move(made, "cancel", desk.now)
        desk.services.run_turns.close(made, {}, desk.now)
        assert report(desk, made)["complete"] is False

    def test_numbers_that_were_kept_stay(self, desk, run):
        finish(desk, run)
        before = report(desk, run)
        kept = {"ledger": before["ledger"], "balanced": True, "differences": {"status": 2}, "pace": []}
        desk.services.runs.put_ledger(run, kept)
        desk.services.run_rows.forget(run)
        shown = report(desk, run)
        assert (shown["ledger"], shown["differences"]) == (before["ledger"], {"status": 2})

    def test_what_verifying_found(self, desk, run):
        first, second, *_rest = desk.services.run_rows.page(run)
        desk.services.run_rows.note_verified(run, {first.id: "parent,status", second.id: ""})
        found = RunProblem("status_differs", "warning", "The status differs.", 1, "verify", examples=(1,))
        desk.services.runs.put_problems(run, "verify", [found])
        shown = report(desk, run)
        assert shown["differences"] == {"parent,status": 1}
        assert shown["problems"][0]["examples"] == [1]

    def test_the_page_says_what_verifying_found(self, desk, run):
        first, second, *_rest = desk.services.run_rows.page(run)
        finish(desk, run)
        address = f"/api/runs/{run}/report"
        assert "is as it was sent" in desk.send("GET", address, headers={"Accept": "text/html"}).text
        desk.services.run_rows.note_verified(run, {first.id: "parent,status", second.id: "status"})
        found = RunProblem("status", "warning", "Status of 2 issues is not what was sent.", 2, "verify", examples=(1,))
        desk.services.runs.put_problems(run, "verify", [found])
        page = desk.send("GET", address, headers={"Accept": "text/html"}).text
        assert "2 things differ" in page
        assert "Status of 2 issues is not what was sent." in page
        assert "Different parent" not in page  # told once, in the sentences of verifying
        listed = desk.send("GET", address, headers={"Accept": "text/csv"}).text
        assert "parent,status" in listed

    def test_what_arrived_with_a_loss_is_listed(self, desk):
        run = desk.running(*items(1, 2), scanned={"item:Bug": 2})
        desk.settle(run, {"state": "created", "reason": "sprint_closed"}, {"state": "created"})
        listed = desk.send("GET", f"/api/runs/{run}/report", headers={"Accept": "text/csv"}).text
        assert [line["reason"] for line in csv.DictReader(io.StringIO(listed))] == ["sprint_closed"]

    @pytest.mark.parametrize(
        ("part", "lacks", "code", "words"),
        [({"kind": "sprint", "state": "failed", "reason": "refused"}, {}, "sprint_failed", "1 sprint was not made."),
         ({"kind": "close", "state": "failed", "reason": "refused"}, {}, "close_failed", "1 sprint that is over was"),
         (None, {"reason": "sprint_missing"}, "sprint_missing", "1 issue is in no sprint"),
         (None, {"reason": "component_missing"}, "component_missing", "1 issue has no component"),
         (None, {"reason": "parent_missing"}, "parent_missing", "1 issue has no parent")],
    )  # fmt: skip
    def test_what_the_ledger_does_not_tell(self, desk, part, lacks, code, words):
        parts = [PlannedRow(source_id=0, part="digest", **part)] if part else []
        run = desk.running(*items(1), *parts, scanned={"item:Bug": 1})
        desk.settle(run, {"state": "created", **lacks})
        shown = report(desk, run)
        assert (shown["balanced"], shown["broken"]) == (True, 1)
        ((told, sentence),) = [(flaw["code"], flaw["detail"]) for flaw in shown["flaws"]]
        assert (told, words in sentence) == (code, True)
        assert words in desk.send("GET", f"/api/runs/{run}/report", headers={"Accept": "text/html"}).text

    def test_what_azure_devops_failed_to_show_makes_a_run_imperfect(self, desk):
        run = desk.running(*items(1, type="unknown", state="skipped", reason="unreadable"), scanned={"item:unknown": 1})
        shown = report(desk, run)
        assert (shown["balanced"], shown["broken"]) == (True, 1)
        (flaw,) = shown["flaws"]
        assert (flaw["code"], flaw["count"], flaw["repairable"]) == ("unreadable", 1, False)
        assert "Open them there until they show, then start another run." in flaw["detail"]
        end(desk.services, run)
        assert desk.call("GET", f"/api/runs/{run}").json()["broken"] == 1

    def test_an_issue_that_lacks_several_things_counts_for_each(self, desk):
        run = desk.running(*items(1), scanned={"item:Bug": 1})
        desk.settle(run, {"state": "created", "reason": "component_missing,sprint_missing,cut,hierarchy_collapsed"})
        shown = report(desk, run)
        assert {flaw["code"]: flaw["count"] for flaw in shown["flaws"]} == {"sprint_missing": 1, "component_missing": 1}
        assert all(flaw["repairable"] for flaw in shown["flaws"])
        assert (shown["hierarchy"]["asLabels"], shown["balanced"]) == (1, True)

    def test_fields_that_the_mapping_leaves_out_are_told_once(self, desk):
        rows = [{"source": "Custom.Team", "target": None, "rule": "drop"},
                {"source": "Custom.Points", "target": "customfield_1", "rule": "number"},
                {"source": "Custom.Size", "target": "customfield_1", "rule": "number", "types": ["Bug"]}]  # fmt: skip
        run = desk.running(*items(1, 2), scanned={"item:Bug": 2}, migration=desk.mapped(fields=rows))
        assert report(desk, run)["leftOut"] == [
            {"source": "Custom.Team", "detail": ""},
            {"source": "Custom.Size", "detail": "of Bug, where Custom.Points has a value"},
        ]
        page = desk.send("GET", f"/api/runs/{run}/report", headers={"Accept": "text/html"}).text
        told = " ".join(re.sub(r"<[^>]+>", " ", page).split())
        assert (
            "The mapping leaves out 2 fields: Custom.Team, Custom.Size (of Bug, where Custom.Points has a value)."
        ) in told

    def test_nothing_is_broken_in_a_run_that_is_perfect(self, desk):
        run = desk.running(*items(1), scanned={"item:Bug": 1})
        desk.settle(run, {"state": "created"})
        assert (report(desk, run)["flaws"], report(desk, run)["broken"]) == ([], 0)

    def test_lists_tell_that_a_run_is_not_perfect(self, desk):
        run = desk.running(*items(1), scanned={"item:Bug": 1})
        desk.settle(run, {"state": "created", "reason": "sprint_missing"})
        migration = f"/api/migrations/{desk.services.runs.find(run).migration_id}"
        assert desk.call("GET", f"{migration}/runs").json()["items"][0]["broken"] is None  # it has not ended
        end(desk.services, run)
        (listed,) = desk.call("GET", f"{migration}/runs").json()["items"]
        newest, shown = desk.call("GET", migration).json()["run"], desk.call("GET", f"/api/runs/{run}").json()
        assert (listed["broken"], newest["broken"], shown["broken"]) == (1, 1, 1)

    def test_how_many_parents_became_labels(self, desk):
        run = desk.running(*items(1, 2), scanned={"item:Bug": 2})
        desk.settle(run, {"state": "created", "reason": "hierarchy_collapsed"}, {"state": "created"})
        assert report(desk, run)["hierarchy"]["asLabels"] == 1
        page = desk.send("GET", f"/api/runs/{run}/report", headers={"Accept": "text/html"}).text
        assert "1 issue has no parent, as no work item above is one level higher in Jira" in page

    def test_the_time_ends_when_the_run_was_done_first(self, desk, run):
        services, month = desk.services, 30 * 24 * 3600 * 1000
        later = replace(services, now=lambda: services.now() + month)
        chunk = services.run_turns.claim_issues(run, "comments", 9, desk.now)
        place = MapPlace("a", "b", "c")
        services.run_turns.settle(chunk, place, Results([RowResult(row.id, "created") for row in chunk.rows]), desk.now)
        end(services, run)
        first = report(desk, run)

        services.runs.move(run, "verify", later.now())
        services.runs.move(run, "begin", later.now())
        assert read_report(later, services.runs.find(run)).seconds == first["seconds"]
        end(later, run)

        second = report(desk, run)
        assert second["endedAt"] > first["endedAt"]
        assert (second["seconds"], second["perMinute"]) == (first["seconds"], first["perMinute"])

    def test_hierarchy_and_people(self, desk, run):
        shown = report(desk, run)
        assert shown["hierarchy"] == {
            "plan": "feature_as_epic",
            "asLabels": 0,
            "types": [
                {"source": "Bug", "target": "10004", "items": 3, "reason": "The names are the same."},
                {"source": "Task", "target": None, "items": 1, "reason": ""},
            ],
        }
        assert shown["people"] == {"withAccount": 1, "withoutAccount": 1}

    def test_of_the_mapping_that_the_run_used(self, desk, run):
        migration = desk.services.runs.find(run).migration_id
        desk.services.mappings.put(migration, MAPPING | {"plan": "levels"}, desk.now)
        assert report(desk, run)["hierarchy"]["plan"] == "feature_as_epic"

    def test_time_and_cost(self, desk, run):
        desk.services.runs.add_counters(run, Counters(jira_calls=3, jira_points=90, ado_calls=2, bytes=700))
        shown = report(desk, run)
        assert (shown["jiraCalls"], shown["points"], shown["adoCalls"], shown["bytes"]) == (3, 90, 2, 700)
        assert sum(bucket["rows"] for bucket in shown["pace"]) == 4
        assert (shown["organization"], shown["project"], shown["jiraProject"]) == ("acme", "Webshop", "SHOP")


class TestCsv:
    def read(self, desk, run):
        answer = desk.send("GET", f"/api/runs/{run}/report", headers={"Accept": "text/csv"})
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert answer.headers["Content-Disposition"] == f'attachment; filename="run-{run}.csv"'
        return list(csv.DictReader(io.StringIO(answer.text)))

    def test_everything_that_is_not_perfect(self, desk, run):
        first = desk.services.run_rows.page(run)[0]
        desk.services.run_rows.note_verified(run, {first.id: "status"})

        rows = self.read(desk, run)

        assert [(row["work item"], row["state"], row["reason"], row["differs"]) for row in rows] == [
            ("1", "created", "", "status"), ("3", "failed", "field_refused", ""), ("4", "skipped", "type_left_out", ""),
        ]  # fmt: skip
        assert rows[0]["issue"] == "SHOP-1"
        assert rows[1]["detail"] == "Jira refuses a field."

    def test_a_run_without_a_fault_has_headings_only(self, desk):
        made = desk.running(*items(1))
        desk.settle(made, {"state": "created"})
        assert self.read(desk, made) == []

    def test_more_than_one_page(self, desk):
        many = items(*range(1, ROWS_AT_ONCE + 3), state="skipped", reason="test_item")
        made = desk.running(*many)
        assert [row["work item"] for row in self.read(desk, made)] == [str(one.source_id) for one in many]

    @pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
    def test_no_cell_is_a_formula(self, desk, start):
        evil = f'{start}HYPERLINK("https://evil.example","x")'
        made = desk.running(*items(1, type=evil, state="skipped", reason=evil[:40], detail=evil))
        (row,) = self.read(desk, made)
        assert all(not value.startswith(("=", "+", "-", "@", "\t", "\r")) for value in row.values())
        assert row["type"] == f"'{evil}"

    def test_a_cell_with_line_breaks_and_quotes_is_one_cell(self, desk):
        made = desk.running(*items(1, type='a"b,c\nd', state="skipped", reason="x", detail="One.\r\nTwo."))
        (row,) = self.read(desk, made)
        assert (row["type"], row["detail"]) == ('a"b,c\nd', "One.\r\nTwo.")

    def test_a_sprint_that_failed_is_told_by_its_iteration_and_as_no_work_item(self, desk):
        paths = {"iterations": "Webshop\\Sprint 1", "areas": "=Shop\\Pay"}
        tables = {name: [{"source": path, "action": "new", "name": "x"}] for name, path in paths.items()}
        iteration, area = map(digest_path, paths.values())
        kinds: list[tuple[RowKind, str]] = [("sprint", iteration), ("close", iteration), ("component", area)]
        rows = [PlannedRow(kind, 0, part, state="failed", reason="no_permission") for kind, part in kinds]
        made = desk.running(*rows, migration=desk.mapped(**tables))
        told = [(row["work item"], row["kind"], row["part"]) for row in self.read(desk, made)]
        assert told == [
            ("", "sprint", "Webshop\\Sprint 1"), ("", "close", "Webshop\\Sprint 1"), ("", "component", "'=Shop\\Pay"),
        ]  # fmt: skip


class TestPage:
    @pytest.fixture
    def page(self, desk, run):
        desk.services.run_rows.note_verified(run, {desk.services.run_rows.page(run)[0].id: "parent,status"})
        finish(desk, run)
        return desk.send("GET", f"/api/runs/{run}/report", headers={"Accept": "text/html,*/*;q=0.8"})

    def test_it_tells_what_the_numbers_tell(self, page):
        text = " ".join(re.sub(r"<[^>]+>", " ", page.text).split())
        assert "Webshop to SHOP" in text
        assert "The ledger balances" in text
        assert "Failed: 1 field refused" in text
        assert "Different parent, status: 1" in text
        assert "1 person has an account in Jira, 1 has none" in text

    def test_issue_types_go_by_their_names_in_jira(self, desk):
        bug = next(
            one for one in desk.town.site.tracker.scheme(desk.town.site.projects["SHOP"].id).types if one.name == "Bug"
        )
        rows = [{"source": "Bug", "target": bug.id}, {"source": "Task", "target": "4711"}]
        run = desk.running(*items(1), *items(2, type="Task"), scanned=SCANNED, migration=desk.mapped(types=rows))
        page = desk.send("GET", f"/api/runs/{run}/report", headers={"Accept": "text/html"}).text
        assert "<td>Bug</td>" in page
        assert "<td>4711</td>" in page  # it is not there any more

    def test_without_jira_they_go_by_their_ids(self, desk, run, monkeypatch):
        def refuse(*_asked):
            raise Unavailable("Jira", 503, "It is away.")

        monkeypatch.setattr(run_reports, "name_types", refuse)
        answer = desk.send("GET", f"/api/runs/{run}/report", headers={"Accept": "text/html"})
        assert (answer.status_code, "<td>10004</td>" in answer.text) == (200, True)

    def test_no_script_and_no_style_of_its_own(self, page):
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "style-src 'self'" in page.headers["Content-Security-Policy"]
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", page.text, re.IGNORECASE)

    def test_its_style_sheets_are_there(self, desk, page):
        for address in re.findall(r'<link rel="stylesheet" href="([^"]+)">', page.text):
            assert address.startswith(desk.town.app_url)
            assert desk.send("GET", address.removeprefix(desk.town.app_url)).status_code == 200

    def test_words_are_escaped(self, desk):
        made = desk.running(*items(1, type="<img src=x onerror=alert(1)>", state="skipped", reason="<b>"))
        shown = desk.send("GET", f"/api/runs/{made}/report", headers={"Accept": "text/html"}).text
        assert "<img" not in shown
        assert "&lt;img" in shown

    def test_a_run_that_failed_says_why(self, desk):
        made = desk.running()
        desk.services.run_turns.fail(made, "unauthorized", "The token has expired.", desk.now)
        shown = desk.send("GET", f"/api/runs/{made}/report", headers={"Accept": "text/html"}).text
        assert "The token has expired." in shown
        assert "has not ended" in shown


@pytest.mark.parametrize(
    ("accept", "media"),
    [("*/*", "application/json"), ("application/json", "application/json"), ("text/csv", "text/csv"),
     ("text/html", "text/html"), ("text/html;q=0.5, text/csv", "text/csv"), ("image/png", "application/json"),
     ("", "application/json")],
)  # fmt: skip
def test_each_gets_the_form_it_prefers(desk, run, accept, media):
    answer = desk.send("GET", f"/api/runs/{run}/report", headers={"Accept": accept})
    assert answer.headers["Content-Type"].startswith(media)


class TestCharts:
    def test_bars_of_a_line_fill_it(self):
        ledger = LedgerView.model_validate(write_ledger(make_ledger({"item:Bug": 4, "links": 2}, [])))
        bug, links = draw_ledger(ledger)
        assert (bug.name, bug.bars, bug.balances) == ("Bug", (), False)
        assert links.name == "Links"

    def test_bars_stand_side_by_side(self, desk, run):
        bug, task, _comments = draw_ledger(LedgerView.model_validate(report(desk, run)["ledger"]))
        assert [(bar.kind, bar.x, bar.width) for bar in bug.bars] == [
            ("created", 0.0, WIDTH * 2 / 3), ("failed", WIDTH * 2 / 3, WIDTH / 3),
        ]  # fmt: skip
        assert [(bar.kind, bar.width) for bar in task.bars] == [("skipped", WIDTH)]

    def test_columns_of_time(self):
        start = datetime(2026, 1, 1, tzinfo=UTC)
        pace = [
            BucketView(start=start + timedelta(minutes=one), end=start + timedelta(minutes=one + 1), rows=rows)
            for one, rows in enumerate((10, 0, 5))
        ]
        heights = [bar.height for bar in draw_pace(pace)]
        assert heights == [HEIGHT, 0, HEIGHT / 2]
        assert draw_pace([]) == ()

"""A migration by command, up to its run: the file, the scan, the suggested mapping, the check, the dry run."""

import pytest
import yaml

from app import following
from domain.errors import Forbidden, StoreUnavailable
from domain.scan_reports import Over, ScanReport
from store.migrations import Options, Scope
from store.scans import ScanPage
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
from tests.app.migration_rig import MAPPING, problem

__all__ = ["desk", "flask", "shared_migrations", "written_file"]

DRAFT = {
    "source": {"id": 7, "type": "Bug", "title": "Round prices"},
    "issue": None,
    "notes": [{"field": "summary", "reason": "System.Title, as it is"}],
}


@pytest.fixture
def scanned(desk, flask, written_file):
    """The file of a migration that was scanned."""
    path = written_file()
    assert flask("scan", path, "--no-wait").exit_code == 0
    desk.scan(known_migrations(desk)[0].id)
    return path


class TestFile:
    def test_it_makes_the_migration_it_describes(self, desk, flask, written_file):
        path = written_file(
            scope={"areaPath": "Webshop\\Shop", "types": ["Bug"], "wiql": "[System.Id] > 5"},
            options={"comments": False},
        )
        assert flask("scan", path, "--no-wait").exit_code == 0
        (made,) = known_migrations(desk)
        assert (made.project_name, made.jira_project) == ("Webshop", "SHOP")
        assert made.scope == Scope("Webshop\\Shop", ("Bug",), "[System.Id] > 5")
        assert made.options == Options(comments=False)

    def test_the_same_file_is_the_same_migration(self, desk, flask, written_file):
        for changes in ({}, {"project": "webshop"}, {"mapping": None}):
            assert flask("scan", written_file(**changes), "--no-wait").exit_code == 0
        assert len(known_migrations(desk)) == 1

    def test_one_that_reads_as_a_person_is_found_and_shown_and_is_not_made_by_command(self, desk, flask, written_file):
        refused = flask("scan", written_file(readAs="person"), "--no-wait")
        assert refused.exit_code != 0
        assert "Make it on the page of migrations, signed in as yourself" in refused.stderr
        assert known_migrations(desk) == []

        assert flask("scan", written_file(), "--no-wait").exit_code == 0
        (made,) = known_migrations(desk)
        desk.services.migrations.set_reader(made.id, desk.town.site.admin.account_id, desk.now)
        for changes in ({"readAs": "person"}, {}):
            assert flask("scan", written_file(**changes), "--no-wait").exit_code == 0
        assert len(known_migrations(desk)) == 1
        assert yaml.safe_load(flask("export", made.id).stdout)["readAs"] == "person"
        assert "reads as a person (signed_out)" in flask("list", desk.site.base_url).stdout

        assert flask("scan", written_file(readAs="connection"), "--no-wait").exit_code == 0
        assert len(known_migrations(desk)) == 2

    @pytest.mark.parametrize(
        "changes", [{"scope": {"types": ["Bug"]}}, {"options": {"links": False}}, {"jiraProject": "OPS"}]
    )
    def test_another_scope_option_or_target_is_another_one(self, desk, flask, written_file, changes):
        flask("scan", written_file(), "--no-wait")
        assert flask("scan", written_file(**changes), "--no-wait").exit_code == 0
        assert len(known_migrations(desk)) == 2

    def test_it_comes_by_standard_input_too(self, desk, flask, written_file):
        assert flask("scan", "-", "--no-wait", typed=written_file().read_text()).exit_code == 0
        assert len(known_migrations(desk)) == 1

    def test_an_id_names_a_migration_that_was_made_on_the_page(self, desk, flask):
        migration = desk.make()
        assert flask("scan", migration, "--no-wait").exit_code == 0
        assert desk.services.scans.find_newest(migration).state == "queued"

    @pytest.mark.parametrize(
        ("changes", "words"),
        [({"jiraProject": None}, "/jiraProject"), ({"boards": 1}, "/boards"), ({"board": "x"}, "/board"),
         ({"scope": {"area": "x"}}, "/scope/area"), ({"jiraProject": "NONE"}, "has no project NONE"),
         ({"project": "None"}, "has no such project"), ({"organization": "other"}, "is not connected"),
         ({"site": "https://nobody.atlassian.net"}, "is not known here")],
    )  # fmt: skip
    def test_what_is_wrong_with_it_is_told_with_its_place(self, desk, flask, written_file, changes, words):
        result = flask("scan", written_file(**changes))
        assert result.exit_code == 1
        assert words in result.stderr
        assert known_migrations(desk) == []

    def test_every_fault_of_its_mapping_is_told(self, desk, flask, scanned, written_file):
        broken = {"plan": "best", "types": [{"target": "1"}]}
        result = flask("check", written_file(mapping=broken))
        assert result.exit_code == 1
        assert "/mapping/plan" in result.stderr
        assert "/mapping/types/0/source" in result.stderr
        assert known_migrations(desk)[0].mapping_version == 0

    @pytest.mark.parametrize("named", ["absent.yaml", "11111111-2222-4333-8444-555555555555"])
    def test_one_that_is_not_there(self, flask, named):
        result = flask("check", named)
        assert result.exit_code == 1
        assert named in result.stderr

    def test_it_can_be_written_of_what_is_there_and_read_again(self, desk, flask, tmp_path):
        migration = desk.mapped()
        path = tmp_path / "written.yaml"
        assert flask("export", migration, "-o", path).exit_code == 0
        with desk.worker(check={"problems": []}):
            assert flask("check", path).exit_code == 0
        assert [one.id for one in known_migrations(desk)] == [migration]
        assert known_migrations(desk)[0].mapping_version > 0
        assert yaml.safe_load(path.read_text())["mapping"]["types"][0]["source"] == "Bug"

    def test_one_of_an_organization_that_was_removed_cannot_be_written(self, desk, flask):
        migration, _run = desk.foreign()
        assert "was removed" in flask("export", migration).stderr


class TestList:
    def test_the_migrations_of_a_site(self, desk, flask):
        assert flask("list", desk.town.jira).stdout == "No migrations yet.\n"
        run = desk.running()
        migration = desk.services.runs.find(run).migration_id
        words = f"{migration}  acme/Webshop to SHOP: running; full run {run}: running\n"
        assert flask("list", desk.town.jira).stdout == words
        assert said(flask("list", desk.town.jira, "--json"))["items"][0]["run"]["id"] == run


class TestScan:
    def test_it_is_followed_to_its_end(self, desk, flask, written_file, monkeypatch):
        path = written_file()
        flask("scan", path, "--no-wait")
        (made,) = known_migrations(desk)

        with meanwhile(desk, monkeypatch, lambda: desk.scan(made.id)):
            result = flask("scan", path)

        assert result.exit_code == 0, result.output
        assert "Scan: 0, queued" in result.stderr
        assert "Scan: 3 of 3, done" in result.stderr
        assert f"Migration {made.id}" in result.stdout
        assert "Scan done: 3 work items\n  Bug: 2 (New 1, Active 1)\n" in result.stdout
        assert "Files: 1, 700 bytes. People: 1." in result.stdout

    def test_what_was_scanned_is_shown_until_it_is_scanned_again(self, desk, flask, scanned):
        result = flask("scan", scanned, "--json")
        assert (said(result)["state"], said(result)["items"]) == ("done", 3)
        assert "--again" in result.stderr
        assert said(flask("scan", scanned, "--again", "--no-wait", "--json"))["state"] == "queued"

    def test_ctrl_c_leaves_it_going_and_tells_how_to_come_back(self, desk, flask, written_file, monkeypatch):
        with meanwhile(desk, monkeypatch, press_ctrl_c):
            result = flask("scan", written_file())
        (made,) = known_migrations(desk)
        assert result.exit_code == 130
        assert f"flask migration scan {made.id}" in result.stderr
        assert desk.services.scans.find_newest(made.id).state == "queued"

    def test_it_is_cancelled(self, desk, flask, written_file):
        path = written_file()
        flask("scan", path, "--no-wait")
        assert flask("cancel-scan", path).stdout == "The scan is cancelled.\n"
        assert flask("cancel-scan", path).exit_code == 1

    def test_one_that_failed_ends_the_command_as_such(self, desk, flask, written_file, monkeypatch):
        path = written_file()
        flask("scan", path, "--no-wait")
        scans = desk.services.scans

        def fail():
            (made,) = known_migrations(desk)
            assert scans.fail(scans.find_newest(made.id), "scope", "No such area.", desk.now)

        with meanwhile(desk, monkeypatch, fail):
            result = flask("scan", path)
        assert result.exit_code == 6
        assert "No such area." in result.stdout

    def test_what_is_over_a_limit_is_told(self, desk, flask, written_file):
        path = written_file()
        flask("scan", path, "--no-wait")
        (made,) = known_migrations(desk)
        scans = desk.services.scans
        changed = ScanReport(items=1, over={"title_too_long": Over(1, (9,))})
        assert scans.put_page(scans.find_newest(made.id), ScanPage(None, changed, 1, 1), desk.now)
        assert "title_too_long: 1 work items, for example 9" in flask("scan", path).stdout


class TestSuggest:
    def test_the_file_comes_back_with_a_mapping_that_applies_once_it_is_given(self, desk, flask, scanned, tmp_path):
        plans = [{"name": "epic_as_epic", "isPossible": True, "kept": 3, "lost": [{"count": 2}], "detail": "It loses."}]
        path = tmp_path / "suggested.yaml"
        with desk.worker(suggest=MAPPING | {"plans": plans}) as asked:
            result = flask("suggest", scanned, "--plan", "epic_as_epic", "-o", path)
        assert result.exit_code == 0, result.output
        assert "Plan epic_as_epic (possible): keeps 3 parents, loses 2." in result.stderr
        assert asked[0][1]["plan"] == "epic_as_epic"
        (made,) = known_migrations(desk)
        assert made.mapping_version == 0

        with desk.worker(check={"problems": []}) as asked:
            assert flask("check", path).exit_code == 0
        assert asked[0][1]["version"] == 1
        (row,) = [row for row in desk.services.mappings.read(made.id)["types"] if row["source"] == "Bug"]
        assert (row["target"], row["reason"]) == ("10004", "The names are the same.")

    def test_it_may_replace_the_file_it_was_given(self, desk, flask, scanned):
        with desk.worker(suggest=MAPPING):
            assert flask("suggest", scanned, "-o", scanned).exit_code == 0
        assert yaml.safe_load(scanned.read_text())["mapping"]["plan"] == "feature_as_epic"

    def test_the_document_alone_for_programs(self, desk, flask, scanned):
        with desk.worker(suggest=MAPPING | {"plans": []}):
            document = said(flask("suggest", scanned, "--json"))
        assert (document["plan"], document["plans"]) == ("feature_as_epic", [])


class TestCheck:
    @pytest.mark.parametrize(
        ("found", "code"),
        [([], 0), ([problem("x", "warning")], 0), ([problem("x")], 3), ([problem("missing_board")], 0)],
    )
    def test_the_exit_code_tells_whether_a_run_may_start(self, desk, flask, written_file, found, code):
        path = written_file(mapping=MAPPING | {"waivers": ["missing_board"]})
        flask("scan", path, "--no-wait")
        desk.scan(known_migrations(desk)[0].id)
        with desk.worker(check={"problems": found}):
            result = flask("check", path)
        assert result.exit_code == code
        assert ("A run may start." in result.stdout) == (code == 0)
        with desk.worker(check={"problems": found}):
            assert said(flask("check", path, "--json"), code)["ready"] == (code == 0)

    def test_what_to_do_is_told_and_what_is_good_to_know_once(self, desk, flask, scanned):
        error = problem("no_board", examples=[7, 9], advice="Choose a board.")
        known = [problem("left_area", "info", where=f"/areas/{number}") for number in range(3)]
        with desk.worker(check={"problems": [error, *known]}):
            words = flask("check", scanned).stdout
        assert "error no_board at /types/0, 1: It is wrong. For example 7, 9.\n  Choose a board.\n" in words
        assert words.count("It is wrong.") == 2
        assert "info left_area: 2 more like it" in words

    def test_before_a_scan(self, flask, written_file):
        result = flask("check", written_file())
        assert (result.exit_code, "Scan the project first" in result.stderr) == (1, True)

    def test_a_worker_that_takes_long_is_waited_for(self, desk, flask, scanned, monkeypatch):
        answers = iter([StoreUnavailable("The worker is reading.", code="worker_slow"), {"problems": []}])

        def ask(*_asked):
            answer = next(answers)
            if isinstance(answer, Exception):
                raise answer
            return answer

        monkeypatch.setattr(following, "ask_worker", ask)
        result = flask("check", scanned)
        assert (result.exit_code, result.stderr) == (0, "A worker is at it still. Waiting.\n")

    def test_but_not_for_ever(self, flask, scanned, monkeypatch):
        asked = []

        def ask(*_asked):
            asked.append(1)
            raise StoreUnavailable("The worker is reading.", code="worker_slow")

        monkeypatch.setattr(following, "ask_worker", ask)
        assert (flask("check", scanned).exit_code, len(asked)) == (7, following.TIMES_ASKED)

    @pytest.mark.parametrize(
        ("refusal", "code"),
        [(StoreUnavailable("Nobody.", code="no_worker"), 7), (Forbidden("Azure DevOps", 403, "no right"), 1)],
    )
    def test_what_stands_in_the_way(self, flask, scanned, monkeypatch, refusal, code):
        def ask(*_asked):
            raise refusal

        monkeypatch.setattr(following, "ask_worker", ask)
        result = flask("check", scanned)
        assert (result.exit_code, str(refusal) in result.stderr) == (code, True)


class TestDryRun:
    def test_drafts_are_shown_with_their_reasons(self, desk, flask, scanned):
        with desk.worker(dry_run={"items": [DRAFT]}) as asked:
            result = flask("dry-run", scanned, "--id", 7)
        assert asked[0][1]["ids"] == [7]
        assert result.stdout == "Bug 7: Round prices\n  becomes no issue\n  summary: System.Title, as it is\n"

    def test_exact_bodies_for_programs(self, desk, flask, scanned):
        with desk.worker(dry_run={"items": [DRAFT]}) as asked:
            assert said(flask("dry-run", scanned, "--per-type", 1, "--json"))["items"] == [DRAFT]
        assert asked[0][1]["perType"] == 1

    @pytest.mark.parametrize(
        "arguments", [("--per-type", 0), ("--id", 0), [word for one in range(1, 30) for word in ("--id", one)]]
    )
    def test_what_is_asked_too_much(self, flask, scanned, arguments):
        assert flask("dry-run", scanned, *arguments).exit_code == 2

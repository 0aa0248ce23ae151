"""Scans of a part of a project, of odd projects, and what becomes of one when something is in its way."""

from itertools import chain, repeat
from typing import Any

import pytest

from clients.ado_work_items import WorkItemsApi
from domain.scan_reports import Over
from jobs.lanes import MIGRATIONS, ORDERS, run_duty
from jobs.migrations import work_migration
from jobs.planning import plan_duties
from linkage.credentials import resume_connection
from linkage.migration_duties import wake_scan
from migration.scan_grounds import MOST_GROUNDS, KeptGrounds
from sandbox.ado_seed import TOKENS
from sandbox.wit_store import WorkKnobs
from store.migrations import Scope
from tests.migration.scan_rig import ScanRig, running_organization

CHILD, RELATED = "System.LinkTypes.Hierarchy-Forward", "System.LinkTypes.Related"
PARENT = "System.LinkTypes.Hierarchy-Reverse"
TITLE = "A title that nobody may keep"
BATCH = "POST wit/workitemsbatch"


@pytest.fixture
def running():
    with running_organization() as found:
        yield found


@pytest.fixture
def settings_changes(running):
    return {"ado_hosts": frozenset({running[1].removeprefix("http://")})}


@pytest.fixture
def rig(services, running) -> ScanRig:
    organization, url = running
    return ScanRig(services, organization, url)


def make(rig: ScanRig, *kinds: str, **fields: Any) -> list[int]:
    named = {f"System.{name}": value for name, value in fields.items()}
    items = [rig.organization.create_work_item("Webshop", kind, {"System.Title": TITLE} | named) for kind in kinds]
    return [item.id for item in items]


def make_many(rig: ScanRig, count: int) -> None:
    rig.organization.seed_work_items("Webshop", count, comments=0, links=0, attachments=0)


def after_a_page(services, happens) -> list[bool]:
    """Have something happen after each page that is written from here on; whether each was."""
    written, put_page = [], services.scans.put_page

    def put(scan, page, now):
        written.append(put_page(scan, page, now))
        happens(scan, now)
        return written[-1]

    services.scans.put_page = put
    return written


class TestScope:
    def test_links_and_parents_beyond_it_are_told(self, rig):
        organization = rig.organization
        organization.add_area("Webshop", "Team")
        epic, first, second, outside = make(rig, "Epic", "User Story", "User Story", "User Story")
        for item in (first, second):
            organization.move_work_item(item, area="Team")
            organization.link_work_items(item, PARENT, epic)
        organization.link_work_items(first, RELATED, second)
        organization.link_work_items(outside, RELATED, first)

        report = rig.scan(Scope(area_path="Webshop\\Team")).report

        assert report.items == 2
        assert report.links == {CHILD: 2, RELATED: 2}
        assert report.over["parent_out_of_scope"] == Over(2, (first, second))
        assert report.types[0].parents == {"": 2}

    def test_types_in_any_case_and_a_query(self, rig):
        bugs, _tasks = make(rig, "Bug", "Bug", "Bug"), make(rig, "Task")
        report = rig.scan(Scope(types=("bug",), wiql=f"[System.Id] <> {bugs[0]}")).report
        assert [(kind.name, kind.count) for kind in report.types] == [("Bug", 2)]

    def test_an_empty_project_is_done_at_once(self, rig):
        scan = rig.scan()
        assert (scan.state, scan.done, scan.total, scan.report.items) == ("done", 0, 0, 0)
        assert [node.path for node in scan.report.areas] == ["Webshop"]

    @pytest.mark.parametrize(
        ("scope", "code", "words"),
        [
            (Scope(types=("Bug", "Epos")), "types", "no work item type Epos"),
            (Scope(area_path="Webshop\\Nowhere"), "scope", "correct the area"),
            (Scope(wiql="[Custom.Unknown] = 1"), "scope", "TF51005"),
            (Scope(wiql="SELECT [System.Id] FROM WorkItems"), "wiql", "no WHERE part"),
        ],
    )
    def test_that_cannot_be_asked_for_ends_the_scan_with_a_sentence(self, rig, scope, code, words):
        scan = rig.scan(scope)
        assert (scan.state, scan.error_code) == ("failed", code)
        assert words in scan.error


class TestOddWorkItems:
    def test_what_goes_while_it_is_read_is_told(self, rig):
        _kept, gone = make(rig, "Task", "Task")
        rig.organization.lay_ambush(BATCH, "delete_work_item", {"number": gone})
        scan = rig.scan()
        assert (scan.report.items, scan.done, scan.total) == (1, 2, 2)
        assert scan.report.over == {"missing": Over(1, (gone,))}

    def test_what_cannot_be_read_is_told(self, rig):
        _first, broken, _last = make(rig, "Task", "Task", "Task")
        rig.organization.break_work_item(broken)
        scan = rig.scan()
        assert (scan.state, scan.report.items) == ("done", 2)
        assert scan.report.over == {"broken": Over(1, (broken,))}

    def test_a_circle_of_parents_is_found_though_azure_devops_makes_none(self, rig, monkeypatch):
        organization = rig.organization
        one, two, three, below, beside = make(rig, "User Story", "User Story", "User Story", "User Story", "User Story")
        monkeypatch.setattr(organization, "_check_link", lambda *_anything: None)
        for child, parent in ((one, two), (two, three), (three, one), (below, one)):
            organization.link_work_items(child, PARENT, parent)
        organization.link_work_items(beside, PARENT, make(rig, "Epic")[0])
        assert rig.scan().report.over == {"cycle": Over(3, (one, two, three))}

    def test_a_query_of_more_than_it_may_find_is_read_in_windows(self, rig):
        make_many(rig, 90)
        rig.organization.work.knobs = WorkKnobs(query_limit=5, top_cuts=False)
        scan = rig.scan()
        assert (scan.state, scan.report.items, scan.done) == ("done", 90, 90)


class TestTroubles:
    def test_a_token_that_ended_pauses_it_until_there_is_another(self, rig, services):
        make_many(rig, 450)
        scan_id = rig.start()
        rig.turn(scan_id)
        secret = TOKENS["full"]
        token = rig.organization.tokens.pop(secret)
        due = rig.turn(scan_id)

        stopped = rig.read(scan_id)
        assert (stopped.state, stopped.error_code) == ("running", "waiting")
        assert "does not accept the token" in stopped.error
        assert "goes on by itself" in stopped.error
        assert due >= services.now() + 50_000
        connection = services.connections.find(rig.site.id, rig.connection.id)
        assert connection.token_state == "refused"

        rig.organization.tokens[secret] = token
        done = rig.finish(scan_id)
        assert (done.state, done.report.items, done.error) == ("done", 450, None)
        assert services.connections.find(rig.site.id, rig.connection.id).token_state == "ok"

    def test_a_new_token_has_it_looked_at_now(self, rig, services):
        scan_id = rig.start()
        services.duties.want("migrate", f"scan:{scan_id}", services.now() + 900_000)
        resume_connection(services, rig.connection)
        assert services.duties.list_due("migrate")[f"scan:{scan_id}"] <= services.now()

    def test_a_token_without_the_scope_says_which_it_needs(self, services, running):
        organization, url = running
        rig = ScanRig(services, organization, url, "code-only")
        scan = rig.scan()
        assert (scan.state, scan.error_code) == ("running", "waiting")
        assert "Give it the scopes Work Items (Read)" in (scan.error or "")
        assert services.connections.find(rig.site.id, rig.connection.id).token_state == "ok"

    def test_a_pause_that_is_asked_for_is_kept(self, rig, services):
        make(rig, "Task")
        scan_id = rig.start()
        rig.turn(scan_id)
        rig.organization.knobs.rate.refusals, rig.organization.knobs.rate.retry_after = 1, 9.0
        due = rig.turn(scan_id)
        assert services.now() + 5_000 < due <= services.now() + 9_000
        assert rig.read(scan_id).error_code == "rate_limited"

    def test_a_project_that_is_gone_ends_it(self, rig):
        scan_id = rig.start()
        rig.organization.projects.clear()
        scan = rig.finish(scan_id)
        assert (scan.state, scan.error_code) == ("failed", "project_gone")

    def test_an_organization_that_was_renamed_pauses_it(self, rig):
        scan_id = rig.start()
        rig.organization.id = "00000000-0000-4000-8000-000000000000"
        rig.organization.projects.clear()
        scan = rig.finish(scan_id)
        assert (scan.state, scan.error_code) == ("running", "waiting")
        assert "Was it renamed?" in scan.error

    def test_a_removed_connection_ends_it(self, rig, services):
        scan_id = rig.start()
        services.connections.delete(rig.connection.id)
        assert rig.turn(scan_id) is None
        assert (rig.read(scan_id).state, rig.read(scan_id).error_code) == ("failed", "no_connection")

    def test_an_erased_token_pauses_it(self, rig, services):
        scan_id = rig.start()
        rig.turn(scan_id)
        services.connections.erase_tokens(rig.site.id)
        rig.turn(scan_id)
        assert rig.read(scan_id).error_code == "waiting"
        assert "was erased" in rig.read(scan_id).error

    def test_a_site_that_is_gone_is_left_alone(self, rig, services):
        scan_id = rig.start()
        services.installations.mark_uninstalled(rig.site.id, 2)
        rig.organization.route_calls.clear()
        assert rig.turn(scan_id) is None
        assert dict(rig.organization.route_calls) == {}

    def test_a_failed_scan_goes_on_from_where_it_was(self, rig, services):
        make_many(rig, 450)
        scan_id = rig.start()
        rig.turn(scan_id)

        def fail(scan, now):
            services.scans.fail(rig.read(scan.id), "fault", "Something was wrong.", now)

        after_a_page(services, fail)
        rig.turn(scan_id)
        assert rig.turn(scan_id) is None
        failed = rig.read(scan_id)
        assert (failed.state, failed.done) == ("failed", 200)

        del services.scans.put_page
        rig.organization.route_calls.clear()
        assert services.scans.start(failed.migration_id, services.now()) == scan_id
        done = rig.finish(scan_id)
        assert (done.state, done.report.items) == ("done", 450)
        assert rig.organization.route_calls[BATCH] == 2

    def test_a_cancelled_scan_stops_within_a_page(self, rig, services):
        make_many(rig, 650)
        scan_id = rig.start()
        rig.turn(scan_id)
        written = after_a_page(services, lambda scan, now: services.scans.cancel(scan.migration_id, now))
        assert rig.turn(scan_id) is not None
        assert written == [True, False]
        assert rig.turn(scan_id) is None
        assert (rig.read(scan_id).state, rig.read(scan_id).report.items) == ("cancelled", 200)


class TestTurns:
    def test_it_is_seen_to_run_before_anything_is_read(self, rig):
        scan_id = rig.start()
        rig.organization.route_calls.clear()
        assert rig.turn(scan_id) is not None
        assert (rig.read(scan_id).state, dict(rig.organization.route_calls)) == ("running", {})

    def test_what_was_answered_before_the_first_page_is_not_asked_again(self, rig):
        make(rig, "Task", "Bug")
        home, organization = rig.organization.find_project("Webshop"), rig.organization
        api = WorkItemsApi(rig.services.ado(rig.connection, "migration"), home.id, home.name)
        reader, turns = rig.grounds.find("scan"), 0
        organization.route_calls.clear()
        while (ground := reader.read(api, Scope(), chain([False, False, True], repeat(True)).__next__)) is None:
            turns += 1
        assert (turns > 3, len(ground.index)) == (True, 2)
        once = dict(organization.route_calls)
        assert once["POST wit/wiql"] == once["GET wit/workitemtypes/{type}/fields"] + 1
        assert once["GET wit/fields"] == 1

    def test_a_pause_in_the_middle_costs_no_answer(self, rig, services):
        """While Azure DevOps asks for a pause after every few calls it still comes to an end."""
        make(rig, "Task")
        scan_id, rate = rig.start(), rig.organization.knobs.rate
        rate.storm_every, rate.storm_length, rate.retry_after = 4, 1, 0.01
        rig.organization.route_calls.clear()
        turns = 0
        while rig.read(scan_id).state in ("queued", "running"):
            rig.turn(scan_id)
            turns += 1
            services.governor.forget(rig.connection.id)
        calls = dict(rig.organization.route_calls)
        assert rig.read(scan_id).state == "done"
        assert sum(calls.values()) <= 7 + 11 + 12 + 2 + turns
        assert turns > 5

    def test_a_worker_that_must_stop_reads_no_page(self, rig, services):
        make(rig, "Task")
        scan_id = rig.start()
        rig.turn(scan_id)
        services.stopping.set()
        rig.turn(scan_id)
        assert rig.read(scan_id).done == 0

    def test_a_process_remembers_some_projects_only(self):
        grounds = KeptGrounds()
        first = grounds.find("first")
        assert grounds.find("first") is first
        for number in range(MOST_GROUNDS):
            grounds.find(str(number))
        assert grounds.find("first") is not first
        last = grounds.find("last")
        grounds.drop("last")
        grounds.drop("nobody")
        assert grounds.find("last") is not last

    def test_no_word_of_a_work_item_is_written_anywhere(self, rig, services, written):
        make(rig, "Task", Description=f"<p>{TITLE}</p>", Tags=TITLE)
        scan = rig.scan()
        with services.engine.connect() as connection:
            rows = str(connection.exec_driver_sql("SELECT * FROM scans").fetchall())
        assert scan.state == "done"
        assert TITLE not in rows + written()
        assert "Lindqvist" not in rows + written()


class TestDuties:
    def test_two_lanes_of_each_worker_take_nothing_but_migrations(self):
        assert [order for order in ORDERS if "migrate" in order] == [MIGRATIONS, MIGRATIONS] == [("migrate",)] * 2

    def test_a_scan_is_worked_on_until_it_is_done(self, rig, services):
        make_many(rig, 210)
        scan_id = rig.start()
        wake_scan(services, scan_id)
        while run_duty(services, MIGRATIONS):
            pass
        assert (rig.read(scan_id).state, rig.read(scan_id).report.items) == ("done", 210)
        assert services.duties.list_due("migrate") == {}

    def test_what_redis_lost_is_asked_for_again(self, rig, services):
        scan_id = rig.start()
        services.redis.flushall()
        plan_duties(services)
        assert list(services.duties.list_due("migrate")) == [f"scan:{scan_id}"]

    @pytest.mark.parametrize("name", ["scan:unknown", "later:1", "scan"])
    def test_what_nobody_knows_is_over(self, services, name):
        assert work_migration(services, name) is None

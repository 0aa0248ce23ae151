"""What people and troubles do to a run: it stops within a chunk, waits with a sentence, and goes on where it was."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from domain.errors import WrongState
from domain.run_states import KIND_PHASES, PHASES
from jobs.lanes import MIGRATIONS, run_duty
from linkage.credentials import resume_connection
from linkage.migration_duties import wake_run
from migration.heals import HEALS
from migration.phases import STEPS
from sandbox.ado_seed import READ_SCOPES, TOKENS
from sandbox.jira_permissions import APPS
from sandbox.jira_quota import Rates
from store.migrations import Scope
from tests.migration.run_rig import RunRig, running_run_rig
from tests.migration.run_ways import assert_complete, await_waiting, die, kill_at, once_made, settle, states

COUNT = 30
MINUTE = 60_000  # ms
STRIDE = 5_000
FEW = Scope(types=("Epic", "Issue"))
STORM = (
    {"status": 503, "percent": 5}, {"status": 502, "percent": 5, "late": True}, {"drop": "after", "percent": 5},
    {"drop": "before", "percent": 5}, {"status": 429, "percent": 10, "headers": {"Retry-After": "3"}},
)  # fmt: skip
NEW_TOKEN = "acme-new-0000000000000000000000000000000000000000"


@pytest.fixture(scope="module")
def rig(redis_server, migrated_file, tmp_path_factory) -> Iterator[RunRig]:
    with running_run_rig(redis_server, migrated_file, tmp_path_factory.mktemp("run"), count=COUNT) as rig:
        yield rig
        assert rig.site.violations == []


@pytest.fixture
def project(rig):
    tokens = dict(rig.organization.tokens)
    yield rig.project()
    rig.jira_faults.clear()
    rig.ado_faults.clear()
    rig.site.tracker.quota.rates = None
    rig.organization.tokens |= tokens


def test_a_done_run_is_verified_again_and_writes_nothing(rig, project):
    run_id = rig.start(project)
    rig.work(run_id)
    before = rig.count(project)
    rig.jira_faults.forget_calls()
    rig.services.runs.move(run_id, "verify", rig.clock.now)
    rig.work(run_id)
    assert_complete(rig, run_id, project)
    assert rig.count(project) == before
    reads = ("/bulkfetch", "/search/jql", "/permissions/check", "/list")
    writes = [call for call in rig.jira_faults.calls() if call.method != "GET" and not call.path.endswith(reads)]
    assert writes == []
    assert any(call.path.endswith("/bulkfetch") for call in rig.jira_faults.calls())


def test_every_phase_has_its_work_and_every_row_its_healer():
    assert STEPS.keys() == {"repair", *PHASES} - {"report"}
    assert HEALS.keys() == set(KIND_PHASES.values())


class TestPeople:
    def test_a_pause_ends_with_the_chunk_and_a_resume_goes_on(self, rig, project, monkeypatch):
        run_id = rig.start(project)
        once_made(monkeypatch, lambda: rig.services.runs.move(run_id, "pause", rig.clock.now))
        assert settle(rig, run_id).state == "paused"
        made = rig.count(project)["issues"]
        assert 0 < made < COUNT
        assert sum(row.state == "created" for row in rig.rows(run_id, "item")) == made
        rig.services.runs.move(run_id, "resume", rig.clock.now)
        rig.work(run_id)
        assert_complete(rig, run_id, project)

    def test_a_cancel_ends_with_the_chunk_and_the_ledger_tells_what_was_left_out(self, rig, project, monkeypatch):
        run_id = rig.start(project)
        once_made(monkeypatch, lambda: rig.services.runs.move(run_id, "cancel", rig.clock.now))
        run = settle(rig, run_id)
        assert (run.state, run.is_open) == ("cancelled", False)
        made = rig.count(project)["issues"]
        assert states(rig, run_id) == {"created": made, "skipped: cancelled": COUNT - made}
        assert rig.ledger(run_id)["balanced"]

    def test_after_a_cancel_a_new_run_adopts_what_is_there_and_makes_the_rest(self, rig, project, monkeypatch):
        run_id = rig.start(project)
        once_made(monkeypatch, lambda: rig.services.runs.move(run_id, "cancel", rig.clock.now))
        settle(rig, run_id)
        made = rig.count(project)["issues"]
        again = rig.start(project)
        rig.work(again)
        assert_complete(rig, again, project)
        assert sum(row.state == "adopted" for row in rig.rows(again, "item")) == made

    def test_two_runs_into_one_project_are_refused_until_what_was_sent_has_settled(self, rig, project):
        run_id, reaper = rig.start(project), kill_at("after create_many")
        with pytest.raises(WrongState, match="Another run writes into this Jira project"):
            rig.start(project)
        die(rig, run_id, reaper)
        rig.services.runs.move(run_id, "cancel", rig.clock.now)
        rig.turn(run_id)
        with pytest.raises(WrongState, match="has not settled yet"):
            rig.start(project)
        rig.work(run_id)
        made = rig.count(project)["issues"]
        assert made == states(rig, run_id)["created"] > 0
        again = rig.start(project)
        rig.work(again)
        assert_complete(rig, again, project)

    def test_what_failed_is_made_by_a_repair_and_nothing_else_is_touched(self, rig, project):
        rule = {"method": "POST", "path": "/issue/bulk$", "status": 400, "body": {"errorMessages": ["no"]}}
        run_id = rig.start(project)
        rig.jira_faults.add(rule | {"times": 8})
        rig.work(run_id)
        failed = states(rig, run_id)["failed: jira_refused"]
        assert 0 < failed < COUNT
        orphans = {row.source_id for row in rig.rows(run_id, "item") if "parent_missing" in (row.reason or "")}
        assert rig.ledger(run_id)["balanced"]
        rig.services.runs.move(run_id, "repair", rig.clock.now)
        rig.work(run_id)
        assert_complete(rig, run_id, project)
        rows = rig.rows(run_id, "item")
        assert {row.source_id for row in rows if row.state == "updated"} == orphans
        assert all(row.state == "created" for row in rows if row.source_id not in orphans)


class TestWorkers:
    @pytest.mark.parametrize(
        ("moment", "patience"),
        # a call that may be on its way is waited for, until the second lease ends
        [("after claim", MINUTE), ("after mark_sent", MINUTE + 2 * STRIDE), ("after create_many", MINUTE)],
    )
    def test_a_dead_one_is_replaced_in_about_a_minute(self, rig, project, moment, patience):
        run_id = rig.start(project, scope=FEW)
        die(rig, run_id, kill_at(moment))
        began = rig.clock.now
        wake_run(rig.services, run_id)
        while rig.run(run_id).is_open and rig.clock.now < began + patience:
            if not run_duty(rig.services, MIGRATIONS):
                rig.clock.now += STRIDE
        assert_complete(rig, run_id, project)


class TestTroubles:
    def test_a_token_that_ends_lets_the_run_wait_until_there_is_a_new_one(self, rig, project, monkeypatch):
        run_id = rig.start(project)
        old = rig.organization.tokens[TOKENS["full"]]
        once_made(monkeypatch, lambda: rig.organization.tokens.pop(TOKENS["full"]))
        await_waiting(rig, run_id)
        made = rig.count(project)["issues"]
        run = rig.run(run_id)
        assert run.state == "running"
        assert "token" in run.waiting.why and "goes on by itself" in run.waiting.why
        rig.clock.now += MINUTE
        rig.turn(run_id)
        assert rig.count(project)["issues"] == made
        rig.organization.add_token(NEW_TOKEN, old.user, READ_SCOPES)
        connection = rig.services.connections.find(rig.installation.id, rig.connection.id)
        rig.services.connections.replace_token(connection, SecretStr(NEW_TOKEN), ())
        resume_connection(rig.services, connection)
        rig.work(run_id)
        assert_complete(rig, run_id, project)

    def test_without_the_permission_to_create_it_waits_and_goes_on_when_it_is_granted(self, rig, project, monkeypatch):
        run_id, denied = rig.start(project), rig.site.tracker.permissions
        once_made(monkeypatch, lambda: denied.deny(APPS, project.id, "CREATE_ISSUES"))
        await_waiting(rig, run_id)
        run = rig.run(run_id)
        assert run.state == "running"
        assert "lacks Create Issues" in run.waiting.why and "Grant what is missing" in run.waiting.why
        assert not any(row.state == "failed" for row in rig.rows(run_id))
        denied.allow(APPS, project.id, "CREATE_ISSUES")
        rig.work(run_id)
        assert_complete(rig, run_id, project)

    def test_a_connection_that_was_removed_fails_the_run_with_advice(self, rig, project, monkeypatch):
        """What is being sent by then ends too, or nobody could ever migrate into the project again."""
        run_id = rig.start(project)
        die(rig, run_id, kill_at("after create_many"))
        monkeypatch.setattr(rig.services.connections, "find", lambda *_: None)
        run = rig.work(run_id)
        assert (run.state, run.is_open) == ("failed", False)
        assert "Connect it again and start a new run" in run.error
        assert states(rig, run_id)["failed: not_looked_up"] > 0
        monkeypatch.undo()
        again = rig.start(project)
        rig.work(again)
        assert_complete(rig, again, project)

    def test_an_organization_that_is_gone_lets_the_run_wait_and_go_on_when_it_is_back(self, rig, project, monkeypatch):
        run_id = rig.start(project)
        rule = {"path": "", "status": 404, "times": None}
        once_made(monkeypatch, lambda: rig.ado_faults.add(rule))
        await_waiting(rig, run_id)
        run = rig.run(run_id)
        assert run.state == "running"
        assert "organization" in run.waiting.why and "goes on by itself" in run.waiting.why
        rig.ado_faults.clear()
        rig.work(run_id)
        assert_complete(rig, run_id, project)

    def test_a_project_that_is_gone_fails_the_run_which_goes_on_when_it_is_back(self, rig, project):
        run_id = rig.start(project)
        rig.jira_faults.add({"method": "GET", "path": f"/project/{project.id}$", "status": 404})
        run = rig.work(run_id)
        assert (run.state, run.error_code) == ("failed", "not_found")
        assert "Resume the run when that is mended" in run.error
        rig.services.runs.move(run_id, "resume", rig.clock.now)
        rig.work(run_id)
        assert_complete(rig, run_id, project)

    def test_whatever_jira_answers_each_is_made_once(self, rig, project):
        run_id = rig.start(project)
        for trouble in STORM:
            rig.jira_faults.add(trouble | {"path": "/rest/", "times": None})
        rig.work(run_id)
        assert_complete(rig, run_id, project)

    @pytest.mark.parametrize("fault", [{"status": 502, "late": True}, {"drop": "after"}, {"drop": "before"}])
    def test_a_call_that_creates_and_has_no_answer_is_looked_up(self, rig, project, fault):
        run_id = rig.start(project)
        rig.jira_faults.add(fault | {"path": "/issue/bulk$", "times": 2})
        rig.work(run_id)
        assert_complete(rig, run_id, project)

    def test_whatever_azure_devops_answers_each_is_made_once(self, rig, project):
        run_id = rig.start(project)
        for status in (429, 503):
            rig.ado_faults.add({"path": "/_apis/", "times": None, "percent": 15, "status": status})
        rig.work(run_id)
        assert_complete(rig, run_id, project)

    def test_the_limits_of_jira_slow_it_down_and_stop_nothing(self, rig, project):
        run_id = rig.start(project)
        quota = rig.site.tracker.quota
        quota.clock = lambda: rig.clock.now / 1000
        quota.rates = Rates(points=None, bursts={"GET": 5, "POST": 5, "PUT": 5, "DELETE": 5})
        rig.work(run_id)
        assert_complete(rig, run_id, project)

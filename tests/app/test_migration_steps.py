"""What a worker is asked before a run, over the API: suggest, check, dry run; and the start of a run."""

import pytest

from app.migrating import start_run
from app.worker_questions import WAITING_AT_ONCE, QuestionDesk, ask_worker
from domain.errors import Forbidden, StoreUnavailable
from tests.app.actions import in_parallel, pointers
from tests.app.migration_fixtures import desk, shared_migrations
from tests.app.migration_rig import MAPPING, problem

__all__ = ["desk", "shared_migrations"]

DRAFT = {
    "source": {"id": 7, "type": "Bug", "title": "Round prices"},
    "issue": {"fields": {"summary": "Round prices"}},
    "notes": [{"field": "summary", "reason": "System.Title, as it is"}],
}


@pytest.fixture
def mapped(desk):
    return f"/api/migrations/{desk.mapped()}"


@pytest.fixture
def unmapped(desk):
    """Scanned, without a mapping."""
    migration = desk.make()
    desk.scan(migration)
    return f"/api/migrations/{migration}"


class TestSuggesting:
    def test_the_suggestion_may_be_put_as_it_is_and_nothing_applies_before(self, desk, unmapped):
        with desk.worker(suggest=MAPPING) as asked:
            answer = desk.call("POST", f"{unmapped}/suggest", {"provider": "rules"})
        assert answer.status_code == 200
        first = answer.json()["types"][0]
        assert {name: first[name] for name in MAPPING["types"][0]} == MAPPING["types"][0]
        ((kind, arguments),) = asked
        assert (kind, arguments["provider"]) == ("suggest", "rules")
        assert arguments["migration"] in unmapped
        assert desk.call("GET", unmapped).json()["mappingVersion"] == 0

    def test_by_rules_unless_told(self, desk, unmapped):
        with desk.worker(suggest=MAPPING) as asked:
            assert desk.call("POST", f"{unmapped}/suggest").status_code == 200
        assert asked[0][1]["provider"] == "rules"

    def test_a_plan_of_the_hierarchy_may_be_chosen_and_all_are_told(self, desk, unmapped):
        plans = [{"name": "epic_as_epic", "isPossible": True, "kept": 3}]
        with desk.worker(suggest=MAPPING | {"plans": plans}) as asked:
            answer = desk.call("POST", f"{unmapped}/suggest", {"plan": "epic_as_epic"})
        assert (asked[0][1]["plan"], answer.json()["plans"]) == ("epic_as_epic", plans)
        refused = desk.call("POST", f"{unmapped}/suggest", {"plan": "best"})
        assert (refused.status_code, pointers(refused)) == (422, ["/plan"])

    def test_another_provider_is_not_in_this_version(self, desk, unmapped):
        answer = desk.call("POST", f"{unmapped}/suggest", {"provider": "anthropic"})
        assert (answer.status_code, pointers(answer)) == (422, ["/provider"])


class TestAsking:
    @pytest.mark.parametrize("step", ["suggest", "check", "dry-run", "runs"])
    def test_a_scan_comes_first(self, desk, step):
        migration = desk.make()
        desk.services.mappings.put(migration, MAPPING, desk.now)
        answer = desk.call("POST", f"/api/migrations/{migration}/{step}")
        assert (answer.status_code, answer.json()["code"]) == (409, "not_scanned")
        assert desk.wanted() == set()

    @pytest.mark.parametrize("step", ["check", "dry-run", "runs"])
    def test_a_mapping_comes_before_a_check(self, desk, unmapped, step):
        answer = desk.call("POST", f"{unmapped}/{step}")
        assert (answer.status_code, answer.json()["code"]) == (409, "not_mapped")
        assert desk.wanted() == set()

    def test_what_the_worker_met_is_told(self, desk, mapped):
        refusal = Forbidden("Azure DevOps", 403, "the token lacks Work Items (Read)")
        with desk.worker(check=refusal):
            answer = desk.call("POST", f"{mapped}/check")
        assert (answer.status_code, "the token lacks Work Items (Read)" in answer.json()["detail"]) == (422, True)

    def test_nobody_answers(self, desk, mapped):
        with pytest.raises(StoreUnavailable, match="No worker has taken this up") as refused:
            ask_worker(desk.services, desk.services.migrations.find(mapped[-36:]), "check", {}, seconds=0.01)
        assert refused.value.code == "no_worker"

    def test_nobody_answers_over_the_api(self, desk, mapped, monkeypatch):
        monkeypatch.setattr(desk.services.questions, "wait", lambda *_asked: None)
        answer = desk.call("POST", f"{mapped}/check")
        assert (answer.status_code, answer.json()["code"]) == (503, "no_worker")
        assert int(answer.headers["Retry-After"]) > 0

    def test_a_slow_answer_is_there_for_whoever_asks_again(self, desk, mapped):
        migration = desk.services.migrations.find(mapped[-36:])
        with pytest.raises(StoreUnavailable):
            ask_worker(desk.services, migration, "check", {"version": 1}, seconds=0.01)
        (name,) = desk.wanted()
        desk.services.questions.note(name.removeprefix("ask:"), "reading the types of the project")
        with pytest.raises(StoreUnavailable, match="The worker is reading the types of the project") as refused:
            ask_worker(desk.services, migration, "check", {"version": 1}, seconds=0.01)
        assert refused.value.code == "worker_slow"

        with desk.worker(check={"problems": []}) as asked:
            assert ask_worker(desk.services, migration, "check", {"version": 1}, seconds=30) == {"problems": []}

        assert (len(asked), desk.wanted()) == (1, set())

    def test_not_too_many_wait_at_once(self, desk, mapped, monkeypatch):
        migration = desk.services.migrations.find(mapped[-36:])
        waiting = QuestionDesk(desk.services)
        outcomes = []

        def ask_more(*_asked):
            outcomes.extend(in_parallel(1, lambda: refusal_of(waiting, migration)))
            return {"problems": []}

        monkeypatch.setattr(desk.services.questions, "wait", ask_more)
        waiting.ask(migration, "check", {})
        assert outcomes.count("crowded") == 1
        assert len(outcomes) == WAITING_AT_ONCE
        assert refusal_of(waiting, migration) is None  # every place is free again


def refusal_of(waiting, migration):
    try:
        waiting.ask(migration, "check", {})
    except StoreUnavailable as refused:
        return refused.code
    return None


class TestChecking:
    def test_every_problem_is_told(self, desk, mapped):
        found = [problem("no_create_permission", advice="Give it."), problem("many_files", "warning", examples=[7])]
        with desk.worker(check={"problems": found}) as asked:
            checked = desk.call("POST", f"{mapped}/check").json()
        assert asked[0][1]["version"] == 1
        assert checked["ready"] is False
        first, second = checked["problems"]
        assert (first["code"], first["advice"], first["waived"]) == ("no_create_permission", "Give it.", False)
        assert second["examples"] == [7]

    @pytest.mark.parametrize(
        ("found", "ready"),
        [([], True), ([problem("x", "warning")], True), ([problem("x")], False), ([problem("waived")], True),
         ([problem("waived"), problem("x")], False)],
    )  # fmt: skip
    def test_only_errors_that_nobody_waived_are_in_the_way(self, desk, found, ready):
        migration = desk.mapped(waivers=["waived"])
        with desk.worker(check={"problems": found}):
            checked = desk.call("POST", f"/api/migrations/{migration}/check").json()
        assert checked["ready"] is ready
        assert [one["waived"] for one in checked["problems"]] == [one["code"] == "waived" for one in found]

    def test_history_that_is_wanted_is_told_as_left_out(self, desk):
        migration = desk.make(options={"history": True})
        desk.scan(migration)
        desk.services.mappings.put(migration, MAPPING, desk.now)
        with desk.worker(check={"problems": []}):
            checked = desk.call("POST", f"/api/migrations/{migration}/check").json()
        assert [one["code"] for one in checked["problems"]] == ["history_left_out"]
        assert checked["ready"] is True


class TestDryRun:
    def test_drafts_are_shown_and_kept_nowhere(self, desk, mapped):
        with desk.worker(dry_run={"items": [DRAFT]}) as asked:
            answer = desk.call("POST", f"{mapped}/dry-run", {"perType": 1})
        assert answer.json()["items"] == [DRAFT]
        assert asked[0][1]["perType"] == 1
        assert not desk.services.redis.keys("crosswalk:answer:*")

    def test_chosen_work_items(self, desk, mapped):
        with desk.worker(dry_run={"items": []}) as asked:
            desk.call("POST", f"{mapped}/dry-run", {"ids": [9, 7, 7]})
        assert asked[0][1]["ids"] == [7, 9]
        assert "perType" not in asked[0][1]

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [({"perType": 0}, "/perType"), ({"perType": 99}, "/perType"), ({"ids": [0]}, "/ids/0"),
         ({"ids": ["x"]}, "/ids/0"), ({"ids": list(range(1, 50))}, "/ids"), ({"ids": [1], "write": True}, "/write")],
    )  # fmt: skip
    def test_what_is_not_understood_is_told(self, desk, mapped, body, pointer):
        answer = desk.call("POST", f"{mapped}/dry-run", body)
        assert (answer.status_code, pointers(answer)) == (422, [pointer])

    def test_a_work_item_that_becomes_nothing(self, desk, mapped):
        with desk.worker(dry_run={"items": [DRAFT | {"issue": None}]}):
            assert desk.call("POST", f"{mapped}/dry-run").json()["items"][0]["issue"] is None


class TestStarting:
    def test_a_run_starts_after_a_check(self, desk, mapped):
        with desk.worker(check={"problems": [problem("x", "warning")]}) as asked:
            answer = desk.call("POST", f"{mapped}/runs", {"kind": "full"})
        assert answer.status_code == 202
        run = desk.services.runs.find(answer.json()["id"])
        assert (run.state, run.kind, run.mapping_version, run.target) == (
            "queued", "full", 1, desk.town.site.projects["SHOP"].id,
        )  # fmt: skip
        assert asked[0][0] == "check"
        listed = desk.call("GET", f"{mapped}/runs").json()["items"]
        assert [(one["id"], one["state"]) for one in listed] == [(run.id, "queued")]

    def test_eight_workers_are_wanted(self, desk, mapped):
        run = start_run(desk.services, desk.services.migrations.find(mapped[-36:]), "full")
        assert desk.wanted() == {f"run:{run}#{slot}" for slot in range(8)}

    def test_not_with_an_error(self, desk, mapped):
        with desk.worker(check={"problems": [problem("no_board"), problem("no_create_permission")]}):
            answer = desk.call("POST", f"{mapped}/runs")
        assert (answer.status_code, answer.json()["code"]) == (409, "check_failed")
        assert "no_board, no_create_permission" in answer.json()["detail"]
        assert desk.call("GET", f"{mapped}/runs").json()["items"] == []

    def test_a_delta_is_not_in_this_version(self, desk, mapped):
        answer = desk.call("POST", f"{mapped}/runs", {"kind": "delta"})
        assert (answer.status_code, answer.json()["code"]) == (409, "not_in_this_version")

    def test_an_unknown_kind(self, desk, mapped):
        assert pointers(desk.call("POST", f"{mapped}/runs", {"kind": "half"})) == ["/kind"]

    def test_two_on_one_target_are_refused(self, desk, mapped):
        desk.start(mapped[-36:])
        with desk.worker(check={"problems": []}):
            answer = desk.call("POST", f"/api/migrations/{desk.mapped()}/runs")
        assert (answer.status_code, answer.json()["code"]) == (409, "target_taken")

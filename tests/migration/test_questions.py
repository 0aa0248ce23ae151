"""What a worker is asked about a migration: suggest and check, from two stand-ins to the answer."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisAway

from domain.errors import AppError, BadInput, NotFound, OurFault, RateLimited, UnknownObject, WrongState
from domain.mapping_documents import read_mapping, write_mapping
from domain.mapping_records import TypeRow, ValueRow
from domain.migration_checks import is_blocking
from jobs import migration_questions
from jobs.migrations import work_migration
from linkage.migration_sources import source_opener
from migration.account_search import find_accounts
from migration.check import check_migration
from migration.mapping_ground import read_ground
from sandbox.jira_migration import add_person, count_things
from sandbox.jira_permissions import APPS
from store.migrations import Migration, Options
from tests.migration.run_rig import RunRig, running_run_rig

COUNT = 60
EVERYTHING = Options()


@pytest.fixture(scope="module")
def rig(redis_server, migrated_file, tmp_path_factory) -> Iterator[RunRig]:
    folder = tmp_path_factory.mktemp("questions")
    with running_run_rig(redis_server, migrated_file, folder, count=COUNT, template="Agile", oddities=True) as rig:
        yield rig
        assert rig.site.violations == []


@pytest.fixture(scope="module")
def migration(rig: RunRig) -> Migration:
    """Scanned."""
    made = rig.migration(rig.project(), EVERYTHING)
    rig.scan_rig.finish(rig.services.scans.start(made.id, rig.clock.now))
    return made


def ask(rig: RunRig, migration: Migration, kind: Any, **arguments: Any) -> Any:
    """What a worker answers. Raises what it met."""
    about = {"migration": migration.id, **arguments}
    asked = rig.services.questions.ask(migration.installation_id, kind, about, rig.clock.now)
    assert work_migration(rig.services, f"ask:{asked}") is None
    return rig.services.questions.wait(asked, 1)


def codes(answer: Any, *severities: str) -> dict[str, int]:
    return {one["code"]: one["count"] for one in answer["problems"] if one["severity"] in severities}


@pytest.fixture(scope="module")
def suggested(rig: RunRig, migration: Migration) -> Any:
    """With an account for one of the people, and a hidden address for another."""
    users = list(rig.organization.users.values())
    add_person(rig.site, "Whoever", users[0].mail)
    add_person(rig.site, "Hidden", users[1].mail, shows_email=False)
    before = count_things(rig.site)
    answer = ask(rig, migration, "suggest", provider="rules")
    assert count_things(rig.site) == before
    return answer


def test_a_suggestion_may_be_saved_as_it_is(rig: RunRig, migration: Migration, suggested: Any) -> None:
    mapping = read_mapping(suggested)
    assert {row.source for row in mapping.types if row.target} >= {"Epic", "Feature", "User Story", "Task", "Bug"}
    assert all(row.reason for table in (mapping.types, mapping.fields, mapping.states) for row in table)
    assert [plan["name"] for plan in suggested["plans"] if plan["isSuggested"]] == ["feature_as_epic"]
    assert [plan["kept"] > 0 for plan in suggested["plans"]] == [True, True, True]


def test_people_are_found_by_their_mail_and_nothing_else(rig: RunRig, suggested: Any) -> None:
    users = list(rig.organization.users.values())
    known = {person.email: person.account_id for person in rig.site.people.values() if person.shows_email}
    rows = {row["source"]: row["target"] for row in suggested["people"]}
    assert rows[users[0].id] == known[users[0].mail]
    assert rows.get(users[1].id) is None
    assert {target for target in rows.values() if target} <= set(known.values())


def test_a_suggestion_passes_its_own_check_and_tells_what_is_lost(
    rig: RunRig, migration: Migration, suggested: Any
) -> None:
    rig.services.mappings.put(migration.id, write_mapping(read_mapping(suggested)), rig.clock.now)
    answer = ask(rig, migration, "check")
    assert codes(answer, "error") == {}
    warnings = codes(answer, "warning")
    assert warnings["title_too_long"] == 1
    assert warnings["text_too_long"] == 2
    assert warnings["unmapped_person"] > 0
    assert codes(answer, "info")["inline_images"] > 0
    examples = [one["examples"] for one in answer["problems"] if one["code"] == "title_too_long"]
    assert examples[0] and all(isinstance(number, int) for number in examples[0])


def test_every_error_is_told_at_once_and_blocks_until_it_is_waived(
    rig: RunRig, migration: Migration, suggested: Any
) -> None:
    good = read_mapping(suggested)
    bad = replace(
        good,
        types=tuple(TypeRow("Bug", "999") if row.source == "Bug" else row for row in good.types),
        people=(*good.people[1:], ValueRow(good.people[0].source, "gone")),
    )
    version = rig.services.mappings.put(migration.id, write_mapping(bad), rig.clock.now)
    rig.site.tracker.permissions.deny(APPS, migration.jira_project_id, "LINK_ISSUES", "ADD_COMMENTS")
    found = check_migration(rig.services, migration, source_opener(rig.services), version=version)
    rig.site.tracker.permissions.allow(APPS, migration.jira_project_id, "LINK_ISSUES", "ADD_COMMENTS")
    wanted = {"no_link_permission", "no_comment_permission", "unknown_type", "unknown_account"}
    assert {one.code for one in found if is_blocking(one.code, one.severity, bad.waivers)} == wanted


def test_another_plan_is_suggested_when_it_is_asked_for(rig: RunRig, migration: Migration) -> None:
    answer = ask(rig, migration, "suggest", plan="epic_as_epic")
    assert answer["plan"] == "epic_as_epic"


@pytest.mark.parametrize("wish", [{"plan": "best"}, {"provider": "oracle"}])
def test_a_plan_or_a_provider_that_is_not_there_is_refused(rig: RunRig, migration: Migration, wish: Any) -> None:
    with pytest.raises(BadInput, match="There is no"):
        ask(rig, migration, "suggest", **wish)


def test_without_a_scan_or_a_mapping_nothing_is_told(rig: RunRig) -> None:
    fresh = rig.migration(rig.project())
    with pytest.raises(WrongState, match="Scan the project first"):
        ask(rig, fresh, "suggest")
    for kind in ("check", "dry-run"):
        with pytest.raises(AppError, match="There is no mapping yet"):
            ask(rig, fresh, kind)


def test_a_migration_or_a_connection_that_is_gone_is_told(rig: RunRig, migration: Migration) -> None:
    with pytest.raises(UnknownObject, match="no such migration"):
        ask(rig, replace(migration, id="gone"), "check")
    with pytest.raises(UnknownObject, match="not connected any more"):
        read_ground(rig.services, replace(migration, connection_id="gone"), source_opener(rig.services))


def test_work_items_are_previewed_with_the_saved_mapping(rig: RunRig, migration: Migration, suggested: Any) -> None:
    version = rig.services.mappings.put(migration.id, write_mapping(read_mapping(suggested)), rig.clock.now)
    answer = ask(rig, migration, "dry-run", version=version, perType=1)
    assert {one["source"]["type"] for one in answer["items"]} >= {"Epic", "Bug"}
    number = answer["items"][0]["source"]["id"]
    (chosen,) = ask(rig, migration, "dry-run", ids=[number])["items"]
    assert chosen["source"]["id"] == number


def test_a_preview_of_a_site_that_is_gone_is_refused(
    rig: RunRig, migration: Migration, suggested: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.services.mappings.put(migration.id, write_mapping(read_mapping(suggested)), rig.clock.now)
    gone = replace(migration, connection_id="gone")
    monkeypatch.setattr(migration_questions, "find_migration", lambda *_: gone)
    with pytest.raises(UnknownObject, match="not connected any more"):
        ask(rig, migration, "dry-run")


def test_a_question_that_nobody_waits_for_is_left(rig: RunRig) -> None:
    assert work_migration(rig.services, "ask:gone") is None


def test_what_a_system_refuses_is_told_to_whoever_asked(rig: RunRig, migration: Migration) -> None:
    rig.site.tracker.permissions.deny(APPS, migration.jira_project_id, "BROWSE_PROJECTS")
    project = rig.site.projects.pop(migration.jira_project)
    try:
        with pytest.raises(NotFound):
            ask(rig, migration, "suggest")
    finally:
        rig.site.projects[migration.jira_project] = project
        rig.site.tracker.permissions.allow(APPS, migration.jira_project_id, "BROWSE_PROJECTS")


def test_a_pause_that_jira_asks_for_is_waited_out(
    rig: RunRig, migration: Migration, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pause(*_arguments: Any) -> Any:
        raise RateLimited("Jira", 429, "later", 2)

    monkeypatch.setitem(migration_questions.ANSWERS, "check", pause)
    about = {"migration": migration.id}
    asked = rig.services.questions.ask(migration.installation_id, "check", about, rig.clock.now)
    with pytest.raises(RateLimited):
        work_migration(rig.services, f"ask:{asked}")
    assert rig.services.questions.find(asked) is not None


def test_a_fault_of_ours_is_told_to_whoever_asked_without_its_words(
    rig: RunRig, migration: Migration, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_arguments: Any) -> Any:
        raise KeyError("Somebody")

    monkeypatch.setitem(migration_questions.ANSWERS, "check", stumble)
    with pytest.raises(OurFault, match=r"A fault in Crosswalk \(KeyError\).* Tell its operator") as told:
        ask(rig, migration, "check")
    assert told.value.code == "fault"
    assert "Somebody" not in str(told.value)


def test_a_question_waits_while_redis_is_away(
    rig: RunRig, migration: Migration, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(*_arguments: Any) -> Any:
        raise RedisAway

    monkeypatch.setitem(migration_questions.ANSWERS, "check", lose)
    asked = rig.services.questions.ask(migration.installation_id, "check", {"migration": migration.id}, rig.clock.now)
    with pytest.raises(RedisAway):
        work_migration(rig.services, f"ask:{asked}")
    assert rig.services.questions.find(asked) is not None


def test_looking_people_up_ends_with_the_time_and_with_a_pause(
    rig: RunRig, migration: Migration, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = read_ground(rig.services, migration, source_opener(rig.services))
    nobody = find_accounts(ground.work_items, ground.jira, ground.report, ground.source, seconds=0)
    assert set(nobody.values()) <= {""}
    assert len(nobody) < len(ground.report.people)

    def pause(*_arguments: Any) -> Any:
        raise RateLimited("Jira", 429, "later", 2)

    monkeypatch.setattr("migration.account_search.find_account", pause)
    assert find_accounts(ground.work_items, ground.jira, ground.report, ground.source) == nobody


def test_what_a_mapping_may_name_is_told_by_the_names_that_people_know(
    rig: RunRig, migration: Migration, suggested: Any
) -> None:
    found = ask(rig, migration, "choices")
    types = {one["id"]: one["name"] for one in found["types"]}
    fields = {one["id"] for one in found["fields"]}
    assert {types[row["target"]] for row in suggested["types"] if row["target"]} >= {"Epic", "Story", "Task", "Bug"}
    assert {row["target"] for row in suggested["fields"] if row["target"]} <= fields
    assert found["linkLabels"]["System.LinkTypes.Dependency-Forward"] == "Successor"
    names = {user.id: user.name for user in rig.organization.users.values()}
    assert {one["id"]: one["name"] for one in found["people"]} == {
        row["source"]: names[row["source"]] for row in suggested["people"]
    }

"""Comments arrive in their order, each once, whatever dies, is refused or changes on the way."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from clients.ado_work_items import WorkItemsApi
from clients.jira_issue_parts import IssueParts
from domain.comment_drafts import draft_comment
from domain.field_rules import CUT, EMBEDDED
from migration import comment_posting
from migration.loads import LATEST_START
from sandbox.jira_permissions import APPS
from sandbox.jira_quota import Rates
from store.item_map import MapPlace
from store.run_turns import LEASE_MILLISECONDS
from tests.migration.kills import Reaper
from tests.migration.parts_rig import (
    COMMENTS,
    PLAIN,
    failing,
    kill_between,
    ledger_of,
    make_items,
    only,
    record_of,
    work_until,
)
from tests.migration.run_rig import RunRig, running_run_rig
from tests.migration.run_ways import kill_at

COUNT = 20
POST = r"/issue/\d+/comment$"

pytestmark = pytest.mark.usefixtures("short_pauses")


@pytest.fixture(scope="module")
def rig(redis_server, migrated_file, tmp_path_factory) -> Iterator[RunRig]:
    folder = tmp_path_factory.mktemp("comments")
    with running_run_rig(redis_server, migrated_file, folder, count=COUNT, links=0, comments=2) as rig:
        yield rig
        assert rig.site.violations == []


@pytest.fixture
def talk(rig) -> tuple[int, list[int]]:
    """A work item with three comments, and their ids."""
    (number,) = make_items(rig, 1)
    return number, say(rig, number, 3)


def say(rig, number, count):
    return [rig.organization.comment_work_item(number, f"<p>Word {word}</p>").id for word in range(count)]


def start(rig, number, project=None):
    home = project or rig.project()
    return rig.start(home, options=COMMENTS, mapping=PLAIN, scope=only([number])), home


def work(rig, number, project=None):
    run_id, home = start(rig, number, project)
    rig.work(run_id)
    return run_id, home


def said(rig, project, number):
    """The ids of the comments of a work item in the order in which its issue shows them."""
    return [one.properties["crosswalk.comment"]["id"] for one in record_of(rig, project, number).comments]


def rows_of(rig, run_id):
    return sorted((row.state, row.reason, row.size) for row in rig.rows(run_id, "comments") if row.size)


def test_every_comment_arrives_for_a_point_each(rig):
    project = rig.project()
    run_id = rig.start(project, options=COMMENTS, mapping=PLAIN, scope=only(range(1, COUNT + 1)))
    work_until(rig, run_id, "links")
    rig.site.tracker.quota.forget()
    work_until(rig, run_id, "files")
    calls = {name: count for name, count in rig.site.tracker.quota.calls.items() if "comment" in name}
    assert calls == {"POST /rest/api/3/issue/<issue>/comment": 2 * COUNT}
    rig.work(run_id)
    assert ledger_of(rig, run_id, "comments") == {"scanned": 2 * COUNT, "created": 2 * COUNT}
    for number in rig.issues(project):
        found = said(rig, project, number)
        assert found == [one.id for one in rig.organization.work.find(number).comments]


def test_the_oldest_comes_first_and_says_who_wrote_it(rig, talk):
    number, ids = talk
    _run, project = work(rig, number)
    assert said(rig, project, number) == ids
    first = record_of(rig, project, number).comments[0]
    assert isinstance(first.body, bytes)
    assert b" wrote on " in first.body


def test_what_is_lost_of_comments_is_told_with_the_number_of_each(rig, talk):
    number, _ids = talk
    rig.organization.comment_work_item(number, "<p>" + "many words " * 4_000 + "</p>")
    rig.organization.comment_work_item(number, "<p>A picture <img src='data:image/png;base64,x'></p>")
    run_id, project = work(rig, number)
    assert len(record_of(rig, project, number).comments) == 5
    assert rows_of(rig, run_id) == [("created", f"{CUT},{EMBEDDED}", 5)]
    words = next(row.detail for row in rig.rows(run_id, "comments") if row.size)
    assert re.fullmatch(r"Comment \d+: The last .+ Comment \d+: 1 image in the text itself .+", words)


def test_a_second_run_adopts_without_a_call(rig, talk):
    number, ids = talk
    _run, project = work(rig, number)
    rig.site.tracker.quota.forget()
    run_id, _ = work(rig, number, project)
    assert said(rig, project, number) == ids
    assert ledger_of(rig, run_id, "comments") == {"scanned": 3, "adopted": 3}
    assert not any(name.startswith("POST") and "comment" in name for name in rig.site.tracker.quota.calls)


def test_a_second_run_brings_what_was_written_since(rig, talk):
    number, ids = talk
    _run, project = work(rig, number)
    later = say(rig, number, 2)
    run_id, _ = work(rig, number, project)
    assert said(rig, project, number) == ids + later
    assert ledger_of(rig, run_id, "comments") == {"scanned": 5, "created": 2, "adopted": 3}


def test_what_no_map_knows_is_looked_for_before_it_is_written(rig, talk):
    """The app was installed anew."""
    number, ids = talk
    _run, project = work(rig, number)
    rig.services.item_map.forget_tenant(rig.installation.id)
    run_id, _ = work(rig, number, project)
    assert said(rig, project, number) == ids
    assert ledger_of(rig, run_id, "comments") == {"scanned": 3, "adopted": 3}


def test_an_issue_that_was_deleted_and_made_anew_gets_its_comments_again(rig, talk):
    number, ids = talk
    _run, project = work(rig, number)
    rig.site.tracker.remove(record_of(rig, project, number))
    run_id, _ = work(rig, number, project)
    assert rows_of(rig, run_id) == [("failed", "item_failed", 3)]
    rig.services.runs.move(run_id, "repair", rig.clock.now)
    rig.work(run_id)
    assert said(rig, project, number) == ids
    assert ledger_of(rig, run_id, "comments") == {"scanned": 3, "created": 3}


class TestChangesSinceThePlanning:
    def test_more_comments_are_brought_and_counted(self, rig, talk):
        number, ids = talk
        run_id, project = start(rig, number)
        work_until(rig, run_id, "links")
        later = say(rig, number, 2)
        rig.work(run_id)
        assert said(rig, project, number) == ids + later
        assert ledger_of(rig, run_id, "comments") == {"scanned": 5, "created": 5}

    def test_fewer_comments_are_counted(self, rig, talk):
        number, ids = talk
        run_id, project = start(rig, number)
        work_until(rig, run_id, "links")
        rig.organization.delete_work_comment(number, ids[1])
        rig.work(run_id)
        assert said(rig, project, number) == [ids[0], ids[2]]
        assert ledger_of(rig, run_id, "comments") == {"scanned": 2, "created": 2}

    def test_all_may_be_gone(self, rig, talk):
        number, ids = talk
        run_id, project = start(rig, number)
        work_until(rig, run_id, "links")
        for one in ids:
            rig.organization.delete_work_comment(number, one)
        rig.work(run_id)
        assert said(rig, project, number) == []
        assert ledger_of(rig, run_id, "comments") == {}

    def test_the_work_item_may_be_gone(self, rig, talk):
        number, _ids = talk
        run_id, _project = start(rig, number)
        work_until(rig, run_id, "links")
        rig.organization.delete_work_item(number)
        rig.work(run_id)
        assert ledger_of(rig, run_id, "comments") == {"scanned": 3, "skipped": {"deleted": 3}}

    def test_the_issue_may_be_gone(self, rig, talk):
        number, _ids = talk
        run_id, project = start(rig, number)
        work_until(rig, run_id, "links")
        rig.site.tracker.remove(record_of(rig, project, number))
        rig.work(run_id)
        assert rows_of(rig, run_id) == [("failed", "issue_gone", 3)]


class TestRefusals:
    def test_one_that_is_refused_fails_alone_and_is_repaired(self, rig, talk):
        number, ids = talk
        with failing(rig, POST, status=400, skip=1):
            run_id, project = work(rig, number)
        assert said(rig, project, number) == [ids[0], ids[2]]
        assert rows_of(rig, run_id) == [("created", None, 2), ("failed", "jira_refused", 1)]
        assert ledger_of(rig, run_id, "comments") == {"scanned": 3, "created": 2, "failed": {"jira_refused": 1}}

        rig.services.runs.move(run_id, "repair", rig.clock.now)
        rig.work(run_id)
        assert said(rig, project, number) == [ids[0], ids[2], ids[1]]
        assert ledger_of(rig, run_id, "comments") == {"scanned": 3, "created": 3}

    def test_what_is_over_the_limit_of_jira_is_left_out(self, rig, talk, monkeypatch):
        number, ids = talk
        monkeypatch.setattr(rig.site.tracker.limits, "comments", 2)
        run_id, project = work(rig, number)
        assert said(rig, project, number) == ids[:2]
        assert ledger_of(rig, run_id, "comments") == {"scanned": 3, "created": 2, "skipped": {"comment_limit": 1}}

    @pytest.mark.parametrize(("status", "reason"), [(403, "no_permission"), (404, "issue_gone")])
    def test_what_holds_for_the_issue_ends_the_rest_until_it_is_repaired(self, rig, talk, status, reason):
        number, ids = talk
        with failing(rig, POST, status=status, skip=1):
            run_id, project = work(rig, number)
        assert rows_of(rig, run_id) == [("created", None, 1), ("failed", reason, 2)]
        rig.services.runs.move(run_id, "repair", rig.clock.now)
        rig.work(run_id)
        assert said(rig, project, number) == ids
        assert ledger_of(rig, run_id, "comments") == {"scanned": 3, "created": 3}

    def test_a_right_that_is_missing_is_told(self, rig, talk):
        number, _ids = talk
        project = rig.project()
        rig.site.tracker.permissions.deny(APPS, project.id, "ADD_COMMENTS")
        run_id, _ = work(rig, number, project)
        assert rows_of(rig, run_id) == [("failed", "no_permission", 3)]

    def test_an_answer_that_cannot_be_read_ends_one_work_item_and_no_other(self, rig, talk):
        (other,) = make_items(rig, 1)
        told = say(rig, other, 1)
        project = rig.project()
        run_id = rig.start(project, options=COMMENTS, mapping=PLAIN, scope=only([talk[0], other]))
        work_until(rig, run_id, "links")
        body = {"comments": [{"id": "none"}], "count": 1, "totalCount": 1}
        rule = {"path": f"(?i)/workitems/{talk[0]}/comments", "status": 200, "body": body, "times": None}
        rig.ado_faults.add(rule)
        rig.work(run_id)
        rig.ado_faults.clear()
        assert sorted(rows_of(rig, run_id)) == [("created", None, 1), ("failed", "unreadable", 3)]
        assert said(rig, project, other) == told

    def test_comments_that_azure_devops_fails_to_read_are_told(self, rig, talk):
        number, _ids = talk
        run_id, _project = start(rig, number)
        work_until(rig, run_id, "links")
        rig.organization.break_work_item(number)
        rig.work(run_id)
        assert rows_of(rig, run_id) == [("failed", "unreadable", 3)]

    def test_a_fault_of_ours_fails_one_comment_and_names_no_content(self, rig, talk, monkeypatch):
        number, ids = talk
        real = draft_comment

        def draft(comment, context):
            if comment.id == ids[0]:
                raise ZeroDivisionError(comment.text)
            return real(comment, context)

        monkeypatch.setattr(comment_posting, "draft_comment", draft)
        run_id, project = work(rig, number)
        assert said(rig, project, number) == ids[1:]
        assert rows_of(rig, run_id) == [("created", None, 2), ("failed", "fault", 1)]
        assert not any("Word" in (row.detail or "") for row in rig.rows(run_id))


@pytest.mark.parametrize(
    "rule",
    [
        {"drop": "after"},
        {"drop": "before"},
        {"status": 503},
        {"status": 502, "late": True},
        {"status": 429, "headers": {"Retry-After": "1"}},
        {"status": 429, "headers": {"RateLimit-Reason": "jira-per-issue-on-write", "Retry-After": "1"}},
    ],
)
def test_whatever_answer_comes_or_none_each_is_there_once_and_in_order(rig, talk, rule):
    number, ids = talk
    with failing(rig, POST, skip=1, **rule):
        run_id, project = work(rig, number)
    assert said(rig, project, number) == ids
    assert ledger_of(rig, run_id, "comments") == {"scanned": 3, "created": 3}


def test_nothing_is_posted_while_a_call_may_still_arrive(rig, talk):
    number, ids = talk
    run_id, project = start(rig, number)
    with failing(rig, POST, drop="before", skip=1):
        work_until(rig, run_id, "links")
        rig.turn(run_id)
    rig.clock.now += 1_000
    rig.turn(run_id)
    assert said(rig, project, number) == ids[:1]
    rig.clock.now += LEASE_MILLISECONDS
    rig.work(run_id)
    assert said(rig, project, number) == ids


def test_comments_that_were_deleted_since_do_not_stand_for_new_ones(rig, talk):
    """On an adopted issue, where no answer came: as many comments as there should be are on it already."""
    number, ids = talk
    _run, project = work(rig, number)
    for one in ids[:2]:
        rig.organization.delete_work_comment(number, one)
    later = say(rig, number, 2)
    with failing(rig, POST, drop="before"):
        run_id, _ = work(rig, number, project)
    assert said(rig, project, number) == ids + later
    assert ledger_of(rig, run_id, "comments") == {"scanned": 3, "created": 2, "adopted": 1}


def test_an_issue_with_more_comments_than_may_be_written_at_once_has_them_all_in_order(rig):
    """The limits of Jira are in force, on the time of the workers."""
    (number,) = make_items(rig, 1)
    ids = say(rig, number, 200)

    quota = rig.site.tracker.quota
    quota.clock, quota.rates = (lambda: rig.clock.now / 1000), Rates(points=None, bursts=None)
    try:
        run_id, project = work(rig, number)
    finally:
        quota.rates = None
    assert quota.refused["jira-per-issue-on-write"] == 0
    assert said(rig, project, number) == ids
    assert ledger_of(rig, run_id, "comments") == {"scanned": 200, "created": 200}


def test_what_was_posted_before_a_worker_died_is_not_taken_for_what_was_there(rig, talk):
    """On an adopted issue; verifying expects it from then on."""
    number, ids = talk
    _run, project = work(rig, number)
    later = say(rig, number, 3)
    with failing(rig, POST, drop="after", skip=1):
        run_id, _ = work(rig, number, project)
    assert said(rig, project, number) == ids + later
    assert ledger_of(rig, run_id, "comments") == {"scanned": 6, "created": 3, "adopted": 3}

    for gone in (record_of(rig, project, number).comments.pop(place) for place in (3, 0)):
        del rig.site.tracker.comment_homes[gone.id]
    rig.services.runs.move(run_id, "verify", rig.clock.now)
    rig.work(run_id)
    rig.services.runs.move(run_id, "repair", rig.clock.now)
    rig.work(run_id)
    assert set(said(rig, project, number)) == {*ids, *later}


def test_what_people_deleted_of_an_earlier_run_is_no_difference(rig, talk):
    number, ids = talk
    _run, project = work(rig, number)
    later = say(rig, number, 2)
    run_id, _ = work(rig, number, project)
    gone = record_of(rig, project, number).comments.pop(0)
    del rig.site.tracker.comment_homes[gone.id]
    rig.services.runs.move(run_id, "verify", rig.clock.now)
    rig.work(run_id)
    assert rig.ledger(run_id)["differences"] == {}
    rig.services.runs.move(run_id, "repair", rig.clock.now)
    rig.work(run_id)
    assert said(rig, project, number) == ids[1:] + later


def test_what_was_written_after_the_planning_is_brought_although_a_worker_died(rig, talk):
    """As many comments as were planned are on the issue by then."""
    number, ids = talk
    run_id, project = start(rig, number)
    work_until(rig, run_id, "links")
    later = say(rig, number, 2)
    with failing(rig, POST, drop="after", skip=2):
        rig.work(run_id)
    assert said(rig, project, number) == ids + later
    assert ledger_of(rig, run_id, "comments") == {"scanned": 5, "created": 5}


def test_what_was_posted_before_an_answer_was_lost_is_in_the_map_at_once(rig, talk):
    number, ids = talk
    run_id, _project = start(rig, number)
    with failing(rig, POST, drop="before", skip=2):
        work_until(rig, run_id, "links")
        rig.turn(run_id)
    place = MapPlace(rig.installation.id, rig.connection.id, rig.run(run_id).target)
    known = rig.services.part_map.find_many(place, "comment", [number])
    assert sorted(int(part) for _source, part in known) == ids[:2]
    rig.clock.now += LEASE_MILLISECONDS
    rig.work(run_id)


def test_a_run_that_is_cancelled_tells_what_arrived_on_an_issue_of_an_earlier_run(rig, talk):
    number, ids = talk
    _run, project = work(rig, number)
    later = say(rig, number, 3)
    run_id, _ = start(rig, number, project)
    with failing(rig, POST, drop="after", skip=1):
        work_until(rig, run_id, "links")
        rig.turn(run_id)
    rig.services.runs.move(run_id, "cancel", rig.clock.now)
    rig.work(run_id)
    assert said(rig, project, number) == ids + later[:2]
    assert rig.ledger(run_id)["balanced"]
    assert rows_of(rig, run_id) == [("created", None, 2), ("skipped", "cancelled", 4)]


class TestRepairs:
    def test_issues_that_were_deleted_get_each_of_their_comments_once_and_in_order(self, rig):
        """Their rows had been split, for an earlier run had brought some of the comments."""
        numbers = make_items(rig, 3)
        project, scope = rig.project(), only(numbers)
        ids = {number: say(rig, number, 2) for number in numbers}
        rig.work(rig.start(project, options=COMMENTS, mapping=PLAIN, scope=scope))
        for number in numbers:
            ids[number] += say(rig, number, 3)
        run_id = rig.start(project, options=COMMENTS, mapping=PLAIN, scope=scope)
        rig.work(run_id)
        for number in numbers:
            rig.site.tracker.remove(record_of(rig, project, number))
        for call in ("verify", "repair"):
            rig.services.runs.move(run_id, call, rig.clock.now)
            rig.work(run_id)
        assert {number: said(rig, project, number) for number in numbers} == ids
        assert rows_of(rig, run_id) == [("updated", None, 5)] * 3
        assert ledger_of(rig, run_id, "comments") == {"scanned": 15, "updated": 15}

    @pytest.mark.parametrize("moment", ["after mark_sent", "after add_comment", "before settle", "after settle"])
    def test_who_dies_while_rows_that_were_split_are_repaired_doubles_nothing(self, rig, talk, moment):
        number, ids = talk
        _run, project = work(rig, number)
        later = say(rig, number, 2)
        run_id, _ = work(rig, number, project)
        rig.site.tracker.remove(record_of(rig, project, number))
        rig.services.runs.move(run_id, "verify", rig.clock.now)
        rig.work(run_id)
        rig.services.runs.move(run_id, "repair", rig.clock.now)
        work_until(rig, run_id, "links")
        rig.work_with(run_id, kill_at(moment), forgets=False)
        assert said(rig, project, number) == ids + later
        numbers = ledger_of(rig, run_id, "comments")
        assert numbers["scanned"] == sum(numbers.values()) - 5 == 5

    def test_one_that_was_refused_and_those_beside_it_are_posted_once(self, rig, talk):
        number, ids = talk
        with failing(rig, POST, status=400, skip=1):
            run_id, project = work(rig, number)
        rig.services.runs.move(run_id, "repair", rig.clock.now)
        rig.work(run_id)
        rig.site.tracker.remove(record_of(rig, project, number))
        for call in ("verify", "repair"):
            rig.services.runs.move(run_id, call, rig.clock.now)
            rig.work(run_id)
        assert said(rig, project, number) == [ids[0], ids[2], ids[1]]
        assert rig.ledger(run_id)["balanced"]

    def test_a_second_time_at_the_limit_of_jira_more_is_left_out(self, rig, talk, monkeypatch):
        number, ids = talk
        monkeypatch.setattr(rig.site.tracker.limits, "comments", 2)
        run_id, project = work(rig, number)
        say(rig, number, 2)
        gone = record_of(rig, project, number).comments.pop()
        del rig.site.tracker.comment_homes[gone.id]
        for call in ("verify", "repair"):
            rig.services.runs.move(run_id, call, rig.clock.now)
            rig.work(run_id)
        assert said(rig, project, number) == ids[:2]
        assert ledger_of(rig, run_id, "comments") == {"scanned": 5, "updated": 2, "skipped": {"comment_limit": 3}}


def test_a_run_that_is_cancelled_tells_what_arrived(rig, talk):
    number, ids = talk
    run_id, project = start(rig, number)
    with failing(rig, POST, drop="after", skip=1):
        work_until(rig, run_id, "links")
        rig.turn(run_id)
    rig.services.runs.move(run_id, "cancel", rig.clock.now)
    rig.work(run_id)
    assert said(rig, project, number) == ids[:2]
    assert rig.ledger(run_id)["balanced"]
    assert rows_of(rig, run_id) == [("created", None, 2), ("skipped", "cancelled", 1)]


def test_a_worker_that_takes_long_keeps_its_row(rig, talk, monkeypatch):
    number, ids = talk
    run_id, project = start(rig, number)
    work_until(rig, run_id, "links")
    post, waited = IssueParts.add_comment, []

    def post_slowly(parts, issue_id, body):
        (row,) = rig.rows(run_id, "comments")
        waited.append((row.due_at - rig.clock.now, rig.clock.now - row.sent_at))
        rig.clock.now += LATEST_START
        return post(parts, issue_id, body)

    monkeypatch.setattr(IssueParts, "add_comment", post_slowly)
    rig.work(run_id)
    assert waited == [(LEASE_MILLISECONDS, 0)] * 3
    assert said(rig, project, number) == ids


def test_a_row_is_kept_while_its_comments_are_read(rig, talk, monkeypatch):
    """Azure DevOps may delay each call for half a minute."""
    number, ids = talk
    run_id, project = start(rig, number)
    work_until(rig, run_id, "links")
    read = WorkItemsApi.list_comments

    def read_slowly(api, source_id):
        for comment in read(api, source_id):
            rig.clock.now += LATEST_START
            yield comment

    monkeypatch.setattr(WorkItemsApi, "list_comments", read_slowly)
    rig.turn(run_id)
    assert said(rig, project, number) == ids
    assert [row.state for row in rig.rows(run_id, "comments")] == ["created"]


def test_a_worker_that_lost_its_row_stops_posting(rig, talk, monkeypatch):
    """It was away for longer than its lease, and another one looks what became of the row."""
    number, ids = talk
    run_id, project = start(rig, number)
    work_until(rig, run_id, "links")
    post, taken = IssueParts.add_comment, list[Any]()

    def post_late(parts, issue_id, body):
        made = post(parts, issue_id, body)
        if not taken:
            rig.clock.now += LEASE_MILLISECONDS + 1
            taken.append(rig.services.run_turns.take_lost(run_id, "comments", 10, rig.clock.now))
        return made

    monkeypatch.setattr(IssueParts, "add_comment", post_late)
    rig.turn(run_id)
    assert said(rig, project, number) == ids[:1]
    rig.work(run_id)
    assert said(rig, project, number) == ids
    assert ledger_of(rig, run_id, "comments") == {"scanned": 3, "created": 3}


def test_a_comment_that_somebody_deleted_is_found_and_repaired(rig, talk):
    number, ids = talk
    run_id, project = work(rig, number)
    record = record_of(rig, project, number)
    gone = record.comments.pop(1)
    del rig.site.tracker.comment_homes[gone.id]
    rig.services.runs.move(run_id, "verify", rig.clock.now)
    rig.work(run_id)
    rig.services.runs.move(run_id, "repair", rig.clock.now)
    rig.work(run_id)
    assert said(rig, project, number) == [ids[0], ids[2], ids[1]]
    assert ledger_of(rig, run_id, "comments") == {"scanned": 3, "updated": 3}


def test_whenever_a_worker_dies_every_comment_is_there_once_and_in_order(rig):
    first, second = make_items(rig, 2)
    ids = {first: say(rig, first, 2), second: say(rig, second, 1)}
    reaper, kills = Reaper(), -1
    while len(reaper.kills) > kills:
        kills = len(reaper.kills)
        project = rig.project()
        run_id = rig.start(project, options=COMMENTS, mapping=PLAIN, scope=only(list(ids)))
        kill_between(rig, run_id, "links", "files", reaper)
        assert {number: said(rig, project, number) for number in ids} == ids
        assert ledger_of(rig, run_id, "comments") == {"scanned": 3, "created": 3}
    moments = {name for _, name in reaper.kills}
    assert {"before add_comment", "after add_comment", "after mark_sent", "before settle", "after settle"} <= moments
    assert ("after add_comment", "before add_comment") in reaper.kills

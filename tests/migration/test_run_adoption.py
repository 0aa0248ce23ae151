"""A run into a project that has issues of an earlier one: none is doubled, none of what people did is undone."""

import json
from collections import Counter
from collections.abc import Iterator

import pytest

from clients.jira_flows import walk_issue
from domain import issue_texts
from domain.draft_records import SOURCE_PROPERTY
from sandbox.jira_issue_record import Record
from tests.migration.parts_rig import PLAIN, make_items, only, record_of
from tests.migration.run_rig import RunRig, running_run_rig
from tests.migration.run_ways import assert_complete

COUNT = 20
REFUSALS = {400: "jira_refused", 403: "no_permission", 404: "issue_gone", 409: "refused", 413: "too_large"}
WORDS = "what Jira says"


@pytest.fixture(scope="module")
def rig(redis_server, migrated_file, tmp_path_factory) -> Iterator[RunRig]:
    with running_run_rig(redis_server, migrated_file, tmp_path_factory.mktemp("adopt"), count=COUNT) as rig:
        yield rig
        assert rig.site.violations == []


@pytest.fixture
def items(rig) -> list[int]:
    return make_items(rig, 3)


def work(rig, items, project=None, **wanted):
    """A run of some work items; its id and the project."""
    home = project or rig.project()
    run_id = rig.start(home, mapping=PLAIN, scope=only(items), **wanted)
    rig.work(run_id)
    return run_id, home


def repair(rig, run_id):
    rig.services.runs.move(run_id, "repair", rig.clock.now)
    rig.work(run_id)


def states(rig, run_id):
    """How many work items are in which state, and why when they failed."""
    rows = rig.rows(run_id, "item")
    return Counter(f"failed: {row.reason}" if row.state == "failed" else row.state for row in rows)


def touch(rig, record, **fields):
    """What a person changes in Jira."""
    rig.site.tracker.write(record, rig.site.admin.account_id, fields={**record.state.fields, **fields})


def run_told(record: Record) -> str:
    """The run that an issue says it was made by."""
    return str(json.loads(record.state.properties[SOURCE_PROPERTY])["run"])


class TestHidden:
    """What Jira does not show may only be hidden."""

    def test_an_issue_that_is_hidden_is_not_made_again(self, rig, items):
        _run, project = work(rig, items)
        hidden = record_of(rig, project, items[0])
        rig.site.tracker.permissions.hide_issue(hidden.creator, hidden.id)
        run_id, _ = work(rig, items, project)
        assert states(rig, run_id) == {"adopted": 2, "failed: issue_gone": 1}
        assert rig.count(project)["issues"] == 3
        told = next(row.detail for row in rig.rows(run_id, "item") if row.state == "failed")
        assert "Show it to the app" in told and told.endswith("makes it anew.")

        rig.site.tracker.permissions.hide_issue(hidden.creator, hidden.id, hidden=False)
        repair(rig, run_id)
        assert_complete(rig, run_id, project)
        assert states(rig, run_id) == {"adopted": 3}

    def test_an_issue_that_was_deleted_is_made_anew_by_a_repair(self, rig, items):
        _run, project = work(rig, items)
        rig.site.tracker.remove(record_of(rig, project, items[0]))
        run_id, _ = work(rig, items, project)
        assert states(rig, run_id) == {"adopted": 2, "failed: issue_gone": 1}
        repair(rig, run_id)
        assert_complete(rig, run_id, project)
        assert states(rig, run_id) == {"adopted": 2, "created": 1}

    def test_issues_that_jira_cannot_give_all_at_once_are_not_doubled(self, rig, items, monkeypatch):
        _run, project = work(rig, items)
        monkeypatch.setattr(rig.site.tracker.limits, "fetched", 1)
        run_id, _ = work(rig, items, project)
        assert_complete(rig, run_id, project)
        assert states(rig, run_id) == {"adopted": 3}
        assert rig.run(run_id).problems == ()


class TestUpToDate:
    """What an earlier run made and nobody touched follows its work item; what somebody touched is theirs."""

    def test_an_issue_that_nobody_touched_is_brought_up_to_date(self, rig, items):
        first, project = work(rig, items)
        rig.organization.edit_work_item(items[0], {"System.Title": "Another title"})
        run_id, _ = work(rig, items, project)
        assert_complete(rig, run_id, project)
        assert states(rig, run_id) == {"adopted": 2, "updated": 1}
        record = record_of(rig, project, items[0])
        assert record.summary == "Another title"
        assert run_told(record) == first
        again, _ = work(rig, items, project)
        assert states(rig, again) == {"adopted": 3}

    def test_issues_of_before_get_the_names_of_people_who_have_no_account(self, rig, monkeypatch):
        person = next(iter(rig.organization.users.values()))
        fields = {"System.Title": "Assigned", "System.AssignedTo": person.mail}
        items = [int(rig.organization.create_work_item("Webshop", "Epic", fields).id)]
        with monkeypatch.context() as before:
            before.setattr(issue_texts, "TOLD_PEOPLE", {"reporter": "Reported by"})
            _run, project = work(rig, items)
        words = f"Assigned to {person.name} in Azure DevOps."
        record = record_of(rig, project, items[0])
        assert words not in record.state.fields["description"].decode()
        run_id, _ = work(rig, items, project)
        assert states(rig, run_id) == {"updated": 1}
        assert words in record.state.fields["description"].decode()
        again, _ = work(rig, items, project)
        assert states(rig, again) == {"adopted": 1}

    def test_an_issue_that_somebody_touched_is_left_as_it_is(self, rig, items):
        _run, project = work(rig, items)
        rig.organization.edit_work_item(items[0], {"System.Title": "Another title"})
        record = record_of(rig, project, items[0])
        touch(rig, record, summary="What somebody wrote")
        run_id, _ = work(rig, items, project)
        assert states(rig, run_id) == {"adopted": 3}
        assert record.summary == "What somebody wrote"

    def test_a_parent_that_comes_with_a_later_run_is_put_above_what_is_there(self, rig):
        (above,) = make_items(rig, 1)
        below = rig.organization.create_work_item("Webshop", "Issue", {"System.Title": "Below"}).id
        rig.organization.link_work_items(below, "System.LinkTypes.Hierarchy-Reverse", above)
        _run, project = work(rig, [below])
        assert record_of(rig, project, below).parent is None
        run_id, _ = work(rig, [above, below], project)
        assert_complete(rig, run_id, project)
        assert record_of(rig, project, below).parent == record_of(rig, project, above).id

    def test_a_parent_that_somebody_gave_stays(self, rig):
        above, other = make_items(rig, 2)
        below = rig.organization.create_work_item("Webshop", "Issue", {"System.Title": "Below"}).id
        rig.organization.link_work_items(below, "System.LinkTypes.Hierarchy-Reverse", above)
        _run, project = work(rig, [other, below])
        record, chosen = record_of(rig, project, below), record_of(rig, project, other)
        touch(rig, record, parent=chosen.id)
        work(rig, [above, other, below], project)
        assert record.parent == chosen.id

    def test_an_issue_without_its_marks_is_left_as_it_is(self, rig, items):
        _run, project = work(rig, items)
        record = record_of(rig, project, items[0])
        rig.site.tracker.write(record, rig.site.admin.account_id, properties={})
        rig.organization.edit_work_item(items[0], {"System.Title": "Another title"})
        run_id, _ = work(rig, items, project)
        assert states(rig, run_id) == {"adopted": 3}
        assert record.summary == "Number 0"


class TestRefusals:
    """What Jira refuses to one issue ends its row and no other."""

    def test_a_change_that_is_refused_ends_one_row(self, rig):
        items = make_items(rig, 1 + len(REFUSALS))
        _run, project = work(rig, items)
        for number in items:
            rig.organization.edit_work_item(number, {"System.Title": "Another title"})
        for number, status in zip(items, REFUSALS, strict=False):
            path = f"/issue/{record_of(rig, project, number).id}$"
            rig.jira_faults.add({"path": path, "method": "PUT", "status": status, "body": {"errorMessages": [WORDS]}})
        run_id, _ = work(rig, items, project)
        assert (rig.run(run_id).state, rig.run(run_id).error) == ("done", None)
        assert states(rig, run_id) == {"updated": 1, **{f"failed: {reason}": 1 for reason in REFUSALS.values()}}
        told = [row.detail for row in rig.rows(run_id, "item") if row.state == "failed"]
        assert [words for words in told if WORDS in words or not words.endswith(".")] == []
        repair(rig, run_id)
        assert_complete(rig, run_id, project)
        assert {record_of(rig, project, number).summary for number in items} == {"Another title"}

    def test_an_issue_that_is_deleted_on_its_way_to_its_status_ends_one_row(self, rig, items, monkeypatch):
        project, put = rig.project(), list[str]()

        def walk(client, issue, *args, **named):
            if not put:
                put.append(issue)
                rig.site.tracker.remove(rig.site.tracker.record(issue))
            return walk_issue(client, issue, *args, **named)

        monkeypatch.setattr("migration.arrivals.walk_issue", walk)
        run_id, _ = work(rig, items, project)
        assert len(put) == 1
        assert states(rig, run_id) == {"created": 2, "failed: issue_gone": 1}
        repair(rig, run_id)
        assert_complete(rig, run_id, project)

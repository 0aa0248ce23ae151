"""What depends on something else: a sample takes what is above it along, and a repair mends what only lacked what had
failed. A repair that is cancelled leaves the run as it was.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from migration import verify
from migration.plan import SAMPLE
from sandbox.jira_permissions import APPS
from store.migrations import Options
from tests.migration.parts_rig import PLAIN, failing, held, ledger_of, make_items, only, record_of
from tests.migration.run_rig import RunRig, running_run_rig
from tests.migration.run_ways import assert_complete, settle

PARENT = "System.LinkTypes.Hierarchy-Reverse"
MAKE = "/issue/bulk$"
OTHER_LOSS = "unmapped_person"  # of every work item here: told after what a repair can mend
ALL = Options(comments=True, attachments=True, links=True)


@pytest.fixture(scope="module")
def rig(redis_server, migrated_file, tmp_path_factory) -> Iterator[RunRig]:
    with running_run_rig(redis_server, migrated_file, tmp_path_factory.mktemp("mends"), count=24) as rig:
        yield rig
        assert rig.site.violations == []


@pytest.fixture
def project(rig):
    yield rig.project()
    rig.jira_faults.clear()


def make_child(rig, parent=None, **fields):
    made = rig.organization.create_work_item("Webshop", "Issue", {"System.Title": "The child", **fields})
    if parent is not None:
        rig.organization.link_work_items(made.id, PARENT, parent)
    return int(made.id)


def work(rig, project, numbers, **wanted):
    """A run of some work items to its end; its id."""
    run_id = rig.start(project, scope=only(numbers), **({"mapping": PLAIN} | wanted))
    rig.work(run_id)
    assert (rig.run(run_id).state, rig.run(run_id).error) == ("done", None)
    return run_id


def call(rig, run_id, name):
    rig.services.runs.move(run_id, name, rig.clock.now)


def repair(rig, run_id):
    call(rig, run_id, "repair")
    rig.work(run_id)


def row_of(rig, run_id, number):
    """What became of a work item: state and reason."""
    (row,) = rig.services.run_rows.find_many(run_id, "item", [number])
    return row.state, row.reason


def imperfect(rig, run_id):
    return {row.source_id for row in rig.services.run_rows.page(run_id, imperfect=True)}


class TestSamples:
    def test_what_is_above_a_sample_comes_with_it(self, rig, project):
        epics = make_items(rig, SAMPLE + 1)
        child = make_child(rig, epics[-1])
        run_id = work(rig, project, [*epics, child], kind="sample")
        assert_complete(rig, run_id, project)
        assert len(rig.rows(run_id, "item")) == SAMPLE + 2
        assert record_of(rig, project, child).parent == record_of(rig, project, epics[-1]).id

    def test_what_is_above_and_not_in_scope_stays_out(self, rig, project):
        epics = make_items(rig, 2)
        child = make_child(rig, epics[-1])
        run_id = work(rig, project, [epics[0], child], kind="sample")
        assert_complete(rig, run_id, project)
        assert set(rig.issues(project)) == {epics[0], child}


class TestWhatWasMissing:
    def test_below_a_parent_that_failed_the_parent_is_mended_too(self, rig, project):
        (epic,) = make_items(rig, 1)
        child = make_child(rig, epic)
        with failing(rig, MAKE, status=400, times=2):
            run_id = work(rig, project, [epic, child])
        assert row_of(rig, run_id, child) == ("created", f"parent_missing,{OTHER_LOSS}")
        assert record_of(rig, project, child).parent is None
        repair(rig, run_id)
        assert_complete(rig, run_id, project)
        assert record_of(rig, project, child).parent == record_of(rig, project, epic).id
        assert row_of(rig, run_id, child) == ("updated", OTHER_LOSS)

    def test_what_people_wrote_meanwhile_is_theirs(self, rig, project):
        (epic,) = make_items(rig, 1)
        child = make_child(rig, epic)
        with failing(rig, MAKE, status=400, times=2):
            run_id = work(rig, project, [epic, child])
        record = record_of(rig, project, child)
        rig.site.tracker.write(
            record, rig.site.admin.account_id, fields={**record.state.fields, "summary": "What somebody wrote"}
        )
        repair(rig, run_id)
        assert (record.summary, record.parent) == ("What somebody wrote", record_of(rig, project, epic).id)

    @pytest.mark.parametrize(
        ("permission", "reason"),
        [("MANAGE_SPRINTS_PERMISSION", "sprint_missing"), ("ADMINISTER_PROJECTS", "component_missing")],
    )
    def test_what_was_to_be_in_a_sprint_or_component_that_failed_gets_into_it(self, rig, project, permission, reason):
        small = rig.small(project)
        (sprint,), (area,) = small["iterations"], small["areas"]
        child = make_child(rig, **{"System.IterationPath": sprint.source, "System.AreaPath": area.source})
        rig.site.tracker.permissions.deny(APPS, project.id, permission)
        run_id = work(rig, project, [child], mapping=small)
        assert row_of(rig, run_id, child) == ("created", f"{reason},{OTHER_LOSS}")
        assert child in imperfect(rig, run_id)
        rig.site.tracker.permissions.allow(APPS, project.id, permission)
        repair(rig, run_id)
        assert_complete(rig, run_id, project)
        assert row_of(rig, run_id, child) == ("updated", OTHER_LOSS)
        assert set(homes(rig, project, child)) == {sprint.name, area.name}

    def test_an_issue_that_lacks_several_things_tells_and_counts_them_all(self, rig, project):
        small = rig.small(project)
        (sprint,), (area,), (epic,) = small["iterations"], small["areas"], make_items(rig, 1)
        child = make_child(rig, epic, **{"System.IterationPath": sprint.source, "System.AreaPath": area.source})
        permissions = ("MANAGE_SPRINTS_PERMISSION", "ADMINISTER_PROJECTS")
        for permission in permissions:
            rig.site.tracker.permissions.deny(APPS, project.id, permission)
        with failing(rig, MAKE, status=400, times=2):
            run_id = work(rig, project, [epic, child], mapping=small)
        lacks = ("component_missing", "parent_missing", "sprint_missing")
        assert row_of(rig, run_id, child) == ("created", ",".join([*lacks, OTHER_LOSS]))
        assert {code: rig.ledger(run_id)["flaws"].get(code) for code in lacks} == dict.fromkeys(lacks, 1)
        words = next(row.detail for row in rig.rows(run_id, "item") if row.source_id == child)
        told = [words.index(field) for field in ("Parent: ", "Sprint: ", "Components: ")]
        assert told == sorted(told)
        for permission in permissions:
            rig.site.tracker.permissions.allow(APPS, project.id, permission)
        repair(rig, run_id)
        assert_complete(rig, run_id, project)
        assert row_of(rig, run_id, child) == ("updated", OTHER_LOSS)

    def test_what_is_missing_still_is_told_and_mended_later(self, rig, project):
        (epic,) = make_items(rig, 1)
        child = make_child(rig, epic)
        with failing(rig, MAKE, status=400, times=4):
            run_id = work(rig, project, [epic, child])
            assert row_of(rig, run_id, epic)[0] == "failed"
        with failing(rig, MAKE, status=400, times=2):
            repair(rig, run_id)
        assert row_of(rig, run_id, child)[1] == f"parent_missing,{OTHER_LOSS}"
        repair(rig, run_id)
        assert record_of(rig, project, child).parent == record_of(rig, project, epic).id


def test_issues_whose_parents_are_labels_are_counted_whatever_else_they_lose(rig, project):
    """Every work item here has fields that the suggested mapping leaves out, and people without an account."""
    top = make_child(rig)
    below = [make_child(rig, top) for _child in range(3)]
    run_id = work(rig, project, [top, *below])
    assert rig.ledger(run_id)["labelled"] == 3
    assert all(row_of(rig, run_id, child)[1] == f"hierarchy_collapsed,{OTHER_LOSS}" for child in below)
    assert all(any("ado-issue" in label for label in record_of(rig, project, child).state.fields["labels"])
               for child in below)  # fmt: skip


def test_what_the_mapping_leaves_out_is_no_loss_of_each_work_item(rig, project):
    found = rig.mapping(rig.migration(project))
    dropped = tuple(replace(row, target=None, rule="drop") for row in found.fields)
    run_id = work(rig, project, [make_child(rig)], mapping=PLAIN | {"fields": dropped})
    assert [(row.reason, row.detail) for row in rig.rows(run_id, "item")] == [(None, None)]
    assert imperfect(rig, run_id) == set()


def homes(rig, project, number):
    """Names of the sprints and components that an issue is in."""
    tracker, fields = rig.site.tracker, record_of(rig, project, number).state.fields
    (sprint,) = (name for name, field in tracker.catalogue.fields.items() if field.kind == "sprint")
    yield from (tracker.agile.sprints[one].name for one in fields.get(sprint) or ())
    yield from (tracker.components[one].name for one in fields.get("components") or ())


def test_a_work_item_that_could_not_be_read_comes_whole_with_another_run(rig, project):
    child = make_child(rig)
    rig.organization.comment_work_item(child, "Word")
    rig.organization.attach_file(child, "notes.txt", content="some notes")
    rig.organization.break_work_item(child)
    run_id = work(rig, project, [child], options=ALL)
    assert row_of(rig, run_id, child) == ("skipped", "unreadable")
    assert rig.rows(run_id, "item")[0].detail.endswith("then start another run, which takes all of it.")
    assert imperfect(rig, run_id) == {child}
    numbers = rig.ledger(run_id)
    assert numbers["ledger"]["types"]["unknown"]["skipped"] == {"unreadable": 1}
    assert (numbers["flaws"], numbers["broken"], numbers["balanced"]) == ({"unreadable": 1}, 1, True)
    rig.organization.break_work_item(child, status=None)
    repair(rig, run_id)
    assert (row_of(rig, run_id, child), rig.count(project)["issues"]) == (("skipped", "unreadable"), 0)
    again = work(rig, project, [child], options=ALL)
    assert ledger_of(rig, again, "comments") == {"scanned": 1, "created": 1}
    assert ledger_of(rig, again, "attachments") == {"scanned": 1, "created": 1}


class TestCancelling:
    def test_a_repair_that_is_cancelled_leaves_the_run_as_it_was(self, rig, project):
        epics = make_items(rig, 2)
        child = make_child(rig, epics[0])
        with failing(rig, MAKE, status=400, times=3):  # both, then each alone but for one
            run_id = work(rig, project, [*epics, child])
        before, rows = rig.run(run_id), facts(rig, run_id)
        assert {reason for _kind, _state, reason in rows.values()} >= {"jira_refused", f"parent_missing,{OTHER_LOSS}"}
        call(rig, run_id, "repair")
        with held("items"):
            while rig.run(run_id).phase != "items":
                rig.clock.now = max(rig.turn(run_id) or 0, rig.clock.now)
            assert any(row.state == "planned" for row in rig.rows(run_id, "item"))
            call(rig, run_id, "cancel")
            settle(rig, run_id)
        run = rig.run(run_id)
        assert (run.state, run.is_open, run.ledger["balanced"]) == ("done", False, True)
        assert arrived(run.ledger) == arrived(before.ledger)
        assert {key: (kind, reason) for key, (kind, _state, reason) in facts(rig, run_id).items()} == {
            key: (kind, reason) for key, (kind, _state, reason) in rows.items()
        }
        repair(rig, run_id)
        assert_complete(rig, run_id, project)
        assert record_of(rig, project, child).parent == record_of(rig, project, epics[0]).id

    def test_a_second_verifying_that_is_cancelled_changes_nothing(self, rig, project, monkeypatch):
        run_id = work(rig, project, make_items(rig, 2))
        before, rows = rig.run(run_id), facts(rig, run_id)
        call(rig, run_id, "verify")
        monkeypatch.setattr(verify, "verify_chunk", lambda *_: call(rig, run_id, "cancel"))
        settle(rig, run_id)
        assert rig.run(run_id).state == "done"
        assert rig.run(run_id).ledger["ledger"] == before.ledger["ledger"]
        assert facts(rig, run_id) == rows


def facts(rig, run_id):
    """What became of each row but those that verifying is shared by."""
    rows = [row for row in rig.rows(run_id) if row.kind != "verify"]
    return {row.id: (row.kind, row.state, row.reason) for row in rows}


def arrived(ledger):
    """How many work items of each type are in Jira, and how many failed for what."""
    words = ("created", "adopted", "updated", "unchanged")
    return {
        name: (sum(row[word] for word in words), row["skipped"], row["failed"])
        for name, row in ledger["ledger"]["types"].items()
    }

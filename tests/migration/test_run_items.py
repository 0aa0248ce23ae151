"""Work items become issues: each once, under its parent, in its status, whatever dies or is refused on the way."""

import json
from collections import Counter
from collections.abc import Iterator

import pytest

from migration.plan import SAMPLE
from store.migrations import Scope
from tests.migration.kills import Reaper
from tests.migration.run_rig import RunRig, running_run_rig

COUNT = 60
FEW = Scope(types=("Epic", "Issue"))  # two levels, three of each


@pytest.fixture(scope="module")
def rig(redis_server, migrated_file, tmp_path_factory) -> Iterator[RunRig]:
    with running_run_rig(redis_server, migrated_file, tmp_path_factory.mktemp("run"), count=COUNT) as rig:
        yield rig
        assert rig.site.violations == []


def assert_complete(rig, run_id, project, count):
    """Done, balanced, and one issue for each work item."""
    run = rig.run(run_id)
    assert (run.state, run.error) == ("done", None)
    assert rig.ledger(run_id)["balanced"]
    issues = rig.issues(project)
    assert [keys for keys in issues.values() if len(keys) > 1] == []
    assert len(issues) == count == rig.count(project)["issues"]
    assert {row.issue_key for row in rig.rows(run_id, "item")} == {key for keys in issues.values() for key in keys}


def test_every_work_item_becomes_one_issue(rig):
    project = rig.project()
    run_id = rig.start(project)
    rig.work(run_id)
    assert_complete(rig, run_id, project, COUNT)


def test_a_sample_makes_some_of_each_type_and_a_full_run_adopts_them(rig):
    project = rig.project()
    sample = rig.start(project, kind="sample")
    rig.work(sample)
    types = Counter(row.type for row in rig.rows(sample, "item"))
    assert max(types.values()) == SAMPLE < COUNT
    assert_complete(rig, sample, project, types.total())
    run_id = rig.start(project)
    rig.work(run_id)
    assert_complete(rig, run_id, project, COUNT)
    assert Counter(row.state for row in rig.rows(run_id, "item"))["adopted"] == types.total()


def test_a_sample_takes_a_type_of_the_scope_however_it_is_written(rig):
    project = rig.project()
    sample = rig.start(project, kind="sample", scope=Scope(types=("ePIC",)))
    rig.work(sample)
    assert {row.type for row in rig.rows(sample, "item")} == {"Epic"}


def test_an_issue_of_another_collection_of_the_same_name_is_not_adopted(rig):
    """Its work item has the same id; only the project tells them apart."""
    project, one = rig.project(), Scope(wiql="[System.Id] = 1")
    rig.work(rig.start(project, scope=one))
    (key,) = rig.issues(project)[1]
    found = rig.site.tracker.record(key)
    mark = json.loads(found.state.properties["crosswalk.source"]) | {"project": "00000000-0000-4000-8000-000000000000"}
    rig.services.item_map.forget_tenant(rig.installation.id)
    client = rig.services.jira(rig.installation)
    client.send("PUT", "platform", f"/issue/{key}/properties/crosswalk.source", body=mark, endpoint="property")

    run_id = rig.start(project, scope=one)
    rig.work(run_id)
    (row,) = rig.rows(run_id, "item")
    assert row.state == "created"
    assert sorted(rig.issues(project)[1]) == sorted([key, row.issue_key])


def test_whenever_a_worker_dies_nothing_is_doubled_and_nothing_lost(rig):
    """Run after run, until none meets a moment of which it was not killed before."""
    reaper, kills = Reaper(), -1
    while len(reaper.kills) > kills:
        kills = len(reaper.kills)
        project = rig.project()
        run_id = rig.start(project, scope=FEW, mapping=rig.small(project))
        rig.work_with(run_id, reaper)
        assert_complete(rig, run_id, project, 6)
    moments = {name for _, name in reaper.kills}
    assert {"before create_many", "after create_many", "after mark_sent", "before settle", "after give_back"} <= moments
    assert ("after create_many", "before settle") in reaper.kills

"""A process is killed in the middle of each phase of a whole run, and a fresh one takes the run to its end."""

from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

from bench.migration_counts import comment_sources, find_things, judge
from domain.run_states import PHASES
from migration import hands
from sandbox.jira_scheme import SPRINT
from store.migrations import Options
from tests.migration.kills import Reaper
from tests.migration.run_rig import RunRig, running_run_rig
from tests.routes.migration_road import Arrived

COUNT = 12
EVERYTHING = Options(comments=True, attachments=True, links=True)
STRIDE = 30  # one kill for so many moments of a phase, and one in each phase: more of them take a second each


@dataclass(frozen=True, slots=True)
class Calm:
    """A run that nobody disturbed: how many moments of each phase a process could be killed at, and what it made."""

    moments: Counter[str]
    made: Mapping[int, Any]

    def places(self, phase: str) -> list[int]:
        """The moments of a phase at which it is killed, counted within it and spread over it."""
        length = self.moments[phase]
        kills = 1 + length // STRIDE
        return [(2 * kill + 1) * length // (2 * kills) for kill in range(kills)]


@pytest.fixture(scope="module")
def rig(redis_server, migrated_file, tmp_path_factory) -> Iterator[RunRig]:
    """With one thread, so that moments come in one order."""
    folder = tmp_path_factory.mktemp("killed")
    with (
        ThreadPoolExecutor(1) as alone,
        pytest.MonkeyPatch.context() as patch,
        running_run_rig(redis_server, migrated_file, folder, count=COUNT, comments=1, attachments=0.1) as rig,
    ):
        patch.setattr(hands, "_threads", lambda: alone)
        yield rig
        assert rig.site.violations == []


@pytest.fixture(scope="module")
def calm(rig) -> Calm:
    moments = Counter[str]()
    project, run_id = start(rig)

    def look_on():
        moments[rig.run(run_id).phase] += 1
        return False

    rig.work_with(run_id, Reaper(look_on))
    assert_whole(rig, run_id, project)
    return Calm(moments, made_of(rig, project))


def start(rig):
    """A run with everything, a sprint that is over and a component among it."""
    project = rig.project()
    return project, rig.start(project, options=EVERYTHING, mapping=rig.small(project))


def assert_whole(rig, run_id, project):
    """Everything that Azure DevOps has is there once, and the ledger says so."""
    run, truth = rig.run(run_id), rig.organization.count_work_items("Webshop")
    told = {"state": run.state, "phase": run.phase, "error": run.error, "waiting": run.waiting}
    verdict = judge(find_things(rig.site, project.key), {**rig.ledger(run_id), "complete": True}, truth, told)
    assert verdict.holds, verdict.shown()
    assert truth["items"] == truth["comments"] == COUNT
    assert truth["attachments"] and truth["links"]
    agile = rig.site.tracker.agile
    boards = {board.id for board in agile.of_project(project.id)}
    assert [one.state for one in agile.sprints.values() if one.board in boards] == ["closed"]
    assert [one.project for one in rig.site.tracker.components.values()].count(project.id) == 1


def made_of(rig, project):
    """What became of each work item, without what is another in each project."""
    arrived, sprint = Arrived(rig.site, project), rig.site.tracker.catalogue.field_by_custom(SPRINT).id
    numbers = {arrived.record(number).id: number for number in arrived.keys}
    return {
        number: {
            "type": record.state.type, "status": record.state.status, "parent": arrived.parent_of(number),
            "sprint": arrived.sprint_of(number, sprint), "component": arrived.component_of(number),
            "labels": arrived.labels_of(number), "comments": list(comment_sources(record)),
            "files": [(file.name, file.sha256) for file in record.files],
            "links": sorted((link.type, numbers[link.inward], numbers[link.outward]) for link in record.links),
        }
        for number in arrived.keys if (record := arrived.record(number))
    }  # fmt: skip


def kill_in(rig, run_id, phase, place):
    """Kills once: at the moment of this number among those of a phase."""
    moments = count()
    return Reaper(lambda: rig.run(run_id).phase == phase and next(moments) == place)


@pytest.mark.parametrize("phase", PHASES)
def test_a_run_that_is_killed_makes_what_a_calm_one_makes(rig, calm, phase):
    for place in calm.places(phase):
        project, run_id = start(rig)
        reaper = kill_in(rig, run_id, phase, place)
        rig.work_with(run_id, reaper)
        assert len(reaper.kills) == 1
        assert_whole(rig, run_id, project)
        assert made_of(rig, project) == calm.made, (place, reaper.kills)


def test_the_calm_run_makes_some_of_everything(calm):
    made = calm.made.values()
    assert all(
        any(one[name] for one in made) for name in ("parent", "sprint", "component", "comments", "files", "links")
    )

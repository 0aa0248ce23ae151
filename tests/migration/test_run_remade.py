"""Links and comments of issues that somebody deleted arrive on those made in their place, whoever makes these."""

from collections.abc import Iterator

import pytest

from sandbox.jira_site import Project
from tests.migration.parts_rig import BOTH, PLAIN, ledger_of, make_items, only, record_of, work_until
from tests.migration.run_rig import RunRig, running_run_rig

RELATED = "System.LinkTypes.Related"


@pytest.fixture(scope="module")
def rig(redis_server, migrated_file, tmp_path_factory) -> Iterator[RunRig]:
    with running_run_rig(redis_server, migrated_file, tmp_path_factory.mktemp("remade"), count=5, links=1) as rig:
        yield rig
        assert rig.site.violations == []


@pytest.fixture
def pair(rig: RunRig) -> list[int]:
    """Two work items with a comment each, the first related to the second."""
    numbers = make_items(rig, 2)
    rig.organization.link_work_items(numbers[0], RELATED, numbers[1])
    for number in numbers:
        rig.organization.comment_work_item(number, "<p>Word</p>")
    return numbers


def start(rig: RunRig, project: Project, pair: list[int]) -> str:
    return rig.start(project, options=BOTH, mapping=PLAIN, scope=only(pair))


def cancel_before_links(rig: RunRig, project: Project, pair: list[int]) -> None:
    """A run whose repair makes the issue anew and nothing else."""
    run_id = start(rig, project, pair)
    rig.work(run_id)
    rig.services.runs.move(run_id, "repair", rig.clock.now)
    work_until(rig, run_id, "links")
    rig.services.runs.move(run_id, "cancel", rig.clock.now)
    rig.work(run_id)


@pytest.mark.parametrize("end", [0, 1], ids=["the end that names the link", "its other end"])
def test_what_was_on_an_issue_follows_to_the_one_that_a_cancelled_run_made(
    rig: RunRig, pair: list[int], end: int
) -> None:
    project = rig.project()
    rig.work(start(rig, project, pair))
    rig.site.tracker.remove(record_of(rig, project, pair[end]))
    cancel_before_links(rig, project, pair)

    run_id = start(rig, project, pair)
    rig.work(run_id)
    assert [row.state for row in rig.rows(run_id, "item")] == ["adopted", "adopted"]
    comments = [len(record_of(rig, project, number).comments) for number in pair]
    assert (comments, rig.count(project)["links"]) == ([1, 1], 1)
    assert ledger_of(rig, run_id, "comments") == {"scanned": 2, "created": 1, "adopted": 1}
    assert ledger_of(rig, run_id, "links") == {"scanned": 1, "created": 1}

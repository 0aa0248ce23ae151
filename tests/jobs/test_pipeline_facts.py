"""What is looked up for a build."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from domain.errors import RateLimited
from domain.facts import TestCounts
from domain.records import BuildChanged
from jobs.pipeline_facts import NOTHING, gather_build
from tests.clients.ado_contract import check_call
from tests.jobs.pipeline_rig import Rig, open_rig
from tests.jobs.pipeline_wire import PROJECT, REPOSITORY, build_json, change_json, commit_json, pull_json, refuse

PULL = {"sourceBranch": "refs/pull/12/merge", "sourceVersion": "c" * 40}
TRIGGER = {"pr.title": "LED-7 Round up", "pr.sourceBranch": "refs/heads/led-3", "pr.sourceSha": "d" * 40}
GITHUB = {"id": "larkspur/ledger", "type": "GitHub", "name": "larkspur/ledger"}


@pytest.fixture
def rig() -> Iterator[Rig]:
    yield from open_rig()


def event(state: Any = "completed") -> BuildChanged:
    happened = datetime(2026, 3, 2, 9, 24, tzinfo=UTC)
    return BuildChanged(7, 41, "Ledger CI", "20260302.7", state, None, PROJECT, happened, None)


def put(rig: Rig, *messages: str, **build: Any) -> None:
    rig.wire.builds[7] = build_json(7, **build)
    rig.wire.changes[7] = [change_json(message) for message in messages]


def test_a_build_is_described_by_its_branch_and_its_changes(rig: Rig) -> None:
    put(rig, "LED-1 Round half cents", "Tidy", result="succeeded")
    rig.wire.test_runs = [{"runStatistics": [{"outcome": "Passed", "count": 3}]}]
    facts = gather_build(event(), rig.pipelines, rig.git)
    assert facts.words == ("main", "LED-1 Round half cents", "Tidy")
    assert (facts.branch, facts.commit, facts.number) == ("main", f"{7:040x}", "20260302.7")
    assert facts.repository_id == REPOSITORY
    assert facts.repository_url == f"{rig.wire.url}/Ledger/_git/ledger"
    assert facts.branch_url == f"{rig.wire.url}/Ledger/_git/ledger?version=GBmain"
    assert facts.tests == TestCounts(3, 3, 0, 0)
    assert facts.result == "succeeded"


def test_tests_are_not_asked_for_while_the_build_runs(rig: Rig) -> None:
    put(rig, "LED-1")
    facts = gather_build(event("inProgress"), rig.pipelines, rig.git)
    assert facts.tests is None
    merged = f"git/repositories/{REPOSITORY}/pullrequestquery"
    assert rig.wire.paths() == ["build/builds/7", "build/builds/7/changes", merged]


def test_a_pull_request_run_gets_title_and_source_branch_from_azure_repos(rig: Rig) -> None:
    put(rig, "Merge", **PULL)
    rig.wire.pulls[12] = pull_json(12, "LED-7 Round up", "feature/led-3")
    facts = gather_build(event(), rig.pipelines, rig.git)
    assert facts.words == ("feature/led-3", "LED-7 Round up", "Merge")
    assert (facts.branch, facts.commit) == ("feature/led-3", "c" * 40)


def test_a_trigger_that_says_it_all_saves_the_question(rig: Rig) -> None:
    put(rig, **PULL, triggerInfo=TRIGGER)
    facts = gather_build(event(), rig.pipelines, rig.git)
    assert facts.words == ("led-3", "LED-7 Round up")
    assert (facts.branch, facts.commit) == ("led-3", "d" * 40)
    assert not any("pullrequests" in path for path in rig.wire.paths())


def test_a_pull_request_that_is_gone_leaves_what_the_trigger_says(rig: Rig) -> None:
    put(rig, "LED-1", **PULL, triggerInfo={"pr.sourceBranch": "refs/heads/led-3"})
    facts = gather_build(event(), rig.pipelines, rig.git)
    assert facts.words == ("led-3", "LED-1")


@pytest.mark.parametrize("ref", ["refs/pull/12/merge", "refs/pull/x/merge"])
def test_a_pull_request_of_another_host_is_not_asked_for(ref: str, rig: Rig) -> None:
    put(rig, "LED-1", sourceBranch=ref, repository=GITHUB)
    facts = gather_build(event(), rig.pipelines, rig.git)
    assert facts.words == ("LED-1",)
    assert (facts.branch, facts.repository_id, facts.repository_url, facts.branch_url) == (None, None, None, None)


def test_a_message_that_the_list_cuts_is_read_again(rig: Rig) -> None:
    cut = change_json("A long story", messageTruncated=True)
    put(rig)
    rig.wire.changes[7] = [cut, change_json("Tidy")]
    rig.wire.commits[cut["id"]] = commit_json(cut["id"], "A long story that ends with LED-9")
    assert gather_build(event(), rig.pipelines, rig.git).words == ("main", "A long story that ends with LED-9", "Tidy")


def test_a_cut_message_of_a_commit_that_is_gone_stays_as_it_is(rig: Rig) -> None:
    put(rig)
    rig.wire.changes[7] = [change_json("A long story", messageTruncated=True)]
    assert gather_build(event(), rig.pipelines, rig.git).words == ("main", "A long story")


def test_fifty_cut_messages_at_most_are_read_again(rig: Rig) -> None:
    put(rig)
    rig.wire.changes[7] = [change_json(f"{number} story", messageTruncated=True) for number in range(60)]
    gather_build(event(), rig.pipelines, rig.git)
    assert sum("/commits/" in path for path in rig.wire.paths()) == 50


def test_a_cut_message_of_another_host_stays_as_it_is(rig: Rig) -> None:
    put(rig, repository=GITHUB)
    rig.wire.changes[7] = [change_json("A long story", messageTruncated=True)]
    assert gather_build(event(), rig.pipelines, rig.git).words == ("main", "A long story")


def test_a_build_that_is_gone_has_no_facts(rig: Rig) -> None:
    assert gather_build(event(), rig.pipelines, rig.git) == NOTHING


def test_a_build_without_changes_or_branch_has_no_texts(rig: Rig) -> None:
    rig.wire.builds[7] = build_json(7, sourceBranch=None)
    assert gather_build(event(), rig.pipelines, rig.git).words == ()


def test_a_tag_may_name_an_issue_but_is_no_branch(rig: Rig) -> None:
    put(rig, sourceBranch="refs/tags/led-4")
    facts = gather_build(event(), rig.pipelines, rig.git)
    assert facts.words == ("refs/tags/led-4",)
    assert (facts.branch, facts.branch_url) == (None, None)


@pytest.mark.parametrize(
    ("address", "project"),
    [
        ("https://dev.azure.com/larkspur/Ledger/_git/ledger", "Ledger"),
        ("https://larkspur@dev.azure.com/larkspur/Shared%20Code/_git/ledger", "Shared%20Code"),
        ("https://larkspur.visualstudio.com/DefaultCollection/Other/_git/ledger", "Other"),
        ("https://dev.azure.com/larkspur/_git/ledger", "ledger"),
        (None, "Ledger"),
    ],
)
def test_the_repository_is_named_as_its_own_events_name_it(address: str | None, project: str, rig: Rig) -> None:
    put(rig, repository={"id": REPOSITORY, "type": "TfsGit", "name": "ledger", "url": address})
    facts = gather_build(event(), rig.pipelines, rig.git)
    assert facts.repository_url == f"{rig.wire.url}/{project}/_git/ledger"


def test_a_busy_azure_devops_is_asked_again_later(rig: Rig) -> None:
    rig.wire.app.before_request(lambda: refuse(429))
    with pytest.raises(RateLimited):
        gather_build(event(), rig.pipelines, rig.git)


@pytest.mark.specs
def test_every_call_for_a_build_is_in_the_official_description(rig: Rig, specs: Any) -> None:
    put(rig, **PULL)
    rig.wire.changes[7] = [change_json("A long story", messageTruncated=True)]
    gather_build(event(), rig.pipelines, rig.git)
    assert len(rig.wire.asked) == 5
    for method, path, query in rig.wire.asked:
        check_call(specs, method, path, query)

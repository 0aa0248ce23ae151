import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.errors import Unavailable
from domain.facts import PullRequestFacts, PushFacts
from domain.issue_keys import KeyRules
from domain.records import ChangedFile, Commit, Person, PullRequestChanged, Push, RefUpdate, Repository
from jobs.git_facts import TRUSTED_COMMITS, gather_pull_request, gather_push
from tests.domain.event_reading import parse_event
from tests.domain.git_bodies import read_body
from tests.jobs.git_wire import open_wire

RULES = KeyRules(projects=frozenset({"OPS", "LED"}))
SHELF = Repository("r-1", "shelf", "p-1", "Tools", "main")
WHEN = datetime(2026, 3, 2, 9, 14, 5, tzinfo=UTC)
INES = Person("Ines Okafor", "ines@larkspur.example")
EDIT = (ChangedFile("/a.py", "MODIFIED"),)
OLD, NEW = "0123" * 10, "4567" * 10
MAIN = RefUpdate("refs/heads/main", OLD, NEW)


def sha(number: int) -> str:
    return f"{number:040x}"


def commit(number: int, message: str) -> Commit:
    return Commit(sha(number), message, INES, WHEN)


def push(*commits: Commit, updates: tuple[RefUpdate, ...] = (MAIN,)) -> Push:
    return Push(SHELF, 311, updates, commits, WHEN)


def whole(known: Commit) -> Commit:
    return replace(known, parents=("f" * 40,), files=EDIT, file_count=1, message_cut=False)


@pytest.fixture
def wire():
    yield from open_wire()


def hold(wire, *commits: Commit) -> None:
    wire.messages |= {known.id: known.message for known in commits}


def test_only_commits_with_a_key_are_looked_up(wire):
    keyed, plain = commit(1, "OPS-1 work"), commit(2, "UTF-8 everywhere")
    hold(wire, keyed, plain)
    assert gather_push(push(keyed, plain), RULES, wire.git) == PushFacts((whole(keyed),), {})
    assert wire.asked == [f"commits/{keyed.id}"]


def test_a_short_list_is_believed(wire):
    listed = [commit(number, f"OPS-{number + 1}") for number in range(TRUSTED_COMMITS - 1)]
    hold(wire, *listed)
    assert len(gather_push(push(*listed), RULES, wire.git).commits) == TRUSTED_COMMITS - 1
    assert "commitsbatch" not in wire.asked


def test_a_list_that_may_be_cut_is_completed_by_the_ends_of_the_branch(wire):
    known = [commit(number, f"OPS-{number + 1}") for number in range(30)]
    hold(wire, *known, replace(known[0], id=NEW))
    wire.ranges[OLD, NEW] = [NEW, *(one.id for one in known)]
    facts = gather_push(push(*known[:TRUSTED_COMMITS]), RULES, wire.git)
    assert {one.id for one in facts.commits} == {NEW, *(one.id for one in known)}
    assert [one.id for one in facts.commits[:TRUSTED_COMMITS]] == [one.id for one in known[:TRUSTED_COMMITS]]


def test_a_branch_that_moved_without_a_list_is_looked_up(wire):
    moved = replace(commit(1, "OPS-1"), id=NEW)
    hold(wire, moved)
    wire.ranges[OLD, NEW] = [NEW]
    assert gather_push(push(), RULES, wire.git).commits == (whole(moved),)


def test_a_long_list_on_a_new_branch_is_completed_from_the_push(wire):
    known = [commit(number, f"OPS-{number + 1}") for number in range(15)]
    hold(wire, *known)
    wire.pushes[311] = [one.id for one in known]
    updates = (RefUpdate("refs/heads/topic", None, sha(0)),)
    facts = gather_push(push(*known[:TRUSTED_COMMITS], updates=updates), RULES, wire.git)
    assert len(facts.commits) == 15
    assert wire.asked.count("commits") == 1


def test_a_push_whose_old_end_was_collected_is_completed_from_the_push(wire):
    known = [commit(number, f"OPS-{number + 1}") for number in range(12)]
    hold(wire, *known)
    wire.gone.add(OLD)
    wire.pushes[311] = [one.id for one in known]
    assert len(gather_push(push(*known[:TRUSTED_COMMITS]), RULES, wire.git).commits) == 12


def test_a_push_that_is_nowhere_any_more_gives_what_its_event_lists(wire):
    known = [commit(number, f"OPS-{number + 1}") for number in range(TRUSTED_COMMITS)]
    wire.gone.add(OLD)
    assert gather_push(push(*known), RULES, wire.git).commits == tuple(known)


def test_a_commit_that_is_gone_is_kept_without_its_files(wire):
    kept, gone = commit(1, "OPS-1"), commit(2, "OPS-2")
    hold(wire, kept, gone)
    wire.gone.add(gone.id)
    assert gather_push(push(kept, gone), RULES, wire.git).commits == (whole(kept), gone)


def test_a_message_that_a_list_cut_is_read_whole(wire):
    late = replace(commit(1, "Merged PR 5: rounding\n\nRelated: LED-7"), id=NEW)
    none = commit(2, "Merged PR 6: colours\n\nNothing to see")
    hold(wire, late, none)
    wire.ranges[OLD, NEW] = [NEW, none.id]
    facts = gather_push(push(), RULES, wire.git)
    assert facts.commits == (whole(late),)
    assert sorted(wire.asked) == sorted(["commitsbatch", f"commits/{NEW}", f"commits/{none.id}"])


def test_the_head_of_a_branch_with_a_key_is_looked_up_once(wire):
    head = commit(1, "LED-3 start")
    hold(wire, head)
    updates = (RefUpdate("refs/heads/OPS-5", None, head.id), RefUpdate("refs/heads/other", None, head.id))
    facts = gather_push(push(head, updates=updates), RULES, wire.git)
    assert facts == PushFacts((whole(head),), {"refs/heads/OPS-5": whole(head)})
    assert wire.asked == [f"commits/{head.id}"]


def test_a_branch_on_an_old_commit_has_a_head_and_no_commits(wire):
    head = commit(1, "LED-3 sent long ago")
    hold(wire, head)
    facts = gather_push(push(updates=(RefUpdate("refs/heads/OPS-5", None, head.id),)), RULES, wire.git)
    assert facts == PushFacts((), {"refs/heads/OPS-5": whole(head)})


def test_a_head_that_is_gone_is_the_listed_one_or_none(wire):
    head = commit(1, "no key")
    updates = (RefUpdate("refs/heads/OPS-5", None, head.id), RefUpdate("refs/heads/OPS-6", None, sha(9)))
    assert gather_push(push(head, updates=updates), RULES, wire.git) == PushFacts((), {"refs/heads/OPS-5": head})


@pytest.mark.parametrize("name", ["git.push.tag", "git.push.branch-deleted"])
def test_tags_and_deleted_branches_need_no_look_up(wire, name):
    event = parse_event(read_body(name))
    assert isinstance(event, Push)
    assert gather_push(event, RULES, wire.git) == PushFacts((), {})
    assert wire.asked == []


def test_commits_that_came_with_a_tag_only_are_told(wire):
    keyed = commit(1, "OPS-1 hotfix")
    hold(wire, keyed)
    updates = (RefUpdate("refs/tags/v1", None, keyed.id),)
    assert gather_push(push(keyed, updates=updates), RULES, wire.git).commits == (whole(keyed),)


def test_a_look_up_that_fails_for_another_reason_fails_the_whole(wire):
    known = [commit(number, f"OPS-{number + 1}") for number in range(5)]
    hold(wire, *known)
    wire.broken.add(known[3].id)
    with pytest.raises(Unavailable):
        gather_push(push(*known), RULES, wire.git)


def pull_request(description: str) -> PullRequestChanged:
    body = json.loads(read_body("git.pullrequest.updated"))
    body["resource"]["description"] = description
    event = parse_event(json.dumps(body).encode())
    assert isinstance(event, PullRequestChanged)
    return event


def test_the_comments_of_a_pull_request_are_counted(wire):
    wire.comments = 3
    assert gather_pull_request(pull_request("short"), wire.git) == PullRequestFacts(3)


def test_a_description_that_may_be_cut_is_read_whole(wire):
    resource = json.loads(read_body("git.pullrequest.updated"))["resource"]
    wire.pulls[88] = resource | {"description": "x" * 1000 + " OPS-9"}
    facts = gather_pull_request(pull_request("x" * 400), wire.git)
    assert facts == PullRequestFacts(0, "x" * 1000 + " OPS-9")


def test_a_pull_request_that_is_gone_has_no_comments(wire):
    wire.gone.add("88")
    assert gather_pull_request(pull_request("short"), wire.git) == PullRequestFacts(0)

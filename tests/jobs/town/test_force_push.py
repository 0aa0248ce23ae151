"""Which commits are taken back after a branch was moved, and which stay."""

from dataclasses import replace
from itertools import pairwise

import pytest
import requests

from domain.changes import Entity
from domain.errors import Unavailable
from jobs.force_push import Budget, Move, find_vanished, vanished_commits
from store.ledger import SentRow
from tests.app.actions import list_calls
from tests.jobs.history_rig import road_of
from tests.store.ledger_rig import put_rows

AT = 1_800_000_000_000


class Branches:
    """A fresh repository of a linked project; what is pushed through it, Jira was told of."""

    def __init__(self, site):
        self.site = site
        self.organization = site.organization
        self.repository = self.organization.create_repository("ledger", "Webshop")
        self.road = road_of(site, "live")
        self.push("main", "root", told=False)

    def push(self, branch, *messages, base="main", told=True):
        """The ids of new commits, the oldest first."""
        made = self.organization.push(self.repository, list(messages), branch=branch, base=base).commits[::-1]
        if told:
            self.tell(made)
        return made

    def force_push(self, branch, *messages, base="main"):
        old = self.head(branch)
        self.organization.force_push(self.repository, list(messages), branch=branch, base=base)
        return old, self.head(branch)

    def head(self, branch):
        return self.repository.refs[f"refs/heads/{branch}"]

    def tell(self, shas):
        row = {"kind": "commit", "within": self.repository.id, "repository_id": self.repository.id}
        row |= {"link_id": self.road.link_id, "keys": ("SHOP-1",), "sequence": AT, "fingerprint": "print"}
        row |= {"state": "accepted", "answer": None, "unknown_keys": (), "lane": "live", "sent_at": AT}
        rows = [SentRow(id=0, entity_id=sha, **row) for sha in shas]
        put_rows(self.site.services.engine, self.road.installation_id, rows)

    def vanished(self, old, new, **also):
        return {one.id for one in vanished_commits(self.road, self.repository.id, old, new, sequence=AT + 5, **also)}

    def calls(self):
        """What was asked about the history of commits."""
        words = ("mergebases", "commitsbatch", "stats/branches")
        return sum(len(list_calls(self.site.ado, method, word)) for word in words for method in ("GET", "POST"))


@pytest.fixture
def branches(site, linked):
    return Branches(site)


def test_a_push_that_goes_on_takes_nothing_back_and_costs_one_call(branches):
    branches.push("topic", "one")
    old = branches.head("topic")
    branches.push("topic", "two")
    before = branches.calls()
    assert branches.vanished(old, branches.head("topic")) == set()
    assert branches.calls() - before == 1


def test_every_commit_that_was_thrown_away_is_taken_back(branches):
    lost = branches.push("topic", "one", "two", "three")
    assert branches.vanished(*branches.force_push("topic", "better")) == set(lost)


def test_a_removal_carries_the_number_of_what_threw_it_away(branches):
    (lost,) = branches.push("topic", "one")
    old, new = branches.force_push("topic", "better")
    (removal,) = vanished_commits(branches.road, branches.repository.id, old, new, sequence=AT + 5)
    assert (removal.kind, removal.id, removal.sequence) == ("commit", lost, AT + 5)
    assert removal.repository_id == branches.repository.id


def test_a_branch_that_went_back_loses_what_was_on_top(branches):
    kept, lost = branches.push("topic", "one", "two")
    old = branches.head("topic")
    branches.organization.force_push(branches.repository, [], branch="topic", base=kept)
    assert branches.vanished(old, branches.head("topic")) == {lost}


def test_what_jira_was_never_sent_costs_no_further_call(branches):
    branches.push("topic", "one", told=False)
    old, new = branches.force_push("topic", "better")
    before = branches.calls()
    assert branches.vanished(old, new) == set()
    assert branches.calls() - before == 2


def test_what_another_branch_has_stays(branches):
    kept, lost = branches.push("topic", "one", "two")
    branches.push("backup", base=kept)
    assert branches.vanished(*branches.force_push("topic", "better")) == {lost}


def test_what_was_merged_into_another_branch_stays(branches):
    branches.push("topic", "one", "two")
    branches.push("release", "on top", base="topic")
    assert branches.vanished(*branches.force_push("topic", "better")) == set()


def test_a_hundred_branches_cost_no_more_than_one(branches):
    lost = branches.push("topic", "one", "two")
    for number in range(100):
        branches.push(f"other-{number}", base="main")
    old, new = branches.force_push("topic", "better")
    before = branches.calls()
    assert branches.vanished(old, new) == set(lost)
    assert branches.calls() - before == 4


def test_a_long_branch_costs_no_more_than_a_short_one(branches):
    lost = branches.push("topic", *(f"number {number}" for number in range(120)))
    old, new = branches.force_push("topic", "better")
    before = branches.calls()
    assert branches.vanished(old, new) == set(lost)
    assert branches.calls() - before == 4


def test_what_several_branches_have_stays_and_the_rest_goes(branches):
    lost = branches.push("topic", *(f"number {number}" for number in range(6)))
    branches.push("backup", base=lost[1])
    branches.push("other", "on top", base=lost[3])
    branches.push("elsewhere", "work", base="main")
    assert branches.vanished(*branches.force_push("topic", "better")) == set(lost[4:])


def test_what_was_merged_in_from_a_branch_that_is_still_there_stays(branches):
    (first,) = branches.push("topic", "one")
    kept = branches.push("other", "two", "three")
    pull = branches.organization.open_pull_request(branches.repository, "other", "Join", target="topic")
    branches.organization.update_pull_request(pull.id, status="completed")
    merge = branches.head("topic")
    branches.tell([merge])
    found = branches.vanished(*branches.force_push("topic", "better"))
    assert (found, found & set(kept)) == ({first, merge}, set())


def test_a_branch_on_which_others_stand_whole_costs_three_calls(branches):
    branches.push("topic", *(f"number {number}" for number in range(6)))
    for number in range(5):
        branches.push(f"on-{number}", "on top", base="topic")
    old, new = branches.force_push("topic", "better")
    before = branches.calls()
    assert branches.vanished(old, new) == set()
    assert branches.calls() - before == 3


def test_a_branch_that_went_on_with_another_history_loses_its_own(branches):
    organization = branches.organization
    lost = branches.push("topic", "one", "two")
    old = branches.head("topic")
    first = branches.repository.commits[lost[0]]
    branches.repository.commits[first.id] = replace(first, parents=())  # as if it had begun from nothing
    organization.force_push(branches.repository, ["better"], branch="topic", base="main")
    assert branches.vanished(old, branches.head("topic")) == set(lost)


@pytest.mark.parametrize("budget", [Budget(2, 2_000), Budget(5, 2_000), Budget(60, 6)])
def test_what_would_take_too_long_stays_and_is_said(branches, budget):
    lost = branches.push("topic", *(f"number {number}" for number in range(6)))
    for number in range(4):
        branches.push(f"on-{number}", "on top", base=lost[number])
    old, new = branches.force_push("topic", "better")
    assert find_vanished(branches.road, hops(branches, old, new), [], budget) == ()
    assert budget.cut == 1
    assert {one.id for one in find_vanished(branches.road, hops(branches, old, new), [])} == set(lost[4:])


def test_what_takes_too_long_for_a_batch_is_left_to_reconciliation(branches):
    site = branches.site
    lost = branches.push("topic", *(f"number {number}" for number in range(3)))
    for number in range(Budget.live().calls):
        branches.push(f"on-{number}", "on top", base=lost[0], told=False)
    site.work()
    duties, link_id = site.services.duties, branches.road.link_id
    site.services.redis.delete("crosswalk:duties:reconcile")
    branches.force_push("topic", "better")
    site.work()
    assert duties.list_due("reconcile")[link_id] <= site.services.now()


@pytest.mark.parametrize("sides", [("0" * 39 + "1", None), (None, "0" * 39 + "1")])
def test_what_cannot_be_found_any_more_takes_nothing_back(branches, sides):
    branches.push("topic", "one")
    old, new = branches.force_push("topic", "better")
    assert branches.vanished(sides[0] or old, sides[1] or new) == set()


def test_azure_devops_in_trouble_is_for_later(branches):
    branches.push("topic", "one")
    old, new = branches.force_push("topic", "better")
    rule = {"method": "GET", "path": "stats/branches", "status": 503, "times": None}
    requests.post(f"{branches.site.ado}/_control/faults", json=rule, timeout=5)
    with pytest.raises(Unavailable):
        branches.vanished(old, new)


# --- the moves of a batch ------------------------------------------------------------------------------------------


def hops(branches, *stops, ref="refs/heads/topic"):
    pairs = pairwise(stops)
    return [Move(branches.repository.id, ref, old, new, AT + 1 + n) for n, (old, new) in enumerate(pairs)]


def commit(branches, sha):
    return Entity("commit", sha, AT, ("SHOP-1",), {"id": sha}, branches.repository.id, {})


def test_a_repository_of_which_no_commit_was_sent_is_not_asked(branches):
    branches.push("topic", "one", told=False)
    old, new = branches.force_push("topic", "better")
    before = branches.calls()
    assert find_vanished(branches.road, hops(branches, old, new), []) == ()
    assert branches.calls() == before


def test_many_pushes_of_one_branch_that_go_on_cost_two_calls(branches):
    stops = [branches.push("topic", f"number {number}")[0] for number in range(12)]
    before = branches.calls()
    assert find_vanished(branches.road, hops(branches, *stops), []) == ()
    assert branches.calls() - before == 2


@pytest.mark.parametrize("order", [1, -1])
def test_what_came_and_went_within_a_batch_is_taken_out_of_it(branches, order):
    (start,) = branches.push("topic", "start", told=False)
    (lost,) = branches.push("topic", "one", told=False)
    old, new = branches.force_push("topic", "better", base=start)
    found = find_vanished(
        branches.road, hops(branches, start, old, new)[::order], [commit(branches, lost), commit(branches, new)]
    )
    assert [(one.id, one.sequence) for one in found] == [(lost, AT + 2)]


def test_a_branch_that_was_away_and_came_back_loses_what_was_between(branches):
    (start,) = branches.push("topic", "start")
    _old, between = branches.force_push("topic", "between", base="main")
    branches.tell([between])
    branches.organization.force_push(branches.repository, [], branch="topic", base=start)
    found = find_vanished(branches.road, hops(branches, start, between, start), [])
    assert [one.id for one in found] == [between]


def test_a_link_that_sends_no_commits_takes_none_back(branches):
    branches.push("topic", "one")
    moves = hops(branches, *branches.force_push("topic", "better"))
    assert find_vanished(replace(branches.road, kinds=frozenset({"branches"})), moves, []) == ()
    assert len(find_vanished(branches.road, moves, [])) == 1


def known_chain(branches, *shas):
    return {(branches.repository.id, sha): (parent,) for parent, sha in pairwise(shas)}


def test_a_branch_that_goes_on_by_commits_that_were_looked_up_is_not_asked_about(branches):
    old = branches.head("main")
    made = branches.push("main", "SHOP-1 one", "SHOP-1 two")
    road = replace(branches.road, parents=known_chain(branches, old, *made))
    moved = vanished_commits(road, branches.repository.id, old, made[-1], sequence=AT)
    assert (moved, branches.calls()) == ((), 0)


def test_a_branch_that_was_set_back_is_asked_about_though_its_commits_were_looked_up(branches):
    start = branches.head("main")
    branches.push("main", "SHOP-1 one")
    old, new = branches.force_push("main", "SHOP-1 other", base=start)
    road = replace(branches.road, parents=known_chain(branches, start, old) | known_chain(branches, start, new))
    lost = vanished_commits(road, branches.repository.id, old, new, sequence=AT)
    assert {one.id for one in lost} == {old}

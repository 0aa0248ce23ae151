from dataclasses import replace

import pytest

from domain.changes import Removal
from domain.facts import PullRequestFacts
from domain.records import Person, Reviewer
from tests.domain.devinfo_rig import INES, MILLISECONDS, SHELF, one_branch, one_pull_request


@pytest.mark.parametrize(
    ("status", "word"),
    [("active", "OPEN"), ("completed", "MERGED"), ("abandoned", "DECLINED"), ("notSet", "UNKNOWN")],
)
def test_a_pull_request_has_the_status_of_jira(status, word):
    assert one_pull_request(status=status).body["status"] == word


def test_a_draft_is_open():
    assert one_pull_request(draft=True).body["status"] == "OPEN"


def test_keys_come_from_title_then_branch_then_description():
    change = one_pull_request(description="OPS-3 OPS-1", source_branch="OPS-2-x", title="OPS-1")
    assert change.keys == ("OPS-1", "OPS-2", "OPS-3")


def test_the_whole_description_counts_when_the_event_cut_it():
    change = one_pull_request(PullRequestFacts(0, "tail OPS-9"), title="none", description="cut")
    assert change.keys == ("OPS-9",)


def test_a_pull_request_whose_last_key_is_gone_is_removed():
    assert one_pull_request(title="none") == Removal("pull_request", "7", MILLISECONDS, "r-1")


@pytest.mark.parametrize(
    ("vote", "word"),
    [(10, "APPROVED"), (5, "APPROVED"), (0, "UNAPPROVED"), (-5, "UNAPPROVED"), (-10, "UNAPPROVED")],
)
def test_votes_are_approvals(vote, word):
    body = one_pull_request(reviewers=(Reviewer(INES, vote),)).body
    expected = {"name": "Ines Okafor", "email": "ines@larkspur.example", "approvalStatus": word}
    assert body["reviewers"] == [expected]


def test_a_mail_too_long_for_a_reviewer_is_left_out():
    mail = "m" * 244 + "@x.example"
    assert len(mail) == 254
    reviewers = (Reviewer(Person("A", mail), 0), Reviewer(Person("B", "m" + mail), 0))
    assert ["email" in reviewer for reviewer in one_pull_request(reviewers=reviewers).body["reviewers"]] == [
        True,
        False,
    ]


def test_branch_and_pull_request_have_the_very_same_branch_address():
    name = "feature/OPS-5 größe+#?&"
    assert one_pull_request(source_branch=name).body["sourceBranchUrl"] == one_branch(name).body["url"]


def test_a_pull_request_from_a_fork_points_to_the_branch_in_the_fork():
    fork = replace(SHELF, id="r-2", name="copy")
    body = one_pull_request(source_repository=fork).body
    assert body["sourceBranchUrl"] == "https://dev.azure.com/larkspur/Tools/_git/copy?version=GBtopic"
    assert body["destinationBranchUrl"] == "https://dev.azure.com/larkspur/Tools/_git/shelf?version=GBmain"


def test_an_address_too_long_is_left_out_of_a_pull_request():
    body = one_pull_request(source_branch="製" * 300, target_branch="製" * 300).body
    assert "sourceBranchUrl" not in body
    assert "destinationBranchUrl" not in body


def test_texts_are_cut_to_what_jira_takes():
    body = one_pull_request(title="OPS-1 " + "t" * 2000, source_branch="s" * 300, target_branch="d" * 300).body
    assert (len(body["title"]), len(body["sourceBranch"]), len(body["destinationBranch"])) == (1024, 255, 255)


def test_keys_over_the_cap_of_a_pull_request_are_counted():
    description = " ".join(f"OPS-{number}" for number in range(2, 600))
    change = one_pull_request(description=description)
    assert (len(change.keys), change.dropped_keys) == (500, 99)


def test_the_number_of_comments_and_the_last_update_are_told():
    body = one_pull_request(PullRequestFacts(3)).body
    assert (body["commentCount"], body["lastUpdate"]) == (3, "2026-03-02T09:15:00+00:00")

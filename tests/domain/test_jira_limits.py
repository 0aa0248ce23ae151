import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import jira_limits as limits
from domain.devinfo import branch_id, branch_of_id
from domain.jira_limits import cut_text, iso_time, sequence_of
from tests.domain.devinfo_rig import (
    WHEN,
)
from tests.domain.official import bulk_schema


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        ("main", "main"),
        ("OPS-1_x.y", "OPS-1_x.y"),
        ("feature/something-cool", "~666561747572652f736f6d657468696e672d636f6f6c"),
        ("~main", "~7e6d61696e"),
        ("..", "~2e2e"),
        ("ü", "~c3bc"),
    ],
)
def test_a_branch_id_is_the_name_or_its_bytes(name, encoded):
    assert branch_id(name) == encoded


@pytest.mark.parametrize("name", ["main", "OPS-1_x.y", "feature/something-cool", "~main", "..", "ü", "/" * 511])
def test_the_name_is_told_from_the_id_of_a_branch(name):
    assert branch_of_id(branch_id(name)) == name


def test_a_name_too_long_for_its_id_is_not_told_from_it():
    assert branch_of_id(branch_id("/" * 512)) is None


def test_a_branch_name_of_any_length_has_an_id_that_fits():
    ids = [
        branch_id("x" * 1024),
        branch_id("x" * 1025),
        branch_id("/" * 511),
        branch_id("/" * 512),
        branch_id("/" * 513),
    ]
    assert len(set(ids)) == 5
    assert [len(one) for one in ids] == [1024, 66, 1023, 66, 66]


@settings(deadline=None, database=None)
@given(st.lists(st.text(st.sampled_from("ab~/.-é"), max_size=6), max_size=60))
def test_two_branches_never_share_an_id(names):
    assert len({branch_id(name) for name in names}) == len(set(names))
    assert all(re.fullmatch(r"[A-Za-z0-9~._-]{1,1024}", branch_id(name)) for name in names)


@pytest.mark.parametrize(
    ("text", "limit", "kept"),
    [("abc", 3, "abc"), ("abcd", 3, "abc"), ("a🎉b", 2, "a"), ("a🎉b", 3, "a🎉"), ("", 5, "")],
)
def test_text_is_cut_by_the_count_of_java_and_never_inside_a_character(text, limit, kept):
    assert cut_text(text, limit) == kept


def test_sequences_grow_with_time_to_the_millisecond():
    assert sequence_of(datetime(1970, 1, 1, tzinfo=UTC)) == 0
    assert sequence_of(WHEN + timedelta(milliseconds=1)) == sequence_of(WHEN) + 1


def test_times_are_told_in_utc():
    assert iso_time(datetime.fromisoformat("2026-03-02T11:15:00.9+02:00")) == "2026-03-02T09:15:00+00:00"


@pytest.mark.specs
def test_the_limits_are_those_of_the_specification():
    repository = bulk_schema("devinfo")["properties"]["repositories"]["items"]["properties"]
    commit, branch, pull_request = (
        repository[name]["items"]["properties"] for name in ("commits", "branches", "pullRequests")
    )
    assert repository["name"]["maxLength"] == limits.REPOSITORY_NAME_CHARACTERS
    assert repository["id"]["maxLength"] == branch["id"]["maxLength"] == limits.ENTITY_ID_CHARACTERS
    assert commit["issueKeys"]["maxItems"] == branch["issueKeys"]["maxItems"] == limits.ENTITY_KEYS
    assert commit["message"]["maxLength"] == limits.MESSAGE_CHARACTERS
    assert commit["files"]["maxItems"] == limits.COMMIT_FILES
    assert commit["files"]["items"]["properties"]["path"]["maxLength"] == limits.FILE_PATH_CHARACTERS
    assert commit["author"]["properties"]["email"]["maxLength"] == limits.AUTHOR_MAIL_CHARACTERS
    assert branch["name"]["maxLength"] == limits.BRANCH_NAME_CHARACTERS
    assert pull_request["title"]["maxLength"] == limits.TITLE_CHARACTERS
    assert pull_request["sourceBranch"]["maxLength"] == limits.PULL_REQUEST_BRANCH_CHARACTERS
    reviewer = pull_request["reviewers"]["items"]["properties"]
    assert reviewer["email"]["maxLength"] == limits.REVIEWER_MAIL_CHARACTERS
    assert reviewer["name"]["maxLength"] == limits.PERSON_NAME_CHARACTERS

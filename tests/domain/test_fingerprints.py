"""Two entities have one fingerprint when Jira would show the same of both."""

from dataclasses import replace

import pytest

from domain.changes import Entity
from domain.fingerprints import fingerprint_of

REPOSITORY = {"id": "r-1", "name": "shelf", "url": "https://dev.example/shelf", "updateSequenceId": 5}
TITLED = {"id": "7", "title": "Round prices", "issueKeys": ["OPS-1"], "updateSequenceId": 5, "lastUpdate": "2026-03-01"}
BRANCH = {
    "id": "b", "name": "feature/x", "url": "https://dev.example/shelf?version=GBfeature", "updateSequenceId": 5,
    "lastCommit": {"id": "c0ffee", "message": "first", "updateSequenceId": 5},
}  # fmt: skip
RUN = {"buildNumber": 7, "state": "successful", "updateSequenceNumber": 5, "lastUpdated": "2026-03-01"}


def entity(kind="pull_request", body=TITLED, keys=("OPS-1",), sequence=5, repository=REPOSITORY):
    return Entity(kind, "7", sequence, keys, body, "r-1", repository)


ENTITIES = {
    "commit": entity("commit", {"id": "c0ffee", "message": "first", "updateSequenceId": 5}),
    "branch": entity("branch", BRANCH),
    "pull_request": entity(),
    "build": entity("build", RUN, repository=None),
    "deployment": entity("deployment", RUN, repository=None),
    "repository": entity("repository", REPOSITORY, ()),
}


@pytest.mark.parametrize("kind", ENTITIES)
def test_the_time_of_the_event_does_not_count(kind):
    old = ENTITIES[kind]
    later = {"updateSequenceId": 9, "updateSequenceNumber": 9, "lastUpdate": "later", "lastUpdated": "later"}
    above = old.repository and old.repository | {"updateSequenceId": 9}
    new = replace(old, sequence=9, body=old.body | later, repository=above)
    assert fingerprint_of(new) == fingerprint_of(old)


@pytest.mark.parametrize("kind", sorted(ENTITIES.keys() - {"repository"}))
def test_other_keys_count_and_their_order_does_not(kind):
    old = replace(ENTITIES[kind], keys=("OPS-1", "OPS-2"))
    assert fingerprint_of(replace(old, keys=("OPS-2", "OPS-1"))) == fingerprint_of(old)
    assert fingerprint_of(replace(old, keys=("OPS-1",))) != fingerprint_of(old)


@pytest.mark.parametrize("kind", ["commit", "branch", "pull_request", "repository"])
@pytest.mark.parametrize("renamed", [{"name": "rack"}, {"url": "https://dev.example/rack"}])
def test_a_renamed_repository_counts_for_all_that_is_in_it(kind, renamed):
    above = REPOSITORY | renamed
    body = above if kind == "repository" else ENTITIES[kind].body
    assert fingerprint_of(replace(ENTITIES[kind], body=body, repository=above)) != fingerprint_of(ENTITIES[kind])


def test_of_a_commit_only_its_keys_count():
    shown = replace(ENTITIES["commit"], body={"id": "c0ffee", "fileCount": 3, "files": [{"path": "a.py"}]})
    assert fingerprint_of(shown) == fingerprint_of(ENTITIES["commit"])


@pytest.mark.parametrize(
    ("change", "counts"),
    [
        ({"lastCommit": {"id": "c0ffee", "message": "first", "fileCount": 2}}, False),
        ({"createPullRequestUrl": "https://dev.example/new"}, False),
        ({"lastCommit": {"id": "decaf"}}, True),
        ({"name": "feature/y"}, True),
        ({"url": "https://dev.example/elsewhere"}, True),
    ],
)
def test_of_a_branch_its_name_address_and_end_count(change, counts):
    changed = replace(ENTITIES["branch"], body=BRANCH | change)
    assert (fingerprint_of(changed) != fingerprint_of(ENTITIES["branch"])) is counts


@pytest.mark.parametrize("kind", ["pull_request", "build", "deployment"])
def test_of_everything_else_all_counts(kind):
    changed = replace(ENTITIES[kind], body=dict(ENTITIES[kind].body) | {"state": "failed"})
    assert fingerprint_of(changed) != fingerprint_of(ENTITIES[kind])


def test_a_fingerprint_fits_its_column():
    odd = entity(body=TITLED | {"title": "half a pair \ud83d and the rest"})
    assert len(fingerprint_of(odd)) == 64

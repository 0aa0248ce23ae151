"""What a change is to Jira, by what Jira was told before."""

import pytest

from domain.changes import Entity, Removal
from domain.novelty import Known, is_challenged, weigh_change

NEVER = None


def change(sequence):
    return Entity("branch", "b", sequence, ("OPS-1",), {}, "r-1", {})


@pytest.mark.parametrize(
    ("known", "sequence", "text", "live", "novelty"),
    [
        (NEVER, 5, "a", True, "new"),
        (Known(5, "a", "accepted"), 6, "a", True, "unchanged"),
        (Known(5, "a", "accepted"), 6, "a", False, "unchanged"),
        (Known(5, "a", "accepted"), 5, "a", True, "unchanged"),
        (Known(5, "a", "accepted"), 6, "b", True, "new"),
        (Known(5, "a", "accepted"), 4, "b", True, "older"),
        (Known(5, "a", "accepted"), 4, "a", True, "older"),
        (Known(5, "a", "accepted"), 5, "b", False, "older"),
        (Known(5, "a", "accepted"), 5, "b", True, "new"),
        (Known(5, "a", "failed"), 5, "a", True, "new"),  # a dead letter that is tried again
        (Known(5, "a", "failed"), 5, "a", False, "older"),
        (Known(5, "a", "failed"), 6, "a", False, "new"),
        (Known(5, "a", "unknown"), 6, "a", False, "new"),  # its issue may exist by now
        (Known(5, "a", "sending"), 5, "a", True, "new"),  # nobody knows whether it arrived
        (Known(5, "a", "sending"), 5, "a", False, "new"),
        (Known(5, "a", "sending"), 6, "a", True, "new"),
        (Known(5, "a", "sending"), 4, "b", True, "older"),
        (Known(5, "a", "stale"), 6, "a", False, "new"),
        (Known(5, "a", "stale"), 4, "a", False, "older"),
        (Known(5, "", "gone"), 4, "a", False, "older"),
        (Known(5, "", "gone"), 6, "a", True, "new"),
        (Known(5, "", "removing"), 6, "a", False, "new"),
    ],
)
def test_an_entity(known, sequence, text, live, novelty):
    assert weigh_change(change(sequence), text, known, removed_at=0, live=live) == novelty


@pytest.mark.parametrize(
    ("known", "sequence", "novelty"),
    [
        (NEVER, 5, "absent"),
        (Known(5, "", "gone"), 6, "absent"),
        (Known(5, "a", "accepted"), 6, "new"),
        (Known(5, "a", "accepted"), 5, "new"),
        (Known(5, "a", "accepted"), 4, "older"),
        (Known(5, "", "gone"), 4, "older"),
        (Known(5, "a", "failed"), 6, "new"),
        (Known(5, "a", "unknown"), 6, "new"),
        (Known(5, "a", "sending"), 6, "new"),
        (Known(5, "", "removing"), 5, "new"),
    ],
)
def test_a_removal(known, sequence, novelty):
    removal = Removal("branch", "b", sequence, "r-1")
    assert weigh_change(removal, "", known, removed_at=0, live=True) == novelty


@pytest.mark.parametrize(("sequence", "novelty"), [(7, "older"), (8, "older"), (9, "new")])
def test_what_a_removed_repository_took_along_is_sent_again_only_when_it_is_newer(sequence, novelty):
    known = Known(3, "a", "accepted")
    assert weigh_change(change(sequence), "a", known, removed_at=8, live=True) == novelty


@pytest.mark.parametrize(
    ("known", "challenged"),
    [
        (NEVER, False),
        (Known(5, "a", "accepted"), True),
        (Known(5, "a", "sending"), True),
        (Known(5, "b", "sending"), False),
        (Known(5, "b", "stale"), True),
        (Known(4, "a", "accepted"), False),
        (Known(5, "a", "failed"), False),  # Jira took nothing with this number
        (Known(5, "", "gone"), False),
    ],
)
def test_a_second_text_with_the_same_number_is_in_doubt(known, challenged):
    assert is_challenged(change(5), "b", known) is challenged


def test_a_removal_is_never_in_doubt():
    assert not is_challenged(Removal("branch", "b", 5, "r-1"), "", Known(5, "a", "accepted"))

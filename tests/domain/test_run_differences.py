"""What differs, in words that fit into a row and sentences that say what to do."""

import re

import pytest

from domain.run_differences import LONGEST, SENTENCES, Finding, join_codes, split_codes, tell_findings

LONG = [f"customfield_{number}" for number in range(10_000, 10_020)]


@pytest.mark.parametrize(
    ("codes", "joined"),
    [([], ""), (["status"], "status"), (["status", "parent", "status"], "status,parent"), (["x" * 200], "more")],
)
def test_words_of_one_row(codes, joined):
    assert join_codes(codes) == joined


def test_more_words_than_fit_are_cut_between_words():
    joined = join_codes(LONG)
    assert len(joined) <= LONGEST
    assert split_codes(joined)[-1] == "more"
    assert set(split_codes(joined)) - {"more"} < set(LONG)


def test_nothing_is_no_word():
    assert split_codes("") == []


def test_each_word_is_told_once_with_its_number_the_most_frequent_first():
    counts = {"status,customfield_1": 2, "status": 1, "link_missing": 1_000}
    assert tell_findings(counts, {"status": "Status"}) == (
        Finding("link_missing", "1,000 links are not there. Repairing the run puts it back.", 1_000),
        Finding("status", "Status of 3 issues is not what was sent. Repairing the run writes it again.", 3),
        Finding(
            "customfield_1", "customfield_1 of 2 issues is not what was sent. Repairing the run writes it again.", 2
        ),
    )


def test_a_sprint_field_is_told_as_what_it_is():
    (found,) = tell_findings({"customfield_2": 2}, {"customfield_2": "Sprint"}, {"customfield_2"})
    assert found.detail.startswith("2 issues are not in their sprint any more.")


@pytest.mark.parametrize("code", SENTENCES)
def test_every_sentence_tells_the_number(code):
    (found,) = tell_findings({code: 1_234}, {})
    assert "1,234" in found.detail


@pytest.mark.parametrize("code", [*SENTENCES, "status", "customfield_2"])
def test_one_thing_is_told_as_one(code):
    one, two = (tell_findings({code: count}, {}, {"customfield_2"})[0].detail for count in (1, 2))
    assert "1 " in one
    assert one.replace("1 ", "2 ") != two
    assert not re.search(r"\b1 (issues|links|files|work items)\b", one)

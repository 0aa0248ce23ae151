"""Numbers with their nouns."""

import pytest

from domain.counted_words import count_words


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 titles are"), (1, "1 title is"), (2, "2 titles are"), (3_000, "3,000 titles are")]
)
def test_one_and_many(count, words):
    assert count_words(count, "title is", "titles are") == words

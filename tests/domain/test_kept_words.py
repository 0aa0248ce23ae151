"""What is kept of another system's words names nobody."""

import pytest

from domain.kept_words import WORDS_KEPT, keep_words


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("The owner ines@larkspur.example may not.", "The owner *** may not."),
        ("Owner: <i.o'neil+ado@mail.larkspur.example>", "Owner: <***>"),
        ("Details: identity 'Ines Okafor', scope 'repository'.", "Details: identity ***, scope 'repository'."),
        ("Details: identity 'Mary O'Neil', scope 'project'.", "Details: identity ***, scope 'project'."),
        ("for identity 'LARKSPUR\\ines' and identity 'Build\\7f3a'", "for identity *** and identity ***"),
        ('identity "Ines Okafor" lacks a right', "identity *** lacks a right"),
        ("Identity 'Ines Okafor'", "Identity ***"),
        ("LARKSPUR\\ines.okafor needs GenericRead", "*** needs GenericRead"),
        ("AzureAD\\\\InesOkafor needs it", "*** needs it"),
        ("bücher\\jörg needs it", "*** needs it"),
        ("TF401019: The Git repository with name or identifier ledger does not exist.", None),
        ("SHOP-1: status 400, scope 'repository', path /a/b and 3 @ 4", None),
        ("", None),
        ("no \x00 such path", "no  such path"),
    ],
)
def test_people_are_masked_and_the_rest_stays(said, kept):
    assert keep_words(said) == (said if kept is None else kept)


def test_words_are_cut_only_after_they_were_masked():
    start = "x" * (WORDS_KEPT - 8) + " "
    assert keep_words(start + "ines.okafor@larkspur.example said no") == start + "*** sai"
    assert len(keep_words("word " * 100)) == WORDS_KEPT

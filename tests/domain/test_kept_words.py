"""What is kept of another system's words names nobody."""

import pytest

from domain.errors import Forbidden, Unauthorized
from domain.kept_words import WORDS_KEPT, keep_words, mark_of


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
        (
            "TF215106: Access denied. Ines Okafor needs View build pipeline permissions for build pipeline 31:Larkspur "
            "night in team project Webshop to perform the action. For more information, contact the administrator.",
            "TF215106: Access denied. *** needs View build pipeline permissions for *** to perform the action. For "
            "more information, contact the administrator.",
        ),
        (
            "VS402904: Access denied: User Okafor, Ines does not have view releases permission. Contact your admin.",
            "VS402904: Access denied: *** does not have view releases permission. Contact your admin.",
        ),
        (
            "TF400813: The user 'Ines Okafor' is not authorized to access this resource.",
            "TF400813: The user *** is not authorized to access this resource.",
        ),
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


@pytest.mark.parametrize(
    ("error", "mark"),
    [
        (Forbidden("Azure DevOps", 403, "TF215106: Access denied. Ines Okafor needs it"), "status 403, TF215106"),
        (Forbidden("Azure DevOps", 403, "VS402904: Access denied: User Okafor, Ines"), "status 403, VS402904"),
        (Unauthorized("Azure DevOps", 401, "Ines Okafor may not"), "status 401"),
    ],
)
def test_the_mark_of_a_refusal_holds_none_of_its_words(error, mark):
    assert mark_of(error) == mark

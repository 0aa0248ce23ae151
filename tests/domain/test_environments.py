"""Environment names and the type Jira shows for them."""

import pytest

from domain.environments import environment_type, explain_type

NAMES = [
    ("development", "development"), ("dev", "development"), ("trunk", "development"), ("develop", "development"),
    ("testing", "testing"), ("test", "testing"), ("tests", "testing"), ("tst", "testing"),
    ("integration", "testing"), ("integ", "testing"), ("intg", "testing"), ("int", "testing"),
    ("acceptance", "testing"), ("accept", "testing"), ("acpt", "testing"), ("qa", "testing"), ("qc", "testing"),
    ("control", "testing"), ("quality", "testing"), ("uat", "testing"), ("sit", "testing"),
    ("staging", "staging"), ("stage", "staging"), ("stg", "staging"), ("sta", "staging"), ("preprod", "staging"),
    ("model", "staging"), ("internal", "staging"),
    ("production", "production"), ("prod", "production"), ("prd", "production"), ("live", "production"),
]  # fmt: skip
COMPOUNDS = [
    ("prod-east", "production"), ("prod_east", "production"), ("east-staging", "staging"), ("qa:1", "testing"),
    ("mary-dev:1", "development"), ("trunk alpha", "development"), ("production(us-east)", "production"),
    ("stàging", "staging"), ("banana-east", "unmapped"), ("internet", "unmapped"), ("製造", "unmapped"),
]  # fmt: skip
NUMBERED = [
    ("qa1", "testing"), ("dev1", "development"), ("stg2", "staging"), ("stg-02", "staging"), ("prod-eu", "production"),
    ("prod01", "production"), ("uat2", "testing"), ("1qa", "unmapped"), ("qa1b", "unmapped"), ("42", "unmapped"),
]  # fmt: skip
PREFIXES = [
    ("pre-prod", "staging"), ("Pre Production 2", "staging"), ("preproduction", "staging"), ("pre-live", "staging"),
    ("pre-check", "unmapped"), ("non-prod", "unmapped"), ("nonprod", "unmapped"), ("non-live-qa", "testing"),
]  # fmt: skip
ODD = [("", "unmapped"), ("PROD", "production"), ("ＰＲＯＤ", "production"), ("Contoso / Live", "production")]


@pytest.mark.parametrize(("name", "expected"), NAMES + COMPOUNDS + NUMBERED + PREFIXES + ODD)
def test_the_name_tells_the_type(name: str, expected: str) -> None:
    assert environment_type(name) == expected


def test_the_first_type_in_order_wins_when_words_disagree() -> None:
    assert environment_type("test-prod") == "testing"


def test_the_reason_names_the_word() -> None:
    assert explain_type("Shop-QA1") == ("testing", "the word “qa” stands for testing")
    assert explain_type("banana-east") == ("unmapped", "no word of the name stands for a type")

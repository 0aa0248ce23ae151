"""Environment names and the type Jira shows for them."""

import pytest

from domain.environments import EnvironmentMapping, environment_type, explain_type

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


TABLE: EnvironmentMapping = {
    "staging": ("live-check", "qa?"),
    "production": ("live*", "*-gold"),
    "unmapped": ("test-lab",),
}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("live-check", "staging"), ("live-eu", "production"), ("QA1", "staging"), ("qa12", "testing"),
        ("team-gold", "production"), ("test-lab", "unmapped"), ("test-lab-2", "testing"), ("banana", "unmapped"),
    ],
)  # fmt: skip
def test_the_table_of_the_site_comes_before_the_words(name: str, expected: str) -> None:
    assert environment_type(name, TABLE) == expected


def test_the_first_type_of_the_table_wins_in_the_order_it_was_written() -> None:
    assert environment_type("live", {"staging": ("l*",), "production": ("live",)}) == "staging"
    assert environment_type("live", {"production": ("live",), "staging": ("l*",)}) == "production"


def test_the_reason_names_the_pattern_of_the_table() -> None:
    assert explain_type("live-eu", TABLE) == ("production", "the table of this site says that “live*” is production")
    assert explain_type("qa12", TABLE)[1] == "the word “qa” stands for testing"

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.issue_keys import NUMBER_DIGITS, PROJECT_CHARACTERS, KeyRules, explain_keys, find_keys
from tests.domain.official import read_reference
from tests.untraced import untraced

ANY = KeyRules()
DELIMITERS = " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\n\t"
KNOWN = KeyRules(projects=frozenset({"JRA", "TEST", "SDR_6", "A_B_C", "B_C", "C2", "FEATURE_JRA", "OPS"}))

# Where the collected cases of other products ask for something else than we want, and why.
DISAGREEMENTS = {
    "TEST-01": ((), "Jira never pads a number, so such a key cannot exist"),
    "leading zeros": ((), "the same in a longer text"),
    "CVE-2022-123": ((), "the list of vulnerabilities, while the projects are not known"),
    "CVE-123": ((), "the list of vulnerabilities, while the projects are not known"),
    "EXT_EXT-1234": (("EXT-1234",), "without the list of projects an underscore is an edge"),
    "MY_PROJECT-7": (("PROJECT-7",), "without the list of projects an underscore is an edge"),
    "SDR_6": ((), "without the list of projects an underscore is an edge, and 6 is no project"),
    "abc-123": (("ABC-123",), "keys are written as Jira writes them"),
    "abc-1 fixes a-2": (("ABC-1",), "people write keys in lower case"),
    "cap": (tuple(f"TEST-{number}" for number in range(1, 511)), "the cap is for the sender, who counts what it drops"),
}
SAME_TEXT = {
    "Test some string TEST-01 with keys": "TEST-01",
    "TEST-01 Some A-100 issue title OTHER-02 ABC!-1 that mentions Jira issue": "leading zeros",
    "Hovering over SDR_6-44 shows a preview": "SDR_6",
    " ".join(f"TEST-{number}" for number in range(1, 511)): "cap",
}


@pytest.mark.specs
def test_every_collected_case_gives_the_collected_keys_or_a_named_disagreement():
    wrong, used = [], set()
    for case in read_reference("issue_keys.json"):
        text = case["text"]
        name = SAME_TEXT.get(text, text) if isinstance(text, str) else ""
        wanted = DISAGREEMENTS[name][0] if name in DISAGREEMENTS else tuple(case["expected_keys"])
        used.add(name)
        if find_keys(ANY, text) != wanted:
            wrong.append((text, wanted, find_keys(ANY, text)))
    assert wrong == []
    assert set(DISAGREEMENTS) <= used


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("OPS-7", ("OPS-7",)),
        ("ops-7 and Ops-7 and OPS-7", ("OPS-7",)),
        ("OPS-9 before OPS-2", ("OPS-9", "OPS-2")),
        ("feature/ops-12-login", ("OPS-12",)),
        ("OPS-1OPS-2", ()),
        ("OPS-1_TEST-2", ("OPS-1", "TEST-2")),
        ("OPS-1-2", ("OPS-1",)),
        ("xOPS-1", ("XOPS-1",)),
        ("1OPS-1", ()),
        ("OPS-1a", ()),
        ("OPS-1２", ()),
        ("OPS-012", ()),
        ("OPS-0", ()),
        ("OPS--1", ()),
        ("OPS - 1", ()),
        ("O-1", ()),
        ("AB#123", ()),
        ("Fixed AB#123-4", ()),
        ("修正OPS-5対応", ("OPS-5",)),
        ("éOPS-5", ("OPS-5",)),
        ("ſs-5", ()),
        ("2024-01-15", ()),
        ("UTF-8 SHA-256 CVE-2022-1 ISO-8601 RFC-7231 utf-16", ()),
        ("feature_OPS-3", ("OPS-3",)),
        ("", ()),
    ],
)
def test_keys_without_a_list_of_projects(text, keys):
    assert find_keys(ANY, text) == keys


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("JRA-1 and NOPE-2", ("JRA-1",)),
        ("UTF-8 SHA-256 CVE-2022-1 release-2 lodash-4 ubuntu-22", ()),
        ("SDR_6-44", ("SDR_6-44",)),
        ("x_SDR_6-44", ("SDR_6-44",)),
        ("A_B_C-12", ("A_B_C-12",)),
        ("Z_B_C-12", ("B_C-12",)),
        ("Z_Z_C2-12", ("C2-12",)),
        ("fix_JRA-3", ("JRA-3",)),
        ("feature_JRA-3", ("FEATURE_JRA-3",)),
        ("__JRA-3__", ("JRA-3",)),
        ("JRA-3x JRA-04", ()),
    ],
)
def test_keys_are_read_by_the_longest_project_that_exists(text, keys):
    assert find_keys(KNOWN, text) == keys


def test_a_standard_that_is_a_project_counts_once_the_projects_are_known():
    assert find_keys(KeyRules(projects=frozenset({"UTF"})), "UTF-8") == ("UTF-8",)


def test_only_projects_the_link_may_touch_count():
    rules = KeyRules(projects=frozenset({"JRA", "OPS"}), allowed=frozenset({"OPS"}))
    assert find_keys(rules, "JRA-1 OPS-2") == ("OPS-2",)


def test_named_projects_stand_in_for_an_unknown_list():
    rules = KeyRules(allowed=frozenset({"MY_APP", "OPS"}), refused=frozenset({"OPS"}))
    assert find_keys(rules, "MY_APP-1 OPS-2 JRA-3") == ("MY_APP-1",)


def test_a_project_that_jira_does_not_know_is_learned_until_it_exists():
    taught = frozenset({"LODASH"})
    assert find_keys(KeyRules(refused=taught), "lodash-4 OPS-1") == ("OPS-1",)
    assert find_keys(KeyRules(projects=frozenset({"LODASH"}), refused=taught), "lodash-4") == ("LODASH-4",)


def test_several_texts_keep_the_order_in_which_keys_are_first_seen():
    assert find_keys(ANY, "OPS-2 JRA-1", None, 7, ["OPS-9"], "jra-1 TEST-5") == ("OPS-2", "JRA-1", "TEST-5")


def test_keys_are_not_joined_over_the_edge_of_two_texts():
    assert find_keys(ANY, "OPS-", "12") == ()


LAST_PART = "last part before the hyphen"
NO_OPS = KeyRules(refused=frozenset({"OPS"}))
ONLY_JRA = KeyRules(allowed=frozenset({"JRA"}))


@pytest.mark.parametrize(
    ("rules", "text", "expected"),
    [
        (ANY, "see ops-7.", ("ops-7", "OPS-7", LAST_PART, None)),
        (ANY, "utf-8", ("utf-8", "UTF-8", LAST_PART, "name of a standard")),
        (ANY, "OPS-07", ("OPS-07", "OPS-07", LAST_PART, "leading zero")),
        (ANY, "OPS-7b", ("OPS-7", "OPS-7", LAST_PART, "letters after the number")),
        (ANY, "SDR_6-1", ("SDR_6-1", "SDR_6-1", LAST_PART, "underscore needs the list of projects")),
        (NO_OPS, "OPS-7", ("OPS-7", "OPS-7", LAST_PART, "no such project")),
        (KNOWN, "fix_nope-7", ("nope-7", "NOPE-7", "real project", "no such project")),
        (KNOWN, "fix_jra-7", ("jra-7", "JRA-7", "real project", None)),
        (ONLY_JRA, "OPS-7", ("OPS-7", "OPS-7", "linked project", "project not linked")),
    ],
)
def test_an_explanation_says_how_a_place_was_read_and_why_it_does_not_count(rules, text, expected):
    (found,) = explain_keys(rules, text)
    assert (found.text, found.key, found.rule, found.refused) == expected


def test_numbers_and_projects_longer_than_jira_takes_are_refused():
    longest = "A" * PROJECT_CHARACTERS
    assert find_keys(ANY, f"{longest}-{'1' * NUMBER_DIGITS}") == (f"{longest}-{'1' * NUMBER_DIGITS}",)
    assert find_keys(ANY, f"A{longest}-1") == ()
    assert [found.refused for found in explain_keys(ANY, "OPS-" + "1" * (NUMBER_DIGITS + 1))] == ["number too long"]


@pytest.mark.parametrize("left", DELIMITERS)
@pytest.mark.parametrize("right", DELIMITERS)
def test_a_key_between_any_two_delimiters_is_found(left, right):
    assert find_keys(ANY, f"{left}JRA-123{right}") == ("JRA-123",)


def test_there_are_thirty_five_delimiters():
    assert len(set(DELIMITERS)) == 35


PIECES = st.sampled_from(
    [*DELIMITERS, "JRA", "ops", "A_B_C", "SDR_6", "-", "_", "1", "23", "0", "x", "é", "対", "TEST-9"]
)
TEXTS = st.one_of(st.text(), st.lists(PIECES).map("".join))


@settings(deadline=None, database=None, max_examples=300)
@given(TEXTS, st.sampled_from(DELIMITERS), st.sampled_from(DELIMITERS), st.sampled_from([ANY, KNOWN]))
def test_every_found_key_is_found_again_between_any_two_delimiters(text, left, right, rules):
    for key in find_keys(rules, text):
        assert find_keys(rules, f"{left}{key}{right}") == (key,)


@settings(deadline=None, database=None, max_examples=200)
@given(TEXTS, st.sampled_from([ANY, KNOWN]))
def test_the_explanation_and_the_keys_never_differ(text, rules):
    counted = [found.key for found in explain_keys(rules, text) if found.refused is None]
    assert find_keys(rules, text) == tuple(dict.fromkeys(counted))


@pytest.mark.parametrize(
    "piece",
    ["A", "1", "_", "A_", "-", "-1", "A-", "A-1", "A_-1", "JRA-1 ", "A_B_C-1_", "_-1", "-1a", "é", "JRA-1_A_B_"],
)
def test_a_megabyte_of_anything_is_read_in_linear_time(piece):
    text = piece * (1_000_000 // len(piece))
    began = time.process_time()
    with untraced():
        explain_keys(KNOWN, text)
    assert time.process_time() - began < 20  # squared time would take hours


PRESENT = KeyRules(
    projects=frozenset({"STORE", "OPS"}),
    former_projects={"SHOP": "STORE", "OLD_SHOP": "STORE"},
    moved_issues={"STORE-3": "OPS-30", "GONE-1": "OPS-31"},
)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("SHOP-1", ("STORE-1",)),
        ("shop-1 and STORE-1", ("STORE-1",)),
        ("old_shop-2", ("STORE-2",)),
        ("STORE-3", ("OPS-30",)),
        ("SHOP-3, by its oldest name", ("OPS-30",)),
        ("GONE-1", ("OPS-31",)),
        ("GONE-2", ()),
        ("SHOP-01", ()),
        ("SHOP-1a", ()),
    ],
)
def test_a_former_key_counts_as_the_present_one(text, keys):
    assert find_keys(PRESENT, text) == keys


def test_a_real_project_is_never_read_as_a_former_one():
    rules = KeyRules(projects=frozenset({"SHOP", "STORE"}), former_projects={"SHOP": "STORE"})
    assert find_keys(rules, "SHOP-1") == ("SHOP-1",)


@pytest.mark.parametrize(
    ("allowed", "text", "refused"),
    [
        ({"STORE"}, "SHOP-1", None),
        ({"OPS"}, "SHOP-1", "project not linked"),
        ({"STORE"}, "STORE-3", "project not linked"),
        ({"OPS"}, "STORE-3", None),
    ],
)
def test_a_link_may_touch_the_project_an_issue_is_in_now(allowed, text, refused):
    rules = KeyRules(PRESENT.projects, frozenset(allowed), frozenset(), PRESENT.former_projects, PRESENT.moved_issues)
    (found,) = explain_keys(rules, text)
    assert (found.text, found.rule, found.refused) == (text, "former key", refused)

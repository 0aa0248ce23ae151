"""Branch names proposed for an issue."""

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.branch_names import name_faults
from domain.branch_templates import template_fault
from domain.branches import NAME_LENGTH, TITLE_LENGTH, is_issue_key, propose_name, propose_title
from domain.issue_keys import KeyRules, find_keys

NAMES = [
    ("Repair the basket", "SHOP-7-Repair-the-basket"),
    ("  Spaces   and\ttabs ", "SHOP-7-Spaces-and-tabs"),
    ("Prüfe Größe für Łódź", "SHOP-7-Prufe-Grosse-fur-Lodz"),
    ("a..b // c -- d", "SHOP-7-a-b-c-d"),
    ("feature/login: done?", "SHOP-7-feature-login-done"),
    ("release 1.2.3_rc", "SHOP-7-release-1.2.3_rc"),
    ("poetry.lock", "SHOP-7-poetry"),
    ("odd.lock.lock.", "SHOP-7-odd"),
    ("@{upstream}~1^2", "SHOP-7-upstream-1-2"),
    ("製造", "SHOP-7"),
    ("Привет, 製造 мир", "SHOP-7-Privet-mir"),
    ("Ελλάδα", "SHOP-7-Ellada"),
    ("", "SHOP-7"),
    ("-._", "SHOP-7"),
    ("$(rm -rf /) `x` 'y' \"z\"", "SHOP-7-rm-rf-x-y-z"),
]


@pytest.mark.parametrize(("summary", "name"), NAMES)
def test_the_name_is_key_and_summary(summary: str, name: str) -> None:
    assert propose_name("SHOP-7", summary) == name


TEMPLATES = [
    ("feature/{key}-{summary}", "Story", "Fix it", "feature/SHOP-7-Fix-it"),
    ("{type}/{key}-{summary}", "New Feature", "Fix it", "new-feature/SHOP-7-Fix-it"),
    ("{type}/{key}", "Fehler (groß)", "", "fehler-gross/SHOP-7"),
    ("{project}/{key}_{summary}", "", "Fix it", "SHOP/SHOP-7_Fix-it"),
    # without a word a placeholder goes with the signs beside it, and a folder of its own goes too
    ("feature/{key}-{summary}", "", "", "feature/SHOP-7"),
    ("{summary}-{key}", "", "", "SHOP-7"),
    ("{type}/{key}", "", "", "SHOP-7"),
    ("users/{summary}/{key}", "", "製造", "users/SHOP-7"),
    ("{type}-{summary}-{key}", "", "", "SHOP-7"),
    ("a-{type}-b/{key}", "", "", "a-b/SHOP-7"),
    ("v{type}_b/{key}", "", "", "v_b/SHOP-7"),
    # a template that makes no valid name of this issue: the key alone is one
    ("{key}/a.l{type}", "ock", "", "SHOP-7"),
]


@pytest.mark.parametrize(("template", "issue_type", "summary", "name"), TEMPLATES)
def test_a_template_is_filled(template: str, issue_type: str, summary: str, name: str) -> None:
    assert propose_name("SHOP-7", summary, issue_type, template) == name


def test_a_long_summary_is_cut_and_ends_with_a_whole_word() -> None:
    name = propose_name("SHOP-7", "word " * 100)
    assert NAME_LENGTH - 5 <= len(name) <= NAME_LENGTH
    assert name.endswith("-word")


def test_a_word_too_long_to_give_up_is_cut_within() -> None:
    assert len(propose_name("SHOP-7", "do " + "x" * 300)) == NAME_LENGTH


def test_a_word_that_just_fits_stays_whole() -> None:
    room = NAME_LENGTH - len("SHOP-7-")
    assert propose_name("SHOP-7", "a-" + "x" * (room - 2) + " more") == "SHOP-7-a-" + "x" * (room - 2)


def test_a_summary_that_stands_twice_is_cut_twice() -> None:
    assert len(propose_name("SHOP-7", "x" * 300, template="{summary}/{key}/{summary}")) in {
        NAME_LENGTH - 1,
        NAME_LENGTH,
    }


def test_a_cut_that_lands_on_a_lock_suffix_is_cut_further() -> None:
    room = NAME_LENGTH - len("SHOP-7-")
    assert not propose_name("SHOP-7", "x" * (room - 5) + ".locksmith").endswith(".lock")


KEYS = st.from_regex(r"[A-Z][A-Z0-9_]{1,9}-[1-9][0-9]{0,5}", fullmatch=True)
SUMMARIES = st.one_of(st.text(max_size=300), st.from_regex(r"[a-z./@{~^:\\*\[ -]{0,260}(\.lock)?", fullmatch=True))
WORDS = st.sampled_from(["{key}", "{summary}", "{type}", "{project}", "feature", "v1", "l"])
SIGNS = st.sampled_from(["/", "-", "_", "."])
BESIDE = st.lists(st.tuples(SIGNS, WORDS).map("".join), max_size=3).map("".join)
GOOD_TEMPLATES = st.builds(lambda before, after: before[1:] + before[:1] + "{key}" + after, BESIDE, BESIDE).filter(
    lambda template: template_fault(template) is None
)


@settings(max_examples=150, deadline=None)
@given(key=KEYS, summary=SUMMARIES)
def test_git_takes_every_name(key: str, summary: str) -> None:
    name = propose_name(key, summary)
    answer = subprocess.run(["git", "check-ref-format", "--branch", name], capture_output=True, check=False)
    assert answer.returncode == 0, name
    assert len(name) <= NAME_LENGTH
    assert name.startswith(key)


@settings(max_examples=150, deadline=None)
@given(
    key=KEYS,
    summary=SUMMARIES,
    issue_type=st.text(max_size=60),
    template=GOOD_TEMPLATES,
)
def test_git_takes_every_name_of_every_template_and_it_names_the_issue(
    key: str, summary: str, issue_type: str, template: str
) -> None:
    name = propose_name(key, summary, issue_type, template)
    answer = subprocess.run(["git", "check-ref-format", "--branch", name], capture_output=True, check=False)
    assert answer.returncode == 0, name
    assert name_faults(name) == ()
    assert key in find_keys(KeyRules(projects=frozenset({key.rpartition("-")[0]})), name), name


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Repair  the\nbasket", "SHOP-7 Repair the basket"),
        ("Basket (shop-7)", "Basket (shop-7)"),
        ("SHOP-70 and ESHOP-7", "SHOP-7 SHOP-70 and ESHOP-7"),
        ("", "SHOP-7"),
    ],
)
def test_the_title_of_a_pull_request_has_the_key_once(text: str, title: str) -> None:
    assert propose_title("SHOP-7", text) == title


def test_a_long_title_is_cut_and_keeps_its_key() -> None:
    title = propose_title("SHOP-7", "x" * 300 + " SHOP-7")
    assert (len(title), title[:7]) == (TITLE_LENGTH, "SHOP-7 ")


@pytest.mark.parametrize("text", ["SHOP-7", "A1-1", "APP_X-12"])
def test_a_key_is_known_by_its_form(text: str) -> None:
    assert is_issue_key(text)


@pytest.mark.parametrize("text", ["", "shop-7", "SHOP", "SHOP-0", "SHOP-7x", "SHOP-7\n", "-SHOP-7", "<b>-7"])
def test_other_text_is_no_key(text: str) -> None:
    assert not is_issue_key(text)

"""Branch names proposed for an issue."""

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.branches import NAME_LENGTH, is_issue_key, propose_name

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
    ("", "SHOP-7"),
    ("-._", "SHOP-7"),
    ("$(rm -rf /) `x` 'y' \"z\"", "SHOP-7-rm-rf-x-y-z"),
]


@pytest.mark.parametrize(("summary", "name"), NAMES)
def test_the_name_is_key_and_summary(summary: str, name: str) -> None:
    assert propose_name("SHOP-7", summary) == name


def test_a_long_summary_is_cut_and_ends_well() -> None:
    name = propose_name("SHOP-7", "word " * 100)
    assert NAME_LENGTH - 5 <= len(name) <= NAME_LENGTH
    assert name.endswith("word") or name[-1].isalpha()


def test_a_cut_that_lands_on_a_lock_suffix_is_cut_further() -> None:
    room = NAME_LENGTH - len("SHOP-7-")
    assert not propose_name("SHOP-7", "x" * (room - 5) + ".locksmith").endswith(".lock")


@settings(max_examples=150, deadline=None)
@given(
    key=st.from_regex(r"[A-Z][A-Z0-9_]{1,9}-[1-9][0-9]{0,5}", fullmatch=True),
    summary=st.one_of(st.text(max_size=300), st.from_regex(r"[a-z./@{~^:\\*\[ -]{0,260}(\.lock)?", fullmatch=True)),
)
def test_git_takes_every_name(key: str, summary: str) -> None:
    name = propose_name(key, summary)
    answer = subprocess.run(["git", "check-ref-format", "--branch", name], capture_output=True, check=False)
    assert answer.returncode == 0, name
    assert len(name) <= NAME_LENGTH
    assert name.startswith(key)


@pytest.mark.parametrize("text", ["SHOP-7", "A1-1", "APP_X-12"])
def test_a_key_is_known_by_its_form(text: str) -> None:
    assert is_issue_key(text)


@pytest.mark.parametrize("text", ["", "shop-7", "SHOP", "SHOP-0", "SHOP-7x", "SHOP-7\n", "-SHOP-7", "<b>-7"])
def test_other_text_is_no_key(text: str) -> None:
    assert not is_issue_key(text)

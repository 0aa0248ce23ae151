"""What a branch may be called: Git itself is asked, and each rule on top has its case."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.branch_names import NAME_CHARACTERS, find_collision, folders_above, git_faults, name_faults

GIT = [
    ("", "empty"),
    ("a b", "space"),
    ("a\tb", "space"),
    ("a\n", "space"),
    ("a\x7f", "space"),
    *((f"a{sign}b", "character") for sign in "~^:?*[\\"),
    ("a..b", "dots"),
    ("a@{b", "at_brace"),
    ("/a", "slash"),
    ("a/", "slash"),
    ("a//b", "slash"),
    (".a", "dot_first"),
    ("a/.b", "dot_first"),
    ("a.", "dot_last"),
    ("a/b.", "dot_last"),
    ("a.lock", "lock"),
    ("a.lock/b", "lock"),
    ("-a", "hyphen_first"),
    ("HEAD", "head"),
]
MORE = [
    ("a" * (NAME_CHARACTERS + 1), "too_long"),
    ("😀" * 195, "too_long"),
    ("\ud83d", "not_text"),
    ("@", "at_alone"),
    ("0123456789abcdefABCDEF0123456789abcdef01", "hash"),
    ("refs/heads/feature/SHOP-1", "refs"),
]
GOOD = [
    "main", "feature/SHOP-7-round-prices", "größe", "製造", "a.b", "a./b", "a@b", "head", "a.LOCK", "a/-b", "a]b",
    "a{b}",    "x" * NAME_CHARACTERS, "😀" * 194, "dependabot/npm/@types/node-1", "a'b;c&d", "0" * 39, "prefs/heads/x",
]  # fmt: skip


def git_takes(name: str, folder: str) -> bool:
    """In a folder that is no repository, where @{-1} means nothing."""
    command = ["git", "check-ref-format", "--branch", name]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(("name", "code"), GIT)
def test_what_git_refuses_is_told_by_its_rule(name: str, code: str, tmp_path: Path) -> None:
    assert code in [fault.code for fault in git_faults(name)]
    assert not git_takes(name, str(tmp_path))


@pytest.mark.parametrize(("name", "code"), MORE)
def test_what_git_takes_and_nobody_can_use_is_refused_too(name: str, code: str) -> None:
    assert git_faults(name) == ()
    assert [fault.code for fault in name_faults(name)] == [code]


@pytest.mark.parametrize("name", GOOD)
def test_a_good_name_has_no_fault(name: str, tmp_path: Path) -> None:
    assert name_faults(name) == ()
    assert git_takes(name, str(tmp_path))


def test_every_fault_of_a_name_is_told_at_once() -> None:
    assert [fault.code for fault in name_faults("-a b..c~.lock/")] == [
        "space", "character", "dots", "slash", "lock", "hyphen_first",
    ]  # fmt: skip


def test_how_much_too_long_a_name_is_is_told() -> None:
    (fault,) = name_faults("a" * (NAME_CHARACTERS + 7))
    assert "Shorten it by 7" in fault.detail


PIECES = st.sampled_from([
    "a", "B", "ä", "-", "_", ".", "..", "/", "//", "@", "{", "@{", ".lock", "lock", "HEAD", "~", "^", ":", "?", "*",
    "[", "]", "\\", " ", "\t", "\x7f", "\x85", "\xa0", "'", "refs/heads/", "1",
])  # fmt: skip
TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)


@settings(max_examples=250, deadline=None)
@given(name=st.one_of(st.lists(PIECES, max_size=6).map("".join), TEXT))
@example(name="@{-1}")
def test_git_agrees_about_every_name(name: str) -> None:
    assert git_takes(name, "/") == (git_faults(name) == ())


COLLISIONS = [
    ("a", ["a"], "exists", "a"),
    ("a", ["A"], "case", "A"),
    ("feature/x", ["Feature/X"], "case", "Feature/X"),
    ("größe", ["GRÖSSE"], "case", "GRÖSSE"),
    ("a/b/c", ["a"], "folder", "a"),
    ("a/b/c", ["A/B"], "folder", "A/B"),
    ("a", ["a/b"], "folder", "a/b"),
    ("a", ["A/b"], "folder", "A/b"),
    ("a", ["A", "a"], "exists", "a"),
]


@pytest.mark.parametrize(("name", "others", "code", "url"), COLLISIONS)
def test_what_is_in_the_way_is_told_with_its_address(name: str, others: list[str], code: str, url: str) -> None:
    found = find_collision(name, {other: f"https://{other}" for other in others})
    assert found is not None
    assert (found.code, found.url) == (code, f"https://{url}")


@pytest.mark.parametrize(("name", "others"), [("a", []), ("a", ["ab", "b/a", "a-b"]), ("a/b", ["a/c", "ab", "a/bc"])])
def test_a_name_that_is_free_has_no_collision(name: str, others: list[str]) -> None:
    assert find_collision(name, dict.fromkeys(others)) is None


def test_the_folders_above_a_name() -> None:
    assert folders_above("a/b/c") == ("a", "a/b")
    assert folders_above("a") == ()

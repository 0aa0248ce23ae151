"""Are two names the same thing? Letter case, blanks and signs do not count; some words are called otherwise in Jira."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

Found = TypeVar("Found")


def fold_name(name: str) -> str:
    """The letters and digits of a name: `Sub-Task` and `subtask` are one."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def find_named(wanted: Iterable[str], known: Mapping[str, Found]) -> tuple[str, Found] | None:
    """The first of the wanted names that is known, as it is written there, and what it stands for."""
    folded: dict[str, tuple[str, Found]] = {}
    for name, found in known.items():
        folded.setdefault(fold_name(name), (name, found))
    return next((folded[fold_name(name)] for name in wanted if fold_name(name) in folded), None)


def group_of(name: str, groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """The words that mean the same as a name, itself first."""
    folded = fold_name(name)
    same = next((group for group in groups if folded in map(fold_name, group)), ())
    return (name, *(word for word in same if fold_name(word) != folded))

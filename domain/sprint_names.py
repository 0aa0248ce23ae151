"""Names of sprints made of paths of iterations: unique on the board, short enough for Jira.

Jira takes names that are shorter than 30 characters.
https://developer.atlassian.com/cloud/jira/software/rest/api-group-sprint/#api-rest-agile-1-0-sprint-post
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from domain.jira_limits import cut_text

NAME_CHARACTERS = 29
BETWEEN, ELLIPSIS = " / ", "\u2026"


def name_sprints(paths: Sequence[str], taken: Iterable[str]) -> dict[str, str]:
    """A name for each path: its last part where that tells it from all others and from names that are taken, else with
    as much of the parts above as it needs; a number at the end where even the whole path is not enough.
    """
    used = {fold_sprint(name) for name in taken}
    names: dict[str, str] = {}
    depth = dict.fromkeys(paths, 1)
    for _ in range(max((path.count("\\") for path in paths), default=0) + 1):
        names = {path: join_parts(path, depth[path]) for path in paths}
        counts = Counter(map(fold_sprint, names.values()))
        for path, name in names.items():
            is_shared = counts[fold_sprint(name)] > 1 or fold_sprint(name) in used
            depth[path] += is_shared
    return _number_shared(names, used)


def join_parts(path: str, depth: int) -> str:
    """The last parts of a path below the project, `depth` of them, cut where it is too long: the last part stays."""
    parts = path.split("\\")[1:] or [path]
    *above, last = (" ".join(part.split()) for part in parts[-depth:])
    last = fit_name(last)
    room = NAME_CHARACTERS - _length(BETWEEN + last)
    head = BETWEEN.join(above)
    if not above or room < 2:
        return last
    return (head if _length(head) <= room else cut_text(head, room - 1).rstrip() + ELLIPSIS) + BETWEEN + last


def fit_name(name: str) -> str:
    """A name that Jira takes."""
    return name if _length(name) <= NAME_CHARACTERS else cut_text(name, NAME_CHARACTERS - 1).rstrip() + ELLIPSIS


def fold_sprint(name: str) -> str:
    """Two names that people cannot tell apart are one."""
    return " ".join(name.split()).casefold()


def _number_shared(names: dict[str, str], used: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path, name in names.items():
        chosen, number = name, 1
        while fold_sprint(chosen) in used:
            number += 1
            ending = f" {number}"
            chosen = cut_text(name, NAME_CHARACTERS - len(ending)).rstrip() + ending
        used.add(fold_sprint(chosen))
        found[path] = chosen
    return found


def _length(text: str) -> int:
    """Characters as Jira counts them: https://docs.oracle.com/javase/8/docs/api/java/lang/String.html#length--"""
    return len(text.encode("utf-16-le")) // 2

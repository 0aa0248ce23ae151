"""The environment mapping of a `.jira/config.yml`, as GitHub for Jira reads it, made into a table of this site.

Takes the decoded file; decoding it is not done here. Format:
https://support.atlassian.com/jira-cloud-administration/docs/integrate-with-github/
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from domain.environments import TYPE_WORDS, EnvironmentType

FILE_PATH = "/.jira/config.yml"
PLACE = ("deployments", "environmentMapping")
FILE_GLOBS = 10  # a type of such a file has at most so many; GitHub for Jira takes no more
GLOB_CHARACTERS = 200
NOT_UNDERSTOOD = frozenset("{}[]()!|")  # wider patterns than `*` and `?`
LEFT_OUT_NAMED = 50


@dataclass(frozen=True, slots=True)
class ImportedMapping:
    """Globs by type in the order of the file, and a sentence for everything that was left out."""

    mapping: Mapping[EnvironmentType, tuple[str, ...]]
    ignored: tuple[str, ...]


def import_mapping(decoded: object) -> ImportedMapping:
    """What a decoded file says of environments. A file that says nothing gives an empty mapping and says so."""
    found: object = decoded
    for name in PLACE:
        found = found.get(name) if isinstance(found, Mapping) else None
    if not isinstance(found, Mapping):
        return ImportedMapping({}, (f"the file has no {'.'.join(PLACE)}",))
    taken: dict[EnvironmentType, tuple[str, ...]] = {}
    ignored: list[str] = []
    for kind, globs in found.items():
        if kind not in TYPE_WORDS:
            ignored.append(f"“{_shown(kind)}” is no type; there are {', '.join(TYPE_WORDS)}")
            continue
        judged = list(_judge_globs(kind, globs))
        taken[cast("EnvironmentType", kind)] = tuple(glob for glob, reason in judged if reason is None)
        ignored += [reason for _, reason in judged if reason]
    return ImportedMapping({kind: globs for kind, globs in taken.items() if globs}, tuple(ignored[:LEFT_OUT_NAMED]))


def _judge_globs(kind: str, globs: object) -> Iterator[tuple[str, str | None]]:
    """Each glob of a type with the reason against it."""
    listed = globs if isinstance(globs, list) else [globs]
    for place, glob in enumerate(listed):
        shown = f"“{_shown(glob)}” of {kind}"
        if not isinstance(glob, str) or not glob.strip():
            yield "", f"{shown} is not text"
        elif place >= FILE_GLOBS:
            yield "", f"{shown} is over the limit of {FILE_GLOBS} patterns"
        elif len(glob) > GLOB_CHARACTERS:
            yield "", f"{shown} is longer than {GLOB_CHARACTERS} characters"
        elif NOT_UNDERSTOOD & set(glob):
            yield "", f"{shown} is a wider pattern than * and ?; write it out"
        else:
            yield glob.strip(), None


def _shown(value: object) -> str:
    """The beginning of a value, on one line."""
    return " ".join(str(value).split())[:40]

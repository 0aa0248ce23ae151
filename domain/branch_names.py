"""Which names a branch may have: Git's rules, which Azure DevOps refers to, and the few that come on top. Pure.

https://learn.microsoft.com/azure/devops/organizations/settings/naming-restrictions sends whoever asks about branches
to https://git-scm.com/docs/git-check-ref-format .
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.git_events import BRANCH_PREFIX

# https://learn.microsoft.com/dotnet/api/microsoft.teamfoundation.sourcecontrol.webapi.gitconstants.maxgitrefnamelength
# is 400 with refs/heads/, counted in UTF-16 as all of .NET does
REF_CHARACTERS = 400
NAME_CHARACTERS = REF_CHARACTERS - len(BRANCH_PREFIX)


@dataclass(frozen=True, slots=True)
class NameFault:
    """What is wrong with a name: `code` stays the same, `detail` tells a person what to change.

    `url`: what is in the way, where something is.
    """

    code: str
    detail: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class _Rule:
    """Names in which `pattern` is found are refused."""

    pattern: re.Pattern[str]
    fault: NameFault


def _rule(pattern: str, code: str, detail: str) -> _Rule:
    return _Rule(re.compile(pattern), NameFault(code, detail))


# https://git-scm.com/docs/git-check-ref-format with --branch; the patterns that hold for each part hold for each folder
GIT_RULES: Sequence[_Rule] = (
    _rule(r"\A\Z", "empty", "Write a name for the branch."),
    _rule(r"[\x00-\x20\x7f]", "space", "A name has no spaces, tabs or line breaks. Write a hyphen instead."),
    _rule(r"[~^:?*\[\\]", "character", "A name has none of the characters ~ ^ : ? * [ \\. Leave them out."),
    _rule(r"\.\.", "dots", "A name has no two dots in a row."),
    _rule(r"@\{", "at_brace", "A name does not have @ followed by {."),
    _rule(r"\A/|/\Z|//", "slash", "A name does not begin or end with / and has no two of them in a row."),
    _rule(r"(\A|/)\.", "dot_first", "No part of a name begins with a dot."),
    _rule(r"\.\Z", "dot_last", "A name does not end with a dot."),
    _rule(r"\.lock(/|\Z)", "lock", "No part of a name ends with .lock: Git's own files do."),
    _rule(r"\A-", "hyphen_first", "A name does not begin with a hyphen: Git would take it for an option."),
    _rule(r"\AHEAD\Z", "head", "HEAD has a meaning of its own in Git. Choose another name."),
)
# What Git takes and nobody can use. https://git-scm.com/docs/gitrevisions says how Git reads such words
MORE_RULES: Sequence[_Rule] = (
    _rule(r"[\ud800-\udfff]", "not_text", "The name holds half of a character. Type it anew."),
    _rule(r"\A@\Z", "at_alone", "@ alone means HEAD in Git. Choose another name."),
    _rule(r"\A[0-9a-fA-F]{40}\Z", "hash", "A name of 40 hexadecimal digits would be taken for a commit."),
    _rule(r"\Arefs/", "refs", "Write the name without refs/heads/ before it."),
)


def git_faults(name: str) -> tuple[NameFault, ...]:
    """Every rule of Git that `name` breaks; none when `git check-ref-format --branch` takes it."""
    return _broken(GIT_RULES, name)


def name_faults(name: str) -> tuple[NameFault, ...]:
    """Every reason why no branch of this name can be made in Azure DevOps; none when it can."""
    found = git_faults(name) + _broken(MORE_RULES, name)
    over = len(name.encode("utf-16-le", "surrogatepass")) // 2 - NAME_CHARACTERS
    if over <= 0:
        return found
    words = f"Azure DevOps takes names of up to {NAME_CHARACTERS} characters. Shorten it by {over}."
    return (*found, NameFault("too_long", words))


def folders_above(name: str) -> tuple[str, ...]:
    """`a` and `a/b` for `a/b/c`: none of them can be a branch while `a/b/c` is one."""
    parts = name.split("/")
    return tuple("/".join(parts[:count]) for count in range(1, len(parts)))


def find_collision(name: str, branches: Mapping[str, str | None]) -> NameFault | None:
    """What keeps `name` from being a new branch beside `branches` (name to web address): itself, the same in another
    case, a folder that is a branch or a branch that is a folder. None when nothing does.

    Git keeps branches as files. Names that differ in case alone become one on Windows and macOS, and Azure DevOps
    refuses them where its case enforcement is on:
    https://learn.microsoft.com/azure/devops/repos/git/repository-settings
    """
    if name in branches:
        return NameFault("exists", f"There is a branch {name} already.", branches[name])
    folded = name.casefold()
    above = {folder.casefold() for folder in folders_above(name)}
    for other, url in branches.items():
        same = other.casefold()
        if same == folded:
            return NameFault("case", f"There is a branch {other} already; only upper and lower case differ.", url)
        if same in above:
            words = f"{other} is a branch, so it cannot be a folder of branches too. Choose another name."
            return NameFault("folder", words, url)
        if same.startswith(f"{folded}/"):
            words = f"{name} is a folder of branches already, such as {other}. Choose another name."
            return NameFault("folder", words, url)
    return None


def _broken(rules: Sequence[_Rule], name: str) -> tuple[NameFault, ...]:
    return tuple(rule.fault for rule in rules if rule.pattern.search(name))

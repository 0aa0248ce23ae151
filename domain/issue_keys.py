"""Which issue keys a text names.

`explain_keys` tells of every place that looks like a key why it counts or not; `find_keys` is the same answer without
the reasons. Both take linear time, whatever the text.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

# A key may have this many characters before and this many digits after its hyphen: `issueKeys` in
# https://developer.atlassian.com/cloud/jira/software/rest/api-group-development-information/
PROJECT_CHARACTERS = 256
NUMBER_DIGITS = 255

# Names of standards and lists that are written like keys. They are asked only while the real projects are unknown.
NOT_PROJECTS = frozenset({
    "AES", "ANSI", "ASCII", "BCP", "CAPEC", "CVE", "CVSS", "CWE", "DIN", "ECDSA", "ECMA", "FIPS", "GHSA", "GPT", "HMAC",
    "HTTP", "IEC", "IEEE", "ISBN", "ISO", "ISSN", "ITU", "JEP", "JSR", "KOI8", "LATIN", "NIST", "PEP", "PKCS", "RFC",
    "RIPEMD", "RSA", "SHA", "SHA1", "SHA2", "SHA3", "SSL", "TLS", "UCS", "UTF", "WCAG", "WINDOWS", "XSA",
})  # fmt: skip

Rule = Literal["real project", "linked project", "last part before the hyphen", "former key"]
Refusal = Literal[
    "leading zero", "letters after the number", "number too long", "no such project", "project not linked",
    "name of a standard", "underscore needs the list of projects",
]  # fmt: skip

_CHAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
_NUMBER = re.compile(r"-([0-9]++)([A-Za-z\d])?")
_PROJECT = re.compile(r"[A-Z][A-Z0-9_]+")


@dataclass(frozen=True, slots=True)
class KeyRules:
    """What counts as a key on one site for one link; project keys in upper case.

    `projects`: the projects of the site, None when they are not known. `allowed`: those the link may touch, None for
    all. `refused`: those that Jira has answered it does not have; a project in `projects` is never refused.
    `former_projects`: keys that projects had once, to the keys they have now. `moved_issues`: the same of issues.
    """

    projects: frozenset[str] | None = None
    allowed: frozenset[str] | None = None
    refused: frozenset[str] = frozenset()
    former_projects: Mapping[str, str] = field(default_factory=dict)
    moved_issues: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that looks like a key: as written, as Jira has it now, how it was read, and why it does not count."""

    text: str
    key: str
    rule: Rule
    refused: Refusal | None


def find_keys(rules: KeyRules, *texts: object) -> tuple[str, ...]:
    """The keys in `texts`, in upper case, each once, in the order they are first seen. What is not text is passed."""
    return tuple(dict.fromkeys(found.key for found in _candidates(rules, texts) if found.refused is None))


def explain_keys(rules: KeyRules, *texts: object) -> tuple[Candidate, ...]:
    """Every place in `texts` that looks like a key, in order, repeated ones too."""
    return tuple(_candidates(rules, texts))


def _candidates(rules: KeyRules, texts: tuple[object, ...]) -> Iterator[Candidate]:
    for text in texts:
        if not isinstance(text, str):
            continue
        for match in _NUMBER.finditer(text):
            chain = _chain_before(text, match.start())
            readings = _readings(chain.upper())
            if readings:
                yield _judge(rules, chain, readings, match)


def _chain_before(text: str, end: int) -> str:
    """The letters, digits and underscores that stand right before `end`, one more than a key may have at most."""
    window = text[max(0, end - PROJECT_CHARACTERS - 1) : end]
    return window[len(window.rstrip(_CHAIN)) :]


def _readings(chain: str) -> tuple[str, ...]:
    """The project keys a chain can end with, the longest first: A_B_C, B_C, C."""
    starts = [0, *(place + 1 for place, character in enumerate(chain) if character == "_")]
    parts = (chain[start:] for start in starts if len(chain) - start <= PROJECT_CHARACTERS)
    return tuple(part for part in parts if _PROJECT.fullmatch(part))


def _judge(rules: KeyRules, chain: str, readings: tuple[str, ...], match: re.Match[str]) -> Candidate:
    digits, tail = match.groups()
    project, rule, refused = _choose(rules, readings)
    text = chain[len(chain) - len(project) :] + "-" + digits
    key = _present_key(rules, project, digits)
    if key != f"{project}-{digits}":
        rule, refused = "former key", _link_refusal(rules, key.rpartition("-")[0])
    return Candidate(text, key, rule, _number_refusal(digits, tail) or refused)


def _present_key(rules: KeyRules, project: str, digits: str) -> str:
    """The key an issue has now: its project may have another key today, and it may have moved to another project."""
    is_real = rules.projects is not None and project in rules.projects
    present = project if is_real else rules.former_projects.get(project, project)
    return rules.moved_issues.get(f"{present}-{digits}", f"{present}-{digits}")


def _link_refusal(rules: KeyRules, project: str) -> Refusal | None:
    outside = rules.allowed is not None and project not in rules.allowed
    return "project not linked" if outside else None


def _number_refusal(digits: str, tail: str | None) -> Refusal | None:
    if tail is not None:
        return "letters after the number"
    if digits.startswith("0"):  # Jira starts at 1 and never pads
        return "leading zero"
    return "number too long" if len(digits) > NUMBER_DIGITS else None


def _choose(rules: KeyRules, readings: tuple[str, ...]) -> tuple[str, Rule, Refusal | None]:
    """The project key meant, by which rule, and why it does not count."""
    if rules.projects is not None:
        return _choose_real(rules, rules.projects, readings)
    if rules.allowed is not None:
        return _choose_linked(rules, rules.allowed, readings)
    return _choose_last(rules, readings[-1])


def _choose_real(rules: KeyRules, real: frozenset[str], readings: tuple[str, ...]) -> tuple[str, Rule, Refusal | None]:
    project = next((reading for reading in readings if reading in real or reading in rules.former_projects), None)
    if project is None:
        return readings[-1], "real project", "no such project"
    return project, "real project", _link_refusal(rules, project)


def _choose_linked(
    rules: KeyRules, allowed: frozenset[str], readings: tuple[str, ...]
) -> tuple[str, Rule, Refusal | None]:
    project = next((reading for reading in readings if reading in allowed), None)
    if project is None:
        return readings[-1], "linked project", "project not linked"
    return project, "linked project", "no such project" if project in rules.refused else None


def _choose_last(rules: KeyRules, project: str) -> tuple[str, Rule, Refusal | None]:
    """Without any list an underscore is an edge, as in atlassian/github-for-jira: feature_JRA-1 means JRA-1."""
    rule: Rule = "last part before the hyphen"
    if "_" in project:
        return project, rule, "underscore needs the list of projects"
    if project in NOT_PROJECTS:
        return project, rule, "name of a standard"
    return project, rule, "no such project" if project in rules.refused else None

"""Templates of branch names: what an administrator may write, so that every branch made of it links itself."""

import re

from domain.branch_names import name_faults
from domain.issue_keys import KeyRules, find_keys

TEMPLATE_CHARACTERS = 100  # what is left of a name of 200 is for the summary
PLACEHOLDERS = ("{key}", "{summary}", "{type}", "{project}")
_PLACEHOLDER = re.compile(r"\{(\w*)\}")
_SAMPLE = {"key": "SHOP-1", "summary": "round-prices", "type": "task", "project": "SHOP"}
_RULES = KeyRules(projects=frozenset({"SHOP"}))


def template_fault(template: str) -> str | None:
    """What is wrong with a template, as a sentence with what is allowed; None when nothing is."""
    unknown = [name for name in _PLACEHOLDER.findall(template) if name not in _SAMPLE]
    if unknown:
        return f"{{{unknown[0]}}} is no placeholder; there are {', '.join(PLACEHOLDERS)}"
    if "{key}" not in template:
        return "{key} must be in it: without the issue key a branch links to nothing"
    filled = _PLACEHOLDER.sub(lambda found: _SAMPLE[found.group(1)], template)
    if name_faults(filled) or "{" in filled or "}" in filled:
        return "Git allows no branch of such a name; use letters, digits and - _ . / around the placeholders"
    if find_keys(_RULES, filled) != ("SHOP-1",):
        return "{key} must stand apart, as in feature/{key}-{summary}: letters or digits beside it hide the key"
    return None

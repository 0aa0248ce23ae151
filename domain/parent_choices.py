"""Which issue becomes the parent: the nearest work item above whose type is one level higher in Jira.

Jira takes no other parent: https://support.atlassian.com/jira-cloud-administration/docs/configure-the-issue-type-hierarchy/
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from domain.draft_records import Ancestor
from domain.jira_limits import cut_text
from domain.mapping_records import Mapping as WorkMapping
from domain.target_sites import TargetProject

OUT_OF_SCOPE, NO_ISSUE, CIRCULAR = "parent_out_of_scope", "parent_missing", "parent_circular"
COLLAPSED = "hierarchy_collapsed"
TITLE_CHARACTERS = 100  # of a title in a label; ours
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class ParentChoice:
    """`passed`: work items on the way up that cannot be a parent here, the nearest first; they become labels.

    `code` says why there is no parent; '' when there is one, or the work item has nothing above it.
    """

    parent: Ancestor | None = None
    passed: tuple[Ancestor, ...] = ()
    code: str = ""


def choose_parent(
    type_name: str,
    parent_id: int | None,
    ancestors: Mapping[int, Ancestor],
    mapping: WorkMapping,
    target: TargetProject,
) -> ParentChoice:
    """Go up from `parent_id`. One of the right level that has no issue ends the search: what it lacks can be mended,
    and then the next run of it finds the parent.
    """
    wanted = (level_of(type_name, mapping, target) or 0) + 1
    passed: list[Ancestor] = []
    above = parent_id
    while above is not None:
        found = ancestors.get(above)
        if found is None:
            return ParentChoice(None, tuple(passed), OUT_OF_SCOPE)
        if found in passed:
            return ParentChoice(None, tuple(passed), CIRCULAR)
        if level_of(found.type, mapping, target) == wanted:
            is_there = found.issue is not None or found.planned
            return ParentChoice(found if is_there else None, tuple(passed), "" if is_there else NO_ISSUE)
        passed.append(found)
        above = found.parent
    return ParentChoice(None, tuple(passed), COLLAPSED if passed else "")


def level_of(type_name: str, mapping: WorkMapping, target: TargetProject) -> int | None:
    """Jira's level of what a work item type becomes; None when it becomes nothing."""
    type_id = mapping.type_target(type_name)
    found = target.type_of(type_id) if type_id else None
    return found.level if found else None


def ancestor_label(ancestor: Ancestor) -> str:
    """`ado-epic:checkout-flow-4711`. The number keeps two of one title apart."""
    kind = _dashed(ancestor.type).lower()
    title = cut_text(_dashed(ancestor.title), TITLE_CHARACTERS).strip("-")
    return f"ado-{kind}:{title}-{ancestor.id}" if title else f"ado-{kind}:{ancestor.id}"


def _dashed(text: str) -> str:
    return _BLANKS.sub("-", text.strip())

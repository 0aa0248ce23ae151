"""Where an issue belongs: its parent is the nearest work item above whose issue is one level higher in Jira.

Jira takes no other parent: https://support.atlassian.com/jira-cloud-administration/docs/configure-the-issue-type-hierarchy/
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.draft_records import Ancestor
from domain.jira_limits import cut_text
from domain.mapping_records import Mapping as WorkMapping
from domain.target_sites import TargetProject, TargetType

OUT_OF_SCOPE, NO_ISSUE, CIRCULAR = "parent_out_of_scope", "parent_missing", "parent_circular"
COLLAPSED = "hierarchy_collapsed"
SUB_TASK = -1  # the level of types that need a parent
TITLE_CHARACTERS = 100  # of a title in a label; ours
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class ParentChoice:
    """`type`: the issue type of the work item, None when it becomes nothing. `parent`: the work item whose issue is the
    parent. `passed`: work items on the way up that cannot be a parent here, the nearest first; they become labels.

    `code` says why there is no parent to name: NO_ISSUE when `parent` has no issue yet; '' where nothing is above.
    """

    type: TargetType | None = None
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
    """What a work item of this type becomes below the work item `parent_id`. The answer is the same before and after
    the parent has its issue, but for `code`.
    """
    family = _Family(ancestors, mapping, target)
    for above in reversed(family.chain(parent_id)):  # from the top, so that each step looks one step up
        family.type_above(above, frozenset({above.id}))
    return family.place(type_name, parent_id, frozenset())


@dataclass(frozen=True, slots=True)
class _Family:
    """`types`: of the work items above, as far as they were found out; None for those that become nothing."""

    ancestors: Mapping[int, Ancestor]
    mapping: WorkMapping
    target: TargetProject
    types: dict[int, TargetType | None] = field(default_factory=dict)

    def chain(self, parent_id: int | None) -> list[Ancestor]:
        """The work items above, the nearest first, each once."""
        found: dict[int, Ancestor] = {}
        while parent_id is not None and parent_id in self.ancestors and parent_id not in found:
            found[parent_id] = self.ancestors[parent_id]
            parent_id = found[parent_id].parent
        return list(found.values())

    def place(self, type_name: str, parent_id: int | None, below: frozenset[int]) -> ParentChoice:
        """`below`: the work items that lead here, so that a circle ends."""
        usual, other = self._types_of(type_name)
        if usual is None:
            return ParentChoice()
        found = self._climb(usual, parent_id, below)
        if usual.level != SUB_TASK or found.parent is not None or other is None:
            return found
        type_ = self.target.type_of(other)
        return self._climb(type_, parent_id, below) if type_ else ParentChoice()

    def _climb(self, type_: TargetType, parent_id: int | None, below: frozenset[int]) -> ParentChoice:
        passed: list[Ancestor] = []
        while parent_id is not None:
            found = self.ancestors.get(parent_id)
            if found is None:
                return ParentChoice(type_, None, tuple(passed), OUT_OF_SCOPE)
            if parent_id in below:
                return ParentChoice(type_, None, tuple(passed), CIRCULAR)
            below |= {parent_id}
            above = self.type_above(found, below)
            if above is not None and above.level == type_.level + 1:
                is_there = found.issue is not None or found.planned
                return ParentChoice(type_, found, tuple(passed), "" if is_there else NO_ISSUE)
            passed.append(found)
            parent_id = found.parent
        return ParentChoice(type_, None, tuple(passed), COLLAPSED if passed else "")

    def type_above(self, above: Ancestor, below: frozenset[int]) -> TargetType | None:
        """The type of an ancestor. Only one that may be a sub-task has to look further up."""
        if above.id not in self.types:
            usual, other = self._types_of(above.type)
            is_open = usual is not None and usual.level == SUB_TASK and other is not None
            self.types[above.id] = self.place(above.type, above.parent, below).type if is_open else usual
        return self.types[above.id]

    def _types_of(self, type_name: str) -> tuple[TargetType | None, str | None]:
        """The issue type of a work item type, and the id of the one for those without a parent."""
        row = next((found for found in self.mapping.types if found.source == type_name), None)
        usual = self.target.type_of(row.target) if row and row.target else None
        return usual, row.without_parent if row else None


def ancestor_label(ancestor: Ancestor) -> str:
    """`ado-epic:checkout-flow-4711`. The number keeps two of one title apart."""
    kind = _dashed(ancestor.type).lower()
    title = cut_text(_dashed(ancestor.title), TITLE_CHARACTERS).strip("-")
    return f"ado-{kind}:{title}-{ancestor.id}" if title else f"ado-{kind}:{ancestor.id}"


def _dashed(text: str) -> str:
    return _BLANKS.sub("-", text.strip())

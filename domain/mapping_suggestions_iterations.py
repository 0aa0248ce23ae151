"""Which sprint an iteration becomes: one of the board that has its name or its days, else a new one.

https://learn.microsoft.com/azure/devops/organizations/settings/about-areas-iterations
https://support.atlassian.com/jira-software-cloud/docs/what-is-a-sprint/
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from domain.mapping_records import IterationRow
from domain.scan_reports import ScanReport
from domain.sprint_names import fold_sprint, name_sprints
from domain.target_sites import TargetProject, TargetSprint
from domain.work_items import TreeNode

DAY_OFF = 1  # days between the same days: a sprint begins at some hour of some time zone
MOST_SHARED = 0.5  # of the days of both, from which on two numbers that are alike mean one sprint
LEAST = 0.5  # what a match must be worth
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class SprintMatch:
    sprint: TargetSprint
    confidence: float
    reason: str


def suggest_iterations(report: ScanReport, target: TargetProject) -> tuple[IterationRow, ...]:
    """A row for each iteration of the tree, and for those that only work items still name."""
    nodes = list_nodes(report.iterations, report.iteration_items)
    used = [node for node in nodes if report.iteration_items.get(node.path) and "\\" in node.path]
    matches = match_sprints(used, target) if target.has_sprints else {}
    fresh = [node.path for node in used if node.path not in matches]
    names = name_sprints(fresh, [sprint.name for sprint in target.sprints])
    return tuple(_suggest_iteration(node, report, target, matches.get(node.path), names) for node in nodes)


def list_nodes(nodes: Iterable[TreeNode], counts: Mapping[str, int]) -> tuple[TreeNode, ...]:
    """The nodes of a tree, and those that are not in it any more."""
    known = tuple(nodes)
    paths = {node.path for node in known}
    return (*known, *(TreeNode(path, path.rpartition("\\")[2]) for path in counts if path and path not in paths))


def match_sprints(nodes: Iterable[TreeNode], target: TargetProject) -> dict[str, SprintMatch]:
    """Sprints of the board by path of iteration, each once, the surest first. Closed ones take no issues any more."""
    open_sprints = [sprint for sprint in target.sprints if sprint.state != "closed"]
    tried = [(node.path, match) for node in nodes for sprint in open_sprints if (match := match_sprint(node, sprint))]
    found: dict[str, SprintMatch] = {}
    taken: set[int] = set()
    for path, match in sorted(tried, key=lambda one: -one[1].confidence):
        if path not in found and match.sprint.id not in taken:
            found[path] = match
            taken.add(match.sprint.id)
    return found


def match_sprint(node: TreeNode, sprint: TargetSprint) -> SprintMatch | None:
    """Whether they are the same, by name and days; None when nothing speaks for it."""
    is_named = fold_sprint(sprint.name) in {fold_sprint(node.name), fold_sprint(path_words(node.path))}
    shared = shared_days(node, sprint)
    numbers = _NUMBER.findall(node.name), _NUMBER.findall(sprint.name)
    is_alike = bool(numbers[0]) and numbers[0] == numbers[1]
    found: tuple[float, str] | None = None
    if is_named and shared is None:
        found = (0.9, "Same name.")
    elif is_named and (shared or 0) > 0:
        found = (1.0, "Same name, same days.") if shared == 1 else (0.8, "Same name, and days in common.")
    elif shared == 1:
        found = (0.9, "Same days, and the same number.") if is_alike else (0.7, "Same days; look at the name.")
    elif is_alike and (shared or 0) >= MOST_SHARED:
        found = (0.6, "Same number, and most days in common; look at both.")
    return SprintMatch(sprint, *found) if found and found[0] >= LEAST else None


def shared_days(node: TreeNode, sprint: TargetSprint) -> float | None:
    """The part of all their days that they have in common, 1.0 for the same days; None where days are not known."""
    if not (node.start and node.finish and sprint.start and sprint.finish):
        return None
    mine = date.fromisoformat(node.start), date.fromisoformat(node.finish)
    theirs = date.fromisoformat(sprint.start), date.fromisoformat(sprint.finish)
    if all(abs((one - other).days) <= DAY_OFF for one, other in zip(mine, theirs, strict=True)):
        return 1.0
    common = (min(mine[1], theirs[1]) - max(mine[0], theirs[0])).days + 1
    whole = (max(mine[1], theirs[1]) - min(mine[0], theirs[0])).days + 1
    return max(common, 0) / whole


def path_words(path: str) -> str:
    """The path below the project as people write it: `Q1 / Sprint 1`."""
    return " / ".join(path.split("\\")[1:])


def _suggest_iteration(
    node: TreeNode, report: ScanReport, target: TargetProject, match: SprintMatch | None, names: Mapping[str, str]
) -> IterationRow:
    count = report.iteration_items.get(node.path, 0)
    if "\\" not in node.path:
        return IterationRow(node.path, "none", confidence=1.0, reason="It is no iteration: these are in the backlog.")
    if not count:
        return IterationRow(node.path, "none", confidence=1.0, reason="No work item is in it.")
    if not target.has_sprints:
        reason = "The board has no sprints." if target.board_id else "The migration has no board with sprints."
        return IterationRow(node.path, "none", confidence=0.5, reason=reason)
    if match is not None:
        return IterationRow(
            node.path, "existing", match.sprint.id, confidence=match.confidence, reason=match.reason
        )  # fmt: skip
    has_days = bool(node.start and node.finish)
    confidence = 0.9 if has_days else 0.7
    reason = f"{count:,} work items{'' if has_days else '; it has no days'}."
    days = (node.start, node.finish) if has_days else (None, None)
    return IterationRow(node.path, "new", None, names[node.path], *days, confidence, reason)

"""Which component an area becomes: leaves first, small ones are taken into the area above.

https://learn.microsoft.com/azure/devops/organizations/settings/about-areas-iterations
https://support.atlassian.com/jira-software-cloud/docs/what-are-components/
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from domain.issue_parts import COMPONENTS_FIELD
from domain.jira_limits import cut_text
from domain.mapping_records import AreaRow
from domain.mapping_suggestions_iterations import list_nodes, path_words
from domain.name_matching import find_named, fold_name
from domain.scan_reports import ScanReport
from domain.target_sites import TargetProject
from domain.work_items import TreeNode

FEW = 5  # work items; with fewer an area below the first level is no component of its own
NAME_CHARACTERS = 255


def suggest_areas(report: ScanReport, target: TargetProject) -> tuple[AreaRow, ...]:
    """A row for each area of the tree, and for those that only work items still name."""
    nodes = list_nodes(report.areas, report.area_items)
    if not any(type_.find_field(COMPONENTS_FIELD) for type_ in target.types):
        reason = "The project's issues have no components."
        return tuple(AreaRow(node.path, "none", confidence=0.8, reason=reason) for node in nodes)
    totals, taken = carry_upward(nodes, report.area_items)
    chosen = [node for node in nodes if "\\" in node.path and totals[node.path] and node.path not in taken]
    names = name_components(chosen)
    return tuple(_suggest_area(node, target, totals[node.path], names, is_taken=node.path in taken) for node in nodes)


def carry_upward(nodes: Iterable[TreeNode], counts: Mapping[str, int]) -> tuple[dict[str, int], frozenset[str]]:
    """Work items of each area with those of the small ones below it, and which areas are taken into the one above."""
    totals = {node.path: counts.get(node.path, 0) for node in nodes}
    taken = set()
    for path in sorted(totals, key=lambda path: -path.count("\\")):
        above = path.rpartition("\\")[0]
        if 0 < totals[path] < FEW and "\\" in above and above in totals:
            totals[above] += totals[path]
            taken.add(path)
    return totals, frozenset(taken)


def name_components(nodes: Iterable[TreeNode]) -> dict[str, str]:
    """The last part of the path where no other component is called so, else the whole path."""
    listed = list(nodes)
    counts = Counter(fold_name(node.name) for node in listed)
    words = {node.path: node.name if counts[fold_name(node.name)] == 1 else path_words(node.path) for node in listed}
    return {path: cut_text(name, NAME_CHARACTERS) for path, name in words.items()}


def _suggest_area(
    node: TreeNode, target: TargetProject, total: int, names: Mapping[str, str], *, is_taken: bool
) -> AreaRow:
    if "\\" not in node.path:
        return AreaRow(node.path, "none", confidence=1.0, reason="It is the whole project.")
    if not total:
        return AreaRow(node.path, "none", confidence=1.0, reason="No work item is in it.")
    if is_taken:
        return AreaRow(node.path, "parent", confidence=0.7, reason=f"Only {total:,} work items: to the area above.")
    name = names[node.path]
    same = find_named((name, path_words(node.path)), target.components)
    if same:
        return AreaRow(node.path, "existing", same[1], confidence=1.0, reason="Same name.")
    return AreaRow(node.path, "new", None, name, 0.9, f"{total:,} work items.")

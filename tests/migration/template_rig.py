"""Every process template of the stand-in Azure DevOps as a scan tells of it, and mappings in words for people."""

from collections.abc import Iterable
from collections.abc import Mapping as Names
from typing import cast

from domain.mapping_records import FieldRow, Mapping, StateRow
from domain.scan_reports import FieldUse, FileCount, ScanReport, TypeCount
from domain.target_sites import TargetProject, TargetType
from domain.work_items import (
    ARTIFACT,
    HYPERLINK,
    SourceProject,
    StateCategory,
    TreeNode,
    WorkItemField,
    WorkItemState,
    WorkItemType,
)
from sandbox.wit_fields import all_fields, allowed_values, is_limited
from sandbox.wit_process import Process
from sandbox.wit_relations import LINK_TYPES
from sandbox.wit_templates import load_processes

EACH = 12  # work items of a type
TESTS = frozenset({"Test Case", "Test Plan", "Test Suite", "Shared Steps", "Shared Parameter"})
AREAS = ("Webshop", "Webshop\\Checkout", "Webshop\\Checkout\\Cards", "Webshop\\Shipping")
ITERATIONS = (
    TreeNode("Webshop", "Webshop"),
    TreeNode("Webshop\\Q1", "Q1"),
    TreeNode("Webshop\\Q1\\Sprint 1", "Sprint 1", "2026-01-05", "2026-01-18"),
    TreeNode("Webshop\\Q2\\Sprint 1", "Sprint 1", "2026-04-06", "2026-04-19"),
    TreeNode("Webshop\\Someday", "Someday"),
)


def source_of(template: str) -> SourceProject:
    process = load_processes()[template]
    levels = levels_of(process)
    types = tuple(
        WorkItemType(
            kind.name,
            tuple(WorkItemState(state.name, cast("StateCategory", state.category)) for state in kind.states),
            kind.fields, levels.get(kind.name), kind.name in TESTS,
        )
        for kind in process.types.values()
    )  # fmt: skip
    used = process.field_refs()
    fields = tuple(
        WorkItemField(
            spec.ref, spec.name, spec.type, spec.identity, spec.picklist is not None,
            tuple(allowed_values(spec)) if is_limited(spec) else (),
        )
        for ref, spec in all_fields().items()
        if ref in used
    )  # fmt: skip
    return SourceProject("guid", "Webshop", types, fields)


def levels_of(process: Process) -> dict[str, int]:
    """As the backlog configuration tells them: tasks -1, requirements 0, above that 1, 2."""
    portfolios = sorted((one for one in process.backlogs if one.kind == "portfolio"), key=lambda one: one.rank)
    steps = {one.id: step for step, one in enumerate(portfolios, 1)}
    fixed = {"task": -1, "requirement": 0}
    return {name: fixed.get(one.kind, steps.get(one.id, 0)) for one in process.backlogs for name in one.types}


def report_of(source: SourceProject) -> ScanReport:
    """A dozen work items of every type, each field filled, each below the level above it."""
    types = tuple(
        TypeCount(
            kind.name, EACH, {state.name: 1 for state in kind.states}, dict.fromkeys(kind.fields, EACH),
            parents_of(kind, source.types),
        )
        for kind in source.types
    )  # fmt: skip
    filled = {field.name: sum(count.filled.get(field.name, 0) for count in types) for field in source.fields}
    fields = tuple(
        FieldUse(field.name, field.label, field.kind, filled[field.name], values_of(field)) for field in source.fields
    )
    links = {one.ref + ("" if one.topology == "network" else "-Forward"): 3 for one in LINK_TYPES}
    return ScanReport(
        items=EACH * len(types), types=types, fields=fields,
        areas=tuple(TreeNode(path, path.rpartition("\\")[2]) for path in AREAS),
        area_items={"Webshop": 5, "Webshop\\Checkout\\Cards": 3, "Webshop\\Checkout": 9, "Webshop\\Shipping": 6},
        iterations=ITERATIONS,
        iteration_items={"Webshop": 20, "Webshop\\Q1\\Sprint 1": 9, "Webshop\\Q2\\Sprint 1": 8, "Webshop\\Someday": 2},
        people={"guid-1": 9, "guid-2": 3, "guid-3": 1},
        links=links | {HYPERLINK: 1, ARTIFACT: 2}, files=FileCount(1, 10, ((1, 10),)),
    )  # fmt: skip


def parents_of(kind: WorkItemType, types: Iterable[WorkItemType]) -> dict[str, int]:
    if kind.is_test:
        return {"": EACH}
    level = 0 if kind.level is None else kind.level
    above = next((one.name for one in types if one.level == level + 1), "")
    return {above: EACH - 2, "": 2} if above else {"": EACH}


def values_of(field: WorkItemField) -> dict[str, int]:
    if field.kind == "boolean":
        return {"true": 2, "false": 1}
    return dict.fromkeys(field.values, 2)


def words_of(mapping: Mapping, target: TargetProject) -> str:
    """The whole mapping, one row a line, ids by their names: what a golden file holds."""
    lines = [f"plan: {mapping.plan}", "", "types"]
    lines += [
        f"  {row.source} > {type_name(target, row.target)}{instead(target, row.without_parent)} {sure(row.confidence)}"
        for row in mapping.types
    ]
    lines += ["", "fields", *(f"  {field_words(row, target)}" for row in mapping.fields)]
    lines += ["", "states", *state_words(mapping.states, target, mapping)]
    lines += ["", "priorities"]
    lines += [
        f"  {row.source} > {name_of(target.priorities, row.target)} {sure(row.confidence)}"
        for row in mapping.priorities
    ]
    lines += ["", "iterations"]
    lines += [
        join(row.source, ">", row.action, row.name, row.start, row.finish, sure(row.confidence))
        for row in mapping.iterations
    ]
    lines += ["", "areas"]
    lines += [join(row.source, ">", row.action, row.name, sure(row.confidence)) for row in mapping.areas]
    lines += ["", "people", *(f"  {row.source} > {row.target} {sure(row.confidence)}" for row in mapping.people)]
    kinds = {one.id: one.name for one in target.link_types}
    lines += ["", "links"]
    lines += [
        join(row.source, ">", kinds.get(row.target or "", row.target), "swapped" * row.swap, sure(row.confidence))
        for row in mapping.links
    ]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def join(*words: str | None) -> str:
    return "  " + " ".join(word for word in words if word)


def sure(confidence: float) -> str:
    return f"({confidence:.2f})"


def type_name(target: TargetProject, type_id: str | None) -> str:
    found = target.type_of(type_id) if type_id else None
    return found.name if found else "-"


def instead(target: TargetProject, type_id: str | None) -> str:
    return f", without a parent {type_name(target, type_id)}" if type_id else ""


def field_words(row: FieldRow, target: TargetProject) -> str:
    fields = {field.id: field.name for type_ in target.types for field in type_.fields}
    types = f" [{', '.join(row.types)}]" if row.types else ""
    values = f" {len(row.values)} values" if row.values else ""
    return f"{row.source}{types} > {fields.get(row.target or '', '-')}: {row.rule}{values} {sure(row.confidence)}"


def state_words(rows: Iterable[StateRow], target: TargetProject, mapping: Mapping) -> list[str]:
    """All states of a type in one line."""
    found: dict[str, list[str]] = {}
    for row in rows:
        type_: TargetType | None = target.type_of(mapping.type_target(row.type) or "")
        status = type_.find_status(row.target) if type_ and row.target else None
        found.setdefault(row.type, []).append(f"{row.source} > {status.name if status else '-'} {sure(row.confidence)}")
    return [f"  {name}: {'; '.join(words)}" for name, words in found.items()]


def name_of(ids: Names[str, str], wanted: str | None) -> str:
    return next((name for name, found in ids.items() if found == wanted), "-")

"""The mapping as a document of JSON values, in and out, and what differs between two. Names are those of the records in
camelCase; every table is a list of rows.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from domain.document_values import (
    Slot,
    optional,
    read_day,
    read_flag,
    read_number,
    read_pairs,
    read_share,
    read_slots,
    read_text,
    read_texts,
    read_word,
    read_words,
)
from domain.errors import BadInput, Fault
from domain.hierarchy_plans import HierarchyPlan
from domain.mapping_records import (
    AreaAction,
    AreaRow,
    FieldRow,
    FieldRule,
    IterationAction,
    IterationRow,
    LinkRow,
    PlanName,
    StateRow,
    TypeRow,
    ValueRow,
)
from domain.mapping_records import Mapping as WorkMapping
from domain.problem_codes import KINDS
from domain.records import Json
from domain.scan_documents import camel
from domain.sprint_names import NAME_CHARACTERS, fit_name

MOST_ROWS = 50_000  # of one table
COMPONENT_CHARACTERS = 255
PLANS_KEY = "plans"  # what a suggestion tells beside the mapping; read and left out
OPINIONS = frozenset({"confidence", "reason"})  # no difference between two mappings

SURE = {"confidence": Slot(read_share, 1.0), "reason": Slot(read_words, "")}
SOURCE, TARGET = {"source": Slot(read_text)}, {"target": Slot(optional(read_text))}
ROWS: Mapping[str, tuple[Callable[..., Any], Mapping[str, Slot]]] = {
    "types": (TypeRow, SOURCE | TARGET | {"withoutParent": Slot(optional(read_text), None)} | SURE),
    "fields": (
        FieldRow,
        SOURCE
        | TARGET
        | {
            "rule": Slot(read_word(*get_args(FieldRule))),
            "types": Slot(read_texts, ()),
            "values": Slot(read_pairs, ()),
        }
        | SURE,
    ),
    "states": (StateRow, {"type": Slot(read_text)} | SOURCE | TARGET | SURE),
    "priorities": (ValueRow, SOURCE | TARGET | SURE),
    "iterations": (
        IterationRow,
        SOURCE
        | {
            "action": Slot(read_word(*get_args(IterationAction))),
            "sprint": Slot(optional(read_number), None),
            "name": Slot(read_words, ""),
            "start": Slot(optional(read_day), None),
            "finish": Slot(optional(read_day), None),
        }
        | SURE,
    ),
    "areas": (
        AreaRow,
        SOURCE
        | {
            "action": Slot(read_word(*get_args(AreaAction))),
            "component": Slot(optional(read_text), None),
            "name": Slot(read_words, ""),
        }
        | SURE,
    ),
    "people": (ValueRow, SOURCE | TARGET | SURE),
    "links": (LinkRow, SOURCE | TARGET | {"swap": Slot(read_flag, False)} | SURE),
}


def _read_waivers(value: object) -> tuple[str, ...]:
    """Codes of problems; a code that no problem has would accept nothing, and nobody would see that."""
    return tuple(read_word(*KINDS)(code) for code in read_texts(value))


# entries that are no tables
SINGLES: Mapping[str, Slot] = {
    "plan": Slot(read_word(*get_args(PlanName))),
    "tagsToLabels": Slot(read_flag, True),
    "extraLabels": Slot(read_texts, ()),
    "waivers": Slot(_read_waivers, ()),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """`section` is a table or a single entry, `source` the row of it; both sides as in the document."""

    section: str
    source: str
    change: Literal["added", "removed", "changed"]
    before: Json | None
    after: Json | None


def read_mapping(document: object) -> WorkMapping:
    """The mapping of a document. Raises BadInput with every fault at once, each with its JSON pointer."""
    faults: list[Fault] = []
    found = read_slots(document, SINGLES, "", faults, ignored=(*ROWS, PLANS_KEY))
    tables = document if isinstance(document, Mapping) else {}
    values = {name: _read_rows(name, tables.get(name, []), faults) for name in ROWS}
    if faults:
        words = "One value of the mapping is" if len(faults) == 1 else f"{len(faults):,} values of the mapping are"
        raise BadInput(f"{words} not allowed. {faults[0].pointer}: {faults[0].detail}", tuple(faults))
    return WorkMapping(**{_snake(name): value for name, value in (found | values).items()})


def write_mapping(mapping: WorkMapping, plans: Sequence[HierarchyPlan] = ()) -> dict[str, Any]:
    """The document of a mapping; with what plans lose, for a suggestion."""
    document = _write_record(mapping)
    return document | {PLANS_KEY: [_write_plan(plan) for plan in plans]} if plans else document


def diff_mappings(old: WorkMapping, new: WorkMapping) -> tuple[Difference, ...]:
    """What another mapping makes of the same things, in the order of the document. How sure a row is does not count."""
    before, after = write_mapping(old), write_mapping(new)
    singles = (
        Difference(name, "", "changed", {name: before[name]}, {name: after[name]})
        for name in SINGLES
        if before[name] != after[name]
    )
    rows = (found for name in ROWS for found in _diff_rows(name, before[name], after[name]))
    return (*singles, *rows)


def _read_rows(name: str, listed: object, faults: list[Fault]) -> tuple[Any, ...]:
    record, slots = ROWS[name]
    if not isinstance(listed, list) or len(listed) > MOST_ROWS:
        faults.append(Fault(f"/{name}", f"Enter a list of at most {MOST_ROWS:,} rows."))
        return ()
    rows, seen = [], set[object]()
    for number, entry in enumerate(listed):
        place, known = f"/{name}/{number}", len(faults)
        values = read_slots(entry, slots, place, faults)
        if len(faults) > known:
            continue
        row = record(**{_snake(word): value for word, value in values.items()})
        faults += [Fault(place + where, detail) for where, detail in JUDGES.get(name, _no_faults)(row)]
        key = _key_of(name, values)
        if key in seen:
            faults.append(Fault(place, "Another row is for the same. Take one of them out."))
        seen.add(key)
        rows.append(row)
    return tuple(rows)


def _no_faults(_row: object) -> list[tuple[str, str]]:
    return []


def _judge_field(row: FieldRow) -> list[tuple[str, str]]:
    if row.target is None and row.rule not in ("drop", "section"):
        return [("/target", f"The rule {row.rule} needs a field. Enter its id, or choose the rule drop.")]
    return []


def _judge_iteration(row: IterationRow) -> list[tuple[str, str]]:
    found = []
    if row.action == "existing" and row.sprint is None:
        found.append(("/sprint", "Enter the id of the sprint, or choose the action new."))
    if row.action == "new" and (not row.name.strip() or fit_name(row.name) != row.name):
        found.append(("/name", f"Enter a name of 1 to {NAME_CHARACTERS} characters for the new sprint."))
    if (row.start is None) != (row.finish is None):
        found.append(("/start", "Enter both days of a sprint, or none of them."))
    elif row.start and row.finish and row.start > row.finish:
        found.append(("/finish", "The sprint ends before it starts."))
    return found


def _judge_area(row: AreaRow) -> list[tuple[str, str]]:
    if row.action == "existing" and row.component is None:
        return [("/component", "Enter the id of the component, or choose the action new.")]
    if row.action == "new" and not 0 < len(row.name.strip()) <= COMPONENT_CHARACTERS:
        return [("/name", f"Enter a name of 1 to {COMPONENT_CHARACTERS} characters for the new component.")]
    return []


JUDGES: Mapping[str, Callable[[Any], list[tuple[str, str]]]] = {
    "fields": _judge_field,
    "iterations": _judge_iteration,
    "areas": _judge_area,
}


def _diff_rows(section: str, before: list[Json], after: list[Json]) -> list[Difference]:
    old, new = ({_key_of(section, row): _facts(row) for row in rows} for rows in (before, after))
    found = []
    for key, row in (old | new).items():
        was, becomes = old.get(key), new.get(key)
        if was != becomes:
            change: Literal["added", "removed", "changed"] = "changed"
            if was is None or becomes is None:
                change = "added" if was is None else "removed"
            found.append(Difference(section, str(row["source"]), change, was, becomes))
    return found


def _key_of(section: str, row: Json) -> tuple[object, ...]:
    """What there can be one row for."""
    if section == "fields":
        return (row["source"], row["target"], tuple(row["types"]))
    return (row.get("type"), row["source"])


def _facts(row: Json) -> Json:
    return {name: value for name, value in row.items() if name not in OPINIONS}


def _write_plan(plan: HierarchyPlan) -> Json:
    return {name: value for name, value in _write_record(plan).items() if name != "types"}


def _write_record(record: Any) -> dict[str, Any]:
    return {camel(field.name): _write_value(field.name, getattr(record, field.name)) for field in fields(record)}


def _write_value(name: str, value: Any) -> Any:
    if name == "values":
        return dict(value)
    if isinstance(value, tuple):
        return [entry if isinstance(entry, str) else _write_record(entry) for entry in value]
    return value


def _snake(name: str) -> str:
    """A name of a document as the records spell it: `withoutParent` is `without_parent`."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)

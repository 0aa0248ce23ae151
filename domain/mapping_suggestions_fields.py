"""Which field of Jira takes which of Azure DevOps: by what it is for, by name and kind, by values, by how often it is
filled. Fields that have tables of their own (state, area, iteration, tags) have no row.

https://learn.microsoft.com/azure/devops/boards/work-items/guidance/work-item-field
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from domain.issue_sheet import DESCRIPTION_FIELD
from domain.mapping_records import FieldRow, FieldRule, TypeRow
from domain.mapping_suggestions_kinds import FITS, listed_values, match_values, source_class, target_class
from domain.name_matching import fold_name, group_of
from domain.scan_reports import FieldUse, ScanReport
from domain.target_sites import TargetField, TargetProject
from domain.work_items import DESCRIPTION, PRIORITY, TITLE, SourceProject

COMMON, PLAN, TEST, CMMI = (
    "Microsoft.VSTS.Common.", "Microsoft.VSTS.Scheduling.", "Microsoft.VSTS.TCM.", "Microsoft.VSTS.CMMI.",
)  # fmt: skip
STORY_POINTS, STEPS = PLAN + "StoryPoints", TEST + "Steps"
# told by tables of their own, by links, or nothing that a person wrote
HANDLED = frozenset(
    f"System.{name}"
    for name in (
        "Id", "Rev", "TeamProject", "WorkItemType", "State", "AreaPath", "AreaId", "IterationPath", "IterationId",
        "NodeName", "Tags", "Parent", "History", "CommentCount", "RelatedLinkCount", "HyperLinkCount",
        "AttachedFileCount", "ExternalLinkCount", "RemoteLinkCount", "Watermark", "PersonId", "AuthorizedDate",
        "AuthorizedAs", "RevisedDate", "IsDeleted", *(f"{tree}Level{n}" for tree in ("Area", "Iteration")
        for n in range(1, 15)),
    )
)  # fmt: skip
# id of a system field that is for the same; before any field of the same name
FIXED: Mapping[str, str] = {
    TITLE: "summary",
    DESCRIPTION: "description",
    PRIORITY: "priority",
    "System.AssignedTo": "assignee",
    "System.CreatedBy": "reporter",
    TEST + "SystemInfo": "environment",
    PLAN + "DueDate": "duedate",
}
# after fields of the same name
LATER: Mapping[str, str] = {
    PLAN + "TargetDate": "duedate",
    PLAN + "FinishDate": "duedate",
    CMMI + "TargetResolveDate": "duedate",
}
ESTIMATES = (STORY_POINTS, PLAN + "Effort", PLAN + "Size")
ESTIMATE_WORDS = ("Story Points", "Story point estimate")
CALLED = (
    ("Found In", "Found in build", "Found in version"),
    ("Integration Build", "Integrated in build", "Fixed in build"),
    ("Start Date", "Target start", "Planned start"),
    ("Finish Date", "End date", "Target end", "Planned end"),
    ("Target Date", "Target end", "Planned end"),
    ("Repro Steps", "Steps to reproduce"),
    ESTIMATE_WORDS,
)
OWN_DATES = "Jira keeps dates and people of its own here, which nobody can set."
LEFT_OUT: Mapping[str, str] = {
    **dict.fromkeys(("System.CreatedDate", "System.ChangedDate", "System.ChangedBy"), OWN_DATES),
    **{
        f"{COMMON}{name}": OWN_DATES
        for name in (
            "StateChangeDate", "ActivatedDate", "ActivatedBy", "ResolvedDate", "ResolvedBy", "ClosedDate", "ClosedBy",
        )
    },
    **{f"System.{name}": "The status tells it." for name in ("BoardColumn", "BoardColumnDone", "BoardLane")},
    "System.Reason": "It explains a state of Azure DevOps.",
    COMMON + "StackRank": "Issues get the order in which they are made.",
    COMMON + "BacklogPriority": "Issues get the order in which they are made.",
    TEST + "Parameters": "It is data of test tools, which nobody can read.",
    TEST + "LocalDataSource": "It is data of test tools, which nobody can read.",
}  # fmt: skip
NOT_OWN = ("System.", "Microsoft.VSTS.")  # reference names of fields that every organization has
Worth = tuple[float, str]  # how sure it is that two fields are for the same, and why
SAME, FOR_SAME, CALLED_SO = 1.0, 0.95, 0.9
NO_WORTH: Worth = (0.0, "")
LEAST_VALUES = 0.5  # of the values of a list, by how often they occur, must have an option
RARE, RARE_PART = 0.01, 0.8  # a field that is filled in fewer work items than this is suggested with less


@dataclass(frozen=True, slots=True)
class Place:
    """A field that may take another: for which work item types it is on the create screen."""

    field: TargetField
    types: frozenset[str]


@dataclass(frozen=True, slots=True)
class Match:
    place: Place
    rule: FieldRule
    confidence: float
    reason: str
    values: tuple[tuple[str, str], ...] = ()


def suggest_fields(
    report: ScanReport, source: SourceProject, target: TargetProject, types: Iterable[TypeRow]
) -> tuple[FieldRow, ...]:
    """Rows for every field in use; of two rows for one field of Jira the surer one comes first, because it counts."""
    return FieldSuggester(report, source, target, types).suggest()


class FieldSuggester:
    """What all fields of a project are matched with."""

    def __init__(
        self, report: ScanReport, source: SourceProject, target: TargetProject, types: Iterable[TypeRow]
    ) -> None:
        self._report, self._target = report, target
        self._known = {field.name: field for field in source.fields}
        self._targets = {row.source: row.target for row in types if row.target}
        self._filled = {count.name: count.filled for count in report.types}
        self._places = self._find_places()
        self._in_use = {use.name for use in report.fields}

    def suggest(self) -> tuple[FieldRow, ...]:
        rows = [row for use in self._report.fields if use.name not in HANDLED for row in self._suggest_field(use)]
        first: dict[str | None, int] = {}
        for number, row in enumerate(rows):
            first.setdefault(row.target, number)
        places = [first[row.target] if row.target else number for number, row in enumerate(rows)]
        order = sorted(range(len(rows)), key=lambda number: (places[number], -rows[number].confidence))
        return tuple(rows[number] for number in order)

    def _find_places(self) -> dict[str, Place]:
        """Every field on some create screen, by its id."""
        found: dict[str, Place] = {}
        for name, type_id in self._targets.items():
            issue_type = self._target.type_of(type_id)
            for field in issue_type.fields if issue_type else ():
                known = found.get(field.id, Place(field, frozenset()))
                found[field.id] = replace(known, types=known.types | {name})
        return found

    def _suggest_field(self, use: FieldUse) -> list[FieldRow]:
        filling = frozenset(name for name in self._targets if self._filled.get(name, {}).get(use.name))
        if not filling:
            return [FieldRow(use.name, None, "drop", (), (), 0.9, "Only types that are skipped fill it.")]
        match = self._match(use, filling)
        if match is None:
            return [self._rest(use, ())]
        confidence = match.confidence * (RARE_PART if use.filled < RARE * self._report.items else 1.0)
        reason = f"{match.reason} Filled in {use.filled:,} of {self._report.items:,} work items."
        covered = filling & match.place.types
        is_whole = covered == filling
        row = FieldRow(
            use.name, match.place.field.id, match.rule, () if is_whole else self._ordered(covered), match.values,
            round(confidence, 2), reason,
        )  # fmt: skip
        return [row] if is_whole else [row, self._rest(use, self._ordered(filling - covered))]

    def _rest(self, use: FieldUse, types: tuple[str, ...]) -> FieldRow:
        """What becomes of a field that no field of Jira takes, for these types or for all."""
        known = self._known.get(use.name)
        if use.name in LEFT_OUT:
            return FieldRow(use.name, None, "drop", types, (), 0.9, LEFT_OUT[use.name])
        kind = source_class(use.kind, is_identity=bool(known and known.is_identity))
        if kind == "long" and DESCRIPTION_FIELD in self._places:
            sure, reason = (0.4, "Steps of tests, as text.") if use.name == STEPS else (0.7, "A part of its own.")
            return FieldRow(use.name, DESCRIPTION_FIELD, "section", types, (), sure, reason)
        if DESCRIPTION_FIELD in self._places and not use.name.startswith(NOT_OWN):
            reason = f"Made by the company, and no field for it: a part of the description keeps it. {_advise(use)}"
            return FieldRow(use.name, DESCRIPTION_FIELD, "section", types, (), 0.4, reason)
        where = f"on the screens of {', '.join(types)}" if types else f"on any screen of {self._target.key}"
        reason = f"No field for it is {where}. {_advise(use)}"
        return FieldRow(use.name, None, "drop", types, (), 0.3, reason)

    def _match(self, use: FieldUse, filling: frozenset[str]) -> Match | None:
        """The field that fits best, of those that some type which fills this one has."""
        wanted = self._wanted_ids(use)
        named = group_of(use.label, CALLED)
        tried = (self._try(use, place, wanted, named) for place in self._places.values() if place.types & filling)
        found = [match for match in tried if match is not None]
        chosen = [match for match in found if wanted.get(match.place.field.id, NO_WORTH)[0] >= FOR_SAME]
        return max(chosen or found, key=lambda one: (one.confidence, len(one.place.types & filling)), default=None)

    def _wanted_ids(self, use: FieldUse) -> dict[str, Worth]:
        """Ids of fields that are for the same, whatever they are called; sure ones go before the same name."""
        if use.name in FIXED:
            return {FIXED[use.name]: (SAME, "For the same.")}
        if use.name in LATER:
            return {LATER[use.name]: (0.7, "The nearest date that Jira has.")}
        if use.name in ESTIMATES:
            is_only = use.name == STORY_POINTS or STORY_POINTS not in self._in_use
            worth = FOR_SAME if is_only else 0.8
            return dict.fromkeys(self._estimate_ids(), (worth, "The board keeps estimates in it."))
        return {}

    def _estimate_ids(self) -> tuple[str, ...]:
        """The field of the board; without a board those called like one of the usual two."""
        if self._target.estimate_field:
            return (self._target.estimate_field,)
        words = set(map(fold_name, ESTIMATE_WORDS))
        return tuple(place.field.id for place in self._places.values() if fold_name(place.field.name) in words)

    def _try(self, use: FieldUse, place: Place, wanted: Mapping[str, Worth], named: tuple[str, ...]) -> Match | None:
        """What it is worth to put one field into another; None when that makes no sense."""
        worth = wanted.get(place.field.id) or _name_worth(place.field, named)
        known = self._known.get(use.name)
        if worth is None:
            return None
        if use.name == PRIORITY:
            is_priority = target_class(place.field) == "priority"
            return Match(place, "priority", worth[0], worth[1]) if is_priority else None
        kinds = source_class(use.kind, is_identity=bool(known and known.is_identity)), target_class(place.field)
        if kinds not in FITS:
            return None
        rule, fit = FITS[kinds]
        if rule in ("option", "options"):
            return _match_list(place, rule, worth, listed_values(use, known))
        return Match(place, rule, worth[0] * fit, worth[1])

    def _ordered(self, types: frozenset[str]) -> tuple[str, ...]:
        return tuple(name for name in self._targets if name in types)


def _advise(use: FieldUse) -> str:
    return f"Add one called {use.label}, and have the mapping suggested again."


def _name_worth(field: TargetField, named: tuple[str, ...]) -> Worth | None:
    """The first of `named` is the field's own label."""
    folded = [fold_name(name) for name in named]
    if fold_name(field.name) not in folded:
        return None
    is_same = fold_name(field.name) == folded[0]
    return (SAME, "Same name.") if is_same else (CALLED_SO, f"Jira calls it {field.name}.")


def _match_list(place: Place, rule: FieldRule, worth: Worth, values: Mapping[str, int]) -> Match | None:
    """A list of choices fits as far as its options mean the values in use."""
    if not values:  # an open list: its values are looked up by name when an issue is made
        return Match(place, rule, worth[0] * 0.6, f"{worth[1]} Its values are not known before the run.")
    matched = match_values(values, place.field.options)
    names = {value for value, _option in matched}
    counts = values if any(values.values()) else dict.fromkeys(values, 1)
    part = sum(counts[name] for name in names) / sum(counts.values())
    if part < LEAST_VALUES:
        return None
    reason = f"{worth[1]} {len(names)} of {len(values)} values have an option."
    return Match(place, rule, worth[0] * part, reason, matched)

"""The schemes a site begins with, and those of a project made for a migration: company-managed or team-managed."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.jira_scheme import (
    CUSTOM,
    RANK,
    SPRINT,
    TEAM_POINTS,
    Category,
    Field,
    IssueType,
    Kind,
    LinkType,
    Option,
    Scheme,
    Status,
    Style,
    Transition,
    Workflow,
)

SYSTEM_FIELDS = (
    Field("summary", "Summary", "string"),
    Field("issuetype", "Issue Type", "issuetype"),
    Field("project", "Project", "project"),
    Field("parent", "Parent", "parent"),
    Field("description", "Description", "text"),
    Field("environment", "Environment", "text"),
    Field("priority", "Priority", "priority"),
    Field("labels", "Labels", "labels"),
    Field("components", "Components", "components"),
    Field("fixVersions", "Fix versions", "versions"),
    Field("versions", "Affects versions", "versions"),
    Field("assignee", "Assignee", "user"),
    Field("reporter", "Reporter", "user"),
    Field("duedate", "Due date", "date"),
    Field("resolution", "Resolution", "resolution"),
    Field("timetracking", "Time tracking", "timetracking"),
)
# name -> kind, custom type, choices; `Severity` and the like are what an Azure DevOps process brings along
CUSTOM_FIELDS: Mapping[str, tuple[Kind, str, tuple[str, ...]]] = {
    "Sprint": ("sprint", SPRINT, ()),
    "Rank": ("fixed", RANK, ()),
    "Story Points": ("number", f"{CUSTOM}:float", ()),
    "Start date": ("date", f"{CUSTOM}:datepicker", ()),
    "Severity": ("option", f"{CUSTOM}:select", ("1 - Critical", "2 - High", "3 - Medium", "4 - Low")),
    "Platforms": ("options", f"{CUSTOM}:multiselect", ("Web", "Windows", "Android", "iOS")),
    "Acceptance criteria": ("text", f"{CUSTOM}:textarea", ()),
    "Found in build": ("string", f"{CUSTOM}:textfield", ()),
    "Effort": ("number", f"{CUSTOM}:float", ()),
    "Reviewer": ("user", f"{CUSTOM}:userpicker", ()),
    "Approvers": ("users", f"{CUSTOM}:multiuserpicker", ()),
    "Deployed at": ("datetime", f"{CUSTOM}:datetime", ()),
    "Tags": ("labels", f"{CUSTOM}:labels", ()),
    "Source": ("url", f"{CUSTOM}:url", ()),
}
LINK_TYPES = (
    LinkType("10000", "Blocks", "is blocked by", "blocks"),
    LinkType("10001", "Cloners", "is cloned by", "clones"),
    LinkType("10002", "Duplicate", "is duplicated by", "duplicates"),
    LinkType("10003", "Relates", "relates to", "relates to"),
)
PRIORITIES = tuple(Option(str(n), name) for n, name in enumerate(("Highest", "High", "Medium", "Low", "Lowest"), 1))
RESOLUTIONS = (Option("10000", "Done"), Option("10001", "Won't Do"), Option("10002", "Duplicate"))
TYPES: tuple[tuple[str, int], ...] = (("Epic", 1), ("Story", 0), ("Task", 0), ("Bug", 0), ("Subtask", -1))
STATUSES: tuple[tuple[str, Category], ...] = (
    ("To Do", "new"), ("In Progress", "indeterminate"), ("In Review", "indeterminate"), ("Done", "done"),
)  # fmt: skip
# from a status -> name of the transition -> to a status; Cancelled can be seen but not reached
CLASSIC_STATUSES: tuple[tuple[str, Category], ...] = (
    ("Open", "new"), ("In Progress", "indeterminate"), ("Blocked", "indeterminate"), ("Resolved", "done"),
    ("Closed", "done"), ("Cancelled", "done"),
)  # fmt: skip
CLASSIC_STEPS = (
    ("Start", ("Open",), "In Progress"),
    ("Block", ("In Progress",), "Blocked"),
    ("Unblock", ("Blocked",), "In Progress"),
    ("Resolve", ("In Progress",), "Resolved"),
    ("Close", ("Resolved",), "Closed"),
    ("Reopen", ("Resolved", "Closed"), "Open"),
)
MAIN_SCREEN = (
    "summary", "issuetype", "project", "description", "priority", "labels", "components", "fixVersions", "versions",
    "assignee", "reporter", "duedate", "environment", "parent", "timetracking",
)  # fmt: skip
TEAM_SCREEN = ("summary", "issuetype", "project", "description", "labels", "assignee", "reporter", "parent")
NEEDED = frozenset({"summary", "issuetype", "project"})
FIRST_CUSTOM, STEP = 10_100, 7


@dataclass(slots=True)
class Catalogue:
    """What all projects of a site share. Ids of custom fields differ between sites (`salt`)."""

    salt: int = 0
    statuses: dict[str, Status] = field(default_factory=dict)
    fields: dict[str, Field] = field(default_factory=dict)
    types: dict[str, IssueType] = field(default_factory=dict)
    link_types: tuple[LinkType, ...] = LINK_TYPES
    priorities: tuple[Option, ...] = PRIORITIES
    resolutions: tuple[Option, ...] = RESOLUTIONS
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(10_000))
    custom_ids: Iterator[int] = field(init=False)

    def __post_init__(self) -> None:
        self.custom_ids = itertools.count(FIRST_CUSTOM + self.salt, STEP)
        self.fields = {one.id: one for one in SYSTEM_FIELDS}
        for name, (kind, custom, choices) in CUSTOM_FIELDS.items():
            self.add_field(name, kind, custom, choices=choices)

    def add_field(self, name: str, kind: Kind, custom: str, *, choices: Iterable[str] = (), scope: str = "") -> Field:
        """A new custom field; a name may be there twice, as on real sites."""
        options = tuple(Option(str(next(self.ids)), choice) for choice in choices)
        made = Field(f"customfield_{next(self.custom_ids)}", name, kind, custom, options, scope)
        self.fields[made.id] = made
        return made

    def field_named(self, name: str, scope: str = "") -> Field:
        """Of this project, else of the site. Raises StopIteration."""
        own = (one for one in self.fields.values() if one.name == name and one.scope == scope)
        return next(itertools.chain(own, (one for one in self.fields.values() if one.name == name)))

    def field_by_custom(self, custom: str) -> Field:
        """The first field of this custom type. Raises StopIteration."""
        return next(one for one in self.fields.values() if one.custom == custom)

    def add_status(self, name: str, category: Category, *, shared: bool) -> Status:
        """A status; company-managed projects share those of the same name."""
        known = (one for one in self.statuses.values() if shared and one.name == name)
        made = next(known, None) or Status(str(next(self.ids)), name, category)
        self.statuses[made.id] = made
        return made

    def add_type(self, name: str, level: int, scope: str = "") -> IssueType:
        """A type of issue; company-managed projects share those of the same name and level."""
        known = (one for one in self.types.values() if (one.name, one.level, one.scope) == (name, level, scope))
        made = next(known, None) or IssueType(str(next(self.ids)), name, level, scope)
        self.types[made.id] = made
        return made


def simple_workflow(catalogue: Catalogue, statuses: Iterable[tuple[str, Category]], *, shared: bool) -> Workflow:
    """Every status can be reached from every other one."""
    made = tuple(catalogue.add_status(name, category, shared=shared) for name, category in statuses)
    steps = tuple(Transition(str(10 * n + 1), one.name, one.id) for n, one in enumerate(made, 1))
    return Workflow("Software Simplified Workflow", made, steps)


def classic_workflow(catalogue: Catalogue, hidden: Iterable[str]) -> Workflow:
    """Step by step; *Resolve* asks for a resolution, `hidden` ones have a condition the app does not meet."""
    made = {name: catalogue.add_status(name, category, shared=True) for name, category in CLASSIC_STATUSES}
    steps = [
        Transition(
            str(10 * n + 1),
            name,
            made[to].id,
            frozenset(made[source].id for source in sources),
            {"resolution": True} if name == "Resolve" else {},
            name in hidden,
        )
        for n, (name, sources, to) in enumerate(CLASSIC_STEPS, 1)
    ]
    return Workflow("classic default workflow", tuple(made.values()), tuple(steps))


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a project for a migration is set up.

    `levels`: further types above Epic (Premium), name -> level. `classic`: types with the step-by-step workflow,
    `hidden`: its transitions behind a condition. `required`: type -> names of fields that must be filled. `fields`:
    custom fields on the screens, by name. `removed`: system fields that are on no screen. `edit_only`: custom fields
    that can be edited but not set on create.
    """

    style: Style = "company"
    types: tuple[tuple[str, int], ...] = TYPES
    levels: Mapping[str, int] = field(default_factory=dict)
    statuses: tuple[tuple[str, Category], ...] = STATUSES
    classic: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    required: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fields: tuple[str, ...] = tuple(name for name in CUSTOM_FIELDS if name != "Rank")
    removed: tuple[str, ...] = ()
    edit_only: tuple[str, ...] = ()


def make_scheme(catalogue: Catalogue, wanted: Wanted, project_id: str) -> Scheme:
    """The types, workflows and screens of one project."""
    team = wanted.style == "team"
    scope = project_id if team else ""
    types = tuple(
        catalogue.add_type(name, level, scope) for name, level in (*wanted.levels.items(), *wanted.types)
    )  # fmt: skip
    shared = simple_workflow(catalogue, wanted.statuses, shared=not team)
    classic = classic_workflow(catalogue, wanted.hidden) if wanted.classic else shared
    flows = {one.id: classic if one.name in wanted.classic else shared for one in types}
    customs = [custom_field(catalogue, name, scope) for name in wanted.fields]
    edits = tuple(one.id for one in customs if one.name in wanted.edit_only)
    base = [name for name in (TEAM_SCREEN if team else MAIN_SCREEN) if name not in wanted.removed]
    base += [one.id for one in customs if one.id not in edits]
    needed = {name: needed_fields(catalogue, wanted, name, scope) for name in (one.name for one in types)}
    screens = {one.id: {each: each in needed[one.name] for each in base} for one in types}
    defaults: dict[str, Any] = {} if team else {"priority": {"id": PRIORITIES[2].id}}
    return Scheme(wanted.style, types, flows, screens, {one.id: edits for one in types}, defaults)


def custom_field(catalogue: Catalogue, name: str, scope: str) -> Field:
    """A team-managed project brings fields of its own, but for what the software itself shares."""
    if not scope or name in {"Sprint", "Rank", "Start date"}:
        return catalogue.field_named(name)
    if name == "Story Points":
        known = (one for one in catalogue.fields.values() if one.custom == TEAM_POINTS)
        return next(known, None) or catalogue.add_field("Story point estimate", "number", TEAM_POINTS)
    kind, custom, choices = CUSTOM_FIELDS[name]
    return catalogue.add_field(name, kind, custom, choices=choices, scope=scope)


def needed_fields(catalogue: Catalogue, wanted: Wanted, type_name: str, scope: str) -> frozenset[str]:
    return NEEDED | {catalogue.field_named(name, scope).id for name in wanted.required.get(type_name, ())}

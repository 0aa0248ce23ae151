"""The five processes of the stand-in as data. States, categories and fields are those of the system processes.

https://learn.microsoft.com/azure/devops/boards/work-items/guidance/agile-process-workflow
https://learn.microsoft.com/azure/devops/boards/work-items/guidance/scrum-process-workflow
https://learn.microsoft.com/azure/devops/boards/work-items/guidance/cmmi-process-workflow
https://learn.microsoft.com/azure/devops/boards/get-started/plan-track-work
"""

from dataclasses import replace
from functools import cache

from sandbox.wit_fields import CMMI, COMMON, PLAN, SYSTEM_FIELDS, TEST
from sandbox.wit_process import Backlog, BacklogKind, Process, State, WorkType, index_types, states_of

TYPES = "Microsoft.VSTS.WorkItemTypes."
CATEGORY = "Microsoft."
SYSTEM = tuple(field.ref for field in SYSTEM_FIELDS)
DATES = tuple(COMMON + name for name in ("StateChangeDate", "ActivatedDate", "ActivatedBy", "ClosedDate", "ClosedBy"))
RESOLVED = tuple(COMMON + name for name in ("ResolvedDate", "ResolvedBy", "ResolvedReason"))
TITLE = "System.Title"
RANK, SCRUM_RANK = (COMMON + "Priority", COMMON + "StackRank"), (COMMON + "Priority", COMMON + "BacklogPriority")
VALUE = tuple(COMMON + name for name in ("ValueArea", "BusinessValue", "TimeCriticality", "Risk"))
SPAN = (PLAN + "StartDate", PLAN + "TargetDate")
WORK = tuple(PLAN + name for name in ("OriginalEstimate", "RemainingWork", "CompletedWork"))
BUILDS = ("Microsoft.VSTS.Build.FoundIn", "Microsoft.VSTS.Build.IntegrationBuild")
REPRO = (TEST + "ReproSteps", TEST + "SystemInfo")
CRITERIA = (COMMON + "AcceptanceCriteria",)
STEPS = tuple(TEST + name for name in ("Steps", "Parameters", "LocalDataSource", "AutomationStatus"))

AGILE_STATES = states_of(
    Proposed="New", InProgress="Active", Resolved="Resolved", Completed="Closed", Removed="Removed"
)
CMMI_STATES = states_of(Proposed="Proposed", InProgress="Active", Resolved="Resolved", Completed="Closed")
OPEN_CLOSED = states_of(InProgress="Active", Completed="Closed")


def make_type(
    name: str, category: str, color: str, icon: str, states: tuple[State, ...], *fields: tuple[str, ...],
    suffix: str | None = None,
) -> WorkType:  # fmt: skip
    """A type of a system process; `suffix` ends its reference name where it is not the name without blanks."""
    refs = dict.fromkeys((*SYSTEM, *DATES, *(ref for group in fields for ref in group)))
    ref = TYPES + (suffix or name.replace(" ", ""))
    return WorkType(name, ref, f"{CATEGORY}{category}Category", color, icon, states, tuple(refs), frozenset({TITLE}))


def testing_types() -> tuple[WorkType, ...]:
    """The same in every process: work items that belong to test plans."""
    planned = states_of(Proposed="In Planning", InProgress="In Progress", Completed="Completed")
    active = states_of(InProgress="Active", Completed="Inactive")
    return (
        make_type("Test Case", "TestCase", "004B50", "icon_test_case",
                  states_of(Proposed="Design", InProgress="Ready", Completed="Closed"), RANK, STEPS),
        make_type("Test Plan", "TestPlan", "004B50", "icon_test_plan", active, SPAN),
        make_type("Test Suite", "TestSuite", "004B50", "icon_test_suite", planned, (TEST + "TestSuiteType",)),
        make_type("Shared Steps", "SharedStep", "004B50", "icon_test_step", OPEN_CLOSED, RANK, STEPS,
                  suffix="SharedStep"),
        make_type("Shared Parameter", "SharedParameter", "004B50", "icon_test_parameter", active, STEPS),
    )  # fmt: skip


def agile_types() -> tuple[WorkType, ...]:
    no_resolved = tuple(state for state in AGILE_STATES if state.category != "Resolved")
    no_removed = tuple(state for state in AGILE_STATES if state.category != "Removed")
    effort = (PLAN + "Effort",)
    return (
        make_type("Epic", "Epic", "E06C00", "icon_crown", AGILE_STATES, RANK, VALUE, effort, SPAN, RESOLVED),
        make_type("Feature", "Feature", "773B93", "icon_trophy", AGILE_STATES, RANK, VALUE, effort, SPAN, RESOLVED),
        make_type("User Story", "Requirement", "009CCC", "icon_book", AGILE_STATES, RANK,
                  (COMMON + "ValueArea", COMMON + "Risk", PLAN + "StoryPoints", PLAN + "StartDate",
                   PLAN + "FinishDate"), CRITERIA, RESOLVED, BUILDS[1:]),
        make_type("Task", "Task", "A4880A", "icon_clipboard", no_resolved, RANK, WORK,
                  (COMMON + "Activity", PLAN + "StartDate", PLAN + "FinishDate"), BUILDS[1:]),
        make_type("Bug", "Bug", "CC293D", "icon_insect", no_removed, RANK, WORK, REPRO, BUILDS, RESOLVED,
                  (COMMON + "Severity", COMMON + "ValueArea", COMMON + "Activity", PLAN + "StoryPoints"), CRITERIA),
        make_type("Issue", "Issue", "B4009E", "icon_traffic_cone", OPEN_CLOSED, RANK, (PLAN + "DueDate",)),
    )  # fmt: skip


def scrum_types() -> tuple[WorkType, ...]:
    portfolio = states_of(Proposed="New", InProgress="In Progress", Completed="Done", Removed="Removed")
    backlog = states_of(Proposed="New|Approved", InProgress="Committed", Completed="Done", Removed="Removed")
    effort = (PLAN + "Effort", COMMON + "ValueArea")
    return (
        make_type("Epic", "Epic", "E06C00", "icon_crown", portfolio, SCRUM_RANK, VALUE, effort, SPAN),
        make_type("Feature", "Feature", "773B93", "icon_trophy", portfolio, SCRUM_RANK, VALUE, effort, SPAN),
        make_type("Product Backlog Item", "Requirement", "009CCC", "icon_list", backlog, SCRUM_RANK, effort,
                  CRITERIA, (COMMON + "BusinessValue",)),
        make_type("Task", "Task", "A4880A", "icon_clipboard",
                  states_of(Proposed="To Do", InProgress="In Progress", Completed="Done", Removed="Removed"),
                  SCRUM_RANK, (PLAN + "RemainingWork", COMMON + "Activity", CMMI + "Blocked")),
        make_type("Bug", "Bug", "CC293D", "icon_insect", backlog, SCRUM_RANK, effort, REPRO, BUILDS,
                  (COMMON + "Severity",), CRITERIA),
        make_type("Impediment", "Impediment", "B4009E", "icon_traffic_cone",
                  states_of(InProgress="Open", Completed="Closed"), SCRUM_RANK, (COMMON + "Resolution",)),
    )  # fmt: skip


def cmmi_types() -> tuple[WorkType, ...]:
    def notes(*names: str) -> tuple[str, ...]:
        return tuple(CMMI + name for name in names)

    size, state = (PLAN + "Size",), CMMI_STATES
    risk = states_of(Proposed="Proposed", InProgress="Active", Completed="Closed")
    review = states_of(InProgress="Active", Resolved="Resolved", Completed="Closed")
    return (
        make_type("Epic", "Epic", "E06C00", "icon_crown", state, RANK, VALUE, SPAN, RESOLVED),
        make_type("Feature", "Feature", "773B93", "icon_trophy", state, RANK, VALUE, SPAN, RESOLVED, size),
        make_type("Requirement", "Requirement", "009CCC", "icon_book", state, RANK, RESOLVED, size,
                  notes("Blocked", "Committed", "RequirementType", "ImpactAssessmentHtml"), CRITERIA,
                  (COMMON + "Triage", COMMON + "ValueArea", PLAN + "OriginalEstimate")),
        make_type("Task", "Task", "A4880A", "icon_clipboard", state, RANK, RESOLVED, WORK,
                  notes("Blocked", "TaskType"), (COMMON + "Discipline", COMMON + "Triage")),
        make_type("Bug", "Bug", "CC293D", "icon_insect", state, RANK, RESOLVED, WORK, REPRO, BUILDS, size,
                  notes("Blocked", "Symptom", "ProposedFix", "RootCause"),
                  (COMMON + "Severity", COMMON + "Triage")),
        make_type("Change Request", "ChangeRequest", "B4009E", "icon_diamond", state, RANK, RESOLVED,
                  notes("Justification", "Analysis"), (COMMON + "Triage",)),
        make_type("Issue", "Issue", "B4009E", "icon_traffic_cone", state, RANK, RESOLVED,
                  notes("Analysis", "Escalate", "TargetResolveDate"), (COMMON + "Triage",)),
        make_type("Review", "Review", "B4009E", "icon_response", review, RESOLVED,
                  notes("MeetingType", "Minutes", "Purpose")),
        make_type("Risk", "Risk", "B4009E", "icon_megaphone", risk, RANK, (COMMON + "Severity",),
                  notes("Blocked", "MitigationPlan", "ContingencyPlan", "Probability", "Estimate")),
    )  # fmt: skip


def basic_types() -> tuple[WorkType, ...]:
    states = states_of(Proposed="To Do", InProgress="Doing", Completed="Done")
    return (
        make_type("Epic", "Epic", "E06C00", "icon_crown", states, RANK, SPAN),
        make_type("Issue", "Requirement", "339947", "icon_list", states, RANK, (PLAN + "Effort",)),
        make_type("Task", "Task", "A4880A", "icon_clipboard", states, RANK,
                  (COMMON + "Activity", PLAN + "RemainingWork")),
    )  # fmt: skip


def inherited_types() -> tuple[WorkType, ...]:
    """Agile with a level above Epic, a type of its own, two states, eight fields, a required one, a disabled type."""
    made = index_types(agile_types())
    story, bug, issue = made["User Story"], made["Bug"], made["Issue"]
    at = [state.category for state in story.states].index("Resolved")
    story_states = (*story.states[:at], State("In Review", "InProgress"), *story.states[at:])
    bug_states = (*bug.states[:-1], State("Ready for QA", "Resolved"), bug.states[-1])
    extra = tuple(f"Custom.{name}" for name in (
        "CustomerTier", "Channel", "BudgetHours", "LaunchDate", "NeedsLegalReview", "TicketCount", "Approver",
        "CustomerNotes",
    ))  # fmt: skip
    changed = {
        "User Story": replace(story, states=story_states, fields=story.fields + extra, ref="AcmeAgile.UserStory",
                              required=story.required | {"Custom.CustomerTier"}, inherits=story.ref),
        "Bug": replace(bug, states=bug_states, fields=(*bug.fields, "Custom.CustomerTier", "Custom.TicketCount"),
                       ref="AcmeAgile.Bug", inherits=bug.ref),
        "Issue": replace(issue, disabled=True),
    }  # fmt: skip
    initiative = make_type("Initiative", "Epic", "339947", "icon_star", AGILE_STATES, RANK, VALUE, SPAN)
    spike = make_type("Spike", "Requirement", "F2CB1D", "icon_test_beaker", OPEN_CLOSED, RANK, (PLAN + "StoryPoints",))
    return (
        replace(initiative, ref="AcmeAgile.Initiative", category="Custom.InitiativeCategory"),
        *(changed.get(kind.name, kind) for kind in made.values()),
        replace(spike, ref="AcmeAgile.Spike"),
    )


def level(name: str, kind: BacklogKind, rank: int, types: tuple[str, ...], category: str) -> Backlog:
    return Backlog(f"{CATEGORY}{category}Category", name, kind, rank, types)


def usual_levels(requirement: str, plural: str, *more: str) -> tuple[Backlog, ...]:
    """`more` are further types on the requirement level."""
    return (
        level("Epics", "portfolio", 4, ("Epic",), "Epic"),
        level("Features", "portfolio", 3, ("Feature",), "Feature"),
        level(plural, "requirement", 2, (requirement, *more), "Requirement"),
        level("Tasks", "task", 1, ("Task",), "Task"),
    )


@cache
def load_processes() -> dict[str, Process]:
    """By name. The ids of the system processes are those of the service."""

    def make(
        guid: str, name: str, types: tuple[WorkType, ...], levels: tuple[Backlog, ...], parent: str | None = None
    ) -> Process:  # fmt: skip
        ref = None if parent else f"Microsoft.VSTS.{name}"
        return Process(guid, name, ref, index_types((*types, *testing_types())), levels, parent)

    agile = "adcc42ab-9882-485e-a3ed-7678f01f66bc"
    basic = (
        level("Epics", "portfolio", 3, ("Epic",), "Epic"),
        level("Issues", "requirement", 2, ("Issue",), "Requirement"),
        level("Tasks", "task", 1, ("Task",), "Task"),
    )
    top = Backlog("Custom.InitiativeCategory", "Initiatives", "portfolio", 5, ("Initiative",))
    every = (
        make(agile, "Agile", agile_types(), usual_levels("User Story", "Stories")),
        make("6b724908-ef14-45cf-84f8-768b5384da45", "Scrum", scrum_types(),
             usual_levels("Product Backlog Item", "Backlog items", "Bug")),
        make("27450541-8e31-4150-9947-dc59f998fc01", "CMMI", cmmi_types(),
             usual_levels("Requirement", "Requirements", "Bug")),
        make("b8a3a935-7e91-48b8-a94c-606d37c3e9f2", "Basic", basic_types(), basic),
        make("c1d7c2f0-4f5a-4a43-9d2b-5f3c6d0a7e11", "Acme Agile", inherited_types(),
             (top, *usual_levels("User Story", "Stories", "Spike")), parent=agile),
    )  # fmt: skip
    return {process.name: process for process in every}

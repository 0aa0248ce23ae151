"""The fields of work items: names, reference names, types and allowed values of the system processes.

https://learn.microsoft.com/azure/devops/boards/work-items/guidance/work-item-field
"""

from dataclasses import dataclass
from functools import cache
from typing import Literal

FieldType = Literal[
    "string", "integer", "dateTime", "plainText", "html", "treePath", "history", "double", "guid", "boolean"
]  # fmt: skip
LONG_TYPES = frozenset({"html", "history"})  # left out of the reporting stream unless it is asked to expand


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of an organization. A picklist allows its values only, unless they are `suggested`."""

    name: str
    ref: str
    type: FieldType = "string"
    read_only: bool = False
    identity: bool = False
    picklist: str | None = None
    suggested: bool = False


def read_only(name: str, ref: str, kind: FieldType = "string") -> FieldSpec:
    return FieldSpec(name, ref, kind, read_only=True)


def person(name: str, ref: str) -> FieldSpec:
    return FieldSpec(name, ref, identity=True)


def count_of(name: str, ref: str) -> FieldSpec:
    return read_only(name, ref, "integer")


COMMON = "Microsoft.VSTS.Common."
PLAN = "Microsoft.VSTS.Scheduling."
TEST = "Microsoft.VSTS.TCM."
CMMI = "Microsoft.VSTS.CMMI."
SYSTEM_FIELDS = (
    read_only("ID", "System.Id", "integer"),
    read_only("Rev", "System.Rev", "integer"),
    read_only("Team Project", "System.TeamProject"),
    read_only("Work Item Type", "System.WorkItemType"),
    FieldSpec("Title", "System.Title"),
    FieldSpec("State", "System.State"),
    FieldSpec("Reason", "System.Reason"),
    person("Assigned To", "System.AssignedTo"),
    FieldSpec("Created Date", "System.CreatedDate", "dateTime", read_only=True),
    FieldSpec("Created By", "System.CreatedBy", read_only=True, identity=True),
    FieldSpec("Changed Date", "System.ChangedDate", "dateTime", read_only=True),
    FieldSpec("Changed By", "System.ChangedBy", read_only=True, identity=True),
    read_only("Authorized Date", "System.AuthorizedDate", "dateTime"),
    FieldSpec("Authorized As", "System.AuthorizedAs", read_only=True, identity=True),
    read_only("Revised Date", "System.RevisedDate", "dateTime"),
    count_of("Watermark", "System.Watermark"),
    count_of("Person ID", "System.PersonId"),
    FieldSpec("Area Path", "System.AreaPath", "treePath"),
    count_of("Area ID", "System.AreaId"),
    read_only("Node Name", "System.NodeName"),
    *(read_only(f"Area Level {n}", f"System.AreaLevel{n}") for n in range(1, 8)),
    FieldSpec("Iteration Path", "System.IterationPath", "treePath"),
    count_of("Iteration ID", "System.IterationId"),
    *(read_only(f"Iteration Level {n}", f"System.IterationLevel{n}") for n in range(1, 8)),
    FieldSpec("Tags", "System.Tags", "plainText"),
    FieldSpec("History", "System.History", "history"),
    FieldSpec("Description", "System.Description", "html"),
    count_of("Comment Count", "System.CommentCount"),
    count_of("Parent", "System.Parent"),
    count_of("Related Link Count", "System.RelatedLinkCount"),
    count_of("Hyperlink Count", "System.HyperLinkCount"),
    count_of("Attached File Count", "System.AttachedFileCount"),
    count_of("External Link Count", "System.ExternalLinkCount"),
    count_of("Remote Link Count", "System.RemoteLinkCount"),
    read_only("Is Deleted", "System.IsDeleted", "boolean"),
    read_only("Board Column", "System.BoardColumn"),
    read_only("Board Column Done", "System.BoardColumnDone", "boolean"),
    read_only("Board Lane", "System.BoardLane"),
)  # fmt: skip
COMMON_FIELDS = (
    FieldSpec("Priority", COMMON + "Priority", "integer"),
    FieldSpec("Severity", COMMON + "Severity"),
    FieldSpec("Value Area", COMMON + "ValueArea"),
    FieldSpec("Stack Rank", COMMON + "StackRank", "double"),
    FieldSpec("Backlog Priority", COMMON + "BacklogPriority", "double"),
    FieldSpec("Activity", COMMON + "Activity"),
    FieldSpec("Discipline", COMMON + "Discipline"),
    FieldSpec("Risk", COMMON + "Risk"),
    FieldSpec("Triage", COMMON + "Triage"),
    FieldSpec("Business Value", COMMON + "BusinessValue", "integer"),
    FieldSpec("Time Criticality", COMMON + "TimeCriticality", "double"),
    FieldSpec("Acceptance Criteria", COMMON + "AcceptanceCriteria", "html"),
    FieldSpec("Resolution", COMMON + "Resolution", "html"),
    read_only("State Change Date", COMMON + "StateChangeDate", "dateTime"),
    read_only("Activated Date", COMMON + "ActivatedDate", "dateTime"),
    person("Activated By", COMMON + "ActivatedBy"),
    read_only("Resolved Date", COMMON + "ResolvedDate", "dateTime"),
    person("Resolved By", COMMON + "ResolvedBy"),
    FieldSpec("Resolved Reason", COMMON + "ResolvedReason"),
    read_only("Closed Date", COMMON + "ClosedDate", "dateTime"),
    person("Closed By", COMMON + "ClosedBy"),
    FieldSpec("Story Points", PLAN + "StoryPoints", "double"),
    FieldSpec("Effort", PLAN + "Effort", "double"),
    FieldSpec("Size", PLAN + "Size", "double"),
    FieldSpec("Original Estimate", PLAN + "OriginalEstimate", "double"),
    FieldSpec("Remaining Work", PLAN + "RemainingWork", "double"),
    FieldSpec("Completed Work", PLAN + "CompletedWork", "double"),
    FieldSpec("Start Date", PLAN + "StartDate", "dateTime"),
    FieldSpec("Finish Date", PLAN + "FinishDate", "dateTime"),
    FieldSpec("Due Date", PLAN + "DueDate", "dateTime"),
    FieldSpec("Target Date", PLAN + "TargetDate", "dateTime"),
    FieldSpec("Found In", "Microsoft.VSTS.Build.FoundIn"),
    FieldSpec("Integration Build", "Microsoft.VSTS.Build.IntegrationBuild"),
)
TEST_FIELDS = (
    FieldSpec("Repro Steps", TEST + "ReproSteps", "html"),
    FieldSpec("System Info", TEST + "SystemInfo", "html"),
    FieldSpec("Steps", TEST + "Steps", "html"),
    FieldSpec("Parameters", TEST + "Parameters", "html"),
    FieldSpec("Local Data Source", TEST + "LocalDataSource", "html"),
    FieldSpec("Automation status", TEST + "AutomationStatus"),
    FieldSpec("Test Suite Type", TEST + "TestSuiteType"),
)
CMMI_FIELDS = (
    FieldSpec("Blocked", CMMI + "Blocked"),
    FieldSpec("Committed", CMMI + "Committed"),
    FieldSpec("Requirement Type", CMMI + "RequirementType"),
    FieldSpec("Task Type", CMMI + "TaskType"),
    FieldSpec("Root Cause", CMMI + "RootCause"),
    FieldSpec("Escalate", CMMI + "Escalate"),
    FieldSpec("Symptom", CMMI + "Symptom", "html"),
    FieldSpec("Proposed Fix", CMMI + "ProposedFix", "html"),
    FieldSpec("Impact Assessment", CMMI + "ImpactAssessmentHtml", "html"),
    FieldSpec("Justification", CMMI + "Justification", "html"),
    FieldSpec("Analysis", CMMI + "Analysis", "html"),
    FieldSpec("Mitigation Plan", CMMI + "MitigationPlan", "html"),
    FieldSpec("Contingency Plan", CMMI + "ContingencyPlan", "html"),
    FieldSpec("Probability", CMMI + "Probability", "integer"),
    FieldSpec("Estimate", CMMI + "Estimate", "double"),
    FieldSpec("Meeting Type", CMMI + "MeetingType"),
    FieldSpec("Minutes", CMMI + "Minutes", "html"),
    FieldSpec("Purpose", CMMI + "Purpose"),
    FieldSpec("Target Resolve Date", CMMI + "TargetResolveDate", "dateTime"),
)
TIERS, CHANNELS = "5a3e5f7c-0b51-4d5f-9f29-4cc0c1a4d001", "5a3e5f7c-0b51-4d5f-9f29-4cc0c1a4d002"
CUSTOM_FIELDS = (
    FieldSpec("Customer Tier", "Custom.CustomerTier", picklist=TIERS),
    FieldSpec("Channel", "Custom.Channel", picklist=CHANNELS, suggested=True),
    FieldSpec("Budget Hours", "Custom.BudgetHours", "double"),
    FieldSpec("Launch Date", "Custom.LaunchDate", "dateTime"),
    FieldSpec("Needs Legal Review", "Custom.NeedsLegalReview", "boolean"),
    FieldSpec("Ticket Count", "Custom.TicketCount", "integer"),
    person("Approver", "Custom.Approver"),
    FieldSpec("Customer Notes", "Custom.CustomerNotes", "html"),
)
PICKLISTS = {  # id -> name and values
    TIERS: ("Customer tiers", ("Gold", "Silver", "Bronze")),
    CHANNELS: ("Channels", ("Web", "Phone", "Partner")),
}
ALLOWED_VALUES: dict[str, tuple[str, ...]] = {
    COMMON + "Priority": ("1", "2", "3", "4"),
    COMMON + "Severity": ("1 - Critical", "2 - High", "3 - Medium", "4 - Low"),
    COMMON + "ValueArea": ("Architectural", "Business"),
    COMMON + "Risk": ("1 - High", "2 - Medium", "3 - Low"),
    COMMON + "Triage": ("Info Received", "More Info", "Pending", "Triaged"),
    CMMI + "Blocked": ("No", "Yes"),
    CMMI + "Committed": ("No", "Yes"),
    CMMI + "Escalate": ("No", "Yes"),
    CMMI + "TaskType": ("Corrective Action", "Mitigation Action", "Planned"),
    CMMI + "RequirementType": (
        "Business Objective", "Feature", "Functional", "Interface", "Operational", "Quality of Service", "Safety",
        "Scenario", "Security",
    ),
    TEST + "AutomationStatus": ("Automated", "Not Automated", "Planned"),
}  # fmt: skip
# other values may be typed in: https://learn.microsoft.com/azure/devops/boards/work-items/guidance/work-item-field
SUGGESTED_VALUES: dict[str, tuple[str, ...]] = {
    COMMON + "Activity": ("Deployment", "Design", "Development", "Documentation", "Requirements", "Testing"),
    COMMON + "Discipline": ("Analysis", "Development", "Test", "User Education", "User Experience"),
}
DEFAULT_VALUES: dict[str, str] = {
    COMMON + "Priority": "2",
    COMMON + "Severity": "3 - Medium",
    COMMON + "ValueArea": "Business",
    COMMON + "Triage": "Pending",
    CMMI + "Blocked": "No",
    CMMI + "Committed": "No",
    CMMI + "Escalate": "No",
    CMMI + "TaskType": "Planned",
    CMMI + "RequirementType": "Functional",
    TEST + "AutomationStatus": "Not Automated",
}
# shown only when a read expands fields
EXPANDED_ONLY = frozenset({
    "System.Id", "System.Rev", "System.AreaId", "System.NodeName", "System.IterationId", "System.AuthorizedDate",
    "System.AuthorizedAs", "System.RevisedDate", "System.Watermark", "System.PersonId",
    *(f"System.{tree}Level{n}" for tree in ("Area", "Iteration") for n in range(1, 8)),
})  # fmt: skip


@cache
def all_fields() -> dict[str, FieldSpec]:
    """Every field of an organization, of all processes, by reference name."""
    groups = (SYSTEM_FIELDS, COMMON_FIELDS, TEST_FIELDS, CMMI_FIELDS, CUSTOM_FIELDS)
    return {field.ref: field for group in groups for field in group}


@cache
def fields_by_word() -> dict[str, FieldSpec]:
    """The same by folded reference name and by folded name, as queries and addresses may say it."""
    every = all_fields().values()
    return {field.name.casefold(): field for field in every} | {field.ref.casefold(): field for field in every}


def find_field(word: str) -> FieldSpec | None:
    """A field by its name or reference name, in any case."""
    return fields_by_word().get(word.casefold())


def allowed_values(field: FieldSpec) -> tuple[str, ...]:
    """What a list offers; other values may be typed in where the list only suggests."""
    if field.picklist:
        return PICKLISTS[field.picklist][1]
    return ALLOWED_VALUES.get(field.ref, SUGGESTED_VALUES.get(field.ref, ()))


def is_limited(field: FieldSpec) -> bool:
    """True when only the allowed values may be written."""
    return field.ref in ALLOWED_VALUES or (field.picklist is not None and not field.suggested)

"""Every problem that a check can find: its code, which stays, how bad it is, and what a person can do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

# error: work items would not arrive, or nobody has decided; it stops a run until it is mapped or waived by its code.
# warning: something of the content is lost or cut, and told in the report. info: good to know.
Severity = Literal["error", "warning", "info"]
Example = int | str  # a work item's number; the name of something where no work item is known


@dataclass(frozen=True, slots=True)
class Problem:
    """`where`: JSON pointer into the mapping, '' for the migration as a whole. `count`: work items, or what the detail
    names. No title, text or name of a person is in it.
    """

    code: str
    severity: Severity
    where: str
    detail: str
    count: int
    examples: tuple[Example, ...]
    advice: str


_RIGHT = "Give it to the role of apps in the permissions of the Jira project, or waive it."
_ROLE = "Give it to the role of apps in the permissions of the Jira project."
_STAYS = "Nothing has to be done; the report lists them."
KINDS: Mapping[str, tuple[Severity, str]] = {
    # the project
    "nothing_to_migrate": ("error", "Widen the scope of the migration, and scan again."),
    "unreadable_items": ("warning", "Open them in Azure DevOps: it fails to show them. They are left out."),
    "unseen_items": (
        "warning",
        "They were deleted or moved while the scan ran, or whoever this migration reads as may not see them. Scan "
        "again; what is still not seen is left out.",
    ),
    "no_browse_permission": ("error", _ROLE),
    "no_create_permission": ("error", _ROLE),
    "no_transition_permission": ("error", f"{_RIGHT} Without it every issue stays in its first status."),
    "no_link_permission": ("error", f"{_RIGHT} Without it no links are made."),
    "no_attach_permission": ("error", f"{_RIGHT} Without it no files are taken along."),
    "no_comment_permission": ("error", f"{_RIGHT} Without it no comments are taken along."),
    "no_reporter_permission": ("error", f"{_RIGHT} Without it Crosswalk is the reporter of every issue."),
    "no_assign_permission": ("error", f"{_RIGHT} Without it nobody is assigned."),
    "no_sprint_permission": ("error", f"{_RIGHT} Without it no sprints are made."),
    "no_schedule_permission": ("error", f"{_RIGHT} Without it no issue gets into a sprint or has a due date."),
    "no_component_permission": ("error", f"{_RIGHT} Without it no components are made."),
    "attachments_disabled": ("error", "Turn attachments on in the settings of Jira, or leave files out."),
    "links_disabled": ("error", "Turn issue linking on in the settings of Jira, or leave links out."),
    "missing_board": ("error", "Choose a board with sprints for the migration, or map the iterations to none."),
    # the API tells it where the history was asked for
    "history_left_out": ("warning", "It stays in Azure DevOps; this version takes no history along."),
    # types and parents
    "unmapped_type": ("error", "Map the type to an issue type, or to none."),
    "unknown_type": ("error", "Map it to an issue type of the project."),
    "skipped_type": ("warning", "Map the type if its work items are to become issues."),
    "subtask_without_parent": ("error", "Say what they become without a parent, or map the type to another level."),
    "parents_as_labels": ("warning", "Choose another plan for the hierarchy if it keeps more; look at the labels."),
    "parent_out_of_scope": ("warning", "Widen the scope if the work items above them are to come along."),
    "cycle": ("warning", "Take one of the parents out in Azure DevOps; one of them loses its parent otherwise."),
    "test_artefacts": ("info", "They become plain issues. Map their types to none to leave them out."),
    "required_field": (
        "error",
        "Map a field to it with every value and person, give it a default value in Jira, or make it optional.",
    ),
    # fields
    "unknown_field": ("error", "Map it to a field of the project, or drop it."),
    "field_not_on_type": (
        "warning",
        "Add the field to the create screen of the issue type, or map the rest elsewhere.",
    ),
    "unfitting_rule": ("error", "Choose the rule that is for this kind of field."),
    "unknown_option": ("error", "Map the value to an option that the field has."),
    "unmapped_value": ("warning", "Add an option to the field in Jira, or map the value to one."),
    "unmapped_field": ("warning", "Map the field, or drop it."),
    "dropped_field": ("info", "Map it to a field or to a part of the description to keep it."),
    # states
    "unmapped_state": ("error", "Map the state to a status, or to none."),
    "unknown_status": ("error", "Map it to a status of the workflow of that issue type."),
    "no_path": ("error", "Map it to another status, or add a transition to the workflow that apps may use."),
    "unexplored_path": ("info", "The first issue of the run shows the way. Make one by hand to know it before."),
    "first_status": ("warning", "Map the state if its work items are not to stay in the first status."),
    # iterations and areas
    "unmapped_iteration": ("warning", "Map the iteration to a sprint, or to none."),
    "unknown_sprint": ("error", "Map it to a sprint of the board, or to a new one."),
    "closed_sprint": ("warning", "Map it to a new sprint: Jira puts nothing into a closed one."),
    "sprint_name_taken": ("warning", "Map it to the sprint that is there, or choose another name."),
    "left_iteration": ("info", "Map it to a sprint if it is to be one."),
    "no_sprint_field": ("warning", "Add the Sprint field to the create screen of the issue type."),
    "unmapped_area": ("warning", "Map the area to a component, to the area above, or to none."),
    "unknown_component": ("error", "Map it to a component of the project, or to a new one."),
    "component_name_taken": ("warning", "Map it to the component that is there, or choose another name."),
    "left_area": ("info", "Map it to a component if it is to be one."),
    "no_component_field": ("warning", "Add the Components field to the create screen of the issue type."),
    "doubled_name": ("error", "Choose another name for one of them."),
    # priorities, people, links
    "unmapped_priority": ("warning", "Map the priority; without it Jira sets its own."),
    "unknown_priority": ("error", "Map it to a priority of the project."),
    "unmapped_person": ("warning", "Map the person to an account; the issues are unassigned otherwise."),
    "unknown_account": ("error", "Map the person to an account that is active, or to none."),
    "unmapped_link": ("warning", "Map it to a kind of link if it is to be made."),
    "unknown_link_type": ("error", "Map it to a kind of link that the site has."),
    # limits
    "title_too_long": ("warning", f"Titles are cut at 255 characters. {_STAYS}"),
    "text_too_long": ("warning", f"Texts are cut at 32,767 characters. {_STAYS}"),
    "label_too_long": ("warning", f"Tags are cut at 255 characters. {_STAYS}"),
    "many_comments": ("warning", "Jira takes 5,000 comments on an issue; the newest after these are left out."),
    "many_files": ("warning", "Jira takes 2,000 files on an issue; those after these are left out."),
    "many_links": ("warning", "Jira takes 2,000 links on an issue; those after these are left out."),
    "file_too_large": ("warning", "Raise the limit for attachments in Jira, or they are left out."),
    "inline_images": ("info", "Images in texts stay links to Azure DevOps."),
}


def make_problem(
    code: str, detail: str, *, where: str = "", count: int = 1, examples: tuple[Example, ...] = ()
) -> Problem:
    """A problem of a known code."""
    severity, advice = KINDS[code]
    return Problem(code, severity, where, detail, count, examples, advice)

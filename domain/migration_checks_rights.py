"""What the project and the app's rights in it must allow for this mapping.

https://support.atlassian.com/jira-cloud-administration/docs/permissions-for-company-managed-projects/
"""

from collections.abc import Iterator

from domain.check_facts import CheckFacts
from domain.counted_words import count_words
from domain.problem_codes import Problem, make_problem
from domain.remote_links import REMOTE

UNREAD = (
    ("broken", "unreadable_items", "fails to show"),
    ("missing", "unseen_items", "listed and did not show"),
)


def check_project(facts: CheckFacts) -> Iterator[Problem]:
    """Whether there is anything to do, and what Azure DevOps fails to show."""
    if not facts.report.items:
        yield make_problem("nothing_to_migrate", "The scan found no work item.")
    for name, code, words in UNREAD:
        if found := facts.report.over.get(name):
            detail = f"Azure DevOps {words} {count_words(found.count, 'work item', 'work items')}."
            yield make_problem(code, detail, count=found.count, examples=found.examples)


def check_rights(facts: CheckFacts) -> Iterator[Problem]:
    """A problem for each right that this mapping needs and the app does not have."""
    needs = {
        "no_browse_permission": ("BROWSE_PROJECTS", "Browse projects", facts.report.items),
        "no_create_permission": ("CREATE_ISSUES", "Create issues", facts.report.items),
        "no_transition_permission": ("TRANSITION_ISSUES", "Transition issues", _count_moved(facts)),
        "no_link_permission": ("LINK_ISSUES", "Link issues", _count_links(facts)),
        "no_attach_permission": ("CREATE_ATTACHMENTS", "Create attachments", _count_files(facts)),
        "no_comment_permission": ("ADD_COMMENTS", "Add comments", _count_comments(facts)),
        "no_reporter_permission": ("MODIFY_REPORTER", "Modify reporter", _count_filled(facts, "reporter")),
        "no_assign_permission": ("ASSIGN_ISSUES", "Assign issues", _count_filled(facts, "assignee")),
        "no_sprint_permission": ("MANAGE_SPRINTS_PERMISSION", "Manage sprints", _count_new_sprints(facts)),
        "no_schedule_permission": ("SCHEDULE_ISSUES", "Schedule issues", _count_scheduled(facts)),
        "no_component_permission": ("ADMINISTER_PROJECTS", "Administer projects", _count_new_components(facts)),
    }
    for code, (permission, name, count) in needs.items():
        if count and permission not in facts.target.permissions:
            yield make_problem(code, f"Crosswalk lacks the permission {name} in {facts.target.key}.", count=count)


def check_settings(facts: CheckFacts) -> Iterator[Problem]:
    """Whether the site takes files and links at all."""
    files, links = _count_files(facts), _count_links(facts, remote=False)
    if files and not facts.target.attachments_enabled:
        yield make_problem("attachments_disabled", "Attachments are turned off on this site.", count=files)
    if links and not facts.target.link_issues_enabled:
        yield make_problem("links_disabled", "Issue links are turned off on this site.", count=links)


def _count_moved(facts: CheckFacts) -> int:
    """Work items that are to leave the first status of their workflow."""
    return sum(
        number
        for count, row in facts.moved()
        for state, number in count.states.items()
        if (wanted := facts.mapping.status_target(row.source, state)) is not None
        and any(type_.paths.get(wanted) != () for type_ in facts.targets_of(row))
    )


def _count_links(facts: CheckFacts, *, remote: bool = True) -> int:
    if not facts.options.links:
        return 0
    wanted = {row.source for row in facts.mapping.links if row.target and (remote or row.target != REMOTE)}
    return sum(number for kind, number in facts.report.links.items() if kind in wanted)


def _count_files(facts: CheckFacts) -> int:
    return facts.report.files.count if facts.options.attachments else 0


def _count_comments(facts: CheckFacts) -> int:
    return facts.report.comments if facts.options.comments else 0


def _count_filled(facts: CheckFacts, field: str) -> int:
    """Work items that give a field of Jira a value."""
    rows = [row for row in facts.mapping.fields if row.target == field]
    return sum(max((facts.fills(row, count) for row in rows), default=0) for count, _row in facts.moved())


def _count_new_sprints(facts: CheckFacts) -> int:
    return sum(row.action == "new" for row in facts.mapping.iterations)


def _count_new_components(facts: CheckFacts) -> int:
    return sum(row.action == "new" for row in facts.mapping.areas)


def _count_scheduled(facts: CheckFacts) -> int:
    """Work items that get into a sprint, or have a due date."""
    wanted = {row.source for row in facts.mapping.iterations if row.action != "none"}
    planned = sum(number for path, number in facts.report.iteration_items.items() if path in wanted)
    return max(planned, _count_filled(facts, "duedate"))

"""All calls of the platform and agile APIs about issues, and those that are closed to Connect apps."""

from flask import Blueprint

from sandbox.jira_access import Access
from sandbox.jira_agile_boards import add_board_calls
from sandbox.jira_agile_sprints import add_sprint_calls
from sandbox.jira_contract import JiraContract
from sandbox.jira_field_calls import add_field_calls
from sandbox.jira_issue_calls import PlatformCalls
from sandbox.jira_issue_comments import add_comment_calls
from sandbox.jira_issue_create import add_create_calls
from sandbox.jira_issue_edit import add_edit_calls
from sandbox.jira_issue_files import add_file_calls
from sandbox.jira_issue_links import add_link_calls
from sandbox.jira_issue_meta import add_meta_calls
from sandbox.jira_issue_properties import add_property_calls
from sandbox.jira_issue_reads import add_read_calls
from sandbox.jira_issue_transitions import add_transition_calls
from sandbox.jira_issue_worklogs import add_worklog_calls
from sandbox.jira_part_calls import add_part_calls
from sandbox.jira_people_calls import add_people_calls
from sandbox.jira_search import add_search_calls

SUBJECTS = (
    add_create_calls, add_edit_calls, add_read_calls, add_transition_calls, add_comment_calls, add_file_calls,
    add_link_calls, add_property_calls, add_worklog_calls, add_meta_calls, add_field_calls, add_part_calls,
    add_people_calls, add_search_calls,
)  # fmt: skip
CLOSED = (
    ("POST", "/bulk/issues/delete"), ("POST", "/bulk/issues/fields"), ("POST", "/bulk/issues/move"),
    ("POST", "/bulk/issues/transition"), ("GET", "/bulk/queue/<task>"), ("POST", "/changelog/bulkfetch"),
    ("GET", "/statuses"), ("GET", "/statuses/search"), ("GET", "/workflows/search"), ("GET", "/users"),
    ("GET", "/users/search"), ("POST", "/user"),
)  # fmt: skip


def issue_blueprint(access: Access, contract: JiraContract) -> Blueprint:
    """The calls about issues below `/rest/api/3`."""
    blueprint = Blueprint("issues", __name__, url_prefix="/rest/api/3")
    calls = PlatformCalls(blueprint, access, contract)
    for add_calls in SUBJECTS:
        add_calls(calls)
    for method, rule in CLOSED:
        calls.close(method, rule)
    return blueprint


def agile_blueprint(access: Access, contract: JiraContract) -> Blueprint:
    """Boards, sprints and ranks below `/rest/agile/1.0`."""
    blueprint = Blueprint("agile", __name__, url_prefix="/rest/agile/1.0")
    calls = PlatformCalls(blueprint, access, contract)
    add_board_calls(calls)
    add_sprint_calls(calls)
    return blueprint

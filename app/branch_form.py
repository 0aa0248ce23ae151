"""/api/branch-form: what the form for a new branch begins with."""

from typing import Annotated

from flask import Blueprint
from pydantic import AfterValidator, Field

from app.access import admit_people, current_site
from app.api import ApiModel, api_view, read_query
from app.explain import require_key
from app.issue_access import require_issue
from domain.branch_rules import choose_template, why_off
from domain.branches import propose_name, propose_title
from services import Services

IssueKey = Annotated[str, Field(max_length=512), AfterValidator(require_key)]


class IssueQuery(ApiModel):
    issue_key: IssueKey


class BranchFormView(ApiModel):
    """`issueKey`: the one that counts now. `name`: proposed, by `template`. `off`: in words, why no branch can be made
    here; null when one can. `draftPullRequest`: whether the administrators offer one.
    """

    issue_key: str
    summary: str
    issue_type: str
    name: str
    template: str
    off: str | None
    draft_pull_request: bool
    pull_request_title: str


def routes(services: Services) -> Blueprint:
    """The blueprint with `/api/branch-form`."""
    blueprint = Blueprint("branch_form", __name__, url_prefix="/api/branch-form")
    admit_people(blueprint, services)
    blueprint.add_url_rule("", view_func=services.bind(show_branch_form), methods=["GET"])
    return blueprint


@api_view(query=IssueQuery, answer=BranchFormView)
def show_branch_form(services: Services) -> BranchFormView:
    """Tell what a new branch for an issue would be called, and whether one may be made."""
    issue = require_issue(services, read_query(IssueQuery).issue_key)
    settings = services.settings_book.read(current_site().id).settings
    template = choose_template(settings, issue.type)
    return BranchFormView(
        issue_key=issue.key,
        summary=issue.summary,
        issue_type=issue.type,
        name=propose_name(issue.key, issue.summary, issue.type, template),
        template=template,
        off=why_off(settings, issue.project),
        draft_pull_request=settings.branches.draft_pull_request,
        pull_request_title=propose_title(issue.key, issue.summary),
    )

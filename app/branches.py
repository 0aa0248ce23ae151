"""/api/branches: check a name for a new branch, and make the branch as the caller."""

import shlex
from typing import Annotated

from flask import Blueprint
from pydantic import Field

from app.access import admit_people, current_caller, current_site
from app.api import ApiModel, api_view, read_body
from app.branch_form import IssueKey
from app.branch_making import Wanted, branch_address, find_way, link_notes, make_branch, open_draft, pull_address
from app.branch_places import Home, require_home
from app.issue_access import require_issue, require_project
from clients.jira_issues import Issue
from domain.branch_names import NameFault, name_faults
from domain.branch_rules import rule_fault, why_off
from domain.branches import propose_title
from domain.errors import AccessDenied, BadInput, Fault
from domain.site_settings import SiteSettings
from linkage.persons import needs_sign_in
from services import Services
from store.people import Person

NAME_INPUT = 1000  # longer ones are refused with a sentence of their own
Name = Annotated[str, Field(max_length=NAME_INPUT)]
SWITCHED_OFF = "switched_off"
NO_DRAFTS = "The administrators of this Jira site offer no draft pull requests. Open one in Azure DevOps."


class NameBody(ApiModel):
    """`repositoryId`: null checks the name alone."""

    issue_key: IssueKey
    repository_id: Annotated[str, Field(max_length=64)] | None = None
    name: Name


class NameFaultView(ApiModel):
    """`code` stays the same. `url`: what is in the way."""

    code: str
    detail: str
    url: str | None


class NameView(ApiModel):
    """No branch of this name can be made while there are `faults`. `notes`: why Jira would not show it."""

    name: str
    faults: tuple[NameFaultView, ...]
    notes: tuple[str, ...]


class NewPullRequest(ApiModel):
    """A draft pull request into the source branch. The issue key is put before a title that lacks it."""

    title: Annotated[str, Field(max_length=NAME_INPUT)] | None = None


class NewBranch(ApiModel):
    """`source`: the branch from which the new one begins; both names without refs/heads/."""

    issue_key: IssueKey
    repository_id: Annotated[str, Field(max_length=64)]
    name: Name
    source: Annotated[str, Field(min_length=1, max_length=NAME_INPUT)]
    pull_request: NewPullRequest | None = None


class PullRequestView(ApiModel):
    id: int
    url: str


class BranchView(ApiModel):
    """`command`: what gets the branch into a clone. `notes`: what did not go as one may expect."""

    name: str
    url: str
    command: str
    pull_request: PullRequestView | None
    notes: tuple[str, ...]


def routes(services: Services) -> Blueprint:
    """The blueprint with `/api/branches`."""
    blueprint = Blueprint("branches", __name__, url_prefix="/api/branches")
    admit_people(blueprint, services)
    blueprint.add_url_rule("/check", view_func=services.bind(check_branch), methods=["POST"])
    blueprint.add_url_rule("", view_func=services.bind(create_branch), methods=["POST"])
    return blueprint


@api_view(body=NameBody, answer=NameView)
def check_branch(services: Services) -> NameView:
    """Tell what is against a name for a new branch: Git, Azure DevOps, the administrators, another branch."""
    body = read_body(NameBody)
    project = require_project(services, body.issue_key)
    settings = services.settings_book.read(current_site().id).settings
    require_switched_on(settings, project)
    home = require_home(services, project, body.repository_id) if body.repository_id is not None else None
    faults = list_faults(settings, body.name)
    if home and not faults:
        found = find_way(home, body.name)
        faults = (found,) if found else ()
    shown = tuple(NameFaultView(code=fault.code, detail=fault.detail, url=fault.url) for fault in faults)
    notes = link_notes(settings, body.issue_key, body.name, home.link if home else None)
    return NameView(name=body.name, faults=shown, notes=notes)


@api_view(body=NewBranch, answer=BranchView, status=201)
def create_branch(services: Services) -> tuple[BranchView, int]:
    """Make a branch as the caller; pressing twice makes one. Jira shows it when Azure DevOps reports the push."""
    body = read_body(NewBranch)
    issue = require_issue(services, body.issue_key)
    settings = services.settings_book.read(current_site().id).settings
    require_allowed(settings, issue, body)
    home = require_home(services, issue.project, body.repository_id)
    wanted = Wanted(body.name, body.source)
    make_branch(services, home, require_person(services, home), wanted)
    notes = link_notes(settings, issue.key, wanted.name, home.link)
    shown, more = show_draft(home, issue, wanted, body.pull_request)
    return BranchView(
        name=wanted.name,
        url=branch_address(home, wanted.name),
        command=f"git fetch && git switch {shlex.quote(wanted.name)}",
        pull_request=shown,
        notes=notes + more,
    ), 201


def require_switched_on(settings: SiteSettings, project: str) -> None:
    """Raise AccessDenied where the administrators switched branches off for a Jira project (its key)."""
    off = why_off(settings, project)
    if off:
        raise AccessDenied(off, code=SWITCHED_OFF)


def require_allowed(settings: SiteSettings, issue: Issue, body: NewBranch) -> None:
    """Raise AccessDenied where branches are switched off, BadInput for a wrong name and for a draft nobody may open."""
    require_switched_on(settings, issue.project)
    faults = [Fault("/name", fault.detail) for fault in list_faults(settings, body.name)]
    if body.pull_request is not None and not settings.branches.draft_pull_request:
        faults.append(Fault("/pullRequest", NO_DRAFTS))
    if faults:
        raise BadInput(" ".join(fault.detail for fault in faults), tuple(faults))


def require_person(services: Services, home: Home) -> Person:
    """The caller's sign-in to the organization of a repository. Raises SignInNeeded when it was ended meanwhile."""
    person = services.people.find(home.connection.id, current_caller().account_id)
    if person is None:
        raise needs_sign_in(home.connection, ended=True)
    return person


def list_faults(settings: SiteSettings, name: str) -> tuple[NameFault, ...]:
    """What is against a name wherever the branch is made."""
    broken = rule_fault(settings, name)
    return name_faults(name) + ((broken,) if broken else ())


def show_draft(
    home: Home, issue: Issue, wanted: Wanted, asked: NewPullRequest | None
) -> tuple[PullRequestView | None, tuple[str, ...]]:
    """The pull request that was asked for, and why there is none if it could not be opened."""
    if asked is None:
        return None, ()
    draft = open_draft(home, wanted, propose_title(issue.key, asked.title or issue.summary))
    shown = PullRequestView(id=draft.number, url=pull_address(home, draft.number)) if draft.number else None
    return shown, (draft.note,) if draft.note else ()

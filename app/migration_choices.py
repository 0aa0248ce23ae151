"""/api/migrations/{id}/choices and /api/migration-accounts: what a mapping may name, for a person who chooses."""

from typing import Annotated

from flask import Blueprint
from pydantic import Field

from app.access import admit_admins, current_site
from app.api import ApiModel, api_view, read_query
from app.checking import list_choices
from app.migrations import require_migration
from app.worker_questions import QuestionDesk
from clients.jira_accounts import AccountName, name_accounts, search_accounts
from domain.errors import BadInput, Fault
from services import Services

MOST_ACCOUNTS = 100
NOT_ASKED = f"Ask for q, the beginning of a name, or for ids: {MOST_ACCOUNTS} account ids at most, with commas between."


class StatusChoice(ApiModel):
    id: str
    name: str


class TypeChoice(ApiModel):
    """An issue type; `level`: 1 epic, 0 standard, -1 sub-task, more with Jira Premium."""

    id: str
    name: str
    level: int
    statuses: tuple[StatusChoice, ...]


class FieldChoice(ApiModel):
    """A field on the create screens of `types` (ids); `options`: ids of its values by name."""

    id: str
    name: str
    kind: str
    items: str
    types: tuple[str, ...]
    options: dict[str, str]


class NamedChoice(ApiModel):
    id: str
    name: str


class LinkTypeChoice(ApiModel):
    id: str
    name: str
    inward: str
    outward: str


class SprintChoice(ApiModel):
    id: int
    name: str
    state: str


class ChoicesView(ApiModel):
    """The Jira project as it is now, and what Azure DevOps calls its links and people. Nothing of it is kept.

    `hasSprints` is False without a board that has sprints. `linkLabels`: by reference name.
    """

    types: tuple[TypeChoice, ...]
    fields: tuple[FieldChoice, ...]
    priorities: tuple[NamedChoice, ...]
    link_types: tuple[LinkTypeChoice, ...]
    components: tuple[NamedChoice, ...]
    sprints: tuple[SprintChoice, ...]
    has_sprints: bool
    link_labels: dict[str, str]
    people: tuple[NamedChoice, ...]


class AccountQuery(ApiModel):
    """One of the two: the beginning of a name or mail address, or ids with commas between."""

    q: Annotated[str, Field(max_length=255)] = ""
    ids: Annotated[str, Field(max_length=20_000)] = ""


class AccountList(ApiModel):
    items: tuple[NamedChoice, ...]
    next: str | None = None


def routes(services: Services) -> Blueprint:
    """The blueprint with what there is to choose from."""
    blueprint = Blueprint("migration_choices", __name__, url_prefix="/api")
    admit_admins(blueprint, services)
    desk = QuestionDesk(services)
    blueprint.add_url_rule("/migrations/<migration_id>/choices", view_func=desk.bind(show_choices), methods=["GET"])
    blueprint.add_url_rule("/migration-accounts", view_func=services.bind(list_accounts), methods=["GET"])
    return blueprint


@api_view(answer=ChoicesView)
def show_choices(desk: QuestionDesk, migration_id: str) -> ChoicesView:
    """Show what a mapping may name: types, fields, statuses and so on of the Jira project, people of Azure DevOps."""
    migration = require_migration(desk.services, migration_id)
    return ChoicesView.model_validate(list_choices(desk.services, migration, desk.ask))


@api_view(query=AccountQuery, answer=AccountList)
def list_accounts(services: Services) -> AccountList:
    """List Jira accounts by the beginning of a name, or tell the names of some."""
    asked, client = read_query(AccountQuery), services.jira(current_site())
    words, ids = asked.q.strip(), [one for one in asked.ids.split(",") if one]
    if bool(words) == bool(ids) or len(ids) > MOST_ACCOUNTS:
        raise BadInput(NOT_ASKED, (Fault("/q", NOT_ASKED),))
    found: tuple[AccountName, ...] = search_accounts(client, words) if words else name_accounts(client, ids)
    return AccountList(items=tuple(NamedChoice(id=one.id, name=one.name) for one in found))

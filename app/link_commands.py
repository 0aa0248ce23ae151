"""Commands for organizations and their projects: connecting, linking, and both undone again."""

from datetime import datetime

import click

from app.backfilling import require_since
from app.command_line import DAY, on_schema, read_secret, require_organization, show_problems
from app.connecting import Connected, connect_organization, remove_connection, replace_token
from app.linking import LinkChoice, link_project, unlink_project, visible_projects
from app.projects import require_link
from app.sites import require_site
from clients.ado_projects import Project
from domain.addresses import read_organization
from domain.errors import UnknownObject
from domain.subscriptions import ALL_KINDS
from linkage.credentials import present_problems
from services import Services
from store.connections import Connection

TOKEN = "Personal access token"  # noqa: S105  # the words that ask for one


@click.command("connect-organization")
@click.argument("site")
@click.argument("organization")
@click.option("--token-stdin", is_flag=True, help="Read the personal access token from standard input.")
@click.option("--expires-on", type=DAY, help="The day the token ends: then there is a warning ahead.")
@on_schema
def connect(
    services: Services, *, site: str, organization: str, token_stdin: bool, expires_on: datetime | None
) -> None:  # fmt: skip
    """Connect an Azure DevOps ORGANIZATION (name or address) to a Jira SITE; again, to replace the token."""
    installation = require_site(services, site)
    read_organization(organization, services.settings.ado_hosts)  # before a token is typed in vain
    token = read_secret(TOKEN, from_input=token_stdin)
    ends = expires_on.date() if expires_on else None
    show_connected(connect_organization(services, installation, organization, token, ends))


@click.command("replace-token")
@click.argument("site")
@click.argument("organization")
@click.option("--token-stdin", is_flag=True, help="Read the personal access token from standard input.")
@click.option("--expires-on", type=DAY, help="The day the token ends: then there is a warning ahead.")
@click.option("--new-address", help="The address the ORGANIZATION has now, when it was renamed.")
@on_schema
def new_token(
    services: Services, *, site: str, organization: str, token_stdin: bool, expires_on: datetime | None,
    new_address: str | None,
) -> None:  # fmt: skip
    """Replace the token of a connected ORGANIZATION; what waited for it goes on."""
    connection = require_organization(services, require_site(services, site), organization)
    if new_address:
        read_organization(new_address, services.settings.ado_hosts)  # before a token is typed in vain
    token = read_secret(TOKEN, from_input=token_stdin)
    ends = expires_on.date() if expires_on else None
    show_connected(replace_token(services, connection, token, ends, new_address))


@click.command("disconnect-organization")
@click.argument("site")
@click.argument("organization")
@on_schema
def disconnect(services: Services, site: str, organization: str) -> None:
    """Remove an ORGANIZATION: its subscriptions, its token, and what Jira was sent for it."""
    installation = require_site(services, site)
    connection = require_organization(services, installation, organization)
    show_problems(remove_connection(services, installation, connection))
    click.echo(f"Removed {connection.organization_url}.")


@click.command("link-project")
@click.argument("site")
@click.argument("organization")
@click.argument("project")
@click.option("--jira-project", "jira_projects", multiple=True, metavar="KEY", help="Only issues of this Jira project.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(ALL_KINDS), help="Only this kind; all when left out.")
@click.option("--since", type=DAY, help="Import history from this day on, instead of half a year.")
@click.option("--no-history", is_flag=True, help="Import no history; a link that is there keeps what it has.")
@on_schema
def link(
    services: Services, *, site: str, organization: str, project: str, jira_projects: tuple[str, ...],
    kinds: tuple[str, ...], since: datetime | None, no_history: bool,
) -> None:  # fmt: skip
    """Send what happens in a PROJECT (name or id) of an ORGANIZATION to a Jira SITE. Safe to repeat."""
    if since and no_history:
        raise click.UsageError("--since and --no-history exclude each other.")
    installation = require_site(services, site)
    connection = require_organization(services, installation, organization)
    found = require_project(services, connection, project)
    day = require_since(services, since.date(), "--since") if since else None
    choice = LinkChoice(kinds=kinds or None, jira_projects=jira_projects or None, since=day, backfill=not no_history)
    linked = link_project(services, installation, connection, found.id, choice=choice)
    made = services.links.list_subscriptions(linked.id)
    click.echo(f"Linked {found.name}: {', '.join(linked.kinds)}; {len(made)} subscriptions.")


@click.command("unlink-project")
@click.argument("site")
@click.argument("organization")
@click.argument("project")
@on_schema
def unlink(services: Services, site: str, organization: str, project: str) -> None:
    """Stop sending a PROJECT (name or id), and remove from Jira what was sent."""
    installation = require_site(services, site)
    connection = require_organization(services, installation, organization)
    show_problems(unlink_project(services, installation, connection, require_link(services, connection, project)))
    click.echo(f"Unlinked {project}.")


def show_connected(connected: Connected) -> None:
    click.echo(f"Connected {connected.connection.organization_url} as {connected.user_name}.")
    show_problems(present_problems(connected.connection))


def require_project(services: Services, connection: Connection, text: str) -> Project:
    """A project by name (in any case) or id. Raises UnknownObject."""
    projects = visible_projects(services, connection)
    found = next((p for p in projects if text.casefold() in {p.id.casefold(), p.name.casefold()}), None)
    if found is None:
        names = ", ".join(project.name for project in projects[:20]) or "none"
        raise UnknownObject(f"The token sees no project {text} in {connection.organization}. It sees: {names}")
    return found

"""`flask --app wsgi crosswalk ...`: what an operator does without Jira's pages.

Exit codes: 0 done, 1 refused with a sentence, 2 wrong usage. A secret is asked for without echo or read from standard
input, never taken as an argument, where other users of the machine could read it.
"""

import functools
import logging
import sys
from collections.abc import Callable
from typing import Any

import click
import structlog
from alembic import command as alembic_command
from flask import Flask
from pydantic import SecretStr

from app.connecting import connect_organization
from app.health import read_health, refresh_states
from app.health_views import ConnectionHealth, LinkHealth
from app.linking import LinkChoice, link_project, unlink_project, visible_projects
from app.sites import add_site, require_site
from app.support import support_bundle
from clients.ado_projects import Project
from domain.addresses import read_organization, read_site
from domain.errors import BadInput, UnknownObject, WrongState
from domain.subscriptions import ALL_KINDS, ENABLED
from linkage.hook_rotation import Rotation, rotate_secrets
from linkage.token_check import Problem
from services import Services
from store.connections import Connection
from store.db import alembic_config, require_schema
from store.installations import Installation
from store.key_services import LocalKeys
from store.outages import OUTAGES, name_outage


class OperatorGroup(click.Group):
    """Gives every command the services, and turns expected errors into one sentence."""

    def __init__(self, services: Services, **settings: Any) -> None:
        super().__init__(**settings)
        self._services = services

    def invoke(self, ctx: click.Context) -> Any:
        ctx.obj = self._services
        move_logs()
        try:
            return super().invoke(ctx)
        except BadInput as error:
            raise click.ClickException("\n".join([str(error), *_more_faults(error)])) from None
        except OUTAGES as error:
            raise click.ClickException(name_outage(error)) from None


def register_commands(app: Flask, services: Services) -> None:
    """Add the command group `crosswalk`."""
    group = OperatorGroup(services, name="crosswalk", help="Set up and look after Crosswalk.")
    own = (upgrade_database, new_site, connect, link, unlink, status, rotate_keys, rotate_hook_secrets, support_bundle)
    for added in own:
        group.add_command(added)
    app.cli.add_command(group)


def on_schema(run: Callable[..., None]) -> Callable[..., None]:
    """Give a command the services as its first argument once the database is at the newest schema."""

    @functools.wraps(run)
    def wrapped(**arguments: Any) -> None:
        services: Services = click.get_current_context().obj
        require_schema(services.engine)
        run(services, **arguments)

    return wrapped


@click.command("upgrade-database")
@click.pass_obj
def upgrade_database(services: Services) -> None:
    """Bring the database to the schema this version needs. Safe to repeat."""
    alembic_command.upgrade(alembic_config(services.engine), "head")
    require_schema(services.engine)
    click.echo("The database is at the newest schema.")


@click.command("add-site")
@click.argument("site")
@click.option("--client-id", help="Client id of the OAuth credentials; asked for when left out.")
@click.option("--secret-stdin", is_flag=True, help="Read the client secret from standard input.")
@on_schema
def new_site(services: Services, site: str, client_id: str | None, secret_stdin: bool) -> None:
    """Add a Jira SITE by OAuth credentials made there (Apps > OAuth credentials)."""
    if secret_stdin and not client_id:
        raise click.UsageError("--secret-stdin needs --client-id.")
    read_site(site, services.settings.jira_hosts)  # before a secret is typed in vain
    named = client_id or click.prompt("Client id")
    added = add_site(services, site, named.strip(), read_secret("Client secret", from_input=secret_stdin))
    click.echo(f"Added {added.base_url}. Next: crosswalk connect-organization {added.base_url} ORGANIZATION")


@click.command("connect-organization")
@click.argument("site")
@click.argument("organization")
@click.option("--token-stdin", is_flag=True, help="Read the personal access token from standard input.")
@on_schema
def connect(services: Services, site: str, organization: str, token_stdin: bool) -> None:
    """Connect an Azure DevOps ORGANIZATION (name or address) to a Jira SITE; again, to replace the token."""
    installation = require_site(services, site)
    read_organization(organization, services.settings.ado_hosts)  # before a token is typed in vain
    token = read_secret("Personal access token", from_input=token_stdin)
    connected = connect_organization(services, installation, organization, token)
    click.echo(f"Connected {connected.connection.organization_url} as {connected.user_name}.")
    for problem in connected.connection.problems:
        click.echo(f"{problem['severity']}: {problem['detail']}")


@click.command("link-project")
@click.argument("site")
@click.argument("organization")
@click.argument("project")
@click.option("--jira-project", "jira_projects", multiple=True, metavar="KEY", help="Only issues of this Jira project.")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(ALL_KINDS), help="Only this kind; all when left out.")
@on_schema
def link(
    services: Services, *, site: str, organization: str, project: str, jira_projects: tuple[str, ...],
    kinds: tuple[str, ...],
) -> None:  # fmt: skip
    """Send what happens in a PROJECT (name or id) of an ORGANIZATION to a Jira SITE. Safe to repeat."""
    installation = require_site(services, site)
    connection = require_organization(services, installation, organization)
    found = require_project(services, connection, project)
    choice = LinkChoice(kinds=kinds or None, jira_projects=jira_projects or None)
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
    found = services.links.find_project(connection.id, project)
    if found is None:
        named = require_project(services, connection, project)
        found = services.links.find_project(connection.id, named.id)
    if found is None:
        raise UnknownObject(f"{project} is not linked.")
    show_left(unlink_project(services, installation, connection, found))
    click.echo(f"Unlinked {project}.")


@click.command("status")
@click.argument("site", required=False)
@on_schema
def status(services: Services, site: str | None) -> None:
    """Show whether events flow, for one SITE or all."""
    sites = choose_sites(services, site)
    if not sites:
        click.echo("No site yet. Install the app in Jira, or run: crosswalk add-site SITE")
    for known in sites:
        click.echo(f"{known.base_url} ({known.kind})")
        refresh_states(services, known.id)
        for connection in read_health(services, known.id).items:
            show_connection(connection)


@click.command("rotate-keys")
@click.option("--drop-old", is_flag=True, help="Instead, drop the older local master keys that wrap nothing any more.")
@click.option("--accept-loss", is_flag=True, help="Give up what no master key opens any more: it is entered anew.")
@on_schema
def rotate_keys(services: Services, *, drop_old: bool, accept_loss: bool) -> None:
    """Wrap all stored data keys by a new master key (local), or by the newest version of the KMS key."""
    on_aws = services.settings.secret_backend == "aws"  # noqa: S105  # the name of a backend
    local = None if on_aws else LocalKeys(services.settings.local_key_file)
    if drop_old:
        dropped = local.drop_old(services.vault.used_master_keys()) if local else 0
        click.echo(f"Dropped {dropped} old master keys.")
        return
    if local:
        if not accept_loss:
            local.check(services.vault.used_master_keys())
        local.add_key()
    if accept_loss:
        click.echo(f"Gave up {services.vault.drop_lost()} data keys. Tokens they sealed have to be entered anew.")
    changed = services.vault.rewrap(force=local is None)
    click.echo(f"Wrapped {changed} data keys anew.")
    if local:
        click.echo("Some minutes from now, and after a backup of the key file, run: crosswalk rotate-keys --drop-old")


@click.command("rotate-hook-secrets")
@click.argument("site", required=False)
@on_schema
def rotate_hook_secrets(services: Services, site: str | None) -> None:
    """Give the links of one SITE or all a new secret, and tell it to Azure DevOps. Safe to repeat."""
    sites = choose_sites(services, site)
    left = [done for known in sites for done in rotate_secrets(services, known) if not show_rotation(done)]
    if left:
        raise WrongState("Where it was refused, the old secret and the new one are both accepted. Run this again.")


def choose_sites(services: Services, site: str | None) -> list[Installation]:
    """The named site, or all that are installed. Raises UnknownObject."""
    if site:
        return [require_site(services, site)]
    return [known for known in services.installations.list_all() if known.state == "installed"]


def show_rotation(done: Rotation) -> bool:
    """Tell what became of a link; True when its old secret is over."""
    words = f"refused for {', '.join(done.failed)}" if done.failed else "new secret"
    click.echo(f"{done.organization}, project {done.project_id}: {words}")
    return not done.failed


def move_logs() -> None:
    """Send log lines to standard error: a command's own words have standard output to themselves."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is sys.stdout:
            handler.setStream(sys.stderr)
            structlog.configure(logger_factory=structlog.WriteLoggerFactory(file=sys.stderr))  # the rest stays


def read_secret(prompt: str, *, from_input: bool) -> SecretStr:
    """A secret from standard input (one line) or typed without echo."""
    text: str = sys.stdin.readline() if from_input else click.prompt(prompt, hide_input=True)
    if not text.strip():
        raise click.UsageError(f"{prompt}: standard input was empty.")
    return SecretStr(text.strip())


def require_organization(services: Services, installation: Installation, text: str) -> Connection:
    """A connected organization. Raises UnknownObject."""
    address = read_organization(text, services.settings.ado_hosts)
    found = services.connections.find_organization(installation.id, address.url)
    if found is None:
        raise UnknownObject(f"{address.url} is not connected to {installation.base_url}. Run: connect-organization")
    return found


def require_project(services: Services, connection: Connection, text: str) -> Project:
    """A project by name (in any case) or id. Raises UnknownObject."""
    projects = visible_projects(services, connection)
    found = next((p for p in projects if text.casefold() in {p.id.casefold(), p.name.casefold()}), None)
    if found is None:
        names = ", ".join(project.name for project in projects[:20]) or "none"
        raise UnknownObject(f"The token sees no project {text} in {connection.organization}. It sees: {names}")
    return found


def show_left(left: tuple[Problem, ...]) -> None:
    for problem in left:
        click.echo(f"{problem.severity}: {problem.detail}")


def show_connection(health: ConnectionHealth) -> None:
    click.echo(f"  {health.organization}: token {health.credential.state}, {health.dead_letters} dead letters")
    for problem in health.credential.problems:
        click.echo(f"    {problem.severity}: {problem.detail}")
    for linked in health.links:
        show_linked(linked)


def show_linked(health: LinkHealth) -> None:
    enabled = sum(row.status == ENABLED for row in health.subscriptions)
    event = f"{health.last_event.type} at {health.last_event.at:%Y-%m-%d %H:%M:%S} UTC" if health.last_event else "none"
    answer = health.last_answer.words if health.last_answer else "none"
    click.echo(f"    project {health.project_id}")
    click.echo(f"      subscriptions: {enabled} of {len(health.subscriptions)} enabled")
    click.echo(f"      waiting events: {health.inbox.depth}; last event: {event}; last answer of Jira: {answer}")


def _more_faults(error: BadInput) -> list[str]:
    return [f"  {fault.pointer}: {fault.detail}" for fault in error.faults if fault.detail not in str(error)]

"""`flask --app wsgi crosswalk ...`: what an operator does without Jira's pages.

Exit codes: 0 done, 1 refused with a sentence, 2 wrong usage. A secret is asked for without echo or read from standard
input, never taken as an argument, where other users of the machine could read it.
"""

import click
from alembic import command as alembic_command
from flask import Flask

from app.command_line import OperatorGroup, choose_sites, on_schema, stamp
from app.health import read_health, refresh_states
from app.health_views import ConnectionHealth, LinkHealth
from app.history_commands import backfill, look_again
from app.link_commands import connect, disconnect, link, new_token, unlink
from app.migration_commands import migration_commands
from app.site_commands import dead_letters, explain, new_site, settings
from app.support import support_bundle
from domain.errors import WrongState
from domain.subscriptions import ENABLED
from linkage.hook_rotation import Rotation, rotate_secrets
from logs import hash_tenant
from services import Services
from store.db import alembic_config, require_schema
from store.key_services import LocalKeys

COMMANDS = (
    new_site, connect, new_token, disconnect, link, unlink, backfill, look_again, settings, explain, dead_letters,
)  # fmt: skip


def register_commands(app: Flask, services: Services) -> None:
    """Add the command groups `crosswalk` and `migration`."""
    group = OperatorGroup(services, name="crosswalk", help="Set up and look after Crosswalk.")
    own = (upgrade_database, status, rotate_keys, rotate_hook_secrets, support_bundle)
    for added in (*own, *COMMANDS):
        group.add_command(added)
    app.cli.add_command(group)
    app.cli.add_command(migration_commands(services))


@click.command("upgrade-database")
@click.pass_obj
def upgrade_database(services: Services) -> None:
    """Bring the database to the schema this version needs. Safe to repeat."""
    alembic_command.upgrade(alembic_config(services.engine), "head")
    require_schema(services.engine)
    click.echo("The database is at the newest schema.")


@click.command("status")
@click.argument("site", required=False)
@on_schema
def status(services: Services, site: str | None) -> None:
    """Show whether events flow, for one SITE or all."""
    sites = choose_sites(services, site)
    if not sites:
        click.echo("No site yet. Install the app in Jira, or run: crosswalk add-site SITE")
    for known in sites:
        click.echo(f"{known.base_url} ({known.kind}), in the log {hash_tenant(known.id)}")
        refresh_states(services, known.id)
        for connection in read_health(services, known.id).items:
            show_connection(services, connection)


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


def show_rotation(done: Rotation) -> bool:
    """Tell what became of a link; True when its old secret is over."""
    words = f"refused for {', '.join(done.failed)}" if done.failed else "new secret"
    click.echo(f"{done.organization}, project {done.project_id}: {words}")
    return not done.failed


def show_connection(services: Services, health: ConnectionHealth) -> None:
    """With the hash by which the log names it."""
    letters = f"{health.dead_letters} dead letters"
    click.echo(
        f"  {health.organization}: token {health.credential.state}, {letters}, in the log {hash_tenant(health.id)}"
    )
    for problem in health.credential.problems:
        click.echo(f"    {problem.severity}: {problem.detail}")
    links = {link.project_id: link.id for link in services.links.list_connection(health.id)}
    for linked in health.links:
        show_linked(linked, links.get(linked.project_id, ""))


def show_linked(health: LinkHealth, link_id: str) -> None:
    enabled = sum(row.status == ENABLED for row in health.subscriptions)
    event = f"{health.last_event.type} at {stamp(health.last_event.at)}" if health.last_event else "none"
    answer = health.last_answer.words if health.last_answer else "none"
    click.echo(f"    project {health.project_id}, in the log {hash_tenant(link_id)}")
    click.echo(f"      subscriptions: {enabled} of {len(health.subscriptions)} enabled")
    click.echo(f"      waiting events: {health.inbox.depth}; last event: {event}; last answer of Jira: {answer}")

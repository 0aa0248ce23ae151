"""Commands for what happened before: the import of a project's history, and comparing once more."""

from collections.abc import Callable
from datetime import date, datetime

import click

from app.backfilling import begin_backfill, default_since, pause_backfill, require_since, resume_backfill, retry_failed
from app.backfills import BackfillView, read_backfill
from app.command_line import DAY, on_schema, require_organization, stamp
from app.projects import require_link
from app.sites import require_site
from linkage.reconciling import want_reconcile
from services import Services
from store.links import Link

PARTS_SHOWN = 100


@click.group("backfill")
def backfill() -> None:
    """Import the history of a linked project, and see how far that is."""


def on_link(run: Callable[..., None]) -> Callable[..., None]:
    """Give a command the services and the link that its three arguments name."""

    @click.argument("site")
    @click.argument("organization")
    @click.argument("project")
    @on_schema
    def wrapped(services: Services, site: str, organization: str, project: str, **options: object) -> None:
        connection = require_organization(services, require_site(services, site), organization)
        run(services, require_link(services, connection, project), **options)

    wrapped.__doc__ = run.__doc__
    return wrapped


@backfill.command("start")
@click.option("--since", type=DAY, help="The first day; without it that of before, or half a year ago.")
@on_link
def start(services: Services, link: Link, since: datetime | None) -> None:
    """Read the history of a PROJECT from a day on: begin, go further back, or read again what has ended."""
    begin_backfill(
        services, link, require_since(services, since.date(), "--since") if since else kept_day(services, link)
    )
    show_backfill(read_backfill(services, link))


@backfill.command("pause")
@on_link
def pause(services: Services, link: Link) -> None:
    """Stop reading; what is being read just now is still sent."""
    pause_backfill(services, link)
    show_backfill(read_backfill(services, link))


@backfill.command("resume")
@on_link
def resume(services: Services, link: Link) -> None:
    """Go on where it was paused."""
    resume_backfill(services, link)
    show_backfill(read_backfill(services, link))


@backfill.command("retry-failed")
@on_link
def retry(services: Services, link: Link) -> None:
    """Try the failed parts again, from where each stopped, and read those that left entries out once more."""
    retry_failed(services, link)
    show_backfill(read_backfill(services, link))


@backfill.command("status")
@click.option("--json", "as_json", is_flag=True, help="The whole answer as the API gives it.")
@on_link
def status(services: Services, link: Link, *, as_json: bool) -> None:
    """Show how far it is, and what failed or waits."""
    found = read_backfill(services, link)
    if as_json:
        click.echo(found.model_dump_json(by_alias=True, indent=2))
    else:
        show_backfill(found)


@click.command("look-again")
@on_link
def look_again(services: Services, link: Link) -> None:
    """Compare a PROJECT with what Jira has, now, and send what is missing."""
    want_reconcile(services, link.id)
    click.echo("Workers read what happened since the last time.")


def kept_day(services: Services, link: Link) -> date:
    return date.fromisoformat(link.backfill_since) if link.backfill_since else default_since(services)


def show_backfill(found: BackfillView) -> None:
    total = "" if found.total is None else f" of {found.total}"
    parts = ", ".join(f"{count} {state}" for state, count in sorted(found.counts.items())) or "none known yet"
    click.echo(f"{found.state}, since {found.since}: {found.done}{total} entries read; parts: {parts}")
    if found.stalled:
        click.echo("Nothing has moved for ten minutes. Look whether a worker runs.")
    if found.waits_for:
        click.echo(f"All of it waits until {stamp(found.waits_for.until)}: {found.waits_for.detail}")
    told = [part for part in found.repositories if part.error]
    for part in told[:PARTS_SHOWN]:
        click.echo(f"  {part.name}, {part.kind}: {part.state}: {part.error.detail if part.error else ''}")
    if len(told) > PARTS_SHOWN:
        click.echo(f"  and {len(told) - PARTS_SHOWN} more; --json shows all")

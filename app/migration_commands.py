"""`flask --app wsgi migration ...`: a migration for people who live at the command line, and for scripts.

What a command was asked for goes to standard output, in words or with `--json` as the API gives it; how far it is goes
to standard error. Exit codes are in `app/exit_codes.py`.
"""

from typing import TextIO, get_args

import click

from app.checking import check_migration, dry_run, find_waivers, list_choices, suggest_mapping
from app.command_line import OperatorGroup, on_schema, stamp
from app.dead_letters import moment
from app.exit_codes import ExitCode, code_of_error
from app.following import ask_patiently, follow_scan
from app.mapping_views import MappingView
from app.migrating import cancel_scan, require_scan, start_scan
from app.migration_choices import AccountList, ChoicesView, NamedChoice
from app.migration_files import open_migration, write_file
from app.migration_steps import MOST_IDS, MOST_PER_TYPE, DraftView, DryRunResult, view_check
from app.migration_words import (
    echo_json,
    show_check,
    show_choices,
    show_drafts,
    show_migrations,
    show_named,
    show_plans,
    show_scan,
)
from app.migrations import MigrationList, view_migration
from app.run_commands import RUN_COMMANDS
from app.scans import view_scan
from app.sites import require_site
from clients.jira_accounts import search_accounts
from domain.mapping_documents import read_mapping, write_mapping
from domain.mapping_records import PlanName
from services import Services

AS_JSON = click.option("--json", "as_json", is_flag=True, help="The whole answer as the API gives it.")
OUTPUT = click.option(
    "--output", "-o", type=click.File("w", encoding="utf-8", lazy=True), default="-", help="Write to this file."
)
EPILOG = "Exit codes: " + ", ".join(f"{code.value} {code.name.replace('_', ' ').lower()}" for code in ExitCode) + "."
PLANS = click.Choice(get_args(PlanName))


def migration_commands(services: Services) -> click.Group:
    """The command group `migration`. MIGRATION is the name of a YAML file, `-` for standard input, or an id."""
    words = "Migrate work items of Azure DevOps into a Jira project. MIGRATION is a YAML file, `-`, or an id."
    group = OperatorGroup(services, code_of_error, name="migration", help=words, epilog=EPILOG)
    for added in (list_known, scan, stop_scan, suggest, choices, accounts, export, check, try_out, *RUN_COMMANDS):
        group.add_command(added)
    return group


@click.command("list")
@click.argument("site")
@AS_JSON
@on_schema
def list_known(services: Services, *, site: str, as_json: bool) -> None:
    """List the migrations of a SITE, the newest first."""
    found = services.migrations.list_for(require_site(services, site).id)
    views = tuple(view_migration(services, migration) for migration in found)
    if as_json:
        echo_json(MigrationList(items=views))
    else:
        show_migrations(views)


@click.command("scan")
@click.argument("migration")
@click.option("--wait/--no-wait", default=True, help="Look on until it has ended; or only start it.")
@click.option("--again", is_flag=True, help="Scan anew what was scanned before.")
@AS_JSON
@on_schema
def scan(services: Services, *, migration: str, wait: bool, again: bool, as_json: bool) -> None:
    """Read what the project of a MIGRATION holds, and show it. Writes nothing anywhere.

    What was scanned already is shown as it was.
    """
    known = open_migration(services, migration)
    before = services.scans.find_progress(known.id)
    if before and before.state == "done" and not again:
        click.echo("This was scanned before. To scan it anew: --again", err=True)
    else:
        start_scan(services, known)
    found = follow_scan(services, known) if wait else require_scan(services, known)
    if as_json:
        echo_json(view_scan(found))
    else:
        click.echo(f"Migration {known.id}, scan begun {stamp(moment(found.started_at))}")
        show_scan(view_scan(found))
    if wait and found.state != "done":
        raise click.exceptions.Exit(ExitCode.STOPPED)


@click.command("cancel-scan")
@click.argument("migration")
@on_schema
def stop_scan(services: Services, migration: str) -> None:
    """Stop the scan of a MIGRATION. What it found so far is kept."""
    click.echo(f"The scan is {cancel_scan(services, open_migration(services, migration)).state}.")


@click.command("suggest")
@click.argument("migration")
@click.option("--plan", type=PLANS, help="How levels become Jira's; the one that loses least by default.")
@OUTPUT
@AS_JSON
@on_schema
def suggest(services: Services, *, migration: str, plan: PlanName | None, output: TextIO, as_json: bool) -> None:
    """Write the file of a MIGRATION with a suggested mapping, to be looked over. It applies once a check or a run is
    given the file.
    """
    known = open_migration(services, migration)
    suggested = suggest_mapping(services, known, "rules", ask_patiently(services), plan)
    if as_json:
        output.write(MappingView.model_validate(suggested).model_dump_json(by_alias=True, indent=2) + "\n")
        return
    show_plans(suggested.get("plans", ()))
    output.write(write_file(services, known, write_mapping(read_mapping(suggested))))


@click.command("choices")
@click.argument("migration")
@AS_JSON
@on_schema
def choices(services: Services, *, migration: str, as_json: bool) -> None:
    """List the ids that a mapping of a MIGRATION may name: types, statuses, fields, sprints and so on, and people."""
    found = list_choices(services, open_migration(services, migration), ask_patiently(services))
    view = ChoicesView.model_validate(found)
    if as_json:
        echo_json(view)
    else:
        show_choices(view)


@click.command("accounts")
@click.argument("site")
@click.argument("words")
@AS_JSON
@on_schema
def accounts(services: Services, *, site: str, words: str, as_json: bool) -> None:
    """Find accounts of a Jira SITE by the beginning of a name or a mail address."""
    people = search_accounts(services.jira(require_site(services, site)), words)
    found = tuple(NamedChoice(id=one.id, name=one.name) for one in people)
    if as_json:
        echo_json(AccountList(items=found))
    elif found:
        show_named("Accounts", found)
    else:
        click.echo("No account begins like this. Jira tells a mail address only where its owner shows it.")


@click.command("export")
@click.argument("migration")
@OUTPUT
@on_schema
def export(services: Services, *, migration: str, output: TextIO) -> None:
    """Write the file of a MIGRATION with the mapping that is saved."""
    known = open_migration(services, migration)
    output.write(write_file(services, known, services.mappings.read(known.id)))


@click.command("check")
@click.argument("migration")
@AS_JSON
@on_schema
def check(services: Services, *, migration: str, as_json: bool) -> None:
    """Tell every reason why a run of a MIGRATION would fail or lose something. Saves the mapping of its file."""
    known = open_migration(services, migration, with_mapping=True)
    problems = check_migration(services, known, ask_patiently(services))
    checked = view_check(problems, find_waivers(services, known))
    if as_json:
        echo_json(checked)
    else:
        show_check(checked)
    if not checked.ready:
        raise click.exceptions.Exit(ExitCode.CHECK_FAILED)


@click.command("dry-run")
@click.argument("migration")
@click.option("--per-type", type=click.IntRange(1, MOST_PER_TYPE), default=2, help="So many of each type.")
@click.option("--id", "ids", type=click.IntRange(1), multiple=True, metavar="ID", help="Instead, this work item.")
@AS_JSON
@on_schema
def try_out(services: Services, *, migration: str, per_type: int, ids: tuple[int, ...], as_json: bool) -> None:
    """Show what Jira would get for some work items of a MIGRATION. Saves the mapping of its file, writes nothing else;
    the exact bodies are in `--json`.
    """
    if len(ids) > MOST_IDS:
        raise click.UsageError(f"{MOST_IDS} work items at most.")
    known = open_migration(services, migration, with_mapping=True)
    drafts = dry_run(services, known, per_type, ids, ask_patiently(services))
    items = tuple(DraftView.model_validate(one) for one in drafts)
    if as_json:
        echo_json(DryRunResult(items=items))
    else:
        show_drafts(items)

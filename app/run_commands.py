"""`flask --app wsgi migration run ...`: the run of a migration, what a person may tell it, and its report."""

import click

from app.checking import check_migration, find_waivers, list_blocking
from app.command_line import on_schema
from app.exit_codes import ExitCode, code_of_report
from app.following import ask_patiently, follow_run, name_step, tell_pace, view_run_now
from app.migrating import change_run, require_mapping, start_run
from app.migration_files import open_migration
from app.migration_steps import view_check
from app.migration_words import echo_json, show_check, show_report
from app.progress import ProgressDesk
from app.run_report_rows import write_rows
from app.run_report_views import read_report
from domain.errors import UnknownObject
from domain.run_states import PersonsCall
from services import Services
from store.migrations import Migration
from store.runs import Run

AS_JSON = click.option("--json", "as_json", is_flag=True, help="The whole answer as the API gives it.")
WAIT = click.option("--wait/--no-wait", default=True, help="Look on until it has ended or is paused; or only start it.")


@click.command("run")
@click.argument("migration")
@click.option("--sample", is_flag=True, help="Some work items of each type only.")
@WAIT
@AS_JSON
@on_schema
def begin(services: Services, *, migration: str, sample: bool, wait: bool, as_json: bool) -> None:
    """Check a MIGRATION, then run it and report. Saves the mapping of its file. Ctrl-C leaves the run going."""
    known = open_migration(services, migration, with_mapping=True)
    require_mapping(known)
    require_clean(services, known, as_json=as_json)
    run_id = start_run(services, known, "sample" if sample else "full")
    click.echo(f"Run {run_id}", err=True)
    tell(services, run_id, wait=wait, as_json=as_json)


@click.command("watch")
@click.argument("run")
@AS_JSON
@on_schema
def watch(services: Services, *, run: str, as_json: bool) -> None:
    """Look on at a RUN until it has ended or is paused, and report."""
    tell(services, require_run(services, run).id, wait=True, as_json=as_json)


@click.command("status")
@click.argument("run")
@AS_JSON
@on_schema
def status(services: Services, *, run: str, as_json: bool) -> None:
    """Show how far a RUN is."""
    show_run(services, require_run(services, run).id, as_json=as_json)


@click.command("report")
@click.argument("run")
@click.option(
    "--csv", "as_csv", is_flag=True, help="A line for all that failed, was skipped, lost something or differs."
)
@AS_JSON
@on_schema
def report(services: Services, *, run: str, as_csv: bool, as_json: bool) -> None:
    """Tell what became of everything in a RUN."""
    found = require_run(services, run)
    if as_csv:
        if as_json:
            raise click.UsageError("The report is either CSV or JSON: leave out --csv or --json.")
        for lines in write_rows(services, found):
            click.echo(lines, nl=False)
        return
    finish(services, found, as_json=as_json)


def told(call: PersonsCall, words: str) -> click.Command:
    """A command that tells a run something and shows what it makes of it."""

    @click.command(call, help=words)
    @click.argument("run")
    @AS_JSON
    @on_schema
    def tell_it(services: Services, *, run: str, as_json: bool) -> None:
        known = require_run(services, run)
        change_run(services, known, call)
        show_run(services, known.id, as_json=as_json)

    return tell_it


def set_off(call: PersonsCall, words: str) -> click.Command:
    """A command that has a run work again, and looks on."""

    @click.command(call, help=words)
    @click.argument("run")
    @WAIT
    @AS_JSON
    @on_schema
    def work_again(services: Services, *, run: str, wait: bool, as_json: bool) -> None:
        known = require_run(services, run)
        change_run(services, known, call)
        tell(services, known.id, wait=wait, as_json=as_json)

    return work_again


RUN_COMMANDS: tuple[click.Command, ...] = (
    begin,
    watch,
    status,
    told("pause", "Stop a RUN after what is on its way just now."),
    set_off("resume", "Go on with a RUN where it was paused, or where it failed, and look on."),
    told(
        "cancel",
        "End a RUN: what is on its way is looked after, the rest is skipped. What is in Jira stays there. "
        "One that is verified again or repaired is done then, as it was before.",
    ),
    set_off("verify", "Read everything of a RUN back from Jira once more, compare it, and report."),
    set_off("repair", "Try again what failed in a RUN, make right what differs, and report."),
    report,
)


def require_run(services: Services, run_id: str) -> Run:
    """The run of an id, on whatever site. Raises UnknownObject."""
    found = services.runs.find(run_id)
    if found is None:
        raise UnknownObject(
            f"There is no run {run_id}. `flask migration list SITE` shows the newest of each migration."
        )
    return found


def require_clean(services: Services, migration: Migration, *, as_json: bool) -> None:
    """Check before a run. Ends the command with everything the check tells when an error is in the way."""
    problems, waivers = check_migration(services, migration, ask_patiently(services)), find_waivers(services, migration)
    if list_blocking(problems, waivers):
        checked = view_check(problems, waivers)
        if as_json:
            echo_json(checked)
        else:
            show_check(checked, err=True)
        raise click.exceptions.Exit(ExitCode.CHECK_FAILED)


def tell(services: Services, run_id: str, *, wait: bool, as_json: bool) -> None:
    """Look on at a run and report; without waiting show how far it is."""
    if not wait:
        show_run(services, run_id, as_json=as_json)
        return
    follow_run(services, run_id)
    finish(services, require_run(services, run_id), as_json=as_json)


def show_run(services: Services, run_id: str, *, as_json: bool) -> None:
    """A run as it is now."""
    view = view_run_now(ProgressDesk(services), run_id)
    if as_json:
        echo_json(view)
        return
    counts = ", ".join(f"{count:,} {state}" for state, count in view.counts.items()) or "no work items yet"
    click.echo(f"Run {view.id}: {', '.join(filter(None, (name_step(view), tell_pace(view))))}; {counts}")
    if view.error:
        click.echo(view.error.detail)


def finish(services: Services, run: Run, *, as_json: bool) -> None:
    """Report on a run, and end the command with how well it went."""
    found = read_report(services, run)
    if as_json:
        echo_json(found)
    else:
        show_report(found)
    code = code_of_report(found)
    if code:
        raise click.exceptions.Exit(code)

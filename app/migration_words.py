"""What commands about migrations write on standard output for people; programs take `--json`."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import click
from pydantic import BaseModel

from app.following import tell_seconds
from app.migration_choices import ChoicesView, LinkTypeChoice, NamedChoice, SprintChoice
from app.migration_steps import CheckResult, DraftView, ProblemOfCheck
from app.migrations import MigrationView
from app.run_charts import LedgerLine, draw_ledger
from app.run_report_views import ReportView
from app.scans import ScanView
from domain.records import Json

SHOWN = 20  # lines of a list; --json has all
COLUMNS = ("read", "created", "adopted", "updated", "unchanged", "skipped", "failed")
Named = NamedChoice | LinkTypeChoice | SprintChoice
UNITS = ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB"))


def echo_json(answer: BaseModel) -> None:
    """An answer as the API gives it."""
    click.echo(answer.model_dump_json(by_alias=True, indent=2))


def show_migrations(found: Sequence[MigrationView]) -> None:
    """A line each: its id, from where into what, how far it is, its newest run."""
    for one in found:
        run = f"; {one.run.kind} run {one.run.id}: {one.run.state}" if one.run else ""
        reader = (
            "" if one.read_as == "connection" else f"; reads as a person ({one.reader_state or 'not known any more'})"
        )
        names = f"{one.organization or 'removed'}/{one.project.name} to {one.jira_project}"
        click.echo(f"{one.id}  {names}: {one.state}{run}{reader}")
    if not found:
        click.echo("No migrations yet.")


def show_scan(scan: ScanView) -> None:
    """What a project holds."""
    click.echo(f"Scan {scan.state}: {scan.items:,} work items")
    if scan.error:
        click.echo(f"  {scan.error.detail}")
    for one in scan.types:
        states = ", ".join(f"{name} {count:,}" for name, count in one.states.items())
        click.echo(f"  {one.name}: {one.count:,} ({states})")
    files = scan.attachments
    click.echo(f"Comments: {scan.comments:,}. Links: {sum(scan.links.values()):,}. ", nl=False)
    click.echo(f"Files: {files.count:,}, {tell_bytes(files.bytes)}. People: {len(scan.users):,}.")
    click.echo(
        f"Areas: {len(scan.areas):,}. Iterations: {len(scan.iterations):,}. Fields in use: {len(scan.fields):,}."
    )
    for name, over in scan.over.items():
        click.echo(f"  {name}: {over.count:,} work items, for example {_numbers(over.examples)}")


def show_choices(found: ChoicesView) -> None:
    """What a mapping may name, ids first."""
    click.echo("Issue types, with their level and statuses")
    for type_ in found.types:
        statuses = ", ".join(f"{one.id} {one.name}" for one in type_.statuses)
        click.echo(f"  {type_.id}  {type_.name} ({type_.level}): {statuses}")
    click.echo("Fields, with their options")
    for field in found.fields:
        options = ", ".join(f"{id_} {name}" for name, id_ in field.options.items())
        click.echo(f"  {field.id}  {field.name} ({field.kind}){': ' if options else ''}{options}")
    lists: Mapping[str, Sequence[Named]] = {
        "Priorities": found.priorities, "Kinds of links": found.link_types, "Components": found.components,
        "Sprints": found.sprints, "People of Azure DevOps": found.people,
    }  # fmt: skip
    for title, choices in lists.items():
        show_named(title, choices)


def show_named(title: str, choices: Sequence[Named]) -> None:
    """A list of ids and names; nothing when it is empty."""
    if choices:
        click.echo(title)
    for one in choices:
        click.echo(f"  {one.id}  {one.name}")


def show_plans(plans: Sequence[Json]) -> None:
    """The plans of the hierarchy that a suggestion told of."""
    for plan in plans:
        lost = sum(one["count"] for one in plan.get("lost", ()))
        words = "suggested" if plan.get("isSuggested") else "possible" if plan.get("isPossible") else "not possible"
        click.echo(f"Plan {plan['name']} ({words}): keeps {plan.get('kept', 0):,} parents, loses {lost:,}.", err=True)
        if plan.get("detail"):
            click.echo(f"  {plan['detail']}", err=True)


def show_check(checked: CheckResult, *, err: bool = False) -> None:
    """Every problem with what to do, and whether a run may start. What is only good to know is told once a code."""
    told: Counter[str] = Counter()
    for problem in checked.problems:
        told[problem.code] += 1
        if problem.severity != "info" or told[problem.code] == 1:
            show_problem(problem, err=err)
    for code in sorted({one.code for one in checked.problems if one.severity == "info" and told[one.code] > 1}):
        click.echo(f"info {code}: {told[code] - 1} more like it; --json shows all", err=err)
    blocked = "A run would fail. Mend what is told as an error, or waive it: add its code to `mapping.waivers`."
    click.echo("A run may start." if checked.ready else blocked, err=err)


def show_problem(problem: ProblemOfCheck, *, err: bool = False) -> None:
    """What is wrong, where, with how many, and what to do."""
    severity = "waived" if problem.waived else problem.severity
    examples = f" For example {_numbers(problem.examples)}." if problem.examples else ""
    where = f" at {problem.where}" if problem.where else ""
    click.echo(f"{severity} {problem.code}{where}, {problem.count:,}: {problem.detail}{examples}", err=err)
    if problem.advice:
        click.echo(f"  {problem.advice}", err=err)


def show_drafts(items: Sequence[DraftView]) -> None:
    """Each work item, the fields Jira would get, and why."""
    for item in items:
        source = item.source
        click.echo(f"{source.get('type', '')} {source.get('id', '')}: {source.get('title', '')}")
        if item.issue is None:
            click.echo("  becomes no issue")
        for note in item.notes:
            click.echo(f"  {note.get('field', '')}: {note.get('reason', '')}")


def show_report(report: ReportView) -> None:
    """The ledger, what is not perfect, and the verdict last."""
    click.echo(f"Run {report.id}, {report.kind}, {report.state}, {tell_seconds(report.seconds)}")
    for line in _table(draw_ledger(report.ledger)):
        click.echo(line)
    for word, reasons in _list_reasons(report).items():
        click.echo(f"{word}: " + ", ".join(f"{reason} {count:,}" for reason, count in reasons.items()))
    for flaw in report.flaws:
        click.echo(flaw.detail)
    for problem in report.problems[:SHOWN]:
        click.echo(f"{problem.severity} {problem.code}, {problem.count:,}: {problem.detail}")
    if report.left_out:
        names = ", ".join(f"{left.source} ({left.detail})" if left.detail else left.source for left in report.left_out)
        click.echo(f"Left out by the mapping: {names}")
    pace = f", {report.per_minute:,.0f} rows a minute" if report.per_minute else ""
    click.echo(f"Calls: {report.jira_calls:,} to Jira, {report.ado_calls:,} to Azure DevOps{pace}.")
    if report.error:
        click.echo(report.error.detail)
    click.echo(judge_report(report))


def judge_report(report: ReportView) -> str:
    """One sentence: can these numbers be trusted?"""
    if report.ended_at is None:
        return "The run has not ended: these are the numbers of now."
    if not report.complete:
        return "Not everything in scope was read: the run ended while it was being planned."
    if not report.balanced:
        return "The ledger does not balance. Verify the run again, and look at the lines that do not add up."
    return "The ledger balances: everything that was read is accounted for."


def tell_bytes(size: int) -> str:
    """A size in the unit that fits."""
    for least, unit in UNITS:
        if size >= least:
            return f"{size / least:,.1f} {unit}"
    return f"{size} bytes"


def _table(lines: Sequence[LedgerLine]) -> Iterator[str]:
    rows = [("", *COLUMNS), *(_cells(line) for line in lines)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(COLUMNS) + 1)]
    for row in rows:
        numbers = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        yield "  ".join((row[0].ljust(widths[0]), *numbers)).rstrip()


def _cells(line: LedgerLine) -> tuple[str, ...]:
    row = line.row
    numbers = (row.scanned, row.created, row.adopted, row.updated, row.unchanged, line.skipped, line.failed)
    return (line.name, *(f"{number:,}" for number in numbers))


def _list_reasons(report: ReportView) -> Mapping[str, Mapping[str, int]]:
    """Why things were skipped or failed, and what differs; without bytes, which the files count already."""
    ledger = report.ledger
    found: dict[str, dict[str, int]] = {"Skipped": {}, "Failed": {}, "Differs": dict(report.differences)}
    for row in (*ledger.types.values(), ledger.comments, ledger.links, ledger.attachments):
        for word, reasons in (("Skipped", row.skipped), ("Failed", row.failed)):
            for reason, count in reasons.items():
                found[word][reason] = found[word].get(reason, 0) + count
    return {word: reasons for word, reasons in found.items() if reasons}


def _numbers(examples: Sequence[int | str]) -> str:
    return ", ".join(str(one) for one in examples[:SHOWN])

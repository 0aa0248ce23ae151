"""/api/runs/{id}/report: as JSON, as CSV of everything that is not perfect, and as a page to print."""

from collections.abc import Callable, Mapping
from functools import partial, update_wrapper

import structlog
from flask import Blueprint, Response, render_template

from app.access import admit_admins, current_site
from app.api import also_as, api_view
from app.count_memory import CountMemory
from app.run_charts import HEIGHT, OUTCOMES, WIDTH, draw_ledger, draw_pace
from app.run_report_rows import write_rows
from app.run_report_views import ReportView, view_report
from app.runs import require_run
from clients.jira_projects import name_types
from domain.counted_words import count_words
from domain.errors import CallError
from linkage.run_numbers import read_numbers
from services import Services
from store.runs import Run

log = structlog.get_logger("crosswalk.migration")

CSV, HTML = "text/csv", "text/html"
# Held by itself, also when it was saved: no script, no picture; the style sheet from here
POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def routes(services: Services) -> Blueprint:
    """The blueprint with the report of a run."""
    blueprint = Blueprint("run_reports", __name__, url_prefix="/api/runs/<run_id>/report")
    admit_admins(blueprint, services)
    desk = ReportDesk(services)
    forms: dict[str, Callable[..., Response]] = {CSV: services.bind(list_imperfect), HTML: partial(print_report, desk)}
    shown = update_wrapper(partial(show_report, desk), show_report)
    blueprint.add_url_rule("", view_func=also_as(shown, forms), methods=["GET"])
    return blueprint


class ReportDesk:
    """Reports on runs for the requests of one process."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._numbers = CountMemory(partial(read_numbers, services), lambda run, _numbers: count_rows(run))

    def read(self, run_id: str) -> ReportView:
        """The report of a run as it is now; the count of very many rows may be some seconds old."""
        run = require_run(self.services, run_id)
        return view_report(self.services, run, self._numbers.read(run))


def count_rows(run: Run) -> int:
    """About how many rows a run has. One that has ended keeps its numbers itself."""
    return sum(count for name, count in run.scanned.items() if name != "bytes") if run.is_open else 0


@api_view(answer=ReportView)
def show_report(desk: ReportDesk, run_id: str) -> ReportView:
    """Show what became of everything. `text/html`: to print. `text/csv`: what failed, was skipped, lost or differs."""
    return desk.read(run_id)


def list_imperfect(services: Services, run_id: str) -> Response:
    run = require_run(services, run_id)
    response = Response(write_rows(services, run), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="run-{run.id}.csv"'
    return response


def print_report(desk: ReportDesk, run_id: str) -> Response:
    """The report as a page. Raises nothing of Jira: without it, issue types are told by their ids."""
    report = desk.read(run_id)
    names = name_issue_types(desk.services, report)
    page = render_template(
        "run_report.html", report=report, type_names=names, count_words=count_words,
        lines=draw_ledger(report.ledger), columns=draw_pace(report.pace),
        outcomes=OUTCOMES, width=WIDTH, height=HEIGHT, base=desk.services.settings.public_url,
    )  # fmt: skip
    response = Response(page, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = POLICY
    return response


def name_issue_types(services: Services, report: ReportView) -> Mapping[str, str]:
    """What Jira calls the issue types of the project now, by id; none where it cannot be asked."""
    if report.hierarchy is None or report.jira_project is None:
        return {}
    try:
        return name_types(services.jira(current_site()), require_run(services, report.id).target)
    except CallError as error:
        log.info("report.types_unnamed", run=report.id, error=type(error).__name__)
        return {}

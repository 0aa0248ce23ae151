"""/api/runs/{id}/report: as JSON, as CSV of everything that is not perfect, and as a page to print."""

from flask import Blueprint, Response, render_template

from app.access import admit_admins
from app.api import also_as, api_view
from app.run_charts import HEIGHT, OUTCOMES, WIDTH, draw_ledger, draw_pace
from app.run_report_rows import write_rows
from app.run_report_views import ReportView, read_report
from app.runs import require_run
from services import Services

CSV, HTML = "text/csv", "text/html"
# Held by itself, also when it was saved: no script, no picture; the style sheet from here
POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def routes(services: Services) -> Blueprint:
    """The blueprint with the report of a run."""
    blueprint = Blueprint("run_reports", __name__, url_prefix="/api/runs/<run_id>/report")
    admit_admins(blueprint, services)
    forms = {CSV: services.bind(list_imperfect), HTML: services.bind(print_report)}
    blueprint.add_url_rule("", view_func=also_as(services.bind(show_report), forms), methods=["GET"])
    return blueprint


@api_view(answer=ReportView)
def show_report(services: Services, run_id: str) -> ReportView:
    """Show what became of everything. `text/html`: to print. `text/csv`: what failed, was skipped, lost or differs."""
    return read_report(services, require_run(services, run_id))


def list_imperfect(services: Services, run_id: str) -> Response:
    run = require_run(services, run_id)
    response = Response(write_rows(services, run), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="run-{run.id}.csv"'
    return response


def print_report(services: Services, run_id: str) -> Response:
    report = read_report(services, require_run(services, run_id))
    page = render_template(
        "run_report.html", report=report, lines=draw_ledger(report.ledger), columns=draw_pace(report.pace),
        outcomes=OUTCOMES, width=WIDTH, height=HEIGHT, base=services.settings.public_url,
    )  # fmt: skip
    response = Response(page, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = POLICY
    return response

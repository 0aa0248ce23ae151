"""/api/connections/{id}/projects/{projectId}/reconcile: comparing Azure DevOps with Jira when a person asks for it."""

from datetime import datetime

from flask import Blueprint

from app.access import admit_admins, require_connection
from app.api import ApiModel, api_view
from app.dead_letters import moment
from app.projects import require_link
from linkage.reconciling import want_reconcile
from services import Services


class Reconciliation(ApiModel):
    """It was asked for at this time; workers begin at once and read what happened since the last time."""

    project_id: str
    asked_at: datetime


def routes(services: Services) -> Blueprint:
    """The blueprint with reconciliation on demand."""
    address = "/api/connections/<connection_id>/projects/<project_id>/reconcile"
    blueprint = Blueprint("reconciling", __name__, url_prefix=address)
    admit_admins(blueprint, services)
    blueprint.add_url_rule("", view_func=services.bind(start_reconcile), methods=["POST"])
    return blueprint


@api_view(answer=Reconciliation, status=202)
def start_reconcile(services: Services, connection_id: str, project_id: str) -> tuple[Reconciliation, int]:
    """Read what happened in a project and send what Jira lacks. Safe to repeat."""
    link = require_link(services, require_connection(services, connection_id), project_id)
    want_reconcile(services, link.id)
    return Reconciliation(project_id=link.project_id, asked_at=moment(services.now())), 202

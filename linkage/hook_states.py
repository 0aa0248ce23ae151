"""The states that Azure DevOps gives our subscriptions: it switches some off by itself, and tells nobody."""

from collections.abc import Sequence
from dataclasses import replace

import structlog

from clients.ado_hooks import HooksApi
from domain.errors import AppError
from domain.subscriptions import ENABLED
from services import Services
from store.connections import Connection
from store.links import Link

log = structlog.get_logger("crosswalk.subscriptions")

READ_SECONDS = 60  # one read for all who look


def refresh_subscriptions(services: Services, connection: Connection, links: Sequence[Link]) -> None:
    """Note which subscriptions Azure DevOps switched off, once in READ_SECONDS, and send the guard. A read that fails
    changes nothing.

    A subscription that is not in the answer keeps its state: the token may lack the right to see it. One that works
    again keeps it too, until the guard has had read what was missed.
    """
    if not services.redis.set(f"crosswalk:subscriptions-read:{connection.id}", "1", nx=True, ex=READ_SECONDS):
        return
    try:
        found = HooksApi(services.ado(connection)).list_all()
    except AppError as error:
        log.warning("subscription.unread", connection=connection.id, error=type(error).__name__)
        return
    states = {str(one["id"]): str(one["status"]) for one in found if one.get("status")}
    rows = [row for link in links for row in services.links.list_subscriptions(link.id)]
    changed = [row for row in rows if states.get(row.id, row.status) != row.status]
    for row in changed:
        if states[row.id] != ENABLED:
            services.links.save_subscription(replace(row, status=states[row.id]))
    if changed:
        services.duties.want("guard", connection.id, services.now())

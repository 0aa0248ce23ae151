"""Who may call a blueprint: checked before its input is looked at, so that a stranger learns nothing."""

from typing import cast

from flask import Blueprint, g

from descriptor.callers import Caller, identify_caller, require_admin
from domain.errors import UnknownObject
from services import Services
from store.connections import Connection
from store.installations import Installation


def admit_admins(blueprint: Blueprint, services: Services) -> None:
    """Serve Jira administrators only: Unauthenticated or AccessDenied is raised for everybody else."""

    @blueprint.before_request
    def admit() -> None:
        g.caller = require_admin(services)


def admit_people(blueprint: Blueprint, services: Services) -> None:
    """Serve everybody whom Jira's token or a session of a window names: Unauthenticated is raised for all others, and
    AccessDenied for a change by session that no page of ours made.
    """

    @blueprint.before_request
    def admit() -> None:
        g.caller = identify_caller(services)


def current_caller() -> Caller:
    """The admitted caller."""
    return cast("Caller", g.caller)


def current_site() -> Installation:
    """The site of the admitted caller; from the verified token, never from the request."""
    return current_caller().installation


def require_connection(services: Services, connection_id: str) -> Connection:
    """A connection of the caller's own site. Raises UnknownObject, also for another site's."""
    return require_connection_of(services, current_site(), connection_id)


def require_connection_of(services: Services, site: Installation, connection_id: str) -> Connection:
    """A connection of this site. Raises UnknownObject, also for another site's."""
    found = services.connections.find(site.id, connection_id)
    if found is None:
        raise UnknownObject("There is no such connection. Load the list again.")
    return found

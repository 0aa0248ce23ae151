"""Deletes what an uninstalled site left behind. Safe to run at any time, twice, or after it was killed."""

import structlog
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from domain.errors import AppError
from services import Services
from store.installations import Installation

log = structlog.get_logger("crosswalk.uninstall")

PURGE_DAYS = 30  # 60 are promised: a worker that was away for weeks still keeps the promise
DAY_MILLISECONDS = 24 * 3600 * 1000


def purge_installations(services: Services) -> int:
    """Delete all of every site uninstalled more than PURGE_DAYS ago; returns how many sites went.

    Sites that wait for it are stopped once more, in case a store was away when Jira reported the uninstall. One that
    cannot be deleted now stops none of the others; the next run takes it again.
    """
    before = services.now() - PURGE_DAYS * DAY_MILLISECONDS
    left = [site for site in services.installations.list_all() if site.state == "uninstalled"]
    return sum(_purge_site(services, site, before) for site in left)


def _purge_site(services: Services, site: Installation, before: int) -> bool:
    try:
        if _is_gone_since(services, site.id, services.now()):
            services.stop_site(site.id)
        if not _is_gone_since(services, site.id, before):
            return False
        _delete_site(services, site.id)
    except (AppError, RedisError, SQLAlchemyError) as error:
        log.warning("uninstall.purge_failed", installation=site.id, error=type(error).__name__)
        return False
    log.info("uninstall.purged", installation=site.id)
    return True


def _is_gone_since(services: Services, installation_id: str, moment: int) -> bool:
    """Read again each time: the site may have come back while its neighbours were purged."""
    site = services.installations.find(installation_id)
    return site is not None and site.uninstalled_at is not None and site.uninstalled_at <= moment


def _delete_site(services: Services, installation_id: str) -> None:
    """Children first, the data keys last: what they sealed is gone for good, copies of the database included."""
    for link in services.links.list_for(installation_id):
        services.links.delete(link.id)
    for connection in services.connections.list_for(installation_id):
        services.connections.delete(connection.id)
    for run_id in services.runs.list_ids(installation_id):
        services.run_rows.forget(run_id)
    services.runs.forget_tenant(installation_id)
    services.migrations.forget_tenant(installation_id)
    services.item_map.forget_tenant(installation_id)
    services.ledger.forget_tenant(installation_id)
    services.erasures.forget_tenant(installation_id)
    services.settings_book.forget(installation_id)
    services.installations.delete(installation_id)

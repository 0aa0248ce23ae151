"""Asks workers to look at the back-fills of a site; what is to be done stands in the database."""

from services import Services
from store.backfills import slot_names


def wake_backfills(services: Services, installation_id: str) -> None:
    """Have every slot of the site looked at now. Raises RedisError when Redis is away."""
    for name in slot_names(installation_id):
        services.duties.want("backfill", name, services.now())


def wake_waiting_sites(services: Services) -> None:
    """Ask for every site with work: whoever wrote down that there is some may have died before it asked."""
    for installation_id in services.backfills.list_waiting_sites():
        wake_backfills(services, installation_id)

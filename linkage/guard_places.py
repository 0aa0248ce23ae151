"""How far the guard of a connection came in its links: a look that does not end in one turn goes on from there."""

from services import Services
from store.queue import as_text

KEPT_SECONDS = 3600


def read_place(services: Services, connection_id: str) -> str | None:
    """The id of the link it looked at last; None when it begins with the first."""
    found = services.redis.get(_key(connection_id))
    return as_text(found) if found else None


def note_place(services: Services, connection_id: str, link_id: str) -> None:
    services.redis.set(_key(connection_id), link_id, ex=KEPT_SECONDS)


def forget_place(services: Services, connection_id: str) -> None:
    """All were looked at, or all are to be looked at."""
    services.redis.delete(_key(connection_id))


def _key(connection_id: str) -> str:
    return f"crosswalk:guard-place:{connection_id}"

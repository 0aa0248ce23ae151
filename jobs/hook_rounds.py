"""The guard's way through the links of a connection: each for itself, in as many turns as it takes.

A link that cannot be looked at stops no other one.
"""

import time
from collections.abc import Sequence

import structlog

from domain.errors import AppError
from domain.records import Json
from domain.subscriptions import find_hook, project_of
from jobs.hook_watch import SOON, Watch, keep_told, watch_link
from jobs.hook_words import stray_problem
from jobs.retry import ordered_wait
from linkage.guard_places import forget_place, note_place, read_place
from linkage.token_check import Problem
from store.links import Link

log = structlog.get_logger("crosswalk.guard")

TURN_SECONDS = 15.0


def watch_links(watch: Watch, links: Sequence[Link], strays: Sequence[Json]) -> int | None:
    """Look at every link, from where the last turn ended and as far as this one goes, one at least.

    `strays`: hand-made hooks. Returns when to come again before the usual time (ms). Raises RedisError.
    """
    services, own = watch.services, watch.connection.id
    ends = time.monotonic() + TURN_SECONDS
    dues: list[int | None] = []
    left = _list_left(links, read_place(services, own))
    for link in left:
        dues.append(_watch_safely(watch, link, list_told(strays, link, services.settings.public_url)))
        if time.monotonic() > ends and link != left[-1]:
            note_place(services, own, link.id)
            return services.now() + SOON
    forget_place(services, own)
    return min((due for due in dues if due is not None), default=None)


def list_told(strays: Sequence[Json], link: Link, public_url: str) -> Sequence[Problem]:
    """What is told of the hand-made hooks of a link."""
    own = [stray for stray in strays if is_stray_of(stray, link, public_url)]
    return [stray_problem(own)] if own else []


def is_stray_of(stray: Json, link: Link, public_url: str) -> bool:
    return find_hook(stray, public_url) == link.hook or project_of(stray) == link.project_id.lower()


def _list_left(links: Sequence[Link], last: str | None) -> Sequence[Link]:
    ids = [link.id for link in links]
    return links[ids.index(last) + 1 :] if last in ids else links


def _watch_safely(watch: Watch, link: Link, told: Sequence[Problem]) -> int | None:
    try:
        return watch_link(watch, link, told)
    except AppError as error:  # also one that somebody changes just now
        log.warning("guard.link_failed", link=link.id, error=type(error).__name__)
        keep_told(watch, link, told)
        return watch.services.now() + max(SOON, ordered_wait(error))
    except Exception:  # a fault of ours, told by the lane: the next turn goes on with the others
        note_place(watch.services, watch.connection.id, link.id)
        raise

"""One kind or repository of a link that cannot be read fails alone: the others go on, and it is tried again later."""

from collections.abc import Callable
from typing import Literal

import structlog
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError

from clients.ado import SYSTEM
from domain.errors import Permanent, RateLimited, SecretError, StoreUnavailable, Unauthorized, UnknownObject
from jobs.reconcile_round import HOUR, LinkClosed, Round
from jobs.retry import words_of
from linkage.credentials import confirm_owner
from linkage.reconciling import ASKED
from store.marks import WHOLE

log = structlog.get_logger("crosswalk.reconcile")

REST = HOUR // 4  # ms; so that what takes a whole turn to fail leaves some turns to the others
# These hold for the whole link, so no other part of it would fare better
FOR_ALL = (RateLimited, LinkClosed, RedisError, OperationalError, StoreUnavailable, SecretError, UnknownObject)
# done. over: the turn ended before. refused: not before somebody changes something. failed: tried again later.
Ending = Literal["done", "over", "refused", "failed"]


def attempt(turn: Round, job: str, part: str, work: Callable[[], bool]) -> Ending:
    """Do a job (a word of up to 20 letters) for one part of a link: a repository id, or '' for the whole project.

    `work` returns False when the turn ended before. Raises what concerns the whole link: RateLimited, LinkClosed,
    Unauthorized for a token that is dead, or what a store raises that is away.
    """
    rested = failed_at(turn, job, part) + REST
    if failed_at(turn, job, part) > turn.mark(ASKED) and turn.services.now() < rested:
        turn.come_again(rested)
        return "failed"
    try:
        if not work():
            return "over"
    except FOR_ALL:
        raise
    except Permanent as error:
        require_token(turn, error)
        tell_failure(turn, job, part, error)
        turn.note_failure(job, part, words_of(error))
        return "refused"
    except Exception as error:  # one part's fault is its own
        tell_failure(turn, job, part, error)
        turn.note_failure(job, part, words_of(error))
        turn.move(_mark_of(job), turn.services.now(), part)
        turn.come_again(turn.services.now() + REST)
        turn.worked = True
        return "failed"
    turn.clear_failure(job, part)
    return "done"


def failed_at(turn: Round, job: str, part: str = WHOLE) -> int:
    """When a job failed last (ms), 0 when it never did."""
    return turn.marks.get((_mark_of(job), part), 0)


def require_token(turn: Round, error: Permanent) -> None:
    """Raises a refusal of the credential again, unless the token still works and lacks a scope only.

    Azure DevOps answers both alike. Raises what asking it raises.
    """
    if not isinstance(error, Unauthorized):
        return
    connection = turn.services.connections.find(turn.link.installation_id, turn.link.connection_id)
    if error.system != SYSTEM or connection is None or confirm_owner(turn.services, connection) is None:
        raise error


def tell_failure(turn: Round, job: str, part: str, error: Exception) -> None:
    """By its class only: its words may hold content."""
    names = {"link": turn.link.id, "job": job, "error": type(error).__name__}
    if part == WHOLE:
        log.warning("reconcile.kind_failed", **names)
    else:
        log.warning("reconcile.repository_failed", repository=part, **names)


def _mark_of(job: str) -> str:
    return f"no {job}"

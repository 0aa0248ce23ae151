"""What happens after a failure, as a value: again at a time, or given up with a reason. Pure."""

from dataclasses import dataclass

from redis.exceptions import RedisError
from rq.timeouts import BaseTimeoutException
from sqlalchemy.exc import DisconnectionError, InterfaceError, InternalError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from clients.ado import SYSTEM
from domain.errors import AppError, Forbidden, RateLimited, Retryable, SecretError, StoreUnavailable, Unauthorized
from domain.kept_words import mark_of

FIRST_WAIT = 1_000  # ms
LONGEST_WAIT = 300_000
CREDENTIAL_WAIT = 60_000
LONGEST_CREDENTIAL_WAIT = 900_000
LONGEST_ORDER = 3_600_000  # however long the other side asks us to wait, we look again after an hour
FAULT_TRIES = 3
OLDEST = 7 * 24 * 3_600_000
NO_RIGHT = "The owner of the token may not read this in Azure DevOps; grant the right there"
NO_SCOPE = "Azure DevOps does not take the token for this; replace it if it has ended or lacks a scope"
# The database is away, too busy, or at another schema than this worker. That it cannot take a value is not among it:
# that may well be the event's fault, and would hold up those behind it for days
DATABASE_PASSING = (
    OperationalError, InterfaceError, InternalError, ProgrammingError, DisconnectionError, PoolTimeout,
)  # fmt: skip
# the other side, our own stores, or a task that was stopped in the middle: none of it is the event's fault
PASSING = (Retryable, StoreUnavailable, RedisError, *DATABASE_PASSING, BaseTimeoutException)


@dataclass(frozen=True, slots=True)
class Again:
    """Try again at `at` (ms); the event stays where it is."""

    at: int
    why: str


@dataclass(frozen=True, slots=True)
class Dead:
    """Given up; the event becomes a dead letter with this sentence."""

    why: str


Verdict = Again | Dead


def after_failure(error: Exception, *, attempts: int, now: int, born: int) -> Verdict:
    """Decide by the error's class. `attempts` counts this failure too; `born` is when the event came (ms).

    A refused credential waits: a person will replace it, and then nothing must be missing. A pause is no failure: it
    lasts as long as asked, however often, and the governor knows of the next one before a call is made.
    """
    if now - born > OLDEST:
        return Dead(f"not delivered within 7 days; the last answer was: {words_of(error)}")
    if isinstance(error, RateLimited):
        return Again(now + (FIRST_WAIT if error.retry_after is None else ordered_wait(error)), words_of(error))
    if isinstance(error, PASSING):
        return Again(now + max(ordered_wait(error), doubled(FIRST_WAIT, attempts, LONGEST_WAIT)), words_of(error))
    if isinstance(error, Unauthorized | Forbidden | SecretError):
        return Again(now + doubled(CREDENTIAL_WAIT, attempts, LONGEST_CREDENTIAL_WAIT), words_of(error))
    if isinstance(error, AppError) or attempts >= FAULT_TRIES:
        return Dead(words_of(error))
    return Again(now + doubled(FIRST_WAIT, attempts, LONGEST_WAIT), words_of(error))


def ordered_wait(error: Exception) -> int:
    """How long the other side asks us to wait (ms), 0 when it does not say; never longer than LONGEST_ORDER."""
    seconds = float(getattr(error, "retry_after", None) or 0)
    return int(min(max(seconds, 0.0), LONGEST_ORDER / 1000) * 1000)


def doubled(first: int, attempts: int, most: int) -> int:
    return int(min(first * 2 ** min(attempts - 1, 20), most))


def words_of(error: Exception) -> str:
    """A sentence for the admin, to be kept.

    The words of an unexpected error may hold content and are left out, as those of Azure DevOps about a right: they
    name people and places.
    """
    if isinstance(error, Unauthorized | Forbidden) and error.system == SYSTEM and error.status:
        return f"{NO_RIGHT if isinstance(error, Forbidden) else NO_SCOPE} ({mark_of(error)})."
    return str(error) if isinstance(error, AppError) else f"a fault in Crosswalk ({type(error).__name__})"

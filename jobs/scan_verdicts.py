"""What becomes of a scan after a failure: it waits and goes on by itself, or it ends with a sentence. Pure."""

from dataclasses import dataclass

from clients.ado import SYSTEM
from domain.errors import (
    BadInput,
    CallError,
    Forbidden,
    NotFound,
    Permanent,
    RateLimited,
    SecretError,
    SignInNeeded,
    Unauthorized,
)
from domain.kept_words import mark_of
from jobs.retry import (
    CREDENTIAL_WAIT,
    FIRST_WAIT,
    LONGEST_CREDENTIAL_WAIT,
    LONGEST_WAIT,
    PASSING,
    ordered_wait,
    words_of,
)

QUERY_FAULT = "TF51"  # codes of a query that Azure DevOps cannot run: TF51005, TF51011 and so on
FAULT_PATIENCE = 300_000  # ms without a page after which a fault of ours ends the scan
GOES_ON = "The scan then goes on by itself."
TOKEN_LACKS_SCOPE = (
    f"The token may not read work items. Give it the scopes Work Items (Read) and Project and Team (Read). {GOES_ON}"
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Try again at `at` (ms). `code`: `waiting` for whatever a person or time has to mend, or `rate_limited`."""

    code: str
    detail: str
    at: int


@dataclass(frozen=True, slots=True)
class Ended:
    """The scan has failed; started again it goes on from where it is."""

    code: str
    detail: str


NO_CONNECTION = Ended("no_connection", "The connection to Azure DevOps was removed. Make a migration of another one.")
GONE = Ended(
    "project_gone",
    "Azure DevOps does not find the project: it was deleted, or whoever the migration reads as may not see it.",
)


def judge_scan(error: Exception, *, idle: int, now: int, paused: str | None = None) -> Waiting | Ended:
    """Decide by the error's class. `idle`: ms since the last page; a wait lasts half as long as nothing worked already.

    `paused`: what is known to be wrong with the connection, in words.
    """
    if paused is not None:
        return Waiting("waiting", f"{paused} {GOES_ON}", now + _credential_wait(idle))
    if isinstance(error, SignInNeeded):
        return Waiting("waiting", f"{error} {GOES_ON}", now + _credential_wait(idle))
    if isinstance(error, BadInput):
        return Ended(error.code or "scope", str(error))
    if isinstance(error, Permanent) and error.system == SYSTEM:
        return _judge_refusal(error, idle, now)
    passing = isinstance(error, (SecretError, *PASSING))
    if not passing and (isinstance(error, CallError) or idle > FAULT_PATIENCE):
        return Ended("fault", f"The scan stopped: {words_of(error)}. Start it again; it goes on from here.")
    return _wait_for(error, idle, now)


def _wait_for(error: Exception, idle: int, now: int) -> Waiting:
    if isinstance(error, RateLimited):
        return Waiting("rate_limited", words_of(error), now + (ordered_wait(error) or FIRST_WAIT))
    wait = _credential_wait(idle) if isinstance(error, SecretError) else _wait(idle)
    return Waiting("waiting", words_of(error), now + max(ordered_wait(error), wait))


def _judge_refusal(error: Permanent, idle: int, now: int) -> Waiting | Ended:
    if isinstance(error, Unauthorized):
        return Waiting("waiting", TOKEN_LACKS_SCOPE, now + _credential_wait(idle))
    if isinstance(error, Forbidden):
        words = f"The owner of the token may not read this. Grant the right ({mark_of(error)}). {GOES_ON}"
        return Waiting("waiting", words, now + _credential_wait(idle))
    if isinstance(error, NotFound):
        return GONE
    if QUERY_FAULT in error.detail:
        words = "Azure DevOps cannot run the query of the scope: correct the area, the types or the query."
        return Ended("scope", f"{words} It says: {error.detail}")
    return Ended("refused", words_of(error))


def _wait(idle: int) -> int:
    return min(max(idle // 2, FIRST_WAIT), LONGEST_WAIT)


def _credential_wait(idle: int) -> int:
    return min(max(idle // 2, CREDENTIAL_WAIT), LONGEST_CREDENTIAL_WAIT)

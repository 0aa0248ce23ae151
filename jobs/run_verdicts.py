"""What becomes of a run after a failure: it waits and goes on by itself, or it has failed with a sentence. Pure."""

from dataclasses import dataclass

from domain.errors import (
    AppError,
    BadInput,
    CallError,
    Forbidden,
    MappingError,
    NotFound,
    RateLimited,
    SecretError,
    SignInNeeded,
    Unauthorized,
    UnknownObject,
)
from jobs.retry import (
    CREDENTIAL_WAIT,
    FIRST_WAIT,
    LONGEST_CREDENTIAL_WAIT,
    LONGEST_WAIT,
    PASSING,
    ordered_wait,
    words_of,
)

FAULT_PATIENCE = 300_000  # ms without a row that ended, after which a fault of ours ends the run
GOES_ON = "The run then goes on by itself."
RESUME = "Resume the run when that is mended; it goes on from here."


@dataclass(frozen=True, slots=True)
class Waits:
    """Go on at `at` (ms); `why` is a sentence, `code` that of the error."""

    why: str
    at: int
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Fails:
    """The run has failed; resumed it goes on from where it is."""

    code: str
    detail: str


def judge_run(error: Exception, *, idle: int, now: int, paused: str | None = None) -> Waits | Fails:
    """Decide by the error's class. `idle`: ms since a row ended last; a wait is half as long as nothing worked already.

    `paused`: what is known to be wrong with the connection, in words.
    """
    if paused is not None:
        return Waits(f"{paused} {GOES_ON}", now + _credential_wait(idle))
    if isinstance(error, SignInNeeded):
        return Waits(f"{error} {GOES_ON}", now + _credential_wait(idle), error.code)
    if isinstance(error, RateLimited):
        return Waits(words_of(error), now + (ordered_wait(error) or FIRST_WAIT))
    if isinstance(error, Unauthorized | Forbidden | SecretError):
        return Waits(f"{words_of(error)} Grant what is missing. {GOES_ON}", now + _credential_wait(idle))
    if isinstance(error, PASSING) or not (isinstance(error, AppError) or idle > FAULT_PATIENCE):
        return Waits(words_of(error), now + max(ordered_wait(error), _wait(idle)))
    return _fail(error)


def _fail(error: Exception) -> Fails:
    if isinstance(error, UnknownObject | BadInput | MappingError):
        return Fails(error.code or "not_there", f"{error} {RESUME}")
    if isinstance(error, NotFound):
        return Fails("not_found", f"{_told(error)}: the project was deleted, or may not be seen any more. {RESUME}")
    code = "refused" if isinstance(error, AppError) else "fault"
    return Fails(code, f"The run stopped: {_told(error)}. {RESUME}")


def _told(error: Exception) -> str:
    """A refusal without the words of the other side, which may hold what somebody wrote."""
    if isinstance(error, CallError) and error.status:
        return f"{error.system} answered {error.status}"
    return words_of(error)


def _wait(idle: int) -> int:
    return min(max(idle // 2, FIRST_WAIT), LONGEST_WAIT)


def _credential_wait(idle: int) -> int:
    return min(max(idle // 2, CREDENTIAL_WAIT), LONGEST_CREDENTIAL_WAIT)

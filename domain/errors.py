"""The errors of the product. The class says what happens next; the words say what a person can do.

AppError
    BadInput                 a person's input: 422, each fault with its pointer
    BadEvent                 an event that cannot be read: quarantined, answered 202
    Unauthenticated          401
    AccessDenied             403
        SignInNeeded         403: the person has to sign in to Azure DevOps first
    UnknownObject            404, also for another tenant's objects
    WrongState               409
    MappingError             a work item cannot become an issue: it failed, the run goes on
    StoreUnavailable         503: the database, Redis or the key service cannot be reached
    SecretError              503: a stored secret cannot be opened; the operator must act, nothing is lost meanwhile
    OurFault                 500: a fault of ours, met by a worker while a person waits; the operator must look
    CallError                a call to another system failed: .system .status .detail
        Retryable            trying again later can help: .retry_after (seconds) when the other side named a time
            RateLimited
                IssueBusy    one issue was written too often, the others were not
            Unavailable      5xx, time-out, broken connection
            Ambiguous        a write timed out: it may have happened
        Permanent            trying again cannot help
            Unauthorized     401, or a sign-in page instead of an answer
            Forbidden        403
            NotFound         404, 410
            Conflict         409
            TooLarge         413
            Rejected         400, 422 and any other refusal
            Unreadable       a success whose body lacks what is documented
"""

from dataclasses import dataclass


class AppError(Exception):
    """An error a person can read. `str(error)` tells what happened and what to do.

    `code` is a word that stays the same, for programs; `url` is where the person can look or go on. Either may be None.
    """

    code: str | None = None
    url: str | None = None

    def __init__(self, detail: str, *, code: str | None = None, url: str | None = None) -> None:
        super().__init__(detail)
        self.code = code or self.code
        self.url = url


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong value of an input: where (JSON pointer) and what is allowed."""

    pointer: str
    detail: str


class BadInput(AppError):
    """Input that cannot be accepted; `faults` lists every wrong value."""

    def __init__(self, detail: str, faults: tuple[Fault, ...] = (), *, code: str | None = None) -> None:
        super().__init__(detail, code=code)
        self.faults = faults


class BadEvent(AppError):
    """An event body that cannot be read."""


class Unauthenticated(AppError):
    """The caller is not known."""


class AccessDenied(AppError):
    """The caller is known and may not do this."""


class SignInNeeded(AccessDenied):
    """The caller has no sign-in to this Azure DevOps organization that still counts; pages offer one."""

    code = "sign_in_needed"


class UnknownObject(AppError):
    """There is no such object for this caller."""


class WrongState(AppError):
    """The object is not in a state that allows this."""


class MappingError(AppError):
    """A work item cannot become an issue as things are mapped; the text says why and holds none of its content."""


class StoreUnavailable(AppError):
    """The database, Redis or the key service cannot be reached."""


class SecretError(AppError):
    """A stored secret cannot be sealed or opened; the text says why and holds no part of a secret."""


class OurFault(AppError):
    """A fault of Crosswalk itself; the text names its class and none of its words, which may hold content."""

    code = "fault"


class CallError(AppError):
    """A call to another system failed."""

    def __init__(self, system: str, status: int | None, detail: str) -> None:
        super().__init__(f"{system} answered {status}: {detail}" if status else f"{system}: {detail}")
        self.system = system
        self.status = status
        self.detail = detail


class Retryable(CallError):
    """Trying again later can help."""

    def __init__(self, system: str, status: int | None, detail: str, retry_after: float | None = None) -> None:
        super().__init__(system, status, detail)
        self.retry_after = retry_after


class RateLimited(Retryable):
    """The other side asks for a pause."""


class IssueBusy(RateLimited):
    """Jira takes no more writes on one issue for a while; others may be written."""


class Unavailable(Retryable):
    """The other side is down, too slow or unreachable."""


class Ambiguous(Retryable):
    """A write got no answer: it may have happened, so only a repeatable write may be sent again."""


class Permanent(CallError):
    """Trying the same call again cannot help."""


class Unauthorized(Permanent):
    """The credential is wrong, expired or revoked."""


class Forbidden(Permanent):
    """The credential lacks a right."""


class NotFound(Permanent):
    """The object does not exist for this credential."""


class Conflict(Permanent):
    """The object changed or exists already."""


class TooLarge(Permanent):
    """The request is larger than the other side takes."""


class Rejected(Permanent):
    """The other side refuses the content of the request."""


class Unreadable(Permanent):
    """The other side answered with success, and the body lacks a documented field."""

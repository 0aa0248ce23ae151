"""An error on its way from a worker to whoever asked, and back. Its words are for people and hold no content."""

from typing import Any

from domain.errors import (
    AccessDenied,
    AppError,
    BadInput,
    CallError,
    Conflict,
    Fault,
    Forbidden,
    NotFound,
    OurFault,
    Permanent,
    RateLimited,
    Rejected,
    Retryable,
    SecretError,
    StoreUnavailable,
    TooLarge,
    Unauthorized,
    Unavailable,
    UnknownObject,
    Unreadable,
    WrongState,
)
from domain.records import Json

PLAIN: dict[str, type[AppError]] = {
    one.__name__: one for one in (AccessDenied, UnknownObject, WrongState, StoreUnavailable, SecretError, OurFault)
}  # fmt: skip
LASTING: dict[str, type[CallError]] = {
    one.__name__: one
    for one in (Unauthorized, Forbidden, NotFound, Conflict, TooLarge, Rejected, Unreadable, Permanent, CallError)
}  # fmt: skip
PASSING: dict[str, type[Retryable]] = {one.__name__: one for one in (RateLimited, Unavailable, Retryable)}


def write_error(error: AppError) -> Json:
    """The document of an error; one of a class that is not told becomes that of its nearest parent."""
    told = {*PLAIN, *LASTING, *PASSING, "BadInput"}
    name = next((one.__name__ for one in type(error).__mro__ if one.__name__ in told), "WrongState")
    document: dict[str, Any] = {"error": name, "detail": str(error), "code": error.code, "url": error.url}
    if isinstance(error, CallError):
        document |= {"detail": error.detail, "system": error.system, "status": error.status}
    if isinstance(error, Retryable):
        document["retryAfter"] = error.retry_after
    if isinstance(error, BadInput):
        document["faults"] = [[fault.pointer, fault.detail] for fault in error.faults]
    return document


def read_error(document: Json) -> AppError:
    """The error of a document that `write_error` made."""
    name, detail = document["error"], document["detail"]
    if name in PASSING:
        return PASSING[name](document["system"], document["status"], detail, document["retryAfter"])
    if name in LASTING:
        return LASTING[name](document["system"], document["status"], detail)
    if name == "BadInput":
        faults = tuple(Fault(pointer, words) for pointer, words in document["faults"])
        return BadInput(detail, faults, code=document["code"])
    return PLAIN[name](detail, code=document["code"], url=document["url"])

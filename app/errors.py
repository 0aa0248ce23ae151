"""One table from error class to status and words. No route has an error branch of its own."""

from collections.abc import Sequence

import structlog
from flask import Flask, Response, json, request
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from domain.errors import (
    AccessDenied,
    AppError,
    BadInput,
    CallError,
    Fault,
    Forbidden,
    NotFound,
    OurFault,
    Permanent,
    RateLimited,
    SecretError,
    SignInNeeded,
    StoreUnavailable,
    Unauthenticated,
    Unauthorized,
    UnknownObject,
    WrongState,
)

log = structlog.get_logger("crosswalk.errors")

# First match wins. A refusal by the other system is the caller's to mend (422), an outage is nobody's here (502, 503).
STATUS: Sequence[tuple[type[Exception], int, str]] = (
    (BadInput, 422, "This input cannot be accepted"),
    (Unauthenticated, 401, "Sign in first"),
    (SignInNeeded, 403, "Sign in to Azure DevOps first"),
    (AccessDenied, 403, "You may not do this"),
    (UnknownObject, 404, "Not found"),
    (WrongState, 409, "Not possible now"),
    (StoreUnavailable, 503, "A part of Crosswalk cannot be reached"),
    (SecretError, 503, "A stored secret cannot be used"),
    (OurFault, 500, "A fault in Crosswalk"),
    (RateLimited, 503, "The other system asks for a pause"),
    (Unauthorized, 422, "The other system does not accept the credential"),
    (Forbidden, 422, "The credential lacks a right"),
    (NotFound, 422, "The other system does not know this object"),
    (Permanent, 422, "The other system refuses this"),
    (CallError, 502, "The other system did not answer as expected"),
    (RedisError, 503, "Redis cannot be reached"),
    (OperationalError, 503, "The database cannot be reached"),
)
RETRY_SECONDS = "10"


def register_errors(app: Flask) -> None:
    """Answer every error of the product and of Flask as application/problem+json (RFC 9457)."""
    for error_class, status, title in STATUS:
        app.register_error_handler(error_class, _answer_with(status, title))
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(Exception, _answer_unexpected)


def problem(
    status: int, title: str, detail: str, faults: Sequence[Fault] = (), *, code: str | None = None,
    url: str | None = None,
) -> Response:  # fmt: skip
    """A problem document. `detail` tells a person what happened and what to do, `code` tells it to a program."""
    body: dict[str, object] = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    body |= {name: value for name, value in {"code": code, "url": url}.items() if value}
    if faults:
        body["errors"] = [{"pointer": fault.pointer, "detail": fault.detail} for fault in faults]
    response = Response(json.dumps(body), status=status, content_type="application/problem+json")
    if status == 503:
        response.headers["Retry-After"] = RETRY_SECONDS
    return response


def _answer_with(status: int, title: str):  # type: ignore[no-untyped-def]  # Flask's handler type is wider than ours
    def answer(error: Exception) -> Response:
        if not isinstance(error, AppError):
            return problem(status, title, f"{title}. Try again in a moment.")
        faults = error.faults if isinstance(error, BadInput) else ()
        return problem(status, title, str(error), faults, code=error.code, url=error.url)

    return answer


def _answer_http(error: HTTPException) -> Response:
    return problem(error.code or 500, error.name, error.description or error.name)


def _answer_unexpected(error: Exception) -> Response:
    """A fault of ours: the class and place go to the log, never the words, which may hold content."""
    last = error.__traceback__
    while last and last.tb_next:
        last = last.tb_next
    place = f"{last.tb_frame.f_code.co_name}:{last.tb_lineno}" if last else "unknown"
    log.error("request.failed", error=type(error).__name__, place=place, endpoint=request.endpoint)
    return problem(
        500,
        "A fault in Crosswalk",
        "This should not happen. Look at what is there before you try again; the log names the place.",
    )

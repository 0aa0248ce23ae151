"""The pages of a sign-in: in a window of their own and never in a frame, every refusal in words with a next step."""

from flask import Blueprint, Response, render_template, request
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from app.errors import STATUS
from domain.errors import AccessDenied, AppError

# No script of others, no frame; forms go nowhere but here
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
OUTAGE = "A part of Crosswalk cannot be reached now. Nothing was done. Try again in a moment."
FRAMED = "Signing in works in a window of its own only. Open the address in a new tab."


def keep_in_window(blueprint: Blueprint) -> None:
    """Refuse every request that is no visit of a whole window, and answer errors of the blueprint as pages.

    https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Dest
    """
    blueprint.before_request(require_window)
    for kind in (AppError, RedisError, SQLAlchemyError):
        blueprint.register_error_handler(kind, show_sign_in_refusal)


def require_window() -> None:
    """Raises AccessDenied for a frame, a picture, a script or a call of a script; older browsers do not tell."""
    if request.headers.get("Sec-Fetch-Dest", "document") != "document":
        raise AccessDenied(FRAMED)


def sign_in_page(template: str, **values: object) -> Response:
    """A page of a sign-in. It is kept nowhere, and tells no other site where it was."""
    response = Response(render_template(template, **values), content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


def show_sign_in_refusal(error: Exception) -> Response:
    """An error as a page: the words, the address to go on at when it has one, and the status the API would give."""
    status = next((status for kind, status, _title in STATUS if isinstance(error, kind)), 503)
    detail, again = (str(error), error.url) if isinstance(error, AppError) else (OUTAGE, None)
    response = sign_in_page("sign_in_refusal.html", detail=detail, again=again)
    response.status_code = status
    return response

"""The cookie of a browser window outside Jira's frame, and what a call with it must bring along to count.

The cookie is no proof of where a call comes from: whatever changes something also needs the session's CSRF token, which
only our own pages can read, and no foreign `Origin`.
https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
"""

import hmac
from urllib.parse import urlsplit

from flask import Response, request
from pydantic import SecretStr

from domain.errors import AccessDenied
from services import Services
from store.browser_sessions import BrowserSession

CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD"})

FOREIGN_CALL = "This call does not come from a page of Crosswalk that belongs to this sign-in. Reload the page."


def cookie_name(public_url: str) -> str:
    """With the prefix no other host can set it and it is never sent in plain; a browser takes that by https alone.

    https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes
    """
    return "__Host-crosswalk" if _is_secure(public_url) else "crosswalk"


def open_session(services: Services, response: Response, installation_id: str, account_id: str) -> BrowserSession:
    """Give the window of this request to a person who was proven just now; `response` carries the cookie.

    Always a new session: one that the request brought along ends.
    """
    opened = services.browser_sessions.open(installation_id, account_id, services.now(), instead_of=_cookie(services))
    public_url = services.settings.public_url
    response.set_cookie(
        cookie_name(public_url), opened.cookie.get_secret_value(), path="/", secure=_is_secure(public_url),
        httponly=True, samesite="Lax",
    )  # fmt: skip
    return opened.session


def read_session(services: Services) -> BrowserSession | None:
    """The session of this request's cookie, None when there is none or it is over."""
    cookie = _cookie(services)
    return services.browser_sessions.find(cookie, services.now()) if cookie else None


def require_own_page(services: Services, session: BrowserSession) -> None:
    """Raises AccessDenied when this request changes something and was not made by a page of this session."""
    if request.method in SAFE_METHODS:
        return
    origin = request.headers.get("Origin")
    if origin is not None and origin != _origin(services.settings.public_url):
        raise AccessDenied(FOREIGN_CALL)
    sent = request.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(sent.encode(), session.csrf_token.get_secret_value().encode()):
        raise AccessDenied(FOREIGN_CALL)


def _cookie(services: Services) -> SecretStr | None:
    value = request.cookies.get(cookie_name(services.settings.public_url))
    return SecretStr(value) if value else None


def _is_secure(public_url: str) -> bool:
    return public_url.startswith("https://")


def _origin(url: str) -> str:
    """As a browser writes it: without the scheme's own port. https://www.rfc-editor.org/rfc/rfc6454#section-6.2"""
    parts = urlsplit(url)
    standard = {"https": 443, "http": 80}[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in {None, standard} else "")

"""Who stands behind the current request: Atlassian, a Jira site, or a person on one. Decides nothing they may do.

The tenant comes from the verified token alone, never from a body or a query.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

from flask import request

from descriptor.sessions import read_session, require_own_page
from descriptor.verify import (
    CONTEXT_HASH,
    SiteClaims,
    query_hash,
    read_tenant,
    verify_install_token,
    verify_site_token,
)
from domain.errors import AccessDenied, Unauthenticated
from services import APP_KEY, Services
from store.browser_sessions import BrowserSession
from store.installations import Installation

ADMIN_SECONDS = 60  # how long Jira's yes is believed, for reading; what changes something asks each time
REFUSAL_SECONDS = 10  # and its no: short, yet nobody can make us ask Jira with every click
READING = frozenset({"GET", "HEAD"})
PATH_LETTERS = "/!$&'()*+,;=:@~"  # what Jira leaves as it is in a path

NO_TOKEN = "This call carries no token from Jira. Open Crosswalk inside Jira."  # noqa: S105  # a sentence
NO_TENANT = "This Jira site has not installed Crosswalk, or has uninstalled it."
NO_PERSON = "Sign in to Jira first: Crosswalk does not serve anonymous visitors."
NO_ADMIN = "Only a Jira administrator may do this. Ask one, or have Jira's Administer permission granted to you."


@dataclass(frozen=True, slots=True)
class Caller:
    """A person on a Jira site. `is_admin` asks Jira when it is read, so ask only where it matters.

    `session`: of the browser window by whose cookie the person is known; None when Jira's own token named them.
    """

    installation: Installation
    account_id: str
    ask_admin: Callable[[], bool] = field(repr=False, compare=False)
    session: BrowserSession | None = field(default=None, repr=False, compare=False)

    @property
    def is_admin(self) -> bool:
        """Whether Jira says so: now for a call that changes something, else within the last minute.

        Raises the CallError of Jira's answer.
        """
        return self.ask_admin()


def identify_installer(services: Services) -> str:
    """The `clientKey` of a signed install or uninstall call. Raises Unauthenticated."""
    return verify_install_token(
        _header_token(),
        find_key=services.install_keys.find_key,
        base_url=services.settings.public_url,
        request_hash=_request_hash(),
    )


def identify_site(services: Services) -> Installation:
    """The site that calls `enabled` or `disabled`. Raises Unauthenticated."""
    installation, _claims = _verify_site(services, _header_token(), {_request_hash()})
    return installation


def identify_page(services: Services) -> Caller:
    """The person for whom Jira loads a page (`?jwt=`, or the header). Raises Unauthenticated."""
    return _person(services, _page_token(), {_request_hash()})


def identify_window(services: Services) -> Caller:
    """As `identify_page` when Jira opens the page (`?jwt=`), else the person whose window it is by its session.

    For pages that stand outside Jira's frame, and for nothing that changes anything. Raises Unauthenticated.
    """
    return identify_page(services) if "jwt" in request.args or _has_header() else _session_person(services)


def identify_caller(services: Services) -> Caller:
    """The person whose page calls the JSON API: with a context token in the header, else by the window's session.

    Raises Unauthenticated, and AccessDenied for a call by session that no page of ours made.
    """
    if _has_header():
        return _token_person(services)
    caller = _session_person(services)
    if caller.session:
        require_own_page(services, caller.session)
    return caller


def require_admin(services: Services) -> Caller:
    """A person with a context token, never with a session. Raises Unauthenticated, and AccessDenied unless Jira says
    that this person is an administrator.
    """
    caller = _token_person(services)
    if not caller.is_admin:
        raise AccessDenied(NO_ADMIN)
    return caller


def find_site(services: Services, installation_id: str) -> Installation:
    """A site whose sessions count. Raises Unauthenticated when it has uninstalled Crosswalk."""
    installation = services.installations.find(installation_id)
    if installation is None or installation.state != "installed":
        raise Unauthenticated(NO_TENANT)
    return installation


def _session_person(services: Services) -> Caller:
    session = read_session(services)
    if session is None:
        raise Unauthenticated(NO_TOKEN)
    installation = find_site(services, session.installation_id)
    account_id = session.account_id
    return Caller(installation, account_id, lambda: _ask_admin(services, installation, account_id), session)


def _token_person(services: Services) -> Caller:
    return _person(services, _header_token(), {_request_hash(), CONTEXT_HASH})


def _person(services: Services, token: str, request_hashes: set[str]) -> Caller:
    installation, claims = _verify_site(services, token, request_hashes)
    account_id = claims.account_id
    if account_id is None:
        raise Unauthenticated(NO_PERSON)
    return Caller(installation, account_id, lambda: _ask_admin(services, installation, account_id))


def _verify_site(services: Services, token: str, request_hashes: set[str]) -> tuple[Installation, SiteClaims]:
    """Choose the tenant by the token's word, then prove it with that tenant's own secret."""
    installation = services.installations.find_client(read_tenant(token))
    if installation is None or installation.kind != "connect" or installation.state != "installed":
        raise Unauthenticated(NO_TENANT)
    secret = services.installations.shared_secret(installation.id)
    if secret is None:
        raise Unauthenticated(NO_TENANT)
    ours = {services.settings.public_url, APP_KEY, installation.client_key}
    return installation, verify_site_token(token, secret=secret, audiences=ours, request_hashes=request_hashes)


def _ask_admin(services: Services, installation: Installation, account_id: str) -> bool:
    person = hashlib.sha256(account_id.encode()).hexdigest()
    key = f"crosswalk:admin:{installation.id}:{person}"
    kept = services.redis.get(key)
    if kept == b"0" or (kept and request.method in READING):
        return kept == b"1"
    admin = services.jira(installation).is_admin(account_id)
    services.redis.set(key, int(admin), ex=ADMIN_SECONDS if admin else REFUSAL_SECONDS)
    return admin


def _has_header() -> bool:
    """A header counts, whatever it holds: nobody falls back from a bad token to a cookie."""
    return "Authorization" in request.headers


def _header_token() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.upper() != "JWT" or not token.strip():
        raise Unauthenticated(NO_TOKEN)
    return token.strip()


def _page_token() -> str:
    """The query comes first, as in Jira's own frames. Two tokens are one too many: which one was verified?"""
    tokens = request.args.getlist("jwt")
    if len(tokens) > 1:
        raise Unauthenticated(NO_TOKEN)
    return tokens[0] if tokens else _header_token()


def _request_hash() -> str:
    """The query hash of this request, over its path below PUBLIC_URL.

    Flask's path never holds a path prefix of PUBLIC_URL: the proxy cuts it off, or it is the WSGI script name.
    """
    path = quote(request.path, safe=PATH_LETTERS)
    return query_hash(request.method, f"{path}?{request.query_string.decode('latin-1')}")

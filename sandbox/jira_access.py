"""Who may call a product API of the stand-in: Connect apps at the site, OAuth credentials at the gateway."""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol
from urllib.parse import urlsplit

from flask import request

from sandbox.jira_site import Installation, JiraSite
from sandbox.jira_tokens import BadToken, check_call, read_issuer

Scope = Literal["NONE", "READ", "WRITE", "DELETE", "PROJECT_ADMIN", "ADMIN", "ACCESS_EMAIL_ADDRESSES", "INACCESSIBLE"]
UNASKED: frozenset[Scope] = frozenset({"NONE", "INACCESSIBLE"})  # the second is refused by the call itself
GATEWAY_MODULES = frozenset({"jiraDevelopmentTool", "jiraBuildInfoProvider", "jiraDeploymentInfoProvider"})


class Refused(Exception):
    """A call that is answered with an error: status, sentences, headers."""

    def __init__(self, status: int, *messages: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__("; ".join(messages))
        self.status = status
        self.messages = messages
        self.headers = headers or {}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls which site; `provider` separates what different apps sent."""

    site: JiraSite
    provider: str


class Access(Protocol):
    """A way to find out who calls. Raises Refused with 401 or 403."""

    def caller(self, scope: Scope, module: str | None) -> Caller: ...


def sent_address() -> str:
    """Path and query of this request as they came over the wire."""
    raw: str = request.environ.get("REQUEST_URI") or request.full_path
    parts = urlsplit(raw)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def sent_token(scheme: str) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind != scheme or not token:
        raise Refused(401, f"an Authorization header with a {scheme} token is required")
    return token.strip()


class ConnectAccess:
    """Connect apps of one site sign each call with their installation's secret."""

    def __init__(self, site: JiraSite) -> None:
        self._site = site

    def caller(self, scope: Scope, module: str | None) -> Caller:
        """The installed app that signed this call, if its descriptor has the scope and the module."""
        token = sent_token("JWT")
        try:
            app = self._app_of(token)
            check_call(token, app.shared_secret, app.client_key, request.method, sent_address())
        except BadToken as error:
            raise Refused(401, str(error)) from None
        if scope not in UNASKED and scope not in app.scopes:
            raise Refused(403, f"the app does not define the '{scope}' scope")
        if module is not None and module not in app.modules:
            raise Refused(403, f"the app does not define the {module} module")
        return Caller(self._site, app.key)

    def _app_of(self, token: str) -> Installation:
        app = self._site.installations.get(read_issuer(token))
        if app is None or not app.installed or not app.enabled:
            raise BadToken("no app with this key is installed and enabled")
        return app


@dataclass(frozen=True, slots=True)
class Grant:
    """What an access token stands for."""

    site: JiraSite
    client_id: str
    until: float


class BearerAccess:
    """Access tokens for OAuth credentials of several sites. `cloud_id` tells which site this request is for."""

    def __init__(self, sites: Sequence[JiraSite], cloud_id: Callable[[], str]) -> None:
        self.lifetime_seconds = 900
        self._sites = sites
        self._cloud_id = cloud_id
        self._grants: dict[str, Grant] = {}

    def give_token(self, wanted: Mapping[str, object]) -> dict[str, object]:
        """Exchange client id and secret for an access token. Raises Refused with 400, 401 or 403."""
        if wanted.get("grant_type") != "client_credentials":
            raise Refused(400, "unsupported_grant_type")
        if wanted.get("audience") != "api.atlassian.com":
            raise Refused(403, "the audience must be api.atlassian.com")
        client_id, secret = str(wanted.get("client_id")), str(wanted.get("client_secret"))
        found = [site for site in self._sites if secrets.compare_digest(site.credentials.get(client_id, ""), secret)]
        if not found or not secret:
            raise Refused(401, "Unauthorized")
        token = secrets.token_urlsafe(32)
        self._grants[token] = Grant(found[0], client_id, time.time() + self.lifetime_seconds)
        return {"access_token": token, "expires_in": self.lifetime_seconds, "token_type": "Bearer"}

    def revoke_tokens(self) -> None:
        """Make every token given so far useless, as when an admin revokes the credentials."""
        self._grants.clear()

    def caller(self, scope: Scope, module: str | None) -> Caller:
        """The credentials behind the token, for the site named in the address and development information only."""
        grant = self._grants.get(sent_token("Bearer"))
        if grant is None or grant.until <= time.time() or grant.client_id not in grant.site.credentials:
            raise Refused(401, "the access token is unknown or has expired")
        if grant.site.cloud_id != self._cloud_id():
            raise Refused(403, "the access token is for another site")
        if module not in GATEWAY_MODULES:
            raise Refused(403, "these credentials are for development information only")
        return Caller(grant.site, grant.client_id)

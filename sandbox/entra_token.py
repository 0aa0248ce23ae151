"""The token address of the Entra stand-in: a code, or a refresh token, for signed tokens.

https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#redeem-a-code-for-an-access-token and, for
the claims, https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
"""

import base64
import hashlib
import json
import secrets
import uuid
from datetime import UTC, datetime
from typing import Any

from flask import Response, jsonify, request

from sandbox.entra_errors import EntraError
from sandbox.entra_keys import ADO_RESOURCE
from sandbox.entra_state import (
    IDLE_SECONDS,
    MIXED,
    Account,
    Application,
    AuthRequest,
    Code,
    EntraSite,
    Refresh,
    require_tenant,
    resource_scopes,
    split_scopes,
)

ID_SECONDS = 3600


class TokenDesk:
    """The views of one site."""

    def __init__(self, site: EntraSite) -> None:
        self._site = site

    def give(self, tenant: str) -> Response:
        """`POST /{tenant}/oauth2/v2.0/token`. Raises EntraError."""
        with self._site.lock:
            require_tenant(self._site, tenant)
            grant = form_value("grant_type")
            if grant not in {"authorization_code", "refresh_token"}:
                raise EntraError("grant_type", name=grant)
            app = self._prove_client(tenant)
            return self._redeem(tenant, app) if grant == "authorization_code" else self._refresh(tenant, app)

    def _prove_client(self, tenant: str) -> Application:
        """The application by id and secret, in the body or by Basic. Raises EntraError."""
        given = request.authorization
        client_id = (given.username if given else None) or form_value("client_id")
        app = self._site.apps.get(client_id)
        if app is None:
            raise EntraError("unknown_client", client=client_id, tenant=tenant)
        secret = (given.password if given else None) or request.form.get("client_secret", "")
        if not secret:
            raise EntraError("no_secret")
        if not secrets.compare_digest(secret.encode(), app.secret.encode()):
            raise EntraError("wrong_secret", client=client_id)
        return app

    def _redeem(self, tenant: str, app: Application) -> Response:
        found = self._site.codes.get(form_value("code"))
        if found is None or found.asked.app is not app or found.asked.tenant != tenant:
            raise EntraError("malformed_grant")
        if found.used:
            self._end_grants_of(found)
            raise EntraError("code_used")
        found.used = True
        if found.until <= self._site.keys.now():
            raise EntraError("code_expired")
        require_same_request(found.asked)
        self._meet_refusal("code", found.account)
        home = found.account.tenant if tenant in MIXED else tenant
        require_narrower(found.asked.scopes)
        return self._answer(app, found.account, home, found.asked.scopes, found.asked)

    def _refresh(self, tenant: str, app: Application) -> Response:
        found = self._site.refreshes.get(form_value("refresh_token"))
        if found is None or found.app is not app or tenant not in {found.tenant, *MIXED}:
            raise EntraError("malformed_grant")
        self._require_usable(found)
        self._meet_refusal("refresh", found.account)
        wanted = split_scopes(request.form.get("scope", "")) or found.scopes
        if not self._site.consented(found.tenant, app, found.account) >= resource_scopes(wanted):
            raise EntraError("consent_missing", client=app.client_id)
        found.used = True
        return self._answer(app, found.account, found.tenant, wanted, None)

    def _require_usable(self, found: Refresh) -> None:
        """Not ended, not idle for 90 days, and not used before. Raises EntraError.

        The real service lets an old one work for a while; here only the newest does, so that a client that does not
        keep it is found out (`one_use_refresh`).
        """
        issued = f"{datetime.fromtimestamp(found.issued, UTC):%Y-%m-%dT%H:%M:%SZ}"
        if found.ended:
            raise EntraError(found.ended, issued=issued, app=found.app.name, client=found.app.client_id)
        if found.used and self._site.knobs.one_use_refresh:
            raise EntraError("malformed_grant")
        if found.issued + IDLE_SECONDS <= self._site.keys.now():
            raise EntraError("refresh_idle", issued=issued)

    def _meet_refusal(self, place: Any, account: Account) -> None:
        if refusal := self._site.take_refusal(place, account.mail):
            raise EntraError(refusal, mail=account.mail, resource=ADO_RESOURCE)

    def _end_grants_of(self, code: Code) -> None:
        """Who redeems a code twice may have stolen it: what it gave is taken back."""
        for found in self._site.refreshes.values():
            if found.account is code.account and found.app is code.asked.app:
                found.ended = "revoked"

    def _answer(
        self, app: Application, account: Account, tenant: str, scopes: tuple[str, ...], asked: AuthRequest | None
    ) -> Response:  # fmt: skip
        """Tokens for these scopes and no others. The real service may put everything that was consented to into an
        access token; here it has what was asked for alone, so that a client that mixes up its tokens is found out.
        """
        knobs, held = self._site.knobs, sorted(resource_scopes(scopes))
        shown = {
            "token_type": "Bearer",
            "scope": " ".join(f"{ADO_RESOURCE}/{name}" for name in held),
            "expires_in": knobs.token_seconds,
            "ext_expires_in": knobs.token_seconds,
            "access_token": self._access_token(app, account, tenant, held),
            "id_token": self._id_token(app, account, tenant, asked.nonce if asked else ""),
        }
        if "offline_access" in scopes:
            shown["refresh_token"] = self._site.keep_refresh(app, account, tenant, scopes)
        if request.form.get("client_info"):
            shown["client_info"] = encode_json({"uid": account.oid, "utid": account.tenant})
        response = jsonify(shown)
        response.headers["Cache-Control"] = "no-store"
        return response

    def _access_token(self, app: Application, account: Account, tenant: str, scopes: list[str]) -> str:
        """Azure DevOps takes version 1 tokens."""
        claims = self._times(self._site.knobs.token_seconds) | {
            "aud": ADO_RESOURCE,
            "iss": f"https://sts.windows.net/{tenant}/",
            "appid": app.client_id,
            "appidacr": "1",
            "name": account.name,
            "oid": account.oid,
            "scp": " ".join(scopes),
            "sub": pairwise(account, ADO_RESOURCE),
            "tid": tenant,
            "unique_name": account.mail,
            "upn": account.mail,
            "ver": "1.0",
        }
        return self._site.keys.sign(claims | self._site.knobs.access_claims)

    def _id_token(self, app: Application, account: Account, tenant: str, nonce: str) -> str:
        claims = self._times(ID_SECONDS) | {
            "aud": app.client_id,
            "iss": issuer_of(tenant),
            "name": account.name,
            "oid": account.oid,
            "preferred_username": account.mail,
            "sub": pairwise(account, app.client_id),
            "tid": tenant,
            "ver": "2.0",
        }
        own = {"nonce": nonce} if nonce else {}
        return self._site.keys.sign(claims | own | self._site.knobs.id_claims)

    def _times(self, seconds: int) -> dict[str, Any]:
        now = int(self._site.keys.now())
        return {"iat": now, "nbf": now, "exp": now + seconds, "uti": secrets.token_urlsafe(16)}


def issuer_of(tenant: str) -> str:
    """Clients refuse plain http in what they discover, so the names of this server begin with https."""
    return f"https://{request.host}/{tenant}/v2.0"


def form_value(name: str) -> str:
    """A value the call needs. Raises EntraError."""
    found = request.form.get(name, "")
    if not found:
        raise EntraError("missing", name=name)
    return found


def require_narrower(granted: tuple[str, ...]) -> None:
    """That the call asks for no more than the code was given for. Raises EntraError."""
    for scope in split_scopes(request.form.get("scope", "")):
        if scope not in granted and not resource_scopes([scope]) <= resource_scopes(granted):
            raise EntraError("bad_scope", name=scope)


def require_same_request(asked: AuthRequest) -> None:
    """The redirect address of the first call and the verifier of its challenge. Raises EntraError."""
    reply = request.form.get("redirect_uri", "")
    if reply != asked.redirect_uri:
        raise EntraError("wrong_reply", given=reply, wanted=asked.redirect_uri)
    digest = hashlib.sha256(request.form.get("code_verifier", "").encode()).digest()
    if not secrets.compare_digest(base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), asked.challenge):
        raise EntraError("wrong_verifier")


def pairwise(account: Account, audience: str) -> str:
    """The same person has another `sub` in each application."""
    return uuid.uuid5(uuid.UUID(account.oid), audience).hex


def encode_json(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

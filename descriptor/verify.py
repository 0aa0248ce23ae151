"""Tokens made by Jira: whether one holds, and for which request. Knows neither Flask nor the database.

PyJWT verifies; `atlassian_jwt` gives the query hash and nothing else. Before a signature is proven only the names of
the key and of the tenant are taken from a token. Source:
https://developer.atlassian.com/cloud/jira/platform/understanding-jwt-for-connect-apps/
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Literal

import jwt
from atlassian_jwt.url_utils import hash_url
from pydantic import SecretStr

from domain.errors import Unauthenticated

LEEWAY_SECONDS = 30
CONTEXT_HASH = "context-qsh"  # what AP.context.getToken() carries instead of a query hash
TENANT_NAME = re.compile(r"[!-~]{1,255}\Z")  # printable ASCII: it is looked up before the token is proven
# atlassian_jwt takes `/a:b/c` for scheme `a`; below a host it reads the path as it is
HASH_ORIGIN = "https://app.invalid"

EXPIRED = "This sign-in from Jira has expired or is not valid yet. Reload the page in Jira."
REFUSED = "This call carries no valid token from Jira. Open Crosswalk inside Jira and try again."


@dataclass(frozen=True, slots=True)
class SiteClaims:
    """What a site's own token says: who signed (`clientKey`) and which person it is for, None for nobody signed in."""

    issuer: str
    account_id: str | None


def query_hash(method: str, target: str) -> str:
    """The `qsh` of a request. `target` is path and raw query below the app's base URL, with or without `jwt`."""
    return str(hash_url(method, HASH_ORIGIN + "/" + target.lstrip("/")))


def verify_install_token(
    token: str, *, find_key: Callable[[object], str], base_url: str, request_hash: str
) -> str:  # fmt: skip
    """The `clientKey` that Atlassian itself vouches for (RS256, signed install). `find_key` gives the PEM of a `kid`.

    Raises Unauthenticated, and whatever `find_key` raises.
    Source: https://developer.atlassian.com/cloud/jira/platform/security-for-connect-apps/#validating-installation-lifecycle-requests
    """
    key = find_key(_install_key_id(token))
    claims = _decode(token, key, "RS256", ["exp", "iss", "aud", "qsh"])
    _require_audience(claims, {base_url})
    _require_hash(claims, {request_hash})
    return _tenant_name(claims)


def verify_site_token(
    token: str, *, secret: SecretStr, audiences: Collection[str], request_hashes: Collection[str]
) -> SiteClaims:  # fmt: skip
    """The claims of a token that the site signed with `secret` (HS256).

    `audiences` are our names: Jira leaves `aud` out, but a token that names somebody else is not for us.
    Raises Unauthenticated.
    """
    claims = _decode(token, secret.get_secret_value(), "HS256", ["exp", "iat", "iss", "qsh"])
    if claims.get("aud"):
        _require_audience(claims, audiences)
    _require_hash(claims, request_hashes)
    return SiteClaims(_tenant_name(claims), claims.get("sub") or None)


def read_tenant(token: str) -> str:
    """The tenant a token claims to be from. Not proven: good for choosing the secret and for nothing else."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise Unauthenticated(REFUSED) from None
    return _tenant_name(claims)


def _install_key_id(token: str) -> object:
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise Unauthenticated(REFUSED) from None
    if header.get("alg") != "RS256":
        raise Unauthenticated(REFUSED)
    return header.get("kid")


def _decode(token: str, key: str, algorithm: Literal["RS256", "HS256"], required: list[str]) -> dict[str, Any]:
    """Prove signature and times. The algorithm is ours, never the token's; `aud` is checked by `_require_audience`."""
    try:
        return jwt.decode(
            token, key, algorithms=[algorithm], leeway=LEEWAY_SECONDS,
            options={"require": required, "verify_aud": False},
        )  # fmt: skip
    except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError):
        raise Unauthenticated(EXPIRED) from None
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise Unauthenticated(REFUSED) from None


def _require_audience(claims: dict[str, Any], ours: Collection[str]) -> None:
    named = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    names = {name.rstrip("/") for name in named if isinstance(name, str)}
    if not names & {name.rstrip("/") for name in ours}:
        raise Unauthenticated("This token was made for another app.")


def _require_hash(claims: dict[str, Any], allowed: Collection[str]) -> None:
    if not isinstance(claims["qsh"], str) or claims["qsh"] not in allowed:
        raise Unauthenticated("This token was made for another address. Reload the page in Jira.")


def _tenant_name(claims: dict[str, Any]) -> str:
    name = claims.get("iss")
    if not isinstance(name, str) or not TENANT_NAME.match(name):
        raise Unauthenticated(REFUSED)
    return name

"""The Connect tokens of a Jira site: those it makes for pages and lifecycle calls, and those it accepts from apps.

developer.atlassian.com/cloud/jira/platform/understanding-jwt-for-connect-apps
"""

import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import jwt
from atlassian_jwt.url_utils import hash_url

CALL_SECONDS = 180
CONTEXT_SECONDS = 900
CLOCK_SECONDS = 30  # how far an app's clock may run ahead


class BadToken(Exception):
    """A token that is not accepted; the text says why."""


def query_hash(method: str, address: str) -> str:
    """The `qsh` of an address that begins with the path below the base address."""
    return str(hash_url(method, address))


def timed(issuer: str, seconds: int, **claims: Any) -> dict[str, Any]:
    now = int(time.time())
    return {"iss": issuer, "iat": now, "exp": now + seconds} | claims


def page_claims(client_key: str, account_id: str, address: str) -> dict[str, Any]:
    return timed(client_key, CALL_SECONDS, sub=account_id, qsh=query_hash("GET", address), context={})


def context_claims(client_key: str, account_id: str) -> dict[str, Any]:
    return timed(client_key, CONTEXT_SECONDS, sub=account_id, qsh="context-qsh", context={})


def lifecycle_claims(client_key: str, address: str, **claims: Any) -> dict[str, Any]:
    return timed(client_key, CALL_SECONDS, qsh=query_hash("POST", address), **claims)


def sign(claims: Mapping[str, Any], secret: str) -> str:
    return jwt.encode(dict(claims), secret, algorithm="HS256")


def signed_address(base_url: str, address: str, make: Callable[[str], str]) -> str:
    """`base_url` and `address` with the `jwt` made for it; a `jwt={jwt}` left from a module's template is replaced."""
    parts = urlsplit(address)
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "jwt"]
    bare = parts._replace(query=urlencode(query, quote_via=quote)).geturl()
    return f"{base_url}{bare}{'&' if query else '?'}{urlencode({'jwt': make(bare)})}"


def read_issuer(token: str) -> str:
    """Whose token it says it is, before anything is proved. Raises BadToken."""
    try:
        issuer = jwt.decode(token, options={"verify_signature": False}).get("iss")
    except jwt.InvalidTokenError as error:
        raise BadToken(f"the token cannot be read: {error}") from None
    if not isinstance(issuer, str):
        raise BadToken("the token has no issuer")
    return issuer


def check_call(token: str, secret: str, client_key: str, method: str, address: str) -> None:
    """A token with which an app signs a call: HS256, valid for at most three minutes, made for this very call.

    `address` is path and query below the site's base address. Raises BadToken.
    """
    try:
        claims = jwt.decode(
            token,
            secret,
            algorithms=["HS256"],
            options={"require": ["exp", "iat", "iss", "qsh"], "verify_aud": False, "verify_iat": False},
        )
    except jwt.InvalidTokenError as error:
        raise BadToken(str(error)) from None
    if claims["iat"] > time.time() + CLOCK_SECONDS:
        raise BadToken("the token is not valid yet")
    if claims["exp"] > claims["iat"] + CALL_SECONDS:
        raise BadToken(f"the token is valid for more than {CALL_SECONDS} seconds")
    audience = claims.get("aud", [client_key])
    if client_key not in ([audience] if isinstance(audience, str) else audience):
        raise BadToken("the token is for another audience")
    if claims["qsh"] != query_hash(method, address):
        raise BadToken("the query hash does not belong to this call")

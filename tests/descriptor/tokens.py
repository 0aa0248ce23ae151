"""Tokens as Jira and Atlassian make them, and as nobody should: every claim and header can be changed or dropped."""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

DROP = object()


@dataclass(frozen=True)
class Site:
    """A Jira site that installs the app."""

    client_key: str
    secret: str
    base_url: str

    def body(self, event: str, **changes: Any) -> dict[str, Any]:
        body = {
            "key": "crosswalk-azure-devops",
            "clientKey": self.client_key,
            "publicKey": "unused",
            "serverVersion": "100281",
            "pluginsVersion": "1001.0.0",
            "baseUrl": self.base_url,
            "displayUrl": self.base_url,
            "productType": "jira",
            "description": "Where rivers meet",
            "eventType": event,
        }
        if event == "installed":
            body["sharedSecret"] = self.secret
        return changed(body, changes)

    def token(self, method: str, path: str, query: str = "", **changes: Any) -> str:
        """HS256, as Jira signs page loads and the calls of `enabled` and `disabled`."""
        claims = claims_for(self.client_key, method, path, query) | {"sub": "712020:fern"}
        return jwt.encode(changed(claims, changes), self.secret, algorithm="HS256")


class InstallKey:
    """One of Atlassian's key pairs, with its id."""

    def __init__(self, key_id: str) -> None:
        self.id = key_id
        self._private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        self.pem = self._private.public_key().public_bytes(serialization.Encoding.PEM, form)

    def token(
        self, site: Site, path: str, audience: str, *, header: dict[str, Any] | None = None, **changes: Any
    ) -> str:
        """RS256, as Atlassian signs `installed` and `uninstalled`."""
        claims = claims_for(site.client_key, "POST", path) | {"aud": [audience]}
        headers = changed({"kid": self.id}, header or {})
        return jwt.encode(changed(claims, changes), self._private, algorithm="RS256", headers=headers)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"JWT {token}"}


def hour(ahead: int) -> int:
    return int(time.time()) + ahead * 3600


def claims_for(issuer: str, method: str, path: str, query: str = "") -> dict[str, Any]:
    now = int(time.time())
    return {"iss": issuer, "iat": now, "exp": now + 180, "qsh": hash_of(method, path, query)}


def hash_of(method: str, path: str, query: str = "") -> str:
    """The query hash of a request whose path and query are in canonical form already."""
    return hashlib.sha256(f"{method}&{path}&{query}".encode()).hexdigest()


def changed(values: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (values | changes).items() if value is not DROP}


def forge(header: dict[str, Any], claims: dict[str, Any], key: bytes | None) -> str:
    """A token that no library would make: any header, HMAC with any bytes, or no signature at all."""
    signed = f"{_part(header)}.{_part(claims)}"
    signature = hmac.new(key, signed.encode(), hashlib.sha256).digest() if key is not None else b""
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def _part(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()

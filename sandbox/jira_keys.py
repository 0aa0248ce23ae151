"""The keys with which Atlassian signs `installed` and `uninstalled` calls, and the public half an app may fetch."""

import uuid
from collections.abc import Mapping
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

KEY_BITS = 2048


class InstallKeys:
    """RSA keys by id; the newest one signs, older ones stay readable."""

    def __init__(self) -> None:
        self._current, key = first_key()
        self._keys: dict[str, rsa.RSAPrivateKey] = {self._current: key}

    def rotate(self) -> str:
        """Make a new key and sign with it from now on; its id."""
        self._current, key = make_key()
        self._keys[self._current] = key
        return self._current

    def sign(self, claims: Mapping[str, Any]) -> str:
        """An RS256 token whose header names the key."""
        key = self._keys[self._current]
        return jwt.encode(dict(claims), key, algorithm="RS256", headers={"kid": self._current})

    def public_pem(self, kid: str) -> str | None:
        """The public key in PEM, None for an unknown id."""
        key = self._keys.get(kid)
        if key is None:
            return None
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def make_key() -> tuple[str, rsa.RSAPrivateKey]:
    return str(uuid.uuid4()), rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)


@cache
def first_key() -> tuple[str, rsa.RSAPrivateKey]:
    """One key for all sites of this process to begin with: making one takes a while."""
    return make_key()

"""The keys with which the Entra stand-in signs tokens, and how Azure DevOps proves one."""

import base64
import time
import uuid
from collections.abc import Mapping
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

ADO_RESOURCE = "499b84ac-1321-427f-aa17-267ca6975798"  # Azure DevOps in every tenant
KEY_BITS = 2048


class BadToken(Exception):
    """A token that is not accepted; the text says why."""


class EntraKeys:
    """RSA keys by id: the newest signs, older ones stay published. `skew` seconds lie between its clock and ours."""

    def __init__(self) -> None:
        self.skew = 0.0
        first, key = first_key()
        self._keys: dict[str, rsa.RSAPrivateKey] = {first: key}
        self._current = first

    def now(self) -> float:
        """Microsoft's clock: Entra stamps tokens by it and Azure DevOps judges them by it."""
        return time.time() + self.skew

    def rotate(self, *, forget: bool = False) -> str:
        """Sign with a new key from now on; its id. With `forget` older keys are no longer published."""
        if forget:
            self._keys.clear()
        self._current = str(uuid.uuid4())
        self._keys[self._current] = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
        return self._current

    def sign(self, claims: Mapping[str, Any]) -> str:
        key = self._keys[self._current]
        return jwt.encode(dict(claims), key, algorithm="RS256", headers={"kid": self._current})

    def public_keys(self) -> list[dict[str, str]]:
        """As the key set of a tenant shows them."""
        return [public_jwk(kid, key) for kid, key in self._keys.items()]

    def prove(self, token: str, audience: str) -> dict[str, Any]:
        """The claims of a token that these keys signed for `audience` and that is valid now. Raises BadToken."""
        try:
            key = self._keys[jwt.get_unverified_header(token).get("kid", "")]
            claims: dict[str, Any] = jwt.decode(
                token, key.public_key(), algorithms=["RS256"], audience=audience,
                options={"verify_exp": False, "verify_nbf": False, "verify_iat": False, "require": ["exp", "nbf"]},
            )  # fmt: skip
        except KeyError:
            raise BadToken("no published key has signed it") from None
        except jwt.InvalidTokenError as error:
            raise BadToken(str(error)) from None
        if claims["exp"] <= self.now():
            raise BadToken("it has expired")
        if claims["nbf"] > self.now() + 1:
            raise BadToken("it is not valid yet")
        return claims


@cache
def first_key() -> tuple[str, rsa.RSAPrivateKey]:
    """One key for all stand-ins of this process to begin with: making one takes a while."""
    return str(uuid.uuid4()), rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)


def public_jwk(kid: str, key: rsa.RSAPrivateKey) -> dict[str, str]:
    numbers = key.public_key().public_numbers()
    return {"kty": "RSA", "use": "sig", "kid": kid, "n": encode_number(numbers.n), "e": encode_number(numbers.e)}


def encode_number(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()

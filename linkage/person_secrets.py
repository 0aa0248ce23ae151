"""What the token keeper holds of a person, as one JSON text: the tokens of Entra, or a personal access token."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pydantic import SecretStr

from clients.ado import bearer_header, token_header
from clients.entra import EntraTokens
from domain.sign_in_purposes import BRANCHES, SignInPurpose


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What acts as a person for one purpose, until `expires_at` (ms)."""

    token: SecretStr
    expires_at: int


@dataclass(frozen=True, slots=True)
class EntraSecret:
    """A sign-in by Entra: an access token for each purpose that was asked for, and the refresh token for the next ones,
    of whichever purpose.
    """

    refresh_token: SecretStr
    access: Mapping[SignInPurpose, AccessToken]

    def renewed(self, fresh: EntraTokens) -> "EntraSecret":
        """With new tokens of one purpose; access tokens of the others still count."""
        return replace(self, refresh_token=fresh.refresh_token, access={**self.access, **_access_of(fresh)})


PersonSecret = EntraSecret | SecretStr  # the latter is a personal access token
Proof = EntraTokens | SecretStr  # what somebody has just signed in by


def secret_of(proof: Proof) -> PersonSecret:
    """What is kept of a sign-in that was just proven."""
    return proof if isinstance(proof, SecretStr) else EntraSecret(proof.refresh_token, _access_of(proof))


def header_of(secret: PersonSecret, purpose: SignInPurpose) -> SecretStr:
    """The Authorization header for a purpose, for which there must be an access token."""
    return token_header(secret) if isinstance(secret, SecretStr) else bearer_header(secret.access[purpose].token)


def acts_alike(one: PersonSecret, other: PersonSecret, purpose: SignInPurpose) -> bool:
    """Whether both act by the same access token for a purpose."""
    if isinstance(one, SecretStr) or isinstance(other, SecretStr):
        return one == other
    return one.access.get(purpose) == other.access.get(purpose)


def write_secret(secret: PersonSecret) -> SecretStr:
    """The text to keep."""
    if isinstance(secret, SecretStr):
        return SecretStr(json.dumps({"token": secret.get_secret_value()}))
    access = {
        purpose: {"token": held.token.get_secret_value(), "expires_at": held.expires_at}
        for purpose, held in secret.access.items()
    }
    return SecretStr(json.dumps({"refresh_token": secret.refresh_token.get_secret_value(), "access": access}))


def read_secret(kept: SecretStr) -> PersonSecret:
    """What `write_secret` wrote. A secret of before there were two purposes has one access token, for branches."""
    found = json.loads(kept.get_secret_value())
    if "token" in found:
        return SecretStr(found["token"])
    if "access" not in found:
        found["access"] = {BRANCHES: {"token": found["access_token"], "expires_at": found["expires_at"]}}
    return EntraSecret(
        SecretStr(found["refresh_token"]),
        {
            purpose: AccessToken(SecretStr(held["token"]), int(held["expires_at"]))
            for purpose, held in found["access"].items()
        },
    )


def _access_of(tokens: EntraTokens) -> Mapping[SignInPurpose, AccessToken]:
    return {tokens.purpose: AccessToken(tokens.access_token, tokens.expires_at)}

"""What the token keeper holds of a person: the tokens of Entra, or a personal access token, as one JSON text."""

import json

from pydantic import SecretStr

from clients.entra import EntraTokens
from domain.sign_in_purposes import BRANCHES

PersonSecret = EntraTokens | SecretStr  # the latter is a personal access token


def write_secret(secret: PersonSecret) -> SecretStr:
    """The text to keep."""
    if isinstance(secret, SecretStr):
        return SecretStr(json.dumps({"token": secret.get_secret_value()}))
    return SecretStr(
        json.dumps(
            {
                "access_token": secret.access_token.get_secret_value(),
                "refresh_token": secret.refresh_token.get_secret_value(),
                "expires_at": secret.expires_at,
                "purpose": secret.purpose,
            }
        )
    )


def read_secret(kept: SecretStr) -> PersonSecret:
    """What `write_secret` wrote. A secret of before there were two purposes is for branches."""
    found = json.loads(kept.get_secret_value())
    if "token" in found:
        return SecretStr(found["token"])
    return EntraTokens(
        SecretStr(found["access_token"]), SecretStr(found["refresh_token"]), int(found["expires_at"]),
        found.get("purpose", BRANCHES),
    )  # fmt: skip

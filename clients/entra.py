"""Microsoft Entra ID: signs people in to Azure DevOps. What it gives for a person, and nothing about the person."""

from dataclasses import dataclass

from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class EntraTokens:
    """What acts as a person: `access_token` until `expires_at` (ms), `refresh_token` for the next one."""

    access_token: SecretStr
    refresh_token: SecretStr
    expires_at: int

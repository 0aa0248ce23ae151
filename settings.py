"""The only place the environment is read: one frozen record.

Every setting has a default that works on one machine or a sentence that says what is missing.
"""

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class SettingsError(Exception):
    """A setting is missing or wrong; the text names each one with the reason."""


class Settings(BaseSettings):
    """What the operator decides. Field names in capitals are the environment variables."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    public_url: str = "http://127.0.0.1:8000"
    database_url: str = "sqlite:///var/crosswalk.sqlite"
    redis_url: str = "redis://127.0.0.1:6379/0"

    secret_backend: Literal["local", "aws"] = "local"
    local_key_file: Path = Path("var/crosswalk.keys")
    kms_key_id: str = ""
    aws_endpoint_url: str = ""
    staging_bucket: str = ""

    ado_hosts: Annotated[frozenset[str], NoDecode] = frozenset()
    jira_hosts: Annotated[frozenset[str], NoDecode] = frozenset()
    connect_keys_url: str = "https://connect-install-keys.atlassian.com"
    connect_js_url: str = "https://connect-cdn.atl-paas.net/all.js"
    atlassian_api_url: str = "https://api.atlassian.com"
    atlassian_auth_url: str = "https://auth.atlassian.com"
    atlassian_client_id: str = ""
    atlassian_client_secret: SecretStr = SecretStr("")
    forge_app_id: str = ""
    forge_jwks_url: str = "https://forge.cdn.prod.atlassian-dev.net/.well-known/jwks.json"
    entra_authority: str = "https://login.microsoftonline.com/organizations"
    entra_client_id: str = ""
    entra_client_secret: SecretStr = SecretStr("")
    ai_provider: Literal["rules", "anthropic"] = "rules"
    ai_api_key: SecretStr = SecretStr("")

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "text"] = "json"

    @field_validator("ado_hosts", "jira_hosts", mode="before")
    @classmethod
    def split_hosts(cls, value: object) -> object:
        """`host` or `host:port`, comma-separated, as the operator writes them."""
        if isinstance(value, str):
            return frozenset(part.strip().lower() for part in value.split(",") if part.strip())
        return value

    @field_validator("ado_hosts", "jira_hosts")
    @classmethod
    def check_hosts(cls, value: frozenset[str]) -> frozenset[str]:
        for host in value:
            if "/" in host or "@" in host or urlsplit(f"//{host}").hostname is None:
                raise ValueError(f"{host!r} is not host or host:port; write for example ado.example.com:8080")
        return value

    @field_validator("public_url", "connect_keys_url", "atlassian_api_url", "atlassian_auth_url")
    @classmethod
    def check_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(f"{value!r} is not an address; write for example https://crosswalk.example.com")
        return value.rstrip("/")

    @field_validator("public_url")
    @classmethod
    def require_tls(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme == "http" and parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
            raise ValueError("must begin with https:// (plain http is for this machine alone)")
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def upper_level(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @model_validator(mode="after")
    def check_aws(self) -> Self:
        if self.secret_backend == "aws" and not self.kms_key_id:
            raise ValueError("KMS_KEY_ID is missing: SECRET_BACKEND=aws needs the id, ARN or alias of a KMS key")
        return self


def load_settings() -> Settings:
    """Read the environment once.

    Raises SettingsError naming every wrong value and the reason.
    """
    try:
        return Settings()
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, e['loc'])).upper() or 'settings'}: {e['msg']}" for e in error.errors()]
        raise SettingsError("Crosswalk cannot start. " + "; ".join(lines)) from None

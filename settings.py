"""The only place the environment is read: one frozen record.

Every setting has a default that works on one machine or a sentence that says what is missing.
"""

import re
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

DATABASES = frozenset({"sqlite", "sqlite+pysqlite", "postgresql", "postgres", "postgresql+psycopg"})
REDIS_SCHEMES = frozenset({"redis", "rediss", "unix"})
METRICS_PORT = re.compile(r"(?:[\w.\-\[\]:]+:)?[0-9]{1,5}")
HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?")
# An address in the Content-Security-Policy, where a space, a quote or a semicolon would begin something else
POLICY_ADDRESS = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&()*+=%\[\]-]+")

# Seconds that a call of a migration lives at most: 8 until it begins, 2 for leave to write its issue, 5 for leave to
# call, 10 for two tries to connect, 30 for its answer. Whoever waits less makes things twice.
SHORTEST_SETTLE = 55


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

    migration_settle_seconds: Annotated[int, Field(ge=SHORTEST_SETTLE, le=600)] = 60

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "text"] = "json"
    metrics_port: str = ""

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
            if not HOST.fullmatch(host) or not _has_sound_port(f"//{host}"):
                raise ValueError(f"{host!r} is not host or host:port; write for example ado.example.com:8080")
        return value

    @field_validator("public_url", "connect_keys_url", "atlassian_api_url", "atlassian_auth_url", "entra_authority")
    @classmethod
    def check_address(cls, value: str) -> str:
        parts = urlsplit(value)
        known = parts.scheme in {"http", "https"} and parts.hostname and _has_sound_port(value)
        if not known or parts.query or parts.fragment:
            raise ValueError(f"{value!r} is not an address; write for example https://crosswalk.example.com")
        return value.rstrip("/")

    @field_validator("connect_js_url")
    @classmethod
    def check_bridge(cls, value: str) -> str:
        if not POLICY_ADDRESS.fullmatch(value) or not urlsplit(value).hostname or not _has_sound_port(value):
            raise ValueError("is not an address of a script; write for example https://connect-cdn.atl-paas.net/all.js")
        return value

    @field_validator("database_url")
    @classmethod
    def check_database(cls, value: str) -> str:
        """The value may hold a password, so it is not repeated."""
        scheme, _, rest = value.partition("://")
        server = "" if scheme.startswith("sqlite") else rest.partition("@")[2] or rest
        if scheme not in DATABASES or not rest or not _has_sound_port(f"//{server}"):
            raise ValueError("must begin with sqlite:/// or postgresql://, and a port must be a number")
        return value

    @field_validator("redis_url")
    @classmethod
    def check_redis(cls, value: str) -> str:
        """The value may hold a password, so it is not repeated."""
        if urlsplit(value).scheme not in REDIS_SCHEMES or "://" not in value or not _has_sound_port(value):
            raise ValueError("must begin with redis://, rediss:// or unix://, and a port must be a number")
        return value

    @field_validator("public_url", "entra_authority", "atlassian_auth_url", "atlassian_api_url")
    @classmethod
    def require_tls(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme == "http" and parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
            raise ValueError("must begin with https:// (plain http is for this machine alone)")
        return value

    @field_validator("metrics_port")
    @classmethod
    def check_metrics(cls, value: str) -> str:
        if value and not METRICS_PORT.fullmatch(value):
            raise ValueError(f"{value!r} is neither port nor host:port; write for example 9464 or 0.0.0.0:9464")
        return value

    @property
    def metrics_address(self) -> tuple[str, int]:
        """Where metrics are served: this machine alone unless a host is named; port 0 when they are not."""
        host, _, port = self.metrics_port.rpartition(":")
        return host or "127.0.0.1", int(port or 0)

    @field_validator("log_level", mode="before")
    @classmethod
    def upper_level(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @model_validator(mode="after")
    def check_entra(self) -> Self:
        if bool(self.entra_client_id) != bool(self.entra_client_secret.get_secret_value()):
            missing = "ENTRA_CLIENT_SECRET" if self.entra_client_id else "ENTRA_CLIENT_ID"
            raise ValueError(f"{missing} is missing: sign-in with Microsoft Entra needs id and secret of its app")
        return self

    @model_validator(mode="after")
    def check_aws(self) -> Self:
        if self.secret_backend == "aws" and not self.kms_key_id:
            raise ValueError("KMS_KEY_ID is missing: SECRET_BACKEND=aws needs the id, ARN or alias of a KMS key")
        return self

    @model_validator(mode="after")
    def check_atlassian(self) -> Self:
        if bool(self.atlassian_client_id) != bool(self.atlassian_client_secret.get_secret_value()):
            raise ValueError("ATLASSIAN_CLIENT_ID and ATLASSIAN_CLIENT_SECRET belong together: set both or none")
        return self


def _has_sound_port(address: str) -> bool:
    try:
        return urlsplit(address).port != 0
    except ValueError:
        return False


def load_settings() -> Settings:
    """Read the environment once.

    Raises SettingsError naming every wrong value and the reason.
    """
    try:
        return Settings()
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, e['loc'])).upper() or 'settings'}: {e['msg']}" for e in error.errors()]
        raise SettingsError("Crosswalk cannot start. " + "; ".join(lines)) from None

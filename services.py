"""The only place real things are made: database, Redis, pools, clients, clock. `wsgi`, `worker` and tests call it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial, update_wrapper
from typing import Concatenate, ParamSpec, TypeVar, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from pydantic import SecretStr
from redis import Redis
from sqlalchemy import Engine

from clients.ado import AdoClient, token_header
from clients.atlassian import InstallKeys, OAuthTokens
from clients.atlassian_people import AccountSignIn
from clients.entra import EntraClient
from clients.gates import CountedGate, Gate, Tally
from clients.hosts import AllowedHosts, ado_hosts, atlassian_hosts, entra_hosts, jira_hosts
from clients.http import HttpClient
from clients.jira import ConnectSigner, JiraClient, OAuthSigner, Signer
from domain.errors import Unauthorized
from domain.lanes import Lane
from settings import Settings, SettingsError
from store.connections import Connection
from store.db import open_database
from store.installations import Installation
from store.key_services import KeyService, KmsKeys, LocalKeys
from store.secrets import Vault
from store.stores import Stores, open_stores
from store.token_keepers import AwsTokens, LocalTokens, TokenKeeper

P = ParamSpec("P")
R = TypeVar("R")

APP_KEY = "crosswalk-azure-devops"
REDIS_SECONDS = 5
ENTRA_SECONDS = 15.0  # a person waits before the browser
CLOSED_SECONDS = 15  # longer than any process remembers a hook, short enough for a site that installs again
AWS_CONFIG = Config(
    connect_timeout=2, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 3}, max_pool_connections=32,
    tcp_keepalive=True,
)  # fmt: skip


def now_milliseconds() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True)
class Services(Stores):
    """Everything a request or a task may need. One per process; safe to share between threads."""

    settings: Settings
    tokens: TokenKeeper
    install_keys: InstallKeys
    site_hosts: AllowedHosts  # which addresses a Jira site may have
    ado_http: HttpClient
    jira_http: HttpClient
    gateway_http: HttpClient
    entra_http: HttpClient
    now: Callable[[], int] = now_milliseconds  # milliseconds since 1970
    stopping: threading.Event = field(default_factory=threading.Event)
    _bearers: dict[str, OAuthTokens] = field(default_factory=dict)
    _entra: dict[str, EntraClient] = field(default_factory=dict)

    def ado(self, connection: Connection, lane: Lane = "live", tally: Tally | None = None) -> AdoClient:
        """A client with the own token of a connection, its calls counted. Raises Unauthorized when it was erased."""
        token = self.connections.read_token(connection)
        if token is None:
            raise Unauthorized("Azure DevOps", None, "the token was erased; enter a new one")
        gate = self._gate(connection.id, lane, tally)
        return AdoClient(connection.organization_url, token_header(token), self.ado_http, gate)

    def ado_with(self, organization_url: str, token: SecretStr) -> AdoClient:
        """A client with a token that is not kept yet."""
        return AdoClient(organization_url, token_header(token), self.ado_http)

    def jira(self, installation: Installation, lane: Lane = "live", tally: Tally | None = None) -> JiraClient:
        """A client for a Jira site, its calls counted. The kind of the installation decides how calls are signed,
        nothing else.
        """
        return JiraClient(self._signer(installation), self.jira_http, self._gate(installation.id, lane, tally))

    def account_sign_in(self) -> AccountSignIn | None:
        """Sign-in with an Atlassian account; None when no app is registered for it."""
        settings = self.settings
        if not settings.atlassian_client_id:
            return None
        return AccountSignIn(
            settings.atlassian_auth_url, settings.atlassian_api_url, client_id=settings.atlassian_client_id,
            secret=settings.atlassian_client_secret, http=self.gateway_http,
        )  # fmt: skip

    def entra(self, tenant_id: str) -> EntraClient:
        """A client that signs people in to a tenant; one per tenant, because it keeps what the tenant says of itself.

        For those who asked before whether sign-in with Entra is set up (ENTRA_CLIENT_ID).
        """
        if tenant_id not in self._entra:
            settings = self.settings
            self._entra[tenant_id] = EntraClient(
                settings.entra_authority, tenant_id, settings.entra_client_id, settings.entra_client_secret,
                self.entra_http,
            )  # fmt: skip
        return self._entra[tenant_id]

    def stop_site(self, installation_id: str) -> None:
        """Erase a site's credentials and everything that waits for it. Credentials first; safe to repeat."""
        self.browser_sessions.forget_tenant(installation_id)
        self.people.forget_tenant(installation_id)
        self.migrations.forget_readers(installation_id)
        self.connections.erase_tokens(installation_id)
        self.tokens.forget_tenant(installation_id)
        for link in self.links.list_for(installation_id):
            self.queue.close_link(link.id, CLOSED_SECONDS)
            self.queue.forget_link(link.id)
            self.traces.forget(link.id)
            self.latencies.forget(link.id, self.now())
        self.dead_letters.forget_tenant(installation_id)
        self.project_keys.forget_tenant(installation_id)

    def bind(self, view: "Callable[Concatenate[Services, P], R]") -> Callable[P, R]:
        """A view with these services as its first argument, named and documented as before."""
        return cast("Callable[P, R]", update_wrapper(partial(view, self), view))

    def _gate(self, scope: str, lane: Lane, tally: Tally | None) -> Gate:
        gate = self.governor.gate(scope, lane)
        return CountedGate(gate, tally) if tally else gate

    def _signer(self, installation: Installation) -> Signer:
        if installation.kind == "oauth":
            gateway = self.settings.atlassian_api_url
            return OAuthSigner(gateway, installation.cloud_id or "", self._bearer_source(installation))
        secret = self.installations.shared_secret(installation.id) or SecretStr("")
        return ConnectSigner(APP_KEY, installation.base_url, installation.client_key, secret)

    def _bearer_source(self, installation: Installation) -> OAuthTokens:
        """One token source per credential, so that its bearer is shared until it ends."""
        reference = installation.oauth_secret_reference or ""
        key = f"{installation.id}:{installation.oauth_client_id}:{reference}"
        if key not in self._bearers:
            self._bearers[key] = OAuthTokens(
                self.settings.atlassian_api_url,
                installation.oauth_client_id or "",
                lambda: self.tokens.read(installation.id, reference),
                self.gateway_http,
            )
        return self._bearers[key]


def build_services(settings: Settings) -> Services:
    """Make every part from the settings. Opens nothing yet; the first use does.

    Raises SettingsError when AWS is to be used and the surroundings of the process do not say where and as whom.
    """
    engine = open_database(settings.database_url)
    redis = Redis.from_url(
        settings.redis_url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS, health_check_interval=30
    )
    vault = Vault(engine, _key_service(settings))
    gateway_http = HttpClient(
        "Atlassian", atlassian_hosts(settings.atlassian_api_url, settings.atlassian_auth_url, settings.connect_keys_url)
    )
    gateway = atlassian_hosts(settings.atlassian_api_url).extra
    return Services(
        **vars(open_stores(engine, redis, vault)),
        settings=settings,
        tokens=_token_keeper(settings, engine, vault),
        install_keys=InstallKeys(settings.connect_keys_url, gateway_http),
        site_hosts=jira_hosts(settings.jira_hosts),
        ado_http=HttpClient("Azure DevOps", ado_hosts(settings.ado_hosts)),
        jira_http=HttpClient("Jira", jira_hosts(settings.jira_hosts | gateway)),
        gateway_http=gateway_http,
        entra_http=HttpClient("Microsoft Entra", entra_hosts(settings.entra_authority), read_seconds=ENTRA_SECONDS),
    )


def _key_service(settings: Settings) -> KeyService:
    if settings.secret_backend == "local":
        return LocalKeys(settings.local_key_file)
    with _named_fault():
        client = boto3.client("kms", endpoint_url=settings.aws_endpoint_url or None, config=AWS_CONFIG)
    return KmsKeys(client, settings.kms_key_id)


def _token_keeper(settings: Settings, engine: Engine, vault: Vault) -> TokenKeeper:
    if settings.secret_backend == "local":
        return LocalTokens(engine, vault)
    with _named_fault():
        client = boto3.client("secretsmanager", endpoint_url=settings.aws_endpoint_url or None, config=AWS_CONFIG)
    return AwsTokens(client, settings.kms_key_id)


@contextmanager
def _named_fault() -> Iterator[None]:
    """boto3 reads region and credentials from the surroundings of the process; what is missing there is said."""
    try:
        yield
    except (BotoCoreError, ValueError) as error:
        raise SettingsError(f"SECRET_BACKEND=aws: {error} Check AWS_DEFAULT_REGION and AWS_ENDPOINT_URL.") from None

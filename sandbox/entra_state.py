"""What the Entra stand-in holds: tenants, accounts, registered applications, consents, codes and refresh tokens."""

import secrets
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from sandbox.ado_seed import PEOPLE
from sandbox.ado_state import TENANT
from sandbox.entra_errors import FAULTS, EntraError
from sandbox.entra_keys import ADO_RESOURCE, EntraKeys

ACME = TENANT  # of the organization in Azure DevOps
GLOBEX = "b9a7c1d4-3e2f-4f7a-8c11-5d20e8a4f202"
PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad"  # where Microsoft keeps personal accounts
NO_TENANT = "00000000-0000-0000-0000-000000000000"
MIXED = frozenset({"organizations", "common"})
CLIENT_ID = "c3055a1c-7a6e-4f0e-9b52-0f6c1d9e7303"
CLIENT_SECRET = "entra-secret-of-the-stand-in-0000000000"
NOT_IN_ORGANIZATION = ("Noor Haddad", "noor.haddad@acme.example")
OTHER_TENANT = ("Gil Globex", "gil@globex.example")
PERSONAL_ACCOUNT = ("Pat Personal", "pat@outlook.example")
ADO_SCOPES = frozenset(
    f"vso.{name}" for name in ("code", "code_write", "build", "release", "work", "project", "profile")
) | {"user_impersonation"}  # fmt: skip
PLAIN_SCOPES = frozenset({"openid", "profile", "email", "offline_access"})
CODE_SECONDS = 600
IDLE_SECONDS = 90 * 24 * 3600
Place = Literal["authorize", "code", "refresh"]
PLACES = ("authorize", "code", "refresh")


@dataclass(frozen=True, slots=True)
class Account:
    """A person's account. `tenant` is its home; `note` tells people what it is good for."""

    oid: str
    name: str
    mail: str
    tenant: str
    note: str = ""


@dataclass(slots=True)
class Application:
    """A registered multi-tenant web application. `redirect_uris` must match to the letter."""

    client_id: str
    secret: str
    name: str
    redirect_uris: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class AuthRequest:
    """A sound call of the authorize address. `scopes` are as sent."""

    tenant: str
    app: Application
    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str
    state: str = ""
    nonce: str = ""
    login_hint: str = ""


@dataclass(slots=True)
class Code:
    """An authorization code and what it was given for."""

    asked: AuthRequest
    account: Account
    until: float
    used: bool = False


@dataclass(slots=True)
class Refresh:
    """A refresh token; each use gives a new one. `tenant` is the one the tokens are for.

    It brings tokens of any scopes that its person consented to; `scopes` are what it gives when none are named.
    https://learn.microsoft.com/entra/identity-platform/refresh-tokens
    """

    app: Application
    account: Account
    tenant: str
    scopes: tuple[str, ...]
    issued: float
    used: bool = False
    ended: str = ""  # the name of the refusal


@dataclass(slots=True)
class Refusal:
    """A refusal that is waiting; `mail` None fits everybody, `times` None lasts."""

    place: Place
    name: str
    times: int | None = 1
    mail: str | None = None


@dataclass(slots=True)
class Knobs:
    """What the control may turn. Claims given here go over those that tokens have by right."""

    require_admin_consent: bool = False
    token_seconds: int = 3900
    one_use_refresh: bool = True
    id_claims: dict[str, Any] = field(default_factory=dict)
    access_claims: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class EntraSite:
    """One Entra for several tenants, in memory. Everything is guarded by `lock`."""

    tenants: dict[str, str] = field(default_factory=dict)  # id -> name
    accounts: dict[str, Account] = field(default_factory=dict)  # by mail
    apps: dict[str, Application] = field(default_factory=dict)
    keys: EntraKeys = field(default_factory=EntraKeys)
    knobs: Knobs = field(default_factory=Knobs)
    asked: dict[str, AuthRequest] = field(default_factory=dict)  # sign-in pages that are open
    codes: dict[str, Code] = field(default_factory=dict)
    refreshes: dict[str, Refresh] = field(default_factory=dict)
    consents: dict[tuple[str, str, str], set[str]] = field(default_factory=dict)  # tenant, client, oid
    refusals: list[Refusal] = field(default_factory=list)
    said: list[dict[str, Any]] = field(default_factory=list)  # every refusal of a token call, newest last
    lock: threading.RLock = field(default_factory=threading.RLock)

    @classmethod
    def seeded(cls, people: Sequence[tuple[str, str]] = PEOPLE, *, redirect_uris: Sequence[str] = ()) -> Self:
        """The organization's people, one who is in the tenant only, one of another tenant, one personal account."""
        site = cls({ACME: "Acme", GLOBEX: "Globex", PERSONAL: "Microsoft accounts"})
        for name, mail in people:
            site.add_account(name, mail, note="in the organization")
        site.add_account(*NOT_IN_ORGANIZATION, note="in the tenant, not in the organization")
        site.add_account(*OTHER_TENANT, GLOBEX, note="of another tenant")
        site.add_account(*PERSONAL_ACCOUNT, PERSONAL, note="a personal account")
        site.add_app(CLIENT_ID, CLIENT_SECRET, "Crosswalk", redirect_uris)
        return site

    def add_account(self, name: str, mail: str, tenant: str = ACME, *, note: str = "") -> Account:
        """The object id follows from tenant and mail, so it is the same in every run."""
        made = Account(str(uuid.uuid5(uuid.UUID(tenant), mail)), name, mail, tenant, note)
        self.accounts[mail] = made
        return made

    def add_app(self, client_id: str, secret: str, name: str, redirect_uris: Sequence[str] = ()) -> Application:
        made = self.apps[client_id] = Application(client_id, secret, name, set(redirect_uris))
        return made

    def refuse(self, place: Place, name: str, *, times: int | None = 1, mail: str | None = None) -> None:
        """Let the next sign-in, code or refresh (of one account) fail so. Raises KeyError for an unknown refusal."""
        if name not in FAULTS or place not in PLACES:
            raise KeyError(f"{place} {name}")
        with self.lock:
            self.refusals.append(Refusal(place, name, times, mail))

    def take_refusal(self, place: Place, mail: str) -> str | None:
        """The refusal that waits for this account here, used up by one."""
        with self.lock:
            for waiting in self.refusals:
                if waiting.place == place and waiting.mail in {None, mail}:
                    if waiting.times is not None:
                        waiting.times -= 1
                    self.refusals = [one for one in self.refusals if one.times is None or one.times > 0]
                    return waiting.name
        return None

    def end_sign_ins(self, mail: str | None = None, *, reason: str = "revoked") -> int:
        """Make refresh tokens (of one account) useless; how many. Access tokens last until they expire."""
        if reason not in FAULTS:
            raise KeyError(reason)
        with self.lock:
            found = [one for one in self.refreshes.values() if mail in {None, one.account.mail} and not one.ended]
            for one in found:
                one.ended = reason
            return len(found)

    def forget_consents(self, mail: str | None = None) -> None:
        """People (or one) are asked again; until then their refresh tokens bring nothing."""
        oid = self.accounts[mail].oid if mail else None
        with self.lock:
            self.consents = {key: given for key, given in self.consents.items() if oid and key[2] != oid}

    def consented(self, tenant: str, app: Application, account: Account) -> set[str]:
        return self.consents.setdefault((tenant, app.client_id, account.oid), set())

    def keep_code(self, asked: AuthRequest, account: Account) -> str:
        code = secrets.token_urlsafe(48)
        with self.lock:
            self.codes[code] = Code(asked, account, self.keys.now() + CODE_SECONDS)
        return code

    def keep_refresh(self, app: Application, account: Account, tenant: str, scopes: tuple[str, ...]) -> str:
        token = secrets.token_urlsafe(64)
        with self.lock:
            self.refreshes[token] = Refresh(app, account, tenant, scopes, self.keys.now())
        return token


def require_tenant(site: EntraSite, tenant: str) -> str:
    """A tenant's id, or a name for several; anything else raises EntraError."""
    if tenant not in site.tenants and tenant not in MIXED:
        raise EntraError("unknown_tenant", tenant=tenant)
    return tenant


def split_scopes(text: str) -> tuple[str, ...]:
    """The scopes of a call, each once. Raises EntraError for one that nobody offers."""
    found = tuple(dict.fromkeys(text.split()))
    for scope in found:
        resource, _, name = scope.rpartition("/")
        known = (resource, name) == (ADO_RESOURCE, ".default") or (resource == ADO_RESOURCE and name in ADO_SCOPES)
        if scope not in PLAIN_SCOPES and not known:
            raise EntraError("bad_scope", name=scope)
    return found


def resource_scopes(scopes: Sequence[str]) -> set[str]:
    """The names of those that belong to Azure DevOps; `.default` stands for reading and writing code."""
    names = {scope.rpartition("/")[2] for scope in scopes if scope.startswith(f"{ADO_RESOURCE}/")}
    return names - {".default"} | ({"vso.code", "vso.code_write"} if ".default" in names else set())

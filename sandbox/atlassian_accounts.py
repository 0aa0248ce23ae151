"""What Atlassian keeps for sign-in with an account: registered apps, codes, tokens, the sites a person let an app use.

https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/
"""

import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.jira_access import Refused
from sandbox.jira_site import JiraSite, Person

CLIENT_ID = "atlassian-app-of-the-stand-in"
CLIENT_SECRET = "atlassian-secret-of-the-stand-in-00000"
JIRA_SCOPES = frozenset({"read:jira-user", "read:jira-work", "write:jira-work", "manage:jira-project"})
SCOPES = JIRA_SCOPES | {"read:me", "read:account", "report:personal-data"}
CODE_SECONDS, TOKEN_SECONDS = 300, 3600


class CodeRefused(Refused):
    """A code that is unknown, used, over or somebody else's."""


@dataclass(slots=True)
class AccountApp:
    """A registered OAuth 2.0 (3LO) app. Callback addresses must match to the letter."""

    client_id: str
    secret: str
    name: str
    callbacks: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Asked:
    """A sound call of the authorize address."""

    app: AccountApp
    callback: str
    scopes: tuple[str, ...]
    state: str


@dataclass(slots=True)
class Grant:
    """What a code, and then a token, stands for."""

    app: AccountApp
    callback: str
    scopes: tuple[str, ...]
    account_id: str
    until: float


class AccountDesk:
    """Everything about sign-in for the sites of one Atlassian. Safe between threads."""

    def __init__(self, sites: Sequence[JiraSite], apps: Sequence[AccountApp] = ()) -> None:
        self.sites = list(sites)
        self.apps = {app.client_id: app for app in apps}
        self.open: dict[str, Asked] = {}  # pages that wait for a person
        self.clock: Callable[[], float] = time.time
        self._codes: dict[str, Grant] = {}
        self._tokens: dict[str, Grant] = {}
        self._used: dict[tuple[str, str], set[str]] = {}  # client id and account id -> cloud ids
        self._lock = threading.RLock()

    def people(self) -> dict[str, Person]:
        """Everybody who can sign in, by account id."""
        found = {person.account_id: person for site in self.sites for person in site.people.values()}
        return {account: one for account, one in found.items() if one.active and one.kind == "atlassian"}

    def sites_of(self, account_id: str) -> list[JiraSite]:
        return [site for site in self.sites if account_id in site.people]

    def give_code(self, asked: Asked, account_id: str, cloud_ids: Sequence[str]) -> str:
        """The person has consented for these sites; they come to those of before."""
        code = secrets.token_urlsafe(32)
        with self._lock:
            self._used.setdefault((asked.app.client_id, account_id), set()).update(cloud_ids)
            until = self.clock() + CODE_SECONDS
            self._codes[code] = Grant(asked.app, asked.callback, asked.scopes, account_id, until)
        return code

    def exchange(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """A token for a code, once. Raises Refused with 401 for the app, CodeRefused with 403."""
        app = self.apps.get(str(wanted.get("client_id")))
        if app is None or not secrets.compare_digest(app.secret, str(wanted.get("client_secret"))):
            raise Refused(401, "Unauthorized")
        with self._lock:
            grant = self._codes.pop(str(wanted.get("code")), None)
            if grant is None or grant.app is not app or grant.until <= self.clock():
                raise CodeRefused(403, "Invalid authorization code")
            if wanted.get("redirect_uri") != grant.callback:
                raise CodeRefused(403, "The redirect_uri is not the one of the authorization request")
            grant.until = self.clock() + TOKEN_SECONDS
            token = secrets.token_urlsafe(32)
            self._tokens[token] = grant
        scope = " ".join(grant.scopes)
        return {"access_token": token, "expires_in": TOKEN_SECONDS, "token_type": "Bearer", "scope": scope}

    def proved(self, token: str, scope: str | None = None) -> Grant:
        """Whose token it is. Raises Refused with 401, and with 403 when a scope is missing."""
        grant = self._tokens.get(token)
        if grant is None or grant.until <= self.clock():
            raise Refused(401, "Unauthorized")
        if scope and scope not in grant.scopes:
            raise Refused(403, "Forbidden")
        return grant

    def used_sites(self, grant: Grant) -> list[JiraSite]:
        """Those the person let the app use and is still on; none without a scope of Jira."""
        allowed = self._used.get((grant.app.client_id, grant.account_id), set())
        every = self.sites_of(grant.account_id) if JIRA_SCOPES & set(grant.scopes) else []
        return [site for site in every if site.cloud_id in allowed]

    def withdraw(self, account_id: str) -> None:
        """The person takes the app's rights back: codes and tokens are void, no site is used any more."""
        with self._lock:
            for kept in (self._codes, self._tokens):
                for name in [name for name, grant in kept.items() if grant.account_id == account_id]:
                    del kept[name]
            self._used = {key: sites for key, sites in self._used.items() if key[1] != account_id}

"""Microsoft Entra ID: signs people in to Azure DevOps. What it gives for a person, and nothing about the person.

https://learn.microsoft.com/azure/devops/integrate/get-started/authentication/entra-oauth
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msal
import orjson
from pydantic import SecretStr

from clients.http import Answer, HttpClient
from domain.errors import Permanent, Unavailable
from domain.id_claims import find_claim_fault
from domain.sign_in_faults import FaultCode, classify_refusal, mark_refusal
from domain.sign_in_purposes import BRANCHES, SignInPurpose

SYSTEM = "Microsoft Entra"
ADO_RESOURCE = "499b84ac-1321-427f-aa17-267ca6975798"
# For branches reading and writing code, for migrations reading work items, projects and teams, and nothing else; what
# was consented to adds up. `openid` and `offline_access` are added by msal.
# https://learn.microsoft.com/azure/devops/integrate/get-started/authentication/oauth#available-scopes
SCOPES: Mapping[SignInPurpose, Sequence[str]] = {
    "branches": (f"{ADO_RESOURCE}/vso.code", f"{ADO_RESOURCE}/vso.code_write"),
    "migrations": (f"{ADO_RESOURCE}/vso.work", f"{ADO_RESOURCE}/vso.project"),
}
UNWANTED = ["profile"]  # names: Crosswalk has no use for them


@dataclass(frozen=True, slots=True)
class EntraTokens:
    """What acts as a person: `access_token` for its purpose until `expires_at` (ms), `refresh_token` for the next one,
    of whichever purpose.
    """

    access_token: SecretStr
    refresh_token: SecretStr
    expires_at: int
    purpose: SignInPurpose = BRANCHES


@dataclass(frozen=True, slots=True)
class SignInFlow:
    """A sign-in that was begun: where the browser goes, and what is needed when it comes back (a secret JSON text)."""

    address: str
    kept: SecretStr


class EntraRefusal(Permanent):
    """Entra refused, or its answer does not hold. `fault` names the reason; Microsoft's own words may name people."""

    def __init__(self, fault: FaultCode, mark: str = "") -> None:
        super().__init__(SYSTEM, None, f"sign-in refused: {fault} {mark}".rstrip())
        self.fault = fault
        self.mark = mark


class EntraClient:
    """Signs people in to one tenant by the authorization code flow with PKCE. Safe to share between threads.

    `authority`: scheme and host of ENTRA_AUTHORITY. Nothing of a person is kept between two calls.
    """

    def __init__(self, authority: str, tenant_id: str, client_id: str, secret: SecretStr, http: HttpClient) -> None:
        self._door = EntraDoor(authority, http)
        self._tenant_id = tenant_id
        self._client_id = client_id
        self._secret = secret
        self._made: msal.ConfidentialClientApplication | None = None
        self._lock = threading.Lock()

    def begin(self, redirect_uri: str, state: str, purpose: SignInPurpose = BRANCHES) -> SignInFlow:
        """Where to send a person. Raises Retryable when Entra cannot be reached, EntraRefusal for an unknown tenant."""
        # msal warns of every other mode. `form_post` would come back without our cookie, which is SameSite=Lax
        flow = self._app().initiate_auth_code_flow(
            list(SCOPES[purpose]), redirect_uri=redirect_uri, state=state, prompt="select_account",
            response_mode="form_post",
        )  # fmt: skip
        address = self._door.browser_address(flow.pop("auth_uri"), {"response_mode": "query"})
        return SignInFlow(address, SecretStr(orjson.dumps(flow).decode()))

    def redeem(
        self, kept: SecretStr, answer: Mapping[str, str], now: int, purpose: SignInPurpose = BRANCHES
    ) -> EntraTokens:  # fmt: skip
        """The tokens for what a browser came back with (the parameters of the callback). `now` in ms, `purpose` that of
        `begin`.

        Raises EntraRefusal, and Retryable when Entra cannot be reached.
        """
        flow = orjson.loads(kept.get_secret_value())
        try:
            given = self._app().acquire_token_by_auth_code_flow(flow, dict(answer))
        except (ValueError, RuntimeError):  # another state or nonce, or neither a code nor an error
            raise EntraRefusal("answer_unusable") from None
        tokens = _read_tokens(given, now, purpose)
        claims = given.get("id_token_claims") or {}
        fault = find_claim_fault(claims, client_id=self._client_id, tenant_id=self._tenant_id, now=now)
        if fault:
            raise EntraRefusal(fault)
        return tokens

    def refresh(self, refresh_token: SecretStr, now: int, purpose: SignInPurpose = BRANCHES) -> EntraTokens:
        """New tokens for old ones, of whichever purpose, which still count until these are kept. Raises as `redeem`.

        https://learn.microsoft.com/entra/identity-platform/refresh-tokens
        """
        given = self._app().acquire_token_by_refresh_token(refresh_token.get_secret_value(), list(SCOPES[purpose]))
        return _read_tokens(given, now, purpose)

    def _app(self) -> "msal.ConfidentialClientApplication":
        """Made at the first use, because msal then reads what the tenant says of itself."""
        with self._lock:
            if self._made is None:
                self._made = self._make_app()
            return self._made

    def _make_app(self) -> "msal.ConfidentialClientApplication":
        try:
            return msal.ConfidentialClientApplication(
                self._client_id, client_credential=self._secret.get_secret_value(),
                authority=self._door.authority_of(self._tenant_id), instance_discovery=False, http_client=self._door,
                token_cache=NothingKept(), exclude_scopes=UNWANTED,
            )  # fmt: skip
        except ValueError:  # a tenant that Entra does not know
            raise EntraRefusal("refused") from None


class NothingKept:
    """In place of msal's cache, which would hold names, mail addresses and tokens of everybody who signed in."""

    def add(self, event: object) -> None:
        return

    def remove_rt(self, item: object) -> None:
        return

    def update_rt(self, item: object, token: object) -> None:
        return


@dataclass(frozen=True, slots=True)
class DoorAnswer:
    """An answer in the shape that msal reads."""

    status_code: int
    text: str
    headers: Mapping[str, str]

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise Unavailable(SYSTEM, self.status_code, "it gave no usable answer")


class EntraDoor:
    """What msal calls out by: our own client, with its allow-list, its time-outs and its log line.

    msal takes https authorities only. Where ENTRA_AUTHORITY is plain http, which is this machine alone, the one is
    turned into the other here.
    """

    def __init__(self, authority: str, http: HttpClient) -> None:
        self._own = urlsplit(authority)
        self._http = http

    def authority_of(self, tenant_id: str) -> str:
        return f"https://{self._own.netloc}/{tenant_id}"

    def browser_address(self, url: str, changes: Mapping[str, str]) -> str:
        """An address of Entra for a browser, with some parameters changed. Raises BadInput for a foreign host."""
        parts = urlsplit(self._outside(url))
        query = urlencode(dict(parse_qsl(parts.query, keep_blank_values=True)) | dict(changes))
        return self._http.hosts.require(urlunsplit(parts._replace(query=query)))

    def get(self, url: str, params: Any = None, headers: Mapping[str, str] | None = None, **_: object) -> DoorAnswer:
        return self._call("GET", url, params, None, headers)

    def post(
        self, url: str, params: Any = None, data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None, **_: object,
    ) -> DoorAnswer:  # fmt: skip
        return self._call("POST", url, params, data, headers)

    def close(self) -> None:
        """The pool belongs to the process."""

    def _call(
        self, method: str, url: str, params: Any, form: Mapping[str, str] | None, headers: Mapping[str, str] | None
    ) -> DoorAnswer:  # fmt: skip
        answer = self._http.call(
            method, self._outside(url), params=params, form=form, headers=headers or {}, keep_refusals=True
        )
        return DoorAnswer(answer.status, _json_text(answer), dict(answer.headers))

    def _outside(self, url: str) -> str:
        parts = urlsplit(url)
        own = parts.netloc.lower() == self._own.netloc.lower()
        return urlunsplit(parts._replace(scheme=self._own.scheme)) if own else url


def _json_text(answer: Answer) -> str:
    """The body, proved to be JSON: msal would write anything else to the log. Raises Unavailable."""
    try:
        answer.json()
        return answer.body.decode()
    except ValueError:
        raise Unavailable(SYSTEM, answer.status, "its answer is not JSON") from None


def _read_tokens(given: Mapping[str, Any], now: int, purpose: SignInPurpose) -> EntraTokens:
    """Raises EntraRefusal for an error, and when there is no refresh token: then consent lacks offline access."""
    if "error" in given:
        description = str(given.get("error_description", ""))
        fault = classify_refusal(str(given["error"]), description)
        if fault == "entra_unreachable":
            raise Unavailable(SYSTEM, None, "it asks to try again later")
        raise EntraRefusal(fault, mark_refusal(description))
    try:
        access, refresh = str(given["access_token"]), str(given["refresh_token"])
        life = int(given["expires_in"])
    except (KeyError, ValueError, TypeError):
        raise EntraRefusal("answer_unusable") from None
    return EntraTokens(SecretStr(access), SecretStr(refresh), now + life * 1000, purpose)

"""People of Atlassian: who signed in with their account, which sites they may use, whose account was closed or changed.

Sources: https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/ (OAuth 2.0, three-legged) and
https://developer.atlassian.com/cloud/jira/platform/user-privacy-developer-guide/ (reporting).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode

from pydantic import SecretStr

from clients.http import Answer, HttpClient
from clients.jira import JiraClient
from domain.errors import BadEvent, Unavailable, Unreadable
from domain.json_fields import optional_record, records, text
from domain.personal_data import HeldAccount, ReportAnswer, build_report, read_report
from domain.records import Json

Parsed = TypeVar("Parsed")

SYSTEM = "Atlassian"
AUDIENCE = "api.atlassian.com"
JIRA_SCOPE = "read:jira-user"  # a site is listed only where a scope of one of its products was granted
SCOPES = ("read:me", JIRA_SCOPE)
# https://developer.atlassian.com/platform/forge/user-privacy-guidelines/
ACCOUNT_ID = re.compile(r"[A-Za-z0-9:-]{1,128}")


@dataclass(frozen=True, slots=True)
class OpenSite:
    """A Jira site that a person may use and let us know of. `url` has no trailing slash."""

    cloud_id: str
    url: str


class AccountSignIn:
    """Sign-in with an Atlassian account for one registered app. Keeps no token; safe to share between threads."""

    def __init__(self, auth_url: str, api_url: str, *, client_id: str, secret: SecretStr, http: HttpClient) -> None:
        self._auth_url = auth_url
        self._api_url = api_url
        self._client_id = client_id
        self._secret = secret
        self._http = http

    def authorize_address(self, state: str, redirect_uri: str) -> str:
        """Where the browser goes to sign in and consent.

        Without PKCE: Atlassian takes a challenge and never checks it (https://jira.atlassian.com/browse/OAUTH20-2491).
        """
        query = {
            "audience": AUDIENCE, "client_id": self._client_id, "scope": " ".join(SCOPES),
            "redirect_uri": redirect_uri, "state": state, "response_type": "code", "prompt": "consent",
        }  # fmt: skip
        return f"{self._auth_url}/authorize?{urlencode(query)}"

    def exchange_code(self, code: str, redirect_uri: str) -> SecretStr:
        """An access token for a code. Raises Unauthorized when the app's id or secret is wrong, another Permanent for
        a code that was used or is over.
        """
        body = {
            "grant_type": "authorization_code", "client_id": self._client_id,
            "client_secret": self._secret.get_secret_value(), "code": code, "redirect_uri": redirect_uri,
        }  # fmt: skip
        headers = {"Accept": "application/json"}
        answer = self._http.call("POST", f"{self._auth_url}/oauth/token", headers=headers, json=body)
        return SecretStr(_read(lambda given: text(given, "answer", "access_token"), answer))

    def read_account(self, token: SecretStr) -> str:
        """The account id of whoever signed in (`GET /me`). Raises Forbidden when `read:me` was not granted."""
        return _read(_account_id, self._get("/me", token))

    def list_sites(self, token: SecretStr) -> tuple[OpenSite, ...]:
        """The Jira sites that the person may use and has let us know of."""
        answer = self._get("/oauth/token/accessible-resources", token)
        return _read(_sites, answer)

    def _get(self, path: str, token: SecretStr) -> Answer:
        headers = {"Accept": "application/json", "Authorization": f"Bearer {token.get_secret_value()}"}
        return self._http.call("GET", f"{self._api_url}{path}", headers=headers)


def report_accounts(jira: JiraClient, accounts: Sequence[HeldAccount]) -> ReportAnswer:
    """Tell Atlassian, through an installed site, of at most 90 accounts; its answer names those to be erased or read
    anew. Raises CallError, with RateLimited when it asks for a pause.

    A Connect app calls the site and signs as for any call there (https://community.developer.atlassian.com/t/28679;
    the address is that of https://github.com/mtmendonca/ace-gdpr). `api.atlassian.com/app/report-accounts/` takes
    bearer tokens of Forge apps and of OAuth 2.0 only.
    """
    answer = jira.ask("POST", "connect", "/report-accounts", body=build_report(accounts))
    cycle = answer.headers.get("Cycle-Period")
    return _read(lambda given: read_report(optional_record(given, "answer") or {}, cycle, accounts), answer)


def _account_id(given: Json) -> str:
    account_id = text(given, "answer", "account_id")
    if not ACCOUNT_ID.fullmatch(account_id):
        raise BadEvent("account_id is no account id")
    return account_id


def _sites(given: Json) -> tuple[OpenSite, ...]:
    found = [one for one in records(given, "answer") if _is_jira(one)]
    return tuple(OpenSite(text(one, "id"), text(one, "url").rstrip("/")) for one in found)


def _is_jira(shape: Json) -> bool:
    """Two products of one site have the same id; what was granted tells them apart."""
    scopes = shape.get("scopes")
    return isinstance(scopes, list) and JIRA_SCOPE in scopes


def _read(parse: Callable[[Json], Parsed], answer: Answer) -> Parsed:
    """What `parse` makes of an answer, which is at its `answer`. Raises Unreadable when a field is missing, Unavailable
    for a page in place of JSON.
    """
    try:
        given = answer.json()
    except ValueError:
        raise Unavailable(SYSTEM, answer.status, "it answered with something that is no JSON") from None
    try:
        return parse({"answer": given})
    except BadEvent as error:
        raise Unreadable(SYSTEM, answer.status, f"its answer cannot be read: {error}") from None

"""Atlassian outside a site's own address: cloud ids, OAuth credentials, install keys."""

import re
import threading
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from pydantic import SecretStr

from clients.http import HttpClient
from domain.errors import BadInput, Permanent, Unauthenticated, Unavailable

RENEW_SECONDS = 120.0  # a token is renewed this long before its end
KEY_SECONDS = 3600.0  # an install key is kept this long
KEY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}\Z")  # a uuid today; never a path


class OAuthTokens:
    """Bearer tokens for one pair of OAuth credentials, renewed before they end. Safe to share between threads.

    Source: https://developer.atlassian.com/cloud/jira/software/integrate-jsw-cloud-with-onpremises-tools/
    """

    def __init__(
        self, gateway: str, client_id: str, secret: Callable[[], SecretStr], http: HttpClient,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._address = f"{gateway}/oauth/token"
        self._client_id = client_id
        self._secret = secret
        self._http = http
        self._clock = clock
        self._lock = threading.Lock()
        self._token = SecretStr("")
        self._ends = float("-inf")

    def bearer(self) -> SecretStr:
        """A token valid for at least two minutes (or half its life). Raises Unauthorized for wrong credentials."""
        with self._lock:
            if self._clock() >= self._ends:
                self._renew()
            return self._token

    def forget(self) -> None:
        """Fetch another token next time: this one was refused before its end."""
        with self._lock:
            self._ends = float("-inf")

    def _renew(self) -> None:
        body = {
            "audience": "api.atlassian.com",
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "client_secret": self._secret().get_secret_value(),
        }
        answer = self._http.call("POST", self._address, headers={"Accept": "application/json"}, json=body)
        try:
            given = answer.json()
            life, token = float(given["expires_in"]), str(given["access_token"])
        except (ValueError, TypeError, KeyError):
            raise Unavailable("Atlassian", answer.status, "it gave no token where one was expected") from None
        self._token = SecretStr(token)
        self._ends = self._clock() + max(life - RENEW_SECONDS, life / 2)


def read_cloud_id(base_url: str, http: HttpClient) -> str:
    """The cloud id of a site. Raises BadInput when the address is not a Jira Cloud site."""
    answer = http.call("GET", f"{base_url}/_edge/tenant_info", headers={"Accept": "application/json"})
    try:
        cloud_id = answer.json()["cloudId"]
    except (ValueError, KeyError, TypeError):
        raise BadInput(f"{urlsplit(base_url).hostname} is not a Jira Cloud site: it names no cloud id") from None
    return str(cloud_id)


class InstallKeys:
    """The public keys that sign install calls, fetched by key id and kept for an hour.

    Source: https://developer.atlassian.com/cloud/jira/platform/security-for-connect-apps/
    """

    def __init__(self, address: str, http: HttpClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._address = address.rstrip("/")
        self._http = http
        self._clock = clock
        self._kept: dict[str, tuple[float, str]] = {}

    def find_key(self, key_id: object) -> str:
        """The PEM of a key id. Raises Unauthenticated for another shape or an id that Atlassian does not know."""
        if not isinstance(key_id, str) or not KEY_ID.match(key_id) or ".." in key_id:
            raise Unauthenticated("the install token names no usable key")
        kept = self._kept.get(key_id)
        if kept and kept[0] > self._clock():
            return kept[1]
        pem = self._fetch(key_id)
        self._kept = {key_id: (self._clock() + KEY_SECONDS, pem)}
        return pem

    def _fetch(self, key_id: str) -> str:
        try:
            answer = self._http.call("GET", f"{self._address}/{key_id}", headers={"Accept": "application/x-pem-file"})
        except Permanent:
            raise Unauthenticated("Atlassian does not know the key of this install token") from None
        if answer.status != 200 or b"BEGIN PUBLIC KEY" not in answer.body:
            raise Unauthenticated("Atlassian does not know the key of this install token")
        return answer.body.decode()

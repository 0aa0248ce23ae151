"""Jira Cloud: one client whatever door the site came through; only the signing differs.

Sources: https://developer.atlassian.com/cloud/jira/software/rest/ (development information, builds, deployments),
https://developer.atlassian.com/cloud/jira/platform/rest/v3/ (projects, permissions).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from urllib.parse import urlencode, urlsplit

import atlassian_jwt
from pydantic import SecretStr

from clients.http import Answer, HttpClient
from domain.errors import Forbidden, Unavailable

Api = Literal["devinfo", "builds", "deployments", "platform"]
CONNECT_PATHS: Mapping[Api, str] = {
    "devinfo": "/rest/devinfo/0.10",
    "builds": "/rest/builds/0.1",
    "deployments": "/rest/deployments/0.1",
    "platform": "/rest/api/3",
}
TOKEN_SECONDS = 180  # https://developer.atlassian.com/cloud/jira/platform/understanding-jwt-for-connect-apps/
PROJECT_PAGE = 50


class Signer(Protocol):
    """How calls to one site are addressed and signed."""

    def address(self, api: Api) -> str:
        """The base address of an API, without a trailing slash. Raises Forbidden when this door does not open it."""
        ...

    def headers(self, method: str, url: str) -> Mapping[str, str]:
        """The headers that prove who calls `url` (with its query)."""
        ...


@dataclass(frozen=True, slots=True)
class ConnectSigner:
    """An app installed by Connect: a fresh HS256 token with query hash for each request."""

    app_key: str
    base_url: str
    client_key: str
    secret: SecretStr

    def address(self, api: Api) -> str:
        return self.base_url + CONNECT_PATHS[api]

    def headers(self, method: str, url: str) -> Mapping[str, str]:
        # the query hash is over the path below the tenant's base address
        relative = url.removeprefix(self.base_url)
        token = atlassian_jwt.encode_token(
            method, relative, self.client_key, self.secret.get_secret_value(), TOKEN_SECONDS,
            payload_kwargs={"iss": self.app_key, "aud": [self.client_key]},
        )  # fmt: skip
        return {"Authorization": f"JWT {token}"}


class TokenSource(Protocol):
    def bearer(self) -> SecretStr:
        """A token that is valid for some time still."""
        ...


@dataclass(frozen=True, slots=True)
class OAuthSigner:
    """A site that trusts us by OAuth credentials its admin made: development information only.

    Source: https://developer.atlassian.com/cloud/jira/software/integrate-jsw-cloud-with-onpremises-tools/
    """

    gateway: str
    cloud_id: str
    tokens: TokenSource

    def address(self, api: Api) -> str:
        if api == "platform":
            detail = "OAuth credentials open development information only, not projects, issues or people"
            raise Forbidden("Jira", None, detail)
        return f"{self.gateway}/jira/{api}/0.1/cloud/{self.cloud_id}"

    def headers(self, method: str, url: str) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.tokens.bearer().get_secret_value()}"}


class JiraClient:
    """Calls one Jira site."""

    def __init__(self, signer: Signer, http: HttpClient) -> None:
        self._signer = signer
        self._http = http

    def send(
        self, method: str, api: Api, path: str, query: Mapping[str, str] | None = None, body: object = None
    ) -> Any:
        """One call below an API's address; returns the decoded answer, None when it is empty.

        A redirect means the site was renamed (302 to a page, never an API answer) and raises Unavailable.
        """
        return self._call(method, api, path, query, body).json()

    def is_admin(self, account_id: str) -> bool:
        """Whether a person is a Jira administrator now (`POST /rest/api/3/permissions/check`)."""
        body = {"accountId": account_id, "globalPermissions": ["ADMINISTER"]}
        answer = self.send("POST", "platform", "/permissions/check", body=body)
        return "ADMINISTER" in answer.get("globalPermissions", [])

    def list_project_keys(self) -> frozenset[str]:
        """The key of every project the app can see (`GET /rest/api/3/project/search`, paged).

        Raises Forbidden for a site whose door does not open projects.
        """
        keys: set[str] = set()
        while True:
            query = {"startAt": str(len(keys)), "maxResults": str(PROJECT_PAGE)}
            page = self.send("GET", "platform", "/project/search", query)
            keys.update(project["key"] for project in page["values"])
            if page.get("isLast", True) or not page["values"]:
                return frozenset(keys)

    def _call(self, method: str, api: Api, path: str, query: Mapping[str, str] | None, body: object) -> Answer:
        url = self._signer.address(api) + path + (f"?{urlencode(query)}" if query else "")
        headers = {"Accept": "application/json", **self._signer.headers(method, url)}
        answer = self._http.call(method, url, headers=headers, json=body)
        if answer.status >= 300:
            detail = (
                f"{urlsplit(url).hostname} redirects: the site was renamed; re-install the app to tell us its address"
            )
            raise Unavailable("Jira", answer.status, detail)
        return answer

"""Jira Cloud: one client whatever door the site came through; only the signing differs.

Sources: https://developer.atlassian.com/cloud/jira/software/rest/ (development information, builds, deployments),
https://developer.atlassian.com/cloud/jira/platform/rest/v3/ (projects, permissions).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from urllib.parse import quote, urlencode, urlsplit

import atlassian_jwt
from pydantic import SecretStr

from clients.gates import OPEN, Gate
from clients.http import Answer, HttpClient, error_of
from clients.uploads import FileUpload
from domain.errors import Forbidden, NotFound, Unauthorized, Unavailable

Api = Literal["devinfo", "builds", "deployments", "platform", "agile", "connect"]
CONNECT_PATHS: Mapping[Api, str] = {
    "devinfo": "/rest/devinfo/0.10",
    "builds": "/rest/builds/0.1",
    "deployments": "/rest/deployments/0.1",
    "platform": "/rest/api/3",
    "agile": "/rest/agile/1.0",
    "connect": "/rest/atlassian-connect/latest",
}
GATEWAY_APIS = frozenset({"devinfo", "builds", "deployments"})
TOKEN_SECONDS = 180  # https://developer.atlassian.com/cloud/jira/platform/understanding-jwt-for-connect-apps/
PROJECT_PAGE = 50
Query = Mapping[str, str] | Sequence[tuple[str, str]]


class Signer(Protocol):
    """How calls to one site are addressed and signed."""

    def address(self, api: Api) -> str:
        """The base address of an API, without a trailing slash. Raises Forbidden when this door does not open it."""
        ...

    def headers(self, method: str, url: str) -> Mapping[str, str]:
        """The headers that prove who calls `url` (with its query)."""
        ...

    def renew(self) -> bool:
        """After a 401: whether signing anew can help, because the proof may have been revoked before its end."""
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

    def renew(self) -> bool:
        return False


class TokenSource(Protocol):
    def bearer(self) -> SecretStr:
        """A token that is valid for some time still."""
        ...

    def forget(self) -> None:
        """Fetch another one next time."""
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
        if api not in GATEWAY_APIS:
            detail = "OAuth credentials open development information only, not projects, issues or people"
            raise Forbidden("Jira", None, detail)
        return f"{self.gateway}/jira/{api}/0.1/cloud/{self.cloud_id}"

    def headers(self, method: str, url: str) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.tokens.bearer().get_secret_value()}"}

    def renew(self) -> bool:
        self.tokens.forget()
        return True


class JiraClient:
    """Calls one Jira site."""

    def __init__(self, signer: Signer, http: HttpClient, gate: Gate = OPEN) -> None:
        self._signer = signer
        self._http = http
        self._gate = gate

    def send(
        self, method: str, api: Api, path: str, query: Query | None = None, body: object = None, *, endpoint: str = ""
    ) -> Any:
        """One call below an API's address; returns the decoded answer, None when it is empty.

        `endpoint` names one that has a rate of its own (`domain/rates.py`). A redirect means the site was renamed (302
        to a page, never an API answer) and raises Unavailable.
        """
        return decode_answer(self.ask(method, api, path, query, body, endpoint=endpoint))

    def ask(
        self, method: str, api: Api, path: str, query: Query | None = None, body: object = None, *, endpoint: str = "",
        keep_400: bool = False,
    ) -> Answer:  # fmt: skip
        """As `send`, for who needs the headers, or with `keep_400` what is in the body of a 400.

        A bearer that was revoked before its end is renewed once.
        """

        url = self._signer.address(api) + path + (f"?{urlencode(query)}" if query else "")
        group = _group(method, api, endpoint)

        def send_once() -> Answer:
            headers = self._headers(method, url)
            return self._http.call(
                method, url, headers=headers, json=body, gate=self._gate, group=group, keep_refusals=keep_400
            )

        try:
            return _checked(send_once(), url)
        except Unauthorized:
            if not self._signer.renew():
                raise
            return _checked(send_once(), url)

    def upload(self, path: str, file: FileUpload, *, endpoint: str) -> Any:
        """POST a file to the platform; returns the decoded answer. A bearer is not renewed: a stream comes once."""
        url = self._signer.address("platform") + path
        headers = self._headers("POST", url) | {"X-Atlassian-Token": "no-check"}
        group = _group("POST", "platform", endpoint)
        answer = self._http.upload(url, file, headers=headers, gate=self._gate, group=group)
        return decode_answer(_refuse_redirect(answer, url))

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

    def find_projects(self, keys: Sequence[str]) -> frozenset[str]:
        """Which of at most 50 project keys exist (`GET /rest/api/3/project/search?keys=`)."""
        query = [("maxResults", str(PROJECT_PAGE)), *(("keys", key) for key in keys[:PROJECT_PAGE])]
        page = self.send("GET", "platform", "/project/search", query)
        return frozenset(project["key"] for project in page["values"]) & frozenset(keys)

    def find_project_key(self, key: str) -> str | None:
        """The key that the project known as `key` has now; Jira answers to its former keys too. None: there is none.

        https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/#api-rest-api-3-project-projectidorkey-get
        """
        return self._present_key(f"/project/{quote(key, safe='')}", {})

    def find_issue_key(self, key: str) -> str | None:
        """The key that the issue known as `key` has now, wherever it moved. None: there is none that we may see.

        https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-get
        """
        return self._present_key(f"/issue/{quote(key, safe='')}", {"fields": "key"})  # no field: the key comes anyway

    def _present_key(self, path: str, query: Query) -> str | None:
        try:
            return str(self.send("GET", "platform", path, query)["key"])
        except (Forbidden, NotFound):
            return None

    def _headers(self, method: str, url: str) -> dict[str, str]:
        return {"Accept": "application/json", **self._signer.headers(method, url)}


def decode_answer(answer: Answer) -> Any:
    """The JSON of an answer, None when it is empty. Raises Unavailable for a maintenance page with status 200."""
    try:
        return answer.json()
    except ValueError:
        raise Unavailable("Jira", answer.status, "it answered with something that is no JSON") from None


def _group(method: str, api: Api, endpoint: str) -> str:
    return f"{method} {api}/{endpoint}" if endpoint else f"{method} {api}"


def _checked(answer: Answer, url: str) -> Answer:
    """Raises the CallError of a refusal that was kept, but for a 400."""
    if answer.status > 400:
        raise error_of("Jira", answer)
    return _refuse_redirect(answer, url)


def _refuse_redirect(answer: Answer, url: str) -> Answer:
    if 300 <= answer.status < 400:
        detail = f"{urlsplit(url).hostname} redirects: the site was renamed; re-install the app to tell us its address"
        raise Unavailable("Jira", answer.status, detail)
    return answer

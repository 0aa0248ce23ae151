"""Azure DevOps over REST 7.1: who we are, and how any of its services is called.

What is asked of each service stands beside this file: `ado_git`, `ado_pipelines`, `ado_hooks`.
"""

import base64
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar
from urllib.parse import quote, urlsplit

from pydantic import SecretStr

from clients.gates import OPEN, Gate
from clients.http import Answer, Download, HttpClient
from domain.errors import BadEvent, Unauthorized, Unavailable, Unreadable
from domain.json_fields import optional_text, text
from domain.records import Json

API_VERSION = "7.1"
PAGE_SIZE = 100
SYSTEM = "Azure DevOps"
CONTINUATION = "x-ms-continuationtoken"  # header of an answer that has a next page
Parsed = TypeVar("Parsed")
Decoded = TypeVar("Decoded")
Service = Literal["core", "release", "identity"]
# https://learn.microsoft.com/rest/api/azure/devops/ : some services answer on hosts of their own
SERVICE_HOSTS: Mapping[Service, str] = {"release": "vsrm.dev.azure.com", "identity": "vssps.dev.azure.com"}


@dataclass(frozen=True, slots=True)
class ConnectionData:
    """Who a token is: `instance_id` is the organization's GUID, `user_id` '' when it is not told."""

    user_name: str
    instance_id: str
    user_id: str = ""


class AdoClient:
    """Calls one organization with one token. Every path is quoted here; callers pass plain segments.

    A success that is not JSON raises Unavailable: a page of something in between, not of Azure DevOps. `on_refusal` is
    called when a call is answered 401, and may raise what that means for whoever calls.
    """

    def __init__(
        self, organization_url: str, authorization: SecretStr, http: HttpClient, gate: Gate = OPEN,
        on_refusal: Callable[[], None] | None = None,
    ) -> None:  # fmt: skip
        self.organization_url = organization_url.rstrip("/")
        self._host = urlsplit(self.organization_url).netloc
        self._authorization = authorization
        self._http = http
        self._gate = gate
        self._on_refusal = on_refusal

    def get(self, *segments: str | int, service: Service = "core", version: str = API_VERSION, **params: Any) -> Any:
        """GET `{organization}/{segments}` and return the decoded body. `$top` and the like: `**{"$top": 5}`."""
        return _decode(self._call("GET", segments, service, {"api-version": version} | params))

    def post(
        self, *segments: str | int, json: object, service: Service = "core", version: str = API_VERSION, **params: Any
    ) -> Any:
        """POST `json` and return the decoded body."""
        return _decode(self._call("POST", segments, service, {"api-version": version} | params, json))

    def put(self, *segments: str | int, json: object, service: Service = "core", version: str = API_VERSION) -> Any:
        """PUT `json` and return the decoded body."""
        return _decode(self._call("PUT", segments, service, {"api-version": version}, json))

    def delete(self, *segments: str | int, service: Service = "core", version: str = API_VERSION) -> None:
        """DELETE; the answer has no body. Raises NotFound when it is gone already."""
        self._call("DELETE", segments, service, {"api-version": version})

    def pages(
        self, *segments: str | int, service: Service = "core", version: str = API_VERSION, **params: Any
    ) -> Iterator[list[Any]]:
        """Every page of a list that continues by the `x-ms-continuationtoken` header; each page is its `value`."""
        token: str | None = None
        while True:
            query = params | ({"continuationToken": token} if token else {})
            entries, token = self.page(*segments, service=service, version=version, **query)
            yield entries
            if not token:
                return

    def page(
        self, *segments: str | int, service: Service = "core", version: str = API_VERSION, **params: Any
    ) -> tuple[list[Any], str | None]:
        """One page of such a list, and the token that asks for the next one, None at the end."""
        answer = self._call("GET", segments, service, {"api-version": version} | params)
        return read_answer(listed, _decode(answer)), answer.headers.get(CONTINUATION) or None

    @contextmanager
    def stream(self, *segments: str | int, version: str = API_VERSION, **params: Any) -> Iterator[Download]:
        """GET a file, whose bytes are read while they come (`HttpClient.stream`)."""
        url, headers, query = self._request("core", segments, {"api-version": version} | params, "application/*")
        with ExitStack() as stack:
            try:
                opened = self._http.stream(url, headers=headers, params=query, gate=self._gate, group="core")
                found = stack.enter_context(opened)
                self._learn(found)
                # a file may be HTML; that it is one is told by its disposition
                _refuse_page(found, shown="Content-Disposition" not in found.headers)
            except Unauthorized:
                self._refused()
                raise
            yield found

    @property
    def clock_ahead(self) -> int | None:
        """By how many ms our clock is ahead of this organization's, None while that is not known."""
        return self._http.clocks.ahead(self._host)

    def read_connection(self) -> ConnectionData:
        """Who the token is; the cheapest check of a credential. There is only a preview of it.

        Raises Unauthorized for a wrong, expired or powerless token.
        https://learn.microsoft.com/rest/api/azure/devops/ (Location, connectionData)
        """
        return read_answer(_parse_identity, self.get("_apis", "connectionData", version="7.1-preview"))

    def _call(
        self, method: str, segments: tuple[str | int, ...], service: Service, params: Mapping[str, Any],
        json: object = None,
    ) -> Answer:  # fmt: skip
        url, headers, query = self._request(service, segments, params, "application/json")
        try:
            answer = self._http.call(
                method, url, headers=headers, params=query, json=json, gate=self._gate, group=service
            )
            self._learn(answer)
            _refuse_page(answer, shown=bool(answer.body))
        except Unauthorized:
            self._refused()
            raise
        return answer

    def _request(
        self, service: Service, segments: tuple[str | int, ...], params: Mapping[str, Any], accept: str
    ) -> tuple[str, Mapping[str, str], Mapping[str, Any]]:
        """Address, headers and query of a call."""
        path = "/".join(quote(str(part), safe="") for part in segments)
        headers = {
            "Authorization": self._authorization.get_secret_value(),
            "Accept": accept,
            "X-TFS-FedAuthRedirect": "Suppress",  # a bad token is answered with 401 instead of a sign-in page, mostly
        }
        return f"{self._base(service)}/{path}", headers, {key: one for key, one in params.items() if one is not None}

    def _learn(self, answer: Answer | Download) -> None:
        self._http.clocks.note(self._host, answer.headers.get("Date"))

    def _refused(self) -> None:
        if self._on_refusal:
            self._on_refusal()

    def _base(self, service: Service) -> str:
        """The operator's own hosts (Azure DevOps Server) answer everything on one host."""
        if service == "core" or self._http.hosts.is_extra(self.organization_url):
            return self.organization_url
        return f"https://{SERVICE_HOSTS[service]}{urlsplit(self.organization_url).path}"


def read_answer(parse: Callable[[Decoded], Parsed], answer: Decoded) -> Parsed:
    """What `parse` makes of a decoded answer. Raises Unreadable for its BadEvent: asking again would not help."""
    try:
        return parse(answer)
    except BadEvent as error:
        raise Unreadable(SYSTEM, None, f"its answer cannot be read: {error}") from None


def listed(answer: Json) -> list[Any]:
    """The entries of a list answer. Raises BadEvent when there is no list."""
    found = answer.get("value") if isinstance(answer, Mapping) else None
    if not isinstance(found, list):
        raise BadEvent("value is not a list")
    return found


def iso_seconds(moment: datetime | None) -> str | None:
    """A time as queries take it, cut to seconds: a span begins a little earlier rather than later."""
    if moment is None:
        return None
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def token_header(token: SecretStr) -> SecretStr:
    """The Authorization value of a personal access token: Basic with an empty user."""
    encoded = base64.b64encode(f":{token.get_secret_value()}".encode()).decode()
    return SecretStr(f"Basic {encoded}")


def bearer_header(token: SecretStr) -> SecretStr:
    """The Authorization value of a token that Microsoft Entra gave a person."""
    return SecretStr(f"Bearer {token.get_secret_value()}")


def _refuse_page(answer: Answer | Download, *, shown: bool) -> None:
    """Raises Unauthorized for a sign-in page, which comes with a success or a redirect. `shown`: HTML is one."""
    page = shown and "text/html" in answer.headers.get("Content-Type", "")
    if answer.status in {203, 301, 302} or page:
        raise Unauthorized(SYSTEM, answer.status, "it answered with a sign-in page; the token is not valid")


def _decode(answer: Answer) -> Any:
    try:
        return answer.json()
    except ValueError:
        raise Unavailable(SYSTEM, answer.status, "its answer is not JSON") from None


def _parse_identity(body: Json) -> ConnectionData:
    name = optional_text(body, "authenticatedUser", "providerDisplayName") or ""
    user_id = optional_text(body, "authenticatedUser", "id") or ""
    return ConnectionData(name, text(body, "instanceId"), user_id)

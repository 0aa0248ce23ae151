"""How a call to the Azure DevOps stand-in is taken: who asks, may they, is it by the book, and was the answer.

Addresses are matched without regard to case after `_apis`, as the service does.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from flask import Flask, Request, Response, request
from werkzeug.routing import MapAdapter, Rule

from sandbox.ado_access import read_token, read_version, require_project, require_scope, require_version
from sandbox.ado_addresses import STARTS, filled, make_rule, snake
from sandbox.ado_answers import as_json, refusal, sign_in
from sandbox.ado_areas import AREAS
from sandbox.ado_bearer import tell_tenant
from sandbox.ado_clock import parse_time
from sandbox.ado_contract import check_answer, check_request, load_contract
from sandbox.ado_errors import AdoError, SignInNeeded, bad_request, not_found
from sandbox.ado_model import Json, Project, Token
from sandbox.ado_organization import AdoOrganization
from sandbox.ado_rate import refuse_by_rate, write_rate
from sandbox.contract import find_specs

# say nothing about which items come back, or are described as not used
NOT_NEEDED = frozenset({
    "api-version", "includeLinks", "searchCriteria.includeLinks", "includeAllUrls", "includeHidden", "maxCommentLength",
    "getDefaultTeamImageUrl", "includeRunDetails", "approvalFilters", "propertyFilters",
})  # fmt: skip
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page:
    """A list answer; `token` goes into the header `x-ms-continuationtoken`."""

    items: list[Json]
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """What a call has made: answered with 201, where the document only knows 200."""

    body: Json


@dataclass(frozen=True, slots=True)
class Call:
    """One accepted call."""

    organization: AdoOrganization
    token: Token
    project: Project | None
    request: Request
    team: str | None = None
    read: set[str] = field(default_factory=set)  # the query parameters that the view has looked at

    @property
    def base(self) -> str:
        return self.organization.base_url

    @property
    def home(self) -> Project:
        """The project of a call that must name one."""
        if self.project is None:
            raise bad_request("A project name is required in order to perform this operation.")
        return self.project

    def text(self, name: str) -> str | None:
        self.read.add(name)
        return self.request.args.get(name) or None

    def number(self, name: str, default: int) -> int:
        return int(self.text(name) or default)

    def flag(self, name: str) -> bool:
        return (self.text(name) or "").lower() == "true"

    def require_read(self) -> None:
        """A filter that is silently left out would make a wrong client look right. Raises AdoError (501)."""
        left = set(self.request.args) - self.read - NOT_NEEDED
        if left:
            raise AdoError(
                501, "NotImplementedException", f"The stand-in does not know {', '.join(sorted(left))} here."
            )

    def time(self, name: str) -> datetime | None:
        """Raises AdoError (400)."""
        value = self.text(name)
        try:
            return parse_time(value) if value else None
        except ValueError:
            raise bad_request(f"The value '{value}' is not valid for {name}.") from None

    def body(self) -> Any:
        found = self.request.get_json(silent=True)
        if found is None:
            raise bad_request("TF400898: the request body is missing or is not JSON.", "VssPropertyValidationException")
        return found

    def slice(self, items: list[Item], skip: str, top: str, default: int) -> list[Item]:
        """Paging by `$skip` and `$top`."""
        start = self.number(skip, 0)
        return items[start : start + self.number(top, default)]

    def page(self, items: list[Item], show: Callable[[Item], Json], *, top: str = "$top", default: int = 100) -> Page:
        """Paging by continuation token, which is an offset here."""
        token = self.text("continuationToken") or "0"
        if not token.isdecimal():
            raise bad_request(f"The continuation token '{token}' is not valid.")
        start, size = int(token), self.number(top, default)
        end = start + size
        return Page([show(item) for item in items[start:end]], str(end) if end < len(items) else None)

    def page_after(
        self, items: list[Item], key: Callable[[Item], str], show: Callable[[Item], Json], *, top: str = "$top",
        default: int = 100,
    ) -> Page:  # fmt: skip
        """Paging by a continuation token that names the last item shown, so newer items do not move the pages."""
        token, size = self.text("continuationToken"), self.number(top, default)
        keys = [key(item) for item in items]
        if token and token not in keys:
            raise bad_request(f"The continuation token '{token}' is not valid.")
        start = keys.index(token) + 1 if token else 0
        end = start + size
        return Page([show(item) for item in items[start:end]], keys[end - 1] if size and end < len(items) else None)


View = Callable[..., Json | Page | Made | Response | None]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method on one address. `template` is what follows `_apis/`; `checked` is the document's form of it.

    `weight` is what a call costs of a budget, against a simple one.
    """

    area: str
    method: str
    template: str
    view: View
    start: str
    checked: str
    weight: float = 1.0

    @property
    def name(self) -> str:
        """As calls are counted."""
        return f"{self.method} {self.template}"


class Routes:
    """A collection of endpoints, filled by decorators at the top of the modules that answer."""

    def __init__(self) -> None:
        self.endpoints: list[Endpoint] = []

    def add(
        self, method: str, template: str, area: str, *, project: str = "required", checked: str | None = None,
        weight: float = 1.0,
    ) -> Callable[[View], View]:  # fmt: skip
        """`project` is `required`, `optional` or `none`; `team`, a project and perhaps one of its teams; or `any`."""

        def register(view: View) -> View:
            inside = STARTS[project][0].replace("<", "{").replace(">", "}")
            form = f"/{{organization}}{inside}/_apis/{checked or template}"
            for start in STARTS[project]:
                self.endpoints.append(Endpoint(area, method, template, view, start, form, weight))
            return view

        return register

    def get(
        self, template: str, area: str, *, project: str = "required", checked: str | None = None, weight: float = 1.0
    ) -> Callable[[View], View]:  # fmt: skip
        return self.add("GET", template, area, project=project, checked=checked, weight=weight)


class MatchRule(Rule):
    """A rule that is only matched: werkzeug's making of what builds addresses takes a millisecond for each."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        return lambda *_: ("", "")


class AdoFlask(Flask):
    """Flask that matches what follows `_apis` in lower case."""

    url_rule_class = MatchRule

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        adapter = super().create_url_adapter(request)
        if adapter is not None and request is not None:
            before, mark, after = adapter.path_info.partition("/_apis/")
            adapter.path_info = before + mark + after.lower()
        return adapter


class Dispatcher:
    """Takes calls for the organizations of one app. `strict` checks them against the official documents."""

    def __init__(self, organizations: Sequence[AdoOrganization], *, strict: bool, public_url: str | None) -> None:
        self._organizations, self._public_url = organizations, public_url
        self._specs = find_specs() if strict else None

    def register(self, app: Flask, routes: Routes) -> None:
        for endpoint in routes.endpoints:
            start = f"/<organization>{endpoint.start}"
            rule = make_rule(endpoint.template)
            name = f"{endpoint.method} {start}/_apis/{endpoint.template}"
            app.add_url_rule(f"{start}/_apis/{rule}", name, self._view(endpoint), methods=[endpoint.method])

    def _view(self, endpoint: Endpoint) -> Callable[..., Response]:
        def answer(organization: str, project: str | None = None, **given: Any) -> Response:
            found = find_organization(self._organizations, organization)
            found.base_url = f"{self._public_url or request.host_url.rstrip('/')}/{found.name}"
            return tell_tenant(found, self._take(endpoint, found, project, given))

        return answer

    def _take(
        self, endpoint: Endpoint, organization: AdoOrganization, project: str | None, given: dict[str, Any]
    ) -> Response:  # fmt: skip
        try:
            return self._answer(endpoint, organization, project, given)
        except SignInNeeded as error:
            return sign_in(organization, error)
        except AdoError as error:
            return write_rate(organization, refusal(error))

    def _answer(
        self, endpoint: Endpoint, organization: AdoOrganization, project: str | None, given: dict[str, Any]
    ) -> Response:  # fmt: skip
        area = AREAS[endpoint.area]
        token = read_token(organization, request)
        organization.note_call(endpoint.name)
        refuse_by_rate(organization, token, endpoint.weight)
        version = read_version(request)
        require_version(request.method, version, preview_only=area.preview_only, newest_only=area.newest_only)
        require_scope(token, area.scopes)
        path = filled(endpoint.checked, {"organization": organization.name, "project": project or "-"} | given)
        document = area.find_document(version or "")
        contract = load_contract(self._specs / "ado" / document) if self._specs and document else None
        if contract:
            check_request(organization, contract, path, version or "")
        with organization.lock:
            found = organization.find_project(project) if project else None
            home = require_project(organization, token.user, found, project or "") if found else None
            call = Call(organization, token, home, request, given.pop("team", None))
            shown = endpoint.view(call, **snake(given))
        if request.method == "GET":
            call.require_read()
        response = shown if isinstance(shown, Response) else write(shown)
        if contract and not isinstance(shown, Response):
            check_answer(organization, contract, path, response)
        return write_rate(organization, response)


def find_organization(organizations: Iterable[AdoOrganization], name: str) -> AdoOrganization:
    """By the name it has now. Raises AdoError (404)."""
    found = next((one for one in organizations if one.name.lower() == name.lower()), None)
    if found is None:
        raise not_found("HostNotFoundException", f"The organization {name} does not exist.")
    return found


def write(shown: Json | Page | Made | None) -> Response:
    if shown is None:
        return Response(status=204)
    if isinstance(shown, Made):
        response = as_json(shown.body)
        response.status_code = 201
        return response
    if not isinstance(shown, Page):
        return as_json(shown)
    response = as_json({"count": len(shown.items), "value": shown.items})
    if shown.token:
        response.headers["x-ms-continuationtoken"] = shown.token
    return response

"""What every product call has in common: who calls, the official document, the form of errors, the check of answers."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from flask import Blueprint, Response, g, request

from sandbox.jira_access import Access, Caller, Refused, Scope, sent_address
from sandbox.jira_contract import JiraContract
from sandbox.jira_site import JiraSite

Answer = tuple[Any, int]
View = Callable[..., Answer]
ErrorForm = Callable[[tuple[str, ...]], Any]
LONGEST_BODY = 5_000_000  # bytes; Jira says "too large" without a number


class Calls:
    """The calls of one API on one blueprint. `document_path` turns this address into the documented one."""

    def __init__(
        self,
        blueprint: Blueprint,
        access: Access,
        contract: JiraContract,
        *,
        error_form: ErrorForm,
        document_path: Callable[[str], str] = lambda path: path,
    ) -> None:
        self._blueprint, self._access, self._contract = blueprint, access, contract
        self._error_form, self._document_path = error_form, document_path
        blueprint.register_error_handler(Refused, self._refuse)
        blueprint.after_request(self._check_answer)
        blueprint.url_value_preprocessor(keep_cloud)

    def add(self, method: str, rule: str, view: View, *, scope: Scope, module: str | None = None) -> None:
        """Route a call to `view(caller, **path)`; see `judging` for views that answer for each entity."""

        def call(**path: Any) -> Response:
            caller: Caller = self._access.caller(scope, module)
            g.site = caller.site
            self._hold_limit(caller, f"{method} {rule}", path)
            self._hold_size()
            g.spec_faults = self._request_faults(caller.site)
            if g.spec_faults and not getattr(view, "judges", False):
                raise Refused(400, *g.spec_faults)
            return as_json(*view(caller, **path))

        call.scope = scope  # type: ignore[attr-defined] # a mark on a function
        endpoint = re.sub(r"\W+", "_", f"{method} {rule}")
        self._blueprint.add_url_rule(rule, endpoint, call, methods=[method])

    def _hold_limit(self, caller: Caller, endpoint: str, path: Mapping[str, str]) -> None:
        """Raises Refused with 429 for one call too many of this endpoint."""
        limits = caller.site.limits
        if limits is None:
            return
        headers = limits.take(f"{self._blueprint.name} {endpoint}", backfill=self._fills_history())
        if headers is not None:
            raise Refused(429, "Rate limit exceeded.", headers=headers)

    def _hold_size(self) -> None:
        """Raises Refused with 413."""
        if (request.content_length or 0) > LONGEST_BODY:
            raise Refused(413, "Data is too large. Submit fewer entities in each payload.")

    def _fills_history(self) -> bool:
        return fills_history(request.get_data())

    def _sent_bytes(self) -> bytes:
        """The body as the document's check sees it."""
        return request.get_data()

    def _request_faults(self, site: JiraSite) -> list[str]:
        path = self._path()
        query = {name: request.args.getlist(name) for name in request.args}
        # the token is proved already, the gateway has another scheme than the document, and reasons must not show it
        headers = dict(request.headers) | {"Authorization": "JWT proved"}
        faults = self._contract.check_request(request.method, path, query, headers, self._sent_bytes())
        if faults:
            site.violate("request", request.method, path, faults)
        return faults

    def _check_answer(self, response: Response) -> Response:
        fault = g.get("fault")
        site: JiraSite | None = g.get("site")
        if site is not None and not (fault and fault.status):
            path = self._path()
            faults = self._contract.check_response(request.method, path, response.status_code, response.get_data())
            if faults:
                site.violate("answer", request.method, path, faults)
        return response

    def _path(self) -> str:
        return self._document_path(sent_address().partition("?")[0])

    def _refuse(self, error: Refused) -> Response:
        response = as_json(self._error_form(error.messages), error.status)
        response.headers.update(error.headers)
        return response


def fills_history(body: bytes) -> bool:
    """Whether a request says so itself; only development information can."""
    try:
        sent = orjson.loads(body) if body else None
    except ValueError:
        return False
    return isinstance(sent, dict) and sent.get("operationType") == "BACKFILL"


def keep_cloud(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """At the gateway the address names the site; views need not know."""
    g.cloud_id = (values or {}).pop("cloud_id", "")


def as_json(body: Any, status: int) -> Response:
    """A JSON answer; None stands for no body, and what is an answer already stays as it is."""
    if isinstance(body, Response):
        return body
    if body is None:
        return Response(status=status)
    return Response(orjson.dumps(body), status, mimetype="application/json")


def judging(view: View) -> View:
    """Mark a view that looks at `g.spec_faults` itself, because it answers for each entity of its body."""
    view.judges = True  # type: ignore[attr-defined] # a mark on a function
    return view


def sent_body() -> Any:
    """The JSON body. Raises Refused with 400."""
    try:
        return orjson.loads(request.get_data())
    except ValueError:
        raise Refused(400, "the body is not JSON") from None


def message_list(messages: tuple[str, ...]) -> Any:
    """Errors as builds and deployments give them."""
    return [{"message": message} for message in messages]


def message_object(messages: tuple[str, ...]) -> Any:
    """Errors as development information gives them."""
    return {"errorMessages": message_list(messages)}


def error_collection(messages: tuple[str, ...]) -> Any:
    """Errors as the platform gives them."""
    return {"errorMessages": list(messages), "errors": {}}

"""What the calls of the platform and agile APIs have in common beyond `jira_calls`: rates, points, errors by field.

`scope` is the document's `x-atlassian-connect-scope`; a call that is INACCESSIBLE to Connect apps answers 403.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import Blueprint, Response, g, request

from sandbox.jira_access import Access, Caller, Refused, Scope
from sandbox.jira_calls import Calls, View, as_json, error_collection, judging, sent_body
from sandbox.jira_contract import JiraContract
from sandbox.jira_issue_record import Record
from sandbox.jira_tracker import IssueTracker, LimitReached

Touches = Callable[[Caller], Iterable[str]]
MULTIPART = "multipart/form-data"
NO_ISSUE = "Issue does not exist or you do not have permission to see it."


class FieldsRefused(Refused):
    """A refusal that names fields."""

    def __init__(self, errors: Mapping[str, str], *messages: str, status: int = 400) -> None:
        super().__init__(status, *messages)
        self.errors = dict(errors)


class PlatformCalls(Calls):
    """`touches` names the issues a call writes on where its address does not."""

    def __init__(self, blueprint: Blueprint, access: Access, contract: JiraContract) -> None:
        super().__init__(blueprint, access, contract, error_form=error_collection)
        blueprint.after_request(self._charge)
        blueprint.register_error_handler(LimitReached, lambda error: self._refuse(Refused(413, str(error))))
        self._touches: dict[str, Touches] = {}

    def add(
        self,
        method: str,
        rule: str,
        view: View,
        *,
        scope: Scope,
        module: str | None = None,
        touches: Touches | None = None,
    ) -> None:
        if touches:
            self._touches[f"{method} {rule}"] = touches
        super().add(method, rule, view, scope=scope, module=module)

    def close(self, method: str, rule: str) -> None:
        """A call that Connect apps may not make."""

        def refuse(caller: Caller, **path: str) -> Any:
            raise Refused(403, "This resource is not accessible to Connect apps.")

        self.add(method, rule, judging(refuse), scope="INACCESSIBLE")

    def _hold_limit(self, caller: Caller, endpoint: str, path: Mapping[str, str]) -> None:
        super()._hold_limit(caller, endpoint, path)
        tracker, method = caller.site.tracker, request.method
        g.endpoint = f"{method} {self._blueprint.url_prefix}{endpoint.partition(' ')[2]}"
        refusal = tracker.quota.admit(method, g.endpoint, self._written(caller, endpoint, path))
        if refusal is not None:
            g.endpoint = ""
            raise Refused(429, "Rate limit exceeded.", headers=tracker.quota.headers(refusal))

    def _written(self, caller: Caller, endpoint: str, path: Mapping[str, str]) -> Iterable[str]:
        touches = self._touches.get(endpoint)
        if touches is not None:
            return touches(caller)
        record = caller.site.tracker.record(path.get("issue", "")) if request.method != "GET" else None
        return [record.id] if record else []

    def _charge(self, response: Response) -> Response:
        """Count the call and say in its headers what is left of the quota."""
        if "site" in g and "endpoint" in g:
            quota = g.site.tracker.quota
            quota.note_status(response.status_code)
            if g.endpoint:
                quota.spend(g.endpoint, g.get("points", 1))
                response.headers.update(quota.headers())
        return response

    def _hold_size(self) -> None:
        if not sends_files():
            super()._hold_size()

    def _sent_bytes(self) -> bytes:
        """Files are not read here: they may be long."""
        return b"-" if sends_files() else super()._sent_bytes()

    def _fills_history(self) -> bool:
        return False

    def _refuse(self, error: Refused) -> Response:
        response = super()._refuse(error)
        if isinstance(error, FieldsRefused):
            response.set_data(as_json({"errorMessages": list(error.messages), "errors": error.errors}, 400).get_data())
        return response


def sent_object(*needed: str) -> dict[str, Any]:
    """The JSON object of the body, with these names in it. Raises Refused with 400."""
    body = sent_body()
    if not isinstance(body, dict):
        raise Refused(400, "Can not deserialize the request body: it must be an object.")
    for name in needed:
        if body.get(name) is None:
            raise Refused(400, f"The field '{name}' is required.")
    return body


def sends_files() -> bool:
    return (request.content_type or "").startswith(MULTIPART)


def note_objects(count: int, cost: int = 1) -> None:
    """What a read gives back, beside the one point it costs anyway; an identity costs 2."""
    g.points = g.get("points", 1) + cost * count


def note_writes(count: int) -> None:
    """A call that writes several things costs a point for each."""
    g.points = max(1, count)


def actor(caller: Caller) -> str:
    """The account that acts: the user Jira made for the app."""
    return f"app-{caller.provider}"


def tracker_of(caller: Caller) -> IssueTracker:
    return caller.site.tracker


def visible(caller: Caller, id_or_key: str) -> Record:
    """An issue the caller may see. Raises Refused with 404."""
    tracker = caller.site.tracker
    record = tracker.record(id_or_key)
    if record is None or not tracker.sees(actor(caller), record):
        raise Refused(404, NO_ISSUE)
    return record


def writable(caller: Caller, id_or_key: str, permission: str, refusal: Refused) -> Record:
    """An issue the caller may change in this way. Raises Refused with 404, or `refusal` without the permission."""
    record = visible(caller, id_or_key)
    tracker = caller.site.tracker
    if not tracker.allows(actor(caller), permission, record.state.project):
        raise refusal
    if record.archived or record.state.project in tracker.archived_projects:
        raise Refused(400, "The issue is archived and cannot be changed.")
    return record


def page_of(*, usual: int, most: int) -> tuple[int, int]:
    """Where a page begins and how many it holds, as the query asks. Raises Refused with 400."""
    start, size = request.args.get("startAt", "0"), request.args.get("maxResults", str(usual))
    if not (start.isdigit() and size.isdigit()):
        raise Refused(400, "startAt and maxResults must be numbers of 0 or more.")
    return int(start), min(int(size), most)


def page_body(found: list[Any], start: int, size: int, *, show: Callable[[Any], Any]) -> dict[str, Any]:
    """A page in the form most lists have."""
    return {
        "startAt": start,
        "maxResults": size,
        "total": len(found),
        "isLast": start + size >= len(found),
        "values": [show(one) for one in found[start : start + size]],
    }

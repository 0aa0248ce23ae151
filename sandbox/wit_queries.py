"""Queries: by their text, and saved ones.

https://learn.microsoft.com/rest/api/azure/devops/wit/wiql/query-by-wiql
https://learn.microsoft.com/rest/api/azure/devops/wit/queries
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sandbox.ado_clock import parse_time, stamp
from sandbox.ado_errors import bad_request, not_found
from sandbox.ado_model import Json, Project, User
from sandbox.ado_routes import Call, Page, Routes
from sandbox.wit_errors import query_error, result_too_large
from sandbox.wit_fields import FieldSpec
from sandbox.wit_match import Asker, Row, as_text, make_test
from sandbox.wit_model import Node, SavedQuery
from sandbox.wit_rows import View, read_rows
from sandbox.wit_shapes import person_json
from sandbox.wit_teams import team_of
from sandbox.wit_wiql import Compare, Condition, Group, Query, parse_query

query_routes = Routes()
SHARED = "Shared Queries"


@query_routes.add("POST", "wit/wiql", "wit", project="any", weight=3)
def query_text(call: Call) -> Json:
    """Ids only. A project in the address narrows nothing: it is what the macro @project means."""
    if call.team:
        team_of(call)
    body = call.body()
    text = body.get("query") if isinstance(body, Mapping) else None
    if not isinstance(text, str):
        raise query_error("TF51008: The body of a query must hold its text in `query`.")
    return run_query(call, text)


@query_routes.get("wit/wiql/{guid}", "wit", project="team", weight=3)
def query_saved(call: Call, guid: str) -> Json:
    found = find_saved(call, guid)
    if found.wiql is None:
        raise bad_request("TF51014: A folder cannot be run.")
    return run_query(call, found.wiql)


def run_query(call: Call, text: str) -> Json:
    """Raises AdoError (400): VS402337 for more than 20,000 results; with `$top` the result is cut first."""
    query, organization = parse_query(text), call.organization
    top = call.number("$top", 0)
    precise = call.flag("timePrecision")
    now = organization.clock.source()
    projects = list(organization.projects.values())
    asker = Asker(organization.work, call.token.user, call.project, projects, now, precise)
    as_of = read_as_of(query)
    chosen = find_ids(call, query, asker, as_of, top)
    home = f"{call.base}/{call.project.id}" if call.project else call.base
    return {
        "queryType": "flat",
        "queryResultType": "workItem",
        "asOf": stamp(as_of or now),
        "columns": [field_reference(home, field) for field in query.columns],
        "sortColumns": [
            {"field": field_reference(home, field), "descending": descending} for field, descending in query.order
        ],
        "workItems": [{"id": number, "url": f"{home}/_apis/wit/workItems/{number}"} for number in chosen],
    }


def read_as_of(query: Query) -> datetime | None:
    try:
        return parse_time(query.as_of) if query.as_of else None
    except ValueError:
        raise query_error(f"TF51012: The value '{query.as_of}' is not a date. The error is caused by «ASOF».") from None


def find_ids(call: Call, query: Query, asker: Asker, as_of: datetime | None, top: int) -> list[int]:
    knobs = call.organization.work.knobs
    test = make_test(query.where, asker)
    low, high = id_bounds(query.where)
    lag = timedelta(seconds=knobs.query_lag)
    view = View(call.token.user, low, high, as_of, call.organization.clock.source() - lag if lag else None)
    rows = ((number, row) for number, row in read_rows(asker.tracking, view) if test(row))
    most = knobs.query_limit
    cut = min(top, most) if top and knobs.top_cuts else most + 1
    if not sorted_by_id(query):
        found = sort_rows(list(rows), query)[:cut]
    else:
        found = [number for number, _ in islice(rows, cut)]
    if len(found) > most:
        raise result_too_large(most)
    return found[:top] if top else found


def sorted_by_id(query: Query) -> bool:
    return not query.order or (query.order[0][0].ref == "System.Id" and not query.order[0][1])


def sort_rows(rows: list[tuple[int, Row]], query: Query) -> list[int]:
    """By the last sort field first, so that the first one rules. What has no value comes first."""
    for field, descending in reversed(query.order):
        rows.sort(key=lambda pair: sort_key(pair[1].value(field.ref)), reverse=descending)
    return [number for number, _ in rows]


def sort_key(value: Any) -> tuple[bool, Any]:
    if isinstance(value, Node):
        value = value.path
    elif isinstance(value, User | Project):
        value = value.name
    return (value is not None, value if isinstance(value, int | float | datetime) else as_text(value).casefold())


def id_bounds(condition: Condition | None) -> tuple[int, int | None]:
    """What the outermost conditions say about ids, so that not every work item is looked at."""
    parts = condition.parts if isinstance(condition, Group) and condition.word == "AND" else (condition,)
    low, high = 1, None
    for part in parts:
        if not isinstance(part, Compare) or part.field.ref != "System.Id" or not part.values[0].text.isdecimal():
            continue
        number = int(part.values[0].text)
        if part.operator in {">", ">=", "="}:
            low = max(low, number + (part.operator == ">"))
        if part.operator in {"<", "<=", "="}:
            bound = number - (part.operator == "<")
            high = bound if high is None else min(high, bound)
    return low, high


def field_reference(home: str, field: FieldSpec) -> Json:
    return {"referenceName": field.ref, "name": field.name, "url": f"{home}/_apis/wit/fields/{field.ref}"}


@query_routes.get("wit/queries", "wit", weight=2)
def list_queries(call: Call) -> Page:
    """The folders at the top, with what is below them to a `$depth`."""
    return Page([query_json(call, shared_folder(call), call.number("$depth", 0))])


@query_routes.get("wit/queries/{query}", "wit", weight=2)
def show_query(call: Call, query: str) -> Json:
    """By id or path."""
    return query_json(call, find_saved(call, query), call.number("$depth", 0))


def shared_folder(call: Call) -> SavedQuery:
    """Made with the project."""
    tracking, home = call.organization.work, call.home
    if home.id not in tracking.queries:
        user, created = call.organization.find_user(None), home.updated
        tracking.queries[home.id] = SavedQuery(tracking.new_guid(), SHARED, None, None, user, created)
    return tracking.queries[home.id]


def find_saved(call: Call, name: str) -> SavedQuery:
    """By id or path, in any case. Raises AdoError (404)."""
    waiting = [shared_folder(call)]
    while waiting:
        found = waiting.pop()
        if name.casefold() in {found.id, found.path.casefold()}:
            return found
        waiting += found.children
    text = f"TF401243: The query {name} does not exist, or you do not have permission to read it."
    raise not_found("QueryItemNotFoundException", text)


def query_json(call: Call, query: SavedQuery, depth: int) -> Json:
    expand = (call.text("$expand") or "none").lower()
    url = f"{call.base}/{call.home.id}/_apis/wit/queries/{query.id}"
    found: Json = {
        "id": query.id, "name": query.name, "path": query.path, "isPublic": True, "url": url,
        "createdBy": person_json(query.user, call.organization), "createdDate": stamp(query.created),
    }  # fmt: skip
    if query.wiql is not None:
        return found | {"queryType": "flat"} | ({"wiql": query.wiql} if expand in {"wiql", "all"} else {})
    found |= {"isFolder": True, "hasChildren": bool(query.children)}
    if depth > 0 and query.children:
        found["children"] = [query_json(call, child, depth - 1) for child in query.children]
    return found

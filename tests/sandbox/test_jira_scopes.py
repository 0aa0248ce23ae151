"""Every call of the stand-in asks for the scope that the official document names for Connect apps."""

from typing import Any

import orjson
import pytest

from sandbox.contract import find_specs
from sandbox.jira import JiraSite, create_jira
from sandbox.jira_contract import PLATFORM, SOFTWARE
from sandbox.jira_issue_api import CLOSED
from tests.sandbox.issue_rig import API, SCOPES, IssueRig


def documented() -> dict[tuple[str, str], str]:
    """Scope by method and address; parameters of the address are all written `{}`."""
    folder, found = find_specs(), {}
    for name in (PLATFORM, SOFTWARE):
        paths: dict[str, Any] = orjson.loads((folder / name).read_bytes())["paths"] if folder else {}
        for path, item in paths.items():
            bare = "/".join("{}" if part.startswith("{") else part for part in path.split("/"))
            for method, operation in item.items():
                if isinstance(operation, dict) and "x-atlassian-connect-scope" in operation:
                    found[method.upper(), bare] = operation["x-atlassian-connect-scope"]
    return found


@pytest.mark.specs
@pytest.mark.skipif(find_specs() is None, reason="no official documents (SPECS_DIR)")
def test_scopes_are_those_of_the_document() -> None:
    app, known, asked = create_jira(JiraSite.seeded()), documented(), {}
    for rule in app.url_map.iter_rules():
        scope = getattr(app.view_functions[rule.endpoint], "scope", None)
        if scope and rule.rule.startswith(("/rest/api/", "/rest/agile/")):
            bare = "/".join("{}" if part.startswith("<") else part for part in rule.rule.split("/"))
            method = next(iter((rule.methods or set()) - {"HEAD", "OPTIONS"}))
            asked[method, bare] = scope
    assert len(asked) > 80
    assert asked == {place: known.get(place) for place in asked}


@pytest.mark.parametrize(("method", "rule"), CLOSED)
def test_calls_that_are_closed_to_connect_apps_answer_403(issues: IssueRig, method: str, rule: str) -> None:
    body: dict[str, Any] | None = None if method == "GET" else {}
    assert issues.call(method, rule.replace("<task>", "1"), body).status_code == 403
    issues.site.violations.clear()


@pytest.mark.parametrize(
    ("missing", "method", "path", "body"),
    [
        ("READ", "GET", f"{API}/configuration", None),
        ("WRITE", "POST", f"{API}/issue/bulkfetch", {"issueIdsOrKeys": ["MIG-1"]}),
        ("DELETE", "DELETE", f"{API}/issue/MIG-1", None),
        ("PROJECT_ADMIN", "POST", f"{API}/component", {"name": "x", "project": "MIG"}),
    ],
)
def test_without_its_scope_a_call_is_403(issues: IssueRig, missing: str, method: str, path: str, body: Any) -> None:
    app = issues.site.installations["crosswalk.tests"]
    descriptor = app.descriptor
    app.descriptor = {**descriptor, "scopes": [one for one in SCOPES if one != missing]}
    try:
        answer = issues.call(method, path, body)
    finally:
        app.descriptor = descriptor
    assert (answer.status_code, missing in answer.text) == (403, True)

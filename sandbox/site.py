"""The pages people see of the Jira stand-in: issues with their development panel, and the app in its frame.

`/_connect/all.js` is the script a framed page loads to talk to Jira. Data lies below `/_control/site`, where no fault
rule and no call log reaches.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import orjson
import requests
from flask import Blueprint, Response, jsonify, redirect, request, send_from_directory
from flask.typing import ResponseReturnValue

from sandbox.ado_seed import TOKENS
from sandbox.control import ROOT
from sandbox.entra_control import summarize_site
from sandbox.entra_state import EntraSite
from sandbox.jira_issue_render import issue_fields, select_fields
from sandbox.jira_site import Installation, Issue, JiraSite

FILES = Path(__file__).parent / "site"
PAGES = ("/", "/browse/<key>", "/admin/apps/crosswalk", "/admin/apps/crosswalk/migrations", "/workbench")
CALL_SECONDS = 15


def site_blueprint(
    site: JiraSite, ado_url: str, *, organization: str = "acme", token: str = TOKENS["read"],
    entra: EntraSite | None = None,
) -> Blueprint:  # fmt: skip
    """The pages of `site`. `ado_url` is the address of the Azure DevOps stand-in, without a trailing slash.

    `token` is a personal access token of the organization that the first steps show to a newcomer; the accounts of
    `entra` are shown to choose from.
    """
    blueprint = Blueprint("site", __name__)
    blueprint.register_error_handler(KeyError, lambda error: (jsonify(error=f"unknown: {error}"), 404))
    add_pages(blueprint)
    add_data(blueprint, site, {"organizationUrl": f"{ado_url}/{organization}", "token": token}, entra)
    add_frames(blueprint, site)
    add_azure(blueprint, f"{ado_url}{ROOT}/{organization}")
    return blueprint


def add_pages(blueprint: Blueprint) -> None:
    def page(key: str = "") -> Response:
        return send_from_directory(FILES, "shell.html")

    for rule in PAGES:
        blueprint.add_url_rule(rule, "page", page)

    @blueprint.get("/_site/<name>")
    def asset(name: str) -> Response:
        return send_from_directory(FILES, name)

    @blueprint.get("/_connect/all.js")
    def connect_script() -> Response:
        """What connect-cdn.atl-paas.net serves to framed pages of a real site."""
        return send_from_directory(FILES, "all.js")


def add_data(blueprint: Blueprint, site: JiraSite, azure: Mapping[str, str], entra: EntraSite | None) -> None:
    @blueprint.get(f"{ROOT}/site")
    def overview() -> Response:
        """Projects, issues, the app, where Azure DevOps is, and who can sign in there."""
        accounts = summarize_site(entra)["accounts"] if entra else []
        projects = [{"key": project.key, "name": project.name} for project in site.projects.values()]
        issues = [issue_body(issue) for issue in list(site.issues.values())]
        return jsonify(projects=projects, issues=issues, app=app_body(site), azure=azure, accounts=accounts)

    @blueprint.get(f"{ROOT}/site/issue/<key>")
    def content(key: str) -> Response:
        """`{fields, names}` of an issue; both are empty for one that has nothing but its summary."""
        record = site.tracker.record(key)
        fields = issue_fields(site, record, select_fields((), "*all")) if record else {}
        names = {name: field.name for name, field in site.tracker.catalogue.fields.items() if name in fields}
        return Response(orjson.dumps({"fields": fields, "names": names}), content_type="application/json")

    @blueprint.get(f"{ROOT}/site/token")
    def context_token() -> Response:
        return jsonify(token=site.context_token(None, site.admin.account_id))


def add_frames(blueprint: Blueprint, site: JiraSite) -> None:
    def address(module: str) -> str:
        """The signed address of a module's page for the issue that the query names. Raises KeyError."""
        app = site.installation()
        issue = site.find_issue(request.args.get("issue", ""))
        url = fill_template(module_urls(app)[module], issue)
        return site.page_url(app.key, url, site.admin.account_id)

    @blueprint.get(f"{ROOT}/site/frame/<module>")
    def frame(module: str) -> Response:
        url = address(module)
        parts = urlsplit(url)
        return jsonify(url=url, origin=f"{parts.scheme}://{parts.netloc}")

    @blueprint.get(f"{ROOT}/site/open/<module>")
    def open_page(module: str) -> ResponseReturnValue:
        return redirect(address(module))


def add_azure(blueprint: Blueprint, control_url: str) -> None:
    """Pass the workbench's clicks on, so that the browser needs one address only."""
    session = requests.Session()
    session.trust_env = False

    @blueprint.get(f"{ROOT}/azure/state")
    def read_state() -> ResponseReturnValue:
        return passed_on(lambda: session.get(f"{control_url}/state", timeout=CALL_SECONDS))

    @blueprint.post(f"{ROOT}/azure/<action>")
    def act(action: str) -> ResponseReturnValue:
        given = request.get_json()
        return passed_on(lambda: session.post(f"{control_url}/{action}", json=given, timeout=CALL_SECONDS))


def passed_on(call: Any) -> ResponseReturnValue:
    try:
        answer = call()
    except requests.RequestException:
        return jsonify(error="The Azure DevOps stand-in cannot be reached."), 502
    return Response(answer.content, answer.status_code, content_type=answer.headers.get("Content-Type"))


def issue_body(issue: Issue) -> dict[str, str]:
    return {"key": issue.key, "project": issue.project, "summary": issue.summary, "type": issue.type}


def app_body(site: JiraSite) -> dict[str, str] | None:
    """The installed app, None before it is installed."""
    try:
        app = site.installation()
    except KeyError:
        return None
    return {"key": app.key, "name": str(app.descriptor.get("name", app.key)), "baseUrl": app.base_url}


def module_urls(app: Installation) -> dict[str, str]:
    """The addresses of the app's pages by its descriptor: `admin`, `migrations`, `issue`, `create-branch`."""
    return dict(found_urls(app.descriptor.get("modules", {})))


def found_urls(modules: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, page in zip(("admin", "migrations"), modules.get("adminPages", []), strict=False):
        yield name, page["url"]
    for panel in modules.get("jiraIssueContents", [])[:1]:
        yield "issue", panel["target"]["url"]
    action = modules.get("jiraDevelopmentTool", {}).get("actions", {}).get("createBranch")
    if action:
        yield "create-branch", action["templateUrl"]


def fill_template(url: str, issue: Issue | None) -> str:
    """The address with the context parameters of an issue; `{jwt}` is left to the signing."""
    for name, value in (("{issue.key}", issue.key), ("{issue.summary}", issue.summary)) if issue else ():
        url = url.replace(name, quote(value, safe=""))
    return url

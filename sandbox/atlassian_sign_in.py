"""Sign-in with an Atlassian account: the pages, the person and their sites, reports of held accounts.

https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/
"""

import secrets
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, redirect, request
from flask.typing import ResponseReturnValue

from sandbox.atlassian_accounts import JIRA_SCOPES, SCOPES, AccountDesk, Asked
from sandbox.jira_access import Refused, sent_token
from sandbox.jira_calls import sent_body
from sandbox.jira_privacy import answer_report
from sandbox.sign_in_page import Choice, render_page

BRAND = "Atlassian account (stand-in)"


class SignInPages:
    """The pages of one desk."""

    def __init__(self, desk: AccountDesk) -> None:
        self._desk = desk

    def begin(self) -> Response:
        """`GET /authorize`: the page to choose a person. What is wrong with the app is told on a page."""
        try:
            asked = self._read_request()
        except Refused as error:
            return show_refusal(error)
        flow = secrets.token_urlsafe(24)
        self._desk.open[flow] = asked
        choices = [Choice("account", one.account_id, one.name, one.email) for one in self._desk.people().values()]
        return render_page(
            BRAND, "Choose an account", f"for {asked.app.name}", choices, {"flow": flow}, action="/login"
        )

    def choose(self) -> Response:
        """`POST /login`: the page that asks for consent, for one site at a time."""
        try:
            flow, asked, account = self._open_flow()
        except Refused as error:
            return show_refusal(error)
        sites = self._desk.sites_of(account)
        choices = [Choice("site", "accept", "Accept", site.base_url) for site in sites]
        if len(sites) > 1:
            choices = [Choice("site", site.cloud_id, f"Accept for {site.base_url}") for site in sites]
        choices.append(Choice("site", "cancel", "Cancel"))
        text = f"{asked.app.name} is requesting access to your Atlassian account: {', '.join(asked.scopes)}."
        return render_page(BRAND, "Consent", text, choices, {"flow": flow, "account": account}, action="/consent")

    def consent(self) -> ResponseReturnValue:
        """`POST /consent`: back to the app with a code, or with a refusal."""
        try:
            flow, asked, account = self._open_flow()
        except Refused as error:
            return show_refusal(error)
        chosen = request.form.get("site", "")
        self._desk.open.pop(flow)
        if chosen == "cancel":
            refused = {"error": "access_denied", "error_description": "User did not authorize the request"}
            return lead_back(asked, refused)
        sites = [site.cloud_id for site in self._desk.sites_of(account) if chosen in {"accept", site.cloud_id}]
        return lead_back(asked, {"code": self._desk.give_code(asked, account, sites)})

    def _open_flow(self) -> tuple[str, Asked, str]:
        flow, account = request.form.get("flow", ""), request.form.get("account", "")
        asked = self._desk.open.get(flow)
        if asked is None or account not in self._desk.people():
            raise Refused(400, "This page is over. Go back to the app and begin again.")
        return flow, asked, account

    def _read_request(self) -> Asked:
        given = request.args
        app = self._desk.apps.get(given.get("client_id", ""))
        if app is None:
            raise Refused(400, "client_id: no app is registered with it.")
        if given.get("redirect_uri") not in app.callbacks:
            raise Refused(400, "redirect_uri is not registered for client.")
        fixed = {"audience": "api.atlassian.com", "response_type": "code", "prompt": "consent"}
        for name, value in fixed.items():
            if given.get(name) != value:
                raise Refused(400, f"{name} must be {value}.")
        scopes = tuple(dict.fromkeys(given.get("scope", "").split()))
        unknown = set(scopes) - SCOPES
        if unknown or not scopes:
            raise Refused(400, f"scope: {', '.join(sorted(unknown)) or 'none'} is not a scope of this app.")
        if not given.get("state"):
            raise Refused(400, "state must be given.")
        return Asked(app, given["redirect_uri"], scopes, given["state"])


def lead_back(asked: Asked, answer: dict[str, str]) -> ResponseReturnValue:
    return redirect(f"{asked.callback}?{urlencode(answer | {'state': asked.state})}")


def show_refusal(error: Refused) -> Response:
    response = render_page(BRAND, "Something went wrong", error.messages[0], [], {})
    response.status_code = error.status
    return response


def sign_in_blueprint(desk: AccountDesk) -> Blueprint:
    """The pages, and what a token of theirs opens."""
    blueprint, pages = Blueprint("atlassian_sign_in", __name__), SignInPages(desk)
    blueprint.register_error_handler(Refused, refuse_call)
    blueprint.add_url_rule("/authorize", view_func=pages.begin)
    blueprint.add_url_rule("/login", view_func=pages.choose, methods=["POST"])
    blueprint.add_url_rule("/consent", view_func=pages.consent, methods=["POST"])

    @blueprint.get("/oauth/token/accessible-resources")
    def list_sites() -> Response:
        grant = desk.proved(sent_token("Bearer"))
        scopes = sorted(JIRA_SCOPES & set(grant.scopes))
        return jsonify([
            {"id": site.cloud_id, "name": site.base_url.partition("//")[2], "url": site.base_url, "scopes": scopes,
             "avatarUrl": f"{site.base_url}/avatar.png"}
            for site in desk.used_sites(grant)
        ])  # fmt: skip

    @blueprint.get("/me")
    def tell_person() -> Response:
        grant = desk.proved(sent_token("Bearer"), "read:me")
        return jsonify(person_body(desk, grant.account_id))

    @blueprint.post("/app/report-accounts/")
    def report_accounts() -> Response:
        desk.proved(sent_token("Bearer"), "report:personal-data")
        return answer_report([site.accounts for site in desk.sites], sent_body())

    return blueprint


def refuse_call(error: Refused) -> ResponseReturnValue:
    return jsonify(code=error.status, message=error.messages[0]), error.status


def person_body(desk: AccountDesk, account_id: str) -> dict[str, Any]:
    person = desk.people().get(account_id)
    if person is None:
        raise Refused(401, "Unauthorized")
    return {
        "account_type": "atlassian",
        "account_id": account_id,
        "email": person.email,
        "email_verified": True,
        "name": person.name,
        "nickname": person.name.partition(" ")[0],
        "account_status": "active",
        "zoneinfo": "Etc/UTC",
        "locale": "en-US",
    }

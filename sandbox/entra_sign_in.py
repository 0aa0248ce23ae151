"""The authorize address of the Entra stand-in and its pages: choose an account, consent.

https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#request-an-authorization-code
What is wrong with the application (client, redirect address, tenant) and an account that may not sign in here are told
on a page of Entra; the application hears only of what a person or a policy decided.
"""

import re
import secrets
from urllib.parse import urlencode

from flask import Response, redirect, request
from flask.typing import ResponseReturnValue

from sandbox.entra_errors import EntraError
from sandbox.entra_state import (
    MIXED,
    PERSONAL,
    Account,
    AuthRequest,
    EntraSite,
    require_tenant,
    resource_scopes,
    split_scopes,
)
from sandbox.sign_in_page import Choice, render_page

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
PROMPTS = frozenset({"", "select_account", "login", "consent", "none"})
BRAND = "Microsoft Entra ID (stand-in)"


class Back(Exception):
    """A refusal that the application is told by a redirect."""

    def __init__(self, asked: AuthRequest, error: EntraError) -> None:
        super().__init__(str(error))
        self.asked, self.error = asked, error


class SignInDesk:
    """The views of one site."""

    def __init__(self, site: EntraSite) -> None:
        self._site = site

    def begin(self, tenant: str) -> Response:
        """`GET /{tenant}/oauth2/v2.0/authorize`: the page to choose an account."""
        asked = self._read_request(tenant)
        if request.args.get("prompt") == "none":
            raise Back(asked, EntraError("no_session"))
        flow = secrets.token_urlsafe(24)
        self._site.asked[flow] = asked
        accounts = sorted(self._site.accounts.values(), key=lambda account: account.mail != asked.login_hint)
        choices = [Choice("account", account.mail, account.name, account.mail) for account in accounts]
        text = f"to continue to {asked.app.name}"
        return render_page(BRAND, "Pick an account", text, choices, {"flow": flow}, action=f"/{tenant}/login")

    def choose(self, tenant: str) -> ResponseReturnValue:
        """`POST /{tenant}/login`: the account; consent is asked once."""
        flow, asked, account = self._open_flow(tenant)
        self._require_home(asked, account)
        if refusal := self._site.take_refusal("authorize", account.mail):
            raise Back(asked, EntraError(refusal, app=asked.app.name, client=asked.app.client_id, mail=account.mail))
        home = account.tenant if tenant in MIXED else tenant
        missing = resource_scopes(asked.scopes) - self._site.consented(home, asked.app, account)
        if not missing:
            return self._finish(flow, asked, account)
        return self._ask_consent(asked, missing, {"flow": flow, "account": account.mail})

    def _ask_consent(self, asked: AuthRequest, missing: set[str], hidden: dict[str, str]) -> Response:
        """The page that asks, or that says who has to be asked."""
        action = f"/{asked.tenant}/consent"
        if self._site.knobs.require_admin_consent:
            choices = [Choice("answer", "return", "Return to the application without granting consent")]
            text = f"{asked.app.name} needs permission that only an administrator of your organization can grant."
            return render_page(BRAND, "Need admin approval", text, choices, hidden, action=action)
        choices = [Choice("answer", "accept", "Accept"), Choice("answer", "cancel", "Cancel")]
        scopes = ", ".join(sorted(missing))
        text = f"{asked.app.name} would like to act in Azure DevOps as {hidden['account']}, with: {scopes}."
        return render_page(BRAND, "Permissions requested", text, choices, hidden, action=action)

    def consent(self, tenant: str) -> ResponseReturnValue:
        """`POST /{tenant}/consent`: accept, cancel, or return without an administrator's approval."""
        flow, asked, account = self._open_flow(tenant)
        self._require_home(asked, account)
        details = {"app": asked.app.name, "client": asked.app.client_id}
        if self._site.knobs.require_admin_consent:
            raise Back(asked, EntraError("admin_consent", **details))
        if request.form.get("answer") != "accept":
            raise Back(asked, EntraError("consent_refused", **details))
        home = account.tenant if tenant in MIXED else tenant
        self._site.consented(home, asked.app, account).update(resource_scopes(asked.scopes))
        return self._finish(flow, asked, account)

    def _finish(self, flow: str, asked: AuthRequest, account: Account) -> ResponseReturnValue:
        self._site.asked.pop(flow, None)
        code = self._site.keep_code(asked, account)
        return lead_back(asked, {"code": code, "session_state": secrets.token_hex(16)})

    def _open_flow(self, tenant: str) -> tuple[str, AuthRequest, Account]:
        """The page that is open and the account chosen there. Raises EntraError."""
        flow = request.form.get("flow", "")
        asked, account = self._site.asked.get(flow), self._site.accounts.get(request.form.get("account", ""))
        if asked is None or account is None or asked.tenant != tenant:
            raise EntraError("malformed_grant")
        return flow, asked, account

    def _require_home(self, asked: AuthRequest, account: Account) -> None:
        """An account of another tenant, and a personal one, may not sign in here. Raises EntraError."""
        details = {"mail": account.mail, "home": account.tenant, "tenant": asked.tenant, "app": asked.app.name}
        if account.tenant == PERSONAL:
            raise EntraError("personal_account", client=asked.app.client_id, **details)
        if asked.tenant not in MIXED and account.tenant != asked.tenant:
            raise EntraError("other_tenant", client=asked.app.client_id, **details)

    def _read_request(self, tenant: str) -> AuthRequest:
        """Raises EntraError for what Entra shows itself, Back for what it tells the application."""
        given = request.args
        app = self._site.apps.get(given.get("client_id", ""))
        if app is None:
            raise EntraError(
                "unknown_client", client=given.get("client_id", ""), tenant=require_tenant(self._site, tenant)
            )
        reply = given.get("redirect_uri", "")
        if reply not in app.redirect_uris:
            raise EntraError("unknown_reply", given=reply, client=app.client_id)
        plain = AuthRequest(require_tenant(self._site, tenant), app, reply, (), "", given.get("state", ""))
        try:
            require_code_flow()
            scopes = split_scopes(given.get("scope", ""))
            if not resource_scopes(scopes) or "openid" not in scopes:
                raise EntraError("bad_scope", name=given.get("scope", "") or "(none)")
        except EntraError as error:
            raise Back(plain, error) from None
        return AuthRequest(
            tenant, app, reply, scopes, given["code_challenge"], plain.state, given.get("nonce", ""),
            given.get("login_hint", ""),
        )  # fmt: skip


def require_code_flow() -> None:
    """Code with PKCE by S256, answered in the query, with state and nonce. Raises EntraError."""
    given = request.args
    if given.get("response_type") != "code":
        raise EntraError("response_type")
    if given.get("response_mode", "query") != "query":
        raise EntraError("response_mode")
    if given.get("code_challenge_method") != "S256" or not CHALLENGE.fullmatch(given.get("code_challenge", "")):
        raise EntraError("no_challenge")
    if given.get("prompt", "") not in PROMPTS:
        raise EntraError("bad_prompt")
    for name in ("state", "nonce"):
        if not given.get(name):
            raise EntraError("missing", name=name)


def lead_back(asked: AuthRequest, answer: dict[str, str]) -> ResponseReturnValue:
    """To the application's redirect address."""
    query = urlencode(answer | ({"state": asked.state} if asked.state else {}))
    joint = "&" if "?" in asked.redirect_uri else "?"
    return redirect(f"{asked.redirect_uri}{joint}{query}")


def show_refusal(error: EntraError) -> Response:
    """Entra's own page; the person can only go back."""
    response = render_page(BRAND, "Sorry, but we’re having trouble signing you in.", error.description, [], {})
    response.status_code = 400
    return response

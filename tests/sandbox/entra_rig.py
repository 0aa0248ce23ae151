"""A running Entra with an Azure DevOps that takes its tokens, and `msal` as the product uses it."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import msal
import requests

from sandbox.ado import create_ado
from sandbox.ado_organization import AdoOrganization
from sandbox.entra import EntraSite, create_entra
from sandbox.entra_keys import ADO_RESOURCE
from sandbox.entra_state import ACME, CLIENT_ID, CLIENT_SECRET
from sandbox.server import serve
from sandbox.sign_in_visit import plain_http, visit_sign_in

REPLY = "http://127.0.0.1:8000/auth/ado/callback"
SCOPES = [f"{ADO_RESOURCE}/vso.code", f"{ADO_RESOURCE}/vso.code_write"]
WORK_SCOPES = [f"{ADO_RESOURCE}/vso.work", f"{ADO_RESOURCE}/vso.project"]
MARA, TOMASZ = "mara.lindqvist@acme.example", "tomasz.baran@acme.example"


class PlainHttp(requests.Session):
    """The stand-in calls itself https and is served on http."""

    def request(self, method: Any, url: Any, *args: Any, **named: Any) -> requests.Response:
        return super().request(method, plain_http(str(url)), *args, **named)


class EntraRig:
    def __init__(self, site: EntraSite, organization: AdoOrganization, url: str, ado_url: str) -> None:
        self.site, self.organization, self.url, self.ado_url = site, organization, url, ado_url
        self.http = PlainHttp()
        self.http.trust_env = False

    def client(self, tenant: str = ACME, secret: str = CLIENT_SECRET) -> msal.ConfidentialClientApplication:
        authority = f"https://{urlsplit(self.url).netloc}/{tenant}"
        return msal.ConfidentialClientApplication(
            CLIENT_ID, client_credential=secret, authority=authority, http_client=self.http, instance_discovery=False
        )

    def sign_in(
        self, mail: str = MARA, *, answer: str = "accept", client: msal.ConfidentialClientApplication | None = None,
        scopes: Sequence[str] = SCOPES,
    ) -> Mapping[str, Any]:  # fmt: skip
        """The whole flow; what msal gives back."""
        app = client or self.client()
        with warnings.catch_warnings():
            # msal would rather have form_post, with which a SameSite=Lax cookie does not come along
            warnings.simplefilter("ignore", UserWarning)
            flow = app.initiate_auth_code_flow(list(scopes), redirect_uri=REPLY, prompt="select_account")
        back = visit_sign_in(flow["auth_uri"], mail, answer)
        found: Mapping[str, Any] = app.acquire_token_by_auth_code_flow(flow, queried(back))
        return found

    def authorize(self, tenant: str = ACME, **changes: str | None) -> str:
        """A sound authorize address with changes; None leaves a value out."""
        query = {
            "client_id": CLIENT_ID,
            "response_type": "code",
            "redirect_uri": REPLY,
            "scope": " ".join(["openid", "offline_access", *SCOPES]),
            "state": "s1",
            "nonce": "n1",
            "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            "code_challenge_method": "S256",
        } | changes
        kept = {name: value for name, value in query.items() if value is not None}
        return f"{self.url}/{tenant}/oauth2/v2.0/authorize?{urlencode(kept)}"

    def redeem(self, code: str | None = None, tenant: str = ACME, **changes: str | None) -> requests.Response:
        form: dict[str, str | None] = {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REPLY,
            "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        } | changes
        kept = {name: value for name, value in form.items() if value is not None}
        return self.http.post(f"{self.url}/{tenant}/oauth2/v2.0/token", data=kept)

    def refresh(self, token: str, **changes: str | None) -> requests.Response:
        own = {"grant_type": "refresh_token", "refresh_token": token, "redirect_uri": None, "code_verifier": None}
        return self.redeem(None, ACME, **(own | changes))

    def code(self, mail: str = MARA) -> str:
        return queried(visit_sign_in(self.authorize(), mail, "accept"))["code"]

    def ado(self, path: str, token: str, method: str = "GET", json: object = None) -> requests.Response:
        joint = "&" if "?" in path else "?"
        address = f"{self.ado_url}/{self.organization.name}/{path}{joint}api-version=7.1-preview"
        return self.http.request(method, address, json=json, headers={"Authorization": f"Bearer {token}"})


def queried(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@contextmanager
def running_entra() -> Iterator[EntraRig]:
    site = EntraSite.seeded(redirect_uris=[REPLY])
    organization = AdoOrganization.seeded(projects=1, repositories=1, commits=1)
    organization.entra = site.keys
    with ExitStack() as stack:
        url = stack.enter_context(serve(create_entra(site))).url
        ado_url = stack.enter_context(serve(create_ado(organization))).url
        rig = EntraRig(site, organization, url, ado_url)
        stack.callback(organization.stop)
        stack.callback(rig.http.close)
        yield rig

"""A strict stand-in for Microsoft Entra ID, v2.0 addresses, for the tenants of one site.

What it says of itself begins with https, because clients refuse anything else; it is served on plain http, so who calls
it turns the one into the other for this host.
https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc
"""

from typing import Any

from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.control import Faults, apply_faults, faults_blueprint
from sandbox.entra_control import entra_control
from sandbox.entra_errors import EntraError
from sandbox.entra_sign_in import Back, SignInDesk, lead_back, show_refusal
from sandbox.entra_state import MIXED, EntraSite, require_tenant
from sandbox.entra_token import TokenDesk, issuer_of

__all__ = ["EntraSite", "create_entra"]
TOKEN_PATH = "/oauth2/v2.0/token"
SAID_KEPT = 200


def create_entra(site: EntraSite) -> Flask:
    """The tenants below `/{tenant}`, control below `/_control`."""
    app = Flask(__name__, static_folder=None)
    faults = Faults()
    apply_faults(app, faults)
    app.register_blueprint(faults_blueprint(faults))
    app.register_blueprint(entra_control(site))
    add_discovery(app, site)
    sign_in, tokens = SignInDesk(site), TokenDesk(site)
    app.add_url_rule("/<tenant>/oauth2/v2.0/authorize", view_func=sign_in.begin)
    app.add_url_rule("/<tenant>/login", view_func=sign_in.choose, methods=["POST"])
    app.add_url_rule("/<tenant>/consent", view_func=sign_in.consent, methods=["POST"])
    app.add_url_rule(f"/<tenant>{TOKEN_PATH}", view_func=tokens.give, methods=["POST"])
    app.register_error_handler(Back, lambda back: lead_back(back.asked, back.error.query()))
    app.register_error_handler(EntraError, lambda error: answer_refusal(site, error))
    return app


def answer_refusal(site: EntraSite, error: EntraError) -> ResponseReturnValue:
    """JSON for programs, a page for people."""
    if not request.path.endswith((TOKEN_PATH, "/openid-configuration", "/keys")):
        return show_refusal(error)
    site.said.append({"name": error.name, "error": error.fault.error, "code": error.fault.code})
    del site.said[:-SAID_KEPT]
    return jsonify(error.body()), error.fault.status


def add_discovery(app: Flask, site: EntraSite) -> None:
    @app.get("/<tenant>/v2.0/.well-known/openid-configuration")
    def configuration(tenant: str) -> Response:
        return jsonify(discovered(require_tenant(site, tenant)))

    @app.get("/<tenant>/discovery/v2.0/keys")
    def keys(tenant: str) -> Response:
        require_tenant(site, tenant)
        return jsonify(keys=site.keys.public_keys())


def discovered(tenant: str) -> dict[str, Any]:
    """For several tenants at once the issuer is a pattern."""
    base = f"https://{request.host}/{tenant}"
    return {
        "token_endpoint": f"{base}{TOKEN_PATH}",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "jwks_uri": f"{base}/discovery/v2.0/keys",
        "response_modes_supported": ["query"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": issuer_of("{tenantid}" if tenant in MIXED else tenant),
        "request_uri_parameter_supported": False,
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "ver"],
    }

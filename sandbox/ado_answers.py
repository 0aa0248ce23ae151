"""The answers of the Azure DevOps stand-in on the wire: JSON, a refusal, a sign-in that is missing."""

from urllib.parse import quote

import orjson
from flask import Response, jsonify, request

from sandbox.ado_errors import AdoError, SignInNeeded
from sandbox.ado_model import Json
from sandbox.ado_state import OrganizationState


def as_json(body: Json) -> Response:
    return Response(orjson.dumps(body), mimetype="application/json")


def refusal(error: AdoError) -> Response:
    response = jsonify(error.body())
    response.status_code = error.status
    return response


def sign_in(organization: OrganizationState, error: SignInNeeded) -> Response:
    """401, or the sign-in page when the control says so."""
    status = organization.knobs.sign_in_page
    if status:
        page = "<!DOCTYPE html><html><head><title>Sign In</title></head><body>Sign in</body></html>"
        response = Response(page, status=status, mimetype="text/html")
        if status == 302:
            response.headers["Location"] = f"{request.host_url}_signin?realm={quote(organization.name)}"
        return response
    response = refusal(error)
    response.headers["WWW-Authenticate"] = f'Basic realm="{organization.base_url}"'
    return response

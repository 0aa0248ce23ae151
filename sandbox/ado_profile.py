"""The profile of a token's owner and the organizations it opens; they lie outside of every organization.

The public service answers them at `app.vssps.visualstudio.com`. A token made for one organization is refused here.
"""

from collections.abc import Sequence

from flask import Blueprint, Response, jsonify, request

from sandbox.ado_access import read_token, read_version, require_scope, require_version
from sandbox.ado_clock import stamp
from sandbox.ado_errors import SignInNeeded
from sandbox.ado_model import Token
from sandbox.ado_organization import AdoOrganization
from sandbox.ado_shapes import wrap

SCOPES = frozenset({"vso.profile"})


class ProfileDesk:
    """Answers for all organizations of one app."""

    def __init__(self, organizations: Sequence[AdoOrganization]) -> None:
        self._organizations = organizations

    def show_profile(self, name: str) -> Response:
        """`me`, or the id of the owner."""
        organization, token = self._owner()
        user = token.user
        if name.lower() not in {"me", user.id}:
            raise SignInNeeded(f"TF400813: The user '{user.id}' is not authorized to access this resource.")
        return jsonify(
            id=user.id,
            displayName=user.name,
            emailAddress=user.mail,
            publicAlias=user.id,
            coreRevision=1,
            revision=1,
            timeStamp=stamp(organization.clock.now()),
        )

    def list_accounts(self) -> Response:
        """The organizations of a member."""
        _, token = self._owner()
        member = request.args.get("memberId")
        found = [o for o in self._organizations if member in {None, token.user.id} and token.secret in o.tokens]
        return jsonify(wrap([
            {"accountId": o.id, "accountName": o.name, "accountUri": f"{request.host_url}{o.name}/"} for o in found
        ]))  # fmt: skip

    def _owner(self) -> tuple[AdoOrganization, Token]:
        """Raises AdoError for a token that opens one organization only."""
        require_version(request.method, read_version(request), preview_only=False, newest_only=False)
        refused = SignInNeeded("TF400813: The user '' is not authorized to access this resource.")
        for organization in self._organizations:
            try:
                token = read_token(organization, request)
            except SignInNeeded as error:
                refused = error
                continue
            if token.is_global:
                require_scope(token, SCOPES)
                return organization, token
        raise refused


def profile_blueprint(organizations: Sequence[AdoOrganization]) -> Blueprint:
    """`/_apis/profile/profiles/{id}` and `/_apis/accounts`, beside the organizations."""
    desk = ProfileDesk(organizations)
    blueprint = Blueprint("ado_profile", __name__, url_prefix="/_apis")
    blueprint.add_url_rule("/profile/profiles/<name>", view_func=desk.show_profile)
    blueprint.add_url_rule("/accounts", view_func=desk.list_accounts)
    return blueprint

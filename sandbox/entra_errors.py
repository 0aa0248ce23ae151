"""The refusals of the Entra stand-in, with the codes and words of the real service.

https://learn.microsoft.com/entra/identity-platform/reference-error-codes and, for the shape,
https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#error-codes-for-token-endpoint-errors
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of refusal. `text` may have fields in braces; `status` is that of a token answer."""

    error: str
    code: int
    text: str
    suberror: str = ""
    status: int = 400


FAULTS: Mapping[str, Fault] = {
    "consent_refused": Fault("access_denied", 65004, "User declined to consent to access the app."),
    "consent_missing": Fault(
        "invalid_grant", 65001, "The user or administrator has not consented to use the application '{client}'. "
        "Send an interactive authorization request for this user and resource.", "consent_required",
    ),
    "admin_consent": Fault(
        "access_denied", 90094, "{app} needs permission to access resources in your organization that only an admin "
        "can grant. Request an admin to grant permission to this app before you can use it.",
    ),
    "other_tenant": Fault(
        "access_denied", 50020, "User account '{mail}' from identity provider 'https://sts.windows.net/{home}/' does "
        "not exist in tenant '{tenant}' and cannot access the application '{client}'({app}) there. The account "
        "needs to be added as an external user in the tenant first. Sign out and sign in again with another account.",
    ),
    "personal_account": Fault(
        "access_denied", 50020, "User account '{mail}' from identity provider 'live.com' does not exist in tenant "
        "'{tenant}' and cannot access the application '{client}'({app}) in that tenant. You can't sign in here with a "
        "personal account. Use your work or school account instead.",
    ),
    "no_session": Fault(
        "login_required", 50058, "Session information is not sufficient for single-sign-on.",
    ),
    "strong_sign_in": Fault(
        "interaction_required", 50076, "Due to a configuration change made by your administrator, or because you moved "
        "to a new location, you must use multi-factor authentication to access '{resource}'.", "basic_action",
    ),
    "conditional_access": Fault(
        "access_denied", 53003, "Access has been blocked by Conditional Access policies. The access policy does not "
        "allow token issuance.", "message_only",
    ),
    "not_assigned": Fault(
        "access_denied", 50105, "Your administrator has configured the application {app} ('{client}') to block users "
        "unless they are specifically granted ('assigned') access to the application.",
    ),
    "account_disabled": Fault("invalid_grant", 50057, "The user account is disabled."),
    "code_expired": Fault(
        "invalid_grant", 70008, "The provided authorization code or refresh token has expired due to inactivity. Send "
        "a new interactive authorization request for this user and resource.", "token_expired",
    ),
    "code_used": Fault(
        "invalid_grant", 54005, "OAuth2 Authorization code was already redeemed, please retry with a new valid code or "
        "use an existing refresh token.",
    ),
    "refresh_idle": Fault(
        "invalid_grant", 700082, "The refresh token has expired due to inactivity. The token was issued on {issued} "
        "and was inactive for 90.00:00:00.", "token_expired",
    ),
    "refresh_frequency": Fault(
        "invalid_grant", 70043, "The refresh token has expired or is invalid due to sign-in frequency checks by "
        "conditional access. The token was issued on {issued} and the maximum allowed lifetime is 3600.",
        "token_expired",
    ),
    "revoked": Fault(
        "invalid_grant", 50173, "The provided grant has expired due to it being revoked, a fresh auth token is needed. "
        "The user might have changed or reset their password.", "bad_token",
    ),
    "malformed_grant": Fault("invalid_grant", 9002313, "Invalid request. Request is malformed or invalid."),
    "wrong_verifier": Fault(
        "invalid_grant", 501481, "The Code_Verifier does not match the code_challenge supplied in the authorization "
        "request.",
    ),
    "wrong_reply": Fault(
        "invalid_grant", 500112, "The reply address '{given}' does not match the reply address '{wanted}' provided "
        "when requesting Authorization code.",
    ),
    "unknown_reply": Fault(
        "invalid_request", 50011, "The redirect URI '{given}' specified in the request does not match the redirect "
        "URIs configured for the application '{client}'.",
    ),
    "unknown_client": Fault(
        "unauthorized_client", 700016, "Application with identifier '{client}' was not found in the directory "
        "'{tenant}'. This can happen if the application has not been installed by the administrator of the tenant.",
    ),
    "wrong_secret": Fault(
        "invalid_client", 7000215, "Invalid client secret provided. Ensure the secret being sent in the request is the "
        "client secret value, not the client secret ID, for a secret added to app '{client}'.", status=401,
    ),
    "no_secret": Fault(
        "invalid_client", 7000218, "The request body must contain the following parameter: 'client_assertion' or "
        "'client_secret'.", status=401,
    ),
    "unknown_tenant": Fault(
        "invalid_tenant", 90002, "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and "
        "are signing into the correct cloud.",
    ),
    "missing": Fault("invalid_request", 900144, "The request body must contain the following parameter: '{name}'."),
    "response_type": Fault("unsupported_response_type", 700054, "The stand-in only gives response_type 'code'."),
    "response_mode": Fault("invalid_request", 9002313, "The stand-in only answers with response_mode 'query'."),
    "no_challenge": Fault(
        "invalid_request", 9002325, "Proof Key for Code Exchange is required: code_challenge with the "
        "code_challenge_method S256.",
    ),
    "bad_prompt": Fault("invalid_request", 90023, "The provided value for the input parameter 'prompt' is not valid."),
    "bad_scope": Fault(
        "invalid_scope", 70011, "The provided value for the input parameter 'scope' isn't valid. The scope {name} "
        "isn't valid.",
    ),
    "grant_type": Fault("unsupported_grant_type", 70003, "The app requested an unsupported grant type '{name}'."),
    "loop": Fault(
        "invalid_grant", 50196, "The server terminated an operation because it encountered a client request loop. "
        "Please contact your app vendor.",
    ),
    "unavailable": Fault(
        "temporarily_unavailable", 90033, "A transient error has occurred. Please try again.", status=503
    ),
}  # fmt: skip


class EntraError(Exception):
    """A refusal: `name` is one of FAULTS, `details` fill its text."""

    def __init__(self, name: str, /, **details: str) -> None:
        self.name = name
        self.fault = FAULTS[name]
        filled = self.fault.text.format_map(Blanks(details))
        self.correlation_id, self.trace_id = str(uuid.uuid4()), str(uuid.uuid4())
        self.timestamp = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%SZ}"
        self.description = (
            f"AADSTS{self.fault.code}: {filled} Trace ID: {self.trace_id} "
            f"Correlation ID: {self.correlation_id} Timestamp: {self.timestamp}"
        )
        super().__init__(self.description)

    def body(self) -> dict[str, Any]:
        """The answer of the token endpoint."""
        shown = {
            "error": self.fault.error,
            "error_description": self.description,
            "error_codes": [self.fault.code],
            "timestamp": self.timestamp,
            "trace_id": self.trace_id,
            "correlation_id": self.correlation_id,
            "error_uri": f"https://login.microsoftonline.com/error?code={self.fault.code}",
        }
        return shown | ({"suberror": self.fault.suberror} if self.fault.suberror else {})

    def query(self) -> dict[str, str]:
        """What a redirect back to the application carries, without `state`."""
        cancelled = {"error_subcode": "cancel"} if self.name in {"consent_refused", "admin_consent"} else {}
        return {"error": self.fault.error, "error_description": self.description} | cancelled


class Blanks(dict[str, str]):
    """Fields that nobody filled stay visible."""

    def __missing__(self, name: str) -> str:
        return f"({name})"

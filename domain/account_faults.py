"""What keeps a person from signing in with an Atlassian account: each fault with its class, its sentence and next step.

Sources: https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/,
https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from domain.errors import (
    AccessDenied,
    AppError,
    BadInput,
    CallError,
    Forbidden,
    Permanent,
    Retryable,
    Unauthorized,
    Unavailable,
    Unreadable,
    WrongState,
)

AccountFault = Literal[
    "not_configured", "no_issue", "state_unknown", "consent_refused", "not_accepted", "code_over",
    "registration_refused", "scope_missing", "unreachable", "not_understood", "no_site", "site_unknown",
]  # fmt: skip
Step = Literal["exchange", "read"]

FAULTS: Mapping[AccountFault, tuple[type[AppError], str]] = {
    "not_configured": (
        WrongState,
        "This Crosswalk is not set up for signing in with an Atlassian account. Open the page from the issue in Jira. "
        "If you came from there, tell whoever runs Crosswalk that ATLASSIAN_CLIENT_ID and ATLASSIAN_CLIENT_SECRET are "
        "missing.",
    ),
    "no_issue": (BadInput, "The address names no issue. Open this page from a Jira issue."),
    "state_unknown": (
        AccessDenied,
        "This sign-in was begun in another browser, was used already, or took more than ten minutes. Nothing was done. "
        "Go back to the issue in Jira and open Create branch again.",
    ),
    "consent_refused": (
        AccessDenied,
        "You did not let Crosswalk see which Atlassian account is yours, so it does not know who you are. Nothing was "
        "done. Begin again and accept.",
    ),
    "not_accepted": (AccessDenied, "Atlassian ended the sign-in without a result. Nothing was done. Begin again."),
    "code_over": (
        AccessDenied,
        "Atlassian did not accept the sign-in: it took too long, or was used already. Nothing was done. Begin again.",
    ),
    "registration_refused": (
        AccessDenied,
        "Atlassian does not accept the registration of this Crosswalk. Tell whoever runs it to check "
        "ATLASSIAN_CLIENT_ID, ATLASSIAN_CLIENT_SECRET and the callback address there.",
    ),
    "scope_missing": (
        AccessDenied,
        "The registration of this Crosswalk at Atlassian lacks a permission. Tell whoever runs it to add read:me (User "
        "identity API) and read:jira-user (Jira API).",
    ),
    "unreachable": (Unavailable, "it cannot be reached now. Nothing was done. Begin again in a moment."),
    "not_understood": (
        Unreadable,
        "its answer could not be understood. Nothing was done. Begin again. If it stays so, tell whoever runs "
        "Crosswalk.",
    ),
    "no_site": (
        AccessDenied,
        "Crosswalk is installed on none of the Jira sites that you let it see. Begin again and choose the site of the "
        "issue on Atlassian's page. If it is not offered, ask a Jira administrator whether Crosswalk is installed "
        "there.",
    ),
    "site_unknown": (
        AccessDenied,
        "This site is not one of those that you could choose from. Nothing was done. Begin again.",
    ),
}

# What Atlassian sends back in place of a code; any other word is `not_accepted`
ANSWERS: Mapping[str, AccountFault] = {
    "access_denied": "consent_refused",
    "unauthorized_client": "registration_refused",
    "invalid_client": "registration_refused",
    "invalid_scope": "scope_missing",
    "server_error": "unreachable",
    "temporarily_unavailable": "unreachable",
}

# First match wins. A wrong client is 401; a code that is over is 400 or 403 (`invalid_grant`).
REFUSALS: Mapping[Step, Sequence[tuple[type[CallError], AccountFault]]] = {
    "exchange": (
        (Retryable, "unreachable"), (Unreadable, "not_understood"), (Unauthorized, "registration_refused"),
        (Permanent, "code_over"),
    ),
    "read": (
        (Retryable, "unreachable"), (Unauthorized, "scope_missing"), (Forbidden, "scope_missing"),
        (Permanent, "not_understood"),
    ),
}  # fmt: skip


def refuse_account(fault: AccountFault, *, again: str | None = None) -> AppError:
    """The error of a fault; `again` is the address at which the person can begin anew."""
    kind, words = FAULTS[fault]
    error = kind("Atlassian", None, words) if issubclass(kind, CallError) else kind(words)
    error.code, error.url = fault, again
    return error


def fault_of_error(step: Step, error: CallError) -> AccountFault:
    """Which fault a refused call of a step is."""
    return next((fault for kind, fault in REFUSALS[step] if isinstance(error, kind)), "not_understood")


def fault_of_answer(word: str) -> AccountFault:
    """Which fault the `error` in Atlassian's answer is."""
    return ANSWERS.get(word, "not_accepted")

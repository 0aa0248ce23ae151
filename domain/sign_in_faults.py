"""Why a sign-in to Azure DevOps failed, and what the person can do: one row for each reason.

Microsoft asks that programs react to `error` and not to the numbers in the text, because those may change. So `error`
decides, and a number makes the answer more exact where it is known.
https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from domain.errors import AccessDenied, AppError, CallError, Unauthenticated, Unavailable, WrongState
from domain.sign_in_purposes import BRANCHES, MIGRATIONS, SignInPurpose

FaultCode = Literal[
    "wrong_tenant", "consent_refused", "admin_consent_needed", "not_assigned", "conditional_access", "sign_in_again",
    "account_disabled", "not_in_organization", "another_organization", "clock_skew", "answer_unusable",
    "state_unknown", "other_person", "other_window", "no_session", "ticket_unknown", "not_configured",
    "personal_organization", "entra_unreachable", "organization_unreachable", "app_credentials", "refused",
]  # fmt: skip
NUMBER = re.compile(r"\bAADSTS([0-9]{4,9})\b")
BEGIN_IN_JIRA = "Begin again in Jira: open Create branch from the issue, or the migration, and sign in there."
ENTRA = "Microsoft Entra"
ASK_OPERATOR = "Tell whoever runs Crosswalk"


@dataclass(frozen=True, slots=True)
class SignInFault:
    """What a person is told: what happened and what to do. Both may name `{organization}`. `for_migrations`: what to do
    where that differs when somebody signs in for migrations.

    `kind` decides the status. Of a CallError the words go on after the name of the other system, `system`.
    """

    code: FaultCode
    kind: type[AppError]
    detail: str
    next_step: str
    system: str = ENTRA
    for_migrations: str = ""

    def step_for(self, purpose: SignInPurpose) -> str:
        """What to do, for this purpose."""
        return (self.for_migrations if purpose == MIGRATIONS else "") or self.next_step


FAULTS: Mapping[FaultCode, SignInFault] = {
    fault.code: fault
    for fault in (
        SignInFault(
            "wrong_tenant", AccessDenied,
            "The account you chose is not of the directory (Microsoft Entra tenant) in which {organization} is: it "
            "belongs to another one, or it is a personal Microsoft account.",
            "Sign in again and choose the work or school account with which you use {organization}. If you have none, "
            "ask an administrator of {organization} to invite you.",
        ),
        SignInFault(
            "consent_refused", AccessDenied,
            "You cancelled, or did not allow Crosswalk to act in Azure DevOps in your name. Nothing was kept.",
            "Sign in again and press Accept. If Microsoft asked for an administrator's approval instead, ask an "
            "administrator of your Microsoft Entra tenant to grant consent to the app of Crosswalk.",
        ),
        SignInFault(
            "admin_consent_needed", AccessDenied,
            "In your Microsoft Entra tenant only an administrator may allow an app to use Azure DevOps, and Crosswalk "
            "is not allowed yet.",
            "Ask an administrator of your Microsoft Entra tenant to grant consent to the app of Crosswalk, then sign "
            "in again.",
        ),
        SignInFault(
            "not_assigned", AccessDenied,
            "Your administrator lets only chosen people use the app of Crosswalk, and your account is not one of them.",
            "Ask an administrator of your Microsoft Entra tenant to assign you to it, then sign in again.",
        ),
        SignInFault(
            "conditional_access", AccessDenied,
            "A Conditional Access policy of your Microsoft Entra tenant blocks this sign-in: for this device, this "
            "place, or for Crosswalk.",
            "Sign in from a device and a network that your company allows. If that does not help, ask your "
            "administrator whether a policy keeps Crosswalk from using Azure DevOps.",
        ),
        SignInFault(
            "sign_in_again", AccessDenied,
            "Your sign-in ended: it expired, was revoked, your password changed, or a second factor is due.",
            "Sign in again.",
        ),
        SignInFault(
            "account_disabled", AccessDenied,
            "Microsoft says that the account you chose is disabled.",
            "Sign in with another account, or ask an administrator of your Microsoft Entra tenant.",
        ),
        SignInFault(
            "not_in_organization", AccessDenied,
            "You are signed in to Microsoft, but Azure DevOps does not let you into {organization}.",
            "Ask an administrator of {organization} to add you, with access to code (Basic). If you have another "
            "account there, sign in again and choose that one.",
            for_migrations="Ask an administrator of {organization} to add you to the project that is to be migrated. "
            "If you have another account there, sign in again and choose that one.",
        ),
        SignInFault(
            "another_organization", WrongState,
            "What answers at the address of {organization} is another organization now: was it renamed?",
            "Ask your Jira administrator to look at this organization on the admin page of Crosswalk.",
        ),
        SignInFault(
            "clock_skew", Unavailable,
            "its clock and that of the server on which Crosswalk runs differ by more than five minutes, so the sign-in "
            "cannot be checked. Nothing was kept.",
            f"{ASK_OPERATOR} to set the server's clock by NTP, then sign in again.",
        ),
        SignInFault(
            "answer_unusable", Unavailable,
            "its answer was not made for this sign-in, or lacks what is needed. Nothing was kept.",
            "Sign in again. If it stays, tell whoever runs Crosswalk.",
        ),
        SignInFault(
            "state_unknown", AccessDenied,
            "This sign-in was used already, was begun more than ten minutes ago, or was not begun here. Nothing was "
            "kept.",
            BEGIN_IN_JIRA,
        ),
        SignInFault(
            "other_person", AccessDenied,
            "This sign-in was begun by another Jira account than the one to which this window belongs. Nothing was "
            "kept.",
            BEGIN_IN_JIRA,
        ),
        SignInFault(
            "other_window", AccessDenied,
            "This sign-in was begun in another browser, or the window was opened anew since. Nothing was kept.",
            BEGIN_IN_JIRA,
        ),
        SignInFault(
            "no_session", Unauthenticated,
            "Crosswalk does not know whose window this is: it was unused for an hour, or you began in another browser. "
            "Nothing was kept.",
            BEGIN_IN_JIRA,
        ),
        SignInFault(
            "ticket_unknown", AccessDenied,
            "A link to sign in works once, for a minute. Nothing was done.",
            "Go back to Jira and press Sign in again.",
        ),
        SignInFault(
            "not_configured", WrongState,
            "This Crosswalk has no app in Microsoft Entra, so it cannot sign you in there.",
            "Enter a personal access token of your own instead, or ask whoever runs Crosswalk to set ENTRA_CLIENT_ID "
            "and ENTRA_CLIENT_SECRET.",
            for_migrations="Let the migration read with the token of the organization instead, or ask whoever runs "
            "Crosswalk to set ENTRA_CLIENT_ID and ENTRA_CLIENT_SECRET.",
        ),
        SignInFault(
            "personal_organization", WrongState,
            "{organization} is not connected to a Microsoft Entra tenant, as far as Azure DevOps tells: it uses "
            "personal Microsoft accounts, or is an Azure DevOps Server.",
            "Enter a personal access token of your own instead.",
            for_migrations="Let the migration read with the token of the organization instead.",
        ),
        SignInFault(
            "entra_unreachable", Unavailable,
            "it cannot be reached now, or asks for a pause. Nothing was kept.",
            "Sign in again in a moment.",
        ),
        SignInFault(
            "organization_unreachable", Unavailable,
            "it did not say whether you belong to {organization}. Nothing was kept.",
            "Sign in again in a moment.",
            "Azure DevOps",
        ),
        SignInFault(
            "app_credentials", Unavailable,
            "it does not accept the client secret of this Crosswalk, which is wrong or has expired. It is not your "
            "fault.",
            f"{ASK_OPERATOR} to make a new client secret and to set ENTRA_CLIENT_SECRET.",
        ),
        SignInFault(
            "refused", AccessDenied,
            "Microsoft refused this sign-in for a reason that Crosswalk does not know. Nothing was kept.",
            "Sign in again. If it stays, tell whoever runs Crosswalk.",
        ),
    )
}  # fmt: skip

ERRORS: Mapping[str, FaultCode] = {
    "access_denied": "consent_refused",
    "consent_required": "admin_consent_needed",
    "interaction_required": "sign_in_again",
    "login_required": "sign_in_again",
    "invalid_grant": "sign_in_again",
    "invalid_client": "app_credentials",
    "unauthorized_client": "admin_consent_needed",
    "invalid_resource": "admin_consent_needed",
    "temporarily_unavailable": "entra_unreachable",
    "server_error": "entra_unreachable",
}
NUMBERS: Mapping[FaultCode, frozenset[int]] = {
    "wrong_tenant": frozenset({16000, 16003, 50014, 50020, 50034, 51004, 500208}),
    "consent_refused": frozenset({65004}),
    "admin_consent_needed": frozenset({
        65001, 65005, 90094, 500011, 650052, 650056, 650057, 700011, 700016,
    }),
    "not_assigned": frozenset({50105}),
    "conditional_access": frozenset({
        50002, 50005, 50097, 50129, 50131, 50155, 50158, 53000, 53001, 53002, 53003, 53004, 53010, 53011, 500021,
        500022, 500212, 500213, 530034, 530035,
    }),
    "account_disabled": frozenset({50057}),
    "sign_in_again": frozenset({
        50072, 50074, 50076, 50078, 50079, 50089, 50132, 50133, 50173, 70008, 70043, 700082,
    }),
    "state_unknown": frozenset({54005}),
    "entra_unreachable": frozenset({50033, 50087, 50196, 90033}),  # 50196: asked too often, which passes
    "app_credentials": frozenset({70002, 7000215, 7000218, 7000222}),
}  # fmt: skip
BY_NUMBER: Mapping[int, FaultCode] = {number: code for code, numbers in NUMBERS.items() for number in numbers}


def refuse_sign_in(
    fault: FaultCode, organization: str, *, purpose: SignInPurpose = BRANCHES, again: str | None = None, mark: str = ""
) -> AppError:  # fmt: skip
    """The error of a fault, with its code. `purpose`: what for somebody signs in; `again`: where the person can begin
    anew; `mark`: see `mark_refusal`.
    """
    row = FAULTS[fault]
    words = f"{row.detail} {row.step_for(purpose)}".format(organization=organization) + (f" ({mark})" if mark else "")
    error = row.kind(row.system, None, words) if issubclass(row.kind, CallError) else row.kind(words)
    error.code, error.url = fault, again
    return error


def classify_refusal(error: str, description: str) -> FaultCode:
    """The reason behind an error of Entra: `error` and `error_description` of a redirect or of a token answer."""
    numbers = (int(number) for number in NUMBER.findall(description))
    known = next((BY_NUMBER[number] for number in numbers if number in BY_NUMBER), None)
    return known or ERRORS.get(error, "refused")


def mark_refusal(description: str) -> str:
    """Microsoft's own number of a refusal, '' without one. Its other words may name people."""
    found = NUMBER.search(description)
    return found.group() if found else ""

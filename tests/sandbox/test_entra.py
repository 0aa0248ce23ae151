"""Signing in at the Entra stand-in with msal, refusals in Entra's words, and what Azure DevOps makes of the tokens."""

from collections.abc import Iterator
from typing import Any

import jwt
import pytest
import requests

from sandbox.entra_errors import FAULTS
from sandbox.entra_keys import ADO_RESOURCE
from sandbox.entra_state import ACME, CLIENT_ID, GLOBEX
from sandbox.sign_in_visit import SignInStopped, visit_sign_in
from tests.sandbox.entra_rig import MARA, REPLY, SCOPES, TOMASZ, WORK_SCOPES, EntraRig, queried, running_entra


@pytest.fixture(scope="module")
def shared() -> Iterator[EntraRig]:
    """For tests that leave nothing behind but sign-ins."""
    with running_entra() as rig:
        yield rig


@pytest.fixture
def entra() -> Iterator[EntraRig]:
    with running_entra() as rig:
        yield rig


def test_msal_signs_a_person_in_and_azure_devops_knows_them(shared: EntraRig) -> None:
    found = shared.sign_in()
    shown = shared.ado("_apis/connectionData", found["access_token"]).json()["authenticatedUser"]
    claims = found["id_token_claims"]
    assert (shown["providerDisplayName"], shown["properties"]["Account"]["$value"]) == ("Mara Lindqvist", MARA)
    assert (claims["tid"], claims["aud"], claims["preferred_username"]) == (ACME, CLIENT_ID, MARA)
    assert found["scope"].split() == SCOPES


def test_tokens_are_proved_by_the_published_keys(shared: EntraRig) -> None:
    found = shared.sign_in()
    configuration = shared.http.get(f"{shared.url}/{ACME}/v2.0/.well-known/openid-configuration").json()
    keys = jwt.PyJWKSet.from_dict(shared.http.get(configuration["jwks_uri"]).json())
    key = keys[jwt.get_unverified_header(found["id_token"])["kid"]]
    claims = jwt.decode(
        found["id_token"], key, algorithms=["RS256"], audience=CLIENT_ID, issuer=configuration["issuer"]
    )  # fmt: skip
    access = jwt.decode(found["access_token"], key, algorithms=["RS256"], audience=ADO_RESOURCE)
    assert claims["oid"] == access["oid"] == shared.site.accounts[MARA].oid
    assert access["scp"] == "vso.code vso.code_write"


def test_a_refresh_token_works_once_and_brings_the_next(entra: EntraRig) -> None:
    first = entra.sign_in()["refresh_token"]
    second = entra.refresh(first).json()["refresh_token"]
    again = entra.refresh(first).json()
    assert (again["error"], again["error_codes"]) == ("invalid_grant", [9002313])
    assert entra.refresh(second).status_code == 200
    entra.http.post(f"{entra.url}/_control/knobs", json={"one_use_refresh": False})
    assert entra.refresh(second).status_code == 200


def test_consent_is_asked_once(entra: EntraRig) -> None:
    entra.sign_in()
    assert "code" in queried(visit_sign_in(entra.authorize(), MARA))
    with pytest.raises(SignInStopped, match="Permissions requested"):
        visit_sign_in(entra.authorize(), TOMASZ)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"client_id": "nobody"}, "AADSTS700016"),
        ({"redirect_uri": REPLY + "/"}, "AADSTS50011"),
        ({"redirect_uri": None}, "AADSTS50011"),
        ({"tenant": "nowhere"}, "AADSTS90002"),
    ],
)
def test_what_is_wrong_with_the_application_is_told_on_a_page(
    shared: EntraRig, changes: dict[str, Any], words: str
) -> None:  # fmt: skip
    answer = shared.http.get(shared.authorize(**changes), allow_redirects=False)
    assert (answer.status_code, words in answer.text) == (400, True)
    assert answer.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"state": None}, "invalid_request"),
        ({"nonce": None}, "invalid_request"),
        ({"prompt": "always"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
        ({"scope": "openid"}, "invalid_scope"),
        ({"scope": f"openid {ADO_RESOURCE}/vso.everything"}, "invalid_scope"),
        ({"scope": f"openid {SCOPES[0].removeprefix(ADO_RESOURCE)}"}, "invalid_scope"),
    ],
)
def test_other_mistakes_are_told_to_the_application(shared: EntraRig, changes: dict[str, Any], error: str) -> None:
    answer = shared.http.get(shared.authorize(**changes), allow_redirects=False)
    back = queried(answer.headers["Location"])
    assert (back["error"], back.get("state")) == (error, None if "state" in changes else "s1")


@pytest.mark.parametrize(
    ("tenant", "mail", "words"),
    [
        (ACME, "gil@globex.example", "does not exist in tenant"),
        ("organizations", "pat@outlook.example", "personal account"),
        (ACME, "pat@outlook.example", "personal account"),
    ],
)
def test_an_account_from_elsewhere_goes_no_further(shared: EntraRig, tenant: str, mail: str, words: str) -> None:
    with pytest.raises(SignInStopped, match=words):
        visit_sign_in(shared.authorize(tenant), mail, "accept")


def test_through_organizations_each_signs_in_at_home_and_the_other_tenant_opens_nothing(shared: EntraRig) -> None:
    found = shared.sign_in("gil@globex.example", client=shared.client("organizations"))
    answer = shared.ado("_apis/connectionData", found["access_token"])
    assert found["id_token_claims"]["tid"] == GLOBEX
    assert (answer.status_code, answer.headers["X-VSS-ResourceTenant"]) == (401, ACME)


def test_who_is_not_in_the_organization_is_refused_there(shared: EntraRig) -> None:
    found = shared.sign_in("noor.haddad@acme.example")
    answer = shared.ado("_apis/connectionData", found["access_token"])
    oid = shared.site.accounts["noor.haddad@acme.example"].oid
    assert (answer.status_code, answer.json()["message"]) == (
        401,
        f"TF400813: The user '{oid}' is not authorized to access this resource.",
    )


def test_refused_consent_and_missing_approval_lead_back_with_their_codes(entra: EntraRig) -> None:
    refused = queried(visit_sign_in(entra.authorize(), MARA, "cancel"))
    entra.http.post(f"{entra.url}/_control/knobs", json={"require_admin_consent": True})
    needed = queried(visit_sign_in(entra.authorize(), MARA, "return"))
    assert (refused["error"], refused["error_description"][:12]) == ("access_denied", "AADSTS65004:")
    assert (needed["error"], needed["error_description"][:12]) == ("access_denied", "AADSTS90094:")
    with pytest.raises(SignInStopped, match="Need admin approval"):
        visit_sign_in(entra.authorize(), MARA, "accept")


@pytest.mark.parametrize(
    ("changes", "error", "code"),
    [
        ({"client_secret": "guessed"}, "invalid_client", 7000215),
        ({"client_secret": None}, "invalid_client", 7000218),
        ({"client_id": "nobody"}, "unauthorized_client", 700016),
        ({"redirect_uri": "http://127.0.0.1:9/"}, "invalid_grant", 500112),
        ({"code_verifier": "x" * 43}, "invalid_grant", 501481),
        ({"code_verifier": None}, "invalid_grant", 501481),
        ({"code": "guessed"}, "invalid_grant", 9002313),
        ({"code": None}, "invalid_request", 900144),
        ({"tenant": GLOBEX}, "invalid_grant", 9002313),
        ({"tenant": "nowhere"}, "invalid_tenant", 90002),
        ({"grant_type": "password"}, "unsupported_grant_type", 70003),
        ({"scope": f"{ADO_RESOURCE}/vso.build"}, "invalid_scope", 70011),
    ],
)
def test_a_code_is_only_given_away_for_the_call_it_was_made_for(
    shared: EntraRig, changes: dict[str, Any], error: str, code: int
) -> None:  # fmt: skip
    answer = shared.redeem(**({"code": shared.code()} | changes)).json()
    assert (answer["error"], answer["error_codes"]) == (error, [code])
    assert answer["correlation_id"] in answer["error_description"]


def test_a_code_works_once_and_who_uses_it_twice_loses_what_it_gave(entra: EntraRig) -> None:
    code = entra.code()
    given = entra.redeem(code).json()
    assert entra.redeem(code).json()["error_codes"] == [54005]
    assert entra.refresh(given["refresh_token"]).json()["error_codes"] == [50173]


def test_a_code_is_old_after_ten_minutes_and_a_refresh_token_after_ninety_idle_days(entra: EntraRig) -> None:
    code, token = entra.code(), entra.sign_in()["refresh_token"]
    entra.site.keys.skew = 601
    assert entra.redeem(code).json()["error_codes"] == [70008]
    entra.site.keys.skew = 90 * 24 * 3600 + 1
    answer = entra.refresh(token).json()
    assert (answer["error_codes"], answer["suberror"]) == ([700082], "token_expired")


@pytest.mark.parametrize("place", ["authorize", "code", "refresh"])
@pytest.mark.parametrize("name", ["conditional_access", "strong_sign_in", "refresh_frequency", "unavailable"])
def test_any_refusal_can_be_asked_for_at_any_place_once(shared: EntraRig, place: str, name: str) -> None:
    token, code = shared.sign_in()["refresh_token"], shared.code()
    waiting = {"place": place, "name": name, "mail": MARA}
    assert shared.http.post(f"{shared.url}/_control/refusals", json=waiting).status_code == 201
    if place == "authorize":
        answer = queried(visit_sign_in(shared.authorize(), MARA))
    else:
        answer = (shared.redeem(code) if place == "code" else shared.refresh(token)).json()
    assert answer["error"] == FAULTS[name].error
    assert f"AADSTS{FAULTS[name].code}: " in answer["error_description"]
    assert shared.refresh(token).status_code == 200


def test_revoked_sign_ins_bring_no_token_and_withdrawn_consent_neither(entra: EntraRig) -> None:
    mine, theirs = entra.sign_in()["refresh_token"], entra.sign_in(TOMASZ)["refresh_token"]
    assert entra.http.post(f"{entra.url}/_control/revoke", json={"mail": MARA}).json() == {"ended": 1}
    assert entra.refresh(mine).json()["error_codes"] == [50173]
    entra.http.post(f"{entra.url}/_control/forget-consents", json={"mail": TOMASZ})
    answer = entra.refresh(theirs).json()
    assert (answer["error"], answer["error_codes"], answer["suberror"]) == (
        "invalid_grant",
        [65001],
        "consent_required",
    )


def test_a_new_key_signs_and_the_old_one_stays_published_until_it_is_forgotten(entra: EntraRig) -> None:
    before = entra.sign_in()["access_token"]
    entra.http.post(f"{entra.url}/_control/rotate-key")
    after = entra.sign_in()["access_token"]
    assert jwt.get_unverified_header(before)["kid"] != jwt.get_unverified_header(after)["kid"]
    assert [entra.ado("_apis/connectionData", token).status_code for token in (before, after)] == [200, 200]
    entra.http.post(f"{entra.url}/_control/rotate-key", json={"forget": True})
    assert entra.ado("_apis/connectionData", before).status_code == 401


def test_claims_can_be_forged_on_demand(entra: EntraRig) -> None:
    entra.http.post(f"{entra.url}/_control/knobs", json={"id_claims": {"tid": GLOBEX}})
    assert entra.sign_in()["id_token_claims"]["tid"] == GLOBEX
    assert entra.http.post(f"{entra.url}/_control/knobs", json={"no such knob": 1}).status_code == 404


def test_in_an_outage_nobody_signs_in(entra: EntraRig) -> None:
    requests.post(f"{entra.url}/_control/faults", json={"path": ".", "status": 503, "times": None}, timeout=5)
    assert entra.http.get(entra.authorize()).status_code == 503
    assert entra.redeem("any").status_code == 503


def test_the_state_counts_and_shows_no_token(entra: EntraRig) -> None:
    token = entra.sign_in()["refresh_token"]
    entra.refresh("guessed")
    shown = entra.http.get(f"{entra.url}/_control/state")
    by_mail = {account["mail"]: account for account in shown.json()["accounts"]}
    assert (by_mail[MARA]["refreshTokens"], by_mail[MARA]["scopes"]) == (1, ["vso.code", "vso.code_write"])
    assert by_mail["noor.haddad@acme.example"]["note"] == "in the tenant, not in the organization"
    assert shown.json()["refused"] == [{"name": "malformed_grant", "error": "invalid_grant", "code": 9002313}]
    assert token not in shown.text


def test_a_refresh_token_brings_tokens_of_any_scopes_that_were_consented_to_and_of_no_others(entra: EntraRig) -> None:
    token = entra.sign_in()["refresh_token"]
    wanted = " ".join([*WORK_SCOPES, "offline_access"])
    refused = entra.refresh(token, scope=wanted).json()
    assert (refused["error_codes"], refused["suberror"]) == ([65001], "consent_required")
    newer = entra.sign_in(scopes=WORK_SCOPES)["refresh_token"]
    for scopes in (SCOPES, WORK_SCOPES):
        given = entra.refresh(newer, scope=" ".join([*scopes, "offline_access"])).json()
        assert given["scope"].split() == sorted(scopes)
        newer = given["refresh_token"]


@pytest.mark.parametrize(
    ("scopes", "opens", "refuses"),
    [
        (WORK_SCOPES, "_apis/wit/fields", "_apis/git/repositories"),
        (SCOPES, "_apis/git/repositories", "_apis/wit/fields"),
    ],
)
def test_a_token_opens_what_it_was_asked_for_and_nothing_else(
    shared: EntraRig, scopes: list[str], opens: str, refuses: str
) -> None:  # fmt: skip
    for others in (SCOPES, WORK_SCOPES):  # consent to both
        shared.sign_in(TOMASZ, scopes=others)
    token = shared.sign_in(TOMASZ, scopes=scopes)["access_token"]
    assert shared.ado(opens, token).status_code == 200
    assert shared.ado(refuses, token).status_code == 401

"""Every way in which signing in to Azure DevOps fails: the page says what happened and what to do; nothing is kept."""

import time

import pytest
import requests

from domain.sign_in_faults import FAULTS
from sandbox.entra_state import CLIENT_ID, GLOBEX, NO_TENANT, NOT_IN_ORGANIZATION
from tests.routes.sign_in_rig import MARA, Window, connection_of, go_on, says, site_of, start_address
from tests.sign_in_town import town, whole_town

__all__ = ["town", "whole_town"]

HOUR = 3600


def refuse(place, name):
    return lambda town: town.entra_site.refuse(place, name)


def claim(**claims):
    return lambda town: town.entra_site.knobs.id_claims.update(claims)


def want_admin(town):
    town.entra_site.knobs.require_admin_consent = True


def change_secret(town):
    town.entra_site.apps[CLIENT_ID].secret = "renewed"


def fault(server, path, **rule):
    return lambda town: requests.post(
        f"{getattr(town, server)}/_control/faults", json={"path": path, "times": None} | rule, timeout=5
    ).raise_for_status()


CONNECTION_DATA, TOKEN = "/_apis/connectionData$", "/oauth2/v2.0/token$"
ANOTHER = {"instanceId": "another", "authenticatedUser": {"id": "u", "providerDisplayName": "x"}}


def times(shift):
    now = int(time.time()) + shift
    return {"iat": now, "nbf": now, "exp": now + HOUR}


@pytest.mark.parametrize(
    ("wanted", "prepare", "mail", "answer"),
    [
        ("wrong_tenant", refuse("code", "other_tenant"), MARA, "accept"),
        ("wrong_tenant", refuse("code", "personal_account"), MARA, "accept"),
        ("wrong_tenant", claim(tid=GLOBEX), MARA, "accept"),
        ("wrong_tenant", claim(iss=f"https://login.example/{GLOBEX}/v2.0"), MARA, "accept"),
        ("consent_refused", None, MARA, "cancel"),
        ("admin_consent_needed", want_admin, MARA, "return"),
        ("admin_consent_needed", refuse("code", "consent_missing"), MARA, "accept"),
        ("admin_consent_needed", refuse("code", "unknown_client"), MARA, "accept"),
        ("not_assigned", refuse("authorize", "not_assigned"), MARA, "accept"),
        ("conditional_access", refuse("authorize", "conditional_access"), MARA, "accept"),
        ("conditional_access", refuse("code", "conditional_access"), MARA, "accept"),
        ("sign_in_again", refuse("code", "strong_sign_in"), MARA, "accept"),
        ("sign_in_again", refuse("code", "code_expired"), MARA, "accept"),
        ("sign_in_again", refuse("code", "wrong_verifier"), MARA, "accept"),
        ("state_unknown", refuse("code", "code_used"), MARA, "accept"),
        ("account_disabled", refuse("code", "account_disabled"), MARA, "accept"),
        ("not_in_organization", None, NOT_IN_ORGANIZATION[1], "accept"),
        ("not_in_organization", fault("ado", CONNECTION_DATA, status=403), MARA, "accept"),
        ("another_organization", fault("ado", CONNECTION_DATA, status=200, body=ANOTHER), MARA, "accept"),
        ("another_organization", fault("ado", CONNECTION_DATA, status=404), MARA, "accept"),
        ("organization_unreachable", fault("ado", CONNECTION_DATA, status=500), MARA, "accept"),
        ("clock_skew", claim(**times(-2 * HOUR)), MARA, "accept"),
        ("clock_skew", claim(**times(HOUR)), MARA, "accept"),
        ("answer_unusable", claim(aud="another app"), MARA, "accept"),
        ("answer_unusable", claim(nonce="of another sign-in"), MARA, "accept"),
        ("answer_unusable", fault("entra", TOKEN, status=200, body={"access_token": "x"}), MARA, "accept"),
        ("app_credentials", change_secret, MARA, "accept"),
        ("entra_unreachable", fault("entra", TOKEN, status=503), MARA, "accept"),
        ("entra_unreachable", fault("entra", TOKEN, status=429), MARA, "accept"),
        ("entra_unreachable", fault("entra", TOKEN, drop="before"), MARA, "accept"),
        ("entra_unreachable", fault("entra", TOKEN, status=200, body="<html>"), MARA, "accept"),
        ("refused", refuse("authorize", "bad_scope"), MARA, "accept"),
    ],
)
def test_a_sign_in_that_fails_is_told_and_leaves_nothing(town, wanted, prepare, mail, answer):
    window, connection = Window(town), connection_of(town)
    address = window.begin(connection, issueKey="SHOP-1", issueSummary="Round prices")
    if prepare:
        prepare(town)
    answered = window.get(town.pass_entra(address, mail, answer))
    assert says(answered, wanted)
    assert (
        answered.status_code
        == {"AccessDenied": 403, "WrongState": 409, "Unavailable": 502}[FAULTS[wanted].kind.__name__]
    )
    assert town.services.people.list_tenant(site_of(town).id) == []
    assert town.services.redis.keys("crosswalk:sign-in:*") == []


def test_microsofts_number_is_shown_and_its_words_are_not(town):
    window = Window(town)
    address = window.begin(connection_of(town))
    town.entra_site.refuse("authorize", "bad_scope")
    shown = window.get(town.pass_entra(address, MARA)).text
    assert "(AADSTS70011)" in shown
    assert "Trace ID" not in shown


def test_the_page_leads_back_to_the_same_sign_in(town):
    window, connection = Window(town), connection_of(town)
    shown = window.sign_in(connection, answer="cancel", issueKey="SHOP-1", issueSummary="Round prices")
    assert go_on(shown) == start_address(connection, issueKey="SHOP-1", issueSummary="Round prices")


def test_an_organization_of_personal_accounts_is_not_begun_with(town):
    window = Window(town)
    town.organization.tenant = NO_TENANT
    assert says(window.start(connection_of(town)), "personal_organization")
    assert connection_of(town).tenant_id == NO_TENANT


def test_a_server_of_ones_own_is_not_begun_with(town):
    window = Window(town)
    town.organization.tenant = None
    town.services.connections.set_tenant(connection_of(town).id, "")
    assert says(window.start(connection_of(town)), "personal_organization")


def test_a_tenant_that_is_not_told_just_now_is_still_known(town):
    town.organization.tenant = None
    assert Window(town).start(connection_of(town)).status_code == 302


def test_an_entra_that_cannot_be_reached_is_told_at_the_start(town):
    window = Window(town)
    town.services._entra.clear()  # nothing is known of the tenant yet
    fault("entra", "/openid-configuration$", status=503)(town)
    assert says(window.start(connection_of(town)), "entra_unreachable")


def test_a_tenant_that_entra_does_not_know_is_told_at_the_start(town):
    window = Window(town)
    town.organization.tenant = "12345678-0000-4000-8000-000000000000"
    assert says(window.start(connection_of(town)), "refused")


def test_every_fault_is_proven_by_some_test():
    """Those that no test of this file brings about: the session's and the state's, see the attacks, and no Entra."""
    here = {row[0] for row in test_a_sign_in_that_fails_is_told_and_leaves_nothing.pytestmark[0].args[1]}
    elsewhere = {"other_person", "other_window", "no_session", "ticket_unknown", "not_configured"}
    assert set(FAULTS) == here | elsewhere | {"personal_organization"}

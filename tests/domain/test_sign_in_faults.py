"""Which fault a refusal of Entra is, and that each fault says what happened and what to do."""

import pytest

from domain.errors import AccessDenied, CallError, Unauthenticated, Unavailable, WrongState
from domain.sign_in_faults import FAULTS, classify_refusal, mark_refusal, refuse_sign_in


def aadsts(number):
    return f"AADSTS{number}: Some words, for mara@acme.example. Trace ID: 1"


@pytest.mark.parametrize(
    ("error", "description", "fault"),
    [
        ("access_denied", "", "consent_refused"),  # pressed Cancel, or turned back where an administrator is asked for
        ("access_denied", aadsts(65004), "consent_refused"),
        ("access_denied", aadsts(90094), "admin_consent_needed"),
        ("consent_required", aadsts(65001), "admin_consent_needed"),
        ("invalid_grant", aadsts(65001), "admin_consent_needed"),
        ("unauthorized_client", aadsts(700016), "admin_consent_needed"),
        ("unauthorized_client", "", "admin_consent_needed"),
        ("invalid_resource", aadsts(500011), "admin_consent_needed"),
        ("access_denied", aadsts(50105), "not_assigned"),
        ("access_denied", aadsts(50020), "wrong_tenant"),
        ("invalid_grant", aadsts(16000), "wrong_tenant"),
        ("access_denied", aadsts(53003), "conditional_access"),
        ("interaction_required", aadsts(53000), "conditional_access"),
        ("interaction_required", aadsts(50076), "sign_in_again"),
        ("interaction_required", "", "sign_in_again"),
        ("login_required", aadsts(50058), "sign_in_again"),
        ("invalid_grant", aadsts(700082), "sign_in_again"),
        ("invalid_grant", aadsts(50173), "sign_in_again"),
        ("invalid_grant", aadsts(9999999), "sign_in_again"),  # a number that nobody knows: the error decides
        ("invalid_grant", aadsts(50057), "account_disabled"),
        ("invalid_grant", aadsts(54005), "state_unknown"),
        ("invalid_client", aadsts(7000215), "app_credentials"),
        ("invalid_client", "", "app_credentials"),
        ("temporarily_unavailable", aadsts(90033), "entra_unreachable"),
        ("server_error", "", "entra_unreachable"),
        ("invalid_grant", aadsts(50196), "entra_unreachable"),  # asked too often
        ("interaction_required", aadsts(50196), "entra_unreachable"),
        ("invalid_request", aadsts(900144), "refused"),
        ("", "", "refused"),
        ("invalid_grant", "AADSTS: no number, AADSTS1x", "sign_in_again"),
    ],
)
def test_a_refusal_is_understood(error, description, fault):
    assert classify_refusal(error, description) == fault


def test_of_several_numbers_the_first_that_is_known_counts():
    assert classify_refusal("invalid_grant", f"{aadsts(9999999)} {aadsts(53003)}") == "conditional_access"


@pytest.mark.parametrize(("description", "mark"), [(aadsts(65004), "AADSTS65004"), ("", ""), ("no number", "")])
def test_only_microsofts_number_is_passed_on(description, mark):
    assert mark_refusal(description) == mark


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_says_what_happened_and_what_to_do(fault):
    row = FAULTS[fault]
    error = refuse_sign_in(fault, "acme", again="/again")
    assert isinstance(error, row.kind)
    assert (error.code, error.url) == (fault, "/again")
    for words in (row.detail, row.next_step):
        assert words.endswith((".", "?"))
        assert words.format(organization="acme") in str(error)


@pytest.mark.parametrize("fault", FAULTS)
def test_who_signs_in_for_migrations_is_told_nothing_of_branches(fault):
    words = str(refuse_sign_in(fault, "acme", purpose="migrations"))
    assert FAULTS[fault].step_for("migrations").format(organization="acme") in words
    assert "code" not in words and "personal access token" not in words
    assert "the issue" not in words or "or the migration" in words


def test_no_two_faults_say_the_same():
    assert len({row.detail for row in FAULTS.values()}) == len(FAULTS)
    assert {row.kind for row in FAULTS.values()} == {AccessDenied, Unauthenticated, Unavailable, WrongState}


def test_an_outage_names_the_system_that_is_away():
    assert str(refuse_sign_in("entra_unreachable", "acme")).startswith("Microsoft Entra: it cannot be reached")
    away = refuse_sign_in("organization_unreachable", "acme")
    assert isinstance(away, CallError)
    assert away.system == "Azure DevOps"


def test_the_mark_stands_at_the_end():
    assert str(refuse_sign_in("refused", "acme", mark="AADSTS70011")).endswith("(AADSTS70011)")

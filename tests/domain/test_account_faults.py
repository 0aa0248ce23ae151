from typing import get_args

import pytest

from domain.account_faults import FAULTS, AccountFault, fault_of_answer, fault_of_error, refuse_account
from domain.errors import (
    AccessDenied,
    Ambiguous,
    BadInput,
    CallError,
    Conflict,
    Forbidden,
    NotFound,
    RateLimited,
    Rejected,
    Unauthorized,
    Unavailable,
    Unreadable,
    WrongState,
)

KINDS = {
    "not_configured": WrongState, "no_issue": BadInput, "unreachable": Unavailable, "not_understood": Unreadable,
}  # fmt: skip


@pytest.mark.parametrize("fault", get_args(AccountFault))
def test_every_fault_has_a_sentence_of_its_own_and_a_next_step(fault):
    error = refuse_account(fault, again="/auth/atlassian/start?issueKey=SHOP-7")
    assert isinstance(error, KINDS.get(fault, AccessDenied))
    assert (error.code, error.url) == (fault, "/auth/atlassian/start?issueKey=SHOP-7")
    assert any(step in str(error) for step in ("egin again", "Open", "open", "Tell", "tell"))
    assert str(error).endswith(".")


def test_no_two_faults_have_the_same_words():
    assert len({words for _kind, words in FAULTS.values()}) == len(FAULTS) == len(get_args(AccountFault))


@pytest.mark.parametrize(
    ("word", "fault"),
    [
        ("access_denied", "consent_refused"),
        ("unauthorized_client", "registration_refused"),
        ("invalid_client", "registration_refused"),
        ("invalid_scope", "scope_missing"),
        ("server_error", "unreachable"),
        ("temporarily_unavailable", "unreachable"),
        ("login_required", "not_accepted"),
        ("", "not_accepted"),
        ("<script>", "not_accepted"),
    ],
)
def test_each_word_of_atlassian_is_a_fault(word, fault):
    assert fault_of_answer(word) == fault


@pytest.mark.parametrize(
    ("step", "error", "fault"),
    [
        ("exchange", Unauthorized("Atlassian", 401, "Unauthorized"), "registration_refused"),
        ("exchange", Forbidden("Atlassian", 403, "invalid_grant"), "code_over"),
        ("exchange", Rejected("Atlassian", 400, "invalid_grant"), "code_over"),
        ("exchange", Conflict("Atlassian", 409, "no"), "code_over"),
        ("exchange", Unreadable("Atlassian", 200, "no"), "not_understood"),
        ("exchange", Unavailable("Atlassian", 503, "no"), "unreachable"),
        ("exchange", Ambiguous("Atlassian", None, "no"), "unreachable"),
        ("exchange", RateLimited("Atlassian", 429, "no"), "unreachable"),
        ("read", Unauthorized("Atlassian", 401, "no"), "scope_missing"),
        ("read", Forbidden("Atlassian", 403, "no"), "scope_missing"),
        ("read", NotFound("Atlassian", 404, "no"), "not_understood"),
        ("read", Unreadable("Atlassian", 200, "no"), "not_understood"),
        ("read", Unavailable("Atlassian", None, "no"), "unreachable"),
        ("read", CallError("Atlassian", None, "no"), "not_understood"),
    ],
)
def test_each_refused_call_is_a_fault(step, error, fault):
    assert fault_of_error(step, error) == fault

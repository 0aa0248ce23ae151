import pytest

from domain.id_claims import LEEWAY, find_claim_fault

NOW = 1_796_000_000
OURS, TENANT, OTHER = "our-app", "6f1f0a2e-4c53-4d0b-9d56-0c9d2f7be101", "b9a7c1d4-3e2f-4f7a-8c11-5d20e8a4f202"
GOOD = {
    "aud": OURS, "iss": f"https://login.microsoftonline.com/{TENANT}/v2.0", "tid": TENANT, "iat": NOW, "nbf": NOW,
    "exp": NOW + 3600,
}  # fmt: skip
DROP = object()


def fault(**changes):
    claims = {name: value for name, value in (GOOD | changes).items() if value is not DROP}
    return find_claim_fault(claims, client_id=OURS, tenant_id=TENANT, now=NOW * 1000)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"tid": DROP},  # the issuer is always there
        {"tid": TENANT.upper()},
        {"iss": f"https://sts.windows.net/{TENANT}/"},  # of the older kind of token
        {"nbf": DROP},
        {"iat": NOW + LEEWAY, "nbf": NOW + LEEWAY},
        {"exp": NOW - LEEWAY},
    ],
)
def test_a_sound_token_of_the_tenant_is_taken(changes):
    assert fault(**changes) is None


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"aud": "another"}, "answer_unusable"),
        ({"aud": [OURS]}, "answer_unusable"),
        ({"aud": DROP}, "answer_unusable"),
        ({"exp": DROP}, "answer_unusable"),
        ({"iat": DROP}, "answer_unusable"),
        ({"exp": "soon"}, "answer_unusable"),
        ({"iat": NOW + LEEWAY + 1}, "clock_skew"),
        ({"nbf": NOW + LEEWAY + 1}, "clock_skew"),
        ({"exp": NOW - LEEWAY - 1}, "clock_skew"),
        ({"tid": OTHER}, "wrong_tenant"),
        ({"iss": f"https://login.microsoftonline.com/{OTHER}/v2.0"}, "wrong_tenant"),
        ({"iss": f"https://login.microsoftonline.com/{OTHER}/v2.0", "tid": OTHER}, "wrong_tenant"),
        ({"iss": DROP}, "wrong_tenant"),
        ({"iss": f"https://evil.example/x/{TENANT}/v2.0"}, "wrong_tenant"),
        ({"tid": None}, "wrong_tenant"),
    ],
)
def test_a_token_that_is_not_for_this_sign_in_is_refused(changes, wanted):
    assert fault(**changes) == wanted

"""How an organization tells its tenant, and who of it gets in with a token of Entra or one of their own."""

from collections.abc import Iterator

import pytest
import requests

from sandbox.entra_state import ACME
from tests.sandbox.entra_rig import MARA, SCOPES, TOMASZ, EntraRig, running_entra

ZEROS = "00000000-0000-0000-0000-000000000000"
SEEN = "X-VSS-ResourceTenant"


@pytest.fixture(scope="module")
def town() -> Iterator[EntraRig]:
    with running_entra() as rig:
        yield rig


@pytest.fixture
def entra(town: EntraRig) -> Iterator[EntraRig]:
    """The shared one; what a test turns is turned back."""
    yield town
    organization = town.organization
    organization.tenant, organization.knobs.tenant_header = ACME, True
    organization.removed_users.clear()
    town.site.keys.skew, town.site.knobs.access_claims = 0.0, {}
    town.site.knobs.token_seconds = 3900


def ask(entra: EntraRig, path: str = "_apis/connectionData?api-version=7.1-preview") -> requests.Response:
    return requests.get(f"{entra.ado_url}/acme/{path}", timeout=5, allow_redirects=False)


def turn(entra: EntraRig, **knobs: object) -> None:
    assert requests.post(f"{entra.ado_url}/_control/acme/knobs", json=knobs, timeout=5).status_code == 200


@pytest.mark.parametrize(("path", "status"), [("_apis/connectionData?api-version=7.1-preview", 401), ("", 302)])
def test_a_call_without_a_token_is_told_the_tenant(entra: EntraRig, path: str, status: int) -> None:
    answer = ask(entra, path)
    assert (answer.status_code, answer.headers[SEEN]) == (status, ACME)


def test_the_challenge_names_the_tenant_too(entra: EntraRig) -> None:
    turn(entra, tenant_header=False)
    answer = ask(entra)
    assert SEEN not in answer.headers
    assert f"Bearer authorization_uri=https://login.windows.net/{ACME}" in answer.headers["WWW-Authenticate"]


def test_with_personal_accounts_the_tenant_is_all_zeros_and_a_server_has_none(entra: EntraRig) -> None:
    turn(entra, tenant=ZEROS)
    personal = ask(entra)
    turn(entra, tenant=None)
    own_server = ask(entra)
    assert (personal.headers[SEEN], "Bearer" in personal.headers["WWW-Authenticate"]) == (ZEROS, False)
    assert SEEN not in own_server.headers


@pytest.mark.parametrize(
    "forged",
    [
        {"aud": "https://graph.microsoft.com"},
        {"tid": "b9a7c1d4-3e2f-4f7a-8c11-5d20e8a4f202"},
        {"exp": 1},
        {"nbf": 4_000_000_000},
        {"upn": "somebody@acme.example", "oid": "another"},
    ],
)
def test_a_token_for_something_else_or_another_time_opens_nothing(entra: EntraRig, forged: dict[str, object]) -> None:
    entra.site.knobs.access_claims = forged
    answer = entra.ado("_apis/connectionData", entra.sign_in()["access_token"])
    assert (answer.status_code, answer.json()["message"].startswith("TF400813")) == (401, True)


def test_a_token_that_somebody_else_signed_opens_nothing(entra: EntraRig) -> None:
    token = str(entra.sign_in()["access_token"])
    assert entra.ado("_apis/connectionData", token).status_code == 200
    for wrong in (f"{token[:-4]}AAAA", token.rpartition(".")[0] + ".", "no token"):
        assert entra.ado("_apis/connectionData", wrong).status_code == 401


def test_a_short_token_ends_by_the_clock_of_microsoft(entra: EntraRig) -> None:
    entra.site.knobs.token_seconds = 600
    token = entra.sign_in()["access_token"]
    entra.site.keys.skew = 599
    assert entra.ado("_apis/connectionData", token).status_code == 200
    entra.site.keys.skew = 601
    assert entra.ado("_apis/connectionData", token).status_code == 401


def test_scopes_open_what_they_name_and_no_more(entra: EntraRig) -> None:
    home = f"_apis/git/repositories/{next(iter(entra.organization.repositories))}"
    reader = entra.site.knobs.access_claims = {"scp": "vso.code"}
    token = entra.sign_in()["access_token"]
    assert reader["scp"] in SCOPES[0]
    assert entra.ado(home, token).status_code == 200
    assert entra.ado(f"{home}/refs", token, "POST", []).status_code == 401
    assert entra.ado("_apis/projects", token).status_code == 401
    entra.site.knobs.access_claims = {"scp": "user_impersonation"}
    assert entra.ado("_apis/projects", entra.sign_in()["access_token"]).status_code == 200


def test_who_was_removed_is_refused_with_every_token(entra: EntraRig) -> None:
    token = entra.sign_in(TOMASZ)["access_token"]
    requests.post(f"{entra.ado_url}/_control/acme/remove_user", json={"user": TOMASZ}, timeout=5)
    own = requests.get(
        f"{entra.ado_url}/acme/_apis/connectionData?api-version=7.1-preview",
        auth=("", "acme-tomasz-code-00000000000000000000000000000000"), timeout=5,
    )  # fmt: skip
    assert (entra.ado("_apis/connectionData", token).status_code, own.status_code) == (401, 401)


def test_a_person_who_was_renamed_is_known_by_the_object_id(entra: EntraRig) -> None:
    entra.ado("_apis/connectionData", entra.sign_in(MARA)["access_token"])
    entra.site.knobs.access_claims = {"upn": "mara.holm@acme.example"}
    answer = entra.ado("_apis/connectionData", entra.sign_in(MARA)["access_token"])
    assert answer.json()["authenticatedUser"]["providerDisplayName"] == "Mara Lindqvist"

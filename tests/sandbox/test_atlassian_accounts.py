"""Sign-in with an Atlassian account at the stand-in: the pages, the code, what a token opens."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest
import requests

from sandbox.atlassian import create_atlassian
from sandbox.atlassian_accounts import CLIENT_ID, CLIENT_SECRET, AccountApp, AccountDesk
from sandbox.jira_site import JiraSite
from sandbox.server import serve
from sandbox.sign_in_visit import SignInStopped, visit_sign_in
from tests.sandbox.entra_rig import queried

CALLBACK = "http://127.0.0.1:8000/auth/atlassian/callback"


@dataclass
class Accounts:
    """Two sites; Ada and Mel are people of the first, Ada of the second too."""

    url: str
    desk: AccountDesk
    first: JiraSite
    second: JiraSite
    ada: str
    mel: str
    session: requests.Session = field(default_factory=requests.Session)

    def address(self, **changes: str | None) -> str:
        query = {
            "audience": "api.atlassian.com", "client_id": CLIENT_ID, "scope": "read:me read:jira-user",
            "redirect_uri": CALLBACK, "state": "s1", "response_type": "code", "prompt": "consent",
        } | changes  # fmt: skip
        return f"{self.url}/authorize?{urlencode({name: value for name, value in query.items() if value})}"

    def exchange(self, code: str, **changes: str) -> requests.Response:
        body = {
            "grant_type": "authorization_code", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "code": code,
            "redirect_uri": CALLBACK,
        } | changes  # fmt: skip
        return self.session.post(f"{self.url}/oauth/token", json=body)

    def token(self, account: str, site: str = "accept", **changes: str) -> str:
        code = queried(visit_sign_in(self.address(**changes), account, site))["code"]
        return str(self.exchange(code).json()["access_token"])

    def get(self, path: str, token: str) -> requests.Response:
        return self.session.get(self.url + path, headers={"Authorization": f"Bearer {token}"})

    def report(self, token: str, *accounts: object) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return self.session.post(f"{self.url}/app/report-accounts/", json={"accounts": accounts}, headers=headers)


@pytest.fixture
def atlassian() -> Iterator[Accounts]:
    first, second = JiraSite.seeded(1, issues_per_project=1), JiraSite.seeded(2, issues_per_project=1)
    first.base_url, second.base_url = "https://first.example", "https://second.example"
    second.people = {first.admin.account_id: first.admin}
    desk = AccountDesk([first, second], [AccountApp(CLIENT_ID, CLIENT_SECRET, "Crosswalk", {CALLBACK})])
    with ExitStack() as stack:
        url = stack.enter_context(serve(create_atlassian(first.keys, [first, second], desk))).url
        made = Accounts(url, desk, first, second, first.admin.account_id, first.member.account_id)
        stack.callback(made.session.close)
        yield made


def test_a_person_signs_in_and_is_known(atlassian: Accounts) -> None:
    token = atlassian.token(atlassian.mel)
    person, sites = atlassian.get("/me", token).json(), atlassian.get("/oauth/token/accessible-resources", token).json()
    assert (person["account_id"], person["name"]) == (atlassian.mel, "Mel Member")
    assert [(site["id"], site["url"], site["scopes"]) for site in sites] == [
        (atlassian.first.cloud_id, "https://first.example", ["read:jira-user"])
    ]


def test_sites_come_one_consent_at_a_time_and_go_when_the_person_leaves_or_withdraws(atlassian: Accounts) -> None:
    with pytest.raises(SignInStopped, match="Consent"):
        visit_sign_in(atlassian.address(), atlassian.ada, "accept")
    atlassian.token(atlassian.ada, atlassian.second.cloud_id)
    token = atlassian.token(atlassian.ada, atlassian.first.cloud_id)
    path = "/oauth/token/accessible-resources"
    assert [site["url"][8:13] for site in atlassian.get(path, token).json()] == ["first", "secon"]
    atlassian.second.people.clear()
    assert [site["url"][8:13] for site in atlassian.get(path, token).json()] == ["first"]
    atlassian.desk.withdraw(atlassian.ada)
    assert atlassian.get(path, token).status_code == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "another"},
        {"redirect_uri": CALLBACK + "/"},
        {"redirect_uri": None},
        {"audience": None},
        {"response_type": "token"},
        {"prompt": None},
        {"state": None},
        {"scope": None},
        {"scope": "read:me read:everything"},
    ],
)
def test_an_authorize_address_that_is_not_by_the_book_leads_nowhere(atlassian: Accounts, changes: Any) -> None:
    with pytest.raises(SignInStopped, match="Something went wrong"):
        visit_sign_in(atlassian.address(**changes), atlassian.mel, "accept")


def test_who_cancels_comes_back_with_a_refusal(atlassian: Accounts) -> None:
    back = queried(visit_sign_in(atlassian.address(), atlassian.mel, "cancel"))
    assert (back["error"], back["state"], "code" in back) == ("access_denied", "s1", False)


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "guessed"}, 401, "access_denied"),
        ({"client_id": "another"}, 401, "access_denied"),
        ({"code": "guessed"}, 403, "invalid_grant"),
        ({"redirect_uri": "http://127.0.0.1:9/"}, 403, "invalid_grant"),
        ({"grant_type": "refresh_token"}, 400, "access_denied"),
    ],
)
def test_a_code_is_given_for_what_it_was_made_for(atlassian: Accounts, changes: Any, status: int, error: str) -> None:
    code = queried(visit_sign_in(atlassian.address(), atlassian.mel, "accept"))["code"]
    answer = atlassian.exchange(**({"code": code} | changes))
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_a_code_works_once_and_not_for_long(atlassian: Accounts) -> None:
    used, old = (queried(visit_sign_in(atlassian.address(), atlassian.mel, "accept"))["code"] for _ in range(2))
    assert [atlassian.exchange(used).status_code for _ in range(2)] == [200, 403]
    now = atlassian.desk.clock()
    atlassian.desk.clock = lambda: now + 301
    assert atlassian.exchange(old).status_code == 403


def test_a_token_opens_what_was_consented_to_for_an_hour(atlassian: Accounts) -> None:
    only_me, only_sites = (atlassian.token(atlassian.mel, scope=scope) for scope in ("read:me", "read:jira-user"))
    assert atlassian.get("/oauth/token/accessible-resources", only_me).json() == []
    assert atlassian.get("/me", only_sites).status_code == 403
    assert atlassian.get("/me", "guessed").status_code == 401
    now = atlassian.desk.clock()
    atlassian.desk.clock = lambda: now + 3601
    assert atlassian.get("/me", only_me).status_code == 401


def test_held_accounts_are_reported_with_the_scope_for_it(atlassian: Accounts) -> None:
    token, other = atlassian.token(atlassian.mel, scope="report:personal-data"), atlassian.token(atlassian.mel)
    held = {"accountId": atlassian.ada, "updatedAt": "2026-11-01T00:00:00Z"}
    assert atlassian.report(other, held).status_code == 403
    assert atlassian.report(token, held).status_code == 204
    atlassian.second.accounts.close(atlassian.ada)
    answer = atlassian.report(token, held)
    assert (answer.status_code, answer.json()) == (
        200,
        {"accounts": [{"accountId": atlassian.ada, "status": "closed"}]},
    )

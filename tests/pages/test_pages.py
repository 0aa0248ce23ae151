"""The pages as they are served: who may see and frame them, and what they say."""

import re
from collections.abc import Mapping
from html import unescape
from urllib.parse import urlsplit

import pytest
import requests

from services import Services
from tests.pages.conftest import PageTown

BRANCH_PATH = "/pages/create-branch?issueKey=SHOP-7&issueSummary=Pr%C3%BCfe%20den%20Korb"


def fetch(url: str) -> requests.Response:
    return requests.get(url, timeout=10)


def policy(answer: requests.Response) -> Mapping[str, list[str]]:
    """The content security policy by directive."""
    parts = [part.split() for part in answer.headers["Content-Security-Policy"].split(";")]
    return {words[0]: words[1:] for words in parts}


def test_only_jira_may_frame_the_admin_page(open_town: PageTown) -> None:
    rules = policy(fetch(open_town.page_url("/pages/admin")))
    assert rules["frame-ancestors"] == [
        "https://*.atlassian.net", "https://*.jira.com", "https://*.jira-dev.com", open_town.jira,
    ]  # fmt: skip


def test_scripts_come_from_here_and_from_the_bridge_alone(open_town: PageTown) -> None:
    rules = policy(fetch(open_town.page_url("/pages/admin")))
    assert rules["default-src"] == ["'self'"]
    assert rules["script-src"] == ["'self'", open_town.jira]
    assert rules["style-src"] == ["'self'", "https://connect-cdn.atl-paas.net"]
    assert rules["form-action"] == ["'none'"]


@pytest.mark.parametrize(
    "path",
    ["/pages/admin", "/pages/migrations", "/pages/issue?issueKey=SHOP-7", BRANCH_PATH, "/pages/issue?issueKey=x"],
)
def test_no_page_has_inline_script_or_style(open_town: PageTown, path: str) -> None:
    text = fetch(open_town.page_url(path)).text
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:", text) == []
    assert [tag for tag in re.findall(r"<script[^>]*>", text) if "src=" not in tag] == []


@pytest.mark.parametrize("path", ["/pages/admin", "/pages/migrations"])
def test_what_a_page_loads_is_there(open_town: PageTown, path: str) -> None:
    text = fetch(open_town.page_url(path)).text
    wanted = re.findall(r'(?:src|href)="(/static/[^"]+)"', text)
    assert len(wanted) >= 5
    assert {fetch(open_town.app_url + path).status_code for path in wanted} == {200}


def test_a_stranger_is_told_in_words_where_to_open_the_page(open_town: PageTown) -> None:
    answer = fetch(f"{open_town.app_url}/pages/admin")
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Open this page inside Jira" in answer.text
    assert urlsplit(open_town.jira).netloc in policy(answer)["frame-ancestors"]


def test_a_token_for_another_page_is_refused(open_town: PageTown) -> None:
    url = open_town.page_url("/pages/issue?issueKey=SHOP-7").replace("SHOP-7", "SHOP-8")
    assert fetch(url).status_code == 401


@pytest.mark.parametrize(("path", "what"), [
    ("/pages/admin", "set up Crosswalk"),
    ("/pages/migrations", "migrate work items"),
])  # fmt: skip
def test_a_person_who_is_no_administrator_sees_no_admin_page(open_town: PageTown, path: str, what: str) -> None:
    answer = fetch(open_town.page_url(path, open_town.site.member.account_id))
    assert answer.status_code == 403
    assert f"Only a Jira administrator can {what}" in answer.text


def test_everybody_sees_the_branch_name_of_an_issue(open_town: PageTown) -> None:
    answer = fetch(open_town.page_url(BRANCH_PATH, open_town.site.member.account_id))
    assert answer.status_code == 200
    assert 'value="git switch -c feature/SHOP-7-Prufe-den-Korb"' in answer.text


def test_the_name_follows_the_template_of_the_site_before_any_script_runs(open_town: PageTown) -> None:
    open_town.call("PUT", "/api/settings", {"branchTemplate": "work/{key}/{summary}"}).raise_for_status()
    assert 'value="work/SHOP-7/Prufe-den-Korb"' in fetch(open_town.page_url(BRANCH_PATH)).text
    assert 'value="work/SHOP-7"' in fetch(open_town.page_url("/pages/issue?issueKey=SHOP-7")).text


def test_nobody_may_frame_a_window_and_it_loads_nothing_of_others(open_town: PageTown) -> None:
    for answer in (fetch(open_town.page_url(BRANCH_PATH)), fetch(f"{open_town.app_url}/pages/signed-in")):
        rules = policy(answer)
        assert rules["frame-ancestors"] == rules["default-src"] == ["'none'"]
        assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == ["'self'"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("place", ["iframe", "empty", "image"])
@pytest.mark.parametrize("path", [BRANCH_PATH, "/pages/signed-in"])
def test_what_is_no_visit_of_a_whole_window_is_refused_and_opens_no_session(
    open_town: PageTown, path: str, place: str
) -> None:
    url = open_town.page_url(path)
    answer = requests.get(url, timeout=10, headers={"Sec-Fetch-Dest": place}, allow_redirects=False)
    assert answer.status_code == 403
    assert "a window of its own" in answer.text
    assert "Set-Cookie" not in answer.headers


def test_the_token_leaves_the_address_for_a_session_of_the_window(open_town: PageTown) -> None:
    url = open_town.page_url(BRANCH_PATH + "&addonkey=crosswalk-azure-devops", open_town.site.member.account_id)
    answer = requests.get(url, timeout=10, allow_redirects=False)
    assert answer.status_code == 303
    there = f"{open_town.app_url}/pages/create-branch?issueKey=SHOP-7&issueSummary=Pr%C3%BCfe+den+Korb"
    assert answer.headers["Location"] == there
    assert re.fullmatch(r"crosswalk=[\w-]{43}; HttpOnly; Path=/; SameSite=Lax", answer.headers["Set-Cookie"])
    page = requests.get(there, timeout=10, cookies=answer.cookies)
    assert page.status_code == 200
    token = re.findall(r'<meta name="csrf-token" content="([\w-]{43})">', page.text)
    services = open_town.services
    assert services is not None
    (session,) = services.redis.keys("crosswalk:session:*")
    assert [token[0].encode()] == services.redis.hmget(session, "csrf")


def test_a_bad_token_is_not_helped_by_a_session(open_town: PageTown) -> None:
    good = requests.get(open_town.page_url(BRANCH_PATH), timeout=10, allow_redirects=False)
    bad = open_town.page_url(BRANCH_PATH).replace("SHOP-7", "SHOP-8")
    answer = requests.get(bad, timeout=10, cookies=good.cookies, allow_redirects=False)
    assert answer.status_code == 401
    assert "csrf-token" not in answer.text


def test_whom_nobody_names_can_sign_in_with_atlassian_and_still_has_the_name(open_town: PageTown) -> None:
    answer = fetch(open_town.app_url + BRANCH_PATH)
    assert answer.status_code == 401
    assert "does not know whose window this is" in answer.text
    assert 'href="/auth/atlassian/start?issueKey=SHOP-7"' in answer.text
    assert 'value="git switch -c SHOP-7-Prufe-den-Korb"' in answer.text
    assert policy(answer)["frame-ancestors"] == ["'none'"]


def test_where_nobody_can_sign_in_with_atlassian_the_page_says_to_open_it_from_jira(
    open_town: PageTown, services: Services
) -> None:
    services.settings.__dict__["atlassian_client_id"] = None
    answer = fetch(open_town.app_url + BRANCH_PATH)
    assert answer.status_code == 401
    assert "/auth/atlassian" not in answer.text
    assert "from the issue in Jira" in answer.text


def test_the_end_of_a_sign_in_is_shown_to_the_owner_of_the_window_alone(open_town: PageTown) -> None:
    opened = requests.get(open_town.page_url(BRANCH_PATH), timeout=10, allow_redirects=False)
    there = f"{open_town.app_url}/pages/signed-in"
    assert fetch(there).status_code == 401
    shown = requests.get(f"{there}?issueKey=SHOP-7", timeout=10, cookies=opened.cookies)
    assert "You may close this window" in shown.text
    assert 'href="/pages/create-branch?issueKey=SHOP-7"' in shown.text
    assert requests.get(f"{there}?issueKey=%3Cb%3E", timeout=10, cookies=opened.cookies).status_code == 422


def test_an_outage_is_told_on_the_page(open_town: PageTown, services: Services) -> None:
    url = open_town.page_url(BRANCH_PATH)
    services.redis.connection_pool.connection_kwargs["port"] = 1
    services.redis.connection_pool.reset()
    answer = fetch(url)
    assert answer.status_code == 503
    assert "<h1>" in answer.text
    assert "Try again in a moment" in answer.text


def test_an_address_without_an_issue_is_a_fault_in_words(open_town: PageTown) -> None:
    answer = fetch(open_town.page_url("/pages/issue?issueKey=%3Cb%3E"))
    assert answer.status_code == 422
    assert "The address names no issue" in answer.text
    assert "<b>" not in answer.text


def test_a_summary_is_never_markup(open_town: PageTown) -> None:
    path = "/pages/create-branch?issueKey=SHOP-7&issueSummary=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E"
    text = unescape(fetch(open_town.page_url(path)).text)
    assert "alert(1)" not in text
    assert "SHOP-7-script-alert-1-script" in text

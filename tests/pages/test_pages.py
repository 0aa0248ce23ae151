"""The pages as they are served: who may see and frame them, and what they say."""

import re
from collections.abc import Mapping
from html import unescape
from urllib.parse import urlsplit

import pytest
import requests

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
    "path", ["/pages/admin", "/pages/issue?issueKey=SHOP-7", BRANCH_PATH, "/pages/issue?issueKey=x"]
)
def test_no_page_has_inline_script_or_style(open_town: PageTown, path: str) -> None:
    text = fetch(open_town.page_url(path)).text
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:", text) == []
    assert [tag for tag in re.findall(r"<script[^>]*>", text) if "src=" not in tag] == []


def test_what_a_page_loads_is_there(open_town: PageTown) -> None:
    text = fetch(open_town.page_url("/pages/admin")).text
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


def test_a_person_who_is_no_administrator_does_not_see_the_admin_page(open_town: PageTown) -> None:
    answer = fetch(open_town.page_url("/pages/admin", open_town.site.member.account_id))
    assert answer.status_code == 403
    assert "Only a Jira administrator can set up Crosswalk" in answer.text


def test_everybody_sees_the_branch_name_of_an_issue(open_town: PageTown) -> None:
    answer = fetch(open_town.page_url(BRANCH_PATH, open_town.site.member.account_id))
    assert answer.status_code == 200
    assert 'value="git switch -c SHOP-7-Prufe-den-Korb"' in answer.text


def test_nobody_may_frame_the_window_of_create_branch(open_town: PageTown) -> None:
    assert policy(fetch(open_town.page_url(BRANCH_PATH)))["frame-ancestors"] == ["'none'"]


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

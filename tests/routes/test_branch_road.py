"""A branch from an issue, wire to wire: from the page that Jira opens to the branch on the issue."""

import re
from urllib.parse import urlsplit

import pytest
import requests

from tests.routes.sign_in_rig import TOMASZ, go_on
from tests.routes.test_event_road import healthy, link_webshop
from tests.town import APP_KEY

KEY = "SHOP-1"
CSRF = re.compile(r'<meta name="csrf-token" content="([^"]+)">')


@pytest.fixture
def linked_town(open_town):
    link_webshop(open_town)
    return open_town


class Browser:
    """A person's browser: it keeps cookies and follows addresses; its page calls the JSON API with the page's token."""

    def __init__(self, town):
        self.town, self.csrf = town, ""
        self._session = requests.Session()
        self._session.trust_env = False

    def open(self, address):
        """Go to an address and to wherever it leads; the last answer."""
        answer = self._session.get(address, timeout=10)
        found = CSRF.search(answer.text)
        self.csrf = found.group(1) if found else ""
        return answer

    def follow(self, address):
        """One step, not further."""
        return self._session.get(address, timeout=10, allow_redirects=False)

    def call(self, method, path, json=None):
        headers = {"X-CSRF-Token": self.csrf, "Origin": self.town.app_url}
        answer = self._session.request(
            method, f"{self.town.app_url}/api/{path}", json=json, headers=headers, timeout=10
        )
        assert answer.ok, answer.text
        return answer.json()

    def sign_in(self, connection_id, mail):
        """To Azure DevOps by Entra, in this window; the page to which it leads back."""
        asked = self.open(f"{self.town.app_url}/auth/ado/start?connectionId={connection_id}&issueKey={KEY}")
        begun = self.follow(self.town.app_url + go_on(asked))
        assert begun.status_code == 302, begun.text
        return self.open(self.town.pass_entra(begun.headers["Location"], mail))


@pytest.fixture
def browser(linked_town):
    """The member of the site presses "Create branch" in the development panel of the issue."""
    town = linked_town
    browser = Browser(town)
    page = f"{town.app_url}/pages/create-branch?issueKey={KEY}&issueSummary=Round"
    answer = browser.open(town.site.page_url(APP_KEY, page, town.site.member.account_id))
    assert answer.status_code == 200, answer.text
    assert "jwt" not in answer.url
    return browser


def devinfo_calls(town):
    """The calls by which Jira was told of development, by any process."""
    logged = requests.get(f"{town.jira}/_control/calls", timeout=5).json()
    return [call for call in logged if "/rest/devinfo/" in call["path"] and call["method"] != "GET"]


def test_a_developer_makes_a_branch_from_an_issue_as_oneself(linked_town, browser):
    town = linked_town
    (organization,) = browser.call("GET", "me")["organizations"]
    assert (organization["method"], organization["state"]) == ("entra", "signed_out")
    back = browser.sign_in(organization["connectionId"], TOMASZ)
    assert urlsplit(back.url).path == "/pages/create-branch"
    assert browser.call("GET", "me")["organizations"][0]["state"] == "signed_in"

    form = browser.call("GET", f"branch-form?issueKey={KEY}")
    (repository,) = browser.call("GET", f"repositories?issueKey={KEY}&q=shop-web")["items"]
    (source, *_others) = browser.call("GET", f"repositories/{repository['id']}/branches?issueKey={KEY}")["items"]
    named = {"issueKey": KEY, "repositoryId": repository["id"], "name": form["name"]}
    assert browser.call("POST", "branches/check", named)["faults"] == []
    made = browser.call("POST", "branches", named | {"source": source["name"], "pullRequest": {}})

    push = town.organization.find_repository("shop-web").pushes[-1]
    assert (push.user.mail, [update.name for update in push.updates]) == (TOMASZ, [f"refs/heads/{form['name']}"])
    assert made["command"] == f"git fetch && git switch {form['name']}"

    # Jira learns of it by the event of the push and by nothing else: there is no second writer
    assert devinfo_calls(town) == []
    assert town.site.panel(KEY)["branches"] == town.site.panel(KEY)["pullRequests"] == []
    town.work()
    (branch,) = town.site.panel(KEY)["branches"]
    (pull,) = town.site.panel(KEY)["pullRequests"]
    assert (branch["name"], branch["url"]) == (form["name"], made["url"])
    assert (pull["name"] if "name" in pull else pull["title"], pull["url"]) == (
        form["pullRequestTitle"], made["pullRequest"]["url"],
    )  # fmt: skip
    healthy(town)

    work = browser.call("GET", f"issue-work?issueKey={KEY}")
    assert [one["name"] for one in work["branches"]] == [form["name"]]
    assert [(one["id"], one["status"]) for one in work["pullRequests"]] == [(made["pullRequest"]["id"], "draft")]


def test_before_the_push_is_reported_jira_holds_nothing_whatever_the_web_process_does(linked_town, browser):
    """Azure DevOps is silent, a worker works, the button is pressed twice: still nothing is written."""
    town = linked_town
    connection = browser.call("GET", "me")["organizations"][0]["connectionId"]
    browser.sign_in(connection, TOMASZ)
    for subscription in town.organization.subscriptions.values():
        subscription.status = "disabledByUser"
    (repository,) = browser.call("GET", f"repositories?issueKey={KEY}&q=shop-web")["items"]
    wish = {"issueKey": KEY, "repositoryId": repository["id"], "name": f"{KEY}-quiet", "source": "main"}
    assert browser.call("POST", "branches", wish) == browser.call("POST", "branches", wish)
    town.work()
    assert devinfo_calls(town) == []
    assert town.site.panel(KEY)["branches"] == []


def test_a_call_without_the_token_of_the_page_makes_nothing(linked_town, browser):
    town = linked_town
    browser.sign_in(browser.call("GET", "me")["organizations"][0]["connectionId"], TOMASZ)
    repository = town.organization.find_repository("shop-web")
    before = dict(repository.refs)
    wish = {"issueKey": KEY, "repositoryId": repository.id, "name": f"{KEY}-x", "source": "main"}
    browser.csrf = "another"
    with pytest.raises(AssertionError, match="does not come from a page of Crosswalk"):
        browser.call("POST", "branches", wish)
    assert repository.refs == before

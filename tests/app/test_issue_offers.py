"""/api/explain/issues: what is offered while an administrator types, over real sockets to a Jira that checks calls."""

from urllib.parse import urlencode

import pytest
from structlog.testing import capture_logs

from tests.app.actions import add_fault, list_calls, pointers
from tests.routes.dumps import dump_database, dump_redis


@pytest.fixture
def offered(site):
    """The keys offered for a text."""

    def offer(text):
        return [issue["key"] for issue in ask(site, text).json()["items"]]

    return offer


@pytest.fixture
def issues(site):
    """The keys of twelve issues of SHOP with one word in common."""
    return [site.site.add_issue("SHOP", f"Zucchini basket {number}", "Story").key for number in range(12)]


def ask(site, text, **more):
    return site.call("GET", f"/api/explain/issues?{urlencode({'query': text})}", **more)


def test_an_issue_is_offered_with_its_key_summary_and_type(site):
    key = site.site.add_issue("SHOP", "Größe prüfen: 製造 & <Preis>", "Bug").key

    answer = ask(site, "größe prü")

    assert answer.json() == {
        "asked": True,
        "items": [{"key": key, "summary": "Größe prüfen: 製造 & <Preis>", "issueType": "Bug"}],
    }


def test_ten_are_offered_at_most_those_that_changed_last_first(offered, issues):
    assert offered("zucchini bas") == issues[:1:-1]


def test_a_key_offers_the_issue_and_those_whose_key_goes_on(site, offered):
    project = site.site.add_issue("OPS", "First").key.partition("-")[0]
    last = int([site.site.add_issue("OPS", "More").key for _ in range(12)][-1].rpartition("-")[2])
    begins = [f"{project}-1", *(f"{project}-{number}" for number in range(10, min(last, 18) + 1))]

    assert offered("ops-1") == begins
    assert offered("ops-999") == []


def test_an_issue_that_moved_is_offered_by_the_key_it_has_now(site, offered):
    former = site.site.add_issue("SHOP", "Move me").key
    present = site.site.move_issue(former, "OPS").key

    assert offered(former)[0] == present


@pytest.mark.parametrize("text", ["shop", "SHOP-"])
def test_a_project_offers_its_issues(offered, issues, text):
    assert offered(text) == issues[:1:-1]


def test_what_no_issue_is_called_offers_nothing(site):
    assert ask(site, "nope-").json() == {"asked": True, "items": []}
    assert ask(site, "xylophone").json() == {"asked": True, "items": []}


@pytest.mark.parametrize("text", ["", "4f2c81a", "!128", "feature/SHOP-1"])
def test_jira_is_not_asked_about_what_names_something_of_azure_devops(site, text):
    assert ask(site, text).json() == {"asked": False, "items": []}
    assert not [call for path in ("/search", "/bulkfetch") for call in list_calls(site.jira, "POST", path)]


def test_an_issue_that_the_administrator_may_not_browse_is_not_offered(site, offered, issues):
    hidden = site.site.issues[issues[-1]]
    site.site.tracker.permissions.hide_issue(site.site.admin.account_id, hidden.id)

    assert offered("zucchini") == issues[-2:1:-1]
    assert offered(hidden.key)[:1] != [hidden.key]


def test_people_who_are_no_administrators_are_refused(site):
    assert ask(site, "zucchini", account=site.site.member.account_id).status_code == 403


def test_a_text_that_is_too_long_is_a_fault(site):
    answer = ask(site, "x" * 201)

    assert (answer.status_code, pointers(answer)) == (422, ["/query"])
    assert site.call("GET", "/api/explain/issues").status_code == 422


@pytest.mark.parametrize(("path", "text"), [("/search/jql", "zucchini bas"), ("/issue/bulkfetch", "SHOP-1")])
def test_a_jira_that_fails_is_told_in_a_sentence_and_a_key_is_explained_all_the_same(site, path, text):
    add_fault(site.jira, path, 503)

    answer = ask(site, text)

    assert (answer.status_code, answer.json()["title"]) == (502, "The other system did not answer as expected")
    assert "Jira" in answer.json()["detail"]
    assert site.call("GET", "/api/explain?issueKey=SHOP-1").status_code == 200


def test_a_jira_that_is_slow_is_not_waited_for(site, monkeypatch):
    monkeypatch.setattr("app.issue_offers.JIRA_SECONDS", 0.05)
    add_fault(site.jira, "/search/jql", None, delay_ms=500)

    answer = ask(site, "zucchini bas")

    assert answer.status_code == 502
    assert "did not answer in time" in answer.json()["detail"]


@pytest.mark.parametrize("text", ["zucchini bas", "zucchini", "SHOP-2"])
def test_neither_what_is_typed_nor_a_summary_is_kept_or_logged(site, issues, text):
    with capture_logs() as lines:
        assert "Zucchini" in ask(site, text).text

    assert [line["event"] for line in lines if line.get("system") == "Jira"] != []
    for held in (str(lines), dump_database(site.services), dump_redis(site.services)):
        assert "zucchini" not in held.lower()

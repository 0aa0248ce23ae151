from urllib.parse import urlencode

import pytest

from tests.app.actions import push_commit


def ask(site, query, **more):
    return site.call("GET", f"/api/explain?{urlencode(query)}", **more)


def explain(site, **query):
    answer = ask(site, query)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
def commit(site, linked, webshop):
    """Push a commit and deliver it; returns its hash."""

    def push(message):
        return push_commit(site, webshop, message)

    return push


def test_text_tells_keys_by_rule_and_what_was_refused(site, linked):
    found = explain(site, text="shop-1 and NOPE-7, SHOP-01")

    assert found["kind"] == "text"
    assert found["verdict"]["code"] == "links"
    assert found["keys"] == [{"key": "SHOP-1", "text": "shop-1", "rule": "real project"}]
    assert [(one["key"], one["code"]) for one in found["refused"]] == [
        ("NOPE-7", "no such project"), ("SHOP-01", "leading zero"),
    ]  # fmt: skip
    assert all(one["reason"] for one in found["refused"])


def test_a_delivered_commit_is_explained_with_jiras_answer(site, commit):
    sha = commit("SHOP-1 mended")

    found = explain(site, text=sha)

    assert found["verdict"]["code"] == "accepted"
    assert found["kind"] == "commit"
    assert [row["keys"] for row in found["sent"]] == [["SHOP-1"]]
    assert found["sent"][0]["state"] == "accepted"
    assert [event["outcome"] for event in found["events"]] == ["sent"]
    assert "mended" not in str(found)


def test_the_beginning_of_a_hash_is_enough_for_what_was_sent(site, commit):
    sha = commit("SHOP-1 mended")

    assert explain(site, text=sha[:8])["verdict"]["code"] == "accepted"


def test_a_commit_without_a_key_says_so(site, commit):
    found = explain(site, text=commit("mended"))

    assert found["verdict"]["code"] == "no_key"
    assert found["sent"] == []


def test_a_commit_whose_key_does_not_count_says_why(site, commit):
    found = explain(site, text=commit("NOPE-1 mended"))

    assert found["verdict"]["code"] == "keys_refused"
    assert "no such project" in found["verdict"]["sentence"]


def test_a_commit_of_an_issue_that_jira_does_not_have(site, commit):
    found = explain(site, text=commit("SHOP-999 mended"))

    assert found["verdict"]["code"] == "unknown_issues"
    assert found["sent"][0]["unknownKeys"] == ["SHOP-999"]


def test_a_commit_of_a_kind_that_is_not_sent(site, link, webshop):
    assert link({"kinds": ["builds"]}).status_code == 200

    assert explain(site, text=push_commit(site, webshop, "SHOP-1 mended"))["verdict"]["code"] == "kind_not_sent"


def test_a_commit_of_an_ignored_author_names_the_setting(site, commit):
    document = site.call("GET", "/api/settings").json()
    kept = {name: value for name, value in document.items() if name != "changedAt"} | {"ignoredAuthors": ["*"]}
    assert site.call("PUT", "/api/settings", kept).status_code == 200

    found = explain(site, text=commit("SHOP-1 mended"))

    assert found["verdict"]["code"] == "left_out"
    assert "ignore authors" in found["verdict"]["sentence"]


def test_a_hash_that_nobody_has(site, linked):
    assert explain(site, text="f" * 40)["verdict"]["code"] == "not_found"


def test_a_pull_request_and_a_number(site, linked, webshop):
    organization = site.organization
    repository = next(r for r in organization.repositories.values() if r.project.id == webshop)
    organization.push(repository, [{"message": "start"}], branch="topic")
    pull = organization.open_pull_request(repository, "topic", "SHOP-2 a topic")
    site.work()

    assert explain(site, text=f"!{pull.id}")["verdict"]["code"] == "accepted"
    assert explain(site, text=str(pull.id))["kind"] == "pull_request"


def test_an_issue_shows_everything_that_was_sent_for_it(site, commit):
    sha = commit("SHOP-3 mended")

    found = explain(site, issueKey="shop-3")

    assert (found["kind"], found["id"], found["verdict"]["code"]) == ("issue", "SHOP-3", "accepted")
    assert sha in [row["id"] for row in found["sent"]]


def test_an_issue_for_which_nothing_was_sent_says_what_to_do(site, linked):
    found = explain(site, issueKey="SHOP-20")

    assert found["verdict"]["code"] == "nothing_sent"
    assert explain(site, issueKey="NOPE-1")["verdict"]["code"] == "keys_refused"


def test_a_site_without_links_explains_text_all_the_same(site):
    assert explain(site, text="SHOP-1")["verdict"]["code"] == "links"


@pytest.mark.parametrize(
    "query", [{}, {"text": "a", "issueKey": "SHOP-1"}, {"issueKey": "no key"}, {"text": "x" * 5000}]
)
def test_a_wrong_question_is_refused(site, query):
    assert ask(site, query).status_code == 422


def test_only_admins_may_ask(site):
    member = site.site.member.account_id

    assert ask(site, {"text": "a"}, account=member).status_code == 403


def test_what_another_site_sent_is_not_told(site, commit, services):
    sha = commit("SHOP-1 mended")
    (own,) = services.installations.list_all()

    assert services.ledger.find_entity(own.id, sha)
    assert services.ledger.find_entity("another", sha) == []

from dataclasses import replace
from urllib.parse import urlencode

import pytest

from sandbox.ado_pipeline_model import StageSpec
from tests.app.actions import add_fault, kept_link, only_site, push_commit
from tests.store.ledger_rig import put_rows


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


def test_the_beginning_of_a_hash_is_enough_for_what_an_event_told_of(site, commit):
    sha = commit("mended")

    found = explain(site, text=sha[:8])

    assert (found["id"], found["verdict"]["code"]) == (sha, "no_key")


def test_the_beginning_of_a_hash_is_looked_for_in_the_newest_commits(site, linked, repository):
    """No event told of it, and Jira was not sent it."""
    site.organization.subscriptions.clear()
    (sha,) = site.organization.push(repository, [{"message": "SHOP-1 mended"}], branch="main").commits

    found = explain(site, text=sha[:8])

    assert (found["id"], found["verdict"]["code"]) == (sha, "not_sent")


def test_the_beginning_of_a_hash_that_nobody_has_asks_for_the_whole_one(site, commit):
    commit("mended")

    assert explain(site, text="0badcafe")["verdict"]["code"] == "not_looked_up"


@pytest.mark.parametrize("pasted", ["basket/shop-1-mend", " refs/heads/basket/shop-1-mend "])
def test_the_name_of_a_branch_that_was_sent_is_enough(site, linked, repository, pasted):
    site.organization.push(repository, [{"message": "no key"}], branch="basket/shop-1-mend")
    site.work()

    found = explain(site, text=pasted)

    assert (found["kind"], found["verdict"]["code"]) == ("branch", "accepted")
    assert explain(site, text="basket/shop-1-other")["kind"] == "text"


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


def test_every_commit_of_a_large_push_that_was_given_up_is_among_what_was_not_delivered(site, linked, repository):
    add_fault(site.jira, "/devinfo/.*bulk", 404)
    messages = [{"message": f"SHOP-1 step {number}"} for number in range(120)]
    commits = site.organization.push(repository, messages, branch="main").commits
    site.work()

    verdicts = [explain(site, text=commits[number])["verdict"]["code"] for number in (0, 60, 119)]

    assert verdicts == ["dead_letter"] * 3


def test_issues_beyond_what_jira_takes_of_one_are_told_though_no_event_is_remembered(site, connection, commit, webshop):
    sha = commit(" ".join(f"SHOP-{number}" for number in range(1, 504)))
    site.services.traces.forget(kept_link(site, connection, webshop).id)

    found = explain(site, text=sha)

    assert (found["verdict"]["code"], found["events"]) == ("accepted", [])
    assert "more issues than Jira takes of one commit: the last 3 were left out" in found["verdict"]["sentence"]


def test_a_commit_of_a_kind_that_is_not_sent(site, link, webshop):
    assert link({"kinds": ["builds"]}).status_code == 200

    assert explain(site, text=push_commit(site, webshop, "SHOP-1 mended"))["verdict"]["code"] == "kind_not_sent"


def test_a_commit_of_an_ignored_author_names_the_setting(site, commit):
    change_settings(site, ignoredAuthors=["*"])

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


@pytest.fixture
def repository(site, webshop):
    return next(found for found in site.organization.repositories.values() if found.project.id == webshop)


@pytest.fixture
def pipeline(site, repository):
    return site.organization.add_pipeline("nightly", repository, (StageSpec("Build"),))


def change_settings(site, **changes):
    document = site.call("GET", "/api/settings").json()
    kept = {name: value for name, value in document.items() if name != "changedAt"} | changes
    assert site.call("PUT", "/api/settings", kept).status_code == 200


@pytest.mark.parametrize(
    "said",
    [
        {"branch": "feature/SHOP-4"}, {"branch": "plain", "tags": ["SHOP-4"]},
        {"branch": "plain", "variables": {"ticket": "SHOP-4"}},
    ],
)  # fmt: skip
def test_a_build_is_explained_by_all_that_is_mapped(site, link, pipeline, repository, said):
    assert link({"kinds": ["commits"]}).status_code == 200
    site.organization.push(repository, [{"message": "start"}], branch=said["branch"])
    run = site.organization.run_pipeline(pipeline, **said)

    found = explain(site, text=f"build {run.id}")

    assert (found["kind"], found["id"], found["verdict"]["code"]) == ("build", str(run.id), "kind_not_sent")
    assert "SHOP-4" in {one["key"] for one in found["keys"]}


def test_a_build_is_explained_by_the_pull_request_it_checks(site, linked, pipeline, repository):
    site.organization.push(repository, [{"message": "start"}], branch="topic")
    pull = site.organization.open_pull_request(repository, "topic", "SHOP-5 a topic")
    run = site.organization.run_pipeline(pipeline, pull_request=pull.id)

    assert "SHOP-5" in {one["key"] for one in explain(site, text=f"build {run.id}")["keys"]}


def test_a_build_brings_the_words_of_pull_requests_that_were_merged(site, linked, pipeline, repository):
    site.organization.run_pipeline(pipeline, branch="main")
    site.organization.push(repository, [{"message": "start"}], branch="topic")
    pull = site.organization.open_pull_request(repository, "topic", "SHOP-6 a topic")
    site.organization.update_pull_request(pull.id, status="completed", merge="squash")
    run = site.organization.run_pipeline(pipeline, branch="main")

    assert "SHOP-6" in {one["key"] for one in explain(site, text=f"build {run.id}")["keys"]}


def test_a_delivered_build_is_accepted(site, linked, pipeline, repository):
    site.organization.push(repository, [{"message": "start"}], branch="feature/SHOP-4")
    run = site.organization.run_pipeline(pipeline, branch="feature/SHOP-4")
    site.work()

    found = explain(site, text=f"{site.organization_url}/Webshop/_build/results?buildId={run.id}")

    assert found["verdict"]["code"] == "accepted"
    assert [row["kind"] for row in found["sent"]] == ["build"]


@pytest.mark.parametrize(
    "changes",
    [
        {"pipelines": {"only": [], "never": ["night*"]}}, {"repositories": {"only": [], "never": ["shop-*"]}},
        {"ignoredBranches": ["feature/*"]},
    ],
)  # fmt: skip
def test_a_build_that_a_setting_leaves_out(site, linked, pipeline, repository, changes):
    change_settings(site, **changes)
    site.organization.push(repository, [{"message": "start"}], branch="feature/SHOP-4")
    run = site.organization.run_pipeline(pipeline, branch="feature/SHOP-4")
    site.work()

    assert explain(site, text=f"build {run.id}")["verdict"]["code"] == "left_out"


def test_a_build_whose_words_were_read_in_part_does_not_say_that_it_has_no_key(site, linked, pipeline, repository):
    site.organization.run_pipeline(pipeline, branch="main")
    site.organization.push(repository, [{"message": "a" * 1500 + " SHOP-4"}], branch="main")
    run = site.organization.run_pipeline(pipeline, branch="main")

    assert explain(site, text=f"build {run.id}")["verdict"]["code"] == "keys_not_known"


def test_a_build_under_a_path_filter_does_not_say_that_it_has_no_key(site, linked, pipeline, repository):
    change_settings(site, pathFilters=[{"pipelines": "nightly", "paths": ["src/api"]}])
    site.organization.run_pipeline(pipeline, branch="main")
    site.organization.push(repository, [{"message": "SHOP-4 mended"}], branch="main")
    run = site.organization.run_pipeline(pipeline, branch="main")

    found = explain(site, text=f"build {run.id}")

    assert found["verdict"]["code"] == "keys_not_known"
    assert "paths" in found["verdict"]["sentence"]


def test_a_branch_is_looked_up_by_its_address(site, linked, repository):
    address = f"{site.organization_url}/Webshop/_git/{repository.name}?version=GBtopic"
    assert explain(site, text=address)["verdict"]["code"] == "not_found"

    site.organization.push(repository, [{"message": "start"}], branch="topics")
    assert explain(site, text=address)["verdict"]["code"] == "not_found"

    site.organization.push(repository, [{"message": "start"}], branch="topic")
    assert explain(site, text=address)["verdict"]["code"] == "no_key"


def test_a_pull_request_whose_last_key_was_taken_out_is_not_said_to_be_gone(site, linked, repository):
    site.organization.push(repository, [{"message": "start"}], branch="topic")
    pull = site.organization.open_pull_request(repository, "topic", "SHOP-2 a topic")
    site.work()
    site.organization.update_pull_request(pull.id, title="a topic")
    site.work()

    found = explain(site, text=f"!{pull.id}")

    assert found["verdict"]["code"] == "no_key"


def test_a_removal_on_its_way_does_not_hide_that_the_pull_request_is_there(site, linked, repository):
    site.organization.push(repository, [{"message": "start"}], branch="topic")
    pull = site.organization.open_pull_request(repository, "topic", "SHOP-2 a topic")
    site.work()
    put_state(site, str(pull.id), "removing")

    assert explain(site, text=f"!{pull.id}")["verdict"]["code"] == "not_sent"


def put_state(site, identity, state):
    """Have the ledger say this of a thing."""
    own = only_site(site.services).id
    (row,) = site.services.ledger.find_entity(own, identity)
    put_rows(site.services.engine, own, [replace(row, state=state)])


def test_what_is_to_be_sent_again_does_not_count_as_accepted(site, commit):
    shas = [commit("SHOP-3 mended"), commit("SHOP-3 mended again")]
    before = explain(site, issueKey="SHOP-3")
    put_state(site, shas[0], "stale")

    found = explain(site, issueKey="SHOP-3")

    assert before["verdict"]["code"] == "accepted"
    assert found["verdict"]["code"] == "accepted_in_part"
    assert "1 on the way" in found["verdict"]["sentence"]


def test_a_list_that_was_cut_does_not_say_in_all(site, commit, monkeypatch):
    monkeypatch.setattr("app.explaining.SENT_SHOWN", 1)
    commit("SHOP-3 mended")
    commit("SHOP-3 mended again")

    found = explain(site, issueKey="SHOP-3")

    assert len(found["sent"]) == 1
    assert "in all" not in found["verdict"]["sentence"]


def test_a_former_key_is_read_in_plain_text_too(site, linked):
    explain(site, text="SHOP-1")
    site.site.rename_project("SHOP", "STORE")
    site.services.project_keys.forget_tenant(only_site(site.services).id)

    found = explain(site, text="SHOP-1 mended")

    assert [(one["key"], one["rule"]) for one in found["keys"]] == [("STORE-1", "former key")]


@pytest.mark.parametrize("text", ["https://[", "build ²", "https://dev.azure.com/a/b/_build?buildId=²"])
def test_what_cannot_be_read_is_plain_text(site, linked, text):
    assert explain(site, text=text)["kind"] == "text"


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

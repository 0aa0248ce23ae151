"""What goes wrong on the main road, and that nothing is lost by it."""

import pytest
import requests

from jobs.watch import watch_inboxes
from tests.routes.test_event_road import KEY, healthy, link_webshop


@pytest.fixture
def linked_town(open_town):
    link_webshop(open_town)
    return open_town


def jira_fails(town, **rule):
    answer = requests.post(f"{town.jira}/_control/faults", json={"method": "POST", "path": "/bulk"} | rule, timeout=5)
    assert answer.ok, answer.text


def ado_fails(town, path, **rule):
    answer = requests.post(f"{town.ado}/_control/faults", json={"method": "GET", "path": path} | rule, timeout=5)
    assert answer.ok, answer.text


def push(town, message=f"{KEY} round prices", repository="shop-web"):
    return town.organization.push(repository, [{"message": message}])


def commits(town, key=KEY):
    return [commit["message"] for commit in town.site.panel(key)["commits"]]


def letters(town):
    installation = town.services.installations.list_all()[0]
    return town.services.dead_letters.list_for(installation.id)


@pytest.mark.parametrize(
    "rule",
    [
        {"status": 503},
        {"status": 500},
        {"status": 429, "headers": {"Retry-After": "1", "RateLimit-Reason": "jira-burst-based"}},
        {"drop": "before"},
        {"drop": "after"},
        {"status": 401},
        {"status": 403},
    ],
)
def test_jira_in_trouble_only_delays(linked_town, rule):
    jira_fails(linked_town, times=2, **rule)
    push(linked_town)
    linked_town.work()
    assert commits(linked_town) == [f"{KEY} round prices"]
    healthy(linked_town)


@pytest.mark.parametrize(
    "rule", [{"status": 503}, {"status": 429, "headers": {"Retry-After": "1"}}, {"drop": "before"}]
)
def test_azure_devops_in_trouble_only_delays(linked_town, rule):
    ado_fails(linked_town, "/commits/", times=3, **rule)
    push(linked_town)
    linked_town.work()
    assert commits(linked_town) == [f"{KEY} round prices"]
    healthy(linked_town)


def test_one_bad_entity_does_not_sink_the_rest(linked_town):
    town = linked_town
    town.organization.push("shop-web", [{"message": f"{KEY} number {n}"} for n in range(6)])
    # the whole request is refused once, so it is halved until everything that is good has arrived
    jira_fails(town, times=1, status=400, body={"errorMessages": ["one of them is bad"]})
    town.work()
    assert sorted(commits(town)) == [f"{KEY} number {n}" for n in range(6)]
    assert letters(town) == []


def test_what_jira_never_takes_becomes_a_dead_letter_with_jiras_words_and_can_be_retried(linked_town):
    town = linked_town
    jira_fails(town, times=None, status=400, body={"errorMessages": ["this is not for us"]})
    push(town)
    push(town, f"{KEY} second")
    town.work()
    assert commits(town) == []
    assert {letter.event_type for letter in letters(town)} == {"git.push"}
    assert all("this is not for us" in letter.reason for letter in letters(town))
    requests.delete(f"{town.jira}/_control/faults", timeout=5)
    for letter in letters(town):
        assert town.call("POST", f"/api/dead-letters/{letter.id}/retry").status_code == 202
    town.work()
    assert sorted(commits(town)) == [f"{KEY} round prices", f"{KEY} second"]
    assert letters(town) == []


def test_a_revoked_token_holds_the_events_until_a_new_one_is_entered(linked_town):
    town = linked_town
    (connection,) = town.call("GET", "/api/connections").json()["items"]
    requests.post(f"{town.ado}/_control/faults", json={"path": "/_apis/", "status": 401, "times": None}, timeout=5)
    push(town)
    town.work(rounds=3)
    town.work_slow()
    assert commits(town) == []
    assert letters(town) == []
    (shown,) = town.call("GET", "/api/health").json()["items"]
    assert shown["credential"]["state"] == "refused"
    assert shown["links"][0]["inbox"]["depth"] == 1
    requests.delete(f"{town.ado}/_control/faults", timeout=5)
    body = {"token": "acme-full-0000000000000000000000000000000000000000"}
    assert town.call("PUT", f"/api/connections/{connection['id']}/token", body).status_code == 200
    town.work()
    assert commits(town) == [f"{KEY} round prices"]
    healthy(town)


def test_a_fault_of_ours_in_one_event_does_not_stop_its_neighbours(linked_town):
    town = linked_town
    link = town.services.links.list_for(town.services.installations.list_all()[0].id)[0]
    repository = town.organization.find_repository("shop-web")
    town.services.queue.put(
        link.id, repository.id, identity="x", event_type="git.push", body=b'{"eventType": "git.push"}', now=1
    )
    push(town)
    town.work()
    assert commits(town) == [f"{KEY} round prices"]
    (letter,) = letters(town)
    assert "missing" in letter.reason


def test_what_the_database_never_takes_is_given_up_alone_and_holds_up_nobody(linked_town):
    town = linked_town
    pushes = [town.organization.push("shop-web", [{"message": f"{KEY} number {n}"}]) for n in range(5)]
    town.organization.wait_idle(10)
    with town.services.engine.begin() as database:
        database.exec_driver_sql(
            f"CREATE TRIGGER poison BEFORE INSERT ON sent WHEN NEW.entity_id = '{pushes[2].commits[0]}' "
            "BEGIN SELECT RAISE(ABORT, 'it cannot be kept'); END"
        )
    town.work()
    assert sorted(commits(town)) == [f"{KEY} number {n}" for n in (0, 1, 3, 4)]
    assert [letter.reason for letter in letters(town)] == ["a fault in Crosswalk (IntegrityError)"]


def test_unlinking_drops_what_waits_and_takes_back_what_was_sent(linked_town):
    town = linked_town
    push(town)
    town.work()
    (connection,) = town.call("GET", "/api/connections").json()["items"]
    project = town.organization.find_project("Webshop")
    jira_fails(town, times=None, status=503)
    push(town, f"{KEY} waits")
    town.work(rounds=1)
    requests.delete(f"{town.jira}/_control/faults", timeout=5)
    assert town.call("DELETE", f"/api/connections/{connection['id']}/projects/{project.id}").ok
    town.work()
    assert commits(town) == []
    assert town.organization.subscriptions == {}
    assert town.services.redis.keys("crosswalk:inbox:*") == []


def test_a_kind_that_is_switched_off_is_not_sent(open_town):
    town = open_town
    link_webshop(town, kinds=["branches"])
    town.organization.push("shop-web", [{"message": f"{KEY} commit"}], branch=f"feature/{KEY}")
    town.work()
    assert commits(town) == []
    assert len(town.site.panel(KEY)["branches"]) == 1


def test_a_link_for_some_jira_projects_touches_no_other(open_town):
    town = open_town
    link_webshop(town, jiraProjects=["OPS"])
    push(town, f"{KEY} and OPS-2")
    town.work()
    assert commits(town) == []
    assert commits(town, "OPS-2") == [f"{KEY} and OPS-2"]


def test_the_same_event_delivered_twice_changes_nothing(linked_town):
    town = linked_town
    push(town)
    town.work()
    before = town.site.snapshot()
    for subscription in town.organization.subscriptions.values():
        for notification in list(subscription.history):
            requests.post(
                f"{town.ado}/_control/acme/redeliver",
                json={"subscription": subscription.id, "notification": notification.id}, timeout=5,
            )  # fmt: skip
    town.work()
    assert town.site.snapshot() == before


def test_a_maintenance_page_only_delays(linked_town):
    town = linked_town
    page = {"status": 200, "headers": {"Content-Type": "text/html"}, "body": "<html>We will be back soon</html>"}
    jira_fails(town, times=4, **page)
    push(town)
    town.work()
    assert commits(town) == [f"{KEY} round prices"]
    healthy(town)


def test_a_project_made_a_moment_ago_is_known(linked_town):
    from sandbox.jira_site import Project

    town = linked_town
    push(town)
    town.work()
    town.site.projects["NEWLY"] = Project("10999", "NEWLY", "Made just now")
    town.site.add_issue("NEWLY", "First issue")
    push(town, "NEWLY-1 and UTF-8")
    push(town, "NEWLY-1 again")
    town.work()
    assert sorted(commits(town, "NEWLY-1")) == ["NEWLY-1 again", "NEWLY-1 and UTF-8"]
    healthy(town)


def test_a_refused_token_that_works_again_is_shown_so(linked_town):
    town = linked_town
    (connection,) = town.call("GET", "/api/connections").json()["items"]
    town.services.connections.set_token_state(connection["id"], "refused")
    push(town)
    town.work()
    (shown,) = town.call("GET", "/api/health").json()["items"]
    assert shown["credential"]["state"] == "ok"


def test_a_postponed_inbox_is_not_hurried_by_stale_pokes(linked_town):
    town = linked_town
    jira_fails(town, times=None, status=429, headers={"Retry-After": "60"})
    push(town)
    town.work(rounds=1)
    (inbox,) = [raw.decode() for raw in town.services.redis.zrange("crosswalk:inboxes", 0, -1)]
    requests.delete(f"{town.jira}/_control/calls", timeout=5)
    town.services.redis.zadd("crosswalk:inboxes", {inbox: town.services.now() + 60_000})
    for _stale in range(4):
        watch_inboxes(town.services, inbox)
    calls = requests.get(f"{town.jira}/_control/calls", timeout=5).json()
    assert [call for call in calls if call["path"].endswith("/bulk")] == []

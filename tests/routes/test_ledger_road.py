"""What the ledger spares Jira and what it takes back, wire to wire; and that a worker may die at any moment."""

from dataclasses import replace

import pytest
import requests

from jobs.tasks import use_services
from store.ledger import Ledger
from tests.routes.test_event_road import KEY, healthy, link_webshop


@pytest.fixture
def linked_town(open_town):
    link_webshop(open_town, backfill=False)
    return open_town


@pytest.fixture
def link(linked_town):
    services = linked_town.services
    (found,) = services.links.list_for(services.installations.list_all()[0].id)
    return found


@pytest.fixture
def calls(linked_town):
    """The calls by which Jira was told something since this was asked last."""

    def calls():
        answer = requests.get(f"{linked_town.jira}/_control/calls", timeout=5).json()
        requests.delete(f"{linked_town.jira}/_control/calls", timeout=5)
        return [(one["method"], one["path"]) for one in answer if "/rest/api/" not in one["path"]]

    return calls


def commits(town, key=KEY):
    return sorted(commit["message"] for commit in town.site.panel(key)["commits"])


def test_a_branch_without_a_key_comes_and_goes_without_a_call(linked_town, calls):
    town = linked_town
    town.organization.push("shop-web", [{"message": "no key"}], branch="tidy-up")
    town.organization.delete_branch("shop-web", "tidy-up")
    town.work()
    assert calls() == []
    healthy(town)


def test_a_branch_whose_key_counts_no_more_is_still_taken_back(linked_town, link):
    town, name = linked_town, f"feature/{KEY}"
    town.organization.push("shop-web", [{"message": "first"}], branch=name)
    town.work()
    assert len(town.site.panel(KEY)["branches"]) == 1
    town.services.links.set_choice(link.id, ["OPS"], link.kinds)
    town.organization.delete_branch("shop-web", name)
    town.work()
    assert town.site.panel(KEY)["branches"] == []
    healthy(town)


def test_what_changes_nothing_in_jira_is_not_sent(linked_town, calls):
    town, organization = linked_town, linked_town.organization
    organization.push("shop-web", [{"message": "work"}], branch="topic")
    pull = organization.open_pull_request("shop-web", "topic", f"{KEY} round prices")
    town.work()
    assert calls() != []
    organization.update_pull_request(pull.id, description="more words, no key")
    town.work()
    assert calls() == []
    organization.update_pull_request(pull.id, title=f"{KEY} round all prices")
    town.work()
    assert [path.rpartition("/")[2] for _method, path in calls()] == ["bulk"]
    assert [shown["title"] for shown in town.site.panel(KEY)["pullRequests"]] == [f"{KEY} round all prices"]
    healthy(town)


def test_a_pull_request_that_names_fewer_issues_leaves_the_others(linked_town):
    town, organization = linked_town, linked_town.organization
    organization.push("shop-web", [{"message": "work"}], branch="topic")
    pull = organization.open_pull_request("shop-web", "topic", f"{KEY} and SHOP-2")
    town.work()
    assert len(town.site.panel("SHOP-2")["pullRequests"]) == 1
    organization.update_pull_request(pull.id, title=f"{KEY} alone")
    town.work()
    assert town.site.panel("SHOP-2")["pullRequests"] == []
    assert len(town.site.panel(KEY)["pullRequests"]) == 1


def test_a_deleted_repository_leaves_nothing_behind(linked_town, link):
    town, organization = linked_town, linked_town.organization
    repository = organization.find_repository("shop-web")
    organization.push("shop-web", [{"message": f"{KEY} round prices"}], branch=f"feature/{KEY}")
    town.work()
    organization.delete_repository("shop-web")
    town.work()
    assert commits(town) == []
    assert town.services.ledger.list_repository(link.id, repository.id) == []
    assert town.services.ledger.list_repositories(link.id) == {}
    healthy(town)


def test_a_force_push_takes_back_what_it_threw_away(linked_town):
    town, organization = linked_town, linked_town.organization
    organization.push("shop-web", [{"message": f"{KEY} first try"}, {"message": "SHOP-2 too"}], branch="topic")
    town.work()
    assert commits(town) == [f"{KEY} first try"]
    organization.force_push("shop-web", [{"message": f"{KEY} second try"}], branch="topic", base="main")
    town.work()
    assert commits(town) == [f"{KEY} second try"]
    assert commits(town, "SHOP-2") == []
    healthy(town)


def test_what_was_thrown_away_within_one_batch_never_reaches_jira(linked_town, calls):
    town, organization = linked_town, linked_town.organization
    organization.push("shop-web", [{"message": "base"}], branch="topic")
    organization.push("shop-web", [{"message": f"{KEY} first try"}], branch="topic")
    organization.force_push("shop-web", [{"message": f"{KEY} second try"}], branch="topic")
    town.work()
    assert commits(town) == [f"{KEY} second try"]
    assert [method for method, _path in calls()] == ["POST"]
    healthy(town)


class DyingLedger(Ledger):
    """Its worker is killed before, or after, it writes down what Jira said; once."""

    def __init__(self, engine, *, after):
        super().__init__(engine)
        self.after, self.killed = after, False

    def finish(self, sender, outcomes):
        if self.killed:
            return super().finish(sender, outcomes)
        self.killed = True
        if self.after:
            super().finish(sender, outcomes)
        raise KeyboardInterrupt


@pytest.mark.parametrize("after", [False, True])
def test_a_worker_killed_between_jira_and_the_ledger_is_made_good(linked_town, link, after):
    town, services = linked_town, linked_town.services
    dying = DyingLedger(services.engine, after=after)
    use_services(replace(services, ledger=dying))
    town.organization.push("shop-web", [{"message": f"{KEY} round prices"}], branch=f"feature/{KEY}")
    town.organization.wait_idle(10)
    inbox = services.redis.zrange("crosswalk:inboxes", 0, -1)[0].decode()
    from jobs.watch import watch_inboxes

    with pytest.raises(KeyboardInterrupt):
        watch_inboxes(replace(services, ledger=dying), inbox)
    assert dying.killed
    assert services.queue.depth(link.id)[0] == 1
    services.redis.delete(f"crosswalk:lease:{inbox}")
    before = town.site.snapshot()
    use_services(services)
    town.work()
    assert town.site.snapshot() == before
    rows = services.ledger.list_repository(link.id, town.organization.find_repository("shop-web").id)
    assert {(row.kind, row.state) for row in rows} == {("commit", "accepted"), ("branch", "accepted")}
    assert services.queue.depth(link.id)[0] == 0
    healthy(town)


def test_what_became_of_each_event_can_be_asked(linked_town, link):
    town, organization = linked_town, linked_town.organization
    organization.push("shop-web", [{"message": f"{KEY} UTF-8 prices"}])
    organization.push("shop-web", [{"message": "no key"}], branch="tidy-up")
    town.work()
    told = {trace.outcome: trace for trace in town.services.traces.last(link.id)}
    assert told.keys() == {"sent", "no keys"}
    assert (told["sent"].event_type, told["sent"].keys) == ("git.push", (KEY,))
    assert told["sent"].refused == ("UTF-8: no such project",)
    assert told["no keys"].keys == ()
    head = organization.find_repository("shop-web").refs["refs/heads/tidy-up"]
    assert town.services.traces.find(link.id, {f"commit:{head}"}) == [told["no keys"]]
    assert town.services.traces.find(link.id, {"branch:tidy-up"}) == [told["no keys"]]


def test_an_event_that_waits_and_one_that_was_given_up_say_why(linked_town, link):
    town = linked_town
    rule = {"method": "POST", "path": "/bulk", "times": None}
    requests.post(f"{town.jira}/_control/faults", json=rule | {"status": 503}, timeout=5)
    town.organization.push("shop-web", [{"message": f"{KEY} round prices"}])
    town.work(rounds=2)
    (waiting,) = town.services.traces.last(link.id)
    assert (waiting.outcome, waiting.keys) == ("waits", (KEY,))
    assert "503" in waiting.words
    requests.delete(f"{town.jira}/_control/faults", timeout=5)
    body = {"errorMessages": ["this is not for us"]}
    requests.post(f"{town.jira}/_control/faults", json=rule | {"status": 400, "body": body}, timeout=5)
    town.work()
    assert town.services.traces.last(link.id)[0].outcome == "dead"
    assert "this is not for us" in town.services.traces.last(link.id)[0].words


def test_how_long_events_took_is_counted(linked_town, link):
    town = linked_town
    town.organization.push("shop-web", [{"message": f"{KEY} round prices"}])
    town.work()
    latency = town.services.latencies.read(link.id, town.services.now())
    assert latency.count == 1
    assert 0 < latency.p50 == latency.p95 < 60_000


def test_nothing_of_an_event_is_kept_but_ids_and_keys(linked_town):
    town, organization = linked_town, linked_town.organization
    organization.push("shop-web", [{"message": f"{KEY} a secret plan", "author": "Marten Brook"}], branch="topic")
    organization.open_pull_request("shop-web", "topic", f"{KEY} a secret title")
    town.work()
    with town.services.engine.connect() as connection:
        kept = repr(connection.exec_driver_sql("SELECT * FROM sent").all())
    kept += repr([town.services.redis.xrange(key) for key in town.services.redis.keys("crosswalk:trace:*")])
    assert KEY in kept
    for word in ("secret", "Marten", "topic"):
        assert word not in kept.replace("branch:topic", "")

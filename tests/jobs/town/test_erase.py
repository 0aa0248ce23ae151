"""What a project sent is gone from Jira after it was unlinked, and that is proved, however long Jira takes."""

import dataclasses

import pytest
import requests

from domain.changes import Kind
from jobs.erase import GIVEN_UP, erase_site
from jobs.guard import guard_connection
from jobs.planning import plan_duties
from linkage.erasing import PROVED_ROWS
from linkage.holding import hold
from store.ledger import SentRow
from tests.app.actions import add_fault, kept_link, list_calls, only_site, push_commit
from tests.store.ledger_rig import put_rows


@pytest.fixture
def impatient(monkeypatch):
    """Nobody waits for a proof."""
    monkeypatch.setattr("linkage.erasing.PROOF_SECONDS", 0.0)


@pytest.fixture
def filled(site, connection, linked, webshop):
    """Jira shows commits, builds and deployments of the linked project."""
    push_commit(site, webshop, "SHOP-1 Mend the basket")
    pipeline = next(one for one in site.organization.pipelines.values() if one.repository.name == "shop-web")
    site.organization.push("shop-web", [{"message": "SHOP-1 Ship it"}])
    site.organization.run_pipeline(pipeline.id)
    site.work()
    panel = site.site.panel("SHOP-1")
    assert all(panel[kind] for kind in ("commits", "builds", "deployments"))
    return kept_link(site, connection, webshop)


@pytest.fixture
def unlink(site, projects, webshop):
    """Unlink the project; the codes of what could not be done yet."""

    def call():
        answer = site.call("DELETE", f"{projects}/{webshop}")
        assert answer.status_code == 200, answer.text
        return [problem["code"] for problem in answer.json()["problems"]]

    return call


@pytest.fixture
def erase(site):
    """Let a worker go on with erasures, so many milliseconds from now; when it wants to go on, from then."""

    def work(after=0):
        now = site.services.now() + after
        due = erase_site(dataclasses.replace(site.services, now=lambda: now), only_site(site.services).id)
        return None if due is None else due - now

    return work


def open_erasures(site):
    return site.services.erasures.list_for(only_site(site.services).id)


def known_rows(site, link):
    return site.services.ledger.count_states(link.id)


def test_unlinking_proves_that_jira_has_nothing_left(site, filled, unlink):
    assert unlink() == []

    assert site.site.snapshot() == {}
    assert open_erasures(site) == []
    assert known_rows(site, filled) == {}
    assert list_calls(site.jira, "GET", "existsByProperties")
    assert list_calls(site.jira, "GET", "/builds/0.1/pipelines/")
    assert list_calls(site.jira, "GET", "/deployments/0.1/pipelines/")
    assert site.site.violations == []


def test_a_jira_that_takes_its_time_is_waited_for(site, filled, unlink):
    site.site.lag_ms = 600

    assert unlink() == []
    assert site.site.snapshot() == {}


@pytest.mark.usefixtures("impatient")
def test_what_is_not_proved_in_time_is_told_and_proved_by_a_worker(site, connection, filled, unlink, erase):
    site.site.lag_ms = 60_000

    assert unlink() == ["erasing"]

    assert only_site(site.services).id in site.services.duties.list_due("erase")
    guard_connection(site.services, connection["id"])
    shown = site.call("GET", f"/api/connections/{connection['id']}").json()
    assert [problem["code"] for problem in shown["problems"]] == ["erasing"]
    waits = [erase(), erase()]
    assert waits == sorted(waits)
    assert (open_erasures(site)[0].tries, known_rows(site, filled).keys()) == (2, {"stale"})
    site.site.lag_ms = 0
    site.site.development.settle(everything=True)
    assert erase() is None
    assert (open_erasures(site), known_rows(site, filled), site.site.snapshot()) == ([], {}, {})
    guard_connection(site.services, connection["id"])
    assert site.call("GET", f"/api/connections/{connection['id']}").json()["problems"] == []


@pytest.mark.usefixtures("impatient")
def test_what_was_sent_under_other_properties_is_deleted_by_the_ledger(site, filled, unlink, erase):
    """A repository and a build that carry the mark of another project, as after a move."""
    for place, record in list(site.site.development._records.items()):
        if record.kind in {"repository", "build"}:
            other = record.properties | {"projectId": "another"}
            site.site.development._records[place] = dataclasses.replace(record, properties=other)

    assert unlink() == ["erasing"]
    erase()

    assert site.site.snapshot() == {}
    assert erase() is None
    assert open_erasures(site) == []


@pytest.mark.usefixtures("impatient")
def test_disconnecting_proves_it_for_every_project(site, connection, filled, link):
    other = list(site.organization.projects)[1]
    link(project=other)
    site.site.lag_ms = 60_000

    answer = site.call("DELETE", f"/api/connections/{connection['id']}").json()

    assert [problem["code"] for problem in answer["problems"]] == ["erasing"]
    (erasure,) = open_erasures(site)
    assert erasure.properties == {"connectionId": connection["id"]}
    assert filled.id in erasure.links
    assert len(erasure.links) == 2
    health = site.call("GET", "/api/health").json()
    assert health["items"] == []
    (shown,) = health["erasing"]
    assert (shown["severity"], shown["connectionId"], shown["projectId"]) == ("warning", connection["id"], None)


@pytest.mark.usefixtures("impatient")
def test_health_tells_what_was_given_up_though_the_connection_is_gone(site, connection, filled, erase):
    site.site.lag_ms = 600_000
    site.call("DELETE", f"/api/connections/{connection['id']}")
    erase(after=GIVEN_UP + 1_000)

    (shown,) = site.call("GET", "/api/health").json()["erasing"]

    assert shown["severity"] == "error"
    assert "ask Atlassian's support" in shown["detail"]


def test_a_connection_is_not_removed_while_a_link_of_it_is_changed(site, connection, filled, monkeypatch):
    monkeypatch.setattr("linkage.holding.WAIT_SECONDS", 0.05)

    with hold(site.services, f"link:{connection['id']}:{filled.project_id}"):
        assert site.call("DELETE", f"/api/connections/{connection['id']}").status_code == 409

    assert site.organization.subscriptions
    assert site.call("DELETE", f"/api/connections/{connection['id']}").status_code == 200
    assert site.site.snapshot() == {}


def test_a_jira_that_refuses_is_asked_again(site, filled, unlink, erase):
    add_fault(site.jira, "bulkByProperties", 403)

    assert unlink() == ["jira_data_left"]
    assert erase() is not None

    requests.delete(f"{site.jira}/_control/faults", timeout=5)
    erase()
    assert erase() is None
    assert site.site.snapshot() == {}


def test_a_proof_that_cannot_be_had_now_is_had_later(site, filled, unlink, erase):
    add_fault(site.jira, "existsByProperties", 503)
    assert unlink() == ["erasing"]

    requests.delete(f"{site.jira}/_control/faults", timeout=5)
    assert erase() is None
    assert open_erasures(site) == []


@pytest.mark.usefixtures("impatient")
def test_after_a_day_it_is_given_up_and_told(site, connection, filled, unlink, erase):
    site.site.lag_ms = 600_000
    unlink()

    assert erase(after=GIVEN_UP - 1_000) is not None
    assert erase(after=GIVEN_UP + 1_000) is None

    assert [one.state for one in open_erasures(site)] == ["failed"]
    guard_connection(site.services, connection["id"])
    (problem,) = site.call("GET", f"/api/connections/{connection['id']}").json()["problems"]
    assert (problem["code"], problem["severity"]) == ("jira_data_left", "error")
    assert erase() is None


@pytest.mark.usefixtures("impatient")
def test_linking_again_waits_until_jira_has_deleted(site, filled, unlink, erase, link):
    site.site.lag_ms = 60_000
    unlink()

    assert link().status_code == 409

    site.site.lag_ms = 0
    site.site.development.settle(everything=True)
    erase()
    assert link().status_code == 200
    push_commit(site, filled.project_id, "SHOP-2 Again")
    assert len(site.site.panel("SHOP-2")["commits"]) == 1


@pytest.fixture
def forgetful(monkeypatch):
    """A project may be linked again at once."""
    monkeypatch.setattr("linkage.erasing.FRESH", 0)


@pytest.mark.usefixtures("impatient", "forgetful")
def test_a_project_that_is_linked_again_keeps_what_it_sends(site, filled, unlink, erase, link):
    site.site.lag_ms = 60_000
    unlink()
    site.site.development.settle(everything=True)
    site.site.lag_ms = 0
    assert link({"kinds": ["commits"]}).status_code == 200
    push_commit(site, filled.project_id, "SHOP-2 Again")

    assert erase() is None

    assert len(site.site.panel("SHOP-2")["commits"]) == 1
    assert open_erasures(site) == []
    assert known_rows(site, filled) == {}
    (again,) = site.services.links.list_connection(filled.connection_id)
    assert known_rows(site, again)["accepted"] >= 2


@pytest.fixture
def linked_again(site, filled, unlink, link):
    """The project, unlinked and linked again for commits alone before Jira deleted anything; a commit was sent anew."""
    site.site.lag_ms = 60_000
    unlink()
    site.site.development._pending.clear()
    site.site.lag_ms = 0
    assert link({"kinds": ["commits"], "backfill": False}).status_code == 200
    push_commit(site, filled.project_id, "SHOP-2 Again")
    return filled


@pytest.mark.usefixtures("impatient", "forgetful")
@pytest.mark.parametrize("turn_seconds", [10.0, -1.0])
def test_what_the_new_link_leaves_out_does_not_stay_in_jira(site, linked_again, erase, monkeypatch, turn_seconds):
    monkeypatch.setattr("jobs.erase.TURN_SECONDS", turn_seconds)
    monkeypatch.setattr("jobs.erase.ROWS_AT_ONCE", 1)

    turns = 1
    while erase() is not None:
        turns += 1

    assert (turns > 1) == (turn_seconds < 0)
    assert not any(site.site.panel("SHOP-1")[kind] for kind in ("branches", "builds", "deployments"))
    assert len(site.site.panel("SHOP-2")["commits"]) == 1
    assert (open_erasures(site), known_rows(site, linked_again)) == ([], {})


@pytest.mark.usefixtures("impatient", "forgetful")
def test_what_could_not_be_removed_is_removed_by_a_later_try(site, linked_again, erase):
    add_fault(site.jira, "/builds/0.1/pipelines/", 503, method="DELETE")
    assert erase() is not None
    assert site.site.panel("SHOP-1")["builds"]

    requests.delete(f"{site.jira}/_control/faults", timeout=5)
    erase()

    assert not site.site.panel("SHOP-1")["builds"]
    assert open_erasures(site) == []


def test_of_very_much_a_sample_is_read(site, filled, unlink):
    site_id = only_site(site.services).id
    kinds: tuple[tuple[Kind, str], ...] = (("build", ""), ("deployment", "1/"))
    rows = [
        SentRow(
            0, filled.id, kind, "", f"9/{prefix}{number}", "r", ("SHOP-1",), 1, "f", "accepted", None, (), "live", 1
        )
        for kind, prefix in kinds
        for number in range(PROVED_ROWS)
    ]
    put_rows(site.services.engine, site_id, rows)

    assert unlink() == []

    reads = [call for call in list_calls(site.jira, "GET", "/pipelines/")]
    assert PROVED_ROWS // 2 < len(reads) <= PROVED_ROWS
    assert known_rows(site, filled) == {}


@pytest.mark.usefixtures("impatient")
def test_a_worker_learns_of_it_though_redis_forgot(site, filled, unlink):
    site.site.lag_ms = 60_000
    unlink()
    site.services.redis.delete("crosswalk:duties:erase")

    plan_duties(site.services)

    assert only_site(site.services).id in site.services.duties.list_due("erase")


@pytest.mark.usefixtures("impatient")
def test_a_site_that_uninstalled_the_app_has_nothing_to_prove(site, filled, unlink, erase):
    site.site.lag_ms = 60_000
    unlink()
    site.services.installations.mark_uninstalled(only_site(site.services).id, 1)

    assert erase() is None
    assert open_erasures(site) == []

"""Back-fill, wire to wire: what happened before a project was linked comes to its issues, whatever goes wrong."""

import dataclasses
import threading

import pytest
import requests

from domain.errors import RateLimited, Rejected, Unavailable
from jobs.backfills import take_step, work_backfills
from jobs.history import READERS
from jobs.outgoing import open_link
from sandbox.ado_seed import LONG_AGO, TOKENS
from store.backfill_turns import LEASE_MILLISECONDS, LOOK_MILLISECONDS
from tests.app.actions import add_fault, add_token, kept_link, list_calls, only_site, push_commit

MINUTE = 60_000
EVERYTHING = {"commit", "branch", "pull_request", "build", "deployment"}


@pytest.fixture
def started(site, connection, linked, webshop):
    """The link of a project whose back-fill has begun."""
    return kept_link(site, connection, webshop)


@pytest.fixture
def show(site, projects, webshop):
    """The back-fill as the API shows it."""
    return lambda: site.call("GET", f"{projects}/{webshop}/backfill").json()


@pytest.fixture
def act(site, projects, webshop):
    """Pause, resume, retry."""
    return lambda action: site.call("POST", f"{projects}/{webshop}/backfill/{action}")


@pytest.fixture
def turns(site):
    return site.services.backfill_turns


def held(site):
    """What Jira holds, by kind; without the repositories that carry it."""
    found = site.site.snapshot()
    return {
        (kind, name): row["keys"] for rows in found.values() for kind, names in rows.items()
        for name, row in names.items() if kind != "repository"
    }  # fmt: skip


def kinds_held(site):
    return {kind for kind, _name in held(site)}


def states(shown):
    return {(part["name"], part["kind"]): part["state"] for part in shown["repositories"]}


def errors(shown):
    return {(part["name"], part["kind"]): part["error"]["code"] for part in shown["repositories"] if part["error"]}


def error_of(shown, name, kind):
    """Code and sentence of a part."""
    (part,) = [part for part in shown["repositories"] if (part["name"], part["kind"]) == (name, kind)]
    return part["error"]["code"], part["error"]["detail"]


def later(site, milliseconds):
    """The services of a worker whose clock is so much ahead."""
    moment = site.services.now() + milliseconds
    return dataclasses.replace(site.services, now=lambda: moment)


def work(services, readers=READERS):
    """Do the duty of one slot once; when it is due again."""
    return work_backfills(services, f"{only_site(services).id}#0", readers)


def find_parts(site, turns):
    """Look for the repositories, and nothing else."""
    claim = turns.claim(only_site(site.services).id, site.services.now())
    assert claim.kind == "repositories"
    take_step(site.services, claim)


def failing(kind, error, *, repository="shop-web", times=100):
    """Readers of which one fails so often for one repository."""
    left = [error] * times

    def read(road, window, cursor):
        if left and (window.repository is None or window.repository.name == repository):
            raise left.pop()
        return READERS[kind](road, window, cursor)

    return {**READERS, kind: read}


def healthy(site):
    assert site.site.violations == []
    assert site.organization.violations == []


def test_linking_a_project_brings_its_history(site, show, started):
    assert held(site) == {}
    site.work_slow()
    shown = show()
    assert (shown["state"], shown["counts"], errors(shown)) == ("done", {"done": 14}, {})
    assert shown["done"] == shown["total"] > 40
    assert kinds_held(site) == EVERYTHING
    healthy(site)


def test_jira_is_told_that_it_is_history(site, started):
    site.work_slow()
    told = site.site.development.operations()
    said = {tuple(sorted(one.items())) for kind in ("commit", "branch", "pull_request") for one in told[kind].values()}
    assert said == {(("operationType", "BACKFILL"), ("preventTransitions", True))}


def test_only_the_kinds_of_the_link_are_read(site, link, show, webshop):
    link({"kinds": ["branches", "deployments"]})
    site.work_slow()
    assert kinds_held(site) == {"branch", "deployment"}
    assert {kind for _name, kind in states(show())} == {"branches", "deployments"}
    assert list_calls(site.ado, "GET", "/pullrequests") == []


def test_nothing_older_than_the_day_is_read(site, link, show):
    link({"backfillSince": "2026-11-22"})  # the seeded history ends before
    site.work_slow()
    assert kinds_held(site) <= {"branch", "pull_request"}
    assert show()["since"] == "2026-11-22"


def test_going_further_back_adds_what_is_older(site, link, show, projects, webshop):
    link({"backfillSince": "2026-11-22"})
    site.work_slow()
    few = held(site)
    answer = site.call("POST", f"{projects}/{webshop}/backfill", {"since": "2026-01-01"})
    assert answer.status_code == 202
    site.work_slow()
    assert (show()["state"], show()["since"]) == ("done", "2026-01-01")
    assert few.items() < held(site).items()
    assert kinds_held(site) == EVERYTHING


def test_two_projects_of_a_site_are_read_side_by_side(site, link, projects):
    for project in site.organization.projects:
        link(project=project)
    site.work_slow()
    shown = [site.call("GET", f"{projects}/{project}/backfill").json() for project in site.organization.projects]
    assert [one["state"] for one in shown] == ["done", "done"]
    assert {keys[0].partition("-")[0] for keys in held(site).values()} == {"SHOP", "OPS"}


class TestKilling:
    def test_a_page_whose_worker_died_before_sending_is_read_again(self, site, show, started):
        class Killed(BaseException):
            """Nobody catches it, as nobody catches SIGKILL."""

        with pytest.raises(Killed):
            work(site.services, failing("pullRequests", Killed(), times=1))
        assert states(show())["shop-web", "pullRequests"] == "running"
        while work(later(site, LEASE_MILLISECONDS)) is not None:
            pass
        assert show()["state"] == "done"
        assert kinds_held(site) == EVERYTHING

    def test_a_page_that_was_sent_and_not_written_down_is_sent_again(self, site, turns, show, started):
        find_parts(site, turns)
        claim = turns.claim(only_site(site.services).id, site.services.now())
        take_step(site.services, claim)
        before = held(site)
        take_step(site.services, claim)
        assert held(site) == before != {}
        (part,) = [one for one in show()["repositories"] if (one["name"], one["kind"]) == (claim.name, claim.kind)]
        assert part["done"] == 1

    def test_a_lost_wish_is_found_again(self, site, show, started):
        site.services.redis.flushall()
        site.services.redis.delete("crosswalk:turn:plan_duties")
        site.work()  # the schedule asks for everything that has not ended
        site.work_slow()
        assert show()["state"] == "done"


class TestPausing:
    def test_it_stops_and_goes_on(self, site, turns, act, show, started):
        find_parts(site, turns)
        assert act("pause").json()["state"] == "paused"
        site.work_slow()
        assert held(site) == {}
        assert set(show()["counts"]) == {"paused"}
        assert act("resume").json()["state"] == "queued"
        site.work_slow()
        assert show()["state"] == "done"
        assert kinds_held(site) == EVERYTHING

    def test_a_page_that_is_being_read_is_still_sent(self, site, act, show, started):
        def pausing(road, window, cursor):
            if show()["state"] == "running":
                assert act("pause").json()["state"] == "pausing"
            return READERS["pullRequests"](road, window, cursor)

        assert work(site.services, {**READERS, "pullRequests": pausing}) is None
        assert show()["state"] == "paused"
        assert states(show())["shop-web", "pullRequests"] == "paused"
        assert kinds_held(site) == {"pull_request"}

    def test_a_repository_renamed_meanwhile_has_its_new_name(self, site, turns, act, show, started):
        find_parts(site, turns)
        act("pause")
        site.organization.rename_repository("shop-web", "shop-front")
        act("resume")
        site.work_slow()
        assert ("shop-front", "commits") in states(show())
        assert "shop-web" not in {name for name, _kind in states(show())}


class TestOneRepositoryAlone:
    """It fails with a code and a sentence; the others are read to the end."""

    def test_that_may_not_be_read(self, site, act, show, started):
        site.organization.deny_repository("shop-web", status=403)
        site.work_slow()
        shown = show()
        assert shown["state"] == "done"
        assert errors(shown) == {("shop-web", kind): "permission" for kind in ("pullRequests", "branches", "commits")}
        assert "Grant the right" in error_of(shown, "shop-web", "commits")[1]
        assert ("shop-api", "commits") in states(shown)
        site.organization.deny_repository("shop-web", denied=False)
        assert act("retry-failed").status_code == 200
        site.work_slow()
        assert (show()["state"], errors(show())) == ("done", {})
        assert act("retry-failed").status_code == 409

    def test_that_is_disabled(self, site, act, show, started):
        site.organization.find_repository("shop-api").disabled = True
        site.work_slow()
        assert errors(show()) == {
            ("shop-api", kind): "disabled" for kind in ("pullRequests", "branches", "commits", "builds")
        }
        assert [call for call in list_calls(site.ado, "GET", "/commits") if "shop-api" in call["path"]] == []
        site.organization.find_repository("shop-api").disabled = False
        act("retry-failed")
        site.work_slow()
        assert errors(show()) == {}

    def test_that_is_disabled_on_the_way(self, site, turns, show, started):
        find_parts(site, turns)
        site.organization.find_repository("shop-api").disabled = True
        site.work_slow()
        assert show()["state"] == "done"
        assert errors(show())["shop-api", "commits"] == "disabled"

    def test_that_is_empty(self, site, link, show, webshop):
        site.organization.create_repository("shop-new", webshop)
        link()
        site.work_slow()
        shown = show()
        assert {states(shown)["shop-new", kind] for kind in ("pullRequests", "branches", "commits")} == {"done"}
        assert error_of(shown, "shop-new", "commits") == ("empty", "The repository is empty.")

    def test_that_is_deleted_on_the_way(self, site, turns, show, started):
        find_parts(site, turns)
        site.organization.delete_repository("shop-api")
        site.work_slow()
        shown = show()
        assert shown["state"] == "done"
        assert {states(shown)["shop-api", kind] for kind in ("pullRequests", "branches", "commits")} == {"done"}
        assert error_of(shown, "shop-api", "commits")[0] == "gone"

    def test_that_is_made_on_the_way(self, site, turns, show, started, webshop):
        find_parts(site, turns)
        repository = site.organization.create_repository("shop-new", webshop)
        site.organization.push(repository, [{"message": "SHOP-9 begin"}], branch="main")
        site.work_slow()
        assert states(show())["shop-new", "commits"] == "done"
        assert ["SHOP-9"] in held(site).values()

    def test_that_azure_devops_cannot_list(self, site, show, started):
        error = Rejected("Azure DevOps", 400, "the argument is out of range")
        while work(site.services, failing("commits", error)) not in {None}:
            pass
        assert errors(show()) == {("shop-web", "commits"): "unreadable"}
        assert "the argument is out of range" in error_of(show(), "shop-web", "commits")[1]
        assert states(show())["shop-api", "commits"] == "done"

    def test_that_meets_a_fault_of_ours(self, site, show, started):
        readers = failing("commits", ZeroDivisionError("secret words"))
        for ahead in range(6):
            work(later(site, ahead * MINUTE), readers)
        assert error_of(show(), "shop-web", "commits") == ("fault", "a fault in Crosswalk (ZeroDivisionError)")
        assert show()["state"] == "done"


class TestProjects:
    def test_without_git_say_so(self, site, link, projects):
        bare = site.organization.add_project("Old Tools", source_control="Tfvc")
        link(project=bare.id)
        site.work_slow()
        shown = site.call("GET", f"{projects}/{bare.id}/backfill").json()
        assert shown["state"] == "done"
        code, detail = error_of(shown, "Old Tools", "repositories")
        assert (code, "TFVC" in detail) == ("tfvc", True)
        assert states(shown)["Old Tools", "deployments"] == "done"
        assert shown["counts"] == {"failed": 1, "done": len(shown["repositories"]) - 1}

    def test_with_tfvc_beside_git_say_so_once_git_was_read(self, site, link, projects):
        mixed = site.organization.add_project("Old Vault", source_control="Both")
        site.organization.create_repository("vault", mixed.id)
        site.organization.push("vault", ["SHOP-3 Mend the vault"])
        link(project=mixed.id)
        site.work_slow()
        shown = site.call("GET", f"{projects}/{mixed.id}/backfill").json()
        code, detail = error_of(shown, "Old Vault", "repositories")
        assert (code, "TFVC" in detail) == ("tfvc", True)
        assert (shown["state"], set(states(shown).values())) == ("done", {"done"})
        assert ["SHOP-3"] in held(site).values()
        healthy(site)

    def test_whose_token_may_not_read_code_are_tried_as_a_whole(self, site, link, show, connection):
        link()
        token = add_token(site, {"vso.build", "vso.release", "vso.project"})
        site.call("PUT", f"/api/connections/{connection['id']}/token", {"token": token})
        site.work_slow()
        shown = show()
        assert (shown["state"], error_of(shown, "Webshop", "repositories")[0]) == ("done", "permission")
        assert "Code (Read)" in error_of(shown, "Webshop", "repositories")[1]
        assert {kind for name, kind in states(shown) if name == "Webshop"} == {"repositories", "builds", "deployments"}

    def test_of_which_nothing_can_be_read_have_failed(self, site, link, show, connection, act):
        link({"kinds": ["commits"]})
        token = add_token(site, {"vso.build", "vso.release", "vso.project"})
        site.call("PUT", f"/api/connections/{connection['id']}/token", {"token": token})
        site.work_slow()
        assert show()["state"] == "failed"
        site.call("PUT", f"/api/connections/{connection['id']}/token", {"token": TOKENS["full"]})
        assert act("retry-failed").json()["state"] == "queued"
        site.work_slow()
        assert (show()["state"], kinds_held(site)) == ("done", {"commit"})


class TestWaiting:
    def test_a_dead_token_makes_all_of_it_wait_for_a_new_one(self, site, turns, show, started, connection):
        find_parts(site, turns)
        site.organization.expire_token(TOKENS["full"], LONG_AGO)
        due = work(site.services)
        assert due > site.services.now() + MINUTE / 2
        shown = show()
        assert (shown["state"], shown["waitsFor"]["code"], held(site)) == ("running", "token", {})
        assert len(set(errors(shown).values())) == 1
        assert site.services.connections.find_any(connection["id"]).token_state == "refused"
        fresh = add_token(site, {"app_token"})
        site.call("PUT", f"/api/connections/{connection['id']}/token", {"token": fresh})
        site.work_slow()
        assert (show()["state"], errors(show())) == ("done", {})
        assert kinds_held(site) == EVERYTHING

    def test_a_system_that_is_down_is_asked_again(self, site, show, started):
        readers = failing("commits", Unavailable("Azure DevOps", 503, "down"), times=3)
        due = work(site.services, readers)
        assert site.services.now() < due <= site.services.now() + 2000
        assert error_of(show(), "shop-web", "commits") == ("waiting", "Azure DevOps answered 503: down")
        assert states(show())["shop-web", "commits"] == "queued"
        for ahead in range(5):
            work(later(site, ahead * MINUTE), readers)
        assert (show()["state"], errors(show())) == ("done", {})

    def test_a_rate_limit_is_no_failed_attempt_and_holds_for_all(self, site, turns, show, started):
        def limited(road, window, cursor):
            raise RateLimited("Azure DevOps", 429, "slow down", retry_after=30)

        for ahead in range(4):
            due = work(later(site, ahead * MINUTE), dict.fromkeys(READERS, limited))
            assert 29_000 < due - site.services.now() - ahead * MINUTE <= 30_000
        assert show()["waitsFor"]["code"] == "rate_limited"
        assert len(errors(show())) == 4  # one try each time
        services = later(site, 4 * MINUTE)
        claims = iter(lambda: turns.claim(only_site(services).id, services.now()), None)
        assert {claim.attempts for claim in claims} == {0}

    def test_a_jira_that_is_down_holds_the_page_back(self, site, show, started):
        add_fault(site.jira, "/bulk", 503)
        work(site.services)
        assert held(site) == {}
        assert set(errors(show()).values()) == {"waiting"}
        requests.delete(f"{site.jira}/_control/faults", timeout=5).raise_for_status()
        for ahead in range(1, 12):
            work(later(site, ahead * MINUTE))
        assert show()["state"] == "done"
        assert kinds_held(site) == EVERYTHING


class TestNames:
    def test_a_rename_during_the_backfill_ends_with_the_new_name(self, site, turns, started):
        find_parts(site, turns)
        claim = turns.claim(only_site(site.services).id, site.services.now())
        assert claim.name == "shop-web"
        site.organization.rename_repository("shop-web", "shop-front")
        site.work()  # the event says so
        take_step(site.services, claim)  # and what was read under the old name comes after it
        services = later(site, LOOK_MILLISECONDS)
        while work(services) is not None:
            pass
        assert repository_names(site) == {"shop-front", "shop-api", "shop-infra"}


def repository_names(site):
    rows = site.site.snapshot()
    return {row["body"]["name"] for kinds in rows.values() for row in kinds.get("repository", {}).values()}


class TestUnlinking:
    def test_nothing_is_sent_after_it(self, site, projects, webshop, started, turns):
        def unlinking(road, window, cursor):
            reading = READERS["pullRequests"](road, window, cursor)
            assert reading.changes
            assert site.call("DELETE", f"{projects}/{webshop}").status_code == 200
            return reading

        assert work(site.services, {**READERS, "pullRequests": unlinking}) is None
        assert held(site) == {}
        assert site.call("GET", f"{projects}/{webshop}/backfill").status_code == 404

    def test_it_waits_for_what_is_being_sent(self, site, projects, webshop, started):
        answers = []
        unlink = threading.Thread(target=lambda: answers.append(site.call("DELETE", f"{projects}/{webshop}")))
        with open_link(site.services, started, "backfill-1") as still_open:
            assert still_open
            unlink.start()
            unlink.join(0.5)
            assert unlink.is_alive()
        unlink.join(20)
        assert answers[0].status_code == 200

    def test_a_closed_link_is_not_sent_for(self, site, started):
        site.services.queue.close_link(started.id, 60)
        with open_link(site.services, started, "backfill-1") as still_open:
            assert not still_open
        work(site.services)
        assert held(site) == {}

    def test_one_part_is_sent_by_one_worker(self, site, started):
        with (
            open_link(site.services, started, "backfill-1") as first,
            open_link(site.services, started, "backfill-1") as second,
            open_link(site.services, started, "backfill-2") as other,
        ):
            assert (first, second, other) == (True, False, True)

    def test_an_uninstalled_site_is_not_worked_for(self, site, started):
        site.services.installations.mark_uninstalled(started.installation_id, site.services.now())
        assert work(site.services) is None
        assert held(site) == {}


def test_live_events_pass_by(site, started):
    push_commit(site, started.project_id, "SHOP-19 now")
    assert list(held(site).values()) == [["SHOP-19"]]  # history waits in a place of its own
    site.work_slow()
    assert kinds_held(site) == EVERYTHING
    healthy(site)


def test_what_jira_refuses_is_counted(site, show, started):
    add_fault(site.jira, "/rest/devinfo/0.10/bulk", 400, method="POST", body={"errorMessages": ["no"]})
    site.work_slow()
    shown = show()
    refused = {(part["name"], part["kind"]): part["refused"] for part in shown["repositories"]}
    assert shown["state"] == "done"
    assert refused["shop-web", "pullRequests"] == 1
    assert refused["Webshop", "deployments"] == 0

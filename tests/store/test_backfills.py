"""Back-fills: their parts are taken in turn, by one worker at a time, and written down by whoever still has them."""

import threading
from dataclasses import replace

import pytest
from pydantic import SecretStr

from store.backfill_places import Gone, Place
from store.backfill_turns import LEASE_MILLISECONDS, LOOK_MILLISECONDS, BackfillTurns, Page
from store.backfills import Backfills, Ending, slot_names
from store.connections import Connections
from store.installations import Installations
from store.links import Links

NOW = 1_800_000_000_000
SINCE = "2026-05-23"
KINDS = ("pullRequests", "branches", "commits")
GONE = Ending("done", "gone", "It is gone.")


@pytest.fixture
def acme(engine, vault):
    return (
        Installations(engine, vault).save_connect("client-acme", "https://acme.atlassian.net", SecretStr("s"), NOW).id
    )


@pytest.fixture
def links(engine, vault):
    return Links(engine, vault)


@pytest.fixture
def add_link(engine, vault, acme, links):
    organization = Connections(engine, vault).add(
        acme, organization="fabrikam", organization_url="https://dev.azure.com/fabrikam",
        instance_id="7f1f7f1f-0000-4000-8000-000000000001", token=SecretStr("t"), problems=[], now=NOW,
    )  # fmt: skip
    return lambda name="project-1": links.add(acme, organization.id, name, ["commits"], NOW).id


@pytest.fixture
def link(add_link):
    return add_link()


@pytest.fixture
def backfills(engine):
    return Backfills(engine)


@pytest.fixture
def turns(engine):
    return BackfillTurns(engine)


@pytest.fixture
def started(backfills, acme, link):
    return backfills.start(acme, link, SINCE, NOW)


@pytest.fixture
def found(started, backfills, turns, acme, link):
    """A back-fill that knows its repositories: `web` and `api`, of three kinds each."""
    arrange(turns, acme, places("web", "api"))
    return backfills.find(link)


def places(*names, kinds=KINDS):
    return [Place(f"id-{name}", name, kind, "main") for name in names for kind in kinds]


def arrange(turns, acme, wanted, *, now=NOW, ending=None, there=None):
    claim = turns.claim(acme, now)
    assert claim.kind == "repositories"
    known = {place.repository_id for place in wanted} if there is None else there
    assert turns.arrange(claim, wanted, "Webshop", now, gone=Gone(frozenset(known), GONE), ending=ending)


def states(backfills, link):
    parts = backfills.list_parts(backfills.find(link).id)
    return {(part.name, part.kind): part.state for part in parts if part.kind != "repositories"}


def part_of(backfills, link, kind, name="web"):
    parts = backfills.list_parts(backfills.find(link).id)
    return next(part for part in parts if (part.name, part.kind) == (name, kind))


def take_all(turns, acme, *, now=NOW):
    """Read the last page of everything that is due, again and again; returns what was taken."""
    taken = []
    while claim := turns.claim(acme, now):
        taken.append((claim.name, claim.kind))
        if claim.kind == "repositories":
            turns.arrange(claim, [], claim.project, now, gone=None)
        else:
            turns.record(claim, Page(None, 3), now)
    return taken


def test_a_new_backfill_first_looks_for_repositories(backfills, turns, acme, link, started):
    kept = backfills.find(link)
    assert (kept.id, kept.since, kept.state, kept.started_at) == (started, SINCE, "queued", NOW)
    claim = turns.claim(acme, NOW)
    assert (claim.kind, claim.link_id, claim.since, claim.cursor) == ("repositories", link, SINCE, None)
    assert backfills.find(link).state == "running"


def test_there_is_one_backfill_of_a_link(backfills, acme, link, started):
    assert backfills.start(acme, link, SINCE, NOW + 5) == started
    assert len(backfills.list_parts(started)) == 1


def test_every_part_has_its_first_page_before_any_has_a_second(turns, acme, found):
    taken = []
    for number in range(8):
        claim = turns.claim(acme, NOW)
        taken.append((claim.name, claim.kind))
        turns.record(claim, Page(f"page-{number}", 10), NOW)
    first_pages = [(name, kind) for kind in KINDS for name in ("web", "api")]
    assert taken == [*first_pages, ("web", "pullRequests"), ("api", "pullRequests")]


def test_a_part_goes_on_from_its_cursor(backfills, turns, acme, link, found):
    claim = turns.claim(acme, NOW)
    assert (claim.name, claim.kind, claim.default_branch, claim.project) == ("web", "pullRequests", "main", "Webshop")
    assert turns.record(claim, Page("next", 10, refused=2, total=25), NOW + 1)
    part = part_of(backfills, link, "pullRequests")
    assert (part.state, part.done, part.total, part.refused) == ("queued", 10, 25, 2)
    for _other in range(5):
        turns.claim(acme, NOW + 1)
    again = turns.claim(acme, NOW + 1)
    assert (again.name, again.kind, again.cursor) == ("web", "pullRequests", "next")
    assert turns.record(again, Page(None, 5, refused=1), NOW + 2)
    part = part_of(backfills, link, "pullRequests")
    assert (part.state, part.done, part.total, part.refused) == ("done", 15, 15, 3)


def test_a_part_that_is_read_is_nobody_elses(turns, acme, found):
    taken = [turns.claim(acme, NOW) for _part in range(6)]
    assert len({claim.part_id for claim in taken}) == 6
    assert turns.claim(acme, NOW + LEASE_MILLISECONDS - 1) is None


def test_the_part_of_a_dead_worker_is_free_again_after_its_lease(turns, acme, found):
    lost = turns.claim(acme, NOW)
    for _other in range(5):
        turns.record(turns.claim(acme, NOW), Page(None, 1), NOW)
    taken = turns.claim(acme, NOW + LEASE_MILLISECONDS)
    assert (taken.part_id, taken.cursor) == (lost.part_id, lost.cursor)
    assert not turns.record(lost, Page("stale", 10), NOW + LEASE_MILLISECONDS)
    assert turns.record(taken, Page("fresh", 10), NOW + LEASE_MILLISECONDS)


def test_a_living_worker_keeps_its_part(turns, acme, found):
    claim = turns.claim(acme, NOW)
    for _other in range(5):
        turns.record(turns.claim(acme, NOW), Page(None, 1), NOW)
    assert turns.renew(claim, NOW + LEASE_MILLISECONDS - 1)
    assert turns.claim(acme, NOW + LEASE_MILLISECONDS) is None
    assert turns.record(claim, Page("page-2", 10), NOW + LEASE_MILLISECONDS)


def test_a_lost_part_is_not_kept(turns, acme, found):
    lost = turns.claim(acme, NOW)
    for _other in range(5):
        turns.record(turns.claim(acme, NOW), Page(None, 1), NOW)
    turns.claim(acme, NOW + LEASE_MILLISECONDS)
    assert not turns.renew(lost, NOW + LEASE_MILLISECONDS)


def test_workers_at_once_never_take_the_same_part(turns, acme, found):
    claims: list[int] = []

    def take():
        while len(claims) < 6:
            claim = turns.claim(acme, NOW)
            if claim:
                claims.append(claim.part_id)

    workers = [threading.Thread(target=take) for _worker in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)
    assert len(claims) == len(set(claims)) == 6


def test_links_of_a_site_take_turns(backfills, turns, acme, add_link, found):
    other = add_link("project-2")
    backfills.start(acme, other, SINCE, NOW)
    arrange(turns, acme, places("tools"))
    taken = [turns.claim(acme, NOW + 1 + number).name for number in range(6)]
    assert taken.count("tools") == 3


def test_another_sites_parts_are_never_taken(turns, found):
    assert turns.claim("another-site", NOW) is None
    assert turns.next_due("another-site") is None


def test_it_is_done_when_every_part_is_and_nothing_new_was_found(backfills, turns, acme, link, found):
    taken = take_all(turns, acme)
    assert taken[-1] == ("Webshop", "repositories")
    assert len(taken) == 7
    assert backfills.find(link).state == "done"
    assert turns.next_due(acme) is None


def test_a_repository_that_comes_meanwhile_is_read_too(backfills, turns, acme, link, found):
    for _part in range(6):
        turns.record(turns.claim(acme, NOW), Page(None, 1), NOW)
    arrange(turns, acme, places("web", "api", "docs"))
    assert backfills.find(link).state == "running"
    assert take_all(turns, acme)[:3] == [("docs", kind) for kind in KINDS]


def test_a_renamed_repository_has_its_new_name(backfills, turns, acme, link, found):
    renamed = [replace(place, name="shop") if place.name == "web" else place for place in places("web", "api")]
    arrange(turns, acme, renamed, now=NOW + LOOK_MILLISECONDS)
    assert turns.list_names(found.id) == {"id-web": "shop", "id-api": "api"}
    assert turns.claim(acme, NOW + LOOK_MILLISECONDS).name == "shop"


def test_the_parts_of_a_repository_that_is_gone_have_ended(backfills, turns, acme, link, found):
    arrange(turns, acme, places("api"), now=NOW + LOOK_MILLISECONDS)
    part = part_of(backfills, link, "commits")
    assert (part.state, part.error_code, part.error) == ("done", "gone", "It is gone.")
    assert states(backfills, link)["api", "commits"] == "queued"


def test_kinds_that_are_not_wanted_any_more_go(backfills, turns, acme, link, found):
    arrange(turns, acme, places("web", "api", kinds=("commits",)), now=NOW + LOOK_MILLISECONDS)
    assert set(states(backfills, link)) == {("web", "commits"), ("api", "commits")}


def test_a_place_with_nothing_to_read_ends_at_once(backfills, turns, acme, link, started):
    disabled = Ending("failed", "disabled", "Enable it.")
    arrange(turns, acme, [replace(place, ending=disabled) for place in places("web")])
    part = part_of(backfills, link, "commits")
    assert (part.state, part.error_code) == ("failed", "disabled")
    take_all(turns, acme)
    assert backfills.find(link).state == "done"


def test_it_failed_when_nothing_could_be_read_at_all(backfills, turns, acme, link, started):
    arrange(turns, acme, [], ending=Ending("failed", "permission", "No right."))
    assert backfills.find(link).state == "failed"
    assert turns.next_due(acme) is None


def test_a_failed_part_stops_none_of_the_others(backfills, turns, acme, link, found):
    turns.end(turns.claim(acme, NOW), Ending("failed", "permission", "x" * 400), NOW)
    take_all(turns, acme)
    part = part_of(backfills, link, "pullRequests")
    assert (part.state, part.error_code, len(part.error)) == ("failed", "permission", 300)
    assert backfills.find(link).state == "done"
    assert list(states(backfills, link).values()).count("done") == 5


def test_failed_parts_are_tried_again_from_where_they_stopped(backfills, turns, acme, link, found):
    turns.record(turns.claim(acme, NOW), Page("page-2", 10), NOW)
    take_all_but_web_pulls(turns, acme)
    assert backfills.find(link).state == "done"
    assert backfills.retry_failed(link, NOW)
    assert backfills.find(link).state == "queued"
    arrange(turns, acme, places("web", "api"))
    claim = turns.claim(acme, NOW)
    assert (claim.name, claim.kind, claim.cursor, claim.done) == ("web", "pullRequests", "page-2", 10)
    assert turns.claim(acme, NOW) is None


def take_all_but_web_pulls(turns, acme):
    while claim := turns.claim(acme, NOW):
        if claim.kind == "repositories":
            turns.arrange(claim, [], claim.project, NOW, gone=None)
        elif (claim.name, claim.kind) == ("web", "pullRequests"):
            turns.end(claim, Ending("failed", "permission", "No right."), NOW)
        else:
            turns.record(claim, Page(None, 1), NOW)


def test_a_part_that_left_entries_out_is_read_once_more(backfills, turns, acme, link, found):
    left_out = Ending("done", "incomplete", "Entries left out: 2.")
    turns.record(turns.claim(acme, NOW), Page("page-2", 10, 1), NOW)
    while claim := turns.claim(acme, NOW):
        if claim.kind == "repositories":
            turns.arrange(claim, [], claim.project, NOW, gone=None)
        else:
            lost = claim.refused
            turns.record(claim, Page(None, 1, lost, ending=left_out if lost else Ending("done")), NOW)
    assert (backfills.find(link).state, backfills.count_incomplete(backfills.find(link).id)) == ("done", 1)
    assert part_of(backfills, link, "pullRequests").error == left_out.detail

    assert backfills.retry_failed(link, NOW)

    assert backfills.count_incomplete(backfills.find(link).id) == 0
    arrange(turns, acme, places("web", "api"))
    claim = turns.claim(acme, NOW)
    assert (claim.name, claim.kind, claim.cursor, claim.done, claim.refused) == ("web", "pullRequests", None, 0, 0)
    assert turns.claim(acme, NOW) is None


def test_without_failed_parts_there_is_nothing_to_retry(backfills, link, found):
    assert not backfills.retry_failed(link, NOW)
    assert not backfills.retry_failed("no-such-link", NOW)


def test_a_part_waits_and_the_others_go_on(turns, acme, found):
    claim = turns.claim(acme, NOW)
    turns.wait(claim, "waiting", "It is down.", due=NOW + 5000, attempts=1, now=NOW, every=False)
    others = [turns.claim(acme, NOW) for _part in range(5)]
    assert claim.part_id not in {other.part_id for other in others}
    assert turns.next_due(acme) == NOW + 5000
    again = turns.claim(acme, NOW + 5000)
    assert (again.part_id, again.attempts) == (claim.part_id, 1)


def test_all_parts_wait_when_none_can_work(backfills, turns, acme, link, found):
    claim = turns.claim(acme, NOW)
    turns.wait(claim, "token", "Enter a new one.", due=NOW + 60_000, attempts=1, now=NOW, every=True)
    assert turns.claim(acme, NOW + 59_999) is None
    assert turns.next_due(acme) == NOW + 60_000
    assert backfills.find(link).state == "running"
    backfills.hasten(link, NOW + 1)
    assert turns.claim(acme, NOW + 1) is not None


def test_success_forgets_what_went_wrong_before(backfills, turns, acme, link, found):
    turns.wait(turns.claim(acme, NOW), "waiting", "It is down.", due=NOW + 1, attempts=4, now=NOW, every=False)
    assert part_of(backfills, link, "pullRequests").error_code == "waiting"
    again = next(claim for claim in iter(lambda: turns.claim(acme, NOW + 1), None) if claim.attempts)
    turns.record(again, Page("page-2", 1), NOW + 1)
    part = part_of(backfills, link, "pullRequests")
    assert (part.error_code, part.error, part.done) == (None, None, 1)


class TestPausing:
    def test_an_idle_one_is_paused_at_once(self, backfills, turns, acme, link, found):
        assert backfills.pause(link, NOW)
        assert backfills.find(link).state == "paused"
        assert set(states(backfills, link).values()) == {"paused"}
        assert turns.claim(acme, NOW + LOOK_MILLISECONDS) is None

    def test_a_page_that_is_being_read_still_ends(self, backfills, turns, acme, link, found):
        claim = turns.claim(acme, NOW)
        backfills.pause(link, NOW)
        assert backfills.find(link).state == "pausing"
        assert turns.record(claim, Page("page-2", 10), NOW)
        assert backfills.find(link).state == "paused"
        assert states(backfills, link)["web", "pullRequests"] == "paused"

    def test_a_last_page_that_is_being_read_still_ends(self, backfills, turns, acme, link, found):
        claim = turns.claim(acme, NOW)
        backfills.pause(link, NOW)
        turns.record(claim, Page(None, 10), NOW)
        assert (backfills.find(link).state, states(backfills, link)["web", "pullRequests"]) == ("paused", "done")

    def test_a_dead_worker_does_not_hold_it_up(self, backfills, turns, acme, link, found):
        turns.claim(acme, NOW)
        backfills.pause(link, NOW)
        assert turns.next_due(acme) == NOW + LEASE_MILLISECONDS
        turns.end_pauses(acme, NOW + LEASE_MILLISECONDS - 1)
        assert backfills.find(link).state == "pausing"
        turns.end_pauses(acme, NOW + LEASE_MILLISECONDS)
        assert backfills.find(link).state == "paused"

    def test_it_goes_on_where_it_was(self, backfills, turns, acme, link, found):
        turns.record(turns.claim(acme, NOW), Page("page-2", 10), NOW)
        backfills.pause(link, NOW)
        assert backfills.resume(link, NOW + 1)
        arrange(turns, acme, places("web", "api"), now=NOW + 1)
        assert set(states(backfills, link).values()) == {"queued"}
        part = part_of(backfills, link, "pullRequests")
        assert part.done == 10

    @pytest.mark.parametrize("action", ["pause", "resume"])
    @pytest.mark.usefixtures("found")
    def test_only_in_the_right_state(self, backfills, turns, acme, link, action):
        take_all(turns, acme)
        assert not getattr(backfills, action)(link, NOW)
        assert not getattr(backfills, action)("no-such-link", NOW)

    def test_a_paused_one_is_not_retried(self, backfills, turns, acme, link, found):
        turns.end(turns.claim(acme, NOW), Ending("failed", "permission", "No right."), NOW)
        backfills.pause(link, NOW)
        assert not backfills.retry_failed(link, NOW)

    def test_starting_it_again_resumes_it(self, backfills, acme, link, found):
        backfills.pause(link, NOW)
        backfills.start(acme, link, SINCE, NOW)
        assert backfills.find(link).state == "queued"


class TestStartingAgain:
    def test_the_same_day_changes_nothing_while_it_runs(self, backfills, turns, acme, link, found):
        turns.record(turns.claim(acme, NOW), Page("page-2", 10), NOW)
        backfills.start(acme, link, SINCE, NOW + 1)
        assert part_of(backfills, link, "pullRequests").done == 10

    def test_a_later_day_keeps_what_is_read(self, backfills, turns, acme, link, found):
        turns.record(turns.claim(acme, NOW), Page("page-2", 10), NOW)
        backfills.start(acme, link, "2026-10-01", NOW + 1)
        assert backfills.find(link).since == "2026-10-01"
        assert part_of(backfills, link, "pullRequests").done == 10

    def test_an_earlier_day_reads_from_the_beginning(self, backfills, turns, acme, link, found):
        turns.record(turns.claim(acme, NOW), Page(None, 10), NOW)
        assert backfills.start(acme, link, "2024-01-01", NOW + 1) == found.id
        kept = backfills.find(link)
        assert (kept.since, kept.state, kept.started_at) == ("2024-01-01", "queued", NOW + 1)
        part = part_of(backfills, link, "pullRequests")
        assert (part.state, part.done, part.total) == ("queued", 0, None)

    def test_one_that_has_ended_is_read_again(self, backfills, turns, acme, link, found):
        take_all(turns, acme)
        backfills.start(acme, link, SINCE, NOW + 1)
        arrange(turns, acme, places("web", "api"), now=NOW + 1)
        assert set(states(backfills, link).values()) == {"queued"}

    def test_a_page_that_was_read_for_the_old_day_is_not_written_down(self, backfills, turns, acme, link, found):
        claim = turns.claim(acme, NOW)
        backfills.start(acme, link, "2024-01-01", NOW + 1)
        assert not turns.record(claim, Page(None, 10), NOW + 1)
        arrange(turns, acme, places("web", "api"), now=NOW + 1)
        again = turns.claim(acme, NOW + 1)
        assert (again.part_id, again.turns) == (claim.part_id, claim.turns)  # the same turn, and not the same claim
        assert not turns.record(claim, Page(None, 10), NOW + 1)
        assert turns.record(again, Page(None, 10), NOW + 1)

    def test_new_kinds_are_looked_for_and_the_rest_stays(self, backfills, turns, acme, link, found):
        take_all(turns, acme)
        backfills.look_again(link, NOW + 1)
        assert backfills.find(link).state == "queued"
        arrange(turns, acme, places("web", "api", kinds=(*KINDS, "builds")), now=NOW + 1)
        assert [turns.claim(acme, NOW + 1).kind for _part in range(2)] == ["builds", "builds"]
        assert list(states(backfills, link).values()).count("done") == 6


def test_unlinking_takes_the_backfill_along(backfills, turns, links, acme, found):
    claim = turns.claim(acme, NOW)
    link = found.link_id
    links.delete(link)
    assert backfills.find(link) is None
    assert backfills.list_parts(found.id) == []
    assert not turns.record(claim, Page("page-2", 10), NOW)
    assert turns.next_due(acme) is None


def test_sites_with_work_are_known(backfills, turns, acme, link, found):
    assert backfills.list_waiting_sites() == [acme]
    take_all(turns, acme)
    assert backfills.list_waiting_sites() == []


def test_what_moves_is_noted(backfills, turns, acme, link, found):
    claim = turns.claim(acme, NOW + 1000)
    assert backfills.find(link).changed_at == NOW
    turns.record(claim, Page("page-2", 1), NOW + 2000)
    assert backfills.find(link).changed_at == NOW + 2000


def test_a_site_has_four_slots():
    assert slot_names("site-1") == ("site-1#0", "site-1#1", "site-1#2", "site-1#3")

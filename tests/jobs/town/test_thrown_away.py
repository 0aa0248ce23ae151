"""Commits that are thrown away while history is read do not stay in Jira."""

from dataclasses import replace
from datetime import timedelta

import pytest

from clients.ado_git import COMMIT_PAGE
from domain.changes import Change, Entity, Removal
from jobs.devinfo import send_changes
from jobs.history import READERS, Window
from jobs.history_commits import PAGES_AT_ONCE
from sandbox.ado_clock import utc_now
from store.marks import WHOLE
from tests.app.actions import list_calls
from tests.jobs.history_rig import BEGINNING, read_all, road_of, window_of
from tests.jobs.reconcile_rig import KEY, connect, link_project, live_earlier, reconcile, silence

BRANCHES = [f"topic-{number}" for number in range(PAGES_AT_ONCE + 2)]


@pytest.fixture
def ledger(site, linked):
    """A repository with more commits than a page has, and branches with one commit of their own; nobody told of it."""
    site.organization.subscriptions.clear()
    made = site.organization.create_repository("shop-ledger", "Webshop")
    site.organization.plant_commits(made, COMMIT_PAGE + 5, template="nothing {number}")
    for branch in BRANCHES:
        site.organization.push(made, [f"{KEY} on {branch}"], branch=branch, base="main")
    return made


def import_commits(site, between):
    """Read the commits page by page as a back-fill does and send each page; `between` is called after every page."""
    road, cursor, page = road_of(site, "backfill"), None, 0
    found: list[Change] = []
    repository = window_of(site, "shop-ledger").require_repository()
    while True:
        window = Window(repository, BEGINNING, site.services.now() - 2_000)
        reading = READERS["commits"](road, window, cursor)
        send_changes(reading.changes, road)
        found += reading.changes
        cursor, page = reading.cursor, page + 1
        if cursor is None:
            return found
        between(page)


def messages(site, key=KEY):
    return {commit["message"] for commit in site.site.panel(key).get("commits", ())}


def told(*branches):
    return {f"{KEY} on {branch}" for branch in branches}


@pytest.mark.parametrize("after", [1, 2])
def test_what_was_thrown_away_on_the_way_is_taken_back(site, ledger, after):
    def work(page):
        if page == after:
            for branch in BRANCHES[1:]:
                site.organization.force_push(ledger, ["something else"], branch=branch)

    import_commits(site, work)
    assert messages(site) & told(*BRANCHES) == told(BRANCHES[0])


def test_what_lies_on_another_branch_or_on_a_deleted_one_stays(site, ledger):
    organization = site.organization

    def work(page):
        if page == 1:
            organization.push(ledger, ["on top"], branch="kept", base=BRANCHES[0])
            organization.force_push(ledger, ["something else"], branch=BRANCHES[0])
            organization.push(ledger, ["went on"], branch=BRANCHES[1])
            organization.delete_branch(ledger, BRANCHES[2])

    import_commits(site, work)
    assert messages(site) & told(*BRANCHES) == told(*BRANCHES)


def test_every_page_is_told_as_of_the_moment_at_which_the_branches_were_noted(site, ledger):
    began = site.services.now()
    found = import_commits(site, lambda page: None)
    (sequence,) = {change.sequence for change in found if isinstance(change, Entity)}
    assert began - 2_000 <= sequence <= site.services.now() - 2_000


def test_what_was_told_to_be_gone_since_is_not_brought_back_by_a_later_page(site, ledger):
    road = road_of(site, "live")
    window = replace(window_of(site, "shop-ledger"), observed=site.services.now() - 5_000)

    def work(page):
        if page == 1:  # its branch still has it, so that the end of the walk takes nothing back
            lost = next(one for one in read_all("commits", road, window) if one.body["message"] in told(BRANCHES[-1]))
            send_changes([lost], road)
            send_changes([Removal("commit", lost.id, site.services.now(), ledger.id)], road)

    import_commits(site, work)
    assert messages(site) & told(*BRANCHES) == told(*BRANCHES[:-1])


def test_an_end_that_was_collected_does_not_keep_what_others_lost(site, ledger):
    organization = site.organization

    def work(page):
        if page == 1:
            gone = ledger.refs[f"refs/heads/{BRANCHES[0]}"]
            for branch in BRANCHES[:3]:
                organization.force_push(ledger, ["something else"], branch=branch)
            del ledger.commits[gone]

    import_commits(site, work)
    assert messages(site) & told(*BRANCHES) == told(*BRANCHES[3:])


def test_reading_in_one_page_looks_at_the_branches_once(site, linked):
    window = window_of(site, "shop-web")
    before = len(list_calls(site.ado, "GET", "stats/branches"))
    read_all("commits", road_of(site, "backfill"), window)
    assert len(list_calls(site.ado, "GET", "stats/branches")) - before == 1


def test_reconciliation_takes_back_what_history_brought_after_it_was_thrown_away(open_town):
    town = open_town
    live_earlier(town)
    link = link_project(town, connect(town))
    town.work()
    organization, services = town.organization, town.services
    assert services is not None
    organization.push("shop-web", ["base"], branch="topic")
    town.work()
    with silence(town):
        organization.push("shop-web", [f"{KEY} thrown away"], branch="topic")
        road = road_of(town, "backfill")
        repository = window_of(town, "shop-web").require_repository()
        window = Window(repository, utc_now() - timedelta(hours=1), services.now() - 4_000)
        changes = read_all("commits", road, window)
        organization.force_push("shop-web", ["better"], branch="topic")
        send_changes(changes, road)
    assert messages(town) == {f"{KEY} thrown away"}
    services.marks.move(link.id, "asked", WHOLE, services.now())
    reconcile(town, link)
    assert messages(town) == set()

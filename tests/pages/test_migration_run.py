"""A run of a migration as people start, follow and steer it, in a real browser with workers at work."""

import json
import re

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, Route, expect

from app.migrating import start_run
from sandbox.jira_migration import count_things
from store.runs import RunProblem, Waiting
from tests.pages.migration_fixtures import town, whole_town
from tests.pages.migration_rig import MigrationTown

__all__ = ["town", "whole_town"]

pytestmark = pytest.mark.browser

# One of the hard cases has comments by the hundred, which Jira takes at its own pace only
QUICK = {"comments": False, "attachments": True, "links": True}
LONG = 60_000  # milliseconds; a run of the small project takes a few seconds


def run_card(frame: FrameLocator, name: str = "Full run") -> Locator:
    return frame.get_by_role("region", name=name)


def start(frame: FrameLocator, kind: str, action: str) -> None:
    frame.get_by_role("radio", name=re.compile(f"^{kind}")).check()
    frame.get_by_role("button", name="Start…").click()
    frame.get_by_role("dialog").get_by_role("button", name=action).click()


def test_a_sample_is_confirmed_followed_and_reported(town: MigrationTown, page: Page) -> None:
    project = town.project()
    migration = town.reach("mapped", project)
    frame = town.open_page(page, f"{migration}/run")
    frame.get_by_role("button", name="Start…").click()
    dialog = frame.get_by_role("dialog", name=f"Write a sample into {project.key}?")
    expect(dialog).to_contain_text(f"reads from acme, project Webshop, and writes into the Jira project {project.key}")
    expect(dialog).to_contain_text("Nothing is written to Azure DevOps.")
    dialog.get_by_role("button", name="Start the sample").click()

    card = run_card(frame, "Sample run")
    expect(card.get_by_role("heading", name="Sample run")).to_be_focused()
    expect(card.get_by_role("link", name="Open the report")).to_be_visible(timeout=LONG)
    items = card.get_by_role("listitem").filter(has_text="Make the issues")
    made = count_things(town.site, project.key)["issues"]
    assert made > 10
    expect(items).to_contain_text(f"{made} of {made}")
    expect(card).to_contain_text(f"{made} created")
    expect(frame.locator("#status")).to_have_text("Done.")
    card.get_by_role("link", name="Open the report").click()
    expect(frame.get_by_role("heading", name="Report", exact=True)).to_be_focused()


def test_everything_is_confirmed_with_its_numbers(town: MigrationTown, page: Page) -> None:
    migration = town.reach("mapped")
    scan = town.ask("GET", f"/api/migrations/{migration}/scan")
    frame = town.open_page(page, f"{migration}/run")
    frame.get_by_role("radio", name="Everything").check()
    frame.get_by_role("button", name="Start…").click()
    dialog = frame.get_by_role("dialog")
    expect(dialog).to_contain_text(f"up to {scan['items']} issues")
    expect(dialog).to_contain_text(f"up to {scan['comments']} comments")
    expect(dialog).to_contain_text(f"up to {scan['attachments']['count']} files")
    page.keyboard.press("Escape")
    expect(frame.get_by_role("button", name="Start…")).to_be_focused()
    assert town.ask("GET", f"/api/migrations/{migration}/runs")["items"] == []


def test_a_run_is_paused_resumed_and_cancelled(town: MigrationTown, page: Page) -> None:
    migration = town.reach("mapped")
    with town.resting():
        run = start_resting(town, migration)
        frame = town.open_page(page, f"{migration}/run")
        card = run_card(frame)
        expect(card).to_contain_text("Waiting for its turn")
        expect(card).to_contain_text("You may close this page: workers go on without it.")
        card.get_by_role("button", name="Pause").click()
        expect(card).to_contain_text("Nothing is written until somebody resumes the run.")
        assert state_of(town, run) == "paused"
        card.get_by_role("button", name="Resume").click()
        expect(card.get_by_role("button", name="Pause")).to_be_visible()
        assert state_of(town, run) == "queued"
        card.get_by_role("button", name="Cancel the run").click()
        frame.get_by_role("dialog").get_by_role("button", name="Cancel the run").click()
        expect(card).to_contain_text("Cancelled")
        assert state_of(town, run) == "cancelled"
    expect(frame.get_by_role("button", name="Start…")).to_be_visible(timeout=LONG)


def start_resting(town: MigrationTown, migration: str) -> str:
    """A run that no worker begins, so none could answer the check before it either."""
    found = town.opened.migrations.find(migration)
    assert found is not None
    return start_run(town.opened, found, "full")


def state_of(town: MigrationTown, run: str) -> str:
    return str(town.ask("GET", f"/api/runs/{run}")["state"])


def test_a_second_run_into_the_same_project_is_refused_in_words(town: MigrationTown, page: Page) -> None:
    project = town.project()
    first, second = town.reach("mapped", project), town.reach("mapped", project)
    run = town.run(first)
    town.ask("POST", f"/api/runs/{run}/pause")
    frame = town.open_page(page, f"{second}/run")
    start(frame, "Everything", "Start the run")
    dialog = frame.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_contain_text("into this Jira project")
    assert town.ask("GET", f"/api/migrations/{second}/runs")["items"] == []
    town.ask("POST", f"/api/runs/{run}/cancel")


def test_a_run_that_would_fail_is_not_started(town: MigrationTown, page: Page) -> None:
    migration = town.reach("mapped")
    document = town.mapping(migration)
    document["types"][0]["target"] = "99999"
    town.ask("PUT", f"/api/migrations/{migration}/mapping", document | {"waivers": []})
    frame = town.open_page(page, f"{migration}/run")
    start(frame, "Sample", "Start the sample")
    expect(frame.get_by_role("dialog").get_by_role("alert")).to_contain_text("unknown_type")


def test_what_a_run_waits_for_and_finds_is_told(town: MigrationTown, page: Page) -> None:
    migration = town.reach("mapped")
    with town.resting():
        run = start_resting(town, migration)
        frame = town.open_page(page, f"{migration}/run")
        card = run_card(frame)
        expect(card).to_contain_text("Waiting for its turn")
        until = town.opened.now() + 3_600_000
        town.opened.runs.put_waiting(run, Waiting("Jira asked to wait.", until))
        problem = RunProblem("file_too_large", "warning", "One file is too large.", 1, "files", "", (7,))
        town.opened.runs.put_problems(run, "files", [problem])
        expect(card).to_contain_text("Jira asked to wait. Crosswalk tries again at")
        found = card.get_by_role("listitem").filter(has_text="One file is too large.")
        expect(found.get_by_role("link")).to_have_attribute("href", re.compile("/_workitems/edit/7$"))
        expect(frame.locator("#status")).to_contain_text("Jira asked to wait.")
    town.ask("POST", f"/api/runs/{run}/cancel")


def test_where_events_do_not_pass_the_page_asks_and_says_so(town: MigrationTown, page: Page) -> None:
    migration = town.reach("mapped")
    page.route("**/events", lambda route: route.abort())
    with town.resting():
        run = start_resting(town, migration)
        frame = town.open_page(page, f"{migration}/run")
        card = run_card(frame)
        expect(card).to_contain_text("so this page asks every five seconds")
        expect(card).to_contain_text("Waiting for its turn")
    town.ask("POST", f"/api/runs/{run}/cancel")
    expect(card).to_contain_text("Cancelled")


def test_a_stream_that_ends_is_taken_up_where_it_ended(town: MigrationTown, page: Page) -> None:
    migration = town.reach("mapped")
    seen: list[str | None] = []

    def cut_first(route: Route) -> None:
        seen.append(route.request.headers.get("last-event-id"))
        if len(seen) > 1:
            return route.continue_()
        body = f"event: progress\nid: mark-1\ndata: {json.dumps(told)}\n\nevent: progress\nid: ma"
        return route.fulfill(status=200, content_type="text/event-stream", body=body)

    with town.resting():
        run = start_resting(town, migration)
        told = town.ask("GET", f"/api/runs/{run}") | {"state": "running"}
        page.route("**/events", cut_first)
        frame = town.open_page(page, f"{migration}/run")
        expect(run_card(frame)).to_contain_text("Running")
        expect(run_card(frame)).to_contain_text("Waiting for its turn")
        assert seen == [None, "mark-1"]
    town.ask("POST", f"/api/runs/{run}/cancel")


def test_a_page_that_gets_no_answer_says_that_it_is_not_up_to_date(town: MigrationTown, page: Page) -> None:
    migration = town.reach("done", options=QUICK)

    def refuse(route: Route) -> None:
        route.fulfill(status=503, json={"detail": "The database cannot be reached."})

    page.route(re.compile(r"/api/runs/[^/]+(/events)?$"), refuse)
    frame = town.open_page(page, f"{migration}/run")
    expect(frame.get_by_text("The database cannot be reached. What is shown is not up to date.")).to_be_visible()


def test_an_earlier_run_is_looked_at_again(town: MigrationTown, page: Page) -> None:
    migration = town.reach("done", options=QUICK)
    town.run(migration, "sample")
    town.await_run(migration)
    frame = town.open_page(page, f"{migration}/run")
    expect(run_card(frame, "Sample run")).to_be_visible()
    frame.get_by_role("button", name=re.compile("^Show: full run")).click()
    expect(run_card(frame)).to_be_visible()
    expect(run_card(frame).get_by_role("heading", name="Full run")).to_be_focused()
    frame.get_by_role("button", name=re.compile("^Report: sample run")).click()
    expect(frame.get_by_text("Sample run, done")).to_be_visible()

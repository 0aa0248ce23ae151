"""The check and the preview of a migration: what would go wrong, and what Jira would get, before the first write."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page, Route, expect

from sandbox.jira_migration import count_things
from tests.pages.migration_fixtures import town, whole_town
from tests.pages.migration_rig import MigrationTown

__all__ = ["town", "whole_town"]

pytestmark = pytest.mark.browser

UNKNOWN = "unknown_type"
# A document as somebody might want it who means harm, and what is seen of it
RICH = """async () => {
  const { showDocument, plainText } = await import(new URL("../static/migration_preview_text.js", location.href));
  const text = (words, ...marks) => ({ type: "text", text: words, marks });
  const link = (href) => ({ type: "link", attrs: { href } });
  const shown = showDocument({ type: "doc", content: [
    { type: "heading", attrs: { level: 1 }, content: [text("Title")] },
    { type: "paragraph", content: [
      text("bold", { type: "strong" }), text("<img src=x onerror=alert(1)>"), text("bad", link("javascript:alert(1)")),
      text("good", link("https://example.com/")), { type: "mention", attrs: { text: "@Ada" } } ] },
    { type: "table", content: [{ type: "tableRow", content: [
      { type: "tableHeader", content: [{ type: "paragraph", content: [text("cell")] }] }] }] },
    { type: "newInJira", content: [{ type: "paragraph", content: [text("inner")] }] },
    { type: "unknownLeaf" },
  ] });
  const harm = "<script>alert(1)</script><img src=x onerror=alert(1) alt=pic>";
  const plain = plainText(`<p>one</p><ul><li>two</li></ul>${harm}`);
  return { html: shown.innerHTML, plain, kept: plainText("a < b and <c>") };
}"""


def break_mapping(town: MigrationTown, migration: str) -> None:
    """A mapping that names an issue type which the project does not have."""
    document = town.mapping(migration)
    document["types"][0]["target"] = "99999"
    town.ask("PUT", f"/api/migrations/{migration}/mapping", document | {"waivers": []})


def verdict(frame: FrameLocator, words: str) -> None:
    expect(frame.get_by_role("heading", name=words)).to_be_visible()


def test_an_error_is_told_waived_by_name_and_counts_again(town: MigrationTown, page: Page) -> None:
    migration = town.reach("mapped")
    break_mapping(town, migration)
    frame = town.open_page(page, f"{migration}/check")

    verdict(frame, "error keeps the run from starting")
    errors = frame.get_by_role("region", name="1 error", exact=True)
    expect(errors).to_contain_text("Map it to an issue type of the project.")
    errors.get_by_role("button", name=f"Waive {UNKNOWN}").click()
    frame.get_by_role("dialog").get_by_role("button", name="Waive", exact=True).click()

    verdict(frame, "The run may start")
    expect(frame.locator("#status")).to_have_text("The run may start.")
    expect(errors).to_contain_text("Waived")
    assert UNKNOWN in town.mapping(migration)["waivers"]
    errors.get_by_role("button", name=f"Take the waiver back {UNKNOWN}").click()
    verdict(frame, "error keeps the run from starting")
    assert town.mapping(migration)["waivers"] == []


def test_what_a_person_decides_against_is_not_waived(town: MigrationTown, page: Page) -> None:
    migration = town.reach("mapped")
    break_mapping(town, migration)
    frame = town.open_page(page, f"{migration}/check")
    waive = frame.get_by_role("button", name=f"Waive {UNKNOWN}")
    waive.focus()
    page.keyboard.press("Enter")
    expect(frame.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(frame.get_by_role("dialog")).to_be_hidden()
    expect(waive).to_be_focused()
    assert town.mapping(migration)["waivers"] == []


def test_warnings_have_examples_and_lead_to_their_row_of_the_mapping(town: MigrationTown, page: Page) -> None:
    migration = town.reach("mapped")
    frame = town.open_page(page, f"{migration}/check")
    people = frame.locator("li.finding", has_text="unmapped_person")
    expect(people).to_contain_text("Map the person to an account")
    example = people.get_by_role("link").first
    number = re.match(r"\d+", example.inner_text())
    assert number is not None
    expect(example).to_have_attribute("href", f"{town.organization_url}/_workitems/edit/{number[0]}")
    people.get_by_role("button", name="Go to the mapping").click()
    expect(frame.get_by_role("heading", name="Mapping", exact=True)).to_be_visible()
    expect(frame.get_by_role("heading", name="People")).to_be_focused()


def test_an_error_leads_to_its_row_and_says_there_what_is_wrong(town: MigrationTown, page: Page) -> None:
    migration = town.reach("mapped")
    break_mapping(town, migration)
    frame = town.open_page(page, f"{migration}/check")
    frame.locator("li.finding", has_text=UNKNOWN).get_by_role("button", name="Go to the mapping").click()
    kind = town.mapping(migration)["types"][0]["source"]
    control = frame.get_by_label(f"{kind} becomes", exact=True)
    expect(control).to_be_focused()
    expect(control).to_have_accessible_description(re.compile("has no issue type 99999"))


def test_a_check_that_takes_long_is_asked_for_again_by_itself(town: MigrationTown, page: Page) -> None:
    migration = town.reach("mapped")
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.method)
        if len(asked) == 1:
            route.fulfill(status=503, json={"code": "worker_slow", "detail": "The worker is reading."})
        else:
            route.continue_()

    page.route("**/check", answer)
    frame = town.open_page(page, f"{migration}/check")
    verdict(frame, "The run may start")
    assert asked == ["POST", "POST"]


def test_what_a_check_is_doing_is_told_to_those_who_listen(town: MigrationTown, page: Page) -> None:
    migration = town.reach("mapped")
    town.working.clear()
    frame = town.open_page(page, f"{migration}/check")
    said = frame.locator("#status")
    expect(said).to_have_text(re.compile("^A worker reads the Jira project"))
    expect(frame.get_by_role("button", name="Check again")).to_have_attribute("aria-disabled", "true")
    town.working.set()
    expect(said).to_have_text("The run may start.")


def test_a_check_that_nobody_answers_is_told_and_tried_again(town: MigrationTown, page: Page) -> None:
    migration = town.reach("mapped")
    page.route(
        "**/check",
        lambda route: route.fulfill(status=503, json={"code": "no_worker", "detail": "No worker has taken this up."}),
    )
    frame = town.open_page(page, f"{migration}/check")
    expect(frame.get_by_role("alert").filter(has_text="No worker has taken this up.")).to_be_visible()
    page.unroute("**/check")
    frame.get_by_role("button", name="Check again").click()
    verdict(frame, "The run may start")


def show_preview(frame: FrameLocator) -> None:
    frame.get_by_role("button", name="Show the preview").click()
    verdict(frame, "Nothing was written")


def test_a_preview_shows_what_jira_would_get_and_writes_nothing(town: MigrationTown, page: Page) -> None:
    project = town.project()
    migration = town.reach("mapped", project)
    frame = town.open_page(page, f"{migration}/preview")
    show_preview(frame)
    shown = town.ask("POST", f"/api/migrations/{migration}/dry-run", {"perType": 2})["items"]
    cards = frame.locator(".draft")
    expect(cards).to_have_count(len(shown))
    first, card = shown[0], cards.first
    expect(card.get_by_role("heading", level=3)).to_contain_text(first["source"]["title"])
    expect(card).to_contain_text(f"Becomes {first['issueType']}")
    card.get_by_text("The exact body that Jira would get").click()
    field = card.get_by_label(f"JSON of the issue for work item {first['source']['id']}", exact=True)
    assert json.loads(field.input_value()) == first["issue"]
    card.get_by_role("button", name="Copy").click()
    expect(card.get_by_role("status")).to_contain_text("Copied")
    losses = [note for note in first["notes"] if note["code"] not in ("", "dropped")]
    expect(card.get_by_text("Lost:")).to_have_count(len(losses))
    assert count_things(town.site, project.key)["issues"] == 0


def test_chosen_work_items_are_previewed_and_a_missing_one_is_told(town: MigrationTown, page: Page) -> None:
    migration = town.reach("mapped")
    frame = town.open_page(page, f"{migration}/preview")
    numbers = frame.get_by_label("Or only these numbers")
    numbers.fill("3, x")
    frame.get_by_role("button", name="Show the preview").click()
    expect(numbers).to_have_accessible_description(re.compile("“x” is not the number of a work item"))
    expect(numbers).to_be_focused()
    numbers.fill(" 3 9999999 ")
    page.keyboard.press("Enter")
    verdict(frame, "Nothing was written")
    cards = frame.locator(".draft")
    expect(cards).to_have_count(2)
    expect(cards.last).to_contain_text("There is no such work item in the project")


def test_a_preview_that_fails_says_why(town: MigrationTown, page: Page) -> None:
    migration = town.reach("mapped")
    refusal = {"detail": "Azure DevOps does not answer."}
    page.route("**/dry-run", lambda route: route.fulfill(status=502, json=refusal))
    frame = town.open_page(page, f"{migration}/preview")
    frame.get_by_role("button", name="Show the preview").click()
    expect(frame.get_by_role("alert").filter(has_text="Azure DevOps does not answer.")).to_be_visible()
    page.unroute("**/dry-run")
    show_preview(frame)


def test_texts_of_work_items_never_become_markup_of_the_page(town: MigrationTown, page: Page) -> None:
    migration = town.reach("made")
    town.open_page(page, f"{migration}/scan")
    shown: dict[str, Any] = page.frames[1].evaluate(RICH)
    assert "&lt;img src=x onerror=alert(1)&gt;" in shown["html"]
    assert "<img" not in shown["html"]
    assert "javascript:" not in shown["html"]
    assert '<a href="https://example.com/" target="_blank" rel="noopener noreferrer">good' in shown["html"]
    assert "<strong>bold</strong>" in shown["html"]
    assert '<div role="heading" aria-level="4" class="rich-heading">Title</div>' in shown["html"]
    assert "<th><p>cell</p></th>" in shown["html"]
    assert "@Ada" in shown["html"]
    assert "<p>inner</p>" in shown["html"]
    assert "[unknownLeaf]" in shown["html"]
    assert shown["plain"] == "one\ntwo\n\n[picture: pic]"
    assert shown["kept"] == "a < b and <c>"

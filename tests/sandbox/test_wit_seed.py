"""Planned work items of the stand-in: the same at every reading, cheap at any number, and every hard case."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.ado import AdoOrganization
from sandbox.ado_errors import AdoError
from sandbox.ado_seed import PEOPLE as FIRST_PEOPLE
from sandbox.wit_model import ARTIFACT, ATTACHED, HYPERLINK, PARENT, WorkItem
from sandbox.wit_oddities import BIG_FILE, ODDITIES
from sandbox.wit_plan import Amounts
from sandbox.wit_relations import is_remote, opposite_end
from sandbox.wit_rows import QUICK, PlannedRow
from sandbox.wit_seed import SEED_UNTIL
from sandbox.wit_templates import load_processes
from sandbox.wit_texts import make_title
from sandbox.wit_values import read_values
from tests.sandbox.wit_rig import small_organization

JIRA_TEXT = 32_767


def made(template: str = "Agile", count: int = 120, **amounts: Any) -> AdoOrganization:
    organization = small_organization(4 if amounts.get("extras") else 0)
    organization.seed_work_items("Webshop", count, template, **amounts)
    return organization


def items_of(organization: AdoOrganization) -> list[WorkItem]:
    return [organization.work.find(number) for number in organization.work.ids()]


@pytest.fixture(scope="module")
def odd() -> Iterator[AdoOrganization]:
    organization = made("Agile", 80, oddities=True, extras=True)
    yield organization
    organization.stop()


def titled(organization: AdoOrganization, title: str) -> WorkItem:
    kept = organization.work.kept.values()
    return next(item for item in kept if str(item.value("System.Title")).startswith(title))


@pytest.mark.parametrize("template", list(load_processes()))
def test_every_value_that_is_read_quickly_is_that_of_the_whole_item(template: str) -> None:
    organization = made(template, 200)
    (plan,) = organization.work.plans
    for number in range(plan.first, plan.first + plan.count):
        whole, row = (
            read_values(organization.work, organization.work.find(number)),
            PlannedRow(organization.work, plan, number),
        )
        assert {ref: row.value(ref) for ref in QUICK} == {ref: whole.get(ref) for ref in QUICK}


@pytest.mark.parametrize("template", list(load_processes()))
def test_every_planned_item_fits_its_type(template: str) -> None:
    organization = made(template, 200, extras=True)
    types = load_processes()[template].types
    seen: set[str] = set()
    for item in items_of(organization):
        kind = types[item.type]
        seen.add(kind.name)
        assert kind.disabled is False
        for update in item.updates:
            assert set(update.fields) <= set(kind.fields)
            assert "System.State" not in update.fields or kind.find_state(update.fields["System.State"])
        assert all(item.value(ref) is not None for ref in kind.required)
    assert len(seen) >= 4


@pytest.mark.parametrize("template", list(load_processes()))
def test_links_are_on_both_ends_and_make_no_circle(template: str) -> None:
    items = {item.id: item for item in items_of(made(template, 130, links=3))}
    for item in items.values():
        for one in item.relations_at():
            if one.links_items:
                back = items[int(one.target)].relations_at()
                assert (opposite_end(one.rel), item.id) in {(other.rel, other.target) for other in back}
        parents = [one.target for one in item.relations_at() if one.rel == PARENT]
        assert len(parents) <= 1
    for item in items.values():
        chain, at = [item.id], item
        while above := next((int(one.target) for one in at.relations_at() if one.rel == PARENT), None):
            assert above not in chain
            chain.append(above)
            at = items[above]


def test_the_same_arguments_give_the_same_items_and_another_seed_others() -> None:
    first, second, other = made(count=40), made(count=40), made(count=40, seed=2)
    assert [read_values(first.work, item).keys() for item in items_of(first)] == [
        read_values(second.work, item).keys() for item in items_of(second)
    ]
    dates = [[update.date for item in items_of(one) for update in item.updates] for one in (first, second, other)]
    assert dates[0] == dates[1] != dates[2]


def test_amounts_are_exact() -> None:
    organization = made(count=200, comments=3, links=2, attachments=0.2)
    shown = organization.count_work_items("Webshop")
    assert (shown["items"], shown["comments"], shown["attachments"]) == (200, 600, 40)
    hierarchy = shown["relations"][PARENT]
    assert shown["links"] - hierarchy == 199 + 193
    assert made(count=50, comments=0, links=0, attachments=0).count_work_items("Webshop")["comments"] == 0


def test_dates_lie_in_the_span_and_grow_with_ids() -> None:
    organization = small_organization()
    organization.seed_work_items("Webshop", 50, since="2025-01-01", until="2025-03-01")
    items = items_of(organization)
    created = [item.updates[0].date for item in items]
    assert created == sorted(created)
    assert f"{created[0]:%Y-%m}" == "2025-01"
    assert max(update.date for item in items for update in item.updates) <= created[-1].replace(month=3, day=1)
    for item in items:
        dates = [update.date for update in item.updates]
        assert dates == sorted(dates)
        assert [update.rev for update in item.updates] == sorted(update.rev for update in item.updates)


def test_extras_add_other_relations_and_images() -> None:
    plain, rich = (Counter(one.rel for item in items_of(made(count=90, extras=extras)) for one in item.relations_at())
                   for extras in (False, True))  # fmt: skip
    assert plain[HYPERLINK] == plain[ARTIFACT] == 0
    assert rich[HYPERLINK] == 9
    assert rich[ARTIFACT] == 13


def test_a_planned_item_is_kept_from_its_first_change_on() -> None:
    organization = made(count=30)
    assert organization.work.kept == {}
    organization.edit_work_item(7, {"Title": "Changed"})
    assert list(organization.work.kept) == [7]
    assert organization.work.find(7).value("System.Title") == "Changed"
    assert organization.work.find(8).value("System.Title") == make_title(8)


def test_two_projects_have_their_own_items_and_processes() -> None:
    organization = made(count=30)
    organization.seed_work_items("Platform Tools", 20, "Scrum")
    assert [item.project.name for item in items_of(organization)] == ["Webshop"] * 30 + ["Platform Tools"] * 20
    assert organization.count_work_items("Platform Tools")["types"]["Product Backlog Item"] > 0
    comments = [comment.id for item in items_of(organization) for comment in item.comments]
    assert len(set(comments)) == len(comments) == 100
    organization.create_work_item("Webshop", "Task", {"Title": "Next"})
    assert organization.work.last_id == 51


def test_planned_items_take_a_few_bytes_each() -> None:
    """What is kept is the order of their revisions: no work item, no text."""
    organization = made(count=20_000)
    work = organization.work
    assert work.kept == {}
    assert len(work.revisions) < 20_000 * 6
    assert sum(1 for _ in work.ids(19_990)) == 11
    assert work.find(20_000).value("System.Title") == make_title(20_000)


def test_people_of_all_kinds_work_there(odd: AdoOrganization) -> None:
    names = [user.name for user in odd.users.values()]
    assert len(names) == len(FIRST_PEOPLE) + 8
    assert [name for name, number in Counter(names).items() if number == 2] == ["Sam Taylor"]
    assert len(odd.removed_users) == len(odd.work.inactive_people) == 1


def test_sprint_names_repeat_below_each_year(odd: AdoOrganization) -> None:
    (plan,) = odd.work.plans
    assert len({node.name for node in plan.ground.sprints}) < len(plan.ground.sprints)
    assert len({node.path for node in plan.ground.sprints}) == len(plan.ground.sprints)
    assert all(node.start and node.finish for node in plan.ground.sprints)
    assert [node.start for node in plan.ground.undated] == [None, None]


def test_hard_cases_are_the_youngest_and_not_of_the_future(odd: AdoOrganization) -> None:
    first, last = (titled(odd, title).updates[0].date for title in ("🧺", "In the recycle bin"))
    assert odd.work.find(odd.work.plans[0].count).updates[0].date < first < last < SEED_UNTIL


def test_the_hard_cases_are_among_the_count(odd: AdoOrganization) -> None:
    shown = odd.count_work_items("Webshop")
    assert (shown["items"], shown["deleted"]) == (80, 1)
    assert odd.work.plans[0].count == 80 - len(ODDITIES)


@pytest.mark.parametrize(
    ("title", "holds"),
    [
        ("🧺", lambda item: len(item.value("System.Title")) == 255),
        ("Text over the limit", lambda item: len(item.value("System.Description")) > JIRA_TEXT),
        ("Markdown over the limit", lambda item: item.formats == {"System.Description": "markdown"}),
        ("More comments", lambda item: len(item.comments) == 230),
        ("Linked to half", lambda item: len(item.relations_at()) == 40),
        ("Links to everything", lambda item: sum(is_remote(one.rel) for one in item.relations_at()) == 1),
        ("A recording", lambda item: item.relations_at()[0].size == BIG_FILE),
        ("Files of all kinds", lambda item: Counter(one.name for one in item.relations_at())["same.txt"] == 2),
        ("Tagged", lambda item: len(item.value("System.Tags")) == 60),
        ("Of people who left", lambda item: item.value("System.AssignedTo").name == "Denis Disabled"),
        ("Far down", lambda item: item.value("System.AreaPath").path.count("\\") == 5),
        ("A story in a story", lambda item: [one.rel for one in item.relations_at()] == [PARENT]),
        ("Changed over", lambda item: item.rev > 40),
        ("Deleted by mistake", lambda item: item.deleted is None and item.rev == 3),
        ("In the recycle bin", lambda item: item.deleted is not None),
        ("Pay by card", lambda item: "<compref" in item.value("Microsoft.VSTS.TCM.Steps")),
        ("Regression 2026", lambda item: item.type == "Test Plan"),
        ("Sign in", lambda item: item.type == "Shared Steps"),
    ],
)
def test_each_hard_case_is_there(odd: AdoOrganization, title: str, holds: Any) -> None:
    assert holds(titled(odd, title))


@pytest.mark.parametrize("template", list(load_processes()))
def test_hard_cases_exist_in_every_process(template: str) -> None:
    organization = made(template, len(ODDITIES) + 60, oddities=True)
    assert organization.count_work_items("Webshop")["items"] == len(ODDITIES) + 60


def test_a_project_too_small_for_the_hard_cases_is_refused() -> None:
    with pytest.raises(AdoError, match="count above that of the oddities"):
        made(count=len(ODDITIES), oddities=True)


def test_an_organization_is_seeded_with_work_items_only_when_asked() -> None:
    assert AdoOrganization.seeded(repositories=1, commits=2).work.last_id == 0
    organization = AdoOrganization.seeded(repositories=1, commits=2, work_items=60)
    assert organization.count_work_items("Webshop")["items"] == 60


def test_attachments_of_plans_are_found_by_their_id_alone() -> None:
    organization = made(count=40, extras=True)
    (plan,) = organization.work.plans
    for item in items_of(organization):
        for one in item.relations_at():
            if one.rel == ATTACHED:
                found = organization.work.find_file(str(one.target))
                assert found and (found.name, found.size) == (one.name, one.size)
    image = organization.work.find_file(plan.file_id(plan.first + 1, 15))
    assert image and image.name == "image.png"
    assert organization.work.find_file(plan.file_id(plan.first, 15)) is None
    assert Amounts().extras is False

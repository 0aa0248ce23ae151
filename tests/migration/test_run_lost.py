"""Work items that were there when the run was planned and are not shown when their turn comes: nobody may lose one
silently. What was deleted is left out; what is hidden, moved or destroyed has failed, and a repair brings it.
"""

from collections import Counter
from collections.abc import Iterator

import pytest

from store.migrations import Options
from tests.migration.parts_rig import PLAIN, make_items, only, record_of, work_until
from tests.migration.run_rig import RunRig, running_run_rig

ALL = Options(comments=True, attachments=True, links=True)
PARENT, RELATED = "System.LinkTypes.Hierarchy-Reverse", "System.LinkTypes.Related"
READER = "mara.lindqvist@acme.example"  # whose token the connection has
SECRET, BIN = "Secret", "/recyclebin"
LOST, DELETED = ("failed", "gone"), ("skipped", "deleted")


@pytest.fixture(scope="module")
def rig(redis_server, migrated_file, tmp_path_factory) -> Iterator[RunRig]:
    with running_run_rig(redis_server, migrated_file, tmp_path_factory.mktemp("lost"), count=12) as rig:
        rig.organization.add_area("Webshop", SECRET)
        rig.organization.add_hyperlink(1, "https://example.com/first")  # a kind that is there is suggested to be mapped
        yield rig
        assert rig.site.violations == []


@pytest.fixture
def project(rig):
    yield rig.project()
    rig.jira_faults.clear()
    rig.ado_faults.clear()
    show_area(rig)


@pytest.fixture
def whole(rig):
    """A work item with everything that is carried beside it, a child, and one that it is linked with."""
    one, other = make_items(rig, 2)
    rig.organization.comment_work_item(one, "First")
    rig.organization.comment_work_item(one, "Second")
    rig.organization.attach_file(one, "notes.txt", content="some notes")
    rig.organization.add_hyperlink(one, "https://example.com/page")
    rig.organization.link_work_items(one, RELATED, other)
    child = rig.organization.create_work_item("Webshop", "Issue", {"System.Title": "The child"}).id
    rig.organization.link_work_items(child, PARENT, one)
    rig.organization.move_work_item(one, area=SECRET)
    return one, other, int(child)


def hide_area(rig):
    """Whoever reads loses the right to see an area, as when another person takes a migration over."""
    rig.organization.deny_area("Webshop", SECRET, user=READER)


def show_area(rig):
    rig.organization.deny_area("Webshop", SECRET, user=READER, denied=False)


def start(rig, project, numbers):
    return rig.start(project, options=ALL, mapping=PLAIN, scope=only(numbers))


def repair(rig, run_id):
    rig.services.runs.move(run_id, "repair", rig.clock.now)
    return numbers_of(rig, run_id)


def numbers_of(rig, run_id):
    """Those of the run at its end, which must balance."""
    run = rig.work(run_id)
    assert (run.state, run.error, run.ledger["balanced"]) == ("done", None, True)
    return run.ledger


def ends(rig, run_id, number):
    """How the rows of a work item ended, by kind."""
    rows = [row for row in rig.rows(run_id) if row.source_id == number and row.kind != "verify"]
    found: dict[str, set[tuple[str, str | None]]] = {}
    for row in rows:
        found.setdefault(row.kind, set()).add((row.state, row.reason if row.state in ("failed", "skipped") else None))
    return found


def bin_calls(rig):
    return sum(count for route, count in rig.organization.route_calls.items() if route.endswith("wit/recyclebin"))


class TestHidden:
    def test_what_nobody_may_see_any_more_has_failed_with_all_that_is_on_it(self, rig, project, whole):
        one, other, child = whole
        run_id = start(rig, project, whole)
        work_until(rig, run_id, "items")
        hide_area(rig)
        numbers = numbers_of(rig, run_id)
        assert ends(rig, run_id, one) == {
            "item": {LOST},
            "comments": {("failed", "item_failed")},
            "file": {("failed", "item_failed")},
            "link": {("failed", "item_failed")},
        }
        assert set(rig.issues(project)) == {other, child}
        assert numbers["ledger"]["types"]["Epic"]["failed"] == {"gone": 1}
        assert numbers["flaws"] == {"parent_missing": 1}
        assert numbers["broken"] == 1 + 2 + 1 + 2 + 1  # itself, comments, file, links, the child without its parent
        (row,) = rig.services.run_rows.find_many(run_id, "item", [one])
        assert "whoever this migration reads as may not see it" in row.detail
        assert row.detail.endswith("then repair the run.")

    def test_a_repair_brings_all_of_it_once_it_is_shown_again(self, rig, project, whole):
        one, _other, child = whole
        run_id = start(rig, project, whole)
        work_until(rig, run_id, "items")
        hide_area(rig)
        before = numbers_of(rig, run_id)
        assert repair(rig, run_id)["broken"] == before["broken"]  # it is hidden still
        show_area(rig)
        assert repair(rig, run_id)["broken"] == 0
        record = record_of(rig, project, one)
        assert record_of(rig, project, child).parent == record.id
        there = rig.count(project)
        assert there | {"issues": 3, "comments": 2, "links": 1, "remoteLinks": 1, "files": 1} == there
        assert repair(rig, run_id)["broken"] == 0
        assert rig.count(project) == there


def move_away(rig, number):
    rig.organization.move_work_item(number, project="Platform Tools")


KINDS = {"items": ("item",), "links": ("comments", "link"), "files": ("file",)}  # read again in a phase
HAPPENINGS = {
    "hidden": (lambda rig, number: hide_area(rig), LOST),
    "moved": (move_away, LOST),
    "destroyed": (lambda rig, number: rig.organization.destroy_work_item(number), LOST),
    "deleted": (lambda rig, number: rig.organization.delete_work_item(number), DELETED),
}


@pytest.mark.parametrize("phase", KINDS)
@pytest.mark.parametrize("happening", HAPPENINGS)
def test_why_it_is_not_shown_decides(rig, project, whole, happening, phase):
    """Of its links the address is content, which is read again; the other needs nothing of it."""
    happens, expected = HAPPENINGS[happening]
    one = whole[0]
    run_id = start(rig, project, whole)
    work_until(rig, run_id, phase)
    happens(rig, one)
    numbers = numbers_of(rig, run_id)
    found = ends(rig, run_id, one)
    assert [kind for kind in KINDS[phase] if expected not in found[kind]] == []
    assert bool(numbers["broken"]) == (expected == LOST)


@pytest.mark.parametrize(("does", "expected"), [("deny_area", ("skipped", "not_found")), ("delete_work_item", DELETED)])
def test_what_is_listed_and_not_shown_while_the_run_is_planned_is_told_too(rig, project, whole, does, expected):
    """Nothing is known of what is on it, so another run takes it and not a repair."""
    one, other, child = whole
    run_id = start(rig, project, whole)
    hidden = {"project": "Webshop", "path": SECRET, "user": READER}
    rig.organization.lay_ambush("POST wit/workitemsbatch", does, hidden if does == "deny_area" else {"number": one})
    numbers = numbers_of(rig, run_id)
    assert ends(rig, run_id, one)["item"] == {expected}
    assert numbers["ledger"]["types"]["unknown"]["skipped"] == {expected[1]: 1}
    assert (numbers["flaws"].get("not_found"), bool(numbers["broken"])) == ((None, False), (1, True))[
        expected != DELETED
    ]
    assert set(rig.issues(project)) == {other, child}


class TestTheRecycleBin:
    def test_is_looked_into_once_for_all_that_is_missing_and_only_then(self, rig, project):
        numbers = make_items(rig, 3)
        for number in numbers:
            rig.organization.comment_work_item(number, "Word")
        rig.organization.route_calls.clear()
        numbers_of(rig, start(rig, project, numbers))
        assert bin_calls(rig) == 0
        run_id = start(rig, rig.project(), numbers)
        work_until(rig, run_id, "links")
        for number in numbers:
            rig.organization.delete_work_item(number)
        numbers_of(rig, run_id)
        assert bin_calls(rig) == 1
        assert Counter((row.state, row.reason) for row in rig.rows(run_id, "comments")) == {DELETED: 3}

    @pytest.mark.parametrize("status", [400, 403, 404])
    def test_that_is_closed_tells_nothing(self, rig, project, status):
        kept, lost = make_items(rig, 2)
        run_id = start(rig, project, [kept, lost])
        work_until(rig, run_id, "items")
        rig.organization.delete_work_item(lost)
        rig.ado_faults.add({"path": BIN, "status": status})
        numbers = numbers_of(rig, run_id)
        assert (ends(rig, run_id, lost)["item"], numbers["broken"]) == ({LOST}, 1)
        numbers = repair(rig, run_id)
        assert (ends(rig, run_id, lost)["item"], numbers["broken"]) == ({DELETED}, 0)

    @pytest.mark.parametrize("phase", ["items", "links"])
    def test_that_cannot_be_reached_is_asked_again(self, rig, project, phase):
        (lost,) = make_items(rig, 1)
        rig.organization.comment_work_item(lost, "Word")
        run_id = start(rig, project, [lost])
        work_until(rig, run_id, phase)
        rig.organization.delete_work_item(lost)
        rig.ado_faults.add({"path": BIN, "status": 503, "times": 2})
        numbers = numbers_of(rig, run_id)
        assert ends(rig, run_id, lost)["item" if phase == "items" else "comments"] == {DELETED}
        assert numbers["broken"] == 0

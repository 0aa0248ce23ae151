"""Everything that a run made is read back. What somebody changed since is found, named and repaired, or told."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from domain.mapping_records import LinkRow
from domain.remote_links import REMOTE
from domain.work_items import HYPERLINK
from migration import verify, verify_reading
from sandbox.jira_issue_record import Link, Record
from sandbox.jira_site import Project
from store.migrations import Options, Scope
from tests.migration.kills import Reaper
from tests.migration.run_rig import RunRig, running_run_rig

QUICK: dict[str, Any] = {"iterations": (), "areas": ()}  # makes no sprints and components
ALL = Options(comments=True, attachments=True, links=True)
PARENT, RELATED, BLOCKS = (
    "System.LinkTypes.Hierarchy-Reverse",
    "System.LinkTypes.Related",
    "System.LinkTypes.Dependency-Forward",
)


@dataclass
class Family:
    """A work item with everything on it: a parent, a link, comments, a file."""

    parent: int
    child: int
    other: int

    @property
    def numbers(self) -> tuple[int, ...]:
        return self.parent, self.child, self.other


@pytest.fixture(scope="module")
def rig(redis_server, migrated_file, tmp_path_factory) -> Iterator[RunRig]:
    with running_run_rig(redis_server, migrated_file, tmp_path_factory.mktemp("verify"), count=30) as rig:
        yield rig
        assert rig.site.violations == []


def make_family(rig: RunRig, *, over: bool = False) -> Family:
    """`over`: its sprint is over, so the run closes it."""
    make = rig.organization.create_work_item
    sprint = find_sprint(rig, over=over)
    parent = make("Webshop", "Epic", {"System.Title": "The parent"}).id
    child = make("Webshop", "Issue", {"System.Title": "The child", "System.IterationPath": sprint}).id
    other = make("Webshop", "Issue", {"System.Title": "The other"}).id
    rig.organization.link_work_items(child, PARENT, parent)
    rig.organization.link_work_items(child, BLOCKS, other)
    rig.organization.add_hyperlink(child, "https://example.com/page")
    for text in ("First", "Second"):
        rig.organization.comment_work_item(child, text)
    rig.organization.attach_file(child, "notes.txt", content="some notes")
    return Family(parent, child, other)


def find_sprint(rig: RunRig, *, over: bool) -> str:
    found = rig.mapping(rig.migration(rig.project())).iterations
    return str(next(row.source for row in found if row.action == "new" and bool(row.finish) == over))


def with_addresses(rig):
    """What is suggested, and web pages as remote links."""
    found = rig.mapping(rig.migration(rig.project())).links
    return {"links": (*(row for row in found if row.source != HYPERLINK), LinkRow(HYPERLINK, REMOTE))}


def only(numbers):
    listed = ", ".join(map(str, numbers))
    return Scope(wiql=f"SELECT [System.Id] FROM WorkItems WHERE [System.Id] IN ({listed})")


def record_of(rig: RunRig, project: Project, number: int) -> Record:
    (key,) = rig.issues(project)[number]
    found = rig.site.tracker.record(key)
    assert found is not None
    return found


def sprint_fields(rig):
    return {name for name, field in rig.site.tracker.catalogue.fields.items() if field.kind == "sprint"}


# --- what somebody may do to the issue of the child ---


def set_fields(rig: RunRig, record: Record, **fields: Any) -> None:
    rig.site.tracker.write(record, rig.site.admin.account_id, fields={**record.state.fields, **fields})


def retitle(rig, project, family):
    set_fields(rig, record_of(rig, project, family.child), summary="Another title")


def orphan(rig, project, family):
    set_fields(rig, record_of(rig, project, family.child), parent=None)


def take_from_sprint(rig, project, family):
    record = record_of(rig, project, family.child)
    (name,) = sprint_fields(rig)
    assert record.state.fields[name]
    set_fields(rig, record, **{name: ()})


def take_from_closed_sprint(rig, project, family):
    take_from_sprint(rig, project, family)


def change_status(rig, project, family):
    record = record_of(rig, project, family.child)
    scheme = rig.site.tracker.scheme(project.id)
    statuses = [one.id for one in rig.site.tracker.catalogue.statuses.values() if one.id != record.state.status]
    rig.site.tracker.write(
        record, rig.site.admin.account_id, status=next(one for one in statuses if one in str(scheme))
    )


def drop_mark(rig, project, family):
    record = record_of(rig, project, family.child)
    kept = {key: value for key, value in record.state.properties.items() if key != "crosswalk.fields"}
    rig.site.tracker.write(record, rig.site.admin.account_id, properties=kept)


def delete_comment(rig, project, family):
    record_of(rig, project, family.child).comments.pop(0)


def delete_comments(rig, project, family):
    record_of(rig, project, family.child).comments.clear()


def swap_comment(rig, project, family):
    """As many as before, and not the same."""
    record = record_of(rig, project, family.child)
    record.comments[0] = replace(record.comments[0], id=rig.site.tracker.new_id(), properties={})


def double_comment(rig, project, family):
    record = record_of(rig, project, family.child)
    one = record.comments[0]
    rig.site.tracker.add_comment(record, one.author, one.body, one.properties)


def add_comment(rig, project, family):
    record = record_of(rig, project, family.child)
    rig.site.tracker.add_comment(record, rig.site.admin.account_id, record.comments[0].body)


def delete_link(rig, project, family):
    tracker = rig.site.tracker
    tracker.unlink(record_of(rig, project, family.child).links[0])


def add_link(rig, link):
    tracker = rig.site.tracker
    tracker.links[link.id] = link
    for end in (link.inward, link.outward):
        tracker.records[end].links.append(link)


def reverse_link(rig, project, family):
    link = record_of(rig, project, family.child).links[0]
    rig.site.tracker.unlink(link)
    add_link(rig, Link(rig.site.tracker.new_id(), link.type, link.outward, link.inward))


def double_link(rig, project, family):
    link = record_of(rig, project, family.child).links[0]
    add_link(rig, replace(link, id=rig.site.tracker.new_id()))


def delete_address(rig, project, family):
    record_of(rig, project, family.child).remote_links.clear()


def delete_file(rig, project, family):
    record_of(rig, project, family.child).files.clear()


def cut_file(rig, project, family):
    record = record_of(rig, project, family.child)
    record.files[0] = replace(record.files[0], size=3)


def delete_issue(rig, project, family):
    rig.site.tracker.remove(record_of(rig, project, family.child))


def move_issue(rig, project, family):
    rig.site.move_issue(record_of(rig, project, family.other).id and rig.issues(project)[family.other][0], "OTHER")


def do_nothing(rig, project, family):
    pass


@dataclass(frozen=True)
class Tampering:
    """What is done, the words that verifying has for it, and those that are left when the run was repaired."""

    do: Callable[[RunRig, Project, Family], None]
    found: frozenset[str]
    left: frozenset[str] = frozenset()


def tampering(do, *found, left=()):
    return pytest.param(Tampering(do, frozenset(found), frozenset(left)), id=do.__name__)


TAMPERINGS = [
    tampering(do_nothing),
    tampering(retitle, "summary"),
    tampering(orphan, "parent"),
    tampering(take_from_sprint, "sprint"),
    tampering(take_from_closed_sprint, "sprint", left=["sprint"]),
    tampering(change_status, "status"),
    tampering(drop_mark, "crosswalk.fields"),
    tampering(delete_comment, "comment_missing"),
    tampering(delete_comments, "comment_missing"),
    tampering(swap_comment, "comment_missing"),
    tampering(double_comment, "comment_doubled", left=["comment_doubled"]),
    tampering(add_comment),
    tampering(delete_link, "link_missing"),
    tampering(reverse_link, "link_reversed"),
    tampering(double_link, "link_doubled", left=["link_doubled"]),
    tampering(delete_address, "link_missing"),
    tampering(delete_file, "file_missing"),
    tampering(cut_file, "file_size"),
    tampering(delete_issue, "issue_missing"),
    tampering(move_issue, "issue_moved", left=["issue_moved"]),
]


@dataclass
class Story:
    """What became of each tampering: words found first, and left after repairing, by the function that did it."""

    found: dict[str, set[str]]
    left: dict[str, set[str]]
    run_id: str
    project: Project
    families: dict[str, Family]


@pytest.fixture(scope="module")
def story(rig) -> Story:
    """One run; everybody does something to a family of their own; it is verified, and repaired."""
    names = [param.values[0].do.__name__ for param in TAMPERINGS]
    families = {name: make_family(rig, over=name == take_from_closed_sprint.__name__) for name in names}
    project = rig.project()
    rig.site.projects.get("OTHER") or rig.site.projects.setdefault("OTHER", replace(project, key="OTHER", id="99999"))
    scope = only([number for family in families.values() for number in family.numbers])
    run_id = rig.start(project, options=ALL, scope=scope, mapping=with_addresses(rig))
    run = rig.work(run_id)
    assert (run.state, run.error) == ("done", None)
    assert rig.ledger(run_id)["differences"] == {}
    for param in TAMPERINGS:
        param.values[0].do(rig, project, families[param.values[0].do.__name__])
    found = call(rig, run_id, "verify", families)
    left = call(rig, run_id, "repair", families)
    return Story(found, left, run_id, project, families)


def call(rig, run_id, name, families):
    """Verify or repair a run that is done; the words of each family then."""
    rig.services.runs.move(run_id, name, rig.clock.now)
    assert rig.work(run_id).state == "done"
    assert rig.ledger(run_id)["balanced"]
    home = {number: who for who, family in families.items() for number in family.numbers}
    words: dict[str, set[str]] = {who: set() for who in families}
    sprints = sprint_fields(rig)
    for row in rig.rows(run_id):
        if row.difference:
            words[home[row.source_id]] |= {"sprint" if one in sprints else one for one in row.difference.split(",")}
    return words


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_what_somebody_changed_is_found_by_name_and_repaired_or_told(story, tampering):
    name = tampering.do.__name__
    assert story.found[name] == tampering.found
    assert story.left[name] == tampering.left


def test_the_run_says_in_sentences_what_differs(rig, story):
    """After repairing: what only a person can mend."""
    problems = {one.code: one for one in rig.run(story.run_id).problems if one.phase == "verify"}
    assert problems.keys() == {"comment_doubled", "link_doubled", "issue_moved", *sprint_fields(rig)}
    for code, name in (("comment_doubled", "double_comment"), ("link_doubled", "double_link")):
        assert problems[code].count == 1
        assert problems[code].examples == (story.families[name].child,)
        assert problems[code].detail.endswith("verify again.")


def test_what_was_repaired_is_in_jira_as_it_was(rig, story):
    fresh = story.families["do_nothing"]
    model = looks_of(rig, story.project, fresh)
    assert model["comments"] == 2
    assert len(model["files"]) == len(model["links"]) == len(model["addresses"]) == 1
    for name, left in story.left.items():
        if not left and name not in {"reverse_link", "add_comment", "cut_file", "swap_comment"}:
            assert looks_of(rig, story.project, story.families[name]) == model, name


def looks_of(rig, project, family):
    """The issue of a child, without what differs between families."""
    record = record_of(rig, project, family.child)
    ends = {record.id: "own", record_of(rig, project, family.other).id: "other"}
    fields = {key: value for key, value in record.state.fields.items() if isinstance(value, str) and key != "parent"}
    return {
        "title": record.summary,
        "has parent": record.parent == record_of(rig, project, family.parent).id,
        "status": record.state.status,
        "sprint": [record.state.fields.get(name) for name in sprint_fields(rig)],
        "fields": fields.keys(),
        "marks": sorted(record.state.properties),
        "comments": len(record.comments),
        "links": [(link.type, ends[link.inward], ends[link.outward]) for link in record.links],
        "addresses": [one.body["object"]["url"] for one in record.remote_links],
        "files": [(one.name, one.size, one.sha256) for one in record.files],
    }


def test_what_only_a_person_can_mend_is_not_made_worse(rig, story):
    doubled = record_of(rig, story.project, story.families["double_link"].child)
    assert len(doubled.links) == 2
    assert len(record_of(rig, story.project, story.families["double_comment"].child).comments) == 3
    reversed_ = record_of(rig, story.project, story.families["reverse_link"].child)
    assert len(reversed_.links) == 2


# --- how it is done ---


def make_plain(rig, count):
    make = rig.organization.create_work_item
    return [make("Webshop", "Epic", {"System.Title": f"Number {number}"}).id for number in range(count)]


def migrated(rig, numbers, **more):
    project = rig.project()
    run_id = rig.start(project, scope=only(numbers), mapping=QUICK, **more)
    assert rig.work(run_id).state == "done"
    return project, run_id


def differing(rig, run_id):
    return {row.source_id: row.difference for row in rig.rows(run_id) if row.difference}


def test_several_workers_share_the_pages(rig, monkeypatch):
    """Each page is read once, whoever reads it, and a worker that dies loses none."""
    monkeypatch.setattr(verify, "PAGE", 2)
    numbers = make_plain(rig, 9)
    project, run_id = migrated(rig, numbers)
    set_fields(rig, record_of(rig, project, numbers[8]), summary="Another title")
    rig.services.runs.move(run_id, "verify", rig.clock.now)
    before = {row.id for row in rig.rows(run_id, "verify")}
    monkeypatch.setattr(verify, "verify_chunk", with_death(verify.verify_chunk))
    while rig.run(run_id).state != "done":
        due = [rig.turn(run_id, slot) for slot in (0, 3, 5)]
        rig.clock.now = max(rig.clock.now + 1_000, *(one or 0 for one in due))
    pages = [row for row in rig.rows(run_id, "verify") if row.id not in before]
    assert [row.size for row in pages] == [2, 2, 2, 2, 1]
    assert {row.state for row in pages} == {"unchanged"}
    assert differing(rig, run_id) == {numbers[8]: "summary"}


def with_death(work):
    """The first to work on a page is gone in the middle of it."""
    dead: list[object] = []

    def work_or_die(road, chunk):
        if not dead:
            dead.append(chunk)
            raise OSError("gone")
        work(road, chunk)

    return work_or_die


def test_whenever_a_worker_dies_everything_is_verified(rig, monkeypatch):
    monkeypatch.setattr(verify, "PAGE", 2)
    numbers = make_plain(rig, 3)
    project, run_id = migrated(rig, numbers)
    set_fields(rig, record_of(rig, project, numbers[2]), summary="Another title")
    reaper, kills = Reaper(), -1
    while len(reaper.kills) > kills:
        kills = len(reaper.kills)
        rig.services.runs.move(run_id, "verify", rig.clock.now)
        assert rig.work_with(run_id, reaper, forgets=False).state == "done"
        assert differing(rig, run_id) == {numbers[2]: "summary"}
        assert [one.code for one in rig.run(run_id).problems] == ["summary"]
    assert ("after note_verified", "before settle") in reaper.kills


def test_comments_of_an_issue_with_very_many_are_asked_for_apart(rig, monkeypatch):
    monkeypatch.setattr(verify_reading, "MOST_COMMENTS", 1)
    family = make_family(rig)
    project, run_id = migrated(rig, family.numbers, options=ALL)
    assert differing(rig, run_id) == {}
    delete_comment(rig, project, family)
    rig.services.runs.move(run_id, "verify", rig.clock.now)
    rig.work(run_id)
    assert differing(rig, run_id) == {family.child: "comment_missing"}


def test_a_link_from_a_work_item_of_an_earlier_run_is_looked_at(rig):
    family = make_family(rig)
    links = Options(comments=False, attachments=False, links=True)
    project, _ = migrated(rig, [family.child], options=links)
    run_id = rig.start(project, options=links, scope=only([family.other]), mapping=QUICK)
    rig.work(run_id)
    assert [(row.source_id, row.state, row.difference) for row in rig.rows(run_id, "link")] == [
        (family.child, "created", "")
    ]
    delete_link(rig, project, family)
    rig.services.runs.move(run_id, "verify", rig.clock.now)
    rig.work(run_id)
    assert differing(rig, run_id) == {family.child: "link_missing"}


def test_what_failed_or_was_skipped_is_left_alone(rig):
    numbers = make_plain(rig, 2)
    rig.jira_faults.add({"method": "POST", "path": "/issue/bulk$", "status": 400, "times": 3})
    _, run_id = migrated(rig, numbers)
    states = {row.state: row.difference for row in rig.rows(run_id, "item")}
    assert states["failed"] is None


@pytest.mark.parametrize("fault", [{"status": 503}, {"drop": "before"}])
def test_an_answer_that_does_not_come_is_asked_for_again(rig, fault):
    numbers = make_plain(rig, 2)
    project, run_id = migrated(rig, numbers)
    set_fields(rig, record_of(rig, project, numbers[0]), summary="Another title")
    rig.jira_faults.add({"method": "POST", "path": "/issue/bulkfetch$", **fault})
    rig.services.runs.move(run_id, "verify", rig.clock.now)
    assert rig.work(run_id).state == "done"
    assert differing(rig, run_id) == {numbers[0]: "summary"}

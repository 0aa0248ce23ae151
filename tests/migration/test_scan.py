"""A scan of a project of the stand-in: its numbers are the stand-in's, whatever happens to the workers meanwhile."""

from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest

from domain.work_items import ARTIFACT, CHILD, HYPERLINK, PARENT
from migration.scan_grounds import KeptGrounds
from sandbox.wit_relations import is_remote
from sandbox.wit_values import seen_relations
from tests.conftest import fresh_services
from tests.migration.scan_rig import ScanRig, running_organization

COUNT = 2_000
NO_WORK_ITEMS = (HYPERLINK, ARTIFACT)


@pytest.fixture(scope="module")
def seeded():
    """The organization that `make run` has, and its address; nobody changes it."""
    with running_organization(COUNT, extras=True, oddities=True) as found:
        yield found


@pytest.fixture(scope="module")
def truth(seeded):
    """What the stand-in says of its project."""
    return seeded[0].count_work_items("Webshop")


@pytest.fixture(scope="module")
def site(seeded, redis_server, migrated_file, tmp_path_factory) -> Iterator[ScanRig]:
    organization, url = seeded
    changes = {"ado_hosts": frozenset({url.removeprefix("http://")})}
    with fresh_services(redis_server, migrated_file, tmp_path_factory.mktemp("scan"), changes) as services:
        yield ScanRig(services, organization, url)


@pytest.fixture(scope="module")
def calls(site, scanned):
    """How many calls of each route the scan took."""
    return scanned[1]


@pytest.fixture(scope="module")
def scanned(site):
    """A whole scan, and the calls it took."""
    site.organization.route_calls.clear()
    scan = site.scan()
    return scan, Counter(site.organization.route_calls)


@pytest.fixture(scope="module")
def report(scanned):
    return scanned[0].report


class TestAWholeProject:
    def test_is_scanned_to_the_end(self, scanned):
        scan = scanned[0]
        assert (scan.state, scan.done, scan.total, scan.cursor, scan.error) == ("done", COUNT, COUNT, None, None)

    def test_types_and_states(self, report, truth):
        assert report.items == truth["items"] == COUNT
        assert {kind.name: kind.count for kind in report.types} == truth["types"]
        states = sum((Counter(kind.states) for kind in report.types), Counter())
        assert states == truth["states"]

    def test_comments(self, report, truth):
        assert report.comments == truth["comments"]

    def test_files_and_their_bytes(self, report, truth, seeded):
        assert (report.files.count, report.files.bytes) == (truth["attachments"], truth["bytes"])
        sizes = sorted((size for _item, size in report.files.biggest), reverse=True)
        assert (len(sizes), sizes[0]) == (100, 12 * 1024 * 1024)
        assert [size for _item, size in report.files.biggest] == sizes

    def test_each_link_once(self, report, truth):
        between = {
            kind: count for kind, count in report.links.items() if kind not in NO_WORK_ITEMS and not is_remote(kind)
        }
        assert sum(between.values()) == truth["links"]
        relations = truth["relations"]
        assert {kind: 2 * count for kind, count in between.items()} == {
            kind: relations[kind] + relations.get(kind.replace("-Forward", "-Reverse"), 0) * kind.endswith("-Forward")
            for kind in between
        }
        others = {kind: count for kind, count in report.links.items() if kind not in between}
        assert others == {kind: relations[kind] for kind in (*NO_WORK_ITEMS, "System.LinkTypes.Remote.Related")}

    def test_parents_by_type(self, report, seeded):
        work = seeded[0].work
        wanted: Counter[tuple[str, str]] = Counter()
        for number in work.ids():
            item = work.find(number)
            above = next((one.target for one in seen_relations(work, item) if one.rel == PARENT), None)
            if item.deleted is None:
                wanted[item.type, work.find(above).type if above else ""] += 1
        found = {(kind.name, above): count for kind in report.types for above, count in kind.parents.items()}
        assert found == wanted
        assert report.links[CHILD] == sum(count for (_kind, above), count in wanted.items() if above)

    def test_areas_and_iterations_with_their_dates(self, report, seeded):
        work = seeded[0].work
        items = [item for item in map(work.find, work.ids()) if item.deleted is None]
        assert report.area_items == Counter(item.value("System.AreaPath").path for item in items)
        assert report.iteration_items == Counter(item.value("System.IterationPath").path for item in items)
        dated = [node for node in report.iterations if node.start]
        assert len(dated) == 29
        assert all(node.finish and node.finish > node.start for node in dated if node.start)
        assert {node.path for node in report.areas} >= set(report.area_items)
        assert {node.path for node in report.iterations} >= set(report.iteration_items)

    def test_people_and_tags(self, report, seeded):
        organization = seeded[0]
        assert set(report.people) <= {user.id for user in organization.users.values()}
        assert len(report.people) == 11
        items = [organization.work.find(number) for number in organization.work.ids()]
        tags = {tag.casefold() for item in items if not item.deleted for tag in item.value("System.Tags") or ()}
        assert report.tags == len(tags)

    def test_fields_in_use_with_their_fill_rate_and_lists(self, report):
        fields = {use.name: use for use in report.fields}
        assert fields["System.Title"].filled == COUNT
        assert (fields["System.Description"].kind, fields["System.Description"].values) == ("html", {})
        priority = fields["Microsoft.VSTS.Common.Priority"]
        assert sum(priority.values.values()) == priority.filled
        assert set(priority.values) == {"1", "2", "3", "4"}
        for kind in report.types:
            assert all(count <= kind.count for count in kind.filled.values())

    def test_what_is_over_a_limit_of_jira(self, report, seeded):
        titles = {
            number: seeded[0].work.find(number).value("System.Title")
            for number in report.over["text_too_long"].examples
        }
        assert sorted(titles.values()) == ["Markdown over the limit", "Text over the limit of Jira"]
        assert report.over["title_too_long"].count == 1
        assert set(report.over) == {"title_too_long", "text_too_long"}

    def test_test_artefacts_and_images(self, report):
        counted = {kind.name: kind.count for kind in report.types}
        assert report.test_items == sum(
            counted[name] for name in ("Test Case", "Test Plan", "Test Suite", "Shared Steps")
        )
        assert report.inline_images > COUNT // 7

    def test_takes_a_call_for_200_and_some_that_do_not_grow(self, calls):
        pages = COUNT // 200
        assert pages <= calls["POST wit/workitemsbatch"] <= pages + 4  # four steps up from a story in a story
        assert calls["POST wit/wiql"] == calls["GET wit/workitemtypes/{type}/fields"] + 1
        assert sum(calls.values()) <= 15 * COUNT / 1_000 + 20
        assert not any("comments" in route or "attachments" in route for route in calls)


class Killed(BaseException):
    """No code of ours takes it for an error it can judge."""


class Killer:
    """Kills whoever writes a page after so many; with `late` it was written all the same, and nobody was told."""

    def __init__(self, scans, pages, late):
        self.scans, self.left, self.late = scans, pages, late
        self.write = scans.put_page

    def put_page(self, scan, page, now):
        self.left -= 1
        if self.left >= 0:
            return self.write(scan, page, now)
        if self.late:
            self.write(scan, page, now)
        raise Killed

    def __enter__(self):
        self.scans.put_page = self.put_page

    def __exit__(self, kind, error, trace):
        del self.scans.put_page
        return kind is Killed


def test_workers_that_die_at_any_page_change_nothing(site, scanned):
    """Each reads some pages and dies at the next one: before it is written, or after that and before it is told."""
    chance, scan_id = Random(2), site.start()
    deaths: Counter[bool] = Counter()
    while site.read(scan_id).state in ("queued", "running"):
        site.grounds, late = KeptGrounds(), chance.random() < 0.5
        before = site.read(scan_id).turn
        with Killer(site.services.scans, chance.randrange(5), late):
            site.turn(scan_id)
        deaths[late] += 1
        assert site.read(scan_id).turn >= before
    again = site.read(scan_id)
    assert (again.state, again.report, again.done) == ("done", scanned[0].report, COUNT)
    assert min(deaths[True], deaths[False]) >= 2

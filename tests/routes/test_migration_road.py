"""From the API over workers to the state of Jira: a project of each process arrives whole, and nothing before a run."""

from collections import Counter
from collections.abc import Iterator

import pytest

from sandbox.jira_migration import add_migration_project, count_things
from sandbox.jira_scheme import SPRINT
from sandbox.jira_scheme_seed import Wanted
from sandbox.wit_counts import count_items
from tests.routes.migration_road import COMMENTS, TAGS, Arrived, Expected, MigrationRoad, running_road

COUNT = 40
ROADS = [
    ("Agile", "company"), ("Scrum", "company"), ("CMMI", "company"), ("Basic", "team"), ("Acme Agile", "company"),
]  # fmt: skip


@pytest.fixture(scope="module")
def road(redis_server, migrated_file, tmp_path_factory) -> Iterator[MigrationRoad]:
    with running_road(redis_server, migrated_file, tmp_path_factory.mktemp("road")) as road:
        yield road
        assert road.town.site.violations == []


def prepare(road, project, source, **wish):
    """A migration with the mapping that was suggested for it, what blocks it waived; its address and its mapping."""
    board = road.town.site.tracker.agile.of_project(project.id)[0].id
    body = {"connectionId": road.connection, "project": source, "jiraProject": project.key, "board": board} | wish
    base = f"/api/migrations/{road.ask('POST', '/api/migrations', body)['id']}"
    road.ask("POST", f"{base}/scan")
    road.await_end(base, lambda found: found["scan"]["state"] in ("done", "failed"))
    mapping = road.ask("POST", f"{base}/suggest", {})
    road.ask("PUT", f"{base}/mapping", mapping)
    problems = road.ask("POST", f"{base}/check")["problems"]
    waivers = sorted({problem["code"] for problem in problems if problem["severity"] == "error"})
    mapping |= {"waivers": waivers}
    road.ask("PUT", f"{base}/mapping", mapping)
    assert road.ask("POST", f"{base}/check")["ready"]
    return base, mapping


def run_to_end(road, base):
    run = f"/api/runs/{road.ask('POST', f'{base}/runs', {'kind': 'full'})['id']}"
    found = road.await_end(run, lambda found: found["endedAt"] is not None)
    assert (found["state"], found["error"]) == ("done", None)
    return run


@pytest.mark.parametrize(("template", "style"), ROADS, ids=[f"{template} {style}" for template, style in ROADS])
def test_a_project_arrives_whole(road, template, style):
    site, source = road.town.site, road.seed(template, COUNT)
    project = add_migration_project(site, f"R{len(site.projects)}", wanted=Wanted(style=style))
    base, mapping = prepare(road, project, source)
    items = road.ask("POST", f"{base}/dry-run", {})["items"]
    assert items and all(item["source"] for item in items)
    assert count_things(site, project.key)["issues"] == 0  # nothing is written before a run
    run = run_to_end(road, base)
    work = road.town.organization.work
    home = road.town.organization.find_project(source)
    truth = count_items(work, home)
    report = road.ask("GET", f"{run}/report")
    assert_balanced(report, truth)
    there = count_things(site, project.key)
    assert report["ledger"]["links"]["created"] == there["links"] + there["remoteLinks"] > 0
    assert_arrived(site, project, Expected(mapping, road.items(source)))


def assert_balanced(report, truth):
    """The numbers of the report are those of Azure DevOps, and add up."""
    ledger = report["ledger"]
    assert (report["balanced"], report["complete"], report["differences"]) == (True, True, {})
    assert {name: row["scanned"] for name, row in ledger["types"].items()} == truth["types"]
    assert ledger["comments"]["scanned"] == truth["comments"]
    assert (ledger["attachments"]["scanned"], ledger["bytes"]["scanned"]) == (truth["attachments"], truth["bytes"])
    for row in (*ledger["types"].values(), ledger["comments"], ledger["links"], ledger["attachments"]):
        ended = row["created"] + row["adopted"] + row["updated"] + row["unchanged"]
        assert ended + sum(row["skipped"].values()) + sum(row["failed"].values()) == row["scanned"]
        assert row["failed"] == {}


def assert_arrived(site, project, expected):
    """Each work item that is mapped is one issue, and what is on it is there."""
    arrived = Arrived(site, project)
    moved = {number: item for number, item in expected.items.items() if expected.type_of(item)}
    assert arrived.keys.keys() == moved.keys()
    assert count_things(site, project.key)["issues"] == len(moved)
    for number, item in moved.items():
        assert_whole(site, arrived, expected, number, item)
    assert any(arrived.parent_of(number) for number in moved)
    assert any(expected.sprint_of(item) for item in moved.values())
    assert any(expected.component_of(item) for item in moved.values()) or not has_components(expected)


def has_components(expected):
    """Team-managed projects may have none, and then no area becomes one."""
    return any(row["action"] == "new" for row in expected.mapping["areas"])


def assert_whole(site, arrived, expected, number, item):
    record, parent = arrived.record(number), arrived.parent_of(number)
    assert parent is None or parent in expected.ancestors(item)
    is_below = site.tracker.catalogue.types[expected.type_of(item)].subtask
    assert record.state.type == (expected.type_alone(item) if is_below and parent is None else expected.type_of(item))
    assert record.state.status == expected.status_of(item)
    in_sprint = None if is_below and parent else expected.sprint_of(item)  # a sub-task is in the sprint of its parent
    assert arrived.sprint_of(number, site.tracker.catalogue.field_by_custom(SPRINT).id) == in_sprint
    assert arrived.component_of(number) == expected.component_of(item)
    tags = {tag.strip() for tag in item["fields"].get(TAGS, "").split(";")} - {""}
    assert {tag.replace(" ", "-") for tag in tags} <= arrived.labels_of(number)
    assert len(record.comments) == item["fields"].get(COMMENTS, 0)
    assert expected.files_of(item) == Counter(file.size for file in record.files)

"""A preview: what a run would send, and the proof that nothing is written for it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
import requests
from pydantic import SecretStr
from sqlalchemy import func, select

from clients.ado_work_items import WorkItemsApi
from clients.jira_targets import read_target
from domain.errors import BadInput
from domain.mapping_records import AreaRow, FieldRow, IterationRow, Mapping, StateRow, TypeRow
from domain.rich_text_cut import document_of
from domain.work_item_queries import quote
from domain.work_items import DESCRIPTION
from linkage.migration_sources import source_opener
from migration.dry_run import MOST_SHOWN, Wish, dry_run, name_values
from sandbox.ado_seed import TOKENS
from sandbox.jira_migration import add_migration_project, count_things
from sandbox.wit_counts import count_items
from services import Services
from store.connections import Connection
from store.db import metadata
from store.installations import Installation
from store.item_map import MappedItem, MapPlace
from store.migrations import Migration, NewMigration, Scope
from tests.conftest import fresh_services
from tests.domain.jira_documents import check_body, check_document
from tests.store.maps import map_items
from tests.town import APP_KEY, Town

READS = {"/rest/api/3/permissions/check", "/rest/api/3/search/jql"}  # sent by POST all the same
COUNT = 60
TWO_EACH = Wish()


@dataclass(frozen=True)
class Ground:
    """A project of work items, a project of Jira, and a mapping from one to the other."""

    town: Town
    services: Services
    installation: Installation
    connection: Connection
    migration: Migration
    mapping: Mapping

    def preview(self, wish: Wish = TWO_EACH, **changes: Any) -> list[dict[str, Any]]:
        migration, mapping = changes.pop("migration", self.migration), changes.pop("mapping", self.mapping)
        found = dry_run(
            self.services, migration, mapping, installation=self.installation, connection=self.connection, wish=wish,
            open_source=source_opener(self.services), **changes,
        )  # fmt: skip
        items: list[dict[str, Any]] = found["items"]
        return items

    def titled(self, title: str) -> int:
        """The number of the work item with this title."""
        api = WorkItemsApi(self.services.ado(self.connection), self.migration.project_id, self.migration.project_name)
        return api.list_ids(f"[System.Title] = {quote(title)}").ids[0]

    def state(self) -> dict[str, Any]:
        """Everything that could have been written to."""
        project = self.town.organization.find_project("Webshop")
        with self.services.engine.connect() as connection:
            rows = {
                table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in metadata.sorted_tables
            }
        site = self.town.site
        return {"rows": rows, "jira": count_things(site), "ado": count_items(self.town.organization.work, project)}


@pytest.fixture(scope="module")
def ground(redis_server, migrated_file, tmp_path_factory) -> Iterator[Ground]:
    town = Town()
    town.organization.seed_work_items("Webshop", COUNT, "Agile", oddities=True, extras=True)
    add_migration_project(town.site, "MIG")
    with fresh_services(redis_server, migrated_file, tmp_path_factory.mktemp("dry"), town.settings()) as services:
        town.open(services)
        town.install()
        yield make_ground(town, services)
        town.close()


def make_ground(town: Town, services: Services) -> Ground:
    installation = services.installations.find_client(town.site.installations[APP_KEY].client_key)
    assert installation is not None
    organization, home = town.organization, town.organization.find_project("Webshop")
    connection = services.connections.add(
        installation.id, organization=organization.name, organization_url=town.organization_url,
        token=SecretStr(TOKENS["full"]), instance_id=organization.id, problems=(), now=1,
    )  # fmt: skip
    target = read_target(services.jira(installation), "MIG")
    wanted = NewMigration(connection.id, home.id, home.name, "MIG", target.id, target.board_id)
    types = {one.name: one.id for one in target.types}
    mapping = Mapping(
        plan="feature_as_epic",
        types=(
            TypeRow("Epic", None), TypeRow("Feature", types["Epic"]), TypeRow("User Story", types["Story"]),
            TypeRow("Bug", types["Bug"]), TypeRow("Task", types["Subtask"], without_parent=types["Task"]),
        ),
        fields=(FieldRow(DESCRIPTION, "description", "rich_text"),),
        states=(StateRow("User Story", "New", target.types[1].statuses[0].id),),
        iterations=tuple(IterationRow(f"Webshop\\Sprint {n}", "new", name=f"Sprint {n}") for n in range(1, 99)),
        areas=(AreaRow("Webshop", "none"), AreaRow("Webshop\\Shop", "new", name="Shop")),
    )  # fmt: skip
    migration = services.migrations.add(installation.id, wanted, 1)
    return Ground(town, services, installation, connection, migration, mapping)


def reasons(item: dict[str, Any], field: str) -> list[str]:
    return [note["reason"] for note in item["notes"] if note["field"] == field]


def test_two_of_each_type_are_shown_with_what_jira_would_get(ground: Ground) -> None:
    said: list[str] = []
    shown = ground.preview(say=said.append)
    kinds = [item["source"]["type"] for item in shown]
    assert kinds == ["Feature"] * 2 + ["User Story"] * 2 + ["Bug"] * 2 + ["Task"] * 2
    for item in shown:
        check_body("IssuesUpdateBean", {"issueUpdates": [item["issue"]]})
        check_document(item["issue"]["fields"].get("description", document_of([])))
        assert item["issue"]["properties"][0]["value"]["id"] == item["source"]["id"]
        assert all(note["reason"] for note in item["notes"])
    assert said == ["reading the Jira project", "reading work items", "reading the work items above"]


def test_nothing_is_written_anywhere(ground: Ground) -> None:
    before, jira = ground.state(), f"{ground.town.jira}/_control/calls"
    requests.delete(jira, timeout=10)
    ground.town.organization.route_calls.clear()
    ground.preview(Wish(per_type=5))
    calls = requests.get(jira, timeout=10).json()
    assert len(calls) > 5
    assert [one for one in calls if one["method"] != "GET" and one["path"] not in READS] == []
    assert ground.state() == before
    assert ground.town.site.violations == ground.town.organization.violations == []


def test_jira_takes_the_whole_project_as_it_was_previewed(ground: Ground) -> None:
    """Every hard case of the stand-in among them: long texts, strange titles, images, tags by the dozen."""
    client = ground.services.jira(ground.installation)
    types = tuple(replace(row, target=row.without_parent or row.target) for row in ground.mapping.types)
    api = WorkItemsApi(
        ground.services.ado(ground.connection), ground.migration.project_id, ground.migration.project_name
    )
    ids = api.list_ids("[System.TeamProject] = @project").ids
    shown = ground.preview(Wish(ids=ids), mapping=replace(ground.mapping, types=types))
    bodies = [item["issue"] for item in shown if item["issue"]]
    assert len(bodies) > COUNT // 2
    for start in range(0, len(bodies), 50):
        sent = {"issueUpdates": bodies[start : start + 50]}
        assert client.send("POST", "platform", "/issue/bulk", body=sent)["errors"] == []
    for item in shown:
        assert not item["issue"] or len(item["issue"]["fields"]["summary"]) <= 255


def test_the_source_stands_beside_the_issue(ground: Ground) -> None:
    number = ground.titled("Of people who left")
    (item,) = ground.preview(Wish(ids=(number,)))
    source = item["source"]
    assert (source["id"], source["title"], source["type"]) == (number, "Of people who left", "User Story")
    assert source["url"] == f"{ground.town.organization_url}/_workitems/edit/{number}"
    assert source["fields"]["System.AssignedTo"] == "Denis Disabled"
    assert item["issue"]["fields"]["summary"] == "Of people who left"
    assert (item["issueType"], item["names"]["summary"]) == ("Story", "Summary")
    assert item["values"] == {}
    assert item["names"].keys() <= {*item["issue"]["fields"], *(note["field"] for note in item["notes"])}


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ({"id": "3"}, {"3": "Medium"}),
        ([{"id": "4"}, {"id": "9"}], {"4": "Low"}),
        ("Medium", {}),
        (None, {}),
    ],
)
def test_values_that_are_ids_are_named(value: object, names: dict[str, str]) -> None:
    assert name_values(value, {"Medium": "3", "Low": "4"}) == names


def test_chosen_work_items_come_in_their_order_and_each_once(ground: Ground) -> None:
    first, second = ground.titled("Given up"), ground.titled("Seen before")
    shown = ground.preview(Wish(ids=(second, first, second)))
    assert [item["source"]["id"] for item in shown] == [second, first]


def test_what_is_not_there_is_told(ground: Ground) -> None:
    (item,) = ground.preview(Wish(ids=(9_999_999,)))
    assert item == {
        "source": {"id": 9_999_999}, "issue": None, "notes": [{"field": "", "code": "missing_item",
        "reason": "There is no such work item in the project, or whoever this migration reads as may not see it."}],
    }  # fmt: skip


@pytest.mark.parametrize("filters", [True, False])
def test_a_work_item_of_another_project_is_not_shown(ground: Ground, filters: bool) -> None:
    """Whether the address of the project keeps it out or not."""
    organization = ground.town.organization
    other = organization.create_work_item("Webshop", "Epic", {"System.Title": "Of other people"}).id
    below = organization.create_work_item("Webshop", "User Story", {"System.Title": "Below it"}).id
    organization.link_work_items(below, "System.LinkTypes.Hierarchy-Reverse", other)
    organization.move_work_item(other, project="Platform Tools")
    organization.work.knobs.project_filters = filters
    try:
        shown = ground.preview(Wish(ids=(other, below)))
    finally:
        organization.work.knobs.project_filters = True
        organization.destroy_work_item(below)
        organization.destroy_work_item(other)
    assert {item["source"]["id"]: [note["code"] for note in item["notes"]] for item in shown}[other] == ["missing_item"]
    assert "Of other people" not in str(shown)


def test_a_work_item_that_becomes_none_says_why(ground: Ground) -> None:
    number = ground.titled("Regression 2026")
    (item,) = ground.preview(Wish(ids=(number,)))
    assert item["issue"] is None
    assert item["notes"] == [{
        "field": "", "code": "skipped_type",
        "reason": "Work items of the type Test Plan are not mapped to an issue type.",
    }]  # fmt: skip


def test_what_the_run_makes_first_is_told_and_not_made_up(ground: Ground) -> None:
    story = next(item for item in ground.preview() if item["source"]["type"] == "Task" and reasons(item, "parent"))
    assert "parent" not in story["issue"]["fields"]
    assert reasons(story, "parent")[0].endswith("which is made first")


def test_a_parent_that_was_migrated_before_is_named(ground: Ground) -> None:
    task = next(item for item in ground.preview() if item["source"]["type"] == "Task" and reasons(item, "parent"))
    above = int(reasons(task, "parent")[0].split("work item ")[1].split(",")[0])
    place = MapPlace(ground.installation.id, ground.connection.id, ground.migration.jira_project_id)
    map_items(ground.services.engine, place, [MappedItem(above, "20777", "MIG-7", 1, "")], "run-0", 1)
    (again,) = ground.preview(Wish(ids=(task["source"]["id"],)))
    ground.services.item_map.forget_tenant(ground.installation.id)
    assert again["issue"]["fields"]["parent"] == {"id": "20777"}


def test_a_parent_outside_of_the_scope_is_none(ground: Ground) -> None:
    scope = replace(ground.migration, scope=Scope(types=("Task",)))
    shown = ground.preview(Wish(per_type=3), migration=scope)
    assert {item["source"]["type"] for item in shown} == {"Task"}
    codes = {note["code"] for item in shown for note in item["notes"]}
    assert {"parent_out_of_scope", "no_sub_task"} & codes


def test_types_of_the_scope_are_told_apart_without_regard_to_case(ground: Ground) -> None:
    scope = replace(ground.migration, scope=Scope(types=("tASK",)))
    assert {item["source"]["type"] for item in ground.preview(migration=scope)} == {"Task"}


def test_a_project_of_nothing_that_is_mapped_shows_nothing(ground: Ground) -> None:
    assert ground.preview(mapping=replace(ground.mapping, types=())) == []


def test_a_preview_has_its_limit(ground: Ground) -> None:
    with pytest.raises(BadInput, match=r"at most\. Name fewer\."):
        ground.preview(Wish(ids=tuple(range(MOST_SHOWN + 1))))

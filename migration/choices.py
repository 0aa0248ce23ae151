"""What a mapping may name, by the names that people know: ids alone tell a person nothing. Reads only; names of people
pass through and are not kept.
"""

from collections.abc import Iterable
from typing import Any

from clients.ado_work_items import WorkItemsApi
from clients.jira_targets import read_target
from domain.errors import UnknownObject, WrongState
from domain.scan_reports import NO_SCAN
from domain.target_sites import TargetProject, TargetType
from domain.work_items import Identity, LinkEnd
from migration.account_search import read_people
from migration.mapping_ground import NO_SITE, find_migration
from migration.source import OpenSource
from services import Services
from store.questions import Question


def answer_choices(services: Services, question: Question, open_source: OpenSource) -> dict[str, Any]:
    """What a worker answers: the Jira project, kinds of links and people of Azure DevOps. A person waits for it, so it
    is asked for in the lane of people. Raises WrongState without a scan, UnknownObject, and the CallError of an answer.
    """
    migration = find_migration(services, question)
    scan = services.scans.find_newest(migration.id)
    if scan is None or scan.report is None:
        raise WrongState(NO_SCAN, code="not_scanned")
    site = services.installations.find(migration.installation_id)
    connection = services.connections.find(migration.installation_id, migration.connection_id)
    if site is None or connection is None:
        raise UnknownObject(NO_SITE)
    services.questions.note(question.id, "reading the Jira project")
    target = read_target(services.jira(site), migration.jira_project_id, board=migration.board_id, explores=False)
    services.questions.note(question.id, "reading the names of people in Azure DevOps")
    api = WorkItemsApi(open_source(connection, migration), migration.project_id, migration.project_name)
    people = read_people(api, scan.report, api.read_fields())
    return write_target(target) | write_source(api.list_link_ends(), people.values())


def write_target(target: TargetProject) -> dict[str, Any]:
    """The Jira project: each field once, with the types that have it."""
    return {
        "types": [
            {"id": one.id, "name": one.name, "level": one.level,
             "statuses": [{"id": status.id, "name": status.name} for status in one.statuses]}
            for one in target.types
        ],
        "fields": write_fields(target.types),
        "priorities": [{"id": value, "name": name} for name, value in target.priorities.items()],
        "linkTypes": [
            {"id": one.id, "name": one.name, "inward": one.inward, "outward": one.outward} for one in target.link_types
        ],
        "components": [{"id": value, "name": name} for name, value in target.components.items()],
        "sprints": [{"id": one.id, "name": one.name, "state": one.state} for one in target.sprints],
        "hasSprints": target.board_id is not None and target.has_sprints,
    }  # fmt: skip


def write_fields(types: Iterable[TargetType]) -> list[dict[str, Any]]:
    """Fields of the create screens, by name. Their options may differ between types: all of them are told."""
    found: dict[str, dict[str, Any]] = {}
    for one in types:
        for field in one.fields:
            shown = found.setdefault(field.id, {
                "id": field.id, "name": field.name, "kind": field.kind, "items": field.items,
                "types": [], "options": {},
            })  # fmt: skip
            shown["types"].append(one.id)
            shown["options"] |= dict(field.options)
    return sorted(found.values(), key=lambda shown: str(shown["name"]).casefold())


def write_source(ends: Iterable[LinkEnd], people: Iterable[Identity]) -> dict[str, Any]:
    """Azure DevOps: what its links are called, and its people."""
    return {
        "linkLabels": {end.name: end.label for end in ends},
        "people": [{"id": one.id, "name": one.name} for one in people],
    }

"""What a mapping is suggested and checked on: the scan, the process of the project, and the Jira project as it is now.

Reads only, in a worker, in the lane of what people wait for. Secrets are read for one question and are in memory only.
"""

from collections.abc import Callable
from dataclasses import dataclass

from clients.ado_work_items import WorkItemsApi
from clients.jira import JiraClient
from clients.jira_targets import read_target
from domain.errors import UnknownObject, WrongState
from domain.scan_reports import NO_SCAN, ScanReport
from domain.target_sites import TargetProject
from domain.work_items import SourceProject
from migration.source import OpenSource
from services import Services
from store.migrations import Migration
from store.questions import Question

NO_SITE = "The Jira site or the organization of this migration is not connected any more. Connect it again."
NO_MIGRATION = "There is no such migration any more."

Say = Callable[[str], None]  # takes words that finish "The worker is ..."


@dataclass(frozen=True, slots=True)
class MappingGround:
    report: ScanReport
    source: SourceProject
    target: TargetProject
    work_items: WorkItemsApi
    jira: JiraClient


def say_nothing(words: str) -> None:
    """Who shows no progress."""


def read_ground(
    services: Services, migration: Migration, open_source: OpenSource, say: Say = say_nothing
) -> MappingGround:  # fmt: skip
    """Raises WrongState without a scan that is done, UnknownObject when the site or the connection is gone, and the
    CallError of an answer.
    """
    scan = services.scans.find_newest(migration.id)
    if scan is None or scan.state != "done" or scan.report is None:
        raise WrongState(NO_SCAN, code="not_scanned")
    site = services.installations.find(migration.installation_id)
    connection = services.connections.find(migration.installation_id, migration.connection_id)
    if site is None or connection is None:
        raise UnknownObject(NO_SITE)
    work_items = WorkItemsApi(open_source(connection, migration), migration.project_id, migration.project_name)
    jira = services.jira(site)
    say("reading the process of the project in Azure DevOps")
    source = work_items.read_source()
    say("reading the Jira project")
    target = read_target(jira, migration.jira_project_id, board=migration.board_id)
    return MappingGround(scan.report, source, target, work_items, jira)


def find_migration(services: Services, question: Question) -> Migration:
    """The migration that a question is about. Raises UnknownObject."""
    found = services.migrations.find_own(question.installation_id, str(question.arguments.get("migration")))
    if found is None:
        raise UnknownObject(NO_MIGRATION)
    return found

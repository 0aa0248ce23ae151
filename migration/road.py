"""What a turn of a run stands on: its clients, its mapping, its source and its target.

Secrets are read when it is opened, for one turn, and are in memory only.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial

from clients.ado_work_items import WorkItemsApi
from clients.gates import Tally
from clients.jira import JiraClient
from clients.jira_bulk import BulkIssues
from clients.jira_issue_parts import IssueParts
from clients.jira_sprints import SprintsApi
from clients.jira_targets import read_target
from domain.errors import UnknownObject
from domain.mapping_documents import read_mapping
from domain.mapping_records import Mapping as WorkMapping
from domain.target_sites import TargetProject
from migration.draft_ground import draft_context
from migration.facts import KeptFacts, RunFacts, keep_ways
from migration.hands import do_both
from migration.made_parts import find_made
from migration.run_watch import RunWatch
from migration.source import OpenSource
from services import Services
from store.connections import Connection
from store.installations import Installation
from store.item_map import MapPlace
from store.migrations import Migration
from store.runs import Counters, Run


@dataclass(frozen=True, slots=True)
class Road:
    """One turn of a run. `is_over`: whether it shall end; `watch`: whether the run goes on in the middle of a step.

    `open_items` opens what reads work items, once; it raises what `open_road` raises.
    """

    services: Services
    run: Run
    migration: Migration
    mapping: WorkMapping
    connection: Connection
    facts: RunFacts
    open_items: Callable[[], WorkItemsApi]
    jira: JiraClient
    bulk: BulkIssues
    parts: IssueParts
    sprints: SprintsApi
    watch: RunWatch
    is_over: Callable[[], bool]

    def at_step(self, run: Run) -> "Road":
        """The same for another step, of the run as it is now."""
        return replace(self, run=run, watch=RunWatch(self.services, run.id, self.now()))

    @property
    def source(self) -> WorkItemsApi:
        return self.open_items()

    @property
    def target(self) -> TargetProject:
        return self.facts.target

    @property
    def place(self) -> MapPlace:
        return MapPlace(self.run.installation_id, self.run.connection_id, self.run.target)

    def now(self) -> int:
        return self.services.now()


@dataclass(frozen=True, slots=True)
class Tallies:
    """What a turn costs."""

    jira: Tally
    ado: Tally

    def take(self) -> Counters:
        """Since it was taken last."""
        calls, points = self.jira.take()
        return Counters(jira_calls=calls, jira_points=points, ado_calls=self.ado.take()[0])


def open_road(
    services: Services, run: Run, kept: KeptFacts, tallies: Tallies, *, open_source: OpenSource,
    is_over: Callable[[], bool],
) -> Road:  # fmt: skip
    """Everything that a turn of a run needs.

    Raises UnknownObject when the site, the connection or the migration is gone, BadInput for a mapping that cannot be
    read, SignInNeeded when the person as whom it reads has to sign in, and the CallError of an answer.

    A run that was cancelled or has failed is only looked after in Jira: what reads work items is opened when it is
    needed.
    """
    installation, connection, migration = _find_ends(services, run)
    kept_facts = kept.peek(run.id)
    mapping = kept_facts.mapping if kept_facts else _read_mapping(services, run)
    jira = services.jira(installation, "migration", tallies.jira)
    bulk = BulkIssues(jira, tallies.jira)
    open_items = cache(
        lambda: WorkItemsApi(open_source(connection, migration), migration.project_id, migration.project_name)
    )
    parts = IssueParts(jira, tallies.jira, partial(services.issue_paces.enter, installation.id))
    reader = _FactsReader(services, run, migration, mapping, connection, open_items, jira, bulk)
    if run.state == "running":
        open_items()  # before anything is begun
        facts = kept.find(run.id, reader.read)
    else:
        facts = reader.read(kept_facts)
    return Road(
        services, run, migration, mapping, connection, facts, open_items,
        jira, bulk, parts, SprintsApi(jira, tallies.jira),
        RunWatch(services, run.id, services.now()), is_over,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _FactsReader:
    """What the facts of a run are made of."""

    services: Services
    run: Run
    migration: Migration
    mapping: WorkMapping
    connection: Connection
    open_items: Callable[[], WorkItemsApi]
    jira: JiraClient
    bulk: BulkIssues

    def read(self, known: RunFacts | None) -> RunFacts:
        """Those that are known, as long as they count."""
        run, now = self.run, self.services.now()
        if known is not None and known.counts_in(run):
            return known
        if known is not None and known.is_fresh(run, now):
            fields, target, now = tuple(known.context.source_fields.values()), known.target, known.read_at
        elif run.state != "running":  # nothing is drafted any more
            fields, target = (), self._read_target(known)
        else:
            fields, target = do_both(self.open_items().read_fields, partial(self._read_target, known))
        made = find_made(self.services, run.id)
        context = draft_context(
            self.connection, self.migration, self.mapping, fields, run.id, sprints=made.sprints(self.mapping),
            components=made.components(self.mapping),
        )  # fmt: skip
        has_earlier = run.phase == "items" and self._look_around(target.key)
        return RunFacts(target, self.mapping, context, run.phase, run.phase_at, now, has_earlier)

    def _read_target(self, known: RunFacts | None) -> TargetProject:
        """Ways through workflows are not looked for: the first issues show them."""
        target = read_target(self.jira, self.run.target, board=self.migration.board_id, explores=False)
        return keep_ways(target, known.target) if known else target

    def _look_around(self, project_key: str) -> bool:
        """Note the highest issue number, above which new ones are looked for; tell whether there are migrated ones."""
        number, has_sources = do_both(
            partial(self.bulk.find_last_number, project_key),
            partial(self.bulk.has_sources, project_key, self.connection.organization),
        )
        self.services.runs.raise_floor(self.run.id, number)
        return has_sources


def _read_mapping(services: Services, run: Run) -> WorkMapping:
    return read_mapping(services.mappings.read(run.migration_id, run.mapping_version) or {})


def _find_ends(services: Services, run: Run) -> tuple[Installation, Connection, Migration]:
    installation = services.installations.find(run.installation_id)
    if installation is None or installation.state != "installed":
        raise UnknownObject("Crosswalk is not installed on this Jira site any more.")
    connection = services.connections.find(run.installation_id, run.connection_id)
    if connection is None:
        raise UnknownObject("The connection to the organization was removed. Connect it again and start a new run.")
    migration = services.migrations.find(run.migration_id)
    if migration is None:
        raise UnknownObject("The migration of this run was deleted.")
    return installation, connection, migration

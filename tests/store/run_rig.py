"""A migration with a run that works, and its rows."""

from store.item_map import MapPlace
from store.migrations import Migrations, NewMigration
from store.run_rows import PlannedRow, RunRows
from store.run_turns import PlanPage, Results, RowResult, RunTurns
from store.runs import NewRun, Runs

NOW = 1_800_000_000_000
SITE, OTHER_SITE = "site-1", "site-2"
PLACE = MapPlace(SITE, "connection-1", "10001")


class RunRig:
    """The stores of runs over one database, with a migration of a site."""

    def __init__(self, engine):
        self.migrations = Migrations(engine)
        self.runs = Runs(engine)
        self.rows = RunRows(engine)
        self.turns = RunTurns(engine)
        self.migration = self.add_migration()

    def add_migration(self, site=SITE):
        wanted = NewMigration(PLACE.connection_id, "project-1", "Webshop", "SHOP", PLACE.jira_project_id)
        return self.migrations.add(site, wanted, NOW)

    def start(self, migration=None, site=SITE, target=PLACE.jira_project_id):
        """A run that waits for a worker; its id."""
        wanted = NewRun(site, (migration or self.migration).id, PLACE.connection_id, target, "full", 1)
        return self.runs.start(wanted, NOW)

    def running(self, *rows):
        """A run that works, with these rows; its id."""
        run_id = self.start()
        self.runs.move(run_id, "begin", NOW)
        if rows:
            assert self.plan(run_id, *rows)
        return run_id

    def plan(self, run_id, *rows, cursor=None, **scanned):
        run = self.runs.find(run_id)
        assert run is not None
        return self.turns.plan_page(run, PlanPage(rows, scanned, cursor), NOW)

    def settle(self, chunk, state="created", now=NOW, **values):
        """Write the same of every row of a chunk; how many were written."""
        results = [RowResult(row.id, state, **values) for row in chunk.rows]
        return self.turns.settle(chunk, PLACE, Results(results), now)

    def states(self, run_id):
        """The states of all rows, in their order."""
        return [row.state for row in self.rows.page(run_id)]


def items(*ids, type="Bug", **values):
    """Planned rows of work items."""
    return [PlannedRow("item", one, type=type, **values) for one in ids]

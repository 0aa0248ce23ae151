"""What is remembered of migrations, in one record: a part of `stores`."""

from dataclasses import dataclass

from redis import Redis
from sqlalchemy import Engine

from store.duties import Duties
from store.item_map import ItemMap, PartMap
from store.mappings import Mappings
from store.migrations import Migrations
from store.questions import Questions
from store.run_rows import RunRows
from store.run_turns import RunTurns
from store.runs import Runs
from store.scans import Scans
from store.secrets import Vault


@dataclass(frozen=True)
class MigrationStores:
    """One of each; safe to share between threads."""

    migrations: Migrations
    mappings: Mappings
    scans: Scans
    runs: Runs
    run_rows: RunRows
    run_turns: RunTurns
    item_map: ItemMap
    part_map: PartMap
    questions: Questions


def open_migration_stores(engine: Engine, redis: Redis, vault: Vault) -> MigrationStores:
    """Make them all. Nothing is opened yet; the first use does."""
    return MigrationStores(
        migrations=Migrations(engine),
        mappings=Mappings(engine),
        scans=Scans(engine),
        runs=Runs(engine),
        run_rows=RunRows(engine),
        run_turns=RunTurns(engine),
        item_map=ItemMap(engine),
        part_map=PartMap(engine),
        questions=Questions(redis, vault, Duties(redis)),
    )

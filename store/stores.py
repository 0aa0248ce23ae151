"""Everything we remember, in one record: the tables of the database and the keys of Redis."""

from dataclasses import dataclass

from redis import Redis
from sqlalchemy import Engine

from store.account_sign_ins import AccountSignIns
from store.backfill_turns import BackfillTurns
from store.backfills import Backfills
from store.branch_marks import BranchMarks
from store.browser_sessions import BrowserSessions
from store.connections import Connections
from store.dead_letters import DeadLetters
from store.duties import Duties
from store.erasures import Erasures
from store.governor import Governor
from store.installations import Installations
from store.issue_paces import IssuePaces
from store.kept_issues import KeptIssues
from store.known_repositories import KnownRepositories
from store.latencies import Latencies
from store.ledger import Ledger
from store.links import Links
from store.marks import Marks
from store.migration_stores import MigrationStores, open_migration_stores
from store.people import People
from store.person_reports import PersonReports
from store.project_keys import ProjectKeys
from store.pulses import Pulses
from store.queue import EventQueue
from store.readings import Readings
from store.secrets import Vault
from store.sign_ins import SignIns
from store.site_settings import SettingsBook
from store.traces import Traces


@dataclass(frozen=True)
class Stores(MigrationStores):
    """One of each; safe to share between threads."""

    engine: Engine
    redis: Redis
    vault: Vault
    installations: Installations
    connections: Connections
    links: Links
    queue: EventQueue
    dead_letters: DeadLetters
    pulses: Pulses
    latencies: Latencies
    traces: Traces
    duties: Duties
    governor: Governor
    issue_paces: IssuePaces
    ledger: Ledger
    marks: Marks
    known_repositories: KnownRepositories
    readings: Readings
    backfills: Backfills
    backfill_turns: BackfillTurns
    erasures: Erasures
    settings_book: SettingsBook
    project_keys: ProjectKeys
    people: People
    person_reports: PersonReports
    browser_sessions: BrowserSessions
    sign_ins: SignIns
    account_sign_ins: AccountSignIns
    branch_marks: BranchMarks
    kept_issues: KeptIssues


def open_stores(engine: Engine, redis: Redis, vault: Vault) -> Stores:
    """Make them all. Nothing is opened yet; the first use does."""
    return Stores(
        **vars(open_migration_stores(engine, redis, vault)),
        engine=engine,
        redis=redis,
        vault=vault,
        installations=Installations(engine, vault),
        connections=Connections(engine, vault),
        links=Links(engine, vault),
        queue=EventQueue(redis),
        dead_letters=DeadLetters(redis),
        pulses=Pulses(redis),
        latencies=Latencies(redis),
        traces=Traces(redis),
        duties=Duties(redis),
        governor=Governor(redis),
        issue_paces=IssuePaces(redis),
        ledger=Ledger(engine),
        marks=Marks(engine),
        known_repositories=KnownRepositories(engine),
        readings=Readings(redis),
        backfills=Backfills(engine),
        backfill_turns=BackfillTurns(engine),
        erasures=Erasures(engine),
        settings_book=SettingsBook(engine),
        project_keys=ProjectKeys(redis),
        people=People(engine),
        person_reports=PersonReports(engine),
        browser_sessions=BrowserSessions(redis),
        sign_ins=SignIns(redis, vault),
        account_sign_ins=AccountSignIns(redis),
        branch_marks=BranchMarks(redis),
        kept_issues=KeptIssues(redis),
    )

"""The table of runs and the records that stand in it. Decides nothing; `runs` reads and writes them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, Row, String, Table

from domain.kept_words import keep_words
from domain.records import Json
from domain.run_states import Phase, RunKind, RunState
from store.db import metadata

PROBLEM_EXAMPLES = 10
COUNTERS = ("jira_calls", "jira_points", "ado_calls", "bytes")

runs = Table(
    "runs",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("installation_id", String(36), nullable=False, index=True),
    Column("migration_id", String(36), nullable=False, index=True),  # no foreign key: records outlive the migration
    Column("connection_id", String(36), nullable=False),
    Column("target", String(32), nullable=False),  # id of the Jira project
    Column("kind", String(8), nullable=False),
    Column("state", String(12), nullable=False),
    Column("phase", String(12), nullable=False),
    Column("mapping_version", Integer, nullable=False),
    Column("turn", Integer, nullable=False),  # how many pages were planned: whoever read an older one writes nothing
    Column("cursor", JSON(none_as_null=True)),  # of the planning, and of what a phase reads in pages
    Column("key_floor", Integer, nullable=False),  # the highest issue number known before something was created
    Column("scanned", JSON, nullable=False),  # what was read at the source, by name, to be accounted for
    Column("jira_calls", BigInteger, nullable=False),
    Column("jira_points", BigInteger, nullable=False),
    Column("ado_calls", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("problems", JSON, nullable=False),
    Column("waiting", JSON(none_as_null=True)),
    Column("ledger", JSON(none_as_null=True)),  # written when it ends
    Column("error_code", String(40)),
    Column("error", String(300)),
    Column("started_at", BigInteger, nullable=False),
    Column("phase_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("done_at", BigInteger),  # when all of it was done: what stops a repair of it later changes nothing of that
)
still_open = runs.c.ended_at.is_(None)
Index(
    "uq_runs_open_target", runs.c.installation_id, runs.c.target, unique=True,
    sqlite_where=still_open, postgresql_where=still_open,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewRun:
    """What a run is started with; `target` is the id of the Jira project."""

    installation_id: str
    migration_id: str
    connection_id: str
    target: str
    kind: RunKind
    mapping_version: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Why nothing moves just now, in a sentence, and until when (ms; None when nobody knows). `code`: that of the error
    behind it, where it has one.
    """

    why: str
    until: int | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True)
class RunProblem:
    """Something a phase found out, such as a difference that verifying saw. `examples`: ids of work items."""

    code: str
    severity: str  # error, warning, info
    detail: str
    count: int
    phase: Phase
    where: str = ""
    examples: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Counters:
    """What a run cost: calls to Jira and their points, calls to Azure DevOps, bytes of files."""

    jira_calls: int = 0
    jira_points: int = 0
    ado_calls: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """A run. `scanned`: what was read at the source by name (`item:<type>`, `comments`, `links`, `attachments`,
    `bytes`), to be accounted for; `ledger` is written when it ends; `error` says why it failed. Times in ms.
    """

    id: str
    installation_id: str
    migration_id: str
    connection_id: str
    target: str
    kind: RunKind
    state: RunState
    phase: Phase
    mapping_version: int
    turn: int
    cursor: Json | None
    key_floor: int
    scanned: Mapping[str, int]
    counters: Counters
    problems: tuple[RunProblem, ...]
    waiting: Waiting | None
    ledger: Json | None
    error_code: str | None
    error: str | None
    started_at: int
    phase_at: int  # when this phase began
    changed_at: int
    ended_at: int | None
    done_at: int | None

    @property
    def is_open(self) -> bool:
        """Whether workers still have to do with it, a cancelled or failed one too while something is on its way."""
        return self.ended_at is None


@dataclass(frozen=True, slots=True)
class RunGlance:
    """What a list tells of a run, without its numbers. `broken`: how much failed or differs; None before it ended."""

    id: str
    kind: RunKind
    state: RunState
    phase: Phase
    mapping_version: int
    started_at: int
    ended_at: int | None
    broken: int | None


# in the order of RunGlance; the ledger itself may be long
GLANCE_COLUMNS = (
    runs.c.id, runs.c.kind, runs.c.state, runs.c.phase, runs.c.mapping_version, runs.c.started_at, runs.c.ended_at,
    runs.c.ledger["broken"].as_integer(),
)  # fmt: skip


def write_problem(problem: RunProblem) -> dict[str, Any]:
    """A problem as it is kept: its words without people, few examples."""
    return asdict(problem) | {"detail": keep_words(problem.detail), "examples": problem.examples[:PROBLEM_EXAMPLES]}


def run_record(row: Row[Any]) -> Run:
    """The run of a row of the table."""
    values = dict(row._mapping)
    values["counters"] = Counters(**{name: values[name] for name in COUNTERS})
    values["problems"] = tuple(RunProblem(**one | {"examples": tuple(one["examples"])}) for one in values["problems"])
    values["waiting"] = Waiting(**values["waiting"]) if values["waiting"] else None
    return Run(**{field.name: values[field.name] for field in fields(Run)})

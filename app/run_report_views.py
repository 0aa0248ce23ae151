"""What the report of a run tells: its ledger and whether it balances, what failed beside it, levels, people, cost."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from app.api import ApiModel
from app.backfills import ReasonView
from app.dead_letters import moment
from app.run_views import RunProblemView, view_problem
from domain.left_fields import list_left, tell_left
from domain.mapping_records import FieldRow
from domain.records import Json
from domain.run_differences import Finding
from domain.run_flaws import count_broken, is_repairable, tell_flaws
from domain.run_states import PHASE_NUMBERS, RunKind, RunState
from linkage.run_numbers import count_seconds, read_numbers
from services import Services
from store.migrations import Migration
from store.runs import Run


class LedgerRowView(ApiModel):
    """`scanned` was counted at the source, the rest from what became of it; the rest adds up to it, or the run is red.

    `skipped` and `failed` by reason. `open`: has not ended.
    """

    scanned: int
    created: int
    adopted: int
    updated: int
    unchanged: int
    skipped: dict[str, int]
    failed: dict[str, int]
    open: int = 0


class LedgerView(ApiModel):
    """Work items by type; comments, links and attachments by number; attachments by bytes."""

    types: dict[str, LedgerRowView]
    comments: LedgerRowView
    links: LedgerRowView
    attachments: LedgerRowView
    bytes: LedgerRowView


class BucketView(ApiModel):
    """How many rows ended between two times."""

    start: datetime
    end: datetime
    rows: int


class TypeChange(ApiModel):
    """What became of a work item type: `target` is the id of an issue type, null when it was left out."""

    source: str
    target: str | None
    items: int
    reason: str


class HierarchyView(ApiModel):
    """Where the levels went: the plan of the mapping, and each type. `asLabels`: issues without a parent, because
    nothing above is one level higher in Jira; what is above stays as labels.
    """

    plan: str
    types: tuple[TypeChange, ...]
    as_labels: int


class FlawView(ApiModel):
    """What the ledger does not tell: sprints, components and closings that failed; issues that lack what failed; work
    items that Azure DevOps fails to show. `repairable`: a repair tries them again.
    """

    code: str
    detail: str
    count: int
    repairable: bool


class LeftFieldView(ApiModel):
    """A field that the mapping leaves out, by its reference name. `detail`: of which types and when, '' for always."""

    source: str
    detail: str


class PeopleView(ApiModel):
    """People whom the mapping names: with an account in Jira, and without one. The description of an issue names the
    latter where they are its reporter or assignee.
    """

    with_account: int
    without_account: int


class ReportView(ApiModel):
    """The report of a run. `balanced` is computed from the ledger. `complete`: everything in scope was read.

    `differences`: how many things differ from what was sent, by what differs; empty before verifying. `broken`: how
    much is not right, which is what failed, has a flaw, or differs. `hierarchy`, `leftOut` and `people` are null when
    the migration was deleted since. `seconds`: until it was done for the first time; `perMinute`: rows that ended, over
    that time.
    """

    id: str
    migration_id: str
    kind: RunKind
    state: RunState
    mapping_version: int
    organization: str | None
    project: str | None
    jira_project: str | None
    started_at: datetime
    ended_at: datetime | None
    seconds: int
    ledger: LedgerView
    balanced: bool
    complete: bool
    flaws: tuple[FlawView, ...]
    differences: dict[str, int]
    broken: int
    problems: tuple[RunProblemView, ...]
    error: ReasonView | None
    hierarchy: HierarchyView | None
    left_out: tuple[LeftFieldView, ...] | None
    people: PeopleView | None
    jira_calls: int
    points: int
    ado_calls: int
    bytes: int
    per_minute: float | None
    pace: tuple[BucketView, ...]


def read_report(services: Services, run: Run) -> ReportView:
    """The report of a run as it is now; of one that has ended it stays the same."""
    return view_report(services, run, read_numbers(services, run))


def view_report(services: Services, run: Run, numbers: Json) -> ReportView:
    """The report of a run with its numbers, as `linkage.run_numbers` has them."""
    migration = services.migrations.find(run.migration_id)
    seconds = count_seconds(services, run)
    pace = tuple(_view_bucket(bucket) for bucket in numbers["pace"])
    return ReportView(
        id=run.id, migration_id=run.migration_id, kind=run.kind, state=run.state, mapping_version=run.mapping_version,
        **_name_places(services, run, migration),
        started_at=moment(run.started_at), ended_at=moment(run.ended_at) if run.ended_at else None, seconds=seconds,
        ledger=LedgerView.model_validate(numbers["ledger"]), balanced=numbers["balanced"], complete=_is_complete(run),
        flaws=tuple(_view_flaw(flaw) for flaw in tell_flaws(numbers.get("flaws", {}))),
        differences=numbers["differences"], broken=count_broken(numbers),
        problems=tuple(view_problem(problem) for problem in run.problems),
        error=ReasonView(code=run.error_code, detail=run.error or "") if run.error_code else None,
        **_tell_mapping(services, run, migration, numbers),
        jira_calls=run.counters.jira_calls, points=run.counters.jira_points, ado_calls=run.counters.ado_calls,
        bytes=run.counters.bytes,
        per_minute=round(sum(bucket.rows for bucket in pace) * 60 / seconds, 1) if pace else None, pace=pace,
    )  # fmt: skip


def _is_complete(run: Run) -> bool:
    """The planning, which reads the scope, has ended."""
    return PHASE_NUMBERS[run.phase] > PHASE_NUMBERS["plan"] or run.phase == "repair"


def _name_places(services: Services, run: Run, migration: Migration | None) -> dict[str, Any]:
    connection = services.connections.find(run.installation_id, run.connection_id)
    return {
        "organization": connection.organization if connection else None,
        "project": migration.project_name if migration else None,
        "jira_project": migration.jira_project if migration else None,
    }


def _tell_mapping(services: Services, run: Run, migration: Migration | None, numbers: Json) -> dict[str, Any]:
    document = services.mappings.read(migration.id, run.mapping_version) if migration else None
    if document is None:
        return {"hierarchy": None, "left_out": None, "people": None}
    known = [bool(row.get("target")) for row in document.get("people", ())]
    return {
        "hierarchy": _view_hierarchy(document, numbers["ledger"]["types"], numbers.get("labelled", 0)),
        "left_out": tuple(_view_left(document)),
        "people": PeopleView(with_account=sum(known), without_account=len(known) - sum(known)),
    }


def _view_hierarchy(document: Json, types: Mapping[str, Json], labelled: int) -> HierarchyView:
    changes = [
        TypeChange(
            source=row["source"],
            target=row.get("target"),
            items=types[row["source"]]["scanned"],
            reason=row.get("reason", ""),
        )
        for row in document.get("types", ())
        if row["source"] in types
    ]
    return HierarchyView(plan=document.get("plan", ""), types=tuple(changes), as_labels=labelled)


def _view_flaw(flaw: Finding) -> FlawView:
    return FlawView(code=flaw.code, detail=flaw.detail, count=flaw.count, repairable=is_repairable(flaw.code))


def _view_left(document: Json) -> Iterator[LeftFieldView]:
    rows = [
        FieldRow(row["source"], row.get("target"), row["rule"], tuple(row.get("types") or ()))
        for row in document.get("fields", ())
    ]
    return (LeftFieldView(source=left.source, detail=tell_left(left)) for left in list_left(rows))


def _view_bucket(bucket: Json) -> BucketView:
    return BucketView(start=moment(bucket["start"]), end=moment(bucket["end"]), rows=bucket["rows"])

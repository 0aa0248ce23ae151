"""/api/migrations/{id}/{suggest,check,dry-run,runs}: what a worker is asked before a run, and the start of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from flask import Blueprint
from pydantic import BaseModel, ConfigDict, Field

from app.access import admit_admins
from app.api import ApiModel, api_view, read_body
from app.checking import (
    check_migration,
    dry_run,
    find_waivers,
    list_blocking,
    require_ready,
    suggest_mapping,
)
from app.dead_letters import moment
from app.mapping_views import MappingView
from app.migrating import require_kind, require_mapping, start_run
from app.migrations import require_migration
from app.worker_questions import QuestionDesk
from domain.mapping_records import PlanName
from domain.records import Json
from domain.run_states import Phase, RunKind, RunState
from services import Services

MOST_PER_TYPE = 5
MOST_IDS = 20
WorkItemId = Annotated[int, Field(ge=1, le=2**53)]


class SuggestBody(ApiModel):
    """Who suggests; `anthropic` is not in this version. `plan`: how levels become Jira's, the best one by default."""

    provider: Literal["rules", "anthropic"] = "rules"
    plan: PlanName | None = None


class ProblemOfCheck(BaseModel):
    """Why a run would fail or lose something: `code` stays, and in `mapping.waivers` accepts it. `where`: a JSON
    pointer into the mapping or the migration; `examples`: ids of work items; `advice`: what to do.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    code: str
    severity: Literal["error", "warning", "info"]
    where: str
    detail: str
    count: int
    examples: tuple[int | str, ...] = ()
    advice: str = ""
    waived: bool = False


class CheckResult(ApiModel):
    """`ready`: no error is left that is not waived, so a run may start."""

    ready: bool
    problems: tuple[ProblemOfCheck, ...]


class DryRunBody(ApiModel):
    """Some work items of each type, or the chosen ones."""

    per_type: Annotated[int, Field(ge=1, le=MOST_PER_TYPE)] = 2
    ids: Annotated[tuple[WorkItemId, ...], Field(max_length=MOST_IDS)] = ()


class DraftView(BaseModel):
    """A work item beside the exact body that Jira would get (null when it gets none), and notes: what became of each
    field, and why. `issueType`, `names` (by field) and `values` (by field, then id) name what the body has as ids.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    source: dict[str, Any]
    issue: dict[str, Any] | None
    notes: tuple[dict[str, Any], ...] = ()


class DryRunResult(ApiModel):
    items: tuple[DraftView, ...]


class NewRunBody(ApiModel):
    """`sample`: some work items of each type only. `delta` is not in this version."""

    kind: RunKind = "full"


class RunStarted(ApiModel):
    id: str


class RunSummary(ApiModel):
    """`broken`: how much failed, lacks what failed, or differs; null before it has ended."""

    id: str
    kind: RunKind
    state: RunState
    phase: Phase
    mapping_version: int
    started_at: datetime
    ended_at: datetime | None
    broken: int | None


class RunList(ApiModel):
    items: tuple[RunSummary, ...]
    next: str | None = None


def routes(services: Services) -> Blueprint:
    """The blueprint with the steps of a migration."""
    blueprint = Blueprint("migration_steps", __name__, url_prefix="/api/migrations/<migration_id>")
    admit_admins(blueprint, services)
    desk = QuestionDesk(services)
    blueprint.add_url_rule("/suggest", view_func=desk.bind(suggest), methods=["POST"])
    blueprint.add_url_rule("/check", view_func=desk.bind(check), methods=["POST"])
    blueprint.add_url_rule("/dry-run", view_func=desk.bind(try_out), methods=["POST"])
    blueprint.add_url_rule("/runs", view_func=desk.bind(begin_run), methods=["POST"])
    blueprint.add_url_rule("/runs", view_func=services.bind(list_runs), methods=["GET"])
    return blueprint


@api_view(body=SuggestBody, answer=MappingView)
def suggest(desk: QuestionDesk, migration_id: str) -> MappingView:
    """Suggest a mapping by what the scan found and what the Jira project offers. Nothing applies until it is put.

    Beside the mapping it has `plans`: what each plan of the hierarchy keeps and loses.
    """
    migration = require_migration(desk.services, migration_id)
    body = read_body(SuggestBody)
    return MappingView.model_validate(suggest_mapping(desk.services, migration, body.provider, desk.ask, body.plan))


@api_view(answer=CheckResult)
def check(desk: QuestionDesk, migration_id: str) -> CheckResult:
    """Tell every reason why a run would fail or lose something, before anything is written."""
    migration = require_migration(desk.services, migration_id)
    problems = check_migration(desk.services, migration, desk.ask)
    return view_check(problems, find_waivers(desk.services, migration))


@api_view(body=DryRunBody, answer=DryRunResult)
def try_out(desk: QuestionDesk, migration_id: str) -> DryRunResult:
    """Show what Jira would get for some work items. Writes nothing, anywhere."""
    body = read_body(DryRunBody)
    migration = require_migration(desk.services, migration_id)
    items = dry_run(desk.services, migration, body.per_type, body.ids, desk.ask)
    return DryRunResult(items=tuple(DraftView.model_validate(item) for item in items))


@api_view(body=NewRunBody, answer=RunStarted, status=202)
def begin_run(desk: QuestionDesk, migration_id: str) -> tuple[RunStarted, int]:
    """Check once more, then start a run with the mapping as it is."""
    kind = read_body(NewRunBody).kind
    migration = require_migration(desk.services, migration_id)
    require_kind(kind)
    require_mapping(migration)
    require_ready(desk.services, migration, desk.ask)
    return RunStarted(id=start_run(desk.services, migration, kind)), 202


@api_view(answer=RunList)
def list_runs(services: Services, migration_id: str) -> RunList:
    """List the runs of a migration, the newest first."""
    found = services.runs.list_for(require_migration(services, migration_id).id)
    return RunList(items=tuple(
        RunSummary(
            id=run.id, kind=run.kind, state=run.state, phase=run.phase, mapping_version=run.mapping_version,
            started_at=moment(run.started_at), ended_at=moment(run.ended_at) if run.ended_at else None,
            broken=run.broken,
        )
        for run in found
    ))  # fmt: skip


def view_check(problems: Sequence[Json], waivers: frozenset[str]) -> CheckResult:
    shown = [ProblemOfCheck.model_validate({**problem, "waived": problem["code"] in waivers}) for problem in problems]
    return CheckResult(ready=not list_blocking(problems, waivers), problems=tuple(shown))

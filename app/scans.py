"""/api/migrations/{id}/scan: reading what a project holds, and the statistics of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from flask import Blueprint

from app.access import admit_admins
from app.api import ApiModel, api_view
from app.backfills import ReasonView
from app.dead_letters import moment
from app.migrating import cancel_scan, require_scan, start_scan
from app.migrations import require_migration
from domain.run_states import RunState
from domain.scan_documents import write_scan
from domain.scan_reports import ScanReport
from domain.work_items import TreeNode
from services import Services
from store.scans import Scan

AS_KEPT = frozenset({
    "items", "types", "fields", "tags", "comments", "commentedItems", "links", "inlineImages", "testItems", "over",
})  # fmt: skip


class ScanStarted(ApiModel):
    id: str
    state: RunState


class TypeView(ApiModel):
    """`filled`: in how many of them each field has a value; `parents`: by type of the parent, '' for none."""

    name: str
    count: int
    states: dict[str, int]
    filled: dict[str, int]
    parents: dict[str, int]


class FieldView(ApiModel):
    """A field in use; `values` of closed lists only."""

    name: str
    label: str
    kind: str
    filled: int
    values: dict[str, int]


class NodeView(ApiModel):
    """An area or an iteration, with the number of work items in it."""

    path: str
    name: str
    start: str | None
    finish: str | None
    items: int


class UserView(ApiModel):
    """Somebody whom `items` work items name; the id is Azure DevOps' own. Names are not kept."""

    id: str
    items: int


class BigFile(ApiModel):
    work_item: int
    bytes: int


class FilesView(ApiModel):
    count: int
    bytes: int
    biggest: tuple[BigFile, ...]


class OverView(ApiModel):
    """How many work items are over a limit of Jira; `examples` are ids."""

    count: int
    examples: tuple[int, ...]


class ScanView(ApiModel):
    """A scan and what it found so far; complete when `state` is `done`. `done`, `total`: work items, `total` null while
    it is not known. `error` says why it failed, or what it waits for. `states`: of all types together.
    """

    id: str
    state: RunState
    done: int
    total: int | None
    error: ReasonView | None
    started_at: datetime
    changed_at: datetime
    ended_at: datetime | None
    items: int
    types: tuple[TypeView, ...]
    states: dict[str, int]
    fields: tuple[FieldView, ...]
    users: tuple[UserView, ...]
    areas: tuple[NodeView, ...]
    iterations: tuple[NodeView, ...]
    tags: int
    comments: int
    commented_items: int
    links: dict[str, int]
    attachments: FilesView
    inline_images: int
    test_items: int
    over: dict[str, OverView]


def routes(services: Services) -> Blueprint:
    """The blueprint with the scan of a migration."""
    blueprint = Blueprint("scans", __name__, url_prefix="/api/migrations/<migration_id>/scan")
    admit_admins(blueprint, services)
    blueprint.add_url_rule("", view_func=services.bind(begin_scan), methods=["POST"])
    blueprint.add_url_rule("", view_func=services.bind(show_scan), methods=["GET"])
    blueprint.add_url_rule("/cancel", view_func=services.bind(stop_scan), methods=["POST"])
    return blueprint


@api_view(answer=ScanStarted, status=202)
def begin_scan(services: Services, migration_id: str) -> tuple[ScanStarted, int]:
    """Scan the project, read-only. One under way goes on; one that failed goes on where it stopped; else anew."""
    found = start_scan(services, require_migration(services, migration_id))
    return ScanStarted(id=found.id, state=found.state), 202


@api_view(answer=ScanView)
def show_scan(services: Services, migration_id: str) -> ScanView:
    """Show how far the scan is, and what it found so far."""
    return view_scan(require_scan(services, require_migration(services, migration_id)))


@api_view(answer=ScanStarted)
def stop_scan(services: Services, migration_id: str) -> ScanStarted:
    """Stop the scan; what it found so far can still be seen."""
    found = cancel_scan(services, require_migration(services, migration_id))
    return ScanStarted(id=found.id, state=found.state)


def view_scan(scan: Scan) -> ScanView:
    """A scan as people see it."""
    report = scan.report or ScanReport()
    shown = write_scan(report)
    return ScanView.model_validate({name: shown[name] for name in AS_KEPT} | _view_progress(scan) | _view_sums(report))


def _view_progress(scan: Scan) -> dict[str, object]:
    return {
        "id": scan.id, "state": scan.state, "done": scan.done, "total": scan.total,
        "error": ReasonView(code=scan.error_code, detail=scan.error or "") if scan.error_code else None,
        "startedAt": moment(scan.started_at), "changedAt": moment(scan.changed_at),
        "endedAt": moment(scan.ended_at) if scan.ended_at else None,
    }  # fmt: skip


def _view_sums(report: ScanReport) -> dict[str, object]:
    states: Counter[str] = Counter()
    for one in report.types:
        states.update(one.states)
    files = report.files
    return {
        "states": dict(states),
        "users": [UserView(id=person, items=count) for person, count in report.people.items()],
        "areas": _view_nodes(report.areas, report.area_items),
        "iterations": _view_nodes(report.iterations, report.iteration_items),
        "attachments": FilesView(
            count=files.count, bytes=files.bytes,
            biggest=tuple(BigFile(work_item=item, bytes=size) for item, size in files.biggest),
        ),
    }  # fmt: skip


def _view_nodes(nodes: Sequence[TreeNode], items: Mapping[str, int]) -> tuple[NodeView, ...]:
    return tuple(
        NodeView(path=node.path, name=node.name, start=node.start, finish=node.finish, items=items.get(node.path, 0))
        for node in nodes
    )

"""Asking a worker about a migration: a suggested mapping, what it may name, a check, a dry run. For the API and the
command line.
"""

from collections.abc import Callable, Sequence
from typing import Any

from app.migrating import require_mapping, require_report
from domain.errors import BadInput, Fault, WrongState
from domain.mapping_records import PlanName
from domain.migration_checks import is_blocking
from domain.problem_codes import KINDS
from domain.records import Json
from services import Services
from store.migrations import Migration
from store.questions import QuestionKind

# How a worker is asked: `ask_worker` of a command, or the desk of the web process, which bounds how many wait at once
Ask = Callable[[Migration, QuestionKind, Json], Json]

ONLY_RULES = "This version suggests by rules only: leave the provider out, or say rules."
HISTORY = "history_left_out"
NO_HISTORY: Json = {
    "code": HISTORY, "severity": KINDS[HISTORY][0], "where": "/options/history", "count": 1, "examples": [],
    "detail": "The history of work items is not taken along in this version.", "advice": KINDS[HISTORY][1],
}  # fmt: skip


def suggest_mapping(
    services: Services, migration: Migration, provider: str, ask: Ask, plan: PlanName | None = None
) -> Json:
    """A mapping document that may be put as it is, by the best plan of the hierarchy or the one that is chosen.

    Raises BadInput for another provider, WrongState without a scan.
    """
    if provider != "rules":
        raise BadInput(ONLY_RULES, (Fault("/provider", ONLY_RULES),))
    scan, _report = require_report(services, migration)
    chosen = {"plan": plan} if plan else {}
    return ask(migration, "suggest", {"scan": scan.id, "provider": provider, **chosen})


def list_choices(services: Services, migration: Migration, ask: Ask) -> Json:
    """What a mapping may name, by the names people know. Raises WrongState without a scan."""
    scan, _report = require_report(services, migration)
    return ask(migration, "choices", {"scan": scan.id})


def check_migration(services: Services, migration: Migration, ask: Ask) -> Sequence[Json]:
    """Every reason why a run would fail or lose something. Raises WrongState without a scan or a mapping."""
    scan, _report = require_report(services, migration)
    version = require_mapping(migration)
    problems: Sequence[Json] = ask(migration, "check", {"scan": scan.id, "version": version})["problems"]
    return [*problems, NO_HISTORY] if migration.options.history else problems


def dry_run(services: Services, migration: Migration, per_type: int, ids: Sequence[int], ask: Ask) -> Sequence[Json]:
    """Drafts of some work items: chosen ones, else some of each type. Raises WrongState without a scan or a mapping."""
    scan, _report = require_report(services, migration)
    version = require_mapping(migration)
    chosen: dict[str, Any] = {"ids": sorted(set(ids))} if ids else {"perType": per_type}
    items: Sequence[Json] = ask(migration, "dry-run", {"scan": scan.id, "version": version, **chosen})["items"]
    return items


def find_waivers(services: Services, migration: Migration) -> frozenset[str]:
    """The codes of problems that the mapping accepts."""
    document = services.mappings.read(migration.id) or {}
    return frozenset(document.get("waivers", ()))


def list_blocking(problems: Sequence[Json], waivers: frozenset[str]) -> Sequence[Json]:
    """The problems that keep a run from starting."""
    return [problem for problem in problems if is_blocking(problem["code"], problem["severity"], waivers)]


def require_ready(services: Services, migration: Migration, ask: Ask) -> None:
    """Check a migration before its run. Raises WrongState that names what blocks it."""
    blocking = list_blocking(check_migration(services, migration, ask), find_waivers(services, migration))
    if blocking:
        codes = ", ".join(sorted({problem["code"] for problem in blocking}))
        text = f"The run would fail. Mend or waive what the check tells as errors: {codes}."
        raise WrongState(text, code="check_failed")

"""Every reason why a run would fail or lose something, told before anything is written. Pure: rules over a scan, a
process, a Jira project and a mapping. Each rule is in the module of its subject; the codes are in `problem_codes`.
"""

from collections.abc import Callable, Collection, Iterator

from domain.check_facts import CheckFacts, Taken
from domain.mapping_records import Mapping as WorkMapping
from domain.migration_checks_fields import check_fields
from domain.migration_checks_limits import check_limits
from domain.migration_checks_places import check_areas, check_iterations
from domain.migration_checks_required import check_required
from domain.migration_checks_rights import check_project, check_rights, check_settings
from domain.migration_checks_states import check_states
from domain.migration_checks_types import check_parents, check_scope, check_types
from domain.migration_checks_values import check_links, check_people, check_priorities
from domain.problem_codes import Problem
from domain.scan_reports import ScanReport
from domain.target_sites import TargetProject
from domain.work_items import SourceProject

RULES: tuple[Callable[[CheckFacts], Iterator[Problem]], ...] = (
    check_project, check_rights, check_settings, check_types, check_required, check_states, check_fields,
    check_parents, check_scope, check_iterations, check_areas, check_priorities, check_people, check_links,
    check_limits,
)  # fmt: skip
ORDER = ("error", "warning", "info")


def check_mapping(
    report: ScanReport,
    source: SourceProject,
    target: TargetProject,
    mapping: WorkMapping,
    options: Taken,
    *,
    accounts: Collection[str] | None = None,
) -> tuple[Problem, ...]:
    """All problems, errors first. `accounts`: the accounts of the mapping that can be used; None: nobody looked."""
    facts = CheckFacts(report, source, target, mapping, options, accounts)
    found = [problem for rule in RULES for problem in rule(facts)]
    return tuple(sorted(found, key=lambda problem: ORDER.index(problem.severity)))


def is_blocking(code: str, severity: str, waivers: Collection[str]) -> bool:
    """Whether a problem keeps a run from starting: an error that nobody has waived."""
    return severity == "error" and code not in waivers

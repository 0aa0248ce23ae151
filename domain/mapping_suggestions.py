"""The whole mapping as rules propose it, each row with how sure it is and why. Pure: what is known comes in, a document
goes out, and nothing applies before a person has saved it.
"""

from collections.abc import Callable, Mapping

from domain.hierarchy_plans import plan_hierarchies
from domain.mapping_records import Mapping as WorkMapping
from domain.mapping_records import PlanName
from domain.mapping_suggestions_areas import suggest_areas
from domain.mapping_suggestions_fields import suggest_fields
from domain.mapping_suggestions_iterations import suggest_iterations
from domain.mapping_suggestions_links import suggest_links
from domain.mapping_suggestions_states import suggest_states
from domain.mapping_suggestions_values import suggest_people, suggest_priorities
from domain.scan_reports import ScanReport
from domain.target_sites import TargetProject
from domain.work_items import SourceProject

# Whoever suggests: scan, process, target, account ids by identity id, and the plan that was chosen, None for the best
Suggester = Callable[[ScanReport, SourceProject, TargetProject, Mapping[str, str], PlanName | None], WorkMapping]


def suggest_mapping(
    report: ScanReport,
    source: SourceProject,
    target: TargetProject,
    people: Mapping[str, str],
    plan: PlanName | None = None,
) -> WorkMapping:
    """A mapping of everything that the scan found. `people`: account ids by identity id, found by mail address, '' for
    who has none.
    """
    plans = plan_hierarchies(report, source, target)
    chosen = next(one for one in plans if (one.name == plan if plan else one.is_suggested))
    return WorkMapping(
        plan=chosen.name,
        types=chosen.types,
        fields=suggest_fields(report, source, target, chosen.types),
        states=suggest_states(report, source, target, chosen.types),
        priorities=suggest_priorities(report, target),
        iterations=suggest_iterations(report, target),
        areas=suggest_areas(report, target),
        people=suggest_people(report, people),
        links=suggest_links(report, target),
    )

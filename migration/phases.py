"""The phases of a run and what does a step of each. The last one, the report, is written by whoever ends the run."""

from collections.abc import Callable, Mapping

from domain.run_states import PHASES, Phase
from migration.close import close_sprints
from migration.comments import comment_issues
from migration.files import attach_files
from migration.links import link_issues
from migration.move import move_items
from migration.plan import plan_run
from migration.prepare import prepare_parts
from migration.road import Road
from migration.steps import GO_ON, OVER, Step
from migration.verify import verify_run
from store.outbox import ROWS_AT_ONCE

# A step of a phase by one of the slots of a run; it raises what stopped it
Work = Callable[[Road, int], Step]
SLOT_WAIT = 1_000  # ms


def plan_repairs(road: Road, slot: int) -> Step:
    """Plan again what failed or was found different; one slot does it."""
    if slot:
        return Step(due=road.now() + SLOT_WAIT)
    return GO_ON if road.services.run_rows.replan(road.run.id, road.now(), ROWS_AT_ONCE) else OVER


STEPS: Mapping[Phase, Work] = {
    "repair": plan_repairs,
    "plan": plan_run,
    "prepare": prepare_parts,
    "items": move_items,
    "links": link_issues,
    "comments": comment_issues,
    "files": attach_files,
    "close": close_sprints,
    "verify": verify_run,
}


def next_phase(phase: Phase) -> Phase:
    """What comes after it; repairing goes on with all that can be repaired."""
    return "prepare" if phase == "repair" else PHASES[PHASES.index(phase) + 1]

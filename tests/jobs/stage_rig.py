"""Runs of one pipeline, three environments, and events of the stage `Deploy`."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from domain.facts import DeploymentFacts
from domain.records import StageChanged
from jobs.stage_facts import gather_stage
from tests.jobs.pipeline_rig import Rig, open_rig
from tests.jobs.pipeline_wire import PROJECT, build_json, change_json

RUN = 100
QA, PROD, LAB = 3, 4, 5


class PassingMemory:
    """Remembers as long as the object lives."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, str], tuple[int, ...]] = {}

    def recall(self, pipeline_id: int, stage: str) -> tuple[int, ...] | None:
        return self._kept.get((pipeline_id, stage))

    def remember(self, pipeline_id: int, stage: str, environments: tuple[int, ...]) -> None:
        self._kept[pipeline_id, stage] = environments


def open_stages() -> Iterator[Rig]:
    """Three environments and the runs 90, 100 and 110; nothing deployed yet."""
    for rig in open_rig():
        rig.wire.environments = {QA: "qa1", PROD: "prod-eu", LAB: "lab"}
        for run in (90, RUN, 110):
            rig.wire.builds[run] = build_json(run)
            rig.wire.changes[run] = [change_json(f"LED-{run} own")]
        rig.wire.between[90, RUN] = [change_json("LED-95 between"), change_json("LED-100 own")]
        yield rig


def stage(state: Any = "completed", result: Any = None, *, run: int = RUN, attempt: int = 1) -> StageChanged:
    ended: Any = result or "succeeded" if state == "completed" else None
    created = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
    return StageChanged(
        run, 41, "Ledger CI", f"20260302.{run}", "Deploy", "Deploy it", state, ended, attempt, PROJECT, created, created
    )


def deploy(rig: Rig, environment: int, *records: dict[str, Any]) -> None:
    rig.wire.records[environment] = [*reversed(records), *rig.wire.records.get(environment, [])]


def gather(rig: Rig, memory: PassingMemory, event: StageChanged) -> tuple[DeploymentFacts, ...]:
    rig.wire.asked.clear()
    return gather_stage(event, rig.pipelines, rig.git, memory)


def numbers(found: tuple[DeploymentFacts, ...]) -> list[tuple[str, int, str]]:
    """Environment (the end of its key), number and state of each deployment."""
    return [(facts.environment_key.rpartition("-")[2], facts.sequence_number, facts.state) for facts in found]

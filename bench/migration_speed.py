"""Work items per minute: the way of a simple script, one call after the other, against ours; and what ours costs.

Both sides write into the same lean stand-ins, which answer after DELAY. The script is measured on a part, because each
of its items takes the same. Our time is from the start of the run until everything has arrived; verifying, which the
script does not do, is told beside it. No sprints and no components: the script makes none. A run counts only when all
of the story has arrived, once, and its report says so.
"""

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import requests

from bench.migration import EVERYTHING, NOTHING, STEP_SECONDS, Stuck, Wish, await_end, prepare_trip, read_run
from bench.migration_ado import COUNTS, SAMPLES, Story, make_lean_ado, open_story
from bench.migration_counts import complain
from bench.migration_jira import make_lean_jira, open_project
from bench.product import Lanes
from bench.report import Measure, tell
from bench.rig import Rig, running
from bench.seeds_way import SeedsWay
from sandbox.ado_seed import TOKENS
from sandbox.jira_migration import add_migration_project
from sandbox.jira_site import Project

PROJECT = "Webshop"
ITEMS, PART = 2_000, 100
QUICK_ITEMS, QUICK_PART = 400, 20
WORKERS = 2
DELAY = 0.1
WHOLE_TIMES, BARE_TIMES = 20.0, 60.0
MOST_POINTS, MOST_ADO_CALLS = 1.05, 15.0
WRITES = ("issues", "comments", "links", "files")
PARTS: Mapping[str, Mapping[str, bool]] = {"whole": EVERYTHING, "bare": NOTHING}
OPTION_OF = {"comments": "comments", "links": "links", "files": "attachments"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run against the script. `per_minute`: work items; `seconds`: until all has arrived; `points`: writes in Jira
    for each thing that was made; `ado_calls`: of the run, for 1,000 work items; `jira` and `ado`: calls by kind, as the
    stand-ins counted them, and what the product counted.
    """

    kind: str
    per_minute: float
    script_per_minute: float
    seconds: float
    until_done: float
    points: float
    ado_calls: float
    jira: Mapping[str, Any]
    ado: Mapping[str, Any]
    phases: Mapping[str, float]

    @property
    def times(self) -> float:
        return self.per_minute / self.script_per_minute


def main() -> None:
    given = read_arguments()
    items, part = (QUICK_ITEMS, QUICK_PART) if given.quick else (ITEMS, PART)
    began = time.monotonic()
    rounds = [[measure(kind, items, part) for kind in PARTS] for _ in range(given.rounds)]
    details = {
        "items": items, "script_measured_on": part, "delay_seconds": DELAY, "workers": WORKERS,
        "wall_seconds": round(time.monotonic() - began, 1),
        "rounds": [[asdict(one) | {"times": round(one.times, 2)} for one in found] for found in rounds],
    }  # fmt: skip
    tell("migration_speed", list(judge(rounds)), details, as_json=given.json)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="a small form, to see that it runs")
    parser.add_argument("--rounds", type=int, default=5, help="how often each side is measured")
    return parser.parse_args()


def judge(rounds: Sequence[Sequence[Outcome]]) -> Sequence[Measure]:
    whole, bare = zip(*rounds, strict=True)
    return [
        Measure("items per minute, whole", "times the script", tuple(o.times for o in whole), WHOLE_TIMES, "higher"),
        Measure(
            "items per minute, items alone", "times the script", tuple(o.times for o in bare), BARE_TIMES, "higher"
        ),
        Measure("writes in Jira", "per thing", tuple(o.points for o in whole), MOST_POINTS, "lower"),
        Measure("calls to Azure DevOps", "per 1,000 items", tuple(o.ado_calls for o in bare), MOST_ADO_CALLS, "lower"),
    ]


def measure(kind: str, items: int, part: int) -> Outcome:
    """The script, then a run of ours, with stand-ins and databases of their own."""
    with running(workers=WORKERS, lanes=Lanes(make_lean_jira, make_lean_ado, DELAY), link=False) as rig:
        plan = rig.product.organization.seed_work_items(PROJECT, SAMPLES + 20)
        project = add_migration_project(rig.product.site, "MOVED")
        wish = Wish(rig.connection, PROJECT, project.key, options=PARTS[kind], change=leave_places)
        trip = prepare_trip(rig.product, wish)
        open_lanes(rig, project, plan.first, items)
        script = run_script(rig, project, kind, plan.first, part)
        story = open_lanes(rig, project, plan.first, items)
        for address in (rig.product.site.base_url, rig.product.ado_url):
            requests.post(f"{address}/_control/latency", json={"ms": DELAY * 1000}, timeout=10).raise_for_status()
        run_id = trip.start()
        before = count_calls(rig)
        phases = follow_run(rig, run_id)
        counts = count_calls(rig)
        require_all(rig, run_id, counts["jira"], wanted_things(story, kind))
        return weigh(read_run(rig.product, run_id), kind, script=script, phases=phases, before=before, counts=counts)


def leave_places(mapping: dict[str, Any]) -> None:
    """No sprints and no components: the script makes none."""
    mapping["iterations"] = [row | {"action": "none"} for row in mapping["iterations"]]
    mapping["areas"] = [row | {"action": "none"} for row in mapping["areas"]]


def open_lanes(rig: Rig, project: Project, first: int, count: int) -> Story:
    open_project(rig.product.site.base_url, rig.product.site, project)
    return open_source(rig, first, count)


def open_source(rig: Rig, first: int, count: int) -> Story:
    organization = rig.product.organization
    source = organization.find_project(PROJECT)
    return open_story(rig.product.ado_url, organization.name, source.id, TOKENS["full"], first=first, count=count)


def wanted_things(story: Story, kind: str) -> Mapping[str, int]:
    """How many issues, comments, links and files a run of this kind has to make."""
    taken = {"issues", *(name for name, option in OPTION_OF.items() if PARTS[kind][option])}
    return {name: count for name, count in story.count_things().items() if count and name in taken}


def run_script(rig: Rig, project: Project, kind: str, first: int, part: int) -> float:
    """Work items per minute of the simple script."""
    organization, source = rig.product.organization, rig.product.organization.find_project(PROJECT)
    types = rig.product.site.tracker.scheme(project.id).types
    issue_type = next(one.id for one in types if one.level == 0)
    way = SeedsWay(
        f"{rig.product.ado_url}/{organization.name}/{source.id}/_apis/wit", rig.product.site.base_url, project.id,
        issue_type, comments=PARTS[kind]["comments"], links=PARTS[kind]["links"], files=PARTS[kind]["attachments"],
    )  # fmt: skip
    return part / way.migrate(first, part) * 60


def follow_run(rig: Rig, run_id: str, seconds: float = STEP_SECONDS) -> Mapping[str, float]:
    """When each phase began, in seconds from the start of the run, and when it was done. Raises Stuck."""
    phases: dict[str, float] = {}

    def look() -> Any:
        run = read_run(rig.product, run_id)
        phases[run["phase"]] = seconds_between(run["startedAt"], run["phaseAt"])
        return run

    run = await_end(look, seconds)
    if run["state"] != "done":
        raise Stuck(f"the run is {run['state']}: {run['error']}")
    return phases | {"done": seconds_between(run["startedAt"], run["endedAt"])}


def seconds_between(start: str, end: str) -> float:
    return round((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds(), 3)


def require_all(rig: Rig, run_id: str, jira: Mapping[str, Any], wanted: Mapping[str, int]) -> None:
    """Raises Stuck unless Jira got `wanted`, each once and nothing else, and the report of the run agrees."""
    made = {name: count for name in WRITES if (count := jira["made"].get(name, 0))}
    wrong = list(complain(rig.product.call("GET", f"/api/runs/{run_id}/report")))
    if made != wanted:
        wrong.append(f"Jira got {made}, the story holds {dict(wanted)}")
    if jira["doubled"]:
        wrong.append(f"{jira['doubled']} things are doubled")
    if jira["objections"]:
        wrong.append(f"the stand-in objected: {jira['objections']}")
    if wrong:
        raise Stuck("; ".join(wrong))


def weigh(
    run: Mapping[str, Any], kind: str, *, script: float, phases: Mapping[str, float], before: Mapping[str, Any],
    counts: Mapping[str, Any],
) -> Outcome:  # fmt: skip
    """What a run cost in which everything has arrived; `before` and `counts` are what the stand-ins had counted."""
    jira, made = counts["jira"], counts["jira"]["made"]
    ado = {name: count - before["ado"].get(name, 0) for name, count in counts["ado"].items()}
    arrived = next(phases[name] for name in ("close", "verify", "report", "done") if name in phases)
    written = sum(made.values())
    spent = written + sum(jira["calls"].get(name, 0) for name in ("edit", "move"))
    items, asked = made["issues"], max(sum(ado.values()), run["adoCalls"])  # a worker may begin before `before` is read
    sys.stderr.write(f"  {kind}: {items / arrived * 60:.0f} items a minute, the script {script:.0f}\n")
    return Outcome(
        kind, items / arrived * 60, script, arrived, phases["done"], spent / written, asked * 1000 / items,
        {"calls": jira["calls"], "made": made, "points": run["points"], "all_calls": run["jiraCalls"]},
        {"calls": ado, "all_calls": run["adoCalls"]}, phases,
    )  # fmt: skip


def count_calls(rig: Rig) -> dict[str, Any]:
    sides = {"jira": rig.product.site.base_url, "ado": rig.product.ado_url}
    return {name: requests.get(address + COUNTS, timeout=30).json() for name, address in sides.items()}


if __name__ == "__main__":
    main()

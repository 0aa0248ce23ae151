"""Bursts and single events: how many calls a burst costs Jira, and how soon one event alone is there.

Jira and Azure DevOps answer after a tenth of a second. A burst is 50 pushes of one repository, posted as fast as they
can be; twenty bursts make a round. Then events come one at a time, each into a quiet repository.
"""

import json
import multiprocessing
import time
from collections.abc import Callable
from typing import Any

from bench.fast_lane import Hot
from bench.load import Line, make_ado_answers, make_jira_answers, send_events
from bench.product import Lanes
from bench.report import Measure, percentile, read_arguments, tell
from bench.rig import Rig, running

BURSTS = 20
BURST = 50
ALONE = 40
DELAY = 0.1
MOST_CALLS = 60.0  # per 1,000 events
MOST_SECONDS = 1.5
IDLE_SECONDS = 60.0


def logging_jira(seen: Any) -> Callable[[], Hot]:
    """Jira that tells when each bulk call came, and which commits it held."""

    def log(target: str, body: bytes) -> None:
        repositories = json.loads(body).get("repositories", [])
        seen.put((time.monotonic(), [commit["id"] for one in repositories for commit in one.get("commits", [])]))

    return make_jira_answers(log)


def run_bursts(rig: Rig, seen: Any, round_number: int) -> float:
    """Jira calls per 1,000 events. Raises RuntimeError when one was refused."""
    empty(seen)
    story = rig.story(BURSTS, first=1_000_000 * (round_number + 1))
    for repository in range(BURSTS):
        events = (story.push(repository, 2) for _ in range(BURST))
        _sent, refused = send_events(events, rig.hooks, rate=2_000, seconds=BURST / 2_000)
        if refused:
            raise RuntimeError(f"{len(refused)} events were refused: what they would have cost is not counted")
    wait_idle(rig)
    return len(empty(seen)) * 1_000 / (BURSTS * BURST)


def run_alone(rig: Rig, seen: Any, round_number: int) -> list[float]:
    """Seconds from the post of an event to the call of Jira that brings it, each event alone."""
    story = rig.story(ALONE, first=500_000 + 1_000_000 * (round_number + 1))
    line, found = Line(rig.hooks), []
    for repository in range(ALONE):
        body = story.keyed_push(repository)
        empty(seen)
        began = time.monotonic()
        line.post(body)
        at, _commits = seen.get(timeout=20)
        found.append(at - began + DELAY)  # Jira answers that much later
        wait_idle(rig)
    return found


def wait_idle(rig: Rig) -> None:
    """Until nothing waits. Raises TimeoutError when that takes too long: what still waits has cost nothing yet."""
    ends = time.monotonic() + IDLE_SECONDS
    while waiting := rig.waiting():
        if time.monotonic() > ends:
            raise TimeoutError(f"{waiting} events still wait")
        time.sleep(0.02)


def empty(seen: Any) -> list[Any]:
    time.sleep(0.05)  # a queue between processes is not there at once
    found = []
    while not seen.empty():
        found.append(seen.get())
    return found


def main() -> None:
    rounds = read_arguments().rounds
    seen: Any = multiprocessing.get_context("fork").Queue()
    with running(workers=2, lanes=Lanes(logging_jira(seen), make_ado_answers, DELAY)) as rig:
        calls = tuple(run_bursts(rig, seen, number) for number in range(rounds))
        slow = tuple(percentile(run_alone(rig, seen, rounds + number), 0.95) for number in range(rounds))
    tell("bursts", [
        Measure("Jira calls per 1,000 events in bursts of 50", "calls", calls, MOST_CALLS, "lower"),
        Measure("one event alone reaches Jira, p95", "s", slow, MOST_SECONDS, "lower"),
    ])  # fmt: skip


if __name__ == "__main__":
    main()

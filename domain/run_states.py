"""The words of a migration's runs: states, phases, states of rows, and which call is allowed in which state. Pure.

States are those of the HTTP surface and stay as they are.
"""

from collections.abc import Mapping
from typing import Literal

from domain.errors import WrongState

RunState = Literal["queued", "running", "pausing", "paused", "done", "failed", "cancelled", "rolled_back"]
RunKind = Literal["full", "sample", "delta"]
Phase = Literal[
    "repair", "plan", "prepare", "items", "links", "comments", "files", "close", "verify", "report"
]  # fmt: skip
RowKind = Literal["sprint", "component", "item", "link", "comments", "file", "close", "verify"]
RowState = Literal["planned", "sending", "created", "adopted", "unchanged", "updated", "skipped", "failed"]
PersonsCall = Literal["pause", "resume", "cancel", "verify", "repair", "rollback"]
WorkersCall = Literal["begin", "halt", "finish", "fail", "put_back"]

PHASES: tuple[Phase, ...] = (
    "plan", "prepare", "items", "links", "comments", "files", "close", "verify", "report",
)  # fmt: skip
# `repair` comes before a run goes on from `prepare`: rows that failed or differ are planned again
PHASE_NUMBERS: Mapping[Phase, int] = {phase: number for number, phase in enumerate(PHASES)} | {"repair": -1}
KIND_PHASES: Mapping[RowKind, Phase] = {
    "sprint": "prepare", "component": "prepare", "item": "items", "link": "links", "comments": "comments",
    "file": "files", "close": "close", "verify": "verify",
}  # fmt: skip
OPEN_ROWS: tuple[RowState, ...] = ("planned", "sending")
ENDED_ROWS: tuple[RowState, ...] = ("created", "adopted", "unchanged", "updated", "skipped", "failed")

# What a call makes of a state; a pair that is not here is refused. WorkersCall are the workers' own
MOVES: Mapping[tuple[RunState, PersonsCall | WorkersCall], RunState] = {
    ("queued", "begin"): "running",
    ("queued", "pause"): "paused",  # no worker has begun since, so nothing is on its way
    ("queued", "cancel"): "cancelled",
    ("queued", "fail"): "failed",
    ("running", "pause"): "pausing",
    ("running", "cancel"): "cancelled",
    ("running", "finish"): "done",
    ("running", "fail"): "failed",
    ("pausing", "halt"): "paused",
    ("pausing", "resume"): "running",
    ("pausing", "cancel"): "cancelled",
    ("pausing", "fail"): "failed",
    ("paused", "resume"): "queued",
    ("paused", "cancel"): "cancelled",
    ("done", "verify"): "queued",
    ("done", "repair"): "queued",
    ("failed", "resume"): "queued",
    ("failed", "cancel"): "cancelled",
    ("cancelled", "put_back"): "done",  # a run that was done before its repair was cancelled
}
WANTED: Mapping[PersonsCall | WorkersCall, str] = {
    "pause": "Only what waits or runs can be paused",
    "resume": "Only what is paused, is being paused or has failed can be resumed",
    "cancel": "Only what has not ended can be cancelled",
    "verify": "Only a run that is done can be verified again",
    "repair": "Only a run that is done can be repaired",
    "rollback": "Rolling a run back is not in this version",
}


def next_state(state: RunState, call: PersonsCall | WorkersCall) -> RunState:
    """The state after `call`. Raises WrongState with a sentence when it is not allowed in `state`."""
    if (state, call) not in MOVES:
        wanted = WANTED.get(call, f"A worker cannot {call} it")
        raise WrongState(f"{wanted}; this run is {state}.", code="wrong_state")
    return MOVES[state, call]

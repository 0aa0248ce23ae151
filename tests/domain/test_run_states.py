"""Which call is allowed in which state of a run: the table, and a sentence for everything else."""

from itertools import product
from typing import get_args

import pytest

from domain.errors import WrongState
from domain.run_states import (
    ENDED_ROWS,
    KIND_PHASES,
    MOVES,
    OPEN_ROWS,
    PHASE_NUMBERS,
    PHASES,
    WANTED,
    PersonsCall,
    Phase,
    RowKind,
    RowState,
    RunState,
    WorkersCall,
    next_state,
)

CALLS = (*get_args(PersonsCall), *get_args(WorkersCall))
# state: what a person may do in it, and what comes of it
ALLOWED = {
    "queued": {"pause": "paused", "cancel": "cancelled"},
    "running": {"pause": "pausing", "cancel": "cancelled"},
    "pausing": {"resume": "running", "cancel": "cancelled"},
    "paused": {"resume": "queued", "cancel": "cancelled"},
    "done": {"verify": "queued", "repair": "queued"},
    "failed": {"resume": "queued", "cancel": "cancelled"},
    "cancelled": {},
    "rolled_back": {},
}


@pytest.mark.parametrize(("state", "call"), list(product(get_args(RunState), get_args(PersonsCall))))
def test_what_a_person_may_do(state, call):
    if call in ALLOWED[state]:
        assert next_state(state, call) == ALLOWED[state][call]
        return
    with pytest.raises(WrongState) as refused:
        next_state(state, call)
    assert str(refused.value) == f"{WANTED[call]}; this run is {state}."


@pytest.mark.parametrize(
    ("state", "call", "after"),
    [("queued", "begin", "running"), ("pausing", "halt", "paused"), ("running", "finish", "done"),
     ("cancelled", "put_back", "done"),
     ("queued", "fail", "failed"), ("running", "fail", "failed"), ("pausing", "fail", "failed")],
)  # fmt: skip
def test_what_a_worker_may_do(state, call, after):
    assert next_state(state, call) == after


def test_a_worker_cannot_begin_what_is_paused():
    with pytest.raises(WrongState, match="A worker cannot begin it; this run is paused"):
        next_state("paused", "begin")


def test_the_table_knows_words_that_exist_and_no_state_that_nothing_leaves_by_mistake():
    assert {state for state, _call in MOVES} | set(MOVES.values()) <= set(get_args(RunState))
    assert {call for _state, call in MOVES} <= set(CALLS)
    assert {state for state, call in MOVES if call == "cancel"} == {"queued", "running", "pausing", "paused", "failed"}


def test_every_kind_of_row_has_a_phase_and_every_state_of_a_row_is_open_or_ended():
    assert set(KIND_PHASES) == set(get_args(RowKind))
    assert set(KIND_PHASES.values()) <= set(PHASES)
    assert set(PHASE_NUMBERS) == set(get_args(Phase))
    assert set(OPEN_ROWS) | set(ENDED_ROWS) == set(get_args(RowState))

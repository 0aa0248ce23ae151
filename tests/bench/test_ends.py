"""A bench whose load did not come to its end fails: what it has not done costs nothing and would be a good number."""

from types import SimpleNamespace
from typing import Any

import pytest

from bench import bursts, history, migration_rows
from bench.backfill_faults import Outcome, is_imperfect


def test_events_that_still_wait_after_a_burst_are_an_error(monkeypatch):
    monkeypatch.setattr(bursts, "IDLE_SECONDS", -1.0)
    rig: Any = SimpleNamespace(waiting=lambda: 3)
    with pytest.raises(TimeoutError, match="3 events still wait"):
        bursts.wait_idle(rig)


@pytest.mark.parametrize("state", ["failed", "running"])
def test_a_history_that_was_not_read_to_its_end_is_an_error(monkeypatch, state):
    monkeypatch.setattr(history, "MOST_SECONDS", -1.0)
    product = SimpleNamespace(call=lambda method, path, body=None: {"state": state})
    rig: Any = SimpleNamespace(product=product, connection="1", project="2")
    with pytest.raises(RuntimeError, match=state):
        history.import_history(rig, None)


@pytest.mark.parametrize(
    ("parts", "violations", "imperfect"),
    [([{"done": 9}], [], False), ([{"done": 8, "failed": 1}], [], True), ([{"done": 9}], ["no such call"], True)],
)
def test_an_import_is_imperfect_when_a_part_was_not_read_or_something_was_refused(parts, violations, imperfect):
    assert is_imperfect(Outcome("{}", {"parts": parts}, violations=violations)) == imperfect


@pytest.mark.parametrize("resumed", [{"lost": 199, "chunk": 200}, {"lost": 200, "chunk": 0}])
def test_a_worker_that_does_not_find_what_another_one_left_is_an_error(monkeypatch, resumed):
    steps = {"plan": {}, "kill": {"lost": 200}, "resume": resumed}
    monkeypatch.setattr(migration_rows, "run_step", lambda step, url, rows: steps[step])
    postgres = SimpleNamespace(database=lambda: "", stop=lambda: None)
    monkeypatch.setattr(migration_rows, "PostgresServer", lambda: postgres)
    with pytest.raises(RuntimeError, match="nobody could go on"):
        migration_rows.measure(1_000)

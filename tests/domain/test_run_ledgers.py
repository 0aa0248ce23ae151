"""The ledger of a run: what was read must be what arrived, was left out, or failed."""

from dataclasses import dataclass

import pytest

from domain.run_ledgers import make_ledger
from domain.run_states import RowKind, RowState


@dataclass(frozen=True)
class Alike:
    kind: RowKind
    state: RowState
    rows: int = 1
    size: int = 0
    reason: str | None = None
    type: str = ""


SCANNED = {"item:Bug": 4, "item:Task": 1, "comments": 9, "links": 2, "attachments": 2, "bytes": 30}
ENDED = [
    Alike("item", "created", 2, type="Bug"),
    Alike("item", "created", 1, type="Bug", reason="unmapped_state"),
    Alike("item", "failed", 1, type="Bug", reason="required_field"),
    Alike("item", "skipped", 1, type="Task", reason="skipped_type"),
    Alike("comments", "created", 3, 7),
    Alike("comments", "skipped", 1, 2, reason="gone"),
    Alike("link", "adopted", 1),
    Alike("link", "updated", 1),
    Alike("file", "created", 1, 10),
    Alike("file", "failed", 1, 20, reason="too_large"),
    Alike("sprint", "created", 5),
]


def test_every_number_read_is_accounted_for():
    ledger = make_ledger(SCANNED, ENDED)
    assert ledger["balanced"] is True
    assert ledger["types"] == {
        "Bug": {
            "scanned": 4, "created": 3, "adopted": 0, "updated": 0, "unchanged": 0, "skipped": {},
            "failed": {"required_field": 1}, "noted": {"unmapped_state": 1},
        },
        "Task": {
            "scanned": 1, "created": 0, "adopted": 0, "updated": 0, "unchanged": 0, "skipped": {"skipped_type": 1},
            "failed": {},
        },
    }  # fmt: skip
    assert (ledger["comments"]["created"], ledger["comments"]["skipped"]) == (7, {"gone": 2})
    assert (ledger["links"]["adopted"], ledger["links"]["updated"]) == (1, 1)
    assert (ledger["attachments"]["failed"], ledger["bytes"]["failed"]) == ({"too_large": 1}, {"too_large": 20})


@pytest.mark.parametrize(
    "extra",
    [
        Alike("item", "created", type="Bug"),
        Alike("item", "created", type="Epic"),
        Alike("comments", "created", 1, 1),
        Alike("link", "failed", reason="refused"),
        Alike("file", "created", 1, 0),
        Alike("item", "failed", type="Task"),
    ],
)
def test_what_was_counted_once_too_often_is_seen(extra):
    assert make_ledger(SCANNED, [*ENDED, extra])["balanced"] is False


@pytest.mark.parametrize("missing", [n for n, one in enumerate(ENDED) if one.kind != "sprint"])
def test_what_was_lost_is_seen(missing):
    assert make_ledger(SCANNED, ENDED[:missing] + ENDED[missing + 1 :])["balanced"] is False


@pytest.mark.parametrize("state", ["planned", "sending"])
def test_what_has_not_ended_is_open_and_not_balanced(state):
    ledger = make_ledger({"item:Bug": 1}, [Alike("item", state, type="Bug")])
    assert (ledger["balanced"], ledger["types"]["Bug"]["open"]) == (False, 1)


def test_a_failure_without_a_reason_is_told_as_unknown():
    assert make_ledger({"links": 1}, [Alike("link", "failed")])["links"]["failed"] == {"unknown": 1}


def test_a_file_without_bytes_that_failed_is_one_file_and_no_bytes():
    ledger = make_ledger({"attachments": 1}, [Alike("file", "failed", 1, 0, reason="gone")])
    assert (ledger["balanced"], ledger["attachments"]["failed"], ledger["bytes"]["failed"]) == (True, {"gone": 1}, {})

"""The ledger of a run: what was read, and what became of it. It balances or it says so."""

import pytest

from domain.run_ledger import LedgerRow, RowCount, make_ledger, write_ledger


def item(state, rows, reason=None, type="Bug"):
    return RowCount("item", type, state, reason, rows, 0)


def test_everything_that_was_read_is_accounted_for():
    ledger = make_ledger(
        {"item:Bug": 12, "item:Task": 1, "comments": 7, "links": 2, "attachments": 2, "bytes": 900},
        [
            item("created", 5), item("adopted", 2), item("updated", 1), item("unchanged", 1),
            item("skipped", 1, "type_left_out"), item("failed", 1, "field_refused"), item("failed", 1),
            item("created", 1, type="Task"),
            RowCount("comments", "", "created", None, 2, 6), RowCount("comments", "", "failed", "too_long", 1, 1),
            RowCount("link", "", "created", None, 2, 0),
            RowCount("file", "", "created", None, 1, 700), RowCount("file", "", "skipped", "file_too_large", 1, 200),
            RowCount("sprint", "", "created", None, 3, 0), RowCount("verify", "", "created", None, 9, 100),
        ],
    )  # fmt: skip

    assert ledger.types["Bug"] == LedgerRow(
        12, 5, 2, 1, 1, {"type_left_out": 1}, {"field_refused": 1, "unknown": 1}
    )  # fmt: skip
    assert ledger.types["Task"] == LedgerRow(1, 1)
    assert ledger.comments == LedgerRow(7, 6, failed={"too_long": 1})
    assert ledger.links == LedgerRow(2, 2)
    assert ledger.attachments == LedgerRow(2, 1, skipped={"file_too_large": 1})
    assert ledger.bytes == LedgerRow(900, 700, skipped={"file_too_large": 200})
    assert ledger.balances


@pytest.mark.parametrize(
    ("scanned", "counts"),
    [
        ({"item:Bug": 3}, [item("created", 2)]),  # one was lost
        ({"item:Bug": 3}, [item("created", 4)]),  # one was made twice
        ({"item:Bug": 3}, []),
        ({}, [item("created", 1)]),
        ({"item:Bug": 2}, [item("created", 1), item("planned", 1)]),
        ({"item:Bug": 2}, [item("created", 1), item("sending", 1)]),
        ({"item:Bug": 1}, [item("created", 1), item("planned", 1)]),
        ({"comments": 3}, [RowCount("comments", "", "created", None, 3, 2)]),
        ({"links": 1}, []),
        ({"attachments": 1, "bytes": 5}, [RowCount("file", "", "created", None, 1, 4)]),
    ],
)
def test_a_ledger_that_does_not_balance_says_so(scanned, counts):
    assert not make_ledger(scanned, counts).balances


def test_nothing_balances():
    assert make_ledger({}, []).balances


def test_what_has_not_ended_is_told():
    assert make_ledger({"item:Bug": 3}, [item("planned", 2), item("sending", 1)]).types["Bug"].open == 3


def test_as_a_document():
    document = write_ledger(make_ledger({"item:Bug": 2, "links": 1}, [item("created", 1), item("failed", 1, "no")]))
    assert document["types"] == {
        "Bug": {
            "scanned": 2, "created": 1, "adopted": 0, "updated": 0, "unchanged": 0, "skipped": {}, "failed": {"no": 1},
            "open": 0,
        }
    }  # fmt: skip
    assert document["links"]["scanned"] == 1
    assert set(document) == {"types", "comments", "links", "attachments", "bytes"}

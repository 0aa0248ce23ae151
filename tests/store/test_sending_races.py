"""The ledger among workers that are killed, that work at once, and that read history while events come."""

import random
import threading
from dataclasses import dataclass, field, replace

import pytest
from sqlalchemy import delete, text

from domain.bulk import coalesce
from domain.changes import Change, Entity, Removal
from store import db
from store.ledger import Ledger, Outcome, Sender
from store.sent_rows import find_rows, lock_places, sent, write_rows
from tests.store.ledger_rig import COMMIT, put_rows, row
from tests.store.locks import await_lock

LIVE = Sender("site", "link", "live", 1)
READING = replace(LIVE, lane="backfill")
CRASHES = ("after begin", "half way", "after Jira", None, None)


@dataclass
class StrictJira:
    """Takes what has a higher number than what it has, and says of everything that it took it."""

    held: dict[str, tuple[int, str]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, change: Change) -> None:
        with self.lock:
            sequence, _text = self.held.get(change.id, (-1, ""))
            if isinstance(change, Removal):
                if sequence <= change.sequence:
                    self.held.pop(change.id, None)
            elif change.sequence > sequence:
                self.held[change.id] = (change.sequence, change.body["text"])

    def texts(self) -> dict[str, str]:
        return {name: text for name, (_sequence, text) in self.held.items()}


def told(name, sequence, text):
    if text is None:
        return Removal("pull_request", name, sequence, "r-1")
    above = {"id": "r-1", "name": "shelf", "url": "https://dev.example/shelf"}
    return Entity("pull_request", name, sequence, ("OPS-1",), {"id": name, "text": text}, "r-1", above)


def send(ledger, jira, changes, sender=LIVE, crash=None):
    """As a worker does it; a killed one does not come to the end."""
    plan = ledger.begin(sender, coalesce(changes))
    if crash == "after begin":
        return
    for number, change in enumerate(plan.changes):
        if crash == "half way" and number == len(plan.changes) // 2:
            return
        jira.take(change)
    if crash != "after Jira":
        ledger.finish(sender, [Outcome(change) for change in plan.changes])


@pytest.fixture
def ledger(engine):
    return Ledger(engine)


@pytest.mark.parametrize("seed", range(20))
def test_jira_ends_with_the_last_text_whatever_was_killed_and_whatever_came_late(ledger, seed):
    """Each event is sent until a worker comes to the end, in any order; what is looked up for it may differ each time.
    The newest event of each thing comes last, and decides.
    """
    chance, jira = random.Random(seed), StrictJira()
    names = [f"{number}" for number in range(4)]
    waiting = [(name, sequence) for sequence in range(1, 15) for name in names]
    chance.shuffle(waiting)
    while waiting:
        batch = waiting[: chance.randint(1, 5)]
        crash = chance.choice(CRASHES)
        changes = [told(name, sequence * 10, chance.choice(["a", "b", None])) for name, sequence in batch]
        send(ledger, jira, changes, LIVE if chance.random() < 0.7 else READING, crash)
        if crash is None:
            waiting = waiting[len(batch) :]
    last = {name: chance.choice(["a", "b", None]) for name in names}
    for crash in (*chance.choices(CRASHES, k=seed % 2 * 3), None):
        send(ledger, jira, [told(name, 1_000, text) for name, text in last.items()], crash=crash)
    assert jira.texts() == {name: text for name, text in last.items() if text is not None}
    states = {row.entity_id: row.state for row in ledger.list_repository("link", "r-1")}
    assert states == dict.fromkeys(jira.held, "accepted")


def test_two_workers_at_once_end_as_one(ledger):
    """Each sends all events, in an order of its own; the newest of each thing stands in Jira, and the ledger knows."""
    jira = StrictJira()
    names = [f"{number}" for number in range(6)]
    events = [told(name, sequence, f"text {sequence % 3}") for sequence in range(1, 25) for name in names]
    faults = []

    def work(seed):
        mine = events[:]
        random.Random(seed).shuffle(mine)
        try:
            for start in range(0, len(mine), 8):
                send(ledger, jira, mine[start : start + 8])
        except Exception as error:
            faults.append(error)

    workers = [threading.Thread(target=work, args=(seed,)) for seed in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert faults == []
    assert jira.texts() == dict.fromkeys(names, "text 0")
    rows = ledger.list_repository("link", "r-1")
    assert {(row.entity_id, row.sequence, row.state) for row in rows} == {(name, 24, "accepted") for name in names}


@pytest.mark.parametrize(
    "removal",
    [Removal("pull_request", "1", 7, "r-1"), Removal("repository", "r-1", 7, "r-1")],
    ids=["alone", "with all"],
)
def test_what_goes_while_it_is_sent_is_taken_back(ledger, removal):
    """Its text reaches Jira only after the removal did."""
    jira = StrictJira()
    late = told("1", 6, "a")
    ledger.begin(READING, [late])
    send(ledger, jira, [removal])
    jira.take(late)
    (taken_back,) = ledger.finish(READING, [Outcome(late)])
    assert ledger.begin(READING, [late]).changes == (taken_back,)  # whoever is killed here makes up for it
    jira.take(taken_back)
    ledger.finish(READING, [Outcome(taken_back)])
    assert jira.texts() == {}
    assert [row for row in ledger.list_repository("link", "r-1") if row.kind == "pull_request"] == []
    assert ledger.begin(READING, [late]).changes == ()


def test_what_is_read_of_a_repository_that_went_is_not_sent(ledger):
    jira = StrictJira()
    send(ledger, jira, [told("1", 5, "a"), Removal("repository", "r-1", 7, "r-1")])
    send(ledger, jira, [told("2", 6, "b")], READING)
    assert jira.texts() == {}


def test_what_is_sent_in_peace_is_not_taken_back(ledger):
    plan = ledger.begin(LIVE, [told("1", 6, "a")])
    assert ledger.finish(LIVE, [Outcome(change) for change in plan.changes]) == ()


# --- changes of many rows ---


def test_what_is_written_just_now_is_marked_too(engine, ledger):
    """Whoever read a row and writes it a moment later must not take the mark back."""
    put_rows(engine, "site", [row()])
    with engine.begin() as connection:
        lock_places(connection, "site", [row().identity])
        known = find_rows(connection, "site", [row().identity])
        marking = threading.Thread(target=ledger.mark_stale, args=("site",))
        marking.start()
        await_lock(engine, marking)
        write_rows(connection, "site", list(known.values()), known)
    marking.join()
    assert [one.state for one in ledger.list_repository("link", "r-1")] == ["stale"]


def test_what_was_deleted_since_it_was_read_does_not_come_back(engine, ledger):
    stays, goes = row(), row(name="0ff")
    put_rows(engine, "site", [stays, goes])
    with engine.begin() as connection:
        known = find_rows(connection, "site", [stays.identity, goes.identity])
        connection.execute(delete(sent).where(sent.c.entity_id == goes.entity_id))
        write_rows(connection, "site", [stays, goes], known)
    assert [one.entity_id for one in ledger.list_repository("link", "r-1")] == [stays.entity_id]


def test_what_is_written_of_a_row_leaves_those_beside_it_alone(engine, ledger):
    put_rows(engine, "site", [row(), row(name="0ff")])
    put_rows(engine, "site", [replace(row(), state="failed", answer='not \u2028 "now"', keys=("OPS-2", "OPS-3"))])
    found = {one.entity_id: one for one in ledger.list_repository("link", "r-1")}
    assert (found[COMMIT].state, found[COMMIT].answer) == ("failed", 'not \u2028 "now"')
    assert (found[COMMIT].keys, found["0ff"].state) == (("OPS-2", "OPS-3"), "accepted")


def test_nobody_waits_for_one_who_waits_for_him(engine, ledger, monkeypatch):
    """Workers send in any order while everything is marked, settled and forgotten again and again."""
    monkeypatch.setattr(db, "MOST_TRIES", 1)  # no transaction may have to be done again
    jira, faults = StrictJira(), []
    events = [told(f"{number}", number % 3 + 1, "a") for number in range(30)]

    def run(work, seed):
        try:
            for turn in range(12):
                work(random.Random(seed * 100 + turn))
        except Exception as error:
            faults.append(error)

    def send_some(chance):
        send(ledger, jira, chance.sample(events, 12))

    def change_many(chance):
        ledger.mark_stale("site")
        ledger.mark_links_stale("site", ["link"])
        ledger.settle_stale("site", "link", "pull_request", "r-1", 1)
        ledger.forget_stale("site", ["link"])

    crew = [threading.Thread(target=run, args=(send_some, seed)) for seed in range(3)]
    crew += [threading.Thread(target=run, args=(change_many, 9))]
    for worker in crew:
        worker.start()
    for worker in crew:
        worker.join()
    assert faults == []


@pytest.mark.parametrize("step", ["begin", "finish"])
def test_others_may_write_while_a_fingerprint_is_made(make_engine, step):
    """Of a large batch that takes long, and SQLite has one writer."""
    engine, written = make_engine("sqlite"), []
    ledger = Ledger(engine)

    class Watched(dict[str, object]):
        def items(self):
            with engine.begin() as connection:
                connection.execute(text("DELETE FROM marks"))
            written.append(step)
            return super().items()

    change = told("1", 5, "a")
    watched = replace(change, body=Watched(change.body))
    if step == "begin":
        ledger.begin(LIVE, [watched])
    else:
        ledger.begin(LIVE, [change])
        ledger.finish(LIVE, [Outcome(watched)])
    assert written == [step]

"""Things to send, and a Jira that takes all of them but those it is told to refuse."""

from domain.changes import Entity
from store.ledger import Outcome, Sender, SentRow
from store.sent_rows import find_rows, write_keys, write_rows

NOW = 1_800_000_000_000
SITE, LINK = "site", "link"
LIVE = Sender(SITE, LINK, "live", NOW)
COMMIT = "c0ffee00" * 5


def entity(kind="commit", name=COMMIT, sequence=5, keys=("OPS-1",), repository_id="r-1", **body):
    above = {"id": repository_id, "name": "shelf", "url": "https://dev.example/shelf", "updateSequenceId": sequence}
    listed = kind in {"build", "deployment"}
    return Entity(kind, name, sequence, keys, {"id": name} | body, repository_id, None if listed else above)


def row(
    kind="commit", name=COMMIT, sequence=5, *, link=LINK, repository="r-1", keys=("OPS-1",), state="accepted", at=NOW
):
    within = "" if kind in {"build", "deployment"} else repository
    return SentRow(
        0, link, kind, within, name, repository, keys, sequence, "print", state, None, (), "live", at
    )  # fmt: skip


def put_rows(engine, installation_id, rows):
    """Have the ledger of a site say this, whatever it said before."""
    wanted = [row.identity for row in rows]
    with engine.begin() as connection:
        known = find_rows(connection, installation_id, wanted)
        write_rows(connection, installation_id, rows, known)
        write_keys(connection, installation_id, list(find_rows(connection, installation_id, wanted).values()), known)


def send(ledger, *changes, sender=LIVE, refused=(), unknown=()):
    """Begin and finish, with a Jira that takes all but what has an id in `refused`."""
    plan = ledger.begin(sender, changes)
    outcomes = [
        Outcome(one, "no" if one.id in refused else None, tuple(set(getattr(one, "keys", ())) & set(unknown)))
        for one in plan.changes
    ]
    ledger.finish(sender, outcomes)
    return [change.id for change in plan.changes]


def states(ledger):
    return {name: found.state for (_kind, _within, name), found in all_rows(ledger).items()}


def all_rows(ledger, link=LINK):
    rows = [*ledger.list_repository(link, "r-1"), *ledger.list_repository(link, "r-2")]
    return {one.identity: one for one in rows}

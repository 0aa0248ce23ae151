"""The ledger: one row per thing that Jira was sent: ids, issue keys, a fingerprint, Jira's answer. Never content.

A thing that Jira has no more keeps its row, as `gone`, for some time: what was read before it went must not bring it
back. Such rows are shown to nobody.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Engine,
    Update,
    delete,
    exists,
    func,
    select,
    true,
    update,
)

from domain.changes import Change, Identity, Kind, Removal
from store.db import read_only, run_transaction
from store.sendings import Outcome, Plan, Sender, begin_sending, end_sending, read_answers, read_prints
from store.sent_rows import NUMBER, SentRow, find_rows, lock_site, row_of, sent, sent_keys

__all__ = ["NUMBER", "Ledger", "Outcome", "Plan", "Sender", "SentRow", "sent", "sent_keys"]

SHORT_COMMIT = 7  # characters of a commit id that people still take for one
LONG_COMMIT = 40
ROWS_AT_ONCE = 500
LOST = ""  # the fingerprint of what Jira lost, and of what it may have in any text
GONE_MILLISECONDS = 8 * 24 * 3600 * 1000  # longer than a dead letter can be tried again
there = sent.c.state != "gone"


@dataclass(frozen=True, slots=True)
class StalePlace:
    """Things of one kind and repository that are to be sent anew; the lowest of their sequence numbers (ms)."""

    kind: Kind
    repository_id: str | None
    oldest: int


class Ledger:
    """Reads and writes what Jira was sent. Safe for many workers at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = read_only(engine)

    # --- a sending ---

    def begin(self, sender: Sender, changes: Sequence[Change]) -> Plan:
        """Which of `changes` (each thing once) Jira is to be sent; they are written down as on their way."""
        if not changes:
            return Plan((), {})
        prints = read_prints(changes)
        return run_transaction(self._engine, lambda connection: begin_sending(connection, sender, changes, prints))

    def finish(self, sender: Sender, outcomes: Sequence[Outcome]) -> tuple[Removal, ...]:
        """Write what Jira said of what was begun; what is not among `outcomes` stays as on its way.

        Returns removals that Jira is to be sent: of what another worker removed while it was sent here.
        """
        if not outcomes:
            return ()
        answers = read_answers(outcomes)
        return run_transaction(self._engine, lambda connection: end_sending(connection, sender, answers))

    # --- what is known ---

    def find_many(self, installation_id: str, identities: Iterable[Identity]) -> Mapping[Identity, SentRow]:
        """The rows of those that Jira was sent."""
        with self._reader.connect() as connection:
            found = find_rows(connection, installation_id, identities)
        return {identity: row for identity, row in found.items() if row.state != "gone"}

    def list_repository(self, link_id: str, repository_id: str, kind: Kind | None = None) -> Sequence[SentRow]:
        """What a link sent of one repository, builds and deployments too; without the repository itself."""
        inside = (sent.c.link_id == link_id) & (sent.c.repository_id == repository_id)
        return self._list(inside & (sent.c.kind == kind if kind else sent.c.kind != "repository"))

    def list_repositories(self, link_id: str) -> Mapping[str, SentRow]:
        """Repository id to the row of the repository itself."""
        rows = self._list((sent.c.link_id == link_id) & (sent.c.kind == "repository"))
        return {row.entity_id: row for row in rows}

    def list_active(self, link_id: str, since: int) -> frozenset[str]:
        """The repositories of which a link sent something that happened at `since` (ms) or later."""
        rows = self.list_repositories(link_id).values()
        return frozenset(row.entity_id for row in rows if row.sequence >= since)

    def has_repository_commits(self, link_id: str, repository_id: str) -> bool:
        """Whether a link sent any commit of a repository."""
        inside = (sent.c.link_id == link_id) & (sent.c.repository_id == repository_id) & (sent.c.kind == "commit")
        with self._reader.connect() as connection:
            return bool(connection.execute(select(exists().where(inside, there))).scalar_one())

    def list_issue(self, installation_id: str, issue_key: str, limit: int = 200) -> Sequence[SentRow]:
        """What was sent for an issue, the newest first."""
        named = (sent_keys.c.installation_id == installation_id) & (sent_keys.c.issue_key == issue_key)
        query = select(sent).join(sent_keys, sent_keys.c.sent_id == sent.c.id).where(named, there)
        with self._reader.connect() as connection:
            rows = connection.execute(query.order_by(sent.c.sent_at.desc(), sent.c.id.desc()).limit(limit)).all()
        return [row_of(row) for row in rows]

    def find_entity(self, installation_id: str, text: str, limit: int = 50) -> Sequence[SentRow]:
        """What `text` names: a commit by its id or the first 7 characters of it, a pull request, a build or a
        deployment by its number, a branch by its id (`domain.devinfo.branch_id`). The newest first.
        """
        if not text:
            return []
        mine = sent.c.installation_id == installation_id
        found = [*self._list(mine & _named_in_repository(text), limit)]
        if text.isdigit():
            numbered = sent.c.entity_id.endswith(f"/{text}", autoescape=True)
            found += self._list(mine & sent.c.kind.in_(("build", "deployment")) & numbered, limit)
        return sorted(found, key=lambda row: -row.sent_at)[:limit]

    def page_inside(
        self, installation_id: str, link_id: str, repository_id: str, kind: Kind, *, after: str = "",
        limit: int = ROWS_AT_ONCE, stale: bool = False,
    ) -> Sequence[SentRow]:  # fmt: skip
        """Up to `limit` rows of a devinfo kind of one repository whose ids come after `after`, in the order of their
        ids; with `stale` those only that are to be sent anew.
        """
        mine = (sent.c.installation_id == installation_id) & (sent.c.link_id == link_id) & there
        some = mine & (sent.c.kind == kind) & (sent.c.within == repository_id) & (sent.c.entity_id > after)
        query = select(sent).where(some & (sent.c.state == "stale") if stale else some)
        with self._reader.connect() as connection:
            return [row_of(row) for row in connection.execute(query.order_by(sent.c.entity_id).limit(limit))]

    def holds_development(self, link_id: str, repository_id: str) -> bool:
        """Whether a link sent any commit, branch or pull request of a repository."""
        inside = (sent.c.link_id == link_id) & (sent.c.within == repository_id) & (sent.c.kind != "repository")
        with self._reader.connect() as connection:
            return bool(connection.execute(select(exists().where(inside, there))).scalar_one())

    def list_stale(self, link_id: str) -> Sequence[StalePlace]:
        """Where there is something to be sent anew because it is not known that Jira has it."""
        oldest = func.min(sent.c.sequence)
        query = select(sent.c.kind, sent.c.repository_id, oldest).group_by(sent.c.kind, sent.c.repository_id)
        with self._reader.connect() as connection:
            rows = connection.execute(query.where(sent.c.link_id == link_id, sent.c.state == "stale")).all()
        return [StalePlace(*row) for row in rows]

    def count_stale(self, link_id: str) -> int:
        """How many things of a link are to be sent anew."""
        query = select(func.count()).where(sent.c.link_id == link_id, sent.c.state == "stale")
        with self._reader.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def count_states(self, link_id: str) -> Mapping[str, int]:
        """How many things of a link are in each state."""
        query = select(sent.c.state, func.count()).where(sent.c.link_id == link_id, there).group_by(sent.c.state)
        with self._reader.connect() as connection:
            return {state: count for state, count in connection.execute(query)}

    # --- what changes for many ---

    def mark_stale(self, installation_id: str, repository_id: str | None = None) -> int:
        """Have everything of a site, or of one repository, be sent anew when it is met next; returns how many."""
        some: ColumnElement[bool] = sent.c.state.not_in(("gone", "removing"))
        if repository_id is not None:
            some &= sent.c.repository_id == repository_id
        return self._change(installation_id, some, state="stale", fingerprint=LOST)

    def mark_links_stale(self, installation_id: str, link_ids: Collection[str]) -> None:
        """Nobody relies any more on what Jira has of some links: it is told to delete it."""
        self._change(installation_id, sent.c.link_id.in_(link_ids) & (sent.c.state != "gone"), state="stale")

    def settle_stale(
        self, installation_id: str, link_id: str, kind: Kind, repository_id: str | None, before: int
    ) -> None:  # fmt: skip
        """Of a kind, of one repository or of all, everything was read, and what is still stale cannot be sent anew.

        What Jira lost is forgotten; what was sent before `before` (ms), and of which Jira may have one text or another,
        counts as taken.
        """
        stale = (sent.c.link_id == link_id) & (sent.c.kind == kind) & (sent.c.state == "stale")
        if repository_id is not None:
            stale &= sent.c.repository_id == repository_id
        self._delete(installation_id, stale & (sent.c.fingerprint == LOST))
        self._change(installation_id, stale & (sent.c.sent_at < before), state="accepted", fingerprint=LOST)

    def list_stale_kinds(self, link_ids: Collection[str], kinds: Collection[Kind], limit: int) -> Sequence[SentRow]:
        """As `list_stale`, of several links and of some kinds only."""
        some = sent.c.link_id.in_(link_ids) & sent.c.kind.in_(kinds) & (sent.c.state == "stale")
        return self._list(some, limit)

    def forget_stale(self, installation_id: str, link_ids: Collection[str]) -> None:
        """Delete the rows of links that are gone, but for what was sent for other links meanwhile."""
        self._delete(installation_id, sent.c.link_id.in_(link_ids) & sent.c.state.in_(("stale", "gone")))

    def move_repository(self, installation_id: str, repository_id: str, link_id: str) -> None:
        """A repository with its commits, branches and pull requests belongs to another link from now on.

        Builds and deployments stay: they are of the pipelines of a project, and these do not move along.
        """
        inside = (sent.c.repository_id == repository_id) & (sent.c.within == repository_id)
        self._change(installation_id, inside, link_id=link_id)

    def forget_tenant(self, installation_id: str) -> None:
        """Delete every row of a site."""
        self._delete(installation_id, true())

    def forget_gone(self, now: int) -> int:
        """Delete the rows of what went eight days ago, except those of repositories; returns how many."""
        old = (sent.c.state == "gone") & (sent.c.sent_at < now - GONE_MILLISECONDS) & (sent.c.kind != "repository")
        with self._reader.connect() as connection:
            sites = connection.execute(select(sent.c.installation_id).where(old).distinct()).scalars().all()
        return sum(self._delete(site, old) for site in sites)

    def _list(self, condition: ColumnElement[bool], limit: int | None = None) -> Sequence[SentRow]:
        query = select(sent).where(condition, there).order_by(sent.c.id.desc()).limit(limit)
        with self._reader.connect() as connection:
            return [row_of(row) for row in connection.execute(query)]

    def _change(self, installation_id: str, condition: ColumnElement[bool], **values: str) -> int:
        """Change rows of a site; returns how many."""
        change = update(sent).where(sent.c.installation_id == installation_id, condition).values(**values)
        return self._run(installation_id, change)

    def _delete(self, installation_id: str, condition: ColumnElement[bool]) -> int:
        """Delete rows of a site, in portions that others wait for only briefly; returns how many. Their entries in the
        index of issue keys go by the foreign key.
        """
        some = select(sent.c.id).where(sent.c.installation_id == installation_id, condition).limit(ROWS_AT_ONCE)
        portion = delete(sent).where(sent.c.id.in_(some))
        return sum(iter(partial(self._run, installation_id, portion), 0))

    def _run(self, installation_id: str, statement: Update | Delete) -> int:
        def work(connection: Connection) -> int:
            lock_site(connection, installation_id)
            return connection.execute(statement).rowcount

        return run_transaction(self._engine, work)


def _named_in_repository(text: str) -> ColumnElement[bool]:
    exact = sent.c.kind.in_(("commit", "pull_request", "branch")) & (sent.c.entity_id == text)
    if not SHORT_COMMIT <= len(text) < LONG_COMMIT:
        return exact
    begun = sent.c.entity_id.startswith(text.lower(), autoescape=True)
    in_order = sent.c.entity_id.between(text.lower(), text.lower() + "g")  # the first letter that no commit id has
    return exact | ((sent.c.kind == "commit") & in_order & begun)

"""When each account id in `people` and `migrations` is to be reported to Atlassian next. One of several rows is
reported once.

https://developer.atlassian.com/cloud/jira/platform/user-privacy-developer-guide/
"""

from collections.abc import Sequence

from sqlalchemy import Engine, func, select, union_all, update

from domain.personal_data import UNKNOWN_ACCOUNT, HeldAccount
from store.db import read_only
from store.migrations import migrations
from store.people import people

HELD = union_all(
    select(people.c.account_id, people.c.installation_id, people.c.updated_at, people.c.report_due_at),
    select(
        migrations.c.reader.label("account_id"), migrations.c.installation_id, migrations.c.reader_at,
        migrations.c.report_due_at,
    ).where(migrations.c.reader.is_not(None)),
).subquery()  # fmt: skip


class PersonReports:
    """Finds the accounts that are due, and notes when they are due again. Times are in milliseconds."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = read_only(engine)

    def list_due(self, installation_id: str, now: int, limit: int) -> Sequence[HeldAccount]:
        """Accounts known on a site whose last report, through whatever site, is a cycle old; at most `limit`, in the
        order of their ids. The age is that of the oldest we hold of them.
        """
        here = select(HELD.c.account_id).where(HELD.c.installation_id == installation_id)
        query = (
            select(HELD.c.account_id, func.min(HELD.c.updated_at))
            .where(HELD.c.account_id.in_(here), HELD.c.account_id != UNKNOWN_ACCOUNT)
            .group_by(HELD.c.account_id)
            .having(func.max(HELD.c.report_due_at) <= now)
            .order_by(HELD.c.account_id)
            .limit(limit)
        )
        with self._reader.connect() as connection:
            rows = connection.execute(query).all()
        return [HeldAccount(account_id, updated_at) for account_id, updated_at in rows]

    def put_off(self, account_ids: Sequence[str], due: int) -> None:
        """They were reported: not again before `due`."""
        with self._engine.begin() as connection:
            for held in (people.c.account_id, migrations.c.reader):
                connection.execute(update(held.table).where(held.in_(account_ids)).values(report_due_at=due))

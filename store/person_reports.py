"""When each account id in `people` is to be reported to Atlassian next. An account of several rows is reported once.

https://developer.atlassian.com/cloud/jira/platform/user-privacy-developer-guide/
"""

from collections.abc import Sequence

from sqlalchemy import Engine, func, select, update

from domain.personal_data import UNKNOWN_ACCOUNT, HeldAccount
from store.db import read_only
from store.people import people


class PersonReports:
    """Finds the accounts that are due, and notes when they are due again. Times are in milliseconds."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = read_only(engine)

    def list_due(self, installation_id: str, now: int, limit: int) -> Sequence[HeldAccount]:
        """Accounts known on a site whose last report, through whatever site, is a cycle old; at most `limit`, in the
        order of their ids. The age is that of the oldest we hold of them.
        """
        here = select(people.c.account_id).where(people.c.installation_id == installation_id)
        query = (
            select(people.c.account_id, func.min(people.c.updated_at))
            .where(people.c.account_id.in_(here), people.c.account_id != UNKNOWN_ACCOUNT)
            .group_by(people.c.account_id)
            .having(func.max(people.c.report_due_at) <= now)
            .order_by(people.c.account_id)
            .limit(limit)
        )
        with self._reader.connect() as connection:
            rows = connection.execute(query).all()
        return [HeldAccount(account_id, updated_at) for account_id, updated_at in rows]

    def put_off(self, account_ids: Sequence[str], due: int) -> None:
        """They were reported: not again before `due`."""
        with self._engine.begin() as connection:
            connection.execute(update(people).where(people.c.account_id.in_(account_ids)).values(report_due_at=due))

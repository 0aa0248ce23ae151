"""What became of the accounts of people, for the reports that apps make."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

CYCLE = "P7D"


@dataclass(slots=True)
class AccountRegister:
    """What became of accounts: closed ones, and when others changed. `reported` is every account ever reported."""

    closed: set[str] = field(default_factory=set)
    changed: dict[str, datetime] = field(default_factory=dict)
    reported: list[str] = field(default_factory=list)
    cycle: str | None = CYCLE

    def close(self, account_id: str) -> None:
        self.closed.add(account_id)

    def change(self, account_id: str, when: datetime | None = None) -> None:
        self.changed[account_id] = when or datetime.now(UTC)

    def status(self, account_id: str, held: datetime) -> str | None:
        """`closed`, `updated` when it changed after what is held was stored, else nothing."""
        if account_id in self.closed:
            return "closed"
        return "updated" if self.changed.get(account_id, held) > held else None

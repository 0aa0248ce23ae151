"""In which lane a call goes: live events never wait for the others, and each waits for those before it."""

from typing import Literal

Lane = Literal["live", "reconcile", "backfill", "migration"]
LANES: tuple[Lane, ...] = ("live", "reconcile", "backfill", "migration")

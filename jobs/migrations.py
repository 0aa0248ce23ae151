"""The duties of migrations, by the first word of their name: `scan:{scan id}`, `run:{run id}#{slot}`,
`ask:{question id}`.

Each turn works about ten seconds at most and returns when it is due again. Safe to kill at any instruction, safe to run
twice at once.
"""

from collections.abc import Callable, Mapping

import structlog

from jobs.migration_questions import work_question
from jobs.migration_runs import work_run
from jobs.scans import work_scan
from services import Services

log = structlog.get_logger("crosswalk.migrations")

# What does a duty: it returns when it is due again (ms), None for never
Work = Callable[[Services, str], int | None]
WORKS: Mapping[str, Work] = {"scan": work_scan, "run": work_run, "ask": work_question}


def work_migration(services: Services, name: str) -> int | None:
    """Do a duty. One of a newer version is left: it is asked for again within minutes."""
    word, _, rest = name.partition(":")
    work = WORKS.get(word)
    if work is None:
        log.warning("migration.unknown_duty", kind=word)
        return None
    return work(services, rest)

"""What Azure DevOps tells of the discussion of a pull request: counts and times, never what was written.

https://learn.microsoft.com/rest/api/azure/devops/git/pull-request-threads/list : votes, changes of reviewers and the
like stand there too, as comments of the system.
"""

from dataclasses import dataclass
from datetime import datetime

from domain.json_fields import flag, optional_moment, optional_text, records
from domain.records import Json

NOT_COMMENTS = frozenset({"system", "codechange"})  # what Azure DevOps itself writes


@dataclass(frozen=True, slots=True)
class Discussion:
    """How many `comments` people wrote and did not delete, and when anything of it changed last; None when nothing is
    there.
    """

    comments: int = 0
    touched: datetime | None = None


def discussion_from(answer: Json) -> Discussion:
    """Raises BadEvent when there is no list."""
    threads = records(answer, "value")
    there = (thread for thread in threads if not flag(thread, "isDeleted"))
    written = sum(_is_written(comment) for thread in there for comment in records(thread, "comments"))
    times = (optional_moment(thread, "lastUpdatedDate") for thread in threads)
    return Discussion(written, max((moment for moment in times if moment), default=None))


def _is_written(comment: Json) -> bool:
    kind = (optional_text(comment, "commentType") or "").lower()
    return not flag(comment, "isDeleted") and kind not in NOT_COMMENTS

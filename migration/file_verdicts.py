"""What becomes of a file that is not attached, by what is known or was answered: it ends, is tried again, or the run
stops. Pure.
"""

from collections.abc import Mapping

from domain.errors import (
    CallError,
    Conflict,
    Forbidden,
    IssueBusy,
    NotFound,
    Rejected,
    TooLarge,
    Unavailable,
)
from domain.target_sites import TargetProject
from migration.stored_files import FilesGround
from store.run_rows import RunRow
from store.run_turns import RowResult

MOST_ATTEMPTS = 3
RETRY_WAIT = 10_000  # ms
BUSY_WAIT = 5_000
BROKEN_STATUS = 500

ISSUE_GONE = "Its issue was deleted in Jira, or is hidden from the app. Verify the run, then repair it."
TAKEN_OFF = "It was taken off the work item since the run was planned."
GONE = (
    "Azure DevOps does not have this file, although the work item names it, or whoever this migration reads as may not "
    "see it. Look there whether it opens; then repair the run."
)
SWITCHED_OFF = "Attachments are switched off on this Jira site. Switch them on, then repair the run."
TOO_BIG = (
    "It is larger than the {limit:,} bytes that this Jira site takes. Raise the limit in Jira, then repair the run."
)
JIRA_TOO_BIG = "Jira says that this file is too large, or its issue has as many files as it takes."
AT_LIMIT = "Its issue has as many files as Jira takes on one issue."
EMPTY = "It is empty, and Jira takes no empty files."
NO_RIGHT = "The app may not attach files here. Grant it Create Attachments in the project, then repair the run."
REFUSED = "Jira refused this file. Attach it by hand, or repair the run to try it once more."
NO_ACCESS = "Azure DevOps does not let whoever this migration reads as read this file. Let them; then repair the run."
BROKEN = "Azure DevOps fails to send this file whole, again and again. Open it there, then repair the run."
REFUSALS: Mapping[type[CallError], tuple[str, str]] = {
    TooLarge: ("too_large", JIRA_TOO_BIG), Forbidden: ("no_permission", NO_RIGHT), NotFound: ("issue_gone", ISSUE_GONE),
    Rejected: ("refused", REFUSED), Conflict: ("refused", REFUSED),
}  # fmt: skip


def end_early(row: RunRow, ground: FilesGround, target: TargetProject) -> RowResult | None:
    """What is known of a file before it is read; None: it is to be sent."""
    missing = ground.ends.missing(row.source_id)
    if missing is not None:
        return missing.end(row)
    if ground.is_gone(row):
        return RowResult(row.id, "failed", "issue_gone", ISSUE_GONE)
    if row.source_id in ground.unread:
        return ground.unread[row.source_id].end(row)
    if ground.relation_of(row) is None:
        return RowResult(row.id, "skipped", "deleted", TAKEN_OFF)
    return _hold_site(row, target)


def _hold_site(row: RunRow, target: TargetProject) -> RowResult | None:
    if not target.attachments_enabled:
        return RowResult(row.id, "failed", "attachments_off", SWITCHED_OFF)
    if target.upload_limit and row.size > target.upload_limit:
        return RowResult(row.id, "failed", "file_too_large", TOO_BIG.format(limit=target.upload_limit))
    return None


def judge_source(row: RunRow, error: CallError, *, has_begun: bool, now: int) -> RowResult | None:
    """What a failure of Azure DevOps to send a file means for it; None: for this file nothing, it stops the run.

    `has_begun`: some of it came. One that breaks, or makes Azure DevOps fail, is tried MOST_ATTEMPTS times.
    """
    if isinstance(error, NotFound):
        return RowResult(row.id, "failed", "gone", GONE)
    if isinstance(error, Unavailable) and (has_begun or error.status == BROKEN_STATUS):
        if row.attempts + 1 < MOST_ATTEMPTS:
            return RowResult(row.id, "planned", attempts=row.attempts + 1, due_at=now + RETRY_WAIT)
        return RowResult(row.id, "failed", "unreadable", BROKEN)
    if isinstance(error, Forbidden | Rejected | Conflict | TooLarge):
        return RowResult(row.id, "failed", "no_access", NO_ACCESS)
    return None


def judge_target(row: RunRow, error: CallError, *, upload_limit: int, now: int) -> RowResult | None:
    """What Jira's refusal of a file means for it; None: nothing, it stops the run.

    A 413 is for a file over `upload_limit` (bytes; 0: nobody knows it) and for an issue with all the files it takes:
    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-attachments/
    """
    if isinstance(error, TooLarge) and upload_limit and row.size <= upload_limit:
        return RowResult(row.id, "skipped", "file_limit", AT_LIMIT)
    if isinstance(error, IssueBusy):
        return RowResult(row.id, "planned", due_at=now + max(BUSY_WAIT, int((error.retry_after or 0) * 1000)))
    if isinstance(error, Rejected | Conflict) and not row.size:
        return RowResult(row.id, "failed", "empty_file", EMPTY)
    code, words = REFUSALS.get(type(error), (None, None))
    return RowResult(row.id, "failed", code, words) if code else None

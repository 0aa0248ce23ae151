"""How a command about migrations ends, for scripts. A word that was given a number keeps it."""

from enum import IntEnum

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from app.run_report_views import ReportView
from domain.errors import Retryable, StoreUnavailable


class ExitCode(IntEnum):
    """2 is click's own: wrong usage."""

    DONE = 0  # and of a run: every line of its ledger balances, nothing failed or lacks what failed, nothing differs
    REFUSED = 1  # with a sentence that says what to do
    CHECK_FAILED = 3  # the check tells errors that nobody waived; nothing was written
    IMPERFECT = 4  # the run is done and its ledger balances; some things failed, lack what failed, or differ
    UNBALANCED = 5  # the ledger of a run that is done does not add up
    STOPPED = 6  # a scan or a run ended before its time, whatever its ledger says, or has not ended
    UNREACHABLE = 7  # a worker, the database, Redis, Jira or Azure DevOps cannot be reached now; try again
    INTERRUPTED = 130  # by Ctrl-C; what workers do goes on


OUT_OF_REACH = (Retryable, StoreUnavailable, RedisError, SQLAlchemyError)


def code_of_error(error: Exception) -> ExitCode:
    """Whether trying again later can help."""
    return ExitCode.UNREACHABLE if isinstance(error, OUT_OF_REACH) else ExitCode.REFUSED


def code_of_report(report: ReportView) -> ExitCode:
    """How well a run went, the worst thing first."""
    if report.state != "done" or not report.complete:
        return ExitCode.STOPPED
    if not report.balanced:
        return ExitCode.UNBALANCED
    return ExitCode.IMPERFECT if report.broken else ExitCode.DONE

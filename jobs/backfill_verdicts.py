"""What becomes of a part of a back-fill after a failure: it waits, or it ends with a sentence for the admin. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from clients.ado import SYSTEM
from domain.errors import (
    AppError,
    CallError,
    Forbidden,
    NotFound,
    Permanent,
    RateLimited,
    SecretError,
    Unauthorized,
    UnknownObject,
)
from domain.kept_words import mark_of
from jobs.retry import CREDENTIAL_WAIT, LONGEST_CREDENTIAL_WAIT, Dead, after_failure, doubled, words_of
from store.backfills import INCOMPLETE, REPOSITORIES, Ending

# what was found out about a refusal: the token is dead, or why the repository cannot be read
Cause = Literal["token", "disabled", "empty"]

NO_BRANCH = "VS403403"  # "Cannot find any branches for the ... repository"
DISABLED = Ending(
    "failed", "disabled", "The repository is disabled in Azure DevOps. Enable it there, then choose Retry failed."
)
EMPTY = Ending("done", "empty", "The repository is empty.")
GONE = Ending("done", "gone", "The repository was deleted or moved to another project, or the token sees it no more.")
NO_GIT = Ending(
    "failed", "tfvc", "The token sees no Git repository in this project. Crosswalk shows commits, branches and pull "
    "requests of Git; what is kept in TFVC cannot be shown.",
)  # fmt: skip
TFVC_TOO = Ending(
    "done", "tfvc", "This project also keeps code in TFVC, which cannot be shown. Its Git repositories were imported."
)
DEAD_TOKEN = "Azure DevOps does not accept the token any more. Enter a new one: the import then goes on by itself."  # noqa: S105  # words
CODE_SCOPE = "Code (Read)"
RUN_SCOPES = "Code (Read), Build (Read) and, for classic releases, Release (Read)"
SCOPES: Mapping[str, str] = {
    REPOSITORIES: CODE_SCOPE, "pullRequests": CODE_SCOPE, "branches": CODE_SCOPE, "commits": CODE_SCOPE,
    "builds": "Code (Read) and Build (Read)", "deployments": RUN_SCOPES,
}  # fmt: skip
# as the pages of Azure DevOps call them: https://learn.microsoft.com/azure/devops/organizations/security/permissions
BUILD_RIGHTS = "View builds and View build pipeline"
RIGHTS: Mapping[str, str] = {
    "builds": BUILD_RIGHTS, "deployments": f"{BUILD_RIGHTS}, for classic releases View releases",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pause:
    """Try again at `at` (ms), with `every` not any other part before that. `counted`: it was a failure, not a rate."""

    code: str
    detail: str
    at: int
    counted: bool = True
    every: bool = False


def judge_failure(
    error: Exception, *, kind: str, attempts: int, now: int, cause: Cause | None = None
) -> Pause | Ending:  # fmt: skip
    """Decide by the error's class and by what was found out. `attempts` counts this failure too."""
    if cause == "token":
        at = now + doubled(CREDENTIAL_WAIT, attempts, LONGEST_CREDENTIAL_WAIT)
        return Pause("token", DEAD_TOKEN, at, every=True)
    if isinstance(error, UnknownObject):  # the site was uninstalled a moment ago
        return Pause("waiting", words_of(error), now + LONGEST_CREDENTIAL_WAIT, every=True)
    if isinstance(error, Permanent) and error.system == SYSTEM:
        return _end(error, kind, cause)
    verdict = after_failure(error, attempts=attempts, now=now, born=now)
    if isinstance(verdict, Dead):
        return Ending("failed", "fault" if not isinstance(error, CallError) else "refused", verdict.why)
    if isinstance(error, RateLimited):
        return Pause("rate_limited", verdict.why, verdict.at, counted=False, every=True)
    every = isinstance(error, Unauthorized | Forbidden | SecretError)
    return Pause("waiting", verdict.why, verdict.at, every=every)


def end_reading(refused: int) -> Ending:
    """How a part ends that was read to its end, with so many entries that could not be read whole or sent."""
    if not refused:
        return Ending("done")
    words = f"Entries that could not be read whole, or that Jira did not take: {refused}. Retry failed reads all of it"
    return Ending("done", INCOMPLETE, f"{words} once more; look up with Explain what is still missing then.")


def _end(error: Permanent, kind: str, cause: Cause | None) -> Ending:
    if cause == "disabled":
        return DISABLED
    if cause == "empty" or NO_BRANCH in error.detail:
        return EMPTY
    if isinstance(error, Unauthorized):
        words = f"The token lacks a scope. Replace it with one that has {SCOPES[kind]}, then choose Retry failed."
        return Ending("failed", "permission", words)
    if isinstance(error, Forbidden):
        right = RIGHTS.get(kind, "Read of the repository")
        words = f"The owner of the token may not read this. Grant the right to it ({right}), then choose Retry failed"
        return Ending("failed", "permission", f"{words} ({mark_of(error)}).")
    if isinstance(error, NotFound):
        words = "Azure DevOps does not find this: it is deleted, or the owner of the token may not see it."
        return Ending("failed", "gone", words)
    return Ending("failed", "unreadable", f"Azure DevOps did not list this: {words_of_call(error)}")


def words_of_call(error: AppError) -> str:
    return str(error).removeprefix(f"{SYSTEM}: ")

"""What an administrator is told of history that reconciliation cannot read, hour after hour."""

from collections.abc import Mapping, Sequence

from linkage.reconciling import PUSHES
from linkage.token_check import Problem
from store.marks import WHOLE
from store.readings import FailedReading

EVERYTHING = "project"  # the job that fails when nothing of a project can be read
HOUR = 3_600_000  # ms
TOLD_AFTER = 3 * HOUR  # what fails once or twice mends itself
FRESH = 6 * HOUR  # what is not tried any more, as in a repository that was disabled, is nobody's trouble
SHOWN = 3
NAMES: Mapping[str, str] = {
    EVERYTHING: "anything of this project", PUSHES: "pushes and branches", "pullRequests": "pull requests",
    "builds": "builds", "deployments": "deployments", "missing": "the state", "addresses": "the address",
}  # fmt: skip
OTHER = "what is to be sent anew"


def failed_problem(failures: Sequence[FailedReading], now: int) -> Problem | None:
    """One problem for all that fails for hours, with the answer to what failed first; None when all can be read."""
    lasting = [one for one in failures if one.last - one.since >= TOLD_AFTER and one.last >= now - FRESH]
    if not lasting:
        return None
    names = [_name_of(one) for one in lasting[:SHOWN]]
    if len(lasting) > SHOWN:
        names.append(f"{len(lasting) - SHOWN} more")
    words = (
        "Crosswalk compares Azure DevOps with Jira every hour, and for "
        f"{(now - lasting[0].since) // HOUR} hours could not read {', '.join(names)}. The last answer: "
        f"{lasting[0].words.rstrip('.')}. What no event told of there is missing in Jira. Mend what the answer names: "
        "then it is read by itself within the hour, or at once by Look again now."
    )
    return Problem("not_compared", "warning", words)


def _name_of(failure: FailedReading) -> str:
    name = NAMES.get(failure.job, OTHER)
    return name if failure.part == WHOLE else f"{name} of the repository {failure.part}"

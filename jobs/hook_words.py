"""What an administrator is told of the subscriptions of a link, and what there is to do."""

from collections.abc import Sequence

from domain.errors import SecretError
from domain.records import Json
from linkage.resting_hooks import list_types
from linkage.token_check import Problem

STRAYS = "hooks_made_by_hand"
TOLD_REPAIRS = 3  # so many repairs in a row are worth a word


def failing_problem(repairs: int, public_url: str) -> Problem:
    """Subscriptions that fail again and again."""
    words = (
        f"Subscriptions of this project had to be repaired {repairs} times in a row. Check that Azure DevOps can reach "
        f"{public_url}, and that nobody and no script changes the project's service hooks. Nothing is lost: history is "
        "read once an hour."
    )
    return Problem("hooks_failing", "error", words)


def stray_problem(strays: Sequence[Json]) -> Problem:
    """Web hooks that send to this Crosswalk and were not made by it."""
    types = list_types(sorted({str(one.get("eventType")) for one in strays}))
    words = (
        f"{len(strays)} web hooks in Azure DevOps send to Crosswalk and were not made by it ({types}). Delete them in "
        "the project's service hooks; linking the project again removes those that double its own."
    )
    return Problem(STRAYS, "warning", words)


def rights_problem(detail: str) -> Problem:
    """The token's owner may not see or change the subscriptions; `detail` says who must grant what."""
    return Problem("hooks_no_right", "error", detail)


def refused_problem(refused: Sequence[str]) -> Problem:
    words = f"Azure DevOps refuses subscriptions to {list_types(refused)}. Link the project again to see its reason."
    return Problem("hooks_refused", "error", words)


def project_problem() -> Problem:
    words = (
        "The token does not see this project any more: it was deleted, or the owner of the token was removed from it. "
        "Add the owner again, or unlink the project."
    )
    return Problem("project_gone", "error", words)


def secret_problem(secret: str, error: SecretError) -> Problem:
    """`secret`: what cannot be opened. It opens again, or is entered anew."""
    words = (
        f"Crosswalk cannot open the stored {secret}: {error} Whoever runs Crosswalk must bring back its key file, or "
        "let it use its KMS key again. Nothing is lost: events wait. When the key is gone for good, run crosswalk "
        "rotate-keys --accept-loss, enter the token here and run crosswalk rotate-hook-secrets."
    )
    return Problem("secret_unreadable", "error", words)

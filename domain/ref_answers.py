"""What Azure DevOps says to a new branch. It answers 200 even when it refuses: the status of the ref tells.

https://learn.microsoft.com/rest/api/azure/devops/git/refs/update-refs (GitRefUpdateStatus)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from domain.errors import AccessDenied, AppError, BadInput, Fault, WrongState

DETAIL_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class RefAnswer:
    """The answer for one ref. `message` and `rejected_by` explain a refusal, mostly they are ''."""

    status: str
    success: bool
    message: str = ""
    rejected_by: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a status means: `code` stays the same, `words` tell a person what to do.

    `pointer`: the field of the request that must change, None when none must.
    """

    kind: type[AppError]
    code: str
    words: str
    pointer: str | None = None


DELETION = "Azure DevOps answered as if a branch had been deleted. Look at the branches before you try again."
REFUSALS: Mapping[str, Refusal] = {
    "forcePushRequired": Refusal(
        AccessDenied, "force_push_required", "Azure DevOps takes this for a forced push, and you may not force push in "
        "this repository. Choose another name, or ask for the permission Force push.",
    ),
    "staleOldObjectId": Refusal(
        WrongState, "exists", "There is a branch of this name already. Open it, or choose another name."
    ),
    "invalidRefName": Refusal(
        BadInput, "invalid_name", "Azure DevOps does not take this name for a branch. Choose another one.", "/name"
    ),
    "unprocessed": Refusal(
        WrongState, "not_processed", "Azure DevOps did not get to it, and nothing was made. Press the button again."
    ),
    "unresolvableToCommit": Refusal(
        BadInput, "source_gone", "The source branch ends at nothing a branch can begin from. Choose the source again.",
        "/source",
    ),
    "writePermissionRequired": Refusal(
        AccessDenied, "no_write", "You may not write to this repository. Ask for the permission Contribute."
    ),
    "manageNotePermissionRequired": Refusal(
        AccessDenied, "no_notes", "You may not write notes in this repository. Ask for the permission Manage notes."
    ),
    "createBranchPermissionRequired": Refusal(
        AccessDenied, "no_create_branch", "You may not make a branch of this name. Its folder may be closed: choose "
        "another folder, or ask for the permission Create branch.",
    ),
    "createTagPermissionRequired": Refusal(
        AccessDenied, "no_create_tag", "You may not make tags in this repository. Ask for the permission Create tag."
    ),
    "rejectedByPlugin": Refusal(AccessDenied, "plugin", "An extension of this organization refused the branch."),
    "locked": Refusal(
        WrongState, "locked", "Somebody has locked this branch. Choose another name, or have it unlocked."
    ),
    "refNameConflict": Refusal(
        WrongState, "name_conflict", "Another branch is in the way: its name differs in upper and lower case only, or "
        "one is a folder of the other. Choose another name.",
    ),
    "rejectedByPolicy": Refusal(
        AccessDenied, "policy", "A policy of this repository refuses the branch. Choose another name, or ask who looks "
        "after the repository.",
    ),
    "succeededNonExistentRef": Refusal(WrongState, "unexpected_answer", DELETION),
    "succeededCorruptRef": Refusal(WrongState, "unexpected_answer", DELETION),
}  # fmt: skip
SUCCEEDED = "succeeded"


def ref_refusal(answer: RefAnswer, *, url: str | None = None) -> AppError | None:
    """Why Azure DevOps made no branch, None when it did. `url`: what is in the way, when that is known.

    The words of Azure DevOps follow ours where it gave some.
    """
    if answer.success and answer.status == SUCCEEDED:
        return None
    words = f"Azure DevOps refused the branch and gave {answer.status or 'no reason'} as the reason."
    refusal = REFUSALS.get(answer.status) or Refusal(WrongState, "refused", words)
    return _build(refusal, refusal.words + _said(answer), url)


def _said(answer: RefAnswer) -> str:
    message = " ".join(answer.message.split())[:DETAIL_CHARACTERS]
    by = answer.rejected_by
    if not message:
        return f" It was {by} that refused." if by else ""
    return f" Azure DevOps says ({by}): {message}" if by else f" Azure DevOps says: {message}"


def _build(refusal: Refusal, detail: str, url: str | None) -> AppError:
    if refusal.pointer:
        return BadInput(detail, (Fault(refusal.pointer, detail),), code=refusal.code)
    kind: Callable[..., AppError] = refusal.kind
    return kind(detail, code=refusal.code, url=url)

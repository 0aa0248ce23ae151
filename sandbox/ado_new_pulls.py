"""The Git API: opening a pull request as the caller.

https://learn.microsoft.com/rest/api/azure/devops/git/pull-requests/create
"""

from sandbox.ado_errors import AdoError, bad_request, no_git_right
from sandbox.ado_git import REPOSITORY, repository_of
from sandbox.ado_model import Json, Repository
from sandbox.ado_routes import Call, Made, Routes
from sandbox.ado_shapes import pull_json

HEADS = "refs/heads/"
TITLE_LIMIT, DESCRIPTION_LIMIT = 400, 4000
new_pull_routes = Routes()


@new_pull_routes.add("POST", f"{REPOSITORY}/pullrequests", "git-write", project="optional")
def create_pull(call: Call, repository_id: str) -> Made:
    """`{sourceRefName, targetRefName, title, description?, isDraft?, reviewers?}`."""
    repository, user, wanted = repository_of(call, repository_id), call.token.user, call.body()
    if "PullRequestContribute" in call.organization.denied_git.get((user.id, repository.id), set()):
        raise no_git_right(user.id, "PullRequestContribute")
    require_sound(repository, wanted)
    require_first(call, repository, wanted)
    pull = call.organization.open_pull_request(
        repository,
        wanted["sourceRefName"],
        wanted["title"],
        target=wanted["targetRefName"],
        description=wanted.get("description") or "",
        draft=bool(wanted.get("isDraft")),
        reviewers=[reviewer["id"] for reviewer in wanted.get("reviewers") or []],
        user=user,
    )
    return Made(pull_json(pull, call.base))


def require_sound(repository: Repository, wanted: Json) -> None:
    """Two different branches that exist, and words that fit. Raises AdoError (400)."""
    source, target = wanted.get("sourceRefName") or "", wanted.get("targetRefName") or ""
    for name, ref in (("sourceRefName", source), ("targetRefName", target)):
        if not ref.startswith(HEADS):
            raise bad_request(f"TF401035: The value '{ref}' of {name} must begin with {HEADS}.")
    if source == target:
        raise bad_request("TF401170: The source and the target of a pull request must be different branches.")
    if not {source, target} <= set(repository.refs):
        raise bad_request(
            "TF401398: The pull request cannot be activated because the source and/or the target branch no longer "
            "exists.",
            "GitPullRequestCannotBeActivatedException",
        )
    title, description = wanted.get("title") or "", wanted.get("description") or ""
    if not title.strip() or len(title) > TITLE_LIMIT:
        raise bad_request(f"A pull request needs a title of at most {TITLE_LIMIT} characters.")
    if not isinstance(wanted.get("isDraft", False), bool):
        raise bad_request("The value of isDraft must be true or false.")
    if len(description) > DESCRIPTION_LIMIT:
        raise bad_request(f"A description has at most {DESCRIPTION_LIMIT} characters.")


def require_first(call: Call, repository: Repository, wanted: Json) -> None:
    """Between two branches one pull request is active at a time. Raises AdoError (409)."""
    ends = (wanted["sourceRefName"], wanted["targetRefName"])
    for pull in call.organization.pull_requests.values():
        if pull.repository is repository and pull.status == "active" and (pull.source, pull.target) == ends:
            text = "TF401179: An active pull request for the source and target branch already exists."
            raise AdoError(409, "GitPullRequestExistsException", text)

"""What a Git event does not say and Jira needs, looked up in Azure DevOps."""

from collections.abc import Iterable, Mapping

from clients.ado_git import WHOLE_DESCRIPTION, GitApi
from domain.errors import NotFound
from domain.facts import PullRequestFacts, PushFacts
from domain.git_events import BRANCH_PREFIX, branch_name
from domain.issue_keys import KeyRules, find_keys
from domain.records import Commit, PullRequestChanged, Push, RefUpdate
from jobs.at_once import map_at_once

# No page says how many commits a push event lists; a list this long or longer may be cut and is read again
TRUSTED_COMMITS = 10
LOOKUPS_AT_ONCE = 4


def gather_push(push: Push, rules: KeyRules, git: GitApi) -> PushFacts:
    """The commits of a push whose message has a key and the heads of branches whose name has one.

    A commit that is gone (force-pushed over and collected) is told as the event tells it. Raises CallError for
    anything else that cannot be looked up.
    """
    moved = [update for update in push.updates if update.new and update.ref.startswith(BRANCH_PREFIX)]
    listed = {commit.id: commit for commit in _list_commits(push, moved, git)}
    keyed = {update.ref: update.new for update in moved if update.new and find_keys(rules, branch_name(update.ref))}
    named = [commit.id for commit in listed.values() if commit.message_cut or find_keys(rules, commit.message)]
    known = _look_up(push.repository.id, dict.fromkeys([*named, *keyed.values()]), listed, git)
    commits = tuple(known[sha] for sha in named if sha in known and find_keys(rules, known[sha].message))
    return PushFacts(commits, {ref: known[sha] for ref, sha in keyed.items() if sha in known})


def gather_pull_request(event: PullRequestChanged, git: GitApi) -> PullRequestFacts:
    """The number of comments, and the whole description when the event's may be cut."""
    shown = event.pull_request
    try:
        found = git.read_discussion(shown.repository.id, shown.id)
        if len(shown.description) < WHOLE_DESCRIPTION:
            return PullRequestFacts(found.comments, touched=found.touched)
        whole = git.read_pull_request(shown.repository.id, shown.id).description
    except NotFound:  # the repository went away since
        return PullRequestFacts()
    return PullRequestFacts(found.comments, whole, found.touched)


def _list_commits(push: Push, moved: list[RefUpdate], git: GitApi) -> tuple[Commit, ...]:
    """Every commit of the push, first the event's own; a branch that was made on an old commit may bring none."""
    lists = [push.commits]
    if len(push.commits) >= TRUSTED_COMMITS:
        lists += _complete(push, moved, git)
    elif not push.commits:
        lists += _complete(push, [update for update in moved if update.old], git)
    return tuple({commit.id: commit for commits in lists for commit in commits}.values())


def _complete(push: Push, moved: list[RefUpdate], git: GitApi) -> list[tuple[Commit, ...]]:
    """What each branch got, by its old and new end; the list of the push where a branch is new or its old end gone."""
    found = [_list_range(push.repository.id, update, git) for update in moved]
    if None in found:
        found.append(_list_push(push, git))
    return [commits for commits in found if commits is not None]


def _list_range(repository_id: str, update: RefUpdate, git: GitApi) -> tuple[Commit, ...] | None:
    if update.old is None or update.new is None:
        return None
    try:
        return git.list_commits_between(repository_id, update.old, update.new)
    except NotFound:  # the old end was collected after a force push, or the repository went away
        return None


def _list_push(push: Push, git: GitApi) -> tuple[Commit, ...]:
    try:
        return git.list_push_commits(push.repository.id, push.push_id)
    except NotFound:
        return ()


def _look_up(repository_id: str, shas: Iterable[str], listed: Mapping[str, Commit], git: GitApi) -> dict[str, Commit]:
    """Each commit with parents and files; as it was listed when it is gone, left out when it was not listed either."""

    def read(sha: str) -> Commit | None:
        try:
            return git.read_commit(repository_id, sha)
        except NotFound:
            return listed.get(sha)

    found = map_at_once("commits", read, tuple(shas), LOOKUPS_AT_ONCE)  # one failure ends all: the event comes again
    return {commit.id: commit for commit in found if commit is not None}

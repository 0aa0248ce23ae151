"""What people do with pull requests. Each action changes the state and sends its events."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, TypeVar

from sandbox.ado_errors import bad_request, not_found
from sandbox.ado_events import comment_event, pull_event
from sandbox.ado_git_actions import GitActions, full_branch
from sandbox.ado_history import resolve_version
from sandbox.ado_model import (
    Comment,
    Commit,
    FileChange,
    PullRequest,
    PullStatus,
    RefUpdate,
    Repository,
    Reviewer,
    Thread,
    User,
)

Numbered = TypeVar("Numbered", Thread, Comment)
Merge = Literal["merge", "squash"]
VOTES = {
    10: "has approved",
    5: "has approved and left suggestions in",
    0: "has reset their vote on",
    -5: "is waiting for the author in",
    -10: "rejected",
}
STRATEGIES = {"merge": "noFastForward", "squash": "squash"}


class PullActions(GitActions):
    """Pull requests are named by their number."""

    def open_pull_request(
        self, repository: str | Repository, source: str, title: str, *, target: str | None = None,
        description: str = "", draft: bool = False, reviewers: Sequence[str] = (), labels: Sequence[str] = (),
        user: str | User | None = None,
    ) -> PullRequest:  # fmt: skip
        """Open a pull request from branch `source` to `target` (the default branch)."""
        with self.lock:
            found, author = self.find_repository(repository), self.find_user(user)
            source_ref, target_ref = full_branch(source), full_branch(target or found.default_branch or "main")
            tips = resolve_version(found, source_ref), resolve_version(found, target_ref)
            number = next(self.pull_ids)
            pull = PullRequest(
                number, found, title, description, source_ref, target_ref, author, self.clock.now(), self.new_guid(),
                tips[0], tips[1], self._merge(found, tips, f"Merge pull request {number} from {source}", author).id,
                self.ahead(found, *tips), draft,
                reviewers=[Reviewer(self.find_user(name)) for name in reviewers],
                labels={self.new_guid(): label for label in labels},
            )  # fmt: skip
            self.pull_requests[number] = pull
            self._tell("git.pullrequest.created", pull, author, "created pull request")
            self._tell_merge(pull, author)
            return pull

    def update_pull_request(
        self, number: int, *, title: str | None = None, description: str | None = None, draft: bool | None = None,
        status: PullStatus | None = None, merge: Merge = "merge", delete_source: bool = False,
        user: str | User | None = None,
    ) -> PullRequest:  # fmt: skip
        """Edit, publish, complete, abandon or reactivate.

        Title, description and draft have no `notificationType` of their own: they reach subscriptions without one.
        """
        with self.lock:
            pull, actor = self.find_pull(number), self.find_user(user)
            if title is not None or description is not None:
                pull.title = pull.title if title is None else title
                pull.description = pull.description if description is None else description
                self._tell("git.pullrequest.updated", pull, actor, "updated pull request")
            if draft is not None and draft != pull.draft:
                pull.draft = draft
                self._tell(
                    "git.pullrequest.updated", pull, actor, f"{'unpublished' if draft else 'published'} pull request"
                )
            if status is not None and status != pull.status:
                self._change_status(pull, status, merge, actor)
                if status == "completed" and delete_source:
                    self.delete_branch(pull.repository, pull.source, user=actor)
            return pull

    def vote(self, number: int, value: int, *, user: str | User | None = None) -> PullRequest:
        """Vote 10, 5, 0, -5 or -10; who is no reviewer yet becomes one."""
        with self.lock:
            pull, actor = self.find_pull(number), self.find_user(user)
            if value not in VOTES:
                raise bad_request("A vote is 10, 5, 0, -5 or -10.")
            reviewer = next((reviewer for reviewer in pull.reviewers if reviewer.user == actor), None)
            if reviewer is None:
                reviewer = Reviewer(actor)
                pull.reviewers.append(reviewer)
                self._note(pull, actor, f"{actor.name} was added as a reviewer")
                self._tell_update(pull, actor, "has changed the reviewer list on", "ReviewersUpdateNotification")
            reviewer.vote = value
            self._note(pull, actor, f"{actor.name} voted {value}")
            self._tell_update(pull, actor, VOTES[value], "ReviewerVoteNotification")
            return pull

    def comment_pull_request(
        self, number: int, content: str, *, thread: int | None = None, comment: int | None = None,
        delete: bool = False, user: str | User | None = None,
    ) -> Comment:  # fmt: skip
        """Write a comment; `thread` answers one, `comment` beside it edits or deletes one."""
        with self.lock:
            pull, author, now = self.find_pull(number), self.find_user(user), self.clock.now()
            if thread is None:
                found = Thread(len(pull.threads) + 1, [], now)
                pull.threads.append(found)
            else:
                found = pick(pull.threads, thread, "thread")
            if comment is None:
                parent = 1 if found.comments else 0
                written = Comment(len(found.comments) + 1, author, content, now, now, parent)
                found.comments.append(written)
            else:
                written = pick(found.comments, comment, "comment")
                written.content, written.updated, written.deleted = content, now, delete
            what = "deleted" if delete else "added" if comment is None else "edited"
            self.emit(comment_event(pull, found, written, what, self.base_url))
            return written

    def _note(self, pull: PullRequest, actor: User, words: str) -> None:
        """What the system writes into the discussion; no event tells of that."""
        now = self.clock.now()
        pull.threads.append(Thread(len(pull.threads) + 1, [Comment(1, actor, words, now, now, kind="system")], now))

    def on_push(self, repository: Repository, updates: Sequence[RefUpdate], user: User) -> None:
        """Active pull requests follow their source branch."""
        moved = {update.name: update.new for update in updates if update.new in repository.commits}
        for pull in self.pull_requests.values():
            if pull.repository is repository and pull.status == "active" and pull.source in moved:
                pull.source_commit = moved[pull.source]
                self._refresh(pull, user)
                self._tell_update(pull, user, "updated the source branch of", "PushNotification")
                self._tell_merge(pull, user)

    def _refresh(self, pull: PullRequest, user: User) -> None:
        repository = pull.repository
        pull.target_commit = repository.refs.get(pull.target, pull.target_commit)
        tips = pull.source_commit, pull.target_commit
        pull.commits = self.ahead(repository, *tips)
        pull.merge_commit = self._merge(repository, tips, f"Merge pull request {pull.id}", user).id

    def _change_status(self, pull: PullRequest, status: PullStatus, merge: Merge, user: User) -> None:
        allowed = {"active": {"completed", "abandoned"}, "abandoned": {"active"}, "completed": set()}
        if status not in allowed[pull.status]:
            raise bad_request(f"TF401181: The pull request cannot be edited due to its state: {pull.status}.")
        if status == "completed":
            self._complete(pull, merge, user)
        pull.status = status
        pull.closed = None if status == "active" else self.clock.now()
        pull.closed_by = None if status == "active" else user
        word = {"active": "reactivated", "abandoned": "abandoned", "completed": "completed"}[status]
        self._tell_update(pull, user, f"{word}", "StatusUpdateNotification")
        if status != "abandoned":
            self._tell_merge(pull, user)

    def _complete(self, pull: PullRequest, merge: Merge, user: User) -> None:
        """The target branch moves by a push of its own, before the pull request says that it is completed."""
        repository = pull.repository
        target = resolve_version(repository, pull.target)
        message = f"Merged PR {pull.id}: {pull.title}\n\n{pull.description}".strip()
        tips = pull.source_commit, target
        made = self._merge(repository, tips, message, user, squash=merge == "squash")
        pull.merge_commit, pull.target_commit, pull.merge_strategy = made.id, target, STRATEGIES[merge]
        self.apply_push(repository, (RefUpdate(pull.target, target, made.id),), [made], user)

    def _merge(
        self, repository: Repository, tips: tuple[str, str], message: str, user: User, *, squash: bool = False
    ) -> Commit:  # fmt: skip
        """The commit that joins source and target; it shows the files of all that comes in."""
        source, target = tips
        changes: dict[str, FileChange] = {}
        for name in self.ahead(repository, source, target):  # newest first: the first kind counts, the last content
            for file in repository.commits[name].files:
                newer = changes.get(file.path)
                changes[file.path] = file if newer is None else replace(file, content=newer.content)
        parents = (target,) if squash else (target, source)
        return self.add_commit(repository, message, parents, (user.name, user.mail), files=list(changes.values()))

    def _tell(self, kind: str, pull: PullRequest, user: User, what: str, notification: str | None = None) -> None:
        self.emit(pull_event(kind, pull, user, what=what, base=self.base_url, notification=notification))

    def _tell_update(self, pull: PullRequest, user: User, what: str, notification: str) -> None:
        self._tell("git.pullrequest.updated", pull, user, f"{what} pull request", notification)

    def _tell_merge(self, pull: PullRequest, user: User) -> None:
        """A merge was attempted; for an active pull request that is the preview."""
        self._tell("git.pullrequest.merged", pull, user, "has created a merge commit for pull request")


def pick(items: list[Numbered], number: int, kind: str) -> Numbered:
    found = next((item for item in items if item.id == number), None)
    if found is None:
        raise not_found("CommentThreadNotFoundException", f"TF401382: The {kind} {number} does not exist.")
    return found

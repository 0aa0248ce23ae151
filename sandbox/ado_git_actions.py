"""What people do to repositories: pushing, deleting, tagging, renaming. Each changes the state and sends its events."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sandbox.ado_clock import parse_time
from sandbox.ado_errors import bad_request, no_repository
from sandbox.ado_events import deleted_event, push_event, renamed_event, status_event
from sandbox.ado_history import commits_between, resolve_version
from sandbox.ado_model import ZERO_ID, Commit, FileChange, Project, Push, RefUpdate, Repository, User
from sandbox.ado_state import OrganizationState

HEADS, TAGS = "refs/heads/", "refs/tags/"
CommitSpec = str | Mapping[str, Any]  # a message, or {message, files?, author?, mail?, date?}


class GitActions(OrganizationState):
    """Repositories are named by id or name, people by id, mail or name; without a person the first user acts."""

    def push(
        self, repository: str | Repository, commits: Sequence[CommitSpec] = (), *, branch: str | None = None,
        base: str | None = None, user: str | User | None = None,
    ) -> Push:  # fmt: skip
        """Push commits, oldest first, to a branch (the default one); a new one starts at `base`: branch or commit."""
        with self.lock:
            found, pusher = self._writable(repository), self.find_user(user)
            ref = full_branch(branch or short_default(found))
            old = found.refs.get(ref, ZERO_ID)
            start = old if old != ZERO_ID else self._start_of(found, base)
            made = self._make_commits(found, commits, start, pusher)
            new = made[-1].id if made else start
            if new in {None, old}:
                raise bad_request("A push needs a new branch or at least one commit.")
            return self.apply_push(found, (RefUpdate(ref, old, str(new)),), made, pusher)

    def force_push(
        self, repository: str | Repository, commits: Sequence[CommitSpec] = (), *, branch: str, base: str | None = None,
        user: str | User | None = None,
    ) -> Push:  # fmt: skip
        """Move a branch to new commits on `base`; without it they replace the newest commit."""
        with self.lock:
            found, pusher = self._writable(repository), self.find_user(user)
            ref = full_branch(branch)
            old = resolve_version(found, ref)
            start = self._start_of(found, base) if base else next(iter(found.commits[old].parents), None)
            made = self._make_commits(found, commits, start, pusher)
            new = made[-1].id if made else start
            if new in {None, old}:
                raise bad_request("A force push needs another commit to end at.")
            return self.apply_push(found, (RefUpdate(ref, old, str(new)),), made, pusher)

    def delete_branch(self, repository: str | Repository, branch: str, *, user: str | User | None = None) -> Push:
        with self.lock:
            found = self._writable(repository)
            ref = full_branch(branch)
            return self.apply_push(
                found, (RefUpdate(ref, resolve_version(found, ref), ZERO_ID),), [], self.find_user(user)
            )

    def create_tag(
        self, repository: str | Repository, name: str, *, commit: str | None = None, user: str | User | None = None
    ) -> Push:  # fmt: skip
        """A light tag at `commit`, else at the newest commit of the default branch."""
        with self.lock:
            found = self._writable(repository)
            target = commit or self._start_of(found, None)
            if target not in found.commits or TAGS + name in found.refs:
                raise bad_request("A tag needs a commit and a free name.")
            update = RefUpdate(TAGS + name, ZERO_ID, str(target))
            return self.apply_push(found, (update,), [], self.find_user(user))

    def rename_repository(self, repository: str, name: str, *, user: str | User | None = None) -> Repository:
        with self.lock:
            found = self.find_repository(repository)
            old_name, found.name = found.name, name
            self.emit(renamed_event(found, old_name, self.find_user(user), self.clock.now(), self.base_url))
            return found

    def delete_repository(self, repository: str, *, user: str | User | None = None) -> Repository:
        """The repository goes to the recycle bin, its pull requests are gone; pipelines on it stay but cannot run."""
        with self.lock:
            found = self.repositories.pop(self.find_repository(repository).id)
            self.recycled[found.id] = (found, self.clock.now())
            self.pull_requests = {n: pull for n, pull in self.pull_requests.items() if pull.repository is not found}
            self.emit(deleted_event(found, self.find_user(user), self.clock.now(), self.base_url))
            return found

    def disable_repository(
        self, repository: str, *, disabled: bool = True, user: str | User | None = None
    ) -> Repository:
        """A disabled repository is listed, but its content answers 404."""
        with self.lock:
            found = self.find_repository(repository)
            found.disabled = disabled
            self.emit(status_event(found, self.find_user(user), self.clock.now(), self.base_url))
            return found

    def apply_push(
        self, repository: Repository, updates: tuple[RefUpdate, ...], made: Sequence[Commit], user: User
    ) -> Push:  # fmt: skip
        """Write refs and the push, send `git.push`, and tell the pull requests of the branches."""
        push = self.write_push(repository, updates, made, user, self.clock.now())
        self.emit(push_event(repository, push, self.base_url))
        self.on_push(repository, updates, user)
        return push

    def write_push(
        self, repository: Repository, updates: tuple[RefUpdate, ...], made: Sequence[Commit], user: User, when: datetime
    ) -> Push:  # fmt: skip
        """The push and its refs, without an event."""
        newest_first = tuple(commit.id for commit in reversed(made))
        push = Push(next(self.push_ids), user, when, updates, newest_first)
        repository.pushes.append(push)
        repository.push_of |= dict.fromkeys(newest_first, push)
        for update in updates:
            self._write_ref(repository, update, user)
        return push

    def on_push(self, repository: Repository, updates: Sequence[RefUpdate], user: User) -> None:
        """What else a push moves; pull requests do."""

    def add_commit(
        self, repository: Repository, message: str, parents: tuple[str, ...], author: tuple[str, str], *,
        files: Sequence[FileChange] = (), date: datetime | None = None,
    ) -> Commit:  # fmt: skip
        """Put a commit into a repository; no ref points to it yet."""
        moment = date or self.clock.now()
        salt = f"{repository.id}/{len(repository.commits)}/{moment.isoformat()}/{message}"
        name = hashlib.sha1(salt.encode(), usedforsecurity=False).hexdigest()
        generation = 1 + max((repository.commits[parent].generation for parent in parents), default=0)
        made = Commit(name, message, author[0], author[1], moment, parents, tuple(files), generation)
        repository.commits[name] = made
        return made

    def add_repository(self, name: str, project: str | Project) -> Repository:
        """An empty repository; no event is sent."""
        with self.lock:
            home = project if isinstance(project, Project) else self.find_project(project)
            made = Repository(self.new_guid(), name, home)
            self.repositories[made.id] = made
            return made

    def ahead(self, repository: Repository, source: str, target: str) -> tuple[str, ...]:
        """Commit ids that `source` has and `target` has not, newest first."""
        return tuple(commit.id for commit in commits_between(repository, source, target))

    def _writable(self, repository: str | Repository) -> Repository:
        found = self.find_repository(repository)
        if found.disabled:
            raise no_repository(found.name)
        return found

    def _start_of(self, repository: Repository, base: str | None) -> str | None:
        """Where a new branch starts; None in an empty repository."""
        if base and base in repository.commits:
            return base
        name = full_branch(base) if base else repository.default_branch
        return resolve_version(repository, name) if name and repository.refs else None

    def _make_commits(
        self, repository: Repository, commits: Sequence[CommitSpec], start: str | None, user: User
    ) -> list[Commit]:  # fmt: skip
        made: list[Commit] = []
        parent = start
        for spec in commits:
            given: Mapping[str, Any] = {"message": spec} if isinstance(spec, str) else spec
            author = (given.get("author") or user.name, given.get("mail") or user.mail)
            date = parse_time(given["date"]) if given.get("date") else None
            files = [read_change(change) for change in given.get("files", ())]
            made.append(
                self.add_commit(
                    repository, given["message"], (parent,) if parent else (), author, files=files, date=date
                )
            )
            parent = made[-1].id
        return made

    def _write_ref(self, repository: Repository, update: RefUpdate, user: User) -> None:
        if update.new == ZERO_ID:
            repository.refs.pop(update.name, None)
            repository.locks.pop(update.name, None)
            return
        if update.name not in repository.refs:
            repository.creators[update.name] = user
        repository.refs[update.name] = update.new
        if repository.default_branch is None and update.name.startswith(HEADS):
            repository.default_branch = update.name


def read_change(change: Any) -> FileChange:
    """A path, or `{path, kind, old_path, content}`."""
    if isinstance(change, FileChange):
        return change
    given: Mapping[str, Any] = {"path": change} if isinstance(change, str) else change
    path = "/" + given["path"].lstrip("/")
    return FileChange(path, given.get("kind", "edit"), given.get("old_path"), given.get("content"))


def full_branch(name: str) -> str:
    return name if name.startswith("refs/") else HEADS + name


def short_default(repository: Repository) -> str:
    return (repository.default_branch or f"{HEADS}main").removeprefix(HEADS)

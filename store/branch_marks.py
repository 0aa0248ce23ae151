"""Where people made branches last, and what they made a moment ago: ids, and names as hashes. Losing it loses no work.

A person is known here by the id of the sign-in, which means nothing once that is forgotten.
"""

import hashlib

from redis import Redis

from store.queue import as_text

RECENT_SECONDS = 90 * 24 * 3600
REPEAT_SECONDS = 60  # pressing twice, and pressing again when no answer came


class BranchMarks:
    """Reads and writes marks, in Redis."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def recent_repository(self, person_id: str) -> str | None:
        """The id of the repository in which a person made a branch last."""
        kept = self._redis.get(_recent(person_id))
        return as_text(kept) if kept else None

    def note_repository(self, person_id: str, repository_id: str) -> None:
        self._redis.set(_recent(person_id), repository_id, ex=RECENT_SECONDS)

    def find_made(self, person_id: str, repository_id: str, name: str) -> str | None:
        """The commit at which the person set out to make this branch within the last minute."""
        kept = self._redis.get(_made(person_id, repository_id, name))
        return as_text(kept) if kept else None

    def note_made(self, person_id: str, repository_id: str, name: str, commit: str) -> None:
        """Written before Azure DevOps is asked: when no answer comes, asking again finds what was made."""
        self._redis.set(_made(person_id, repository_id, name), commit, ex=REPEAT_SECONDS)

    def forget_made(self, person_id: str, repository_id: str, name: str) -> None:
        """Nothing was made."""
        self._redis.delete(_made(person_id, repository_id, name))


def branch_mark(repository_id: str, name: str) -> str:
    """A branch without its name."""
    return hashlib.sha256(f"{repository_id}/{name}".encode()).hexdigest()


def _recent(person_id: str) -> str:
    return f"crosswalk:recent-repository:{person_id}"


def _made(person_id: str, repository_id: str, name: str) -> str:
    return f"crosswalk:made-branch:{person_id}:{branch_mark(repository_id, name)}"

"""Which Jira projects exist on a site: the list of a site that can be asked, what was learnt of one that cannot."""

import json
from collections.abc import Iterable
from typing import Any

from redis import Redis

from store.queue import as_text

LIST_SECONDS = 120  # a project made a moment ago is known after two minutes at most
REFUSED_SECONDS = 3600  # a project taught not to exist may be made later
UNKNOWN_KEYS = 3  # so many different unknown keys make a project unknown: one may be mistyped
DOUBT_SECONDS = 10


class ProjectKeys:
    """Project keys per installation, in Redis."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def read_list(self, installation_id: str) -> frozenset[str] | None:
        """The kept list, None when there is none or it is too old."""
        kept: Any = self._redis.get(f"crosswalk:project-keys:{installation_id}")
        return frozenset(json.loads(kept)) if kept else None

    def save_list(self, installation_id: str, keys: frozenset[str]) -> None:
        self._redis.set(f"crosswalk:project-keys:{installation_id}", json.dumps(sorted(keys)), ex=LIST_SECONDS)

    def read_refused(self, installation_id: str, now: int) -> frozenset[str]:
        """Projects that Jira lately said do not exist. `now` in ms."""
        rows: Any = self._redis.zrangebyscore(_refused(installation_id), now, "+inf")
        return frozenset(as_text(row) for row in rows)

    def note_doubts(self, installation_id: str, projects: Iterable[str]) -> tuple[str, ...]:
        """Those of `projects` that nobody doubted within the last seconds, and so are worth asking Jira about."""
        return tuple(
            project
            for project in sorted(projects)
            if self._redis.set(f"crosswalk:doubt:{installation_id}:{project}", "1", nx=True, ex=DOUBT_SECONDS)
        )

    def teach(self, installation_id: str, sent: frozenset[str], unknown: frozenset[str], now: int) -> None:
        """Learn from one answer: a project is refused for an hour once Jira knew none of several of its issue keys.

        A project with one known issue is never refused, and one mistyped key refuses nothing.
        """
        known = {project_of(key) for key in sent - unknown}
        if known:
            self._redis.sadd(_known(installation_id), *known)
            self._redis.zrem(_refused(installation_id), *known)
        for key in unknown:
            project = project_of(key)
            if not self._redis.sismember(_known(installation_id), project):
                self._doubt_project(installation_id, project, key, now)

    def _doubt_project(self, installation_id: str, project: str, key: str, now: int) -> None:
        seen = f"crosswalk:unknown-keys:{installation_id}:{project}"
        self._redis.sadd(seen, key)
        self._redis.expire(seen, REFUSED_SECONDS)
        count: Any = self._redis.scard(seen)
        if count >= UNKNOWN_KEYS:
            self._redis.zadd(_refused(installation_id), {project: now + REFUSED_SECONDS * 1000})

    def forget_tenant(self, installation_id: str) -> None:
        """Forget all of it."""
        named = (f"crosswalk:{kind}:{installation_id}:*" for kind in ("doubt", "unknown-keys"))
        learnt = [key for pattern in named for key in self._redis.scan_iter(match=pattern, count=1000)]
        kept = f"crosswalk:project-keys:{installation_id}"
        self._redis.delete(kept, _known(installation_id), _refused(installation_id), *learnt)


def project_of(issue_key: str) -> str:
    return issue_key.rpartition("-")[0]


def _known(installation_id: str) -> str:
    return f"crosswalk:projects-known:{installation_id}"


def _refused(installation_id: str) -> str:
    return f"crosswalk:projects-refused:{installation_id}"

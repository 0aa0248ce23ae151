"""Which Jira projects exist on a site: the list of a site that can be asked, what was learnt of one that cannot."""

import json
from typing import Any

from redis import Redis

from store.queue import as_text

LIST_SECONDS = 120  # a project made a moment ago is known after two minutes at most
REFUSED_SECONDS = 3600  # a project taught not to exist may be made later


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

    def teach(self, installation_id: str, sent: frozenset[str], unknown: frozenset[str], now: int) -> None:
        """Learn from one answer: a project none of whose issue keys Jira knew is refused for an hour.

        A project with one known issue is never refused by another key that was mistyped.
        """
        known = {project_of(key) for key in sent - unknown}
        refused = {project_of(key) for key in unknown} - known
        with self._redis.pipeline(transaction=True) as steps:
            if known:
                steps.sadd(_known(installation_id), *known)
                steps.zrem(_refused(installation_id), *known)
            steps.execute()
        for project in refused:
            if not self._redis.sismember(_known(installation_id), project):
                self._redis.zadd(_refused(installation_id), {project: now + REFUSED_SECONDS * 1000})

    def forget_tenant(self, installation_id: str) -> None:
        self._redis.delete(
            f"crosswalk:project-keys:{installation_id}", _known(installation_id), _refused(installation_id)
        )


def project_of(issue_key: str) -> str:
    return issue_key.rpartition("-")[0]


def _known(installation_id: str) -> str:
    return f"crosswalk:projects-known:{installation_id}"


def _refused(installation_id: str) -> str:
    return f"crosswalk:projects-refused:{installation_id}"

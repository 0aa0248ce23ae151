"""Which issues a person was just allowed to see, so that Jira is not asked at every key that is typed in a form."""

import hashlib

from redis import Redis

from store.queue import as_text

KEPT_SECONDS = 60  # as long as Jira's word about administrators counts


class KeptIssues:
    """Per site, person and issue: the key of the issue's project, in Redis. A refusal is never kept."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def find_project(self, installation_id: str, account_id: str, issue_key: str) -> str | None:
        """The project of an issue the person might see a moment ago, None when that is not known."""
        kept = self._redis.get(_key(installation_id, account_id, issue_key))
        return as_text(kept) if kept else None

    def keep(self, installation_id: str, account_id: str, issue_key: str, project: str) -> None:
        self._redis.set(_key(installation_id, account_id, issue_key), project, ex=KEPT_SECONDS)


def _key(installation_id: str, account_id: str, issue_key: str) -> str:
    person = hashlib.sha256(account_id.encode()).hexdigest()
    return f"crosswalk:seen-issue:{installation_id}:{person}:{issue_key}"

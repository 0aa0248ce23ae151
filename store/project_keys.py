"""Which Jira projects exist on a site: the list of a site that can be asked, what was learnt of one that cannot.

And which keys of projects and issues are called otherwise today.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from redis import Redis

from store.queue import as_text

LIST_SECONDS = 120  # a project made a moment ago is known after two minutes at most
REFUSED_SECONDS = 3600  # a project taught not to exist may be made later
UNKNOWN_KEYS = 3  # so many different unknown keys make a project unknown: one may be mistyped
DOUBT_SECONDS = 10
FORMER_KEYS = 500  # per site; when there are more, all are learnt anew
NO_FORMER_SECONDS = 3600  # how long a name that Jira does not know is not asked about again


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

    def list_doubted(self, installation_id: str, projects: Iterable[str]) -> tuple[str, ...]:
        """Those of `projects` of which Jira did not say within the last seconds that they do not exist."""
        sought = sorted(projects)
        answered: Any = self._redis.mget([_doubt(installation_id, name) for name in sought]) if sought else []
        return tuple(name for name, said in zip(sought, answered, strict=True) if said is None)

    def note_absent(self, installation_id: str, projects: Iterable[str]) -> None:
        """Jira was asked and has no such projects. Noted after the answer, so that nobody goes by one still to come."""
        for project in projects:
            self._redis.set(_doubt(installation_id, project), "1", ex=DOUBT_SECONDS)

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
            refused = _refused(installation_id)
            self._redis.zremrangebyscore(refused, "-inf", now)  # texts may name ever new projects that nobody has
            self._redis.zadd(refused, {project: now + REFUSED_SECONDS * 1000})

    def read_former(self, installation_id: str) -> Mapping[str, str]:
        """Former keys, of projects (`SHOP`) and of issues (`SHOP-1`), to the keys that Jira has now."""
        rows: Any = self._redis.hgetall(_former(installation_id))
        return {as_text(former): as_text(present) for former, present in rows.items()}

    def learn_former(self, installation_id: str, found: Mapping[str, str]) -> None:
        """Keep present keys by former ones. What led to a key that is a former one itself now leads on."""
        known = self.read_former(installation_id)
        merged = {former: found.get(present, present) for former, present in known.items()} | dict(found)
        leading = {former: present for former, present in merged.items() if former != present}
        kept: dict[Any, Any] = leading if len(leading) <= FORMER_KEYS else {**found}
        with self._redis.pipeline(transaction=True) as steps:
            steps.delete(_former(installation_id))
            if kept:
                steps.hset(_former(installation_id), mapping=kept)
            steps.execute()

    def list_unasked(self, installation_id: str, names: Iterable[str]) -> tuple[str, ...]:
        """Those of `names` of which Jira did not say lately that it knows no such project or issue."""
        sought = sorted(names)
        answered: Any = self._redis.mget([_no_former(installation_id, name) for name in sought]) if sought else []
        return tuple(name for name, said in zip(sought, answered, strict=True) if said is None)

    def note_no_former(self, installation_id: str, name: str) -> None:
        self._redis.set(_no_former(installation_id, name), "1", ex=NO_FORMER_SECONDS)

    def forget_tenant(self, installation_id: str) -> None:
        """Forget all of it."""
        named = (f"crosswalk:{kind}:{installation_id}:*" for kind in ("doubt", "unknown-keys", "no-former"))
        learnt = [key for pattern in named for key in self._redis.scan_iter(match=pattern, count=1000)]
        kept = f"crosswalk:project-keys:{installation_id}"
        self._redis.delete(kept, _known(installation_id), _refused(installation_id), _former(installation_id), *learnt)


def project_of(issue_key: str) -> str:
    return issue_key.rpartition("-")[0]


def _doubt(installation_id: str, project: str) -> str:
    return f"crosswalk:doubt:{installation_id}:{project}"


def _known(installation_id: str) -> str:
    return f"crosswalk:projects-known:{installation_id}"


def _refused(installation_id: str) -> str:
    return f"crosswalk:projects-refused:{installation_id}"


def _former(installation_id: str) -> str:
    return f"crosswalk:former-keys:{installation_id}"


def _no_former(installation_id: str, name: str) -> str:
    return f"crosswalk:no-former:{installation_id}:{name}"

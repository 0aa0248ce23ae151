"""A load of events as Azure DevOps sends them, made from the bodies of the tests, and the answers that belong to it.

A commit's number stands in its hash, so that what is answered about it later agrees with what its event said. The
commits of a repository have numbers in a row: each is the parent of the next one, and every push goes on from the last.
"""

import base64
import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import orjson

from bench.fast_lane import Hot
from bench.posting import open_line, read_status

BODIES = Path(__file__).parents[1] / "tests" / "bodies" / "ado"
SENDERS = 8
KEYED = 0.7  # of ten commits seven name an issue
COMMITS = 0x0400_0000  # numbers of commits of one repository; there are 60 repositories at most
COMMIT = re.compile(r"/_apis/git/repositories/[^/]+/commits/([0-9a-f]{40})(?:\?|$)")
BASES = re.compile(r"/commits/([0-9a-f]{40})/mergebases\?.*otherCommitId=([0-9a-f]{40})")
BUILD = re.compile(r"/_apis/build/builds/(\d+)(/changes)?(?:\?|$)")
PERSON = {"name": "Ines Okafor", "email": "ines@larkspur.example", "date": "2026-03-02T09:14:05Z"}


@dataclass(frozen=True, slots=True)
class Hook:
    """Where the events of one type go, and with which password."""

    url: str
    password: str
    subscription_id: str


def repository_id(number: int) -> str:
    return str(UUID(int=0xBE0C_0000_0000_4000_8000_0000_0000_0000 + number))


def sha_of(number: int) -> str:
    return f"{number:08x}" + "ab" * 16


def number_of(sha: str) -> int:
    return int(sha[:8], 16)


def message_of(number: int) -> str:
    chance = random.Random(number)
    key = f"{chance.choice(('SHOP', 'OPS'))}-{chance.randint(1, 20)} " if chance.random() < KEYED else ""
    return f"{key}change number {number}"


def commit_shape(number: int) -> dict[str, Any]:
    return {"commitId": sha_of(number), "author": PERSON, "committer": PERSON, "comment": message_of(number)}


def stamp_now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def text_of(push: dict[str, Any]) -> str:
    """The message of the newest commit of a push."""
    return str(push["resource"]["commits"][0]["comment"])


class Story:
    """Endless events over `repositories`; numbers begin at `first`, so that two loads share nothing."""

    def __init__(self, *, repositories: int, project_id: str, first: int = 1, seed: int = 7) -> None:
        self._chance = random.Random(seed)
        self._repositories, self._project, self._number = repositories, project_id, first
        self._heads = {number: number * COMMITS + first for number in range(repositories)}
        names = {"push": "git.push", "pull": "git.pullrequest.updated", "build": "build.complete"}
        self._shapes = {name: (BODIES / f"{kind}.json").read_bytes() for name, kind in names.items()}

    def push(self, repository: int, commits: int = 1) -> dict[str, Any]:
        """A push of `commits` new commits."""
        body = self._envelope("push", repository)
        old = self._heads[repository]
        self._heads[repository] = new = old + commits
        listed = [commit_shape(number) for number in range(old + 1, new + 1)]
        resource = body["resource"]
        resource["commits"] = listed[::-1]
        resource["refUpdates"][0] |= {"oldObjectId": sha_of(old), "newObjectId": sha_of(new)}
        resource["pushId"] = self._number
        return body

    def keyed_push(self, repository: int) -> dict[str, Any]:
        """A push of one new commit that names an issue."""
        return next(body for body in iter(lambda: self.push(repository), None) if "-" in text_of(body))

    def pull(self, repository: int) -> dict[str, Any]:
        body = self._envelope("pull", repository)
        number = self._next()
        body["resource"] |= {"pullRequestId": number % 5000 + 1, "title": message_of(number), "description": "",
                             "sourceRefName": f"refs/heads/topic-{number}"}  # fmt: skip
        return body

    def build(self, repository: int) -> dict[str, Any]:
        body = self._envelope("build", repository)
        body["resource"]["id"] = self._next()
        body["resource"]["definition"]["id"] = repository + 1
        return body

    def mix(self) -> Iterator[dict[str, Any]]:
        """Of twenty events twelve are pushes of one to three commits, four pull requests, four builds."""
        while True:
            repository, draw = self._chance.randrange(self._repositories), self._chance.random()
            if draw < 0.6:
                yield self.push(repository, self._chance.randint(1, 3))
            else:
                yield self.pull(repository) if draw < 0.8 else self.build(repository)

    def _envelope(self, name: str, repository: int) -> dict[str, Any]:
        body: dict[str, Any] = orjson.loads(self._shapes[name])
        number = self._next()
        body |= {"id": str(UUID(int=number)), "notificationId": number, "createdDate": stamp_now()}
        found = body["resource"].get("repository")
        if found:
            found |= {"id": repository_id(repository), "name": f"service-{repository}"}
            found.get("project", {})["id"] = self._project
        return body

    def _next(self) -> int:
        self._number += 1
        return self._number


def make_ado_answers(_project: str = "") -> Hot:
    """What Azure DevOps says of the load's commits, pull requests and builds."""
    nothing = orjson.dumps({"count": 0, "value": []})

    def answer(method: str, target: str, body: bytes) -> bytes | None:
        if match := COMMIT.search(target):
            number = number_of(match.group(1))
            shape = commit_shape(number)
            changes = [{"changeType": "edit", "item": {"path": "/src/main.py", "isFolder": False}}]
            return orjson.dumps(
                shape | {"parents": [sha_of(number - 1)], "changes": changes, "changeCounts": {"Edit": 1}}
            )
        if match := BUILD.search(target):
            return orjson.dumps(build_answer(int(match.group(1)), changes=bool(match.group(2))))
        if match := BASES.search(target):
            return orjson.dumps({"value": [{"commitId": min(match.groups(), key=number_of)}]})
        if "/commitsbatch?" in target:
            return orjson.dumps({"value": list_between(orjson.loads(body))})
        if "/pullrequestquery?" in target:
            return b'{"queries": [], "results": [{}]}'
        return nothing if target.partition("?")[0].endswith(("/threads", "/test/runs", "/tags")) else None

    return answer


def list_between(criteria: dict[str, Any]) -> list[dict[str, Any]]:
    """The commits that `itemVersion` has and `compareVersion` has not, newest first."""
    newest, oldest = (number_of(criteria[name]["version"]) for name in ("itemVersion", "compareVersion"))
    return [commit_shape(number) for number in range(newest, oldest, -1)]


def build_answer(number: int, *, changes: bool) -> dict[str, Any]:
    if changes:
        return {"value": [{"id": sha_of(number), "message": message_of(number), "type": "TfsGit"}]}
    project = {"id": "0b7a2f7e-51c3-4d55-8a0c-6e1f2d3c4b5a", "name": "Ledger"}
    repository = {"id": repository_id(number % 50), "type": "TfsGit", "name": f"service-{number % 50}"}
    return {
        "id": number, "buildNumber": f"2026.{number}", "status": "completed", "result": "succeeded",
        "sourceBranch": "refs/heads/main", "sourceVersion": sha_of(number), "project": project,
        "repository": repository, "triggerInfo": {}, "definition": {"id": 1, "name": "CI"},
    }  # fmt: skip


def make_jira_answers(log: Callable[[str, bytes], None] | None = None) -> Callable[[], Hot]:
    """What Jira says to bulk calls: taken. `log` sees each of them, in the process that answers."""

    def make() -> Hot:
        def answer(method: str, target: str, body: bytes) -> bytes | None:
            if method != "POST" or "/bulk" not in target:
                return None
            if log:
                log(target, body)
            return b'{"acceptedDevinfoEntities": {}, "acceptedBuilds": [], "acceptedDeployments": []}'

        return answer

    return make


def send_events(
    events: Iterator[dict[str, Any]], hooks: dict[str, Hook], *, rate: float, seconds: float, senders: int = SENDERS
) -> tuple[int, Sequence[int]]:
    """Post events at `rate` per second for `seconds`, as Azure DevOps does; returns how many, and refused statuses."""
    lock, refused, sent = threading.Lock(), [], [0]
    began = time.monotonic()

    def run() -> None:
        line = Line(hooks)
        while True:
            with lock:
                due = began + sent[0] / rate
                if due - began >= seconds:
                    return
                body = next(events, None)
                if body is None:
                    return
                sent[0] += 1
            time.sleep(max(0.0, due - time.monotonic()))
            status = line.post(body)
            if status != 202:
                refused.append(status)

    threads = [threading.Thread(target=run) for _ in range(senders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sent[0], refused


class Line:
    """One connection to the product that stays open; what posts an event must cost little beside what is measured."""

    def __init__(self, hooks: Mapping[str, Hook]) -> None:
        self._hooks = {name: (hook, _head(hook)) for name, hook in hooks.items()}
        address = urlsplit(next(iter(hooks.values())).url)
        self._address = (address.hostname or "", address.port or 80)
        self._connection = open_line(*self._address)

    def post(self, body: dict[str, Any]) -> int:
        """Post one event to the hook of its type; the status."""
        hook, head = self._hooks[body["eventType"]]
        body["subscriptionId"] = hook.subscription_id
        data = orjson.dumps(body)
        request = b"%sContent-Length: %d\r\n\r\n%s" % (head, len(data), data)
        try:
            return self._send(request)
        except ConnectionError:  # the server ended an idle connection
            self._connection.close()
            self._connection = open_line(*self._address)
            return self._send(request)

    def _send(self, request: bytes) -> int:
        self._connection.sendall(request)
        return int(read_status(self._connection))


def _head(hook: Hook) -> bytes:
    """A request up to its length."""
    parts = urlsplit(hook.url)
    pair = base64.b64encode(f"crosswalk:{hook.password}".encode()).decode()
    return (
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        f"Content-Type: application/json\r\nAuthorization: Basic {pair}\r\n"
    ).encode()

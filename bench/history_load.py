"""A long history as Azure DevOps would tell it: many repositories, each with a main line and two branches."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.fast_lane import Hot
from bench.load import PERSON, message_of, repository_id, sha_of

BRANCHES = (("main", 400), ("topic/one", 50), ("topic/two", 50))  # commits of their own
EACH = sum(count for _name, count in BRANCHES)
ROOM = 1_000  # numbers of one repository
FIRST = 10_000_000  # far above the numbers of a load of events
IN_REPOSITORY = re.compile(r"/_apis/git/repositories/([0-9a-f-]{36})/(stats/branches|commitsbatch|pullrequests)")
EMPTY = json.dumps({"count": 0, "value": []}).encode()


@dataclass(frozen=True, slots=True)
class History:
    """`repositories` with EACH commits, the newest made a minute ago, one an hour."""

    repositories: int
    project_id: str

    def numbers(self) -> Iterator[int]:
        """The number of every commit."""
        for repository in range(self.repositories):
            yield from range(FIRST + repository * ROOM, FIRST + repository * ROOM + EACH)

    def keyed(self) -> set[str]:
        """The hashes of the commits that name an issue."""
        return {sha_of(number) for number in self.numbers() if "-" in message_of(number)}

    def least_calls(self, page: int) -> int:
        """How few calls can tell all of it: the repositories, the branches of each, the pages of each branch."""
        pages = sum(-(-count // page) for _name, count in BRANCHES)
        return 1 + self.repositories * (1 + pages)

    def list_repositories(self) -> Any:
        project = {"id": self.project_id, "name": "Ledger", "state": "wellFormed"}
        return [
            {"id": repository_id(number), "name": f"service-{number}", "project": project, "size": 1000,
             "defaultBranch": "refs/heads/main", "isDisabled": False}
            for number in range(self.repositories)
        ]  # fmt: skip


def commit_of(number: int) -> dict[str, Any]:
    made = datetime.now(UTC) - timedelta(minutes=1, hours=number % ROOM)
    person = PERSON | {"date": made.isoformat(timespec="seconds").replace("+00:00", "Z")}
    return {"commitId": sha_of(number), "author": person, "committer": person, "comment": message_of(number),
            "changeCounts": {"Edit": 1}}  # fmt: skip


def branch_numbers(repository: int) -> Mapping[str, range]:
    """The commits of each branch, the newest first."""
    found, start = {}, FIRST + repository * ROOM
    for name, count in BRANCHES:
        found[name] = range(start, start + count)
        start += count
    return found


def make_history(history: History, rest: Hot, counted: Any) -> Hot:
    """Tells `history` and puts each of its calls into the queue `counted`; leaves the others to `rest`."""
    places = {repository_id(number): number for number in range(history.repositories)}
    listing = json.dumps({"count": history.repositories, "value": history.list_repositories()}).encode()

    def answer(method: str, target: str, body: bytes) -> bytes | None:
        path = target.partition("?")[0]
        if path.endswith(f"/{history.project_id}/_apis/git/repositories"):
            counted.put("repositories")
            return listing
        if match := IN_REPOSITORY.search(target):
            counted.put(match.group(2))
            return json.dumps(tell(places[match.group(1)], match.group(2), target, body)).encode()
        if path.endswith(
            ("/_apis/build/builds", "/pipelines/environments", "/release/deployments", "/release/definitions")
        ):
            return EMPTY
        return rest(method, target, body)

    return answer


def tell(repository: int, what: str, target: str, body: bytes) -> Any:
    branches = branch_numbers(repository)
    if what == "pullrequests":
        return {"count": 0, "value": []}
    if what == "stats/branches":
        return {"value": [
            {"name": name, "aheadCount": 0 if name == "main" else len(numbers), "behindCount": 0,
             "isBaseVersion": name == "main", "commit": commit_of(numbers[0])}
            for name, numbers in branches.items()
        ]}  # fmt: skip
    wanted = json.loads(body)["itemVersion"]["version"]
    numbers = next((own for own in branches.values() if sha_of(own[0]) == wanted), range(0))
    query = dict(part.split("=") for part in target.partition("?")[2].replace("%24", "$").split("&"))
    skip, top = int(query.get("$skip", 0)), int(query.get("$top", 100))
    return {"value": [commit_of(number) for number in numbers[skip : skip + top]]}

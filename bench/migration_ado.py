"""A lean Azure DevOps for a migration of any size: work items made of some that the strict stand-in told.

Before it is opened every call meets the stand-in behind. Then work item n is the sample at its place with its own
numbers: id, parent, links, files. What is not on a work item, such as types and sprints, stays with the stand-in.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

import orjson
import requests

from bench.fast_lane import Hot

SAMPLES = 200  # work items: ten whole trees of the stand-in's plan
BATCH = 200
OPEN = "/_lane/open"
COUNTS = "/_lane/counts"
ABOVE = re.compile(r"\[System\.Id\]\s*>\s*(\d+)")
UP_TO = re.compile(r"\[System\.Id\]\s*<=\s*(\d+)")
TOP = re.compile(r"(?:\$|%24)top=(\d+)")
TYPES = re.compile(r"\[System\.WorkItemType\] (NOT )?IN \(([^)]*)\)")
COMMENTS = re.compile(r"/_apis/wit/work[iI]tems/(\d+)/comments(?:\?|$)")
ONE = re.compile(r"/_apis/wit/work[iI]tems/(\d+)(?:\?|$)")
FILE = re.compile(r"/_apis/wit/attachments/([0-9a-f-]{36})")
ITEM_URL = re.compile(r"/_apis/wit/workItems/\d+$")
FILE_URL = re.compile(r"/_apis/wit/attachments/([0-9a-f-]{36})")
PARENT, TYPE = "System.Parent", "System.WorkItemType"
HIERARCHY, FORWARD, REVERSE, ATTACHED = "System.LinkTypes.Hierarchy", "-Forward", "-Reverse", "AttachedFile"


@dataclass(frozen=True, slots=True)
class Story:
    """The work items `first` to `last`, their samples, and the comments of each sample."""

    first: int
    last: int
    samples: Sequence[dict[str, Any]]
    comments: Sequence[Sequence[dict[str, Any]]]

    def item(self, number: int) -> dict[str, Any]:
        round_, place = divmod(number - self.first, len(self.samples))
        sample, shift = self.samples[place], round_ * len(self.samples)
        fields = dict(sample["fields"])
        if PARENT in fields:
            fields[PARENT] += shift
        relations = [found for one in sample.get("relations") or () if (found := self._relation(one, number, shift))]
        return {**sample, "id": number, "fields": fields, "relations": relations}

    def _relation(self, one: dict[str, Any], number: int, shift: int) -> dict[str, Any] | None:
        """None for a link that leads out of the story."""
        url = one["url"]
        if ITEM_URL.search(url):
            head, _, target = url.rpartition("/")
            other = int(target) + shift
            return {**one, "url": f"{head}/{other}"} if self.first <= other <= self.last else None
        if found := FILE_URL.search(url):
            guid = found.group(1)
            return {**one, "url": url.replace(guid, f"{guid[:-8]}{number:08x}")}
        return one

    def list_comments(self, number: int) -> dict[str, Any]:
        found = enumerate(self._comments_of(number), 1)
        listed = [{**one, "workItemId": number, "id": number * 10 + place} for place, one in found]
        return {"totalCount": len(listed), "count": len(listed), "comments": listed}

    def count_things(self) -> Mapping[str, int]:
        """What a migration of all of it makes: issues, comments, links, files. A link counts once, whichever ends name
        it; one to a parent is none.
        """
        numbers = range(self.first, self.last + 1)
        links = {link for number in numbers for link in self._links(number)}
        comments = sum(len(self._comments_of(number)) for number in numbers)
        files = sum(one["rel"] == ATTACHED for number in numbers for one in self.item(number)["relations"])
        return {"issues": len(numbers), "comments": comments, "links": len(links), "files": files}

    def _links(self, number: int) -> Iterator[tuple[str, int, int]]:
        """Kind, start and end; both ends of one that has no direction tell it alike."""
        for one in self.item(number)["relations"]:
            rel, other = one["rel"], int(one["url"].rpartition("/")[2]) if ITEM_URL.search(one["url"]) else None
            if other is None or rel.startswith(HIERARCHY):
                continue
            if rel.endswith(REVERSE):
                yield rel.removesuffix(REVERSE), other, number
            elif rel.endswith(FORWARD):
                yield rel.removesuffix(FORWARD), number, other
            else:
                yield rel, min(number, other), max(number, other)

    def type_of(self, number: int) -> str:
        return str(self.samples[(number - self.first) % len(self.samples)]["fields"][TYPE])

    def _comments_of(self, number: int) -> Sequence[dict[str, Any]]:
        return self.comments[(number - self.first) % len(self.comments)]

    def file_size(self, guid: str) -> int:
        sample = self.samples[(int(guid[-8:], 16) - self.first) % len(self.samples)]
        return next(
            int(one["attributes"]["resourceSize"]) for one in sample["relations"] if f"/{guid[:-8]}" in one["url"]
        )


class LeanAdo:
    """Answers the calls of a run, and counts them by kind."""

    def __init__(self) -> None:
        self._story: Story | None = None
        self._counts: dict[str, int] = {}

    def __call__(self, method: str, target: str, body: bytes) -> bytes | None:
        if target == OPEN:
            self._story, self._counts = Story(**orjson.loads(body)), {}
            return b"{}"
        if target == COUNTS:
            return orjson.dumps(self._counts)
        found = self._answer(self._story, target, body) if self._story else None
        kind = "passed" if found is None else found[0]
        self._counts[kind] = self._counts.get(kind, 0) + 1
        return None if found is None else found[1]

    def _answer(self, story: Story, target: str, body: bytes) -> tuple[str, bytes] | None:
        if "/_apis/wit/workitemsbatch" in target:
            return "items", orjson.dumps(read_batch(story, orjson.loads(body)))
        if match := COMMENTS.search(target):
            return "comments", orjson.dumps(story.list_comments(int(match.group(1))))
        if match := FILE.search(target):
            return "files", b"x" * story.file_size(match.group(1))
        if "/_apis/wit/wiql" in target:
            return "queries", orjson.dumps({"workItems": list(list_ids(story, target, orjson.loads(body)["query"]))})
        if match := ONE.search(target):
            return "item", orjson.dumps(story.item(int(match.group(1))))
        return None


def read_batch(story: Story, wish: dict[str, Any]) -> dict[str, Any]:
    ids = [number for number in wish["ids"] if story.first <= number <= story.last]
    if len(wish["ids"]) > BATCH:
        raise ValueError("too many ids in one call")
    names = wish.get("fields")
    if names is None:
        return {"value": [story.item(number) for number in ids]}
    return {"value": [keep_fields(story.item(number), names) for number in ids]}


def keep_fields(item: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    kept = {name: item["fields"][name] for name in names if name in item["fields"]}
    return {"id": item["id"], "rev": item["rev"], "fields": kept}


def list_ids(story: Story, target: str, query: str) -> Iterator[dict[str, int]]:
    """Those that fit the window and the types of a query, the lowest first, as many as are wanted."""
    above, until, top = ABOVE.search(query), UP_TO.search(query), TOP.search(target)
    start = max(story.first, int(above.group(1)) + 1 if above else 0)
    end = min(story.last, int(until.group(1)) if until else story.last)
    numbers: Iterator[int] = iter(range(start, end + 1))
    if types := TYPES.search(query):
        named, wanted = set(re.findall("'([^']*)'", types.group(2))), not types.group(1)
        numbers = (number for number in numbers if (story.type_of(number) in named) == wanted)
    return ({"id": number} for number in islice(numbers, int(top.group(1)) if top else None))


def open_story(address: str, organization: str, project: str, token: str, *, first: int, count: int) -> Story:
    """Open the lane at `address` for `count` work items, a multiple of SAMPLES: made of what the stand-in has there."""
    story = read_story(f"{address}/{organization}/{project}/_apis/wit", token, first=first, count=count)
    requests.post(address + OPEN, data=orjson.dumps(asdict(story)), timeout=60).raise_for_status()
    return story


def read_story(base: str, token: str, *, first: int, count: int) -> Story:
    """Take SAMPLES work items with their comments from below `base`."""
    ids, login = list(range(first, first + SAMPLES)), ("", token)
    wish = {"ids": ids, "$expand": "relations"}
    url = f"{base}/workitemsbatch?api-version=7.2-preview.1"
    samples = requests.post(url, json=wish, auth=login, timeout=60).json()["value"]
    comments = [
        requests.get(f"{base}/workItems/{one}/comments?api-version=7.1-preview.4", auth=login, timeout=60).json()
        for one in ids
    ]
    return Story(first, first + count - 1, samples, [one["comments"] for one in comments])


def make_lean_ado(_project: str) -> Hot:
    return LeanAdo()

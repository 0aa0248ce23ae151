"""A lean Azure DevOps for a migration of any size: work items made of some that the strict stand-in told.

Before it is opened every call meets the stand-in behind. Then work item n is the sample at its place with its own
numbers: id, parent, links, files. What the scan and the mapping need stays with the stand-in.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
COMMENTS = re.compile(r"/_apis/wit/work[iI]tems/(\d+)/comments(?:\?|$)")
ONE = re.compile(r"/_apis/wit/work[iI]tems/(\d+)(?:\?|$)")
FILE = re.compile(r"/_apis/wit/attachments/([0-9a-f-]{36})")
ITEM_URL = re.compile(r"/_apis/wit/workItems/\d+$")
FILE_URL = re.compile(r"/_apis/wit/attachments/([0-9a-f-]{36})")
PARENT = "System.Parent"


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
        found = self.comments[(number - self.first) % len(self.comments)]
        listed = [{**one, "workItemId": number, "id": number * 10 + place} for place, one in enumerate(found, 1)]
        return {"totalCount": len(listed), "count": len(listed), "comments": listed}

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
    above, until, top = ABOVE.search(query), UP_TO.search(query), TOP.search(target)
    start = max(story.first, int(above.group(1)) + 1 if above else 0)
    end = min(story.last, int(until.group(1)) if until else story.last, start + int(top.group(1)) - 1 if top else 2**31)
    return ({"id": number} for number in range(start, end + 1))


def open_story(address: str, organization: str, project: str, token: str, *, first: int, count: int) -> None:
    """Take samples from the stand-in and open the lane at `address` for `count` work items: a multiple of SAMPLES."""
    base, login = f"{address}/{organization}/{project}/_apis/wit", ("", token)
    ids = list(range(first, first + SAMPLES))
    wish = {"ids": ids, "$expand": "relations"}
    url = f"{base}/workitemsbatch?api-version=7.2-preview.1"
    samples = requests.post(url, json=wish, auth=login, timeout=60).json()["value"]
    comments = [
        requests.get(f"{base}/workItems/{one}/comments?api-version=7.1-preview.4", auth=login, timeout=60).json()
        for one in ids
    ]
    story = {
        "first": first, "last": first + count - 1, "samples": samples,
        "comments": [one["comments"] for one in comments],
    }  # fmt: skip
    requests.post(address + OPEN, data=orjson.dumps(story), timeout=60).raise_for_status()


def make_lean_ado(_project: str) -> Hot:
    return LeanAdo()

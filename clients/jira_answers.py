"""Answers of Jira read strictly, and lists that come in pages."""

import sys
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from clients.jira import Api, JiraClient
from domain.errors import BadEvent, Unreadable
from domain.json_fields import flag, number, records
from domain.records import Json

PAGE = 50  # what every list takes; some take more
Read = TypeVar("Read")


def read_jira(read: Callable[[Json], Read], answer: Any) -> Read:
    """What `read` makes of a decoded answer. Raises Unreadable for one that lacks what is documented."""
    try:
        return read(answer)
    except BadEvent as error:
        raise Unreadable("Jira", None, f"its answer cannot be read: {error}") from None


def read_list(answer: Any) -> tuple[Json, ...]:
    """The entries of an answer that is a list itself."""
    return read_jira(lambda found: records(found, "answer"), {"answer": answer})


def read_pages(
    client: JiraClient, api: Api, path: str, name: str, *, endpoint: str = "", **query: str
) -> Iterator[Json]:  # fmt: skip
    """Every entry of a list that continues by `startAt`; `name` is the word its entries stand under."""
    start = 0
    while True:
        asked = {**query, "startAt": str(start), "maxResults": str(PAGE)}
        answer = client.send("GET", api, path, asked, endpoint=endpoint)
        entries = read_jira(lambda found: records(found, name), answer)
        yield from entries
        start += len(entries)
        if not entries or start >= read_jira(_count_from, answer):
            return


def _count_from(answer: Json) -> int:
    """How many entries there are as far as is known: some lists only tell whether this page is the last one."""
    if "isLast" in answer:
        return 0 if flag(answer, "isLast") else sys.maxsize
    return number(answer, "total")

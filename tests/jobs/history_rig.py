"""Reads history as a back-fill does and holds what Jira then shows against what events made of the same work."""

import dataclasses
from datetime import UTC, datetime
from typing import Any

from domain.bulk import coalesce, pack_requests
from domain.changes import Change
from domain.subscriptions import ALL_KINDS
from jobs.delivery import send_requests
from jobs.devinfo import Road
from jobs.history import READERS, Reader, Reading, Window
from jobs.history_pages import read_cursor, write_cursor
from jobs.history_pushes import tell_pushes
from jobs.roads import open_road
from tests.town import Town

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
GIT_KINDS = frozenset({"commits", "branches", "pullRequests"})
PAGES = 200
PUSHES = 20  # in a page
# differ because one is told when it happens and the other when it is looked at
TIMES = frozenset({"updateSequenceId", "updateSequenceNumber", "lastUpdate", "lastUpdated"})


def road_of(town: Town, lane: Any = "reconcile") -> Road:
    """The road of the only link."""
    assert town.services is not None
    installation = town.services.installations.list_all()[0]
    return open_road(town.services, town.services.links.list_for(installation.id)[0], lane)


def window_of(town: Town, repository: str | None = None, since: datetime = BEGINNING) -> Window:
    """All of a repository of the stand-in, by its name, or of the linked project; seen in a minute."""
    observed = int(datetime.now(UTC).timestamp() * 1000) + 60_000
    if repository is None:
        return Window(None, since, observed)
    found = town.organization.find_repository(repository)
    return Window(road_of(town).history.read_repository(found.id).repository, since, observed)


def read_all(reader: Reader | str, road: Road, window: Window) -> list[Any]:
    """Every page to the end, in the order they come."""
    named = (found for kind, found in READERS.items() if kind == reader)
    read = next(named) if isinstance(reader, str) else reader
    changes: list[Any] = []
    cursor = None
    for _ in range(PAGES):
        reading = read(road, window, cursor)
        changes += reading.changes
        cursor = reading.cursor
        if cursor is None:
            return changes
    raise AssertionError(f"not at the end after {PAGES} pages")


def read_project(town: Town, road: Road, since: datetime = BEGINNING) -> list[Change]:
    """The whole linked project, of every kind."""
    changes: list[Change] = []
    home = next(iter(town.organization.projects.values()))
    names = [one.name for one in town.organization.repositories.values() if one.project is home]
    for kind in ALL_KINDS:
        for name in names if kind in GIT_KINDS else [None]:
            changes += read_all(kind, road, window_of(town, name, since))
    return changes


def read_pushes(road: Road, window: Window, cursor: str | None) -> Reading:
    """A page of pushes since the window began, as reconciliation tells them."""
    skip = read_cursor(cursor).get("skip", 0)
    pushes = road.history.list_pushes(window.require_repository(), window.since, skip=skip, top=PUSHES)
    changes, refused = tell_pushes(road, pushes)
    left = write_cursor(skip=skip + PUSHES) if len(pushes) == PUSHES else None
    return Reading(changes, left, len(pushes), refused=refused)


def read_again(town: Town, repository: str, since: datetime = BEGINNING) -> list[Change]:
    """The pushes of a repository."""
    return read_all(read_pushes, road_of(town), window_of(town, repository, since))


def read_deployments(town: Town, road: Road, since: datetime = BEGINNING) -> list[Any]:
    return read_all("deployments", road, window_of(town, since=since))


def send(town: Town, changes: list[Change], road: Road) -> None:
    """To Jira, without asking the ledger."""
    send_requests(pack_requests(coalesce(changes), road.source, backfill=True), road.jira)


def shown(town: Town) -> dict[str, dict[str, Any]]:
    """What Jira holds, by kind and id, without times; of commits not what history cannot know without a call."""
    (provider,) = town.site.snapshot().values() or ({},)
    return {
        kind: {name: plain(record["body"], kind) | {"keys": record["keys"]} for name, record in found.items()}
        for kind, found in provider.items()
    }


def plain(body: Any, kind: str) -> Any:
    left_out = TIMES | ({"files", "flags"} if kind == "commit" else frozenset())
    return {
        name: plain(value, "") if isinstance(value, dict) else value
        for name, value in body.items()
        if name not in left_out
    }


def forget(town: Town) -> None:
    """Jira loses all it was sent."""
    for provider in town.site.snapshot():
        town.site.development.forget(provider)


def aware(road: Road, **changes: Any) -> Road:
    """The road with other settings."""
    return dataclasses.replace(road, settings=dataclasses.replace(road.settings, **changes))

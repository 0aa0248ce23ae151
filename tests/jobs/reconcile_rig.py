"""A town whose hooks can fall silent, and the reconciliation of its link run on demand."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from jobs.reconcile import reconcile_link
from sandbox.ado_clock import utc_now
from sandbox.ado_seed import TOKENS
from services import Services
from store.links import Link
from store.marks import WHOLE
from tests.town import Town

KEY = "SHOP-1"
HOUR = 3_600_000  # ms


def connect(town: Town) -> str:
    body = {"organizationUrl": town.organization_url, "token": TOKENS["full"]}
    answer = town.call("POST", "/api/connections", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def link_project(town: Town, connection_id: str, name: str = "Webshop", *, since: date | None = None) -> Link:
    """A link without the import of history, so that only what happens from now on counts; else from `since` on."""
    project = town.organization.find_project(name)
    body = {"backfill": False} if since is None else {"backfillSince": since.isoformat()}
    answer = town.call("PUT", f"/api/connections/{connection_id}/projects/{project.id}", body)
    assert answer.status_code == 200, answer.text
    assert town.services is not None
    link = town.services.links.find_project(connection_id, project.id)
    assert link is not None
    return link


def live_earlier(town: Town, seconds: int = 10) -> None:
    """Events are some seconds old when they come, so that what is read after them is newer beyond doubt."""
    town.organization.clock.source = lambda: utc_now() - timedelta(seconds=seconds)


def import_past(town: Town) -> Link:
    """A link with an imported history of which the first round of work, with build and deployments, ended long ago."""
    began = datetime.now(UTC) - timedelta(days=120)
    town.organization.plant_past("shop-web", since=began, until=began + timedelta(days=20), rounds=2)
    link = link_project(town, connect(town), since=(began - timedelta(days=1)).date())
    town.work()
    town.work_slow()
    return link


@contextmanager
def silence(town: Town) -> Iterator[None]:
    """What happens meanwhile is told to nobody, and nobody learns that it was not."""
    subscriptions = dict(town.organization.subscriptions)
    town.organization.subscriptions.clear()
    yield
    town.organization.subscriptions.update(subscriptions)


def reconcile(town: Town, link: Link, services: Services | None = None, rounds: int = 50) -> int:
    """Everything that is due, as if it were asked for; returns when it is due again (ms)."""
    services = services or town.services
    assert services is not None
    services.marks.move(link.id, "asked", WHOLE, services.now())
    for _ in range(rounds):
        due = reconcile_link(services, link.id)
        assert due is not None
        if due > services.now() + 1000:
            return due
    raise AssertionError("it never came to an end")


def panel(town: Town, key: str = KEY) -> dict[str, list[dict[str, Any]]]:
    return town.site.panel(key)


def rows(town: Town, key: str = KEY) -> dict[str, int]:
    """How many of each kind an issue shows."""
    return {kind: len(shown) for kind, shown in panel(town, key).items() if shown}

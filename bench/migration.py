"""A migration as an admin takes it through the JSON API: made, scanned, mapped, checked, started, awaited."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from bench.product import Product

STEP_SECONDS = 600.0
LOOKS = 0.25  # seconds between two looks
ENDED = frozenset({"done", "failed", "cancelled"})
NOTHING: Mapping[str, bool] = {"comments": False, "attachments": False, "links": False}
EVERYTHING: Mapping[str, bool] = {"comments": True, "attachments": True, "links": True}


class Stuck(Exception):
    """A step did not come to its end; the text says where it stands."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What goes where: a project of Azure DevOps into a Jira project (its key), with what is on its work items.

    `change` alters the mapping that was suggested. Without a board there are no sprints.
    """

    connection: str
    project: str
    target: str
    board: int | None = None
    options: Mapping[str, bool] = field(default_factory=lambda: dict(EVERYTHING))
    change: Callable[[dict[str, Any]], None] = lambda mapping: None

    def body(self) -> dict[str, Any]:
        made: dict[str, Any] = {
            "connectionId": self.connection, "project": self.project, "jiraProject": self.target,
            "options": dict(self.options),
        }  # fmt: skip
        return made | ({"board": self.board} if self.board else {})


@dataclass(frozen=True, slots=True)
class Trip:
    """A migration that is ready for its run."""

    product: Product
    id: str

    def start(self) -> str:
        """Start a full run; its id."""
        return str(self.product.call("POST", f"/api/migrations/{self.id}/runs", {"kind": "full"})["id"])


def prepare_trip(product: Product, wish: Wish) -> Trip:
    """Make a migration, scan it, take the mapping that is suggested and waive what a check finds. Raises Stuck."""
    made = product.call("POST", "/api/migrations", wish.body())
    path = f"/api/migrations/{made['id']}"
    product.call("POST", f"{path}/scan")
    scan = await_end(lambda: product.call("GET", f"{path}/scan"))
    if scan["state"] != "done":
        raise Stuck(f"the scan is {scan['state']}: {scan.get('error')}")
    mapping = product.call("POST", f"{path}/suggest", {})
    wish.change(mapping)
    product.call("PUT", f"{path}/mapping", mapping)
    problems = product.call("POST", f"{path}/check")["problems"]
    errors = sorted({one["code"] for one in problems if one["severity"] == "error"})
    product.call("PUT", f"{path}/mapping", mapping | {"waivers": errors})
    return Trip(product, str(made["id"]))


def await_end(look: Callable[[], Any], seconds: float = STEP_SECONDS) -> Any:
    """What `look` shows once its state is one that stays. Raises Stuck."""
    ends = time.monotonic() + seconds
    while True:
        found = look()
        if found["state"] in ENDED:
            return found
        if time.monotonic() > ends:
            shown = {name: found.get(name) for name in ("state", "phase", "waiting", "phases")}
            raise Stuck(f"it did not end within {seconds:.0f} s: {shown}")
        time.sleep(LOOKS)


def read_run(product: Product, run_id: str) -> Any:
    """A run as it is; asked again while the web process or its databases are away."""
    for _attempt in range(60):
        try:
            return product.call("GET", f"/api/runs/{run_id}")
        except requests.RequestException:
            time.sleep(1)
    raise Stuck("the product does not answer")

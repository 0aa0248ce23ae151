"""A running Azure DevOps stand-in whose project Webshop has work items."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sandbox.ado import AdoOrganization
from tests.sandbox.ado_rig import AdoRig, running_ado

ITEMS = "Webshop/_apis/wit/workitems"
BATCH = "Webshop/_apis/wit/workitemsbatch"
COMMENTS = "7.1-preview.4"
NEWEST = "7.2-preview.3"


def small_organization(commits: int = 0) -> AdoOrganization:
    """Two projects with one repository each, empty unless links to commits are wanted."""
    return AdoOrganization.seeded(repositories=1, commits=commits)


@contextmanager
def running_work(count: int = 60, template: str = "Agile", **amounts: Any) -> Iterator[AdoRig]:
    """With `count` planned work items (none without); no answer may be against the official documents."""
    organization = small_organization(4 if amounts.get("extras") else 0)
    if count:
        organization.seed_work_items("Webshop", count, template, **amounts)
    else:
        organization.set_process("Webshop", template)
    with running_ado(organization) as rig:
        yield rig
        assert [one for one in organization.violations if one["side"] == "answer"] == []


def read_item(ado: AdoRig, number: int, *, expand: str | None = None, **options: Any) -> dict[str, Any]:
    query = {"$expand": expand} if expand else None
    found: dict[str, Any] = ado.get(f"{ITEMS}/{number}", query=query, **options)
    return found


def read_batch(
    ado: AdoRig, ids: list[int], *, status: int = 200, version: str = "7.1", expand: str | None = None, **body: Any
) -> Any:  # fmt: skip
    wish = {"ids": ids} | ({"$expand": expand} if expand else {}) | body
    answer = ado.call("POST", BATCH, json=wish, version=version)
    assert answer.status_code == status, answer.text
    return answer.json()


def run_query(
    ado: AdoRig, text: str, *, status: int = 200, place: str = "Webshop/", token: str = "full", **query: Any
) -> Any:  # fmt: skip
    """The ids that a query finds, or the message it is refused with."""
    params = {name.replace("top", "$top"): value for name, value in query.items()}
    answer = ado.call("POST", f"{place}_apis/wit/wiql", json={"query": text}, query=params, token=token)
    assert answer.status_code == status, answer.text
    return [one["id"] for one in answer.json()["workItems"]] if status == 200 else answer.json()["message"]


def read_stream(ado: AdoRig, path: str, query: Mapping[str, Any] | None = None) -> tuple[list[dict[str, Any]], str]:
    """All values of a reporting stream, and the token of its last batch."""
    found, token, ended = [], None, False
    for _ in range(100):
        params = dict(query or {}) | ({"continuationToken": token} if token else {})
        batch = ado.get(f"Webshop/_apis/wit/reporting/{path}", query=params)
        found += batch["values"]
        token, ended = batch["continuationToken"], batch["isLastBatch"]
        if ended:
            break
    assert ended
    return found, str(token)


def relations_of(item: Mapping[str, Any], rel: str) -> list[str]:
    return [one["url"].rpartition("/")[2] for one in item.get("relations", ()) if one["rel"] == rel]

"""The scan of a migration over the API: started, seen, stopped; statistics only."""

import pytest

from domain.scan_reports import ScanReport, TypeCount
from store.scans import ScanPage
from tests.app.migration_fixtures import desk, shared_migrations

__all__ = ["desk", "shared_migrations"]


@pytest.fixture
def address(desk):
    return f"/api/migrations/{desk.make()}/scan"


def newest(desk, address):
    return desk.services.scans.find_newest(address.split("/")[3])


def test_a_scan_is_started_and_a_worker_is_wanted(desk, address):
    answer = desk.call("POST", address)
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    assert desk.wanted() == {f"scan:{answer.json()['id']}"}


def test_starting_it_twice_is_one_scan(desk, address):
    first, second = (desk.call("POST", address).json()["id"] for _time in range(2))
    assert first == second


def test_there_was_none(desk, address):
    answer = desk.call("GET", address)
    assert answer.status_code == 404
    assert "Start a scan" in answer.json()["detail"]


def test_what_it_found_so_far_is_shown(desk, address):
    desk.call("POST", address)
    page = ScanPage({"after": 200}, ScanReport(items=200, types=(TypeCount("Bug", 200, {"New": 200}),)), 200, 300)
    desk.services.scans.put_page(newest(desk, address), page, desk.now)

    shown = desk.call("GET", address).json()

    assert (shown["state"], shown["done"], shown["total"], shown["endedAt"]) == ("running", 200, 300, None)
    assert shown["types"][0] == {"name": "Bug", "count": 200, "states": {"New": 200}, "filled": {}, "parents": {}}


def test_what_it_found(desk, address):
    desk.scan(address.split("/")[3])

    shown = desk.call("GET", address).json()

    assert (shown["state"], shown["items"], shown["states"]) == ("done", 3, {"New": 2, "Active": 1})
    assert shown["areas"] == [
        {"path": "Webshop\\Shop", "name": "Shop", "start": None, "finish": None, "items": 3},
    ]  # fmt: skip
    assert shown["users"] == [{"id": "guid-1", "items": 3}]
    assert shown["attachments"] == {"count": 1, "bytes": 700, "biggest": [{"workItem": 7, "bytes": 700}]}
    assert (shown["comments"], shown["links"]) == (4, {"System.LinkTypes.Related": 1})


def test_why_it_failed(desk, address):
    desk.call("POST", address)
    desk.services.scans.fail(newest(desk, address), "unauthorized", "The token has expired.", desk.now)
    shown = desk.call("GET", address).json()
    assert (shown["state"], shown["error"]) == ("failed", {"code": "unauthorized", "detail": "The token has expired."})


def test_it_is_stopped(desk, address):
    desk.call("POST", address)
    assert desk.call("POST", f"{address}/cancel").json()["state"] == "cancelled"
    again = desk.call("POST", f"{address}/cancel")
    assert (again.status_code, "this one is cancelled" in again.json()["detail"]) == (409, True)


def test_an_organization_that_was_removed_is_not_scanned(desk, address, monkeypatch):
    monkeypatch.setattr(desk.services.connections, "find", lambda *_ids: None)
    answer = desk.call("POST", address)
    assert (answer.status_code, answer.json()["code"]) == (409, "no_source")
    assert newest(desk, address) is None

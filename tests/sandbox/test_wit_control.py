"""What tests and benches turn on the stand-in: the nth call, storms, costs, ambushes, counts of calls."""

from collections.abc import Iterator

import pytest
import requests

from tests.sandbox.ado_rig import AdoRig
from tests.sandbox.wit_rig import BATCH, ITEMS, NEWEST, read_batch, read_item, read_stream, run_query, running_work

REVISIONS = "GET wit/reporting/workitemrevisions"
SELECT = "SELECT [System.Id] FROM WorkItems"


@pytest.fixture
def ado() -> Iterator[AdoRig]:
    with running_work(12) as rig:
        yield rig


def faults(ado: AdoRig, **rule: object) -> None:
    answer = requests.post(f"{ado.url}/_control/faults", json=rule, timeout=10)
    assert answer.status_code == 201, answer.text


def calls(ado: AdoRig) -> dict[str, int]:
    found: dict[str, int] = requests.get(f"{ado.url}/_control/acme/calls", timeout=10).json()
    return found


def test_the_third_call_fails_and_no_other(ado: AdoRig) -> None:
    faults(ado, path="/workitemsbatch$", status=503, skip=2)
    answers = [ado.call("POST", BATCH, json={"ids": [1]}).status_code for _ in range(5)]
    assert answers == [200, 200, 503, 200, 200]


def test_a_rule_that_waits_leaves_the_call_to_the_next_one(ado: AdoRig) -> None:
    faults(ado, path="/workitems/1$", status=500, skip=1)
    faults(ado, path="/workitems/", status=503)
    answers = [ado.call("GET", f"{ITEMS}/1").status_code for _ in range(3)]
    assert answers == [503, 500, 200]


def test_storms_come_and_go(ado: AdoRig) -> None:
    ado.control("knobs", rate={"storm_every": 4, "storm_length": 2, "retry_after": 1})
    answers = [ado.call("GET", f"{ITEMS}/1") for _ in range(10)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429, 429, 200, 200, 429, 429, 200]
    assert answers[3].headers["Retry-After"] == "1"


def test_a_batch_costs_more_of_the_budget_than_one_item(ado: AdoRig) -> None:
    def spent(path: str) -> float:
        ado.control("knobs", budget={"units": 100, "window": 1e9})
        if path == BATCH:
            read_batch(ado, [1])
        else:
            ado.get(path)
        return round(100 - float(ado.state()["rate"][0]["remaining"]), 2)

    assert (spent("_apis/projects"), spent(f"{ITEMS}/1"), spent(BATCH)) == (1, 2, 5)


def test_a_heavy_call_is_refused_while_a_light_one_passes(ado: AdoRig) -> None:
    ado.control("knobs", budget={"units": 4, "window": 1e9, "slow": 0})
    assert ado.call("POST", BATCH, json={"ids": [1]}).status_code == 429
    assert ado.call("GET", f"{ITEMS}/1").status_code == 200


def test_calls_are_counted_by_route(ado: AdoRig) -> None:
    read_item(ado, 1)
    read_item(ado, 2)
    ado.call("GET", f"{ITEMS}/1", token="code-only")
    read_batch(ado, [1, 2])
    assert calls(ado) == {"GET wit/workitems/{workItemId}": 3, "POST wit/workitemsbatch": 1}
    assert requests.delete(f"{ado.url}/_control/acme/calls", timeout=10).status_code == 204
    assert calls(ado) == {}


def test_a_thousand_items_are_read_in_fifteen_calls() -> None:
    with running_work(1_000) as ado:
        values, _ = read_stream(ado, "workitemrevisions", {"includeLatestOnly": "true", "$expand": "fields"})
        assert len(values) == 1_000
        for start in range(0, 1_000, 200):
            read_batch(ado, [one["id"] for one in values[start : start + 200]], expand="relations")
        assert sum(calls(ado).values()) <= 15


def test_an_item_changes_between_two_pages(ado: AdoRig) -> None:
    ado.control("lay_ambush", route=REVISIONS, does="edit_work_item",
                arguments={"number": 1, "fields": {"Title": "Meanwhile"}}, skip=1)  # fmt: skip
    values, _ = read_stream(ado, "workitemrevisions", {"includeLatestOnly": "true", "$maxPageSize": 6})
    assert sum(one["fields"]["System.Title"] == "Meanwhile" for one in values) == 1
    assert values[-1]["fields"]["System.Title"] == "Meanwhile"
    assert read_item(ado, 1)["fields"]["System.Title"] == "Meanwhile"


def test_an_item_is_deleted_between_a_query_and_its_batch(ado: AdoRig) -> None:
    ado.control("lay_ambush", route="post wit/workitemsbatch", does="delete_work_item", arguments={"number": 5})
    ids = run_query(ado, SELECT)
    assert 5 in ids
    found = read_batch(ado, ids, errorPolicy="omit")["value"]
    assert found[ids.index(5)] is None
    read_batch(ado, ids, status=404)
    assert ado.organization.ambushes == []


def test_the_format_of_texts_may_be_told_by_older_versions_too(ado: AdoRig) -> None:
    assert "multilineFieldsFormat" not in read_item(ado, 4)
    ado.control("knobs", work_items={"format_in_71": True})
    assert read_item(ado, 4)["multilineFieldsFormat"] == read_item(ado, 4, version=NEWEST)["multilineFieldsFormat"]


def test_omitted_items_may_leave_no_hole(ado: AdoRig) -> None:
    ado.control("knobs", work_items={"omit_leaves_null": False})
    assert [one["id"] for one in read_batch(ado, [1, 99, 2], errorPolicy="omit")["value"]] == [1, 2]


def test_an_id_may_be_found_through_the_address_of_another_project(ado: AdoRig) -> None:
    moved = ado.organization.create_work_item("Webshop", "Task", {"Title": "Moved"}).id
    ado.organization.move_work_item(moved, project="Platform Tools")
    read_batch(ado, [1, moved], status=404)
    ado.control("knobs", work_items={"project_filters": False})
    found = read_batch(ado, [1, moved])["value"]
    assert [one["fields"]["System.TeamProject"] for one in found] == ["Webshop", "Platform Tools"]


def test_an_unknown_knob_is_refused(ado: AdoRig) -> None:
    assert "top_speed" in ado.control("knobs", work_items={"top_speed": 1}, expect=400)["message"]


def test_a_project_is_seeded_and_counted_by_control_calls() -> None:
    with running_work(0) as ado:
        made = ado.control("seed_work_items", project="Webshop", count=40, template="Scrum", seed=3)
        assert made == {"firstId": 1, "count": 40, "project": "Webshop"}
        shown = ado.control("count_work_items", project="Webshop")
        assert (shown["items"], shown["comments"], shown["attachments"]) == (40, 80, 8)
        assert sum(shown["states"].values()) == sum(shown["types"].values()) == 40

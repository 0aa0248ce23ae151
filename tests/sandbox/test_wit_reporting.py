"""The reporting streams of the stand-in: revisions, links and discussions, by watermark."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from sandbox.ado_clock import parse_time, stamp
from sandbox.wit_model import PARENT
from sandbox.wit_plan import RELATED
from tests.sandbox.ado_rig import AdoRig
from tests.sandbox.wit_rig import read_batch, read_stream, running_work

REVISIONS, LINKS = "workitemrevisions", "workitemlinks"
PLACE = "Webshop/_apis/wit/reporting"


@pytest.fixture(scope="module")
def ado() -> Iterator[AdoRig]:
    with running_work(count=60) as rig:
        yield rig


@pytest.fixture
def fresh() -> Iterator[AdoRig]:
    with running_work(5) as rig:
        yield rig


def refused(ado: AdoRig, path: str, **query: Any) -> str:
    answer = ado.call("GET", f"{PLACE}/{path}", query=query)
    assert answer.status_code == 400
    return str(answer.json()["message"])


def test_the_stream_has_every_revision_in_the_order_of_time(ado: AdoRig) -> None:
    values, _ = read_stream(ado, REVISIONS)
    dates = [one["fields"]["System.ChangedDate"] for one in values]
    assert dates == sorted(dates)
    assert len({(one["id"], one["rev"]) for one in values}) == len(values) > 120


def test_the_latest_revisions_are_the_items_as_they_are(ado: AdoRig) -> None:
    values, _ = read_stream(ado, REVISIONS, {"includeLatestOnly": "true", "$expand": "fields"})
    assert sorted(one["id"] for one in values) == list(range(1, 61))
    items = read_batch(ado, list(range(1, 61)))["value"]
    for item in items:
        streamed = next(one for one in values if one["id"] == item["id"])
        assert streamed["rev"] == item["rev"]
        for name in ("System.Title", "System.State", "System.Description", "System.Tags", "System.IterationPath"):
            assert streamed["fields"].get(name) == item["fields"].get(name)


def test_long_texts_come_with_expansion_only(ado: AdoRig) -> None:
    plain, _ = read_stream(ado, REVISIONS, {"includeLatestOnly": "true"})
    assert not any({"System.Description", "System.History"} & set(one["fields"]) for one in plain)
    asked, _ = read_stream(ado, REVISIONS, {"fields": "System.Description"})
    assert any("System.Description" in one["fields"] for one in asked)


def test_people_are_words_unless_references_are_asked_for(ado: AdoRig) -> None:
    (first, *_), _ = read_stream(ado, REVISIONS)
    assert first["fields"]["System.CreatedBy"].endswith("@acme.example>")
    (first, *_), _ = read_stream(ado, REVISIONS, {"includeIdentityRef": "true"})
    assert set(first["fields"]["System.CreatedBy"]) == {"id", "displayName", "uniqueName", "descriptor"}


def test_tags_can_come_as_references(ado: AdoRig) -> None:
    values, _ = read_stream(ado, REVISIONS, {"includeTagRef": "true", "includeLatestOnly": "true"})
    tags = next(one["fields"]["System.Tags"] for one in values if "System.Tags" in one["fields"])
    assert set(tags[0]) == {"id", "name"}


def test_fields_and_types_narrow_the_stream(ado: AdoRig) -> None:
    values, _ = read_stream(ado, REVISIONS, {"fields": "System.Id,System.WorkItemType", "types": "Bug,task"})
    assert {one["fields"]["System.WorkItemType"] for one in values} == {"Bug", "Task"}
    assert set(values[0]["fields"]) == {"System.Id", "System.WorkItemType"}


def test_a_body_says_the_same_as_a_query(ado: AdoRig) -> None:
    body = {"fields": ["System.Title"], "types": ["Epic"], "includeLatestOnly": True}
    answer = ado.call("POST", f"{PLACE}/{REVISIONS}", json=body)
    assert answer.status_code == 200
    by_query, _ = read_stream(ado, REVISIONS, {"fields": "System.Title", "types": "Epic", "includeLatestOnly": "true"})
    assert answer.json()["values"] == by_query


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"fields": "System.Id", "$expand": "fields"}, "can not be used with the fields"),
        ({"continuationToken": "1;1;1", "startDateTime": "2026-01-01T00:00:00Z"}, "cannot be used together"),
        ({"continuationToken": "here"}, "is not valid"),
        ({"$maxPageSize": 0}, "$maxPageSize"),
        ({"fields": "System.Nothing"}, "TF51535"),
    ],
)
def test_the_stream_refuses_with_its_reason(ado: AdoRig, query: dict[str, Any], said: str) -> None:
    assert said in refused(ado, REVISIONS, **query)


def test_batches_are_cut_and_their_tokens_go_on(ado: AdoRig) -> None:
    whole, _ = read_stream(ado, REVISIONS)
    pieces, _ = read_stream(ado, REVISIONS, {"$maxPageSize": 17})
    assert pieces == whole
    ado.control("knobs", work_items={"page_size": 50, "expanded_page_size": 20})
    first = ado.get(f"{PLACE}/{REVISIONS}", query={"$maxPageSize": 500})
    assert (len(first["values"]), first["isLastBatch"]) == (50, False)
    assert len(ado.get(f"{PLACE}/{REVISIONS}", query={"$expand": "fields"})["values"]) == 20
    ado.control("knobs", work_items=None)


def test_the_next_link_is_the_next_batch(ado: AdoRig) -> None:
    first = ado.get(f"{PLACE}/{REVISIONS}", query={"$maxPageSize": 3, "includeIdentityRef": "true"})
    link = urlsplit(first["nextLink"])
    query = {name: value for name, value in parse_qsl(link.query) if name != "api-version"}
    second = ado.get(link.path.removeprefix("/acme/"), query=query)
    assert second["values"][0] != first["values"][0]
    assert second["values"][0]["fields"]["System.CreatedBy"]["id"]


def test_empty_batches_come_before_the_last_one_when_the_knob_says_so(ado: AdoRig) -> None:
    whole, _ = read_stream(ado, REVISIONS)
    ado.control("knobs", work_items={"empty_every": 2, "page_size": 40})
    pieces, _ = read_stream(ado, REVISIONS)
    ado.control("knobs", work_items=None)
    assert pieces == whole


def test_a_token_kept_for_later_brings_only_what_is_new(fresh: AdoRig) -> None:
    _, token = read_stream(fresh, REVISIONS)
    assert fresh.get(f"{PLACE}/{REVISIONS}", query={"continuationToken": token})["values"] == []
    fresh.organization.edit_work_item(2, {"Title": "News"})
    later = fresh.get(f"{PLACE}/{REVISIONS}", query={"continuationToken": token})
    assert [(one["id"], one["fields"]["System.Title"]) for one in later["values"]] == [(2, "News")]


def test_a_start_date_skips_what_was_before(fresh: AdoRig) -> None:
    now = stamp(fresh.organization.clock.source())
    fresh.organization.edit_work_item(3, {"Title": "News"})
    values, _ = read_stream(fresh, REVISIONS, {"startDateTime": now})
    assert [one["id"] for one in values] == [3]


def test_deleted_items_are_told_only_when_asked_for(fresh: AdoRig) -> None:
    fresh.organization.delete_work_item(4)
    plain, _ = read_stream(fresh, REVISIONS, {"includeLatestOnly": "true"})
    assert 4 not in {one["id"] for one in plain}
    asked, _ = read_stream(fresh, REVISIONS, {"includeLatestOnly": "true", "includeDeleted": "true"})
    assert next(one for one in asked if one["id"] == 4)["fields"]["System.IsDeleted"] is True
    fresh.organization.destroy_work_item(4)
    asked, _ = read_stream(fresh, REVISIONS, {"includeDeleted": "true"})
    assert 4 not in {one["id"] for one in asked}


def test_a_project_misses_what_was_revised_in_another(fresh: AdoRig) -> None:
    fresh.organization.move_work_item(5, project="Platform Tools")
    here, _ = read_stream(fresh, REVISIONS)
    assert {one["rev"] for one in here if one["id"] == 5} == set(range(1, fresh.organization.work.find(5).rev))
    there = fresh.get("Platform%20Tools/_apis/wit/reporting/workitemrevisions")["values"]
    assert [(one["id"], one["fields"]["System.TeamProject"]) for one in there] == [(5, "Platform Tools")]
    assert 5 in {one["id"] for one in fresh.get("_apis/wit/reporting/workitemrevisions")["values"]}


def test_the_stream_lags_when_the_knob_says_so(fresh: AdoRig) -> None:
    clock = fresh.organization.clock.source()
    now: list[datetime] = [clock]
    fresh.organization.clock.source = lambda: now[0]
    fresh.control("knobs", work_items={"stream_lag": 30})
    fresh.organization.edit_work_item(1, {"Title": "News"})
    values, token = read_stream(fresh, REVISIONS)
    assert "News" not in {one["fields"]["System.Title"] for one in values}
    now[0] = clock + timedelta(seconds=31)
    later = fresh.get(f"{PLACE}/{REVISIONS}", query={"continuationToken": token})["values"]
    assert [one["fields"]["System.Title"] for one in later] == ["News"]


def test_links_come_once_with_their_forward_end_as_the_source(ado: AdoRig) -> None:
    values, _ = read_stream(ado, LINKS)
    pairs = [(one["rel"], one["sourceId"], one["targetId"]) for one in values]
    assert ("System.LinkTypes.Hierarchy", 1, 2) in pairs
    assert ("System.LinkTypes.Hierarchy", 13, 12) in pairs
    assert len(set(pairs)) == len(pairs)
    hierarchy, _ = read_stream(ado, LINKS, {"linkTypes": "System.LinkTypes.Hierarchy"})
    assert {one["rel"] for one in hierarchy} == {"System.LinkTypes.Hierarchy"}
    of_epics, _ = read_stream(ado, LINKS, {"types": "Epic", "linkTypes": "System.LinkTypes.Hierarchy"})
    assert {one["sourceId"] for one in of_epics} == {1, 21, 41}


def test_a_link_taken_away_is_told_as_such(fresh: AdoRig) -> None:
    _, token = read_stream(fresh, LINKS)
    fresh.organization.link_work_items(5, RELATED, 1)
    fresh.organization.unlink_work_items(5, RELATED, 1)
    later = fresh.get(f"{PLACE}/{LINKS}", query={"continuationToken": token})["values"]
    assert [(one["sourceId"], one["targetId"], one["isActive"]) for one in later] == [(5, 1, True), (5, 1, False)]


def test_a_reverse_link_is_told_from_its_forward_end(fresh: AdoRig) -> None:
    _, token = read_stream(fresh, LINKS)
    fresh.organization.unlink_work_items(2, PARENT, 1)
    later = fresh.get(f"{PLACE}/{LINKS}", query={"continuationToken": token})["values"]
    assert [(one["rel"], one["sourceId"], one["targetId"]) for one in later] == [("System.LinkTypes.Hierarchy", 1, 2)]


def test_discussions_are_the_revisions_that_said_something(ado: AdoRig) -> None:
    values, _ = read_stream(ado, "workItemRevisions/discussions")
    assert len(values) == 2 * 60
    changes, _ = read_stream(ado, REVISIONS, {"includeDiscussionChangesOnly": "true"})
    assert changes == values


def test_times_of_the_stream_are_those_of_the_items(ado: AdoRig) -> None:
    values, _ = read_stream(ado, REVISIONS, {"includeLatestOnly": "true"})
    assert all(parse_time(one["fields"]["System.CreatedDate"]).year in {2023, 2024, 2025, 2026} for one in values)

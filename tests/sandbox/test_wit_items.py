"""Reading work items of the stand-in: one, many, revisions, updates."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.wit_model import CHILD, PARENT
from tests.sandbox.ado_rig import AdoRig
from tests.sandbox.wit_rig import ITEMS, NEWEST, read_batch, read_item, relations_of, running_work


@pytest.fixture(scope="module")
def ado() -> Iterator[AdoRig]:
    with running_work(extras=True) as rig:
        yield rig


@pytest.fixture
def fresh() -> Iterator[AdoRig]:
    with running_work(0) as rig:
        yield rig


def message(answer: Any) -> str:
    return str(answer.json()["message"])


def test_a_work_item_has_what_its_type_says(ado: AdoRig) -> None:
    fields = read_item(ado, 1)["fields"]
    assert fields["System.WorkItemType"] == "Epic"
    assert fields["System.TeamProject"] == "Webshop"
    assert fields["System.AreaPath"].startswith("Webshop")
    assert fields["System.CommentCount"] == 2
    assert fields["System.CreatedBy"]["uniqueName"].endswith("@acme.example")


def test_plain_reads_leave_out_what_expansion_adds(ado: AdoRig) -> None:
    plain, whole = read_item(ado, 3), read_item(ado, 3, expand="all")
    assert "relations" not in plain
    assert "_links" not in plain
    assert "System.AreaId" not in plain["fields"]
    assert whole["fields"]["System.AreaId"] > 0
    assert whole["fields"]["System.IterationLevel1"] == "Webshop"
    assert whole["_links"]["html"]["href"].endswith("/_workitems/edit/3")


def test_both_ends_of_a_link_know_it(ado: AdoRig) -> None:
    above, below = read_item(ado, 1, expand="relations"), read_item(ado, 2, expand="relations")
    assert "2" in relations_of(above, CHILD)
    assert relations_of(below, PARENT) == ["1"]
    assert below["fields"]["System.Parent"] == 1


def test_a_parent_may_have_a_higher_id_than_its_child(ado: AdoRig) -> None:
    assert relations_of(read_item(ado, 12, expand="relations"), PARENT) == ["13"]
    assert "12" in relations_of(read_item(ado, 13, expand="relations"), CHILD)


def test_relations_of_every_kind_carry_their_attributes(ado: AdoRig) -> None:
    found = [one for n in range(1, 61) for one in read_item(ado, n, expand="relations").get("relations", ())]
    file = next(one for one in found if one["rel"] == "AttachedFile")
    artifact = next(one for one in found if one["rel"] == "ArtifactLink")
    address = next(one for one in found if one["rel"] == "Hyperlink")
    assert file["attributes"]["resourceSize"] > 0
    assert "/_apis/wit/attachments/" in file["url"]
    assert artifact["url"].startswith("vstfs:///")
    assert artifact["attributes"]["name"] in {"Fixed in Commit", "Pull Request", "Build"}
    assert address["attributes"]["comment"] == "The specification"


def test_a_batch_answers_in_the_order_asked(ado: AdoRig) -> None:
    found = read_batch(ado, [9, 3, 7], fields=["System.Id", "system.title"])
    assert [one["id"] for one in found["value"]] == [9, 3, 7]
    assert set(found["value"][0]["fields"]) == {"System.Id", "System.Title"}


def test_items_by_ids_are_the_same_as_a_batch(ado: AdoRig) -> None:
    by_ids = ado.get(ITEMS, query={"ids": "4,5", "$expand": "relations"})
    assert by_ids == read_batch(ado, [4, 5], expand="relations")


def test_two_hundred_ids_are_the_most(ado: AdoRig) -> None:
    text = read_batch(ado, list(range(1, 202)), status=400)["message"]
    assert text == "VS403474: You requested 201 work items which exceeds the limit of 200"
    read_batch(ado, [1] * 200)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"fields": ["System.Id"], "$expand": "all"}, "The expand parameter can not be used with the fields"),
        ({"fields": ["System.Nothing"]}, "TF51535: Cannot find field System.Nothing"),
        ({"ids": []}, "at least one work item id"),
        ({"asOf": "yesterday"}, "asOf"),
    ],
)
def test_a_batch_is_refused_with_its_reason(ado: AdoRig, body: dict[str, Any], said: str) -> None:
    answer = ado.call("POST", "Webshop/_apis/wit/workitemsbatch", json={"ids": [1]} | body)
    assert answer.status_code == 400
    assert said in message(answer)


def test_one_missing_item_fails_a_batch_unless_it_is_omitted(ado: AdoRig) -> None:
    failed = read_batch(ado, [1, 999, 2], status=404)
    assert failed["message"].startswith("TF401232: Work item 999 does not exist, or you do not have permissions")
    assert failed["typeKey"] == "WorkItemUnauthorizedAccessException"
    found = read_batch(ado, [1, 999, 2], errorPolicy="omit")
    assert [one and one["id"] for one in found["value"]] == [1, None, 2]


def test_the_item_of_another_project_is_not_found_below_this_one(ado: AdoRig) -> None:
    assert ado.call("GET", "Platform%20Tools/_apis/wit/workitems/1").status_code == 404
    assert ado.get("_apis/wit/workitems/1")["id"] == 1


@pytest.mark.parametrize(("token", "status"), [("read", 200), ("code-only", 401), (None, 401)])
def test_reading_needs_the_work_scope(ado: AdoRig, token: str | None, status: int) -> None:
    assert ado.call("GET", f"{ITEMS}/1", token=token).status_code == status


def test_the_format_of_texts_is_told_by_the_newest_version_only(ado: AdoRig) -> None:
    marked = 4  # every fifth number is written in Markdown
    shown = read_item(ado, marked, version=NEWEST)
    assert shown["multilineFieldsFormat"] == {"System.Description": "markdown"}
    assert shown["fields"]["System.Description"].startswith("## What")
    assert "multilineFieldsFormat" not in read_item(ado, marked)
    assert "multilineFieldsFormat" not in read_item(ado, marked + 1, version=NEWEST)
    found = read_batch(ado, [marked], version="7.2-preview.1")["value"][0]
    assert found["multilineFieldsFormat"] == {"System.Description": "markdown"}


def test_texts_speak_of_people_items_and_images(ado: AdoRig) -> None:
    text = read_item(ado, 2)["fields"]["System.Description"]
    assert 'data-vss-mention="version:2.0,' in text
    assert f"{ado.url}/acme/{ado.project.id}/_workitems/edit/" in text
    image = text.partition('<img src="')[2].partition('"')[0]
    assert ado.call("GET", image.removeprefix(f"{ado.url}/acme/").partition("?")[0]).content.startswith(b"\x89PNG")


def test_revisions_grow_and_end_where_the_item_is(ado: AdoRig) -> None:
    revisions = ado.get(f"{ITEMS}/3/revisions", query={"$expand": "all"})["value"]
    now = read_item(ado, 3, expand="all")
    assert [one["rev"] for one in revisions] == list(range(1, now["rev"] + 1))
    assert revisions[-1]["fields"] == now["fields"]
    dates = [one["fields"]["System.ChangedDate"] for one in revisions]
    assert dates == sorted(set(dates))
    assert revisions[0]["fields"]["System.RevisedDate"] == dates[1]
    assert now["fields"]["System.RevisedDate"] == "9999-01-01T00:00:00Z"


def test_revisions_come_in_pages(ado: AdoRig) -> None:
    assert [one["rev"] for one in ado.get(f"{ITEMS}/3/revisions", query={"$top": 1, "$skip": 1})["value"]] == [2]
    assert ado.get(f"{ITEMS}/3/revisions/2")["rev"] == 2
    assert ado.call("GET", f"{ITEMS}/3/revisions/99").status_code == 404


def test_updates_tell_old_and_new_values(fresh: AdoRig) -> None:
    made = fresh.organization.create_work_item("Webshop", "Bug", {"Title": "Before"})
    fresh.organization.edit_work_item(made.id, {"Title": "After", "Priority": 1})
    first, second = fresh.get(f"{ITEMS}/{made.id}/updates")["value"]
    assert first["fields"]["System.Title"] == {"newValue": "Before"}
    assert second["fields"]["System.Title"] == {"oldValue": "Before", "newValue": "After"}
    assert second["fields"]["Microsoft.VSTS.Common.Priority"] == {"oldValue": 2, "newValue": 1}
    assert fresh.get(f"{ITEMS}/{made.id}/updates/2") == second


def test_a_link_gives_the_other_end_an_update_without_a_revision(fresh: AdoRig) -> None:
    above = fresh.organization.create_work_item("Webshop", "Epic", {"Title": "Above"})
    below = fresh.organization.create_work_item("Webshop", "Feature", {"Title": "Below"})
    fresh.organization.link_work_items(below.id, PARENT, above.id)
    updates = fresh.get(f"{ITEMS}/{above.id}/updates")["value"]
    assert [one["rev"] for one in updates] == [1, 1]
    assert "fields" not in updates[1]
    assert updates[1]["relations"]["added"][0]["rel"] == CHILD
    assert read_item(fresh, above.id)["rev"] == 1
    assert read_item(fresh, below.id)["rev"] == 2


def test_an_item_can_be_read_as_it_was(fresh: AdoRig) -> None:
    made = fresh.organization.create_work_item("Webshop", "Task", {"Title": "Before"})
    then = read_item(fresh, made.id)["fields"]["System.ChangedDate"]
    fresh.organization.edit_work_item(made.id, {"Title": "After"})
    assert read_batch(fresh, [made.id], asOf=then)["value"][0]["fields"]["System.Title"] == "Before"
    assert fresh.call("GET", f"{ITEMS}/{made.id}", query={"asOf": "2020-01-01T00:00:00Z"}).status_code == 404


def test_people_who_left_stay_in_work_items_and_are_marked(fresh: AdoRig) -> None:
    organization = fresh.organization
    made = organization.create_work_item("Webshop", "Task", {"Title": "Old", "Assigned To": "Yuki Onodera"})
    organization.disable_user("Yuki Onodera")
    assert read_item(fresh, made.id)["fields"]["System.AssignedTo"]["inactive"] is True
    organization.remove_user("Yuki Onodera")
    shown = read_item(fresh, made.id)["fields"]["System.AssignedTo"]
    assert shown["isDeletedInOrigin"] is True
    assert shown["displayName"] == "Yuki Onodera"
    query = {"searchFilter": "General", "filterValue": "acme.example"}
    found = {one["providerDisplayName"]: one["isActive"] for one in fresh.get("_apis/identities", query=query)["value"]}
    assert (found["Yuki Onodera"], found["Mara Lindqvist"]) == (False, True)


def test_the_last_comment_is_the_history_of_its_revision_only(fresh: AdoRig) -> None:
    made = fresh.organization.create_work_item("Webshop", "Task", {"Title": "Talk"})
    fresh.organization.comment_work_item(made.id, "<p>First</p>")
    assert read_item(fresh, made.id)["fields"]["System.History"] == "<p>First</p>"
    assert read_item(fresh, made.id)["commentVersionRef"]["commentId"] == 1
    fresh.organization.edit_work_item(made.id, {"Title": "Talked"})
    assert "System.History" not in read_item(fresh, made.id)["fields"]

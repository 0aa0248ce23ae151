"""Is an issue what was meant? The same fields as they are sent and as Jira gives them back."""

from dataclasses import replace

import pytest

from domain.issue_comparisons import (
    comparable,
    different_fields,
    digest_of,
    fields_to_read,
    hash_of,
    normal_value,
    read_back,
    verify_issue,
)
from domain.rich_text import to_adf
from domain.rich_text_cut import document_of
from domain.rich_text_walk import Reading
from domain.work_items import DESCRIPTION, STATE
from tests.domain.draft_rig import SPRINT, TARGET, draft, row, with_rows, work_item

DOCUMENT = document_of(to_adf("<b>a</b>", "html", Reading()).blocks)
MAPPING = with_rows(row(DESCRIPTION, "description", "rich_text"), row("Custom.Line", "customfield_10031"))
DRAFT = draft(work_item({DESCRIPTION: "<b>a</b>", "Custom.Line": "x", STATE: "Active"}), MAPPING)


def answer(**changed):
    """The issue of DRAFT as Jira gives it back."""
    fields = {
        "project": {"id": "10000", "key": "SHOP"}, "issuetype": {"id": "101", "name": "Story"},
        "summary": "Add the basket", "description": DOCUMENT, "customfield_10031": "x", "priority": {"id": "3"},
        "status": {"id": "2", "name": "Doing"},
    }  # fmt: skip
    kept = {one["key"]: one["value"] for one in DRAFT.properties}
    return {"id": "10001", "fields": fields | changed, "properties": kept}


@pytest.mark.parametrize(
    ("sent", "given"),
    [
        ("a b", " a  b "), ("a", "a\n"), ("", None), (None, None), ([], None), (5, 5.0), (2.5, 2.50), (0.1 + 0.2, 0.3),
        ({"id": "3"}, {"id": "3", "name": "High", "self": "https://e.com"}),
        ({"id": 3}, {"id": "3"}),
        ({"accountId": "a"}, {"accountId": "a", "displayName": "A", "active": True}),
        (["b", "a"], ["a", "b"]),
        ([{"id": "2"}, {"id": "1"}], [{"id": "1", "name": "x"}, {"id": "2", "name": "y"}]),
        (7, [{"id": 7, "name": "Sprint 7", "state": "active", "boardId": 1}]),
        ("2024-03-04T09:30:00.000+0000", "2024-03-04T10:30:00.000+0100"),
        ("2024-03-04T09:30:00.000+0000", "2024-03-04T09:30:00Z"),
        (DOCUMENT, DOCUMENT | {"content": [*DOCUMENT["content"], {"type": "paragraph"}]}),
        (document_of([]), None),
        (("a",), ["a"]),
    ],
)  # fmt: skip
def test_what_jira_changes_on_its_own_makes_no_difference(sent, given):
    assert digest_of(sent) == digest_of(given)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a b", "ab"), ("a", "A"), (5, 6), (5, None), ({"id": "3"}, {"id": "4"}), ({"id": "3"}, None),
        (["a"], ["a", "b"]),
        ({"accountId": "a"}, {"accountId": "b"}), (7, [{"id": 7}, {"id": 8}]), ("2024-03-04", "2024-03-05"),
        ("2024-03-04T09:30:00Z", "2024-03-04T09:30:01Z"), ("2024-99-99T09:30:00Z", "2024-99-99T09:30:01Z"),
        (DOCUMENT, document_of(to_adf("a", "html", Reading()).blocks)), (True, False), ({"value": "a"}, {"id": "1"}),
    ],
)  # fmt: skip
def test_what_people_change_makes_a_difference(one, other):
    assert digest_of(one) != digest_of(other)


def test_a_record_without_an_id_is_nothing():
    assert normal_value({"name": "x"}) is None


def test_an_issue_as_it_was_made_is_the_same():
    assert verify_issue(answer(), DRAFT.hash) == ()
    wanted = comparable(DRAFT)
    assert set(wanted) == {"project", "issuetype", "summary", "description", "customfield_10031", "status"}
    assert read_back(answer(), wanted) == wanted
    assert hash_of(wanted) == DRAFT.hash
    assert len(DRAFT.hash) == 64


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"summary": "Other"}, ("summary",)),
        ({"description": None}, ("description",)),
        ({"status": {"id": "1"}, "customfield_10031": "y"}, ("customfield_10031", "status")),
        ({"priority": {"id": "1"}, "labels": ["new"]}, ()),
    ],
)
def test_differences_name_the_field(changed, named):
    assert verify_issue(answer(**changed), DRAFT.hash) == named


def test_a_field_that_is_not_read_differs():
    assert different_fields({"a": "1", "b": "2"}, {"a": "1"}) == ("b",)
    assert read_back({}, ("a",)) == {"a": digest_of(None)}


@pytest.mark.parametrize("properties", [None, {}, {"crosswalk.fields": "x"}, {"crosswalk.fields": {"summary": "x"}}])
def test_an_issue_that_lost_what_was_sent_with_it_says_so(properties):
    assert verify_issue(answer() | {"properties": properties}, DRAFT.hash) == ("crosswalk.fields",)


def test_the_hash_is_of_what_is_mapped_and_of_nothing_else():
    item = work_item({DESCRIPTION: "<b>a</b>", "Custom.Line": "x", STATE: "Active"})
    assert draft(replace(item, revision=9), MAPPING, run="run-2").hash == DRAFT.hash
    assert draft(replace(item, fields={**item.fields, "System.Rev": 4}), MAPPING).hash == DRAFT.hash
    assert draft(replace(item, fields={**item.fields, "Custom.Line": "y"}), MAPPING).hash != DRAFT.hash
    assert draft(replace(item, fields={**item.fields, STATE: "New"}), MAPPING).hash != DRAFT.hash


def test_all_fields_of_a_mapping_are_read():
    found = fields_to_read(MAPPING, TARGET)
    assert set(comparable(DRAFT)) <= set(found)
    assert SPRINT.id in found
    assert len(set(found)) == len(found)

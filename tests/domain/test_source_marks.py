"""What an issue says of the work item it was made of."""

import pytest

from domain.draft_records import FIELDS_PROPERTY, SOURCE_PROPERTY
from domain.issue_comparisons import STATUS, digest_of
from domain.source_marks import read_mark

SOURCE = {"organization": "Acme", "project": "guid-1", "id": 7, "revision": 3, "run": "run-1"}


def mark_of(properties, status="3"):
    """The mark of an issue that has one."""
    mark = read_mark(issue(properties, status))
    assert mark is not None
    return mark


def issue(properties, status="3"):
    return {"key": "SHOP-1", "fields": {"status": {"id": status}}, "properties": properties}


@pytest.mark.parametrize("properties", [None, {}, {SOURCE_PROPERTY: "7"}, {SOURCE_PROPERTY: {"id": "7"}}])
def test_an_issue_that_nobody_migrated_has_no_mark(properties):
    assert read_mark(issue(properties)) is None


def test_a_mark_names_its_work_item_and_run():
    mark = mark_of({SOURCE_PROPERTY: SOURCE})
    assert (mark.organization, mark.id, mark.revision, mark.run, mark.digests) == ("Acme", 7, 3, "run-1", None)
    assert (mark.hash, mark.is_settled) == ("", True)


def test_a_mark_without_the_rest_still_names_its_work_item():
    mark = mark_of({SOURCE_PROPERTY: {"id": 7}, FIELDS_PROPERTY: "none"})
    assert (mark.organization, mark.revision, mark.run, mark.digests) == ("", 0, "", None)


@pytest.mark.parametrize(
    ("organization", "run", "project", "is_of"),
    [
        ("acme", "another", "", True),
        ("acme", "another", "GUID-1", True),
        ("acme", "another", "guid-2", False),
        ("renamed", "run-1", "guid-1", True),
        ("another", "another", "", False),
        ("another", "another", "guid-1", False),
    ],
)
def test_whose_a_mark_is(organization, run, project, is_of):
    assert mark_of({SOURCE_PROPERTY: SOURCE}).is_of(organization, run, project) is is_of


def test_an_issue_is_settled_in_the_status_it_was_made_for():
    digests = {"summary": "d", STATUS: digest_of("3")}
    there = mark_of({SOURCE_PROPERTY: SOURCE, FIELDS_PROPERTY: digests})
    elsewhere = mark_of({SOURCE_PROPERTY: SOURCE, FIELDS_PROPERTY: digests}, status="1")
    assert (there.is_settled, elsewhere.is_settled) == (True, False)
    assert there.hash == elsewhere.hash != ""

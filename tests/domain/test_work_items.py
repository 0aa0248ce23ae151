"""What work items tell of themselves."""

import pytest

from domain.work_items import ATTACHMENT, COMMENTS, HYPERLINK, PARENT, TITLE, Identity, Relation, WorkItem

GUID = "11111111-2222-4333-8444-555555555555"


@pytest.mark.parametrize(
    ("kind", "url", "file_id"),
    [
        (ATTACHMENT, f"https://dev.azure.com/acme/_apis/wit/attachments/{GUID}", GUID),
        (ATTACHMENT, f"https://dev.azure.com/acme/_apis/wit/attachments/{GUID}?fileName=a.png", GUID),
        (HYPERLINK, f"https://dev.azure.com/acme/_apis/wit/attachments/{GUID}", ""),
    ],
)
def test_only_files_have_the_id_of_a_file(kind, url, file_id):
    assert Relation(kind, url).file_id == file_id


def test_what_is_absent_or_of_another_kind_is_no_text():
    found = WorkItem(1, 1, "Bug", {TITLE: "Title", "A": 3, "B": Identity("guid", "Name")})
    assert [found.text(name) for name in (TITLE, "A", "B", "C")] == ["Title", "", "", ""]


@pytest.mark.parametrize(("fields", "count"), [({}, 0), ({COMMENTS: 4}, 4), ({COMMENTS: "4"}, 0)])
def test_comments_are_counted_by_their_field(fields, count):
    assert WorkItem(1, 1, "Bug", fields).comment_count == count


def test_the_parent_is_the_end_of_one_relation():
    above, beside = Relation(PARENT, "https://x/7", 7), Relation("System.LinkTypes.Related", "https://x/8", 8)
    assert WorkItem(1, 1, "Bug", {}, (beside, above)).parent == 7
    assert WorkItem(1, 1, "Bug", {}, (beside,)).parent is None

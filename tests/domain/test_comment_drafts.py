"""Comments of work items as comments of issues."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain.comment_drafts import draft_comment, order_comments
from domain.rich_text import plain_text
from domain.rich_text_cut import TEXT_CHARACTERS, measure
from domain.work_items import Identity, WorkItemComment
from tests.domain.draft_rig import CONTEXT
from tests.domain.jira_documents import check_body, check_document

GUID = "22222222-bbbb-4333-8444-555555555555"
MADE = datetime(2024, 3, 4, 9, 30, tzinfo=UTC)
COMMENT = WorkItemComment(7, "<div>See <b>this</b></div>", "html", Identity(GUID, "Jane Doe"), MADE, version=2)


def text_of(comment):
    drafted = draft_comment(comment, CONTEXT)
    check_document(drafted.body["body"])
    check_body("Comment", drafted.body)
    return plain_text(drafted.body["body"]["content"])


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "Jane Doe wrote on 2024-03-04 at 09:30 UTC:\nSee this"),
        ({"edited": MADE}, "Jane Doe wrote on 2024-03-04 at 09:30 UTC:\nSee this"),
        ({"edited": MADE + timedelta(days=1)},
         "Jane Doe wrote on 2024-03-04 at 09:30 UTC, edited on 2024-03-05 at 09:30 UTC:\nSee this"),
        ({"made": MADE.astimezone(timezone(timedelta(hours=10)))},
         "Jane Doe wrote on 2024-03-04 at 09:30 UTC:\nSee this"),
        ({"text": "**a**\n\nb", "format": "markdown"}, "Jane Doe wrote on 2024-03-04 at 09:30 UTC:\na\nb"),
        ({"text": f"@<{GUID}> me", "format": "markdown"}, "Jane Doe wrote on 2024-03-04 at 09:30 UTC:\n@Jane Doe me"),
        ({"text": ""}, "Jane Doe wrote on 2024-03-04 at 09:30 UTC:"),
        ({"author": Identity("x", "")}, "Somebody wrote on 2024-03-04 at 09:30 UTC:\nSee this"),
    ],
)  # fmt: skip
def test_who_wrote_when_stands_above_the_text(changes, text):
    assert text_of(replace(COMMENT, **changes)) == text


def test_a_comment_says_which_one_it_was():
    drafted = draft_comment(COMMENT, CONTEXT)
    assert drafted.id == 7
    assert drafted.body["properties"] == [{"key": "crosswalk.comment", "value": {"id": 7, "version": 2}}]
    assert drafted.notes == ()


def test_a_long_comment_is_cut_and_that_is_told():
    image = "<img src='data:image/png;base64,x'>"
    drafted = draft_comment(replace(COMMENT, text=image + "<p>word</p>" * 5000), CONTEXT)
    check_document(drafted.body["body"])
    assert measure(drafted.body["body"]) <= TEXT_CHARACTERS
    assert [(note.field, note.code) for note in drafted.notes] == [("comment", "cut"), ("comment", "embedded_image")]


def test_files_a_comment_points_to_are_listed():
    image = f"<img src='https://dev.azure.com/contoso/_apis/wit/attachments/{GUID}'>"
    assert draft_comment(replace(COMMENT, text=image), CONTEXT).attachments == (GUID,)


def test_the_oldest_comment_comes_first():
    later = replace(COMMENT, id=5, made=MADE + timedelta(seconds=1))
    twin = replace(COMMENT, id=6)
    assert [one.id for one in order_comments([later, COMMENT, twin])] == [6, 7, 5]

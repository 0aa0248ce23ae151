"""Comments of work items as comments of issues. Jira knows only its caller as author, now as the time, so who wrote
when stands in the text.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comments/#api-rest-api-3-issue-issueidorkey-comment-post
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from domain.draft_records import DraftContext, Note
from domain.field_rules import CUT, cut_reason, left_out_notes
from domain.rich_text import note_block, to_adf
from domain.rich_text_cut import fit_document
from domain.rich_text_walk import Reading
from domain.work_items import WorkItemComment

COMMENT_PROPERTY, COMMENT_FIELD = "crosswalk.comment", "comment"


@dataclass(frozen=True, slots=True)
class CommentDraft:
    """`body` is all that Jira's call takes; `attachments`: GUIDs of files of Azure DevOps that the text points to."""

    id: int
    body: dict[str, Any]
    notes: tuple[Note, ...] = ()
    attachments: tuple[str, ...] = ()


def order_comments(comments: Iterable[WorkItemComment]) -> tuple[WorkItemComment, ...]:
    """The oldest first; Jira shows comments in the order they were made in."""
    return tuple(sorted(comments, key=lambda comment: (comment.made, comment.id)))


def draft_comment(comment: WorkItemComment, context: DraftContext) -> CommentDraft:
    """A comment with a line above it that says who wrote it and when; cut to what Jira takes."""
    names = {comment.author.id.lower(): comment.author.name, **context.names}
    text = to_adf(comment.text, comment.format, Reading(context.organization_url, names))
    document, lost = fit_document([note_block(header_of(comment)), *text.blocks])
    losses = [*([(CUT, cut_reason(lost))] if lost else []), *left_out_notes(text.left_out)]
    told = [Note(COMMENT_FIELD, reason, code, f"Comment {comment.id}") for code, reason in losses]
    source = {"id": comment.id, "version": comment.version}
    body = {"body": document, "properties": [{"key": COMMENT_PROPERTY, "value": source}]}
    return CommentDraft(comment.id, body, tuple(told), text.attachments)


def header_of(comment: WorkItemComment) -> str:
    """`Jane Doe wrote on 2024-03-04 at 09:30 UTC, edited on 2024-03-05 at 10:00 UTC:`"""
    edited = f", edited {_shown(comment.edited)}" if comment.edited and comment.edited != comment.made else ""
    return f"{comment.author.name or 'Somebody'} wrote {_shown(comment.made)}{edited}:"


def _shown(moment: datetime) -> str:
    there = moment.astimezone(UTC)
    return f"on {there.date().isoformat()} at {there:%H:%M} UTC"

"""Posts comments on one issue, one after the other: their order is that in which Jira gets them.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comments/#api-rest-api-3-issue-issueidorkey-comment-post
"""

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from domain.comment_drafts import CommentDraft, draft_comment
from domain.draft_records import Note
from domain.errors import CallError, Conflict, Forbidden, IssueBusy, NotFound, Rejected, TooLarge
from domain.refused_issues import explain_refusal
from domain.row_losses import tell_losses
from domain.work_items import WorkItemComment
from migration.road import Road
from migration.waits import may_have_worked
from store.item_map import MappedPart

log = structlog.get_logger("crosswalk.migration")

NO_PERMISSION = "The app may not comment here. Grant it Add Comments in the project, then repair the run."
ISSUE_GONE = "Jira does not show the issue any more: it was deleted, or kept from the app."
AT_LIMIT = "Jira takes no more than 5,000 comments on an issue. The later ones stay in Azure DevOps."
BY_HAND = "Copy this comment by hand."
COMMENT_RIGHT = "ADD_COMMENTS"


@dataclass(frozen=True, slots=True)
class Ending:
    """Why the rest was not posted, for good: how it ends, the word and the sentence."""

    is_failure: bool
    reason: str
    detail: str


LIMIT = Ending(False, "comment_limit", AT_LIMIT)
GONE = Ending(True, "issue_gone", ISSUE_GONE)
DENIED = Ending(True, "no_permission", NO_PERMISSION)


@dataclass(slots=True)
class Posted:
    """What came of posting. `refused`: ids of comments, each with a word and a sentence.

    The rest waits when `again` (ms) is set; has ended with `ending`; or is on its way, as far as anybody knows, with
    `is_open`. `error` is what stops others too.
    """

    parts: list[MappedPart] = field(default_factory=list)
    refused: list[tuple[int, str, str]] = field(default_factory=list)
    losses: list[Note] = field(default_factory=list)
    ending: Ending | None = None
    again: int | None = None
    is_open: bool = False
    error: CallError | None = None

    @property
    def loss(self) -> tuple[str | None, str | None]:
        """The codes and the sentences of what was lost of them; None and None when nothing was."""
        return tell_losses(self.losses)


@dataclass(frozen=True, slots=True)
class Posting:
    """One issue of one work item. `still_ours` says before a call whether nobody else has taken it."""

    road: Road
    source_id: int
    issue_id: str
    still_ours: Callable[[], bool]

    def post(self, comments: Sequence[WorkItemComment]) -> Posted:
        """In their order, until the issue has to rest or the run has stopped. Raises nothing but faults of ours outside
        of drafting.
        """
        posted = Posted()
        for comment in comments:
            if self.road.watch.has_stopped():
                posted.again = self.road.now()
            elif not self.still_ours():
                posted.is_open = True
            else:
                self._post_one(posted, comment)
            if posted.ending or posted.is_open or posted.again is not None:
                break
        return posted

    def _post_one(self, posted: Posted, comment: WorkItemComment) -> None:
        draft = self._draft(posted, comment)
        if draft is None:
            return
        try:
            made = self.road.parts.add_comment(self.issue_id, draft.body)
        except IssueBusy as error:
            posted.again = self.road.now() + round(1000 * (error.retry_after or 1))
        except (TooLarge, Forbidden, NotFound) as error:
            posted.ending = {TooLarge: LIMIT, Forbidden: DENIED}.get(type(error), GONE)
        except (Rejected, Conflict) as error:
            self._refuse(posted, comment, error)
        except CallError as error:
            posted.error, posted.is_open = error, may_have_worked(error)
            posted.again = None if posted.is_open else self.road.now()
        else:
            posted.parts.append(mapped_comment(self.source_id, comment.id, made, comment.version))
            posted.losses += draft.notes

    def _refuse(self, posted: Posted, comment: WorkItemComment, error: CallError) -> None:
        if COMMENT_RIGHT not in self.road.target.permissions:
            posted.ending = DENIED
            return
        code, words = explain_refusal({}, [error.detail], {})
        posted.refused.append((comment.id, code, f"{words} {BY_HAND}"))

    def _draft(self, posted: Posted, comment: WorkItemComment) -> CommentDraft | None:
        try:
            return draft_comment(comment, self.road.facts.context)
        except Exception as error:  # a fault of ours with this one; its words may hold content
            last = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{last.name}:{last.lineno}"
            log.error("migration.fault", work_item=self.source_id, error=type(error).__name__, place=place)
            words = f"A fault in Crosswalk ({type(error).__name__}); tell its operator. {BY_HAND}"
            posted.refused.append((comment.id, "fault", words))
            return None


def mapped_comment(source_id: int, comment_id: int, target: str, version: int) -> MappedPart:
    return MappedPart("comment", source_id, str(comment_id), target, version)

"""Reads issues back, MOST_FETCHED in a call and several calls at once, and compares them with what was put there."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from clients.jira_bulk import MOST_FETCHED
from domain.comment_drafts import COMMENT_PROPERTY
from domain.errors import NotFound
from domain.issue_comparisons import fields_to_read
from domain.source_marks import MARKS
from migration.hands import share_out
from migration.road import Road
from migration.stored_files import ATTACHMENT_FIELD
from migration.verify_expected import Expected
from migration.verify_findings import (
    COMMENT_FIELD,
    Findings,
    check_addresses,
    check_comments,
    check_issue,
    count_comments,
    miss_issue,
    needs_count,
)

LINK_FIELD = "issuelinks"
MOST_COMMENTS = 50  # of an issue that are read along with it; of more than these a call of its own asks


@dataclass(slots=True)
class Reading:
    """Some issues being read back."""

    road: Road
    findings: Findings = field(default_factory=Findings)
    _closer: list[Callable[[], None]] = field(default_factory=list)

    def read(self, expected: Sequence[Expected]) -> Mapping[int, str]:
        """The words of every row that was looked at. Raises the CallError of an answer."""
        few = [one for one in expected if one.known <= MOST_COMMENTS]
        many = [one for one in expected if one.known > MOST_COMMENTS]
        portions = [some[start : start + MOST_FETCHED] for some in (few, many)
                    for start in range(0, len(some), MOST_FETCHED)]  # fmt: skip
        share_out(self._read_portion, portions)
        closer, self._closer = self._closer, []
        share_out(lambda look: look(), closer)
        return self.findings.joined

    def _read_portion(self, some: Sequence[Expected]) -> None:
        """The answer is as large as the texts of the issues and is kept no longer than this takes."""
        fields = [*fields_to_read(self.road.mapping, self.road.target), LINK_FIELD, ATTACHMENT_FIELD]
        with_comments = any(0 < one.known <= MOST_COMMENTS for one in some)
        fields += [COMMENT_FIELD] if with_comments else []
        answer = self.road.bulk.fetch_many([one.issue_id for one in some], fields, MARKS)
        issues = {str(issue["id"]): issue for issue in answer}
        for one in some:
            issue = issues.get(one.issue_id)
            if issue is None:
                miss_issue(one, self.findings)
                continue
            check_issue(one, issue, self.road.target, self.findings)
            if one.addresses:
                self._closer.append(partial(self._look_at_addresses, one))
            if one.comments and needs_count(one, issue):
                self._closer.append(partial(self._look_at_comments, one))
            elif one.comments:
                check_comments(one, issue, self.findings)

    def _look_at_addresses(self, one: Expected) -> None:
        try:
            there = self.road.parts.list_remote_links(one.issue_id)
        except NotFound:
            miss_issue(one, self.findings)
            return
        check_addresses(one, there, self.findings)

    def _look_at_comments(self, one: Expected) -> None:
        try:
            marks = self.road.parts.list_marks(one.issue_id, COMMENT_PROPERTY)
        except NotFound:
            miss_issue(one, self.findings)
            return
        count_comments(one, [(mark.value or {}).get("id") for mark in marks], self.findings)

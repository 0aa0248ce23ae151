"""Is everything on an issue that a run has put there? Each row is told what of it differs, by words. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from clients.jira_issue_parts import files_from, links_from
from domain.issue_comparisons import verify_issue
from domain.records import Json
from domain.remote_links import remote_id
from domain.run_differences import (
    COMMENT_DOUBLED,
    COMMENT_MISSING,
    FILE_MISSING,
    FILE_SIZE,
    ISSUE_MISSING,
    ISSUE_MOVED,
    LINK_DOUBLED,
    LINK_MISSING,
    LINK_REVERSED,
    join_codes,
)
from domain.target_sites import TargetProject
from migration.link_rows import Key, link_key
from migration.verify_expected import Expected
from store.run_rows import RunRow

COMMENT_FIELD = "comment"


@dataclass(slots=True)
class Findings:
    """Words by row; a row in which nothing differs has none."""

    codes: dict[int, list[str]] = field(default_factory=dict)

    def see(self, row: RunRow | None, *codes: str) -> None:
        if row is not None:
            self.codes.setdefault(row.id, []).extend(codes)

    @property
    def joined(self) -> Mapping[int, str]:
        return {row_id: join_codes(codes) for row_id, codes in self.codes.items()}


def miss_issue(expected: Expected, findings: Findings) -> None:
    """All that is gone with an issue."""
    for row in expected.rows:
        findings.see(row, ISSUE_MISSING)


def check_issue(expected: Expected, issue: Json, target: TargetProject, findings: Findings) -> None:
    """Fields, links and files."""
    if expected.item is not None:
        findings.see(expected.item, *_different_fields(expected.item, issue, target))
    _check_links(expected, issue, target, findings)
    stored = {one.id: one.size for one in files_from(issue)} if expected.files else {}
    for row, part in expected.files:
        size = stored.get(part.target_id) if part else None
        wrong = part is not None and size is not None and size != part.bytes
        findings.see(row, *([FILE_MISSING] if size is None else [FILE_SIZE] if wrong else []))


def check_addresses(expected: Expected, there: Collection[str], findings: Findings) -> None:
    """Remote links, by their `globalId`."""
    for row in expected.addresses:
        findings.see(row, *([] if remote_id(row.part) in there else [LINK_MISSING]))


def needs_count(expected: Expected, issue: Json) -> bool:
    """Whether comments have to be looked at more closely: too few or too many came with the issue."""
    total = _comments_of(issue).get("total")
    return total is None or not expected.written <= total <= expected.known


def check_comments(expected: Expected, issue: Json, findings: Findings) -> None:
    """By their ids, as far as they came with the issue."""
    answer = _comments_of(issue)
    there = {str(one.get("id")) for one in answer.get("comments") or ()}
    gone = [own for own, target in expected.comment_ids.items() if target not in there]
    for row in expected.comments:
        findings.see(row)
    if answer.get("total") == len(there) and not expected.has_more_ids:
        for comment in gone:
            findings.see(expected.comment_row(comment), COMMENT_MISSING)


def count_comments(expected: Expected, marks: Iterable[Any], findings: Findings) -> None:
    """By the marks of all comments of an issue: ids of comments of Azure DevOps, None for a person's own."""
    counts = Counter(mark for mark in marks if mark is not None)
    for row in expected.comments:
        findings.see(row)
    gone = [own for own in expected.comment_ids if int(own) not in counts]
    if len(counts) < expected.written or (gone and not expected.has_more_ids):
        for comment in gone or [""]:
            findings.see(expected.comment_row(comment), COMMENT_MISSING)
    for comment in (one for one, count in counts.items() if count > 1):
        findings.see(expected.comment_row(str(comment)), COMMENT_DOUBLED)


def _different_fields(row: RunRow, issue: Json, target: TargetProject) -> Iterator[str]:
    """What an earlier run had made is as people left it since."""
    project = ((issue.get("fields") or {}).get("project") or {}).get("id")
    if str(project) != target.id:
        yield ISSUE_MOVED
    elif row.state != "adopted" and row.hash:
        yield from verify_issue(issue, row.hash)


def _check_links(expected: Expected, issue: Json, target: TargetProject, findings: Findings) -> None:
    if not expected.links:
        return
    own = expected.issue_id
    ends = [(link.type_id, *((own, link.other) if link.goes_out else (link.other, own))) for link in links_from(issue)]
    counts = Counter(link_key(target, *end) for end in ends)
    for row, key in expected.links:
        findings.see(row, *_judge_link(counts, key, target))


def _judge_link(counts: Mapping[Key, int], key: Key | None, target: TargetProject) -> Iterator[str]:
    count = counts.get(key, 0) if key else 0
    if key and not count and counts.get(link_key(target, key[0], key[2], key[1]), 0):
        yield LINK_REVERSED
    elif not count:
        yield LINK_MISSING
    elif count > 1:
        yield LINK_DOUBLED


def _comments_of(issue: Json) -> Mapping[str, Any]:
    found = (issue.get("fields") or {}).get(COMMENT_FIELD)
    return found if isinstance(found, dict) else {}

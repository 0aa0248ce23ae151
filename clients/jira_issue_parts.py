"""What is on one issue, for a migration: comments, links, files; and changing an issue that is there.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clients.gates import Tally
from clients.jira import JiraClient
from clients.jira_answers import read_jira, read_list
from clients.uploads import FileUpload
from domain.errors import BadEvent
from domain.json_fields import number, optional_number, optional_record, optional_text, records, text
from domain.records import Json

COMMENT_PAGE = 100
MOST_LISTED = 1_000  # comments of one call by their ids
Pace = Callable[[Collection[str]], None]  # before a write on some issues: waits a moment for leave, or raises IssueBusy


@dataclass(frozen=True, slots=True)
class CommentMark:
    """A comment of an issue, and the value of the property asked for; None when it has none."""

    id: str
    value: Json | None


@dataclass(frozen=True, slots=True)
class StoredLink:
    """A link as one of its issues shows it. `goes_out`: that issue is the inward end, as of one that *blocks*."""

    id: str
    type_id: str
    other: str
    goes_out: bool


@dataclass(frozen=True, slots=True)
class StoredFile:
    id: str
    name: str
    size: int


class IssueParts:
    """Calls about single issues (their ids). Every method raises the CallError of the answer, and IssueBusy as well
    when `pace` says so. A call costs a point; what it costs beyond that goes to the tally.
    """

    def __init__(self, client: JiraClient, tally: Tally, pace: Pace) -> None:
        self._client = client
        self._tally = tally
        self._pace = pace

    # --- comments ---

    def add_comment(self, issue_id: str, body: Mapping[str, Any]) -> str:
        """The id of the new comment.

        https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comments/#api-rest-api-3-issue-issueidorkey-comment-post
        """
        self._pace((issue_id,))
        answer = self._client.send("POST", "platform", f"/issue/{issue_id}/comment", body=body, endpoint="comment")
        return read_jira(lambda found: text(found, "id"), answer)

    def list_marks(self, issue_id: str, property_key: str) -> tuple[CommentMark, ...]:
        """All comments of an issue with a property of theirs: a list of comments tells no properties, so each thousand
        is asked for once more by ids.

        https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comments/#api-rest-api-3-comment-list-post
        """
        ids = list(self._comment_ids(issue_id))
        some = (ids[start : start + MOST_LISTED] for start in range(0, len(ids), MOST_LISTED))
        return tuple(mark for part in some for mark in self._read_marks(part, property_key))

    # --- links ---

    def add_link(self, body: Mapping[str, Any]) -> None:
        """Link two issues. One that is there already would be there twice.

        https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-links/#api-rest-api-3-issuelink-post
        """
        self._pace([text(body, end, "id") for end in ("inwardIssue", "outwardIssue")])
        self._client.send("POST", "platform", "/issueLink", body=body, endpoint="link")

    def put_remote_link(self, issue_id: str, body: Mapping[str, Any]) -> str:
        """The id of the link; one with the same `globalId` is replaced.

        https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-remote-links/#api-rest-api-3-issue-issueidorkey-remotelink-post
        """
        self._pace((issue_id,))
        path = f"/issue/{issue_id}/remotelink"
        answer = self._client.send("POST", "platform", path, body=body, endpoint="remote-link")
        return str(read_jira(lambda found: number(found, "id"), answer))

    def list_remote_links(self, issue_id: str) -> frozenset[str]:
        """The `globalId` of each remote link that has one."""
        answer = self._client.send("GET", "platform", f"/issue/{issue_id}/remotelink", endpoint="remote-link")
        found = read_list(answer)
        self._tally.add(points=len(found))
        return frozenset(
            filter(None, (read_jira(lambda one: optional_text(one, "globalId"), entry) for entry in found))
        )

    # --- files ---

    def attach_file(self, issue_id: str, upload: FileUpload) -> StoredFile:
        """https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-attachments/#api-rest-api-3-issue-issueidorkey-attachments-post"""
        self._pace((issue_id,))
        answer = self._client.upload(f"/issue/{issue_id}/attachments", upload, endpoint="file")
        return read_jira(file_from, next(iter(read_list(answer)), {}))

    # --- the issue itself ---

    def edit_issue(
        self, issue_id: str, fields: Mapping[str, Any], properties: Sequence[Mapping[str, Any]], *, quietly: bool
    ) -> None:
        """Set fields and properties. `quietly` sends no mail and needs the right to administer the project.

        https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-put
        """
        self._pace((issue_id,))
        query = {"notifyUsers": "false"} if quietly else None
        body = {"fields": dict(fields), "properties": list(properties)}
        self._client.send("PUT", "platform", f"/issue/{issue_id}", query, body, endpoint="issue")

    def put_property(self, issue_id: str, key: str, value: Json) -> None:
        """https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-properties/#api-rest-api-3-issue-issueidorkey-properties-propertykey-put"""
        self._pace((issue_id,))
        self._client.send("PUT", "platform", f"/issue/{issue_id}/properties/{key}", body=value, endpoint="property")

    def _comment_ids(self, issue_id: str) -> Iterator[str]:
        start = 0
        while True:
            found, total = self._page_comments(issue_id, start, COMMENT_PAGE)
            yield from found
            start += len(found)
            if not found or start >= total:
                return

    def _page_comments(self, issue_id: str, start: int, size: int) -> tuple[tuple[str, ...], int]:
        """Ids of comments, the oldest first, and how many there are."""
        query = {"startAt": str(start), "maxResults": str(size), "orderBy": "created"}
        answer = self._client.send("GET", "platform", f"/issue/{issue_id}/comment", query, endpoint="comment")
        shapes = read_jira(lambda found: records(found, "comments"), answer)
        self._tally.add(points=len(shapes))
        ids = tuple(read_jira(lambda one: text(one, "id"), shape) for shape in shapes)
        return ids, read_jira(lambda found: number(found, "total"), answer)

    def _read_marks(self, ids: Sequence[str], property_key: str) -> Iterator[CommentMark]:
        query, body = {"expand": "properties"}, {"ids": [int(one) for one in ids]}
        answer = self._client.send("POST", "platform", "/comment/list", query, body, endpoint="comment-list")
        shapes = read_jira(lambda found: records(found, "values"), answer)
        self._tally.add(points=len(shapes))
        return (read_jira(lambda one: _mark_from(one, property_key), shape) for shape in shapes)


def links_from(issue: Json) -> tuple[StoredLink, ...]:
    """The links in the field `issuelinks` of an issue."""
    return read_jira(lambda found: tuple(map(_link_from, records(found, "fields", "issuelinks"))), issue)


def files_from(issue: Json) -> tuple[StoredFile, ...]:
    """The files in the field `attachment` of an issue."""
    return read_jira(lambda found: tuple(map(file_from, records(found, "fields", "attachment"))), issue)


def file_from(entry: Json) -> StoredFile:
    return StoredFile(text(entry, "id"), text(entry, "filename"), optional_number(entry, "size") or 0)


def _link_from(entry: Json) -> StoredLink:
    outward = optional_record(entry, "outwardIssue")
    other = outward or optional_record(entry, "inwardIssue")
    if other is None:
        raise BadEvent("inwardIssue is missing")
    return StoredLink(text(entry, "id"), text(entry, "type", "id"), text(other, "id"), outward is not None)


def _mark_from(entry: Json, property_key: str) -> CommentMark:
    kept = {text(one, "key"): one.get("value") for one in records(entry, "properties")}
    value = kept.get(property_key)
    return CommentMark(text(entry, "id"), value if isinstance(value, dict) else None)

"""Many issues at once, for a migration: made fifty in a call, read a hundred in a call, found by their source.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clients.gates import Tally
from clients.http import error_of
from clients.jira import JiraClient, decode_answer
from clients.jira_answers import read_jira
from domain.draft_records import SOURCE_PROPERTY
from domain.errors import BadEvent, Unavailable
from domain.json_fields import number, optional_number, optional_record, optional_text, records, text
from domain.records import Json

MOST_CREATED = 50
MOST_FETCHED = 100
MOST_SOUGHT = 100  # ids in one query; a page of issues with properties has 100 at most
NOT_GIVEN = "an issue that is there could not be read just now"


@dataclass(frozen=True, slots=True)
class CreatedIssue:
    """An issue that was made. `moved`: whether the transition that came along was done; None when none did."""

    id: str
    key: str
    moved: bool | None = None


@dataclass(frozen=True, slots=True)
class RefusedIssue:
    """An issue that was not made. `errors` by field id; all words are Jira's and may hold content."""

    errors: Mapping[str, str] = field(default_factory=dict)
    messages: tuple[str, ...] = ()


class BulkIssues:
    """Calls about many issues of one site. Every method raises the CallError of the answer. A call costs a point; what
    it costs beyond that goes to the tally.
    """

    def __init__(self, client: JiraClient, tally: Tally) -> None:
        self._client = client
        self._tally = tally

    def create_many(self, bodies: Sequence[Mapping[str, Any]]) -> tuple[CreatedIssue | RefusedIssue, ...]:
        """Make up to MOST_CREATED issues (`issue_drafts.create_body`); what became of each, in their order.

        Raises Rejected when the request as a whole was refused, and Unreadable when the answer does not tell of each:
        then nobody knows which were made.
        https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-bulk-post
        """
        answer = self._client.ask(
            "POST", "platform", "/issue/bulk", body={"issueUpdates": list(bodies)}, endpoint="bulk", keep_400=True
        )
        self._tally.add(points=len(bodies) - 1)
        decoded = decode_answer(answer)
        if answer.status == 400 and not _is_told_of_each(decoded):
            raise error_of("Jira", answer)
        return read_jira(lambda found: _outcomes_from(found, len(bodies)), decoded)

    def fetch_many(
        self, ids_or_keys: Sequence[str], fields: Sequence[str], properties: Sequence[str] = ()
    ) -> tuple[Json, ...]:
        """Up to MOST_FETCHED issues as Jira tells them, those left out that are not there. Never behind the times.

        Jira names in `issueErrors` those that are there and that it could not give now, or not in one answer with the
        others: they are asked for again, in halves. Raises Unavailable when it does not give one that is asked for
        alone: only what is not named is not there.
        https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-bulkfetch-post
        """
        body = {"issueIdsOrKeys": list(ids_or_keys), "fields": list(fields), "properties": list(properties)}
        answer = self._client.send("POST", "platform", "/issue/bulkfetch", body=body, endpoint="bulkfetch")
        found, left = self._read_issues(answer), read_jira(_left_out, answer)
        if left and (len(ids_or_keys) == 1 or len(left) > len(ids_or_keys)):
            raise Unavailable("Jira", None, NOT_GIVEN)
        middle = len(left) // 2
        for half in filter(None, (left[:middle], left[middle:])):
            found += self.fetch_many(half, fields, properties)
        return found

    def find_sources(self, project_key: str, source_ids: Sequence[int], fields: Sequence[str]) -> tuple[Json, ...]:
        """The issues of a project that say they were made of some work items, with the properties that say so.

        The search may be some seconds behind. At most MOST_SOUGHT ids.
        """
        listed = ", ".join(str(number_) for number_ in source_ids)
        jql = f'project = "{project_key}" AND issue.property[{SOURCE_PROPERTY}].id IN ({listed})'
        return tuple(self._search(jql, fields, (SOURCE_PROPERTY, "crosswalk.fields")))

    def has_sources(self, project_key: str, organization: str) -> bool:
        """Whether a project has issues that were made of work items of an organization, as far as the search knows."""
        quoted = organization.replace("\\", "\\\\").replace('"', '\\"')
        jql = f'project = "{project_key}" AND issue.property[{SOURCE_PROPERTY}].organization = "{quoted}"'
        body = {"jql": jql, "fields": ["key"], "maxResults": 1}
        answer = self._client.send("POST", "platform", "/search/jql", body=body, endpoint="search")
        return bool(self._read_issues(answer))

    def find_last_number(self, project_key: str) -> int:
        """The highest number of an issue of a project that the search knows; 0 when there is none."""
        jql = f'project = "{project_key}" ORDER BY key DESC'
        body = {"jql": jql, "fields": ["key"], "maxResults": 1}
        answer = self._client.send("POST", "platform", "/search/jql", body=body, endpoint="search")
        return max((number_of(text(issue, "key")) for issue in self._read_issues(answer)), default=0)

    def _search(self, jql: str, fields: Sequence[str], properties: Sequence[str]) -> Iterator[Json]:
        """https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/#api-rest-api-3-search-jql-post"""
        body: dict[str, Any] = {
            "jql": jql, "fields": list(fields), "properties": list(properties), "maxResults": MOST_FETCHED
        }  # fmt: skip
        while True:
            answer = self._client.send("POST", "platform", "/search/jql", body=body, endpoint="search")
            yield from self._read_issues(answer)
            token = read_jira(lambda found: optional_text(found, "nextPageToken"), answer)
            if not token:
                return
            body["nextPageToken"] = token

    def _read_issues(self, answer: Any) -> tuple[Json, ...]:
        found = read_jira(lambda one: records(one, "issues"), answer)
        self._tally.add(points=len(found))
        return found


def number_of(key: str) -> int:
    """The number in an issue key; 0 for what is none."""
    number_ = key.rpartition("-")[2]
    return int(number_) if number_.isdecimal() else 0


def _left_out(answer: Json) -> tuple[str, ...]:
    """The ids of issues that are there and were not given."""
    return tuple(dict.fromkeys(text(error, "id") for error in records(answer, "issueErrors")))


def _is_told_of_each(decoded: Any) -> bool:
    """Whether a refusal is one of single issues; a request that is wrong as a whole is answered in another form."""
    errors = decoded.get("errors") if isinstance(decoded, dict) else None
    return isinstance(errors, list) and bool(errors)


def _outcomes_from(answer: Json, count: int) -> tuple[CreatedIssue | RefusedIssue, ...]:
    """Failures name their place in the request, the others follow in order. Raises BadEvent when they do not add up."""
    refused = {number(error, "failedElementNumber"): _refused_from(error) for error in records(answer, "errors")}
    made = [_created_from(issue) for issue in records(answer, "issues")]
    if len(made) + len(refused) != count or not all(0 <= place < count for place in refused):
        raise BadEvent("issues and errors do not add up to what was sent")
    following = iter(made)
    return tuple(refused[place] if place in refused else next(following) for place in range(count))


def _created_from(issue: Json) -> CreatedIssue:
    transition = optional_record(issue, "transition")
    status = optional_number(transition, "status") if transition else None
    moved = None if transition is None else status is not None and status < 300
    return CreatedIssue(text(issue, "id"), text(issue, "key"), moved)


def _refused_from(error: Json) -> RefusedIssue:
    told = optional_record(error, "elementErrors") or {}
    errors = optional_record(told, "errors") or {}
    messages = told.get("errorMessages")
    return RefusedIssue(
        {name: str(words) for name, words in errors.items()},
        tuple(str(words) for words in messages) if isinstance(messages, list) else (),
    )

"""Creating issues: one, or up to fifty in a call, each checked alone.

developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues (Create issue, Bulk create issue)
"""

from typing import Any

from sandbox.jira_access import Caller
from sandbox.jira_calls import Answer
from sandbox.jira_issue_calls import FieldsRefused, PlatformCalls, actor, note_writes, sent_object, tracker_of
from sandbox.jira_issue_draft import Draft, check_draft
from sandbox.jira_issue_edit import add_all
from sandbox.jira_issue_record import Record, State
from sandbox.jira_issue_transitions import transition_new
from sandbox.jira_tracker import LimitReached

MOST = 50


def add_create_calls(calls: PlatformCalls) -> None:
    calls.add("POST", "/issue", create_one, scope="WRITE")
    calls.add("POST", "/issue/bulk", create_several, scope="WRITE")


def create_one(caller: Caller) -> Answer:
    """Raises FieldsRefused with 400."""
    draft = check_draft(tracker_of(caller), actor(caller), sent_object())
    return make_issue(caller, draft), 201


def create_several(caller: Caller) -> Answer:
    """201 when at least one was made, 400 when none; both tell of those that failed by their number in the request."""
    sent = sent_object().get("issueUpdates") or []
    if not 0 < len(sent) <= MOST:
        return refuse_all(len(sent)), 400
    made: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    tracker, account = tracker_of(caller), actor(caller)
    for number, one in enumerate(sent):
        try:
            made.append(make_issue(caller, check_draft(tracker, account, one)))
        except FieldsRefused as error:
            failed.append(failure(number, list(error.messages), error.errors))
        except LimitReached as error:
            failed.append(failure(number, [str(error)], {}))
    note_writes(len(sent))
    return {"issues": made, "errors": failed}, 201 if made else 400


def refuse_all(count: int) -> dict[str, Any]:
    sentence = f"You can create 1 to {MOST} issues in one request, but {count} were given."
    return {"issues": [], "errors": [failure(min(count, MOST), [sentence], {})]}


def failure(number: int, messages: list[str], errors: dict[str, str]) -> dict[str, Any]:
    return {
        "status": 400,
        "elementErrors": {"errorMessages": messages, "errors": errors},
        "failedElementNumber": number,
    }


def make_issue(caller: Caller, draft: Draft) -> dict[str, Any]:
    """Store what was checked; the answer's part for it. Raises LimitReached, and then nothing was made."""
    tracker, place, account = tracker_of(caller), draft.place, actor(caller)
    now = tracker.now()
    with caller.site.lock:
        for _, other, _ in draft.additions.links:
            if len(tracker.records[other].links) >= tracker.limits.links:
                raise LimitReached("linked issues", tracker.limits.links)
        status = place.scheme.workflow(place.type.id).initial.id
        state = State(place.project, place.type.id, status, draft.fields, draft.properties, now)
        record = tracker.add(draft.project_key, account, state)
        add_all(place, record, draft.additions)
        moved = transition_new(tracker, record, draft.transition, account) if draft.transition else None
    return created(caller, record) | ({"transition": moved} if moved else {})


def created(caller: Caller, record: Record) -> dict[str, Any]:
    address = f"{caller.site.base_url}/rest/api/3/issue/{record.id}"
    return {"id": record.id, "key": tracker_of(caller).issue(record).key, "self": address}

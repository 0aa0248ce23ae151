"""What issues show of the workflows they are in, and taking one to a status by what is known of its workflow.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/ (transitions, changelogs)
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clients.jira import JiraClient
from clients.jira_answers import read_jira
from domain.errors import Conflict, Rejected
from domain.json_fields import flag, optional_record, record, records, text
from domain.records import Json
from domain.target_sites import TargetStep, TargetType
from domain.workflow_paths import add_sight, close_steps, next_step

SAMPLE = 20  # issues of a type that are looked at first: most statuses are among those of the newest
MOST_LOOKS = 12  # statuses of one type that are searched for; also the most transitions of one issue
CHANGES = 100
RECONCILED = 50  # ids that a search looks at as they are now
RESOLUTION = "resolution"


@dataclass(frozen=True, slots=True)
class Sighting:
    """An issue and the status it is in."""

    issue: str
    status: str


def explore_type(client: JiraClient, project: str, type_: TargetType, fresh: Sequence[str] = ()) -> TargetType:
    """The type with the ways that its issues in a project (a key or an id) show. Reads only.

    `fresh`: ids of issues that may be too new for the search index; at most 50 of them count.
    """
    where = f'project = "{project}" AND issuetype = {type_.id}'
    found = find_sightings(client, where, SAMPLE, fresh)
    if not found:
        return add_sights(client, type_, ())
    type_ = add_sights(client, type_, found)
    for _ in range(MOST_LOOKS):
        unseen = [status for status in type_.paths if status not in type_.seen]
        if type_.is_explored or not unseen:
            break
        listed = ", ".join(unseen)
        more = find_sightings(client, f"{where} AND status in ({listed})", SAMPLE, fresh)
        if not more:
            break
        type_ = add_sights(client, type_, more)
    return type_


def find_sightings(client: JiraClient, jql: str, most: int, fresh: Sequence[str] = ()) -> tuple[Sighting, ...]:
    """One issue for each status that the newest issues of a query are in.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/#api-rest-api-3-search-jql-post
    """
    body: dict[str, object] = {"jql": f"{jql} ORDER BY created DESC", "fields": ["status"], "maxResults": most}
    if fresh:
        body["reconcileIssues"] = [int(issue) for issue in fresh[:RECONCILED]]
    answer = client.send("POST", "platform", "/search/jql", body=body, endpoint="search")
    sightings = read_jira(lambda found: tuple(map(_sighting_from, records(found, "issues"))), answer)
    return tuple({one.status: one for one in reversed(sightings)}.values())


def add_sights(client: JiraClient, type_: TargetType, sightings: Iterable[Sighting]) -> TargetType:
    """The type with what these issues show; the status of a new issue is read from the history of one."""
    is_new = not type_.first
    type_ = type_ if type_.seen else _unknown(type_)
    for one in sightings:
        first = read_first_status(client, one, type_) if is_new else ""
        is_new = False
        type_ = add_sight(type_, one.status, read_steps(client, one), first)
    return type_


def read_steps(client: JiraClient, sighting: Sighting) -> tuple[TargetStep, ...]:
    """The transitions that leave the status of an issue, as the app may do them."""
    path = f"/issue/{sighting.issue}/transitions"
    answer = client.send("GET", "platform", path, {"expand": "transitions.fields"}, endpoint="transitions")
    return read_jira(
        lambda found: tuple(_step_from(entry, sighting.status) for entry in records(found, "transitions")), answer
    )


def read_first_status(client: JiraClient, sighting: Sighting, type_: TargetType) -> str:
    """The status an issue was made in: where its first change of status came from, else the one it is in.

    Statuses of another workflow, in which the issue was before, do not count.
    """
    path, query = f"/issue/{sighting.issue}/changelog", {"maxResults": str(CHANGES)}
    answer = client.send("GET", "platform", path, query, endpoint="changelog")
    items = read_jira(
        lambda found: [item for change in records(found, "values") for item in records(change, "items")], answer
    )
    known = {status.id for status in type_.statuses}
    came_from = (str(item.get("from")) for item in items if item.get("field") == "status")
    return next((status for status in came_from if status in known), sighting.status)


def read_status(client: JiraClient, issue: str) -> str:
    """The id of the status an issue is in."""
    answer = client.send("GET", "platform", f"/issue/{issue}", {"fields": "status"}, endpoint="status")
    return read_jira(lambda found: text(found, "fields", "status", "id"), answer)


def walk_issue(
    client: JiraClient, issue: str, type_: TargetType, wanted: str, *, is_new: bool = False
) -> tuple[TargetType, str]:
    """Take an issue to a status, step by step, and look around on the way where nothing is known. `is_new`: it was made
    just now and is in its first status.

    Returns the type with what was learnt, and the status reached: another than `wanted` when no way leads there. A
    transition that Jira refuses to this issue is not tried again with it; others may meet what it asks for. One that
    another call got in the way of is tried once more. Safe to repeat: it goes on from where the issue is.
    """
    type_ = type_ if type_.seen else _unknown(type_)
    current = type_.first if is_new and type_.first else read_status(client, issue)
    refused, tried = set[str](), set[str]()
    for _ in range(MOST_LOOKS):
        if current == wanted and type_.is_explored:
            break  # to look around here would show nothing new
        if current not in type_.seen:
            here = Sighting(issue, current)
            first = "" if type_.first else current if is_new else read_first_status(client, here, type_)
            type_ = add_sight(type_, current, read_steps(client, here), first)
        step = next_step(close_steps(type_, refused), current, wanted)
        if step is None:
            break
        try:
            do_step(client, issue, step)
            current = step.target
        except (Conflict, Rejected) as error:
            before, current = current, read_status(client, issue)
            if current == before and (step.id in tried or isinstance(error, Rejected)):
                refused.add(step.id)
            tried.add(step.id)
    return type_, current


def do_step(client: JiraClient, issue: str, step: TargetStep) -> None:
    """One transition, with what its screen asks for."""
    body: dict[str, object] = {"transition": {"id": step.id}}
    if step.sends:
        body["fields"] = {name: {"id": value} for name, value in step.sends.items()}
    client.send("POST", "platform", f"/issue/{issue}/transitions", body=body, endpoint="transitions")


def _unknown(type_: TargetType) -> TargetType:
    """The type before anything was seen of its workflow."""
    return TargetType(type_.id, type_.name, type_.level, type_.fields, type_.statuses, is_explored=False)


def _sighting_from(issue: Json) -> Sighting:
    return Sighting(text(issue, "id"), text(issue, "fields", "status", "id"))


def _step_from(entry: Json, status: str) -> TargetStep:
    screen = optional_record(entry, "fields") or {}
    needed = {name for name in screen if flag(screen, name, "required") and not flag(screen, name, "hasDefaultValue")}
    resolution = _pick_resolution(record(screen, RESOLUTION)) if RESOLUTION in needed else ""
    return TargetStep(
        id=text(entry, "id"),
        source="" if flag(entry, "isGlobal") else status,
        target=text(entry, "to", "id"),
        sends={RESOLUTION: resolution} if resolution else {},
        is_open=entry.get("isAvailable") is not False and needed <= ({RESOLUTION} if resolution else set()),
    )


def _pick_resolution(field: Json) -> str:
    """The id of *Done*, else of the first one; '' where there is none."""
    choices = {text(one, "name").casefold(): text(one, "id") for one in records(field, "allowedValues")}
    return choices.get("done") or next(iter(choices.values()), "")

"""The reporting streams: all revisions, all links, all discussions, in the order they happened.

https://learn.microsoft.com/rest/api/azure/devops/wit/reporting-work-item-revisions
https://learn.microsoft.com/rest/api/azure/devops/wit/reporting-work-item-links

The token of a batch is a watermark: whoever keeps it reads on from there later. Microsoft does not say how many
revisions a batch holds; the sizes here are knobs.
"""

import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sandbox.ado_clock import stamp
from sandbox.ado_errors import bad_request
from sandbox.ado_model import Json, User
from sandbox.ado_routes import Call, Routes
from sandbox.wit_errors import fields_and_expand
from sandbox.wit_fields import LONG_TYPES, all_fields
from sandbox.wit_log import LinkEntry, RevisionEntry, milliseconds
from sandbox.wit_model import Fields, WorkItem
from sandbox.wit_reading import read_fields, split_list
from sandbox.wit_shapes import wire_value
from sandbox.wit_values import read_values

REVISION_TOKEN = re.compile(r"(\d+);(\d+);(\d+)")
REVISIONS = "wit/reporting/workitemrevisions"
# said of a revision beyond what a plain read of a work item says
ALWAYS = frozenset({"System.Id", "System.Rev", "System.RevisedDate"})
NOT_REPORTED = frozenset({
    "System.AreaId", "System.IterationId", "System.NodeName", "System.AuthorizedDate", "System.AuthorizedAs",
    "System.Parent", *(f"System.{tree}Level{at}" for tree in ("Area", "Iteration") for at in range(1, 8)),
})  # fmt: skip
reporting_routes = Routes()


@dataclass(frozen=True, slots=True)
class Filter:
    """Which revisions are wanted, and what of them."""

    fields: Sequence[str] = ()
    types: frozenset[str] = frozenset()
    expand: bool = False
    identities: bool = False
    deleted: bool = False
    latest: bool = False
    discussions: bool = False
    tag_refs: bool = False


@reporting_routes.get(REVISIONS, "wit", project="optional", weight=3)
def list_revisions(call: Call) -> Json:
    chosen = Filter(
        read_fields(split_list(call.text("fields"))),
        frozenset(name.casefold() for name in split_list(call.text("types"))),
        read_expand(call),
        call.flag("includeIdentityRef"),
        call.flag("includeDeleted"),
        call.flag("includeLatestOnly"),
        call.flag("includeDiscussionChangesOnly"),
        call.flag("includeTagRef"),
    )
    return revision_batch(call, chosen)


@reporting_routes.add("POST", REVISIONS, "wit", project="optional", weight=3)
def query_revisions(call: Call) -> Json:
    """The same with a body, for long lists of fields."""
    body = call.body()
    if not isinstance(body, Mapping):
        raise bad_request("TF400898: the body of a report is an object.", "VssPropertyValidationException")
    chosen = Filter(
        read_fields(body.get("fields") or ()),
        frozenset(name.casefold() for name in body.get("types") or ()),
        read_expand(call),
        bool(body.get("includeIdentityRef")),
        bool(body.get("includeDeleted")),
        bool(body.get("includeLatestOnly")),
        tag_refs=bool(body.get("includeTagRef")),
    )
    return revision_batch(call, chosen)


@reporting_routes.get("wit/reporting/workItemRevisions/discussions", "wit", project="optional", weight=3)
def list_discussions(call: Call) -> Json:
    """Only revisions that said something."""
    return revision_batch(call, Filter(discussions=True))


def read_expand(call: Call) -> bool:
    return (call.text("$expand") or "none").lower() == "fields"


def revision_batch(call: Call, chosen: Filter) -> Json:
    if chosen.fields and chosen.expand:
        raise fields_and_expand()
    after = start_of(call, REVISION_TOKEN, call.organization.work.revisions.first_since)
    knobs = call.organization.work.knobs
    size = page_size(call, knobs.expanded_page_size if chosen.expand else knobs.page_size)
    settled = settled_until(call)
    found: list[Json] = []
    last: RevisionEntry | None = None
    ended = True
    for entry in call.organization.work.revisions.read(after):
        if len(found) >= size or entry.time > settled:
            ended = entry.time > settled
            break
        last = entry
        if (shown := shown_revision(call, chosen, entry)) is not None:
            found.append(shown)
    token = f"{last.watermark};{last.id};{last.rev}" if last else call.text("continuationToken") or f"{after};0;0"
    return answer(call, found, token, ended=ended)


def shown_revision(call: Call, chosen: Filter, entry: RevisionEntry) -> Json | None:
    """None for a revision that the filter, the project or the caller's rights leave out."""
    tracking = call.organization.work
    if not is_readable(call, chosen, entry):
        return None
    item = tracking.find(entry.id)
    if chosen.discussions and "System.History" not in item.opening(entry.rev).fields:
        return None
    values = read_values(tracking, item, entry.rev)
    if call.project and values["System.TeamProject"] is not call.project:
        return None
    if chosen.types and values["System.WorkItemType"].casefold() not in chosen.types:
        return None
    return {"id": item.id, "rev": entry.rev, "fields": reported_fields(call, chosen, item, values)}


def is_readable(call: Call, chosen: Filter, entry: RevisionEntry) -> bool:
    """Whether the work item is there for the caller, and the revision one of those wanted."""
    tracking = call.organization.work
    if entry.id in tracking.destroyed or (tracking.is_deleted(entry.id) and not chosen.deleted):
        return False
    if chosen.latest and tracking.rev_of(entry.id) != entry.rev:
        return False
    return not tracking.denials or not tracking.is_hidden(call.token.user, tracking.find(entry.id))


def reported_fields(call: Call, chosen: Filter, item: WorkItem, values: Fields) -> Json:
    """All but long texts, unless those are asked for by expansion or by name."""
    if chosen.fields:
        shown = {ref: values[ref] for ref in chosen.fields if ref in values}
    else:
        shown = {ref: value for ref, value in values.items() if is_reported(ref, expand=chosen.expand)}
    found = {ref: reported_value(call, chosen, value) for ref, value in shown.items()}
    if item.deleted and not chosen.fields:
        found["System.IsDeleted"] = True
    if chosen.tag_refs and "System.Tags" in shown:
        tags = call.organization.work.tags_of(item.project)
        known = (tags[name.casefold()] for name in shown["System.Tags"] if name.casefold() in tags)
        found["System.Tags"] = [{"id": tag.id, "name": tag.name} for tag in known]
    return found


def is_reported(ref: str, *, expand: bool) -> bool:
    if ref in ALWAYS:
        return True
    return ref not in NOT_REPORTED and (expand or all_fields()[ref].type not in LONG_TYPES)


def reported_value(call: Call, chosen: Filter, value: Any) -> Any:
    """People are texts unless references are asked for."""
    if not isinstance(value, User):
        return wire_value(value, call.organization)
    words = f"{value.name} <{value.mail}>"
    if not chosen.identities:
        return words
    return {"id": value.id, "displayName": value.name, "uniqueName": words, "descriptor": value.descriptor}


@reporting_routes.get("wit/reporting/workitemlinks", "wit", project="optional", weight=3)
def list_links(call: Call) -> Json:
    """Links between work items, also those that were taken away. Files and addresses are not among them."""
    log = call.organization.work.links
    wanted = frozenset(name.casefold() for name in split_list(call.text("linkTypes")))
    types = frozenset(name.casefold() for name in split_list(call.text("types")))
    after = start_of(call, re.compile(r"(\d+)"), log.first_since)
    size, settled = page_size(call, call.organization.work.knobs.page_size), settled_until(call)
    found: list[Json] = []
    last, ended = after, True
    for entry in log.read(after):
        late = milliseconds(entry.date) > settled
        if len(found) >= size or late:
            ended = late
            break
        last = entry.watermark
        if fits_link(call, entry, wanted, types):
            found.append(link_json(entry))
    return answer(call, found, str(last), ended=ended)


def fits_link(call: Call, entry: LinkEntry, wanted: Container[str], types: Container[str]) -> bool:
    """A link is shown when the caller may see its source, by the source's project and type."""
    tracking = call.organization.work
    if entry.source in tracking.destroyed or (wanted and entry.rel.casefold() not in wanted):
        return False
    if call.project and tracking.project_of(entry.source) is not call.project:
        return False
    if types and tracking.find(entry.source).type.casefold() not in types:
        return False
    return not tracking.denials or not tracking.is_hidden(call.token.user, tracking.find(entry.source))


def link_json(entry: LinkEntry) -> Json:
    return {
        "rel": entry.rel,
        "sourceId": entry.source,
        "targetId": entry.target,
        "changedDate": stamp(entry.date),
        "isActive": entry.active,
    }


def start_of(call: Call, form: re.Pattern[str], first_since: Callable[[datetime], int]) -> int:
    """The watermark to go on behind: of the token, or of a time. Raises AdoError (400)."""
    token, since = call.text("continuationToken"), call.time("startDateTime")
    if token and since:
        raise bad_request("startDateTime cannot be used together with continuationToken.")
    if not token:
        return first_since(since) if since else 0
    found = form.fullmatch(token)
    if found is None:
        raise bad_request(f"The continuation token '{token}' is not valid.", "VssPropertyValidationException")
    return int(found[1])


def page_size(call: Call, most: int) -> int:
    """Never more than the most; every so many pages none at all, when the knob says so."""
    knobs = call.organization.work.knobs
    knobs.pages_read += 1
    wanted = call.number("$maxPageSize", most)
    if wanted < 1:
        raise bad_request("The value for $maxPageSize must be above 0.", "VssPropertyValidationException")
    return 0 if knobs.empty_every and knobs.pages_read % knobs.empty_every == 0 else min(wanted, most)


def settled_until(call: Call) -> int:
    """What is younger is not in the streams yet."""
    lag = timedelta(seconds=call.organization.work.knobs.stream_lag)
    return milliseconds(call.organization.clock.source() - lag) if lag else 1 << 62


def answer(call: Call, found: list[Json], token: str, *, ended: bool) -> Json:
    """The last batch has a token too: it is where to go on later."""
    query = {
        name: value for name, value in call.request.args.items() if name not in {"continuationToken", "startDateTime"}
    }
    place = f"{call.base}/{call.project.id}" if call.project else call.base
    path = call.request.path.partition("/_apis/")[2]
    link = f"{place}/_apis/{path}?{urlencode(query | {'continuationToken': token}, safe=';$,')}"
    return {"values": found, "nextLink": link, "continuationToken": token, "isLastBatch": ended}

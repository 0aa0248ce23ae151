"""Reading work items: one, up to 200 by id, their revisions and their updates.

https://learn.microsoft.com/rest/api/azure/devops/wit/work-items
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.ado_clock import parse_time
from sandbox.ado_errors import AdoError, bad_request
from sandbox.ado_model import Json
from sandbox.ado_routes import Call, Page, Routes
from sandbox.wit_errors import no_work_item, too_many_ids
from sandbox.wit_model import Update, WorkItem
from sandbox.wit_reading import frame_of, read_expand, read_fields, read_item, rev_then, split_list
from sandbox.wit_shapes import FAR, Expand, Frame, item_json, person_json, relation_json, wire_value
from sandbox.wit_values import read_values

MOST_IDS = 200
PAGE = 200
ITEM = "wit/workitems/{workItemId}"
item_read_routes = Routes()


@dataclass(frozen=True, slots=True)
class Wish:
    """What a caller wants to see of work items."""

    fields: Sequence[str]
    expand: Expand
    as_of: datetime | None


@item_read_routes.get(ITEM, "wit", project="optional", weight=2)
def show_item(call: Call, work_item_id: int) -> Json:
    fields = read_fields(split_list(call.text("fields")))
    wish = Wish(fields, read_expand(call.text("$expand"), fields), call.time("asOf"))
    return written(call, work_item_id, wish, frame_of(call, fields))


def written(call: Call, number: int, wish: Wish, frame: Frame) -> Json:
    item = read_item(call, number)
    return item_json(frame, item, expand=wish.expand, rev=rev_then(item, wish.as_of))


@item_read_routes.get("wit/workitems", "wit", project="optional", weight=5)
def list_items(call: Call) -> Page:
    """By ids, in the order they were asked for."""
    fields = read_fields(split_list(call.text("fields")))
    wish = Wish(fields, read_expand(call.text("$expand"), fields), call.time("asOf"))
    return many(call, read_ids(split_list(call.text("ids"))), wish, call.text("errorPolicy"))


@item_read_routes.add("POST", "wit/workitemsbatch", "wit", project="optional", weight=5)
def list_batch(call: Call) -> Page:
    body = call.body()
    if not isinstance(body, Mapping):
        raise bad_request("TF400898: the body of a batch is an object.", "VssPropertyValidationException")
    fields = read_fields(body.get("fields") or ())
    wish = Wish(fields, read_expand(body.get("$expand"), fields), read_as_of(body.get("asOf")))
    return many(call, read_ids(body.get("ids") or ()), wish, body.get("errorPolicy"))


def read_ids(given: Sequence[Any]) -> list[int]:
    """Raises AdoError (400): none, more than 200, or no numbers."""
    try:
        found = [int(one) for one in given]
    except (TypeError, ValueError):
        raise bad_request("The value for ids is not valid.", "VssPropertyValidationException") from None
    if not found:
        raise bad_request("You must pass at least one work item id.", "VssPropertyValidationException")
    if len(found) > MOST_IDS:
        raise too_many_ids(len(found), MOST_IDS)
    return found


def read_as_of(given: str | None) -> datetime | None:
    try:
        return parse_time(given) if given else None
    except ValueError:
        raise bad_request(f"The value '{given}' is not valid for asOf.") from None


def many(call: Call, ids: Sequence[int], wish: Wish, policy: str | None) -> Page:
    """With the policy `omit` null stands where an item cannot be read (or nothing, by a knob); without it one of them
    fails the call."""
    frame = frame_of(call, wish.fields)
    if policy is None or policy.lower() != "omit":
        return Page([written(call, number, wish, frame) for number in ids])
    found: list[Any] = []
    for number in ids:
        try:
            found.append(written(call, number, wish, frame))
        except AdoError as error:
            if error.status != no_work_item(number).status:
                raise
            found += [None] if call.organization.work.knobs.omit_leaves_null else []
    return Page(found)


@item_read_routes.get(f"{ITEM}/revisions", "wit", project="optional", weight=2)
def list_revisions(call: Call, work_item_id: int) -> Page:
    item = read_item(call, work_item_id)
    expand, frame = read_expand(call.text("$expand"), ()), frame_of(call)
    revisions = call.slice(list(range(1, item.rev + 1)), "$skip", "$top", PAGE)
    return Page([item_json(frame, item, expand=expand, rev=rev) for rev in revisions])


@item_read_routes.get(f"{ITEM}/revisions/{{revisionNumber}}", "wit", project="optional", weight=2)
def show_revision(call: Call, work_item_id: int, revision_number: int) -> Json:
    item = read_item(call, work_item_id)
    if not 1 <= revision_number <= item.rev:
        raise no_work_item(work_item_id)
    return item_json(frame_of(call), item, expand=read_expand(call.text("$expand"), ()), rev=revision_number)


@item_read_routes.get(f"{ITEM}/updates", "wit", project="optional", weight=2)
def list_updates(call: Call, work_item_id: int) -> Page:
    """What each change did. Links made from the other end are updates too, without a revision of their own."""
    item, frame = read_item(call, work_item_id), frame_of(call)
    chosen = call.slice(list(range(len(item.updates))), "$skip", "$top", PAGE)
    return Page([update_json(frame, item, at) for at in chosen])


@item_read_routes.get(f"{ITEM}/updates/{{updateNumber}}", "wit", project="optional", weight=2)
def show_update(call: Call, work_item_id: int, update_number: int) -> Json:
    item = read_item(call, work_item_id)
    if not 1 <= update_number <= len(item.updates):
        raise no_work_item(work_item_id)
    return update_json(frame_of(call), item, update_number - 1)


def update_json(frame: Frame, item: WorkItem, at: int) -> Json:
    update = item.updates[at]
    opens = at == 0 or item.updates[at - 1].rev < update.rev
    found: Json = {
        "id": at + 1,
        "workItemId": item.id,
        "rev": update.rev,
        "revisedBy": person_json(update.user, frame.organization),
        "revisedDate": wire_value(item.ending(update.rev), frame.organization) if item.ending(update.rev) else FAR,
    }
    if opens:
        found["fields"] = changed_fields(frame, item, update.rev)
    if update.added or update.removed:
        found["relations"] = changed_relations(frame, update)
    return found | {"url": f"{frame.item_url(item.id)}/updates/{at + 1}"}


def changed_fields(frame: Frame, item: WorkItem, rev: int) -> Json:
    """Old and new value of each field that a revision changed."""
    now = read_values(frame.tracking, item, rev)
    before = read_values(frame.tracking, item, rev - 1) if rev > 1 else {}
    found: Json = {}
    for ref in dict.fromkeys((*before, *now)):
        if before.get(ref) != now.get(ref):
            pair = {"oldValue": before.get(ref), "newValue": now.get(ref)}
            found[ref] = {
                name: wire_value(value, frame.organization) for name, value in pair.items() if value is not None
            }
    return found


def changed_relations(frame: Frame, update: Update) -> Json:
    pair = {"added": update.added, "removed": update.removed}
    return {name: [relation_json(frame, one) for one in several] for name, several in pair.items() if several}

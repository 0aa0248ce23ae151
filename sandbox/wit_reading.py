"""What the routes of work item tracking share: which work item a caller may read, and how an answer is written."""

from collections.abc import Sequence
from datetime import datetime

from sandbox.ado_access import read_version
from sandbox.ado_errors import bad_request
from sandbox.ado_routes import Call
from sandbox.wit_errors import fields_and_expand, item_broken, no_work_item
from sandbox.wit_model import WorkItem
from sandbox.wit_shapes import Expand, Frame
from sandbox.wit_store import require_field

EXPANDS: dict[str, Expand] = {
    "none": "none", "relations": "relations", "fields": "fields", "links": "links", "all": "all",
}  # fmt: skip
BROKEN = 500


def frame_of(call: Call, only: Sequence[str] = ()) -> Frame:
    """`multilineFieldsFormat` is described in 7.2 only; whether older versions tell it is a knob."""
    newest = (read_version(call.request) or "").startswith("7.2")
    tells = newest or call.organization.work.knobs.format_in_71
    return Frame(call.organization, call.project, tells, tuple(only))


def read_item(call: Call, number: int) -> WorkItem:
    """A work item that is not deleted, that the caller may read, and that is in the project of the address (by a knob).

    Raises AdoError: 404 for all others; 500 for one that a control call has broken.
    """
    tracking = call.organization.work
    found = tracking.find_active(number)
    elsewhere = tracking.knobs.project_filters and call.project and found.project is not call.project
    if elsewhere or tracking.is_hidden(call.token.user, found):
        raise no_work_item(number)
    if tracking.denials.items.get(number) == BROKEN:
        raise item_broken(number)
    return found


def read_expand(given: str | None, fields: Sequence[str]) -> Expand:
    """Fields and expansion exclude each other. Raises AdoError (400)."""
    found = EXPANDS.get((given or "none").lower())
    if found is None:
        raise bad_request(f"The value '{given}' is not valid for $expand.")
    if fields and found != "none":
        raise fields_and_expand()
    return found


def read_fields(given: Sequence[str]) -> list[str]:
    """Reference names. Raises AdoError (400) for a field that is not there."""
    return [require_field(name.strip()) for name in given if name.strip()]


def rev_then(item: WorkItem, moment: datetime | None) -> int | None:
    """The revision at a time; None for now. Raises AdoError (404) before the item was made."""
    if moment is None:
        return None
    found = item.rev_at(moment)
    if not found:
        raise no_work_item(item.id)
    return found


def split_list(given: str | None) -> list[str]:
    return [part.strip() for part in (given or "").split(",") if part.strip()]

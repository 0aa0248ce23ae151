"""The JSON of work items, as REST 7.1 and 7.2 write it.

https://learn.microsoft.com/rest/api/azure/devops/wit/work-items
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

from sandbox.ado_clock import stamp
from sandbox.ado_model import Json, Project, User
from sandbox.ado_organization import AdoOrganization
from sandbox.ado_shapes import identity_json
from sandbox.wit_fields import EXPANDED_ONLY, LONG_TYPES, all_fields
from sandbox.wit_model import ARTIFACT, ATTACHED, BASE, HYPERLINK, Fields, Node, PlannedText, Relation, WorkItem
from sandbox.wit_relations import relation_name
from sandbox.wit_store import WorkTracking
from sandbox.wit_values import read_values, seen_relations

Expand = Literal["none", "relations", "fields", "links", "all"]
FAR = "9999-01-01T00:00:00Z"
RESOURCES = frozenset({ATTACHED, HYPERLINK, ARTIFACT})


@dataclass(frozen=True, slots=True)
class Frame:
    """How an answer is written: below which address, for which version of the API."""

    organization: AdoOrganization
    project: Project | None = None
    tells_format: bool = False  # `multilineFieldsFormat` came with 7.2
    only: Collection[str] = ()

    @property
    def base(self) -> str:
        return self.organization.base_url

    @property
    def tracking(self) -> WorkTracking:
        return self.organization.work

    @property
    def home(self) -> str:
        """With the project's id when the call named a project."""
        return f"{self.base}/{self.project.id}" if self.project else self.base

    def item_url(self, number: int) -> str:
        return f"{self.home}/_apis/wit/workItems/{number}"

    def field_url(self, ref: str) -> str:
        return f"{self.home}/_apis/wit/fields/{ref}"


def person_json(user: User, organization: AdoOrganization) -> Json:
    """A person as items, comments and updates name them; who has left stays in old work items and says so."""
    found = identity_json(user, organization.base_url)
    if user.id in organization.removed_users:
        found |= {"inactive": True, "isDeletedInOrigin": True}
    elif user.id in organization.work.inactive_people:
        found["inactive"] = True
    return found


def wire_value(value: Any, organization: AdoOrganization) -> Any:
    """A stored value as JSON has it."""
    if isinstance(value, User):
        return person_json(value, organization)
    if isinstance(value, datetime):
        return FAR if value.year == 9999 else stamp(value)
    if isinstance(value, Node | Project):
        return value.path if isinstance(value, Node) else value.name
    if isinstance(value, tuple):
        return "; ".join(value)
    return value if isinstance(value, int | float) else plain_text(value, organization.base_url)


def plain_text(value: str | PlannedText, base: str) -> str:
    """A text with the organization's address where it speaks of it."""
    return (value if isinstance(value, str) else value.text()).replace(BASE, base)


def item_json(frame: Frame, item: WorkItem, *, expand: Expand = "none", rev: int | None = None) -> Json:
    """A work item in a revision, the last one without it."""
    wanted = item.rev if rev is None else rev
    values = read_values(frame.tracking, item, wanted)
    found: Json = {"id": item.id, "rev": wanted, "fields": shown_fields(frame, values, expand)}
    if frame.tells_format and (formats := shown_formats(item, found["fields"])):
        found["multilineFieldsFormat"] = formats
    if expand in {"relations", "all"}:
        relations = seen_relations(frame.tracking, item, wanted)
        if relations:
            found["relations"] = [relation_json(frame, one) for one in relations]
    if comment := next((one for one in item.comments if one.rev == wanted), None):
        url = f"{frame.base}/{item.project.id}/_apis/wit/workItems/{item.id}/comments/{comment.id}/versions/1"
        found["commentVersionRef"] = {"commentId": comment.id, "version": 1, "url": url}
    if expand in {"links", "all"}:
        found["_links"] = links_json(frame, item)
    place = f"/revisions/{wanted}" if rev is not None else ""
    return found | {"url": frame.item_url(item.id) + place}


def shown_fields(frame: Frame, values: Fields, expand: Expand) -> Json:
    """With `only` those; else all that have a value, some of them only when fields are expanded."""
    if frame.only:
        chosen = {ref: values[ref] for ref in frame.only if ref in values}
    elif expand in {"fields", "all"}:
        chosen = values
    else:
        chosen = {ref: value for ref, value in values.items() if ref not in EXPANDED_ONLY}
    return {ref: wire_value(value, frame.organization) for ref, value in chosen.items()}


def shown_formats(item: WorkItem, fields: Json) -> dict[str, str]:
    """The long texts that are Markdown; one that is HTML is not named."""
    return {ref: kind for ref, kind in item.formats.items() if ref in fields and all_fields()[ref].type in LONG_TYPES}


def relation_json(frame: Frame, relation: Relation) -> Json:
    """A file points to its bytes, another work item to itself."""
    attributes: Json = {}
    if relation.rel in RESOURCES:
        date = stamp(relation.added)
        attributes = {
            "authorizedDate": date, "id": relation.number, "resourceCreatedDate": date, "resourceModifiedDate": date,
            "revisedDate": FAR,
        }  # fmt: skip
    else:
        attributes = {"isLocked": False}
    if relation.rel == ATTACHED:
        attributes["resourceSize"] = relation.size
    if name := relation.name or relation_name(relation.rel):
        attributes["name"] = name
    if relation.comment:
        attributes["comment"] = relation.comment
    return {"rel": relation.rel, "url": relation_url(frame, relation), "attributes": attributes}


def relation_url(frame: Frame, relation: Relation) -> str:
    if isinstance(relation.target, int):
        return frame.item_url(relation.target)
    if relation.rel == ATTACHED:
        return f"{frame.home}/_apis/wit/attachments/{relation.target}"
    return relation.target


def links_json(frame: Frame, item: WorkItem) -> Json:
    own = frame.item_url(item.id)
    project = item.project
    kind = f"{frame.base}/{project.id}/_apis/wit/workItemTypes/{quote(item.type)}"
    return {
        "self": {"href": own},
        "workItemUpdates": {"href": f"{own}/updates"},
        "workItemRevisions": {"href": f"{own}/revisions"},
        "workItemComments": {"href": f"{own}/comments"},
        "html": {"href": f"{frame.base}/{project.id}/_workitems/edit/{item.id}"},
        "workItemType": {"href": kind},
        "fields": {"href": f"{frame.home}/_apis/wit/fields"},
    }

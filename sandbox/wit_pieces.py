"""Attachments, tags, and the recycle bin.

https://learn.microsoft.com/rest/api/azure/devops/wit/attachments/get
https://learn.microsoft.com/rest/api/azure/devops/wit/tags/list
https://learn.microsoft.com/rest/api/azure/devops/wit/recyclebin
"""

import mimetypes
from urllib.parse import quote

from flask import Response

from sandbox.ado_clock import stamp
from sandbox.ado_errors import not_found
from sandbox.ado_model import Json
from sandbox.ado_routes import Call, Page, Routes
from sandbox.wit_errors import no_file, no_work_item
from sandbox.wit_files import file_pieces
from sandbox.wit_model import Tag, WorkItem
from sandbox.wit_reading import frame_of, split_list
from sandbox.wit_shapes import item_json

piece_routes = Routes()


@piece_routes.get("wit/attachments/{guid}", "wit", project="optional")
def download_file(call: Call, guid: str) -> Response:
    """The bytes as they are. Files of deleted work items are there too; the name is only what the caller wants."""
    found = call.organization.work.find_file(guid)
    if found is None:
        raise no_file(guid)
    name = call.text("fileName") or found.name
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    attached = call.flag("download")
    response = Response(file_pieces(found), content_type="application/octet-stream" if attached else kind)
    response.headers["Content-Length"] = str(found.size)
    word = "attachment" if attached else "inline"
    response.headers["Content-Disposition"] = f"{word}; filename*=UTF-8''{quote(name)}"
    return response


@piece_routes.get("wit/tags", "wit")
def list_tags(call: Call) -> Page:
    tags = call.organization.work.tags_of(call.home)
    return Page([tag_json(call, tag) for tag in sorted(tags.values(), key=lambda tag: tag.name.casefold())])


@piece_routes.get("wit/tags/{tag}", "wit")
def show_tag(call: Call, tag: str) -> Json:
    """By id or name."""
    known = call.organization.work.tags_of(call.home)
    found = known.get(tag.casefold()) or next((one for one in known.values() if one.id == tag), None)
    if found is None:
        raise not_found("TagNotFoundException", f"The tag {tag} does not exist.")
    return tag_json(call, found)


def tag_json(call: Call, tag: Tag) -> Json:
    url = f"{call.base}/{call.home.id}/_apis/wit/tags/{tag.id}"
    return {"id": tag.id, "name": tag.name, "url": url, "lastUpdated": stamp(tag.updated)}


@piece_routes.get("wit/recyclebin", "wit")
def list_deleted(call: Call) -> Page:
    """All of a project, or by `ids`."""
    tracking = call.organization.work
    wanted = split_list(call.text("ids"))
    found = [item for item in tracking.deleted_items(call.home) if not tracking.is_hidden(call.token.user, item)]
    if not wanted:
        return Page([{"id": item.id, "url": bin_url(call, item)} for item in found])
    return Page([deleted_json(call, item) for item in found if str(item.id) in wanted])


@piece_routes.get("wit/recyclebin/{workItemId}", "wit")
def show_deleted(call: Call, work_item_id: int) -> Json:
    tracking = call.organization.work
    found = next((item for item in tracking.deleted_items(call.home) if item.id == work_item_id), None)
    if found is None or tracking.is_hidden(call.token.user, found):
        raise no_work_item(work_item_id)
    return deleted_json(call, found) | {"resource": item_json(frame_of(call), found)}


def deleted_json(call: Call, item: WorkItem) -> Json:
    """Who deleted it, and when."""
    found: Json = {"id": item.id, "type": item.type, "name": item.value("System.Title"), "project": item.project.name}
    if item.deleted:
        date, user = item.deleted
        found |= {"deletedDate": stamp(date), "deletedBy": f"{user.name} <{user.mail}>", "code": 200}
    return found | {"url": bin_url(call, item)}


def bin_url(call: Call, item: WorkItem) -> str:
    return f"{call.base}/{item.project.id}/_apis/wit/recycleBin/{item.id}"

"""Attachments: streamed in, kept by size and SHA-256, their bytes only where the site is told to keep them.

developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-attachments
"""

import hashlib
import mimetypes
import uuid
from typing import IO

from flask import Blueprint, Response, request
from werkzeug.datastructures import FileStorage

from sandbox.jira_access import Caller, Refused
from sandbox.jira_calls import Answer
from sandbox.jira_issue_calls import PlatformCalls, actor, note_objects, note_writes, tracker_of, visible, writable
from sandbox.jira_issue_parts import file_body
from sandbox.jira_issue_record import File, Item, Record
from sandbox.jira_site import JiraSite
from sandbox.jira_tracker import LimitReached

MOST = 60  # files in one request
CHUNK = 65_536
LONGEST_NAME = 255
NO_CREATE = "You do not have permission to create attachments for this issue."


def add_file_calls(calls: PlatformCalls) -> None:
    calls.add("POST", "/issue/<issue>/attachments", add_files, scope="WRITE")
    calls.add("GET", "/attachment/meta", read_settings, scope="READ")
    calls.add("GET", "/attachment/<file>", read_file, scope="READ")
    calls.add("GET", "/attachment/content/<file>", read_content, scope="READ")
    calls.add("DELETE", "/attachment/<file>", delete_file, scope="DELETE")


def media_blueprint(site: JiraSite) -> Blueprint:
    """What api.media.atlassian.com serves: the address holds the id that a `media` node needs."""
    blueprint = Blueprint("media", __name__, url_prefix="/_media")

    @blueprint.get("/file/<media>/binary")
    def read_bytes(media: str) -> Response:
        found = next((file for _, file in site.tracker.files.values() if file.media == media), None)
        if found is None or found.content is None:
            return Response("the bytes of this file are not kept here", 404)
        return Response(found.content, mimetype=found.mime)

    return blueprint


def read_settings(caller: Caller) -> Answer:
    return {"enabled": True, "uploadLimit": tracker_of(caller).upload_limit}, 200


def add_files(caller: Caller, issue: str) -> Answer:
    """All files or none. Raises Refused with 403, 404, 413 and, without a file, 400."""
    if request.headers.get("X-Atlassian-Token") != "no-check":
        raise Refused(403, "XSRF check failed")
    record, tracker = writable(caller, issue, "CREATE_ATTACHMENTS", Refused(403, NO_CREATE)), tracker_of(caller)
    sent = request.files.getlist("file")
    if not sent:
        raise Refused(400, "No file was sent: the part must be named 'file'.")
    if len(sent) > MOST:
        raise Refused(413, f"More than {MOST} files were sent in one request.")
    made = [receive(caller, one) for one in sent]
    with caller.site.lock:
        if len(record.files) + len(made) > tracker.limits.attachments:
            raise LimitReached("attachments", tracker.limits.attachments)
        for file in made:
            record.files.append(file)
            tracker.files[file.id] = (record.id, file)
        items = tuple(Item("attachment", None, None, file.id, file.name) for file in made)
        tracker.write(record, actor(caller), items)
    note_writes(len(made))
    return [file_body(caller.site, file) for file in made], 200


def receive(caller: Caller, sent: FileStorage) -> File:
    """Read a file in pieces. Raises Refused with 413 when it is too big."""
    tracker, name = tracker_of(caller), (sent.filename or "file")[-LONGEST_NAME:]
    size, sha256, content = read_pieces(sent.stream, keep=tracker.keep_files, most=tracker.upload_limit)
    if size > tracker.upload_limit:
        limit = tracker.upload_limit
        raise Refused(413, f'The file "{name}" exceeds its maximum permitted size of {limit} bytes.')
    mime = sent.mimetype or mimetypes.guess_type(name)[0] or "application/octet-stream"
    media = str(uuid.uuid4())
    return File(tracker.new_id(), name, size, sha256, mime, actor(caller), tracker.now(), media, content)


def read_pieces(stream: IO[bytes], *, keep: bool, most: int) -> tuple[int, str, bytes | None]:
    """Size, SHA-256 and, to keep, the bytes; reads no further than one piece past `most`."""
    digest, kept, size = hashlib.sha256(), bytearray(), 0
    while size <= most and (piece := stream.read(CHUNK)):
        digest.update(piece)
        size += len(piece)
        if keep:
            kept += piece
    return size, digest.hexdigest(), bytes(kept) if keep else None


def find_file(caller: Caller, file_id: str) -> tuple[Record, File]:
    """Raises Refused with 404."""
    home = tracker_of(caller).files.get(file_id)
    if home is None:
        raise Refused(404, f"The attachment with id '{file_id}' does not exist")
    return visible(caller, home[0]), home[1]


def read_file(caller: Caller, file: str) -> Answer:
    _, found = find_file(caller, file)
    note_objects(1)
    return file_body(caller.site, found) | {"id": int(found.id)}, 200


def read_content(caller: Caller, file: str) -> Answer:
    """303 to the media service, or with `redirect=false` the bytes themselves."""
    _, found = find_file(caller, file)
    note_objects(1)
    if request.args.get("redirect") == "false":
        if found.content is None:
            raise Refused(404, "The bytes of this file are not kept here.")
        return Response(found.content, mimetype=found.mime), 200
    address = f"{caller.site.base_url}/_media/file/{found.media}/binary?token=stand-in&name={found.id}"
    return Response(status=303, headers={"Location": address}), 303


def delete_file(caller: Caller, file: str) -> Answer:
    """Raises Refused with 403 or 404."""
    record, found = find_file(caller, file)
    tracker, account = tracker_of(caller), actor(caller)
    own = "DELETE_OWN_ATTACHMENTS" if found.author == account else "DELETE_ALL_ATTACHMENTS"
    if not any(tracker.allows(account, name, record.state.project) for name in {own, "DELETE_ALL_ATTACHMENTS"}):
        raise Refused(403, "You do not have permission to delete this attachment.")
    with caller.site.lock:
        record.files.remove(found)
        del tracker.files[found.id]
        tracker.write(record, account, (Item("attachment", found.id, found.name, None, None),))
    return None, 204

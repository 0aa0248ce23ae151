"""The Git API: one file of a repository at a version, as JSON or as it is.

https://learn.microsoft.com/rest/api/azure/devops/git/items/get
"""

import hashlib
from urllib.parse import quote

from flask import Response

from sandbox.ado_errors import bad_request, no_branches, no_item
from sandbox.ado_git import REPOSITORY, repository_of
from sandbox.ado_history import find_file, resolve_version
from sandbox.ado_model import FileChange, Json
from sandbox.ado_routes import Call, Routes
from sandbox.ado_shapes import repository_url

FORMATS = {"json": "application/json", "text": "text/plain", "octetstream": "application/octet-stream"}
item_routes = Routes()


@item_routes.get(f"{REPOSITORY}/items", "git", project="optional")
def show_item(call: Call, repository_id: str) -> Json | Response:
    """The file `path`; folders are not known here. Without a wish for JSON the content comes as it is."""
    repository = repository_of(call, repository_id)
    path = "/" + (call.text("path") or "").lstrip("/")
    kind = call.text("versionDescriptor.versionType") or "branch"
    version = call.text("versionDescriptor.version") or repository.default_branch
    if not repository.refs or version is None:
        raise no_branches(repository.name)
    head = resolve_version(repository, version, kind)
    found = find_file(repository, head, path)
    if found is None:
        name = f"{kind.title()}: {version.removeprefix('refs/heads/')} "
        raise no_item(path, repository.name, name, head)
    text = content_of(found[1])
    wanted = wanted_format(call)
    if wanted != FORMATS["json"] or call.flag("download"):
        return raw_file(path, text, wanted)
    shown: Json = {
        "objectId": hashlib.sha1(f"blob {text}".encode(), usedforsecurity=False).hexdigest(),
        "gitObjectType": "blob",
        "commitId": found[0].id,
        "path": path,
        "url": f"{repository_url(repository, call.base)}/items{quote(path)}?versionType={kind.title()}"
        f"&version={quote(version.removeprefix('refs/heads/'))}&versionOptions=None",
    }
    if call.flag("includeContentMetadata"):
        shown["contentMetadata"] = {"fileName": path.rpartition("/")[2], "contentType": "text/plain", "encoding": 65001}
    return shown | ({"content": text} if call.flag("includeContent") else {})


def content_of(change: FileChange) -> str:
    """What was given, else a line made up from the path."""
    return f"The content of {change.path}.\n" if change.content is None else change.content


def wanted_format(call: Call) -> str:
    """The media type: `$format` wins over the Accept header, whose first known type counts. Raises AdoError (400)."""
    if given := call.text("$format"):
        if given.lower() not in FORMATS:
            raise bad_request(f"The format '{given}' is not known here.")
        return FORMATS[given.lower()]
    accepted = (part.partition(";")[0].strip().lower() for part in call.request.headers.get("Accept", "").split(","))
    return next((kind for kind in accepted if kind in FORMATS.values()), FORMATS["octetstream"])


def raw_file(path: str, text: str, media: str) -> Response:
    media = media if media in {"text/plain", "application/octet-stream"} else "application/octet-stream"
    response = Response(text.encode(), content_type=f"{media}; charset=utf-8" if media == "text/plain" else media)
    response.headers["Content-Disposition"] = f"attachment; filename={quote(path.rpartition('/')[2])}"
    return response

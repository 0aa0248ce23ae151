"""Comments of work items: paged by token, newest first unless told otherwise. Preview in every version.

https://learn.microsoft.com/rest/api/azure/devops/wit/comments
"""

import html

from sandbox.ado_clock import stamp
from sandbox.ado_errors import bad_request
from sandbox.ado_model import Json
from sandbox.ado_routes import Call, Page, Routes
from sandbox.wit_errors import no_comment
from sandbox.wit_model import CommentVersion, WorkComment, WorkItem
from sandbox.wit_reading import read_item, split_list
from sandbox.wit_shapes import person_json, plain_text

COMMENTS = "wit/workItems/{workItemId}/comments"
MOST = 200
comment_routes = Routes()


@comment_routes.get(COMMENTS, "wit-comments", weight=2)
def list_comments(call: Call, work_item_id: int) -> Json:
    """By `ids`, or a page. `totalCount` counts those that are not deleted."""
    item = read_item(call, work_item_id)
    deleted = call.flag("includeDeleted")
    seen = [comment for comment in item.comments if deleted or not comment.deleted]
    expand = (call.text("$expand") or "none").lower()
    total = sum(not comment.deleted for comment in item.comments)
    if wanted := split_list(call.text("ids")):
        chosen = [comment for comment in seen if str(comment.id) in wanted]
        return comment_list(call, item, chosen, expand, total)
    return paged(call, item, seen, expand, total)


def paged(call: Call, item: WorkItem, seen: list[WorkComment], expand: str, total: int) -> Json:
    order = (call.text("order") or "desc").lower()
    newest = sorted(seen, key=lambda comment: comment.first.date, reverse=order == "desc")
    size = call.number("$top", MOST)
    if not 1 <= size <= MOST:
        raise bad_request(f"The value for $top must be from 1 to {MOST}.", "VssPropertyValidationException")
    token = call.text("continuationToken")
    if token and not (token.isdecimal() and int(token) <= len(newest)):
        raise bad_request(f"The continuation token '{token}' is not valid.")
    start = int(token or 0)
    found = comment_list(call, item, newest[start : start + size], expand, total)
    if start + size < len(newest):
        page = f"{item_url(call, item)}/comments?$top={size}&continuationToken={start + size}&order={order}"
        found |= {"continuationToken": str(start + size), "nextPage": page}
    return found


def comment_list(call: Call, item: WorkItem, chosen: list[WorkComment], expand: str, total: int) -> Json:
    shown = [comment_json(call, item, comment, expand) for comment in chosen]
    return {"totalCount": total, "count": len(shown), "comments": shown, "url": f"{item_url(call, item)}/comments"}


@comment_routes.get(f"{COMMENTS}/{{commentId}}", "wit-comments")
def show_comment(call: Call, work_item_id: int, comment_id: int) -> Json:
    item = read_item(call, work_item_id)
    deleted = call.flag("includeDeleted")
    found = call.organization.work.find_comment(item, comment_id)
    if found is None or (found.deleted and not deleted):
        raise no_comment(comment_id, work_item_id)
    return comment_json(call, item, found, (call.text("$expand") or "none").lower())


@comment_routes.get(f"{COMMENTS}/{{commentId}}/versions", "wit-comments")
def list_versions(call: Call, work_item_id: int, comment_id: int) -> Page:
    """What it said before, newest first."""
    item = read_item(call, work_item_id)
    found = call.organization.work.find_comment(item, comment_id)
    if found is None:
        raise no_comment(comment_id, work_item_id)
    return Page([version_json(call, item, found, version) for version in reversed(found.versions)])


def comment_json(call: Call, item: WorkItem, comment: WorkComment, expand: str) -> Json:
    """The last version. Rendered text is told when it is asked for, reactions too."""
    last = comment.last
    found: Json = {"workItemId": item.id} | version_json(call, item, comment, last)
    found |= {"format": last.format, "url": f"{item_url(call, item)}/comments/{comment.id}"}
    if expand in {"renderedtext", "renderedtextonly", "all"}:
        found["renderedText"] = rendered(call, last)
    if expand in {"reactions", "all"}:
        found["reactions"] = []
    return found


def version_json(call: Call, item: WorkItem, comment: WorkComment, version: CommentVersion) -> Json:
    organization = call.organization
    return {
        "id": comment.id,
        "version": version.number,
        "text": plain_text(version.text, call.base),
        "createdBy": person_json(comment.first.user, organization),
        "createdDate": stamp(comment.first.date),
        "modifiedBy": person_json(version.user, organization),
        "modifiedDate": stamp(version.date),
        "isDeleted": comment.deleted,
        "url": f"{item_url(call, item)}/comments/{comment.id}/versions/{version.number}",
    }


def item_url(call: Call, item: WorkItem) -> str:
    return f"{call.base}/{item.project.id}/_apis/wit/workItems/{item.id}"


def rendered(call: Call, version: CommentVersion) -> str:
    """HTML as it is. The real rendering of Markdown is not known; here lines become paragraphs."""
    text = plain_text(version.text, call.base)
    if version.format == "html":
        return text
    return "".join(f"<p>{html.escape(line, quote=False)}</p>" for line in text.splitlines() if line)

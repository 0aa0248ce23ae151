"""The rows of a page of work items, and what was read for them: each work item, comment, link and file once."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from clients.ado_work_items import ItemPage
from domain.link_drafts import canonical_link
from domain.remote_links import is_remote, remote_part
from domain.work_items import ATTACHMENT, Relation, WorkItem
from migration.road import Road
from store.migrations import Options
from store.run_rows import PlannedRow

UNREAD = "unknown"  # the type of what could not be read
NOT_SHOWN = (
    "Azure DevOps listed this work item and did not show it: it was deleted, moved to another project, or whoever this "
    "migration reads as may not see it. Let them see it; then start another run, which takes all of it."
)
WAS_DELETED = (
    "The work item was deleted while the run was planned: it is in the recycle bin of Azure DevOps. To take it along, "
    "restore it there and start another run."
)
BROKEN = "Azure DevOps fails to read this work item, again and again. Open it there; then repair the run."
NEVER_READ = (
    "Azure DevOps fails to read this work item, again and again, so nothing is known of what is on it. Open it there; "
    "then start another run, which takes all of it."
)
NOT_MAPPED = "Work items of this type are not mapped to an issue type."
NO_TYPE = "This type is mapped to an issue type that the project does not have. Map it anew and start another run."
ITEM_SKIPPED = "The work item it is on is left out."


@dataclass(slots=True)
class PlannedPage:
    """Rows, and how much of what was read for them (`Run.scanned`)."""

    rows: list[PlannedRow] = field(default_factory=list)
    scanned: Counter[str] = field(default_factory=Counter)

    def add(self, row: PlannedRow, name: str, amount: int = 1) -> None:
        self.rows.append(row)
        self.scanned[name] += amount


def plan_items(road: Road, pages: Iterable[ItemPage]) -> PlannedPage:
    """Rows of everything on these work items that the options of the migration take along."""
    page, links = PlannedPage(), dict[tuple[int, str], PlannedRow]()
    for found in pages:
        for item in found.items:
            _plan_item(road, page, item)
            if road.migration.options.links:
                links |= {(row.source_id, row.part): row for row in link_rows(item)}
        deleted = road.source.list_deleted(found.missing) if found.missing else frozenset()
        for number in found.missing:
            reason, words = ("deleted", WAS_DELETED) if number in deleted else ("not_found", NOT_SHOWN)
            page.add(_unread(number, reason, words), f"item:{UNREAD}")
        for number in found.broken:
            page.add(_unread(number, "unreadable", NEVER_READ), f"item:{UNREAD}")
    _add_links(road, page, links)
    return page


def _plan_item(road: Road, page: PlannedPage, item: WorkItem) -> None:
    row = item_row(road, item)
    page.add(row, f"item:{item.type}")
    for wanted in part_rows(item, road.migration.options):
        is_left_out = row.state != "planned"
        part = replace(wanted, state="skipped", reason="item_skipped", detail=ITEM_SKIPPED) if is_left_out else wanted
        if part.kind == "comments":
            page.add(part, "comments", part.size)
        else:
            page.add(part, "attachments")
            page.scanned["bytes"] += part.size


def item_row(road: Road, item: WorkItem) -> PlannedRow:
    """The row of a work item; one that becomes nothing has ended before it began."""
    row = PlannedRow("item", item.id, parent_id=item.parent, type=item.type, revision=item.revision)
    type_id = road.mapping.type_target(item.type)
    if type_id is None:
        return replace(row, state="skipped", reason="skipped_type", detail=NOT_MAPPED)
    type_ = road.target.type_of(type_id)
    if type_ is None:
        return replace(row, state="failed", reason="unknown_type", detail=NO_TYPE)
    return replace(row, level=type_.level)


def part_rows(item: WorkItem, options: Options) -> Iterator[PlannedRow]:
    """One row for all comments, one for each file; their work item's type is theirs."""
    row = PlannedRow("comments", item.id, type=item.type, revision=item.revision)
    if options.comments and item.comment_count:
        yield replace(row, size=item.comment_count)
    if options.attachments:
        for guid, relation in files_of(item).items():
            yield replace(row, kind="file", part=guid, size=relation.size)


def link_rows(item: WorkItem) -> Iterator[PlannedRow]:
    """Links in their one form, whichever end names them; and addresses."""
    for relation in item.relations:
        if is_remote(relation):
            yield PlannedRow("link", item.id, part=remote_part(relation))
        elif (link := canonical_link(item.id, relation)) is not None:
            yield PlannedRow("link", link.source, part=link.part)


def files_of(item: WorkItem) -> Mapping[str, Relation]:
    """The files of a work item by GUID: one that is attached twice is one file."""
    files = (relation for relation in item.relations if relation.kind == ATTACHMENT)
    return {guid_of(relation): relation for relation in files}


def guid_of(relation: Relation) -> str:
    """`…/_apis/wit/attachments/{guid}?fileName=…`"""
    return relation.url.partition("?")[0].rstrip("/").rpartition("/")[2].lower()


def _add_links(road: Road, page: PlannedPage, links: Mapping[tuple[int, str], PlannedRow]) -> None:
    """Both ends name a link; it counts where it is read first."""
    sources = {source for source, _part in links}
    there = {(row.source_id, row.part) for row in road.services.run_rows.find_many(road.run.id, "link", sources)}
    for key, row in links.items():
        if key not in there:
            page.add(row, "links")


def _unread(number: int, reason: str, detail: str) -> PlannedRow:
    return PlannedRow("item", number, type=UNREAD, state="skipped", reason=reason, detail=detail)

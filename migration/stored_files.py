"""What a chunk of files stands on: their issues, their names, and which of them are on the issues already.

A file that is there is told by the map of files. One that no map knows (its worker died before it could write) is told
by name and size: of two alike on one work item, each attachment counts for one file only.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from clients.jira_bulk import MOST_FETCHED
from clients.jira_issue_parts import StoredFile, files_from
from domain.file_names import attach_name
from domain.run_states import RowState
from domain.work_items import Relation
from migration.hands import read_at_once
from migration.issue_ends import IssueEnds, Missing, find_ends
from migration.lost_items import judge_unread
from migration.plan_rows import files_of
from migration.road import Road
from store.item_map import MappedPart
from store.run_rows import RunRow
from store.run_turns import RowResult

ATTACHMENT_FIELD = "attachment"


@dataclass(slots=True)
class FilesGround:
    """`unread`: how the files of those work items end that were not read. `stored`: the files of those issues that were
    looked at and are there, by issue id. `looked`: ids of the issues that were looked at. `taken`: attachments that are
    known to be some file.
    """

    ends: IssueEnds
    relations: Mapping[int, Mapping[str, Relation]]
    unread: Mapping[int, Missing]
    mapped: Mapping[tuple[int, str], MappedPart]
    stored: Mapping[str, Sequence[StoredFile]]
    looked: frozenset[str]
    taken: set[str]

    def issue_of(self, row: RunRow) -> str | None:
        """The id of the issue that a file belongs on; None while its work item has none."""
        return self.ends.issues.get(row.source_id)

    def is_gone(self, row: RunRow) -> bool:
        """Whether the issue of a file was looked at and was not there."""
        issue_id = self.issue_of(row)
        return issue_id in self.looked and issue_id not in self.stored

    def relation_of(self, row: RunRow) -> Relation | None:
        """What the work item says of the file now; None when it is not on it any more."""
        return self.relations.get(row.source_id, {}).get(row.part)

    def find_there(self, row: RunRow) -> StoredFile | None:
        """The attachment that a file is already. One that no map knows is this file's from then on."""
        files = self.stored.get(self.issue_of(row) or "", ())
        known = self.mapped.get((row.source_id, row.part))
        own = [one for one in files if known and one.id == known.target_id and one.size == known.bytes]
        relation = self.relation_of(row)
        alike = [one for one in files if one.id not in self.taken and one.size == row.size
                 and (relation is None or one.name == attach_name(relation.name))]  # fmt: skip
        found = next(iter([*own, *alike]), None)
        if found is not None:
            self.taken.add(found.id)
        return found

    def arrive(self, row: RunRow, state: RowState, stored: StoredFile) -> tuple[RowResult, MappedPart]:
        """What is written of a file that is on its issue. Its hash is known only to who sent it."""
        known = self.mapped.get((row.source_id, row.part))
        kept = known.hash if known is not None and known.target_id == stored.id else ""
        part = MappedPart("file", row.source_id, row.part, stored.id, bytes=stored.size, hash=kept)
        return RowResult(row.id, state, issue_id=self.issue_of(row)), part


def read_ground(road: Road, rows: Sequence[RunRow], *, all_issues: bool) -> FilesGround:
    """One call for the names of the files, one for the recycle bin where a work item is missing, and one for each
    MOST_FETCHED issues that may have some of the files already: all but those that are new, or with `all_issues` each.
    Raises the CallError of an answer.
    """
    sources = sorted({row.source_id for row in rows})
    ends = find_ends(road, sources)
    mapped = road.services.part_map.find_many(road.place, "file", sources)
    page = road.source.read_items(sources)
    new = frozenset() if all_issues else ends.fresh - {source for source, _part in mapped}
    looked = frozenset(issue_id for source, issue_id in ends.issues.items() if source not in new)
    return FilesGround(
        ends=ends, relations={item.id: files_of(item) for item in page.items}, unread=judge_unread(road, page),
        mapped=mapped,
        stored=read_stored(road, looked), looked=looked, taken={one.target_id for one in mapped.values()},
    )  # fmt: skip


def read_stored(road: Road, issue_ids: Iterable[str]) -> dict[str, Sequence[StoredFile]]:
    ids = sorted(issue_ids)
    portions = [ids[start : start + MOST_FETCHED] for start in range(0, len(ids), MOST_FETCHED)]
    pages = read_at_once(lambda some: road.bulk.fetch_many(some, (ATTACHMENT_FIELD,)), portions)
    return {str(issue["id"]): files_from(issue) for page in pages for issue in page}

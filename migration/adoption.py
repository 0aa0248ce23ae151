"""Work items that are issues already: those of an earlier run are adopted as they are; those that this run made and did
not finish, or found different, are made right.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from clients.jira_bulk import MOST_FETCHED
from domain.draft_records import FIELDS_PROPERTY
from domain.errors import NotFound, Rejected
from domain.issue_comparisons import STATUS, comparable, different_fields, fields_to_read, hash_of, read_back
from domain.issue_parts import CLOSED
from domain.records import Json
from domain.refused_issues import explain_refusal
from domain.run_states import RowState
from domain.source_marks import MARKS, read_mark
from migration.arrivals import arrived_row, mapped_item, settle_walk
from migration.drafting import RowDraft
from migration.hands import read_at_once, share_out
from migration.road import Road
from store.item_map import MappedItem
from store.run_turns import Chunk, Results, RowResult

MOVED = "The issue was moved to another project since and is left as it is there."
QUIET = "ADMINISTER_PROJECTS"  # who may not administer the project may not edit without a mail


@dataclass(frozen=True, slots=True)
class Known:
    """A draft and the id of the issue that it is already."""

    one: RowDraft
    issue_id: str


def adopt_known(road: Road, chunk: Chunk, known: Sequence[Known]) -> list[RowDraft]:
    """Settle them; returns those whose issue is gone, which are to be made anew."""
    ids = [one.issue_id for one in known]
    portions = [ids[start : start + MOST_FETCHED] for start in range(0, len(ids), MOST_FETCHED)]
    fields = fields_to_read(road.mapping, road.target)
    pages = read_at_once(lambda some: road.bulk.fetch_many(some, fields, MARKS), portions)
    issues = {str(issue["id"]): issue for page in pages for issue in page}
    there = [one for one in known if one.issue_id in issues]
    share_out(lambda one: _settle(road, chunk, one, issues[one.issue_id]), there)
    return [one.one for one in known if one.issue_id not in issues]


def _settle(road: Road, chunk: Chunk, known: Known, issue: Json) -> None:
    mark, one = read_mark(issue), known.one
    if str(((issue.get("fields") or {}).get("project") or {}).get("id")) != road.target.id:
        # what its fields may hold is up to the project that it was moved to
        result = RowResult(
            one.row.id, "unchanged", "issue_moved", MOVED, issue_id=known.issue_id, issue_key=issue["key"]
        )
        road.services.run_turns.settle(chunk, road.place, Results([result]), road.now())
        return
    is_own = mark is not None and mark.run == road.run.id
    if not is_own and one.row.issue_id is None:
        # of an earlier run: people may have worked on it since, so nothing is written
        revision, key = mark.revision if mark else one.row.revision, str(issue["key"])
        result = RowResult(one.row.id, "adopted", issue_id=known.issue_id, issue_key=key, revision=revision)
        item = MappedItem(one.row.source_id, known.issue_id, key, revision, mark.hash if mark else "")
        road.services.run_turns.settle(chunk, road.place, Results([result], [item]), road.now())
        return
    _make_right(road, chunk, known, issue, "created" if is_own else "unchanged")


def _make_right(road: Road, chunk: Chunk, known: Known, issue: Json, state: RowState) -> None:
    """Write what differs, and nothing else."""
    mark, key = read_mark(issue), str(issue["key"])
    one = _keep_sprint(known.one, mark.digests if mark else None)
    wanted = comparable(one.draft)
    different = different_fields(wanted, read_back(issue, wanted))
    if set(different) - {STATUS} or mark is None or mark.hash != one.draft.hash:
        fields = {name: one.draft.fields[name] for name in different if name in one.draft.fields}
        try:
            quietly = QUIET in road.target.permissions
            road.parts.edit_issue(known.issue_id, fields, one.draft.properties, quietly=quietly)
        except (Rejected, NotFound) as error:
            _fail(road, chunk, known, fields, str(error))
            return
        state = "updated" if fields else state
    if STATUS in different:
        settle_walk(road, chunk, one, state, issue_id=known.issue_id, key=key)
        return
    results = Results([arrived_row(one, state, known.issue_id, key)], [mapped_item(one, known.issue_id, key)])
    road.services.run_turns.settle(chunk, road.place, results, road.now())


def _keep_sprint(one: RowDraft, told: Json | None) -> RowDraft:
    """The draft of an issue whose sprint was closed since it was put there: nothing can be put there any more, and that
    it was is not forgotten, so that verifying tells when it is not there.
    """
    lost = [note.field for note in one.draft.notes if note.code == CLOSED]
    closed = {name: told[name] for name in lost if told and name in told}
    if not closed:
        return one
    digests = comparable(one.draft) | closed
    kept = tuple(own for own in one.draft.properties if own["key"] != FIELDS_PROPERTY)
    properties = (*kept, {"key": FIELDS_PROPERTY, "value": digests})
    return replace(one, draft=replace(one.draft, properties=properties, hash=hash_of(digests)))


def _fail(road: Road, chunk: Chunk, known: Known, fields: Mapping[str, object], words: str) -> None:
    type_ = road.target.type_of(known.one.draft.type_id)
    names = {field.id: field.name for field in type_.fields} if type_ else {}
    named = {name: words for name in fields if name in words}
    code, detail = explain_refusal(named, [words], names)
    result = RowResult(known.one.row.id, "failed", code, f"The issue is there and was not made right. {detail}")
    road.services.run_turns.settle(chunk, road.place, Results([result]), road.now())

"""Work items that are issues already: those of an earlier run are adopted, and brought up to date when nobody worked on
them since; those that this run made and did not finish, or found different, are made right.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from clients.jira_bulk import MOST_FETCHED
from domain.draft_records import FIELDS_PROPERTY, SOURCE_PROPERTY
from domain.errors import CallError, Conflict, Forbidden, NotFound, Rejected, TooLarge
from domain.issue_comparisons import (
    STATUS,
    comparable,
    different_fields,
    digest_of,
    fields_to_read,
    hash_of,
    read_back,
)
from domain.issue_parts import CLOSED, MENDABLE
from domain.records import Json
from domain.refused_issues import explain_refusal
from domain.run_differences import split_codes
from domain.run_states import RowState
from domain.source_marks import MARKS, SourceMark, read_mark
from migration.arrivals import ISSUE_GONE, arrived_row, mapped_item, settle_walk
from migration.drafting import RowDraft
from migration.hands import read_at_once, share_out
from migration.issue_ends import was_ended
from migration.road import Road
from store.item_map import MappedItem
from store.run_turns import Chunk, Results, RowResult

MOVED = "The issue was moved to another project since and is left as it is there."
HIDDEN = (
    "It was migrated before, and Jira does not show its issue any more: it was deleted, archived or kept from the app. "
    "Show it to the app and run again; or repair this run, which makes it anew."
)
NOT_RIGHT = "The issue is there and was not made right."
ENDINGS: Mapping[type[CallError], tuple[str, str]] = {
    NotFound: ("issue_gone", ISSUE_GONE),
    Forbidden: ("no_permission", f"{NOT_RIGHT} The app may not edit it. Grant it Edit Issues, then repair the run."),
    TooLarge: ("too_large", f"{NOT_RIGHT} Jira says that it is too large. Shorten it there, then repair the run."),
    Conflict: ("refused", f"{NOT_RIGHT} Something else was changing it at that moment. Repair the run."),
}  # of a refusal that is about one issue
NOTHING = digest_of(None)
QUIET = "ADMINISTER_PROJECTS"  # who may not administer the project may not edit without a mail


@dataclass(frozen=True, slots=True)
class Known:
    """A draft and the id of the issue that it is already."""

    one: RowDraft
    issue_id: str


def adopt_known(road: Road, chunk: Chunk, known: Sequence[Known]) -> list[RowDraft]:
    """Settle them; returns those to be made anew. An issue that is not shown may only be hidden from the app, so it is
    made anew when a run that saw it, or saw it gone, is repaired, and never by the way.
    """
    ids = [one.issue_id for one in known]
    portions = [ids[start : start + MOST_FETCHED] for start in range(0, len(ids), MOST_FETCHED)]
    fields = fields_to_read(road.mapping, road.target)
    pages = read_at_once(lambda some: road.bulk.fetch_many(some, fields, MARKS), portions)
    issues = {str(issue["id"]): issue for page in pages for issue in page}
    there = [one for one in known if one.issue_id in issues]
    share_out(lambda one: _settle(road, chunk, one, issues[one.issue_id]), there)
    unseen = [one for one in known if one.issue_id not in issues]
    again = [one for one in unseen if was_ended(road) and one.one.row.issue_id is not None]
    # without a key: this run never saw the issue
    gone = [
        RowResult(one.one.row.id, "failed", "issue_gone", HIDDEN, issue_id=one.issue_id)
        for one in unseen if one not in again
    ]  # fmt: skip
    if gone:
        road.services.run_turns.settle(chunk, road.place, Results(gone), road.now())
    return [one.one for one in again]


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
    if is_own or one.row.issue_key is not None or _is_behind(road, one, issue, mark):
        state: RowState = "created" if is_own else "adopted" if one.row.issue_key is None else "unchanged"
        _make_right(road, chunk, known, issue, state)
        return
    revision, key = mark.revision if mark else one.row.revision, str(issue["key"])
    result = RowResult(one.row.id, "adopted", issue_id=known.issue_id, issue_key=key, revision=revision)
    item = MappedItem(one.row.source_id, known.issue_id, key, revision, mark.hash if mark else "")
    road.services.run_turns.settle(chunk, road.place, Results([result], [item]), road.now())


def _is_behind(road: Road, one: RowDraft, issue: Json, mark: SourceMark | None) -> bool:
    """Whether an issue of an earlier run is as that run left it, and its work item would become another one now. What
    people worked on since is theirs.
    """
    if mark is None or mark.digests is None:
        return False
    wanted = dict(_keep_sprint(one, mark.digests).draft.properties[-1]["value"])
    if STATUS not in mark.digests:
        wanted.pop(STATUS, None)  # it did not get there then
    if wanted == mark.digests:
        return False
    read = {*fields_to_read(road.mapping, road.target)}
    # what that run did not set was empty, or is what Jira or somebody put there
    left = {name: mark.digests.get(name, NOTHING) for name in {*mark.digests, *wanted} & read}
    return not different_fields(left, read_back(issue, left))


def _make_right(road: Road, chunk: Chunk, known: Known, issue: Json, state: RowState) -> None:
    """Write what differs, and nothing else; `state` is that of a row in which nothing does."""
    mark, key = read_mark(issue), str(issue["key"])
    one = _keep_run(_keep_sprint(known.one, mark.digests if mark else None), mark)
    wanted = comparable(one.draft)
    different = _list_different(one, issue, mark, wanted)
    if set(different) - {STATUS} or mark is None or mark.hash != one.draft.hash:
        fields = {name: one.draft.fields[name] for name in different if name in one.draft.fields}
        try:
            quietly = QUIET in road.target.permissions
            road.parts.edit_issue(known.issue_id, fields, one.draft.properties, quietly=quietly)
        except Rejected as error:
            _end(road, chunk, known, *_explain(road, one, fields, error.detail))
            return
        except tuple(ENDINGS) as error:
            _end(road, chunk, known, *ENDINGS[type(error)])
            return
        state = "updated" if fields else state
    if STATUS in different:
        settle_walk(road, chunk, one, state, issue_id=known.issue_id, key=key)
        return
    results = Results([arrived_row(one, state, known.issue_id, key)], [mapped_item(one, known.issue_id, key)])
    road.services.run_turns.settle(chunk, road.place, results, road.now())


def _list_different(one: RowDraft, issue: Json, mark: SourceMark | None, wanted: Mapping[str, str]) -> Sequence[str]:
    """The fields to be written. Of an issue that only lacked what had failed, what people changed since is theirs."""
    found = read_back(issue, wanted)
    different = different_fields(wanted, found)
    lacked = set(MENDABLE).intersection(split_codes(one.row.reason or ""))
    if not lacked or one.row.difference:
        return different
    told = (mark.digests if mark else None) or {}
    return [name for name in different if found[name] == told.get(name, NOTHING)]


def _keep_sprint(one: RowDraft, told: Json | None) -> RowDraft:
    """The draft of an issue whose sprint was closed since it was put there: nothing can be put there any more, and that
    it was is not forgotten, so that verifying tells when it is not there. So nothing is lost of it.
    """
    lost = [note.field for note in one.draft.notes if note.code == CLOSED]
    closed = {name: told[name] for name in lost if told and name in told}
    if not closed:
        return one
    digests = comparable(one.draft) | closed
    kept = tuple(own for own in one.draft.properties if own["key"] != FIELDS_PROPERTY)
    properties = (*kept, {"key": FIELDS_PROPERTY, "value": digests})
    notes = tuple(note for note in one.draft.notes if note.code != CLOSED or note.field not in closed)
    return replace(one, draft=replace(one.draft, properties=properties, notes=notes, hash=hash_of(digests)))


def _keep_run(one: RowDraft, mark: SourceMark | None) -> RowDraft:
    """The draft with the run that made the issue: what another run puts right is not its own."""
    if mark is None:
        return one
    properties = tuple(
        {**prop, "value": {**prop["value"], "run": mark.run}} if prop["key"] == SOURCE_PROPERTY else prop
        for prop in one.draft.properties
    )
    return replace(one, draft=replace(one.draft, properties=properties))


def _explain(road: Road, one: RowDraft, fields: Mapping[str, object], words: str) -> tuple[str, str]:
    """A word and a sentence without content for a refusal of what was sent."""
    type_ = road.target.type_of(one.draft.type_id)
    names = {field.id: field.name for field in type_.fields} if type_ else {}
    named = {name: words for name in fields if name in words}
    code, detail = explain_refusal(named, [words], names)
    return code, f"{NOT_RIGHT} {detail}"


def _end(road: Road, chunk: Chunk, known: Known, code: str, detail: str) -> None:
    result = RowResult(known.one.row.id, "failed", code, detail)
    road.services.run_turns.settle(chunk, road.place, Results([result]), road.now())
